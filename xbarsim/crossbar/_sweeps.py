"""Line-preconditioned conjugate gradients for one array, compiled.

Unknowns are the bit-line voltages. Every word line is eliminated exactly by a sweep, and the bit
lines with their cells as shunts are the preconditioner, inverted by another sweep. Nothing is
divided by a wire resistance and all sums are of terms of one sign.
"""

import numpy as np
from numba import njit

_ROWS = 8  # word lines swept together, so that one's arithmetic hides another's latency


@njit(nogil=True, cache=True, error_model="numpy")
def factors(g, word, bit):  # type: ignore[no-untyped-def]
    """What segments pass on and what they hold back, t = 1 / (1 + r Y) and r t.

    Y is the admittance behind a segment; `word` and `bit` may be one line for all. Returns t and
    r t of the segment to the left of each cell, with rows of zeros up to a multiple of `_ROWS`;
    and of the one below each cell.
    """
    m, n = g.shape
    padded = (m + _ROWS - 1) // _ROWS * _ROWS
    tw, uw = np.empty((padded, n)), np.empty((padded, n))
    tw[m:] = 0
    uw[m:] = 0
    y, own = np.empty(_ROWS), np.empty(_ROWS, np.int64)
    for i in range(0, m, _ROWS):
        height = min(_ROWS, m - i)
        for k in range(height):
            own[k] = min(i + k, len(word) - 1)
            y[k] = 1 / word[own[k], n]
        for j in range(n - 1, -1, -1):
            for k in range(height):
                behind = y[k] + g[i + k, j]
                ohm = word[own[k], j]
                passed = 1 / (1 + ohm * behind)
                y[k] = behind * passed
                tw[i + k, j] = passed
                uw[i + k, j] = ohm * passed
    tb, ub = np.empty((m, n)), np.empty((m, n))
    y_bit, below = np.empty(n), np.empty(n)
    y_bit[:] = 1 / bit[0]
    for i in range(m):
        below[:] = bit[i + 1]
        for j in range(n):
            behind = y_bit[j] + g[i, j]
            tb[i, j] = 1 / (1 + below[j] * behind)
            ub[i, j] = below[j] * tb[i, j]
            y_bit[j] = behind * tb[i, j]
    return tw, uw, tb, ub


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _swept(t, u, w):  # type: ignore[no-untyped-def]
    """`_ROWS` word lines at once: `w` holds currents fed into the nodes, then voltages there."""
    n = w.shape[1]
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
    for j in range(n - 1, -1, -1):
        a0 += w[0, j]
        a1 += w[1, j]
        a2 += w[2, j]
        a3 += w[3, j]
        a4 += w[4, j]
        a5 += w[5, j]
        a6 += w[6, j]
        a7 += w[7, j]
        w[0, j], w[1, j], w[2, j], w[3, j] = a0, a1, a2, a3
        w[4, j], w[5, j], w[6, j], w[7, j] = a4, a5, a6, a7
        a0 *= t[0, j]
        a1 *= t[1, j]
        a2 *= t[2, j]
        a3 *= t[3, j]
        a4 *= t[4, j]
        a5 *= t[5, j]
        a6 *= t[6, j]
        a7 *= t[7, j]
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
    for j in range(n):
        a0 = a0 * t[0, j] + u[0, j] * w[0, j]
        a1 = a1 * t[1, j] + u[1, j] * w[1, j]
        a2 = a2 * t[2, j] + u[2, j] * w[2, j]
        a3 = a3 * t[3, j] + u[3, j] * w[3, j]
        a4 = a4 * t[4, j] + u[4, j] * w[4, j]
        a5 = a5 * t[5, j] + u[5, j] * w[5, j]
        a6 = a6 * t[6, j] + u[6, j] * w[6, j]
        a7 = a7 * t[7, j] + u[7, j] * w[7, j]
        w[0, j], w[1, j], w[2, j], w[3, j] = a0, a1, a2, a3
        w[4, j], w[5, j], w[6, j], w[7, j] = a4, a5, a6, a7


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _driven(g, tw, uw, left, right, b, injected, some, w):  # type: ignore[no-untyped-def]
    """Word-line voltages, in `w`.

    For bit-line voltages `b`, sources beside the cells, volts at the left ends (across the first
    segments) and amperes at the right ones.
    """
    m, n = g.shape
    for i0 in range(0, m, _ROWS):
        height = min(_ROWS, m - i0)
        for k in range(height):
            i = i0 + k
            for j in range(n):
                some[k, j] = g[i, j] * b[i, j]
            if injected.size:
                for j in range(n):
                    some[k, j] -= injected[i, j]
            some[k, n - 1] += right[i]
        _swept(tw[i0 : i0 + _ROWS], uw[i0 : i0 + _ROWS], some)
        for k in range(height):
            i = i0 + k
            passed = left[i]
            for j in range(n):
                w[i, j] = some[k, j]
            if passed != 0:
                for j in range(n):
                    passed *= tw[i, j]
                    w[i, j] += passed


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _precondition(tb, ub, top, bottom, r, z):  # type: ignore[no-untyped-def]
    """Bit-line voltages for currents fed into their nodes, in `z`; the cells are shunts."""
    m, n = r.shape
    for j in range(n):
        z[0, j] = r[0, j] + top[j]
    for i in range(1, m):
        for j in range(n):
            z[i, j] = r[i, j] + tb[i - 1, j] * z[i - 1, j]
    for j in range(n):
        z[m - 1, j] = ub[m - 1, j] * z[m - 1, j] + tb[m - 1, j] * bottom[j]
    for i in range(m - 2, -1, -1):
        for j in range(n):
            z[i, j] = tb[i, j] * z[i + 1, j] + ub[i, j] * z[i, j]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _direct(g, tw, uw, beta, p, s, r, z, some):  # type: ignore[no-untyped-def]
    """New direction p = z + beta p and s = A p, by A z = r - N z; returns p s."""
    m, n = g.shape
    ps = 0.0
    for i0 in range(0, m, _ROWS):
        height = min(_ROWS, m - i0)
        for k in range(height):
            for j in range(n):
                some[k, j] = g[i0 + k, j] * z[i0 + k, j]
        _swept(tw[i0 : i0 + _ROWS], uw[i0 : i0 + _ROWS], some)
        for k in range(height):
            i = i0 + k
            for j in range(n):
                forced = r[i, j] - g[i, j] * some[k, j] + beta * s[i, j]
                along = z[i, j] + beta * p[i, j]
                s[i, j] = forced
                p[i, j] = along
                ps += along * forced
    return ps


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _descend(tb, ub, alpha, b, p, s, r, z):  # type: ignore[no-untyped-def]
    """A step along p, then z = M^-1 r; returns r z."""
    m, n = r.shape
    for i in range(m):
        for j in range(n):
            b[i, j] += alpha * p[i, j]
            r[i, j] -= alpha * s[i, j]
            z[i, j] = r[i, j]
        if i:
            for j in range(n):
                z[i, j] += tb[i - 1, j] * z[i - 1, j]
    rz = 0.0
    for j in range(n):
        z[m - 1, j] *= ub[m - 1, j]
        rz += r[m - 1, j] * z[m - 1, j]
    for i in range(m - 2, -1, -1):
        for j in range(n):
            z[i, j] = tb[i, j] * z[i + 1, j] + ub[i, j] * z[i, j]
            rz += r[i, j] * z[i, j]
    return rz


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _fed(g, w, injected, r):  # type: ignore[no-untyped-def]
    """Current that word-line voltages and sources feed into the bit lines, in `r`."""
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            r[i, j] = g[i, j] * w[i, j]
        if injected.size:
            for j in range(g.shape[1]):
                r[i, j] += injected[i, j]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _power(g, current, b):  # type: ignore[no-untyped-def]
    """What currents fed into the bit lines bring and what the cells take from them, as positive."""
    total = 0.0
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            total += abs(current[i, j] * b[i, j]) + g[i, j] * b[i, j] ** 2
    return total


