"""Whole pulses on cells, compiled: cell after cell, pulse after pulse."""

from numba import njit

from xbarsim.programming._loop import normal

_UP, _DOWN = 0, 1


@njit(nogil=True, cache=True, error_model="numpy")
def give_pulses(  # type: ignore[no-untyped-def]
    x, counts, seed, first, member, scale, low, high, step, noise, energy, heat
):
    """Give every cell its trains of pulses, one after the other; `x`, `first`, `heat` change.

    Parameters
    ----------
    x : states, (cells,).
    counts : pulses of each train, up where positive and down where negative, (trains, cells).
    seed : from which the noise of a cell's pulses follows, (cells,) of uint64; empty without noise.
    first : pulses that each cell has had, which is the place of its noise, (cells,).
    member : which tables a cell follows, (cells,).
    scale : factor of the steps of each cell, up and down, (2, cells).
    low, high : where states stop, (members,).
    step, noise : change of the state under a pulse and its standard deviation, (members, 2, nodes).
    energy : of a pulse, (members, 2, nodes) J, or no members where it is not known.
    heat : of each cell, (cells,) J.
    """
    for t in range(counts.shape[0]):
        for c in range(len(x)):
            left = counts[t, c]
            kind = _UP if left > 0 else _DOWN
            m = member[c]
            for _ in range(abs(left)):
                place = _place(x[c], low[m], high[m], step.shape[2])
                change = _between(step, m, kind, place)
                if len(seed) > 0:
                    change += _between(noise, m, kind, place) * normal(seed[c], first[c])
                if len(energy) > 0:
                    heat[c] += _between(energy, m, kind, place)
                first[c] += 1
                x[c] = min(max(x[c] + scale[kind, c] * change, low[m]), high[m])


@njit(nogil=True, cache=True, error_model="numpy")
def bring_near(  # type: ignore[no-untyped-def]
    x, target, most, seed, first, up, member, scale, low, high, step, noise, energy, heat, g, least
):
    """Pulse cells while a pulse is expected to bring them nearer, `most` times at the most.

    Parameters are those of `give_pulses`, and

    Parameters
    ----------
    target : conductances wanted, (cells,) S.
    up : pulses that raise it, of each cell, (cells,); grows.
    g : conductance of the states, (members, 1, nodes) S.
    least : by which it has to bring a cell nearer, (members,) S.
    """
    for c in range(len(x)):
        m = member[c]
        missing = target[c] - _between(g, m, 0, _place(x[c], low[m], high[m], g.shape[2]))
        for _ in range(most):
            kind = _UP if missing > 0 else _DOWN
            place = _place(x[c], low[m], high[m], step.shape[2])
            change = _between(step, m, kind, place)
            ends = min(max(x[c] + scale[kind, c] * change, low[m]), high[m])
            then = target[c] - _between(g, m, 0, _place(ends, low[m], high[m], g.shape[2]))
            if not abs(then) < abs(missing) - least[m]:
                break
            if len(seed) > 0:
                change += _between(noise, m, kind, place) * normal(seed[c], first[c])
                ends = min(max(x[c] + scale[kind, c] * change, low[m]), high[m])
                then = target[c] - _between(g, m, 0, _place(ends, low[m], high[m], g.shape[2]))
            if len(energy) > 0:
                heat[c] += _between(energy, m, kind, place)
            up[c] += kind == _UP
            first[c] += 1
            x[c], missing = ends, then


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _place(x, low, high, nodes):  # type: ignore[no-untyped-def]
    """Where a state stands among the nodes, counted from 0."""
    return (x - low) * ((nodes - 1) / (high - low))


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _between(table, m, kind, place):  # type: ignore[no-untyped-def]
    """Straight line between two nodes of a table (members, kinds, nodes)."""
    k = min(max(int(place), 0), table.shape[2] - 2)
    first = table[m, kind, k]
    return first + (place - k) * (table[m, kind, k + 1] - first)
