"""Compiled walks along tabulated rates of a law with one state."""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def walk(x, dt, row, weight, nodes, logs, signs):  # type: ignore[no-untyped-def]
    """Move states in place, each for `dt` seconds at a voltage of its own.

    Parameters
    ----------
    x : states, (cells,).
    dt : duration, (cells,) s.
    row, weight : the voltage of each cell lies between row `row` and the next, `weight` towards
        it, (cells,).
    nodes : states of the table, ascending, (n,).
    logs : logarithm of the magnitude of the rate, (voltages, n); minus infinity where it is zero.
    signs : of the rate, (voltages, n).
    """
    for c in range(len(x)):
        x[c] = _walked(x[c], dt[c], row[c], weight[c], nodes, logs, signs)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _walked(x, left, j, w, nodes, logs, signs):  # type: ignore[no-untyped-def]
    k = min(max(np.searchsorted(nodes, x, side="right") - 1, 0), len(nodes) - 2)
    r0, r1 = _rate(j, w, k, logs, signs), _rate(j, w, k + 1, logs, signs)
    r = _inside(x, nodes[k], nodes[k + 1], r0, r1)
    while left > 0 and r != 0:
        up = r > 0
        if (up and x >= nodes[k + 1]) or (not up and x <= nodes[k]):
            k += 1 if up else -1
            if k < 0 or k > len(nodes) - 2:
                return nodes[0] if k < 0 else nodes[-1]
            if up:
                r0, r1 = r1, _rate(j, w, k + 1, logs, signs)
                if r0 <= 0:
                    return x
            else:
                r0, r1 = _rate(j, w, k, logs, signs), r0
                if r1 >= 0:
                    return x
        end = nodes[k + 1] if up else nodes[k]
        last = r1 if up else r0
        gap = end - x
        needed = _lasts(abs(gap), abs(r), abs(last)) if last * r > 0 else np.inf
        if needed > left:
            return _partly(x, left, gap, r, last)
        left -= needed
        x, r = end, last
    return x


@njit(nogil=True, cache=True, error_model="numpy")
def _rate(j, w, k, logs, signs):  # type: ignore[no-untyped-def]
    """Rate at a node between two voltages: straight in its logarithm where it keeps its sign."""
    a, b = signs[j, k], signs[j + 1, k]
    if a == b:
        return 0.0 if a == 0 else a * np.exp((1 - w) * logs[j, k] + w * logs[j + 1, k])
    first = 0.0 if a == 0 else a * np.exp(logs[j, k])
    second = 0.0 if b == 0 else b * np.exp(logs[j + 1, k])
    return (1 - w) * first + w * second