@njit(nogil=True, cache=True, error_model="numpy")
def _solve_one(g, lines, left, right, top, bottom, injected, b, w, work, some, rtol, limit):  # type: ignore[no-untyped-def]
    """Solve one array from the bit-line voltages in `b`; voltages in `b` and `w`.

    Returns steps taken and an estimate of the error left in the norm of the dissipated power, over
    the power that enters the bit lines.
    """
    tw, uw, tb, ub = lines
    r, z, p = work
    s = w  # until the voltages themselves are asked for
    _driven(g, tw, uw, left, right, b, injected, some, w)
    _fed(g, w, injected, r)
    _precondition(tb, ub, top, bottom, r, z)
    power = _power(g, r, z)
    # the residual is what the change of the bit lines moves on the word lines
    for i in range(len(b)):
        for j in range(b.shape[1]):
            p[i, j] = z[i, j] - b[i, j]
            b[i, j] = z[i, j]
    still, nothing = np.zeros(len(b)), np.zeros((0, 0))
    _driven(g, tw, uw, still, still, p, nothing, some, w)
    _fed(g, w, nothing, r)
    rz = _descend(tb, ub, 0.0, b, p, s, r, z)
    alpha, beta, steps = 1.0, 0.0, 0
    # r z underrates the error by what is left of M^-1 A along p, which is 1 / alpha
    while rz * max(alpha, 1.0) > rtol**2 * power and steps < limit:
        steps += 1
        ps = _direct(g, tw, uw, beta, p, s, r, z, some)
        if not ps > 0:
            break
        alpha, before = rz / ps, rz
        rz = _descend(tb, ub, alpha, b, p, s, r, z)
        beta = rz / before
    _driven(g, tw, uw, left, right, b, injected, some, w)
    return steps, np.sqrt(rz * max(alpha, 1.0) / power) if rz > 0 else 0.0


@njit(nogil=True, cache=True, error_model="numpy")
def solve_many(g, word, bit, shared, alike, ends, injected, b, w, rtol, limit, result):  # type: ignore[no-untyped-def]
    """Solve k problems, each from the bit-line voltages in `b`; voltages in `b` and `w`.

    Parameters
    ----------
    g : (1 or k, rows, cols) S.
    word, bit : resistances, none infinite and none of a far end (right, top) zero.
    shared : `factors` of g[0], which hold for every problem if all are `alike`.
    ends : volts at the left, amperes at the right and at the top, volts at the bottom, (k, lines).
    injected : sources beside the cells, (0, 1 or k, rows, cols) A.
    result : steps, and error left as `_solve_one` says, (k, 2).
    """
    left, right, top, bottom = ends
    m, n = b.shape[1:]
    work = np.empty((m, n)), np.empty((m, n)), np.empty((m, n))
    some, none = np.zeros((_ROWS, n)), np.zeros((0, 0))
    lines = shared
    for k in range(len(b)):
        sources = injected[min(k, len(injected) - 1)] if len(injected) else none
        own = g[min(k, len(g) - 1)]
        if not alike:
            lines = factors(own, word, bit)
        result[k, 0], result[k, 1] = _solve_one(
            own, lines, left[k], right[k], top[k], bottom[k], sources,
            b[k], w[k], work, some, rtol, limit,
        )  # fmt: skip
