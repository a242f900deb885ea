"""Write and verify, compiled: cell after cell, pulse after pulse."""

import numpy as np
from numba import njit

_TOGETHER = 128  # cells that take their pulses in turn, so that look-ups overlap
_ONE = np.uint64(1)  # places are unsigned, so that none is looked up from the end
_GAMMA = np.uint64(0x9E3779B97F4A7C15)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def write_cells(  # type: ignore[no-untyped-def]
    x, target, seed, member, weight, flow, energy, g, low, per_step, raising, lowering, window,
    noise, most, read_work, pulses, reads, turns, heat, verified, counts,
):  # fmt: skip
    """One pass of `xbarsim.programming.WriteVerify`; x changes, what comes after `read_work` grows.

    Parameters
    ----------
    x, target : states, and conductances wanted (S), (cells,).
    seed : from which the noise of a cell's reads follows, (cells,) of uint64.
    member : which set of tables a cell follows, (cells,).
    weight : how far it lies towards the next set, (cells,), or None.
    flow, energy : state after a pulse, and its heat (J), (sets, levels, states).
    g : conductance of the states, (sets, 1, states) S.
    low, per_step : first state of the tables, and states per unit, (sets,).
    raising, lowering : levels towards a higher and a lower conductance, the weakest first.
    read_work : heat of a read over the conductance, V^2 s.
    pulses, reads, turns, heat, verified : of each cell, (cells,); changes of direction are turns.
    counts : pulses of each level, (cells, levels), or None.
    """
    last = g.shape[2] - 2
    busy = np.empty(_TOGETHER, np.int64)
    step = np.empty(_TOGETHER, np.int64)
    way = np.empty(_TOGETHER, np.int64)
    for first in range(0, len(x), _TOGETHER):
        left = min(_TOGETHER, len(x) - first)
        for j in range(left):
            busy[j], step[j], way[j] = j, 0, 0
        for k in range(most + 1):
            kept = 0
            for b in range(left):
                j = busy[b]
                c = first + j
                m = np.uint64(member[c])
                place = (x[c] - low[m]) * per_step[m]
                whole = min(max(int(place), 0), last)
                i, u = np.uint64(whole), place - whole
                now = _at(g, m, weight, c, np.uint64(0), i, u)
                shown = now
                if noise > 0:
                    shown = now * (1.0 + noise * normal(seed[c], reads[c]))
                reads[c] += 1
                heat[c] += read_work * now
                missing = target[c] - shown
                verified[c] = abs(missing) <= window
                if verified[c] or k == most:
                    continue
                wanted = 1 if missing > 0 else -1
                if way[j] == wanted:
                    step[j] += 1
                else:
                    turns[c] += way[j] != 0
                    step[j], way[j] = 0, wanted
                ladder = raising if wanted > 0 else lowering
                level = np.uint64(ladder[min(step[j], len(ladder) - 1)])
                x[c] = _at(flow, m, weight, c, level, i, u)
                heat[c] += _at(energy, m, weight, c, level, i, u)
                pulses[c] += 1
                if counts is not None:
                    counts[c, level] += 1
                busy[kept] = j
                kept += 1
            left = kept
            if left == 0:
                break


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _at(table, m, weight, c, level, i, u):  # type: ignore[no-untyped-def]
    """Between state i and the next, `u` towards it, and between two sets by the cell's weight."""
    a, b = table[m, level, i], table[m, level, i + _ONE]
    if weight is not None:
        w = weight[c]
        if w > 0:
            a += w * (table[m + _ONE, level, i] - a)
            b += w * (table[m + _ONE, level, i + _ONE] - b)
    return a + u * (b - a)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def normal(seed, k):  # type: ignore[no-untyped-def]
    """The k-th of a sequence of standard normals that follows from `seed`.

    SplitMix64 (Steele et al., OOPSLA 2014), seeded and advanced to k, and the inverse of the normal
    distribution by AS 241 (Wichura, Applied Statistics 37, 477 (1988)).
    """
    bits = _mixed(_mixed(seed) + _GAMMA * np.uint64(k + 1)) >> np.uint64(11)
    q = (bits - 4503599627370495.5) * 2.0**-53
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _ratio(r, _A, _B)
    r = np.sqrt(-np.log(0.5 - abs(q)))
    size = _ratio(r - 1.6, _C, _D) if r <= 5.0 else _ratio(r - 5.0, _E, _F)
    return size if q > 0 else -size


@njit(nogil=True, cache=True, error_model="numpy")
def _mixed(x):  # type: ignore[no-untyped-def]
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _ratio(r, above, below):  # type: ignore[no-untyped-def]
    a, b = above[7], below[7]
    for k in range(6, -1, -1):
        a, b = a * r + above[k], b * r + below[k]
    return a / b


# coefficients of AS 241, by powers of r
_A = (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
      1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
      3.3430575583588128105e4, 2.5090809287301226727e3)  # fmt: skip
_B = (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
      2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
      5.2264952788528545610e3)  # fmt: skip
_C = (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
      3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
      2.27238449892691845833e-2, 7.74545014278341407640e-4)  # fmt: skip
_D = (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
      1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
      1.05075007164441684324e-9)  # fmt: skip
_E = (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
      2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
      2.71155556874348757815e-5, 2.01033439929228813265e-7)  # fmt: skip
_F = (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
      7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
      2.04426310338993978564e-15)  # fmt: skip


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def normals(seed, k, out):  # type: ignore[no-untyped-def]
    """The k-th standard normal that follows from each `seed`, into `out`, (cells,)."""
    for c in range(len(seed)):
        out[c] = normal(seed[c], k)
