"""Line-preconditioned conjugate gradients for one array, compiled.

Unknowns are the bit-line voltages. Every word line is eliminated exactly by a sweep, and the bit
lines with their cells as shunts are the preconditioner, inverted by another sweep. Nothing is
divided by a wire resistance and all sums are of terms of one sign.
"""

import numpy as np
from numba import njit

_ROWS = 4  # word lines swept together, so that one's arithmetic hides another's latency


@njit(nogil=True, cache=True, error_model="numpy")
def admittances(g, word, bit, tw, tb):  # type: ignore[no-untyped-def]
    """What each segment passes on: 1 / (1 + r Y), Y the admittance behind it.

    `tw` (rows, cols): of the segment to the left of each cell; `tb` (rows, cols): of the one below.
    """
    m, n = g.shape
    for i in range(m):
        y = 1 / word[i, n]
        for j in range(n - 1, -1, -1):
            y += g[i, j]
            tw[i, j] = 1 / (1 + word[i, j] * y)
            y *= tw[i, j]
    y_bit = 1 / bit[0]
    for i in range(m):
        for j in range(n):
            y_bit[j] += g[i, j]
            tb[i, j] = 1 / (1 + bit[i + 1, j] * y_bit[j])
            y_bit[j] *= tb[i, j]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def word_sweep(g, word, tw, left, right, b, injected, out):  # type: ignore[no-untyped-def]
    """Word-line voltages for given bit-line voltages `b` and sources beside the cells, in `out`."""
    m, n = g.shape
    has = injected.size > 0
    for i in range(m):
        carry = right[i] / word[i, n]
        for j in range(n - 1, -1, -1):
            carry += g[i, j] * b[i, j]
            if has:
                carry -= injected[i, j]
            out[i, j] = carry
            carry *= tw[i, j]
        w = left[i]
        for j in range(n):
            w = (w + word[i, j] * out[i, j]) * tw[i, j]
            out[i, j] = w


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def bit_sweep(bit, tb, top, bottom, current, out):  # type: ignore[no-untyped-def]
    """Bit-line voltages for currents fed into their nodes, in `out`; the cells are shunts."""
    m, n = current.shape
    for j in range(n):
        out[0, j] = current[0, j] + top[j] / bit[0, j]
    for i in range(1, m):
        for j in range(n):
            out[i, j] = current[i, j] + tb[i - 1, j] * out[i - 1, j]
    for j in range(n):
        out[m - 1, j] = (bottom[j] + bit[m, j] * out[m - 1, j]) * tb[m - 1, j]
    for i in range(m - 2, -1, -1):
        for j in range(n):
            out[i, j] = (out[i + 1, j] + bit[i + 1, j] * out[i, j]) * tb[i, j]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _directed_rows(g, word, tw, p, q, r, z, beta, out, i):  # type: ignore[no-untyped-def]
    """New directions p = z + beta p, q = r + beta q in some rows, A p there in `out`; p A p."""
    n = g.shape[1]
    g0, w0, t0 = g[i : i + _ROWS], word[i : i + _ROWS], tw[i : i + _ROWS]
    p0, q0, o0 = p[i : i + _ROWS], q[i : i + _ROWS], out[i : i + _ROWS]
    r0, z0 = r[i : i + _ROWS], z[i : i + _ROWS]
    total = 0.0
    for k in range(_ROWS):
        for j in range(n):
            p0[k, j] = z0[k, j] + beta * p0[k, j]
            q0[k, j] = r0[k, j] + beta * q0[k, j]
            o0[k, j] = g0[k, j] * p0[k, j]
    a0 = a1 = a2 = a3 = 0.0
    for j in range(n - 1, -1, -1):
        a0 += o0[0, j]
        a1 += o0[1, j]
        a2 += o0[2, j]
        a3 += o0[3, j]
        o0[0, j], o0[1, j], o0[2, j], o0[3, j] = a0, a1, a2, a3
        a0 *= t0[0, j]
        a1 *= t0[1, j]
        a2 *= t0[2, j]
        a3 *= t0[3, j]
    a0 = a1 = a2 = a3 = 0.0
    for j in range(n):
        a0 = (a0 + w0[0, j] * o0[0, j]) * t0[0, j]
        a1 = (a1 + w0[1, j] * o0[1, j]) * t0[1, j]
        a2 = (a2 + w0[2, j] * o0[2, j]) * t0[2, j]
        a3 = (a3 + w0[3, j] * o0[3, j]) * t0[3, j]
        o0[0, j], o0[1, j], o0[2, j], o0[3, j] = a0, a1, a2, a3
    for k in range(_ROWS):
        for j in range(n):
            o0[k, j] = q0[k, j] - g0[k, j] * o0[k, j]
            total += o0[k, j] * p0[k, j]
    return total


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _directed_row(g, word, tw, p, q, r, z, beta, out, i):  # type: ignore[no-untyped-def]
    """The same in one row."""
    n = g.shape[1]
    total, carry = 0.0, 0.0
    for j in range(n - 1, -1, -1):
        p[i, j] = z[i, j] + beta * p[i, j]
        q[i, j] = r[i, j] + beta * q[i, j]
        carry += g[i, j] * p[i, j]
        out[i, j] = carry
        carry *= tw[i, j]
    w = 0.0
    for j in range(n):
        w = (w + word[i, j] * out[i, j]) * tw[i, j]
        out[i, j] = q[i, j] - g[i, j] * w
        total += out[i, j] * p[i, j]
    return total


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _descend(bit, tb, alpha, b, p, ap, r, z):  # type: ignore[no-untyped-def]
    """A step along p, then z = M^-1 r; returns r z."""
    m, n = r.shape
    for i in range(m):
        for j in range(n):
            b[i, j] += alpha * p[i, j]
            r[i, j] -= alpha * ap[i, j]
            z[i, j] = r[i, j]
        if i:
            for j in range(n):
                z[i, j] += tb[i - 1, j] * z[i - 1, j]
    rz = 0.0
    for j in range(n):
        z[m - 1, j] *= bit[m, j] * tb[m - 1, j]
        rz += r[m - 1, j] * z[m - 1, j]
    for i in range(m - 2, -1, -1):
        for j in range(n):
            z[i, j] = (z[i + 1, j] + bit[i + 1, j] * z[i, j]) * tb[i, j]
            rz += r[i, j] * z[i, j]
    return rz