@njit(nogil=True, cache=True, error_model="numpy")
def _inside(x, x0, x1, r0, r1):  # type: ignore[no-untyped-def]
    """Rate between two nodes."""
    u = min(max((x - x0) / (x1 - x0), 0.0), 1.0)
    if r0 * r1 > 0:
        return r0 * (r1 / r0) ** u
    return (1 - u) * r0 + u * r1


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def look_up(x, level, low, per_step, table):  # type: ignore[no-untyped-def]
    """Replace states by what a pulse makes of them.

    Parameters
    ----------
    x : states, (cells,), replaced in place.
    level : of the pulse, (cells,).
    low, per_step : the first state of the table, and its states per unit.
    table : (levels, states).
    """
    last = table.shape[1] - 2
    for c in range(len(x)):
        place = (x[c] - low) * per_step
        k = min(max(int(place), 0), last)
        u = place - k
        row = table[level[c]]
        x[c] = row[k] + u * (row[k + 1] - row[k])


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def flow_along(x, dt, nodes, rates):  # type: ignore[no-untyped-def]
    """Move states in place for `dt` seconds, all at one voltage, by the clock along the nodes.

    Parameters
    ----------
    x : states, (cells,).
    nodes, rates : states of a table, ascending, and the rate there, (n,).
    """
    n = len(nodes)
    up, down = np.zeros(n), np.zeros(n)  # time from the first node, to the first node
    for k in range(n - 1):
        gap, r0, r1 = nodes[k + 1] - nodes[k], rates[k], rates[k + 1]
        up[k + 1] = up[k] + (_lasts(gap, r0, r1) if r0 > 0 and r1 > 0 else 0.0)
        down[k + 1] = down[k] + (_lasts(gap, -r1, -r0) if r0 < 0 and r1 < 0 else 0.0)
    top, bottom = np.full(n, n - 1), np.zeros(n, np.int64)  # nodes that cannot be passed
    for k in range(n - 2, -1, -1):
        top[k] = top[k + 1] if rates[k] > 0 and rates[k + 1] > 0 else k
    for k in range(1, n):
        bottom[k] = bottom[k - 1] if rates[k] < 0 and rates[k - 1] < 0 else k
    for c in range(len(x)):
        k = min(max(np.searchsorted(nodes, x[c], side="right") - 1, 0), n - 2)
        r = _inside(x[c], nodes[k], nodes[k + 1], rates[k], rates[k + 1])
        if r > 0:
            x[c] = _risen(x[c], dt, k, r, nodes, rates, up, top)
        elif r < 0:
            if x[c] <= nodes[k] and k > 0:
                k -= 1
            x[c] = _fallen(x[c], dt, k, r, nodes, rates, down, bottom)


@njit(nogil=True, cache=True, error_model="numpy")
def _risen(x, left, k, r, nodes, rates, up, top):  # type: ignore[no-untyped-def]
    n = len(nodes)
    if rates[k + 1] <= 0:
        return _partly(x, left, nodes[k + 1] - x, r, rates[k + 1])
    first = _lasts(nodes[k + 1] - x, r, rates[k + 1])
    if first > left:
        return _partly(x, left, nodes[k + 1] - x, r, rates[k + 1])
    due = up[k + 1] + left - first
    last = top[k + 1]
    j = min(np.searchsorted(up[k + 1 : last + 1], due, side="right") + k, last)
    if j >= n - 1:
        return nodes[-1]
    return _partly(nodes[j], due - up[j], nodes[j + 1] - nodes[j], rates[j], rates[j + 1])


@njit(nogil=True, cache=True, error_model="numpy")
def _fallen(x, left, k, r, nodes, rates, down, bottom):  # type: ignore[no-untyped-def]
    if rates[k] >= 0:
        return _partly(x, left, nodes[k] - x, r, rates[k])
    first = _lasts(x - nodes[k], -r, -rates[k])
    if first > left:
        return _partly(x, left, nodes[k] - x, r, rates[k])
    due = down[k] - (left - first)
    last = bottom[k]
    j = max(np.searchsorted(down[last : k + 1], due, side="left") + last, last)
    if j <= 0:
        return nodes[0]
    return _partly(nodes[j], down[j] - due, nodes[j - 1] - nodes[j], rates[j], rates[j - 1])


@njit(nogil=True, cache=True, error_model="numpy")
def _lasts(gap, r, last):  # type: ignore[no-untyped-def]
    """Time across `gap` while the rate goes from `r` to `last`, straight in its logarithm."""
    grown = np.log(last / r)
    return gap / r if abs(grown) < 1e-9 else gap / grown * (1 / r - 1 / last)


@njit(nogil=True, cache=True, error_model="numpy")
def _partly(x, left, gap, r, last):  # type: ignore[no-untyped-def]
    """The state after `left` seconds within a piece of the table, `gap` before its end."""
    if gap == 0 or r == 0:
        return x
    if last * r > 0:
        slope = np.log(last / r) / gap
        part = slope * r * left
        return x + (r * left if abs(part) < 1e-12 else -np.log1p(-part) / slope)
    slope = (last - r) / gap
    return x + r / slope * np.expm1(slope * left)