@njit(nogil=True, cache=True, error_model="numpy")
def solve_one(g, word, bit, left, right, top, bottom, injected, b, w, rtol, limit):  # type: ignore[no-untyped-def]
    """Solve one array from the bit-line voltages in `b`; voltages in `b` and `w`.

    No resistance may be infinite, none of a far end (right, top) zero. Returns steps taken and the
    error left in the norm of the dissipated power, over the power that enters the bit lines.
    """
    m, n = g.shape
    tw, tb = np.empty((m, n)), np.empty((m, n))
    admittances(g, word, bit, tw, tb)
    r, z, p, q = np.empty((m, n)), np.empty((m, n)), np.empty((m, n)), np.empty((m, n))
    word_sweep(g, word, tw, left, right, b, injected, w)
    for i in range(m):
        for j in range(n):
            r[i, j] = g[i, j] * w[i, j] + (injected[i, j] if injected.size else 0.0)
    bit_sweep(bit, tb, top, bottom, r, z)
    power = _power(g, r, z)
    # the residual is what the change of the bit lines moves on the word lines
    none, nothing = np.zeros(m), np.zeros((0, 0))
    for i in range(m):
        for j in range(n):
            change = z[i, j] - b[i, j]
            b[i, j] = z[i, j]
            p[i, j] = change
    word_sweep(g, word, tw, none, none, p, nothing, r)
    for i in range(m):
        for j in range(n):
            r[i, j] *= g[i, j]
            p[i, j] = 0
            q[i, j] = 0
    rz = _descend(bit, tb, 0.0, b, p, q, r, z)
    beta, steps = 0.0, 0
    while rz > rtol**2 * power and steps < limit:
        steps += 1
        pap = 0.0
        for i in range(0, m - m % _ROWS, _ROWS):
            pap += _directed_rows(g, word, tw, p, q, r, z, beta, w, i)
        for i in range(m - m % _ROWS, m):
            pap += _directed_row(g, word, tw, p, q, r, z, beta, w, i)
        if not pap > 0:
            break
        before = rz
        rz = _descend(bit, tb, rz / pap, b, p, w, r, z)
        beta = rz / before
    word_sweep(g, word, tw, left, right, b, injected, w)
    return steps, np.sqrt(rz / power) if rz > 0 else 0.0


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _power(g, current, b):  # type: ignore[no-untyped-def]
    """What currents fed into the bit lines bring and what the cells take from them, as positive."""
    total = 0.0
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            total += abs(current[i, j] * b[i, j]) + g[i, j] * b[i, j] ** 2
    return total


@njit(nogil=True, cache=True, error_model="numpy")
def solve_many(g, word, bit, left, right, top, bottom, injected, b, w, rtol, limit, result):  # type: ignore[no-untyped-def]
    """`solve_one` for each of k problems; `g` may be one for all, `injected` also none."""
    none = np.zeros((0, 0))
    for k in range(len(b)):
        sources = injected[min(k, len(injected) - 1)] if len(injected) else none
        own = g[min(k, len(g) - 1)]
        ends = left[k], right[k], top[k], bottom[k]
        result[k, 0], result[k, 1] = solve_one(
            own, word, bit, *ends, sources, b[k], w[k], rtol, limit
        )
