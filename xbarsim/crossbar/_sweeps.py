"""Line-preconditioned conjugate gradients for one array after another, compiled.

With M the bit lines with their cells as shunts and N what the word lines feed back to them, the
equations of the bit-line voltages are (M - N) b = f. M itself is never applied: with z = M^-1 r,
(M - N) z = r - N z. Both sums of a step are taken before it (A. T. Chronopoulos and C. W. Gear,
"s-step iterative methods for symmetric linear systems", J. Comput. Appl. Math. 25, 153 (1989)), so
that an iteration is one pass down the array and one up. Nothing is divided by a wire resistance,
and all sums of the sweeps are of terms of one sign.

What is left of the error is bounded at the outputs: with e the error of b, the sum of the currents
of the cells of bit line j is off by that of (N - G) e along it, at most by

    sqrt(e (M - N) e) sqrt(sum_i g_ij)    (Cauchy and Schwarz, and G - N <= M - N).
"""

import numpy as np
from numba import njit

from xbarsim.backend import Array

_ROWS = 8  # word lines swept together, so that one's arithmetic hides another's latency
_GUESS = 0.2  # outputs over what grounded bit lines would be fed: where the first look is taken
_CANCELLED = 1e-6  # share of the currents of cells below which a bit line carries nothing

_U = np.uint64  # loops that count in it, with what they carry in rows of their own, become vectors
_FAST = {"contract", "reassoc", "nsz"}


def factors_room(shape: tuple[int, int]) -> tuple[Array, Array]:
    """Room for the factors of word lines and of bit lines."""
    word, bit = _block(2, shape)
    return word, bit[: shape[0]]


def room(shape: tuple[int, int]) -> tuple[Array, ...]:
    """Room for one problem.

    Factors of word lines and of bit lines; residual, preconditioned residual, direction and its
    image; rows of word lines, rows that are carried along bit lines.
    """
    word, *others = _block(6, shape)
    arrays = (array[: shape[0]] for array in others)
    return (word, *arrays, np.zeros((_ROWS, shape[1])), np.empty((3, shape[1])))


def _block(number: int, shape: tuple[int, int]) -> Array:
    """Arrays of `shape` with rows up to a multiple of `_ROWS`, side by side.

    In one piece, which the allocator keeps for the next call; of several it gives some back, and
    getting their pages anew takes longer than a small solve.
    """
    return np.empty((number, -(-shape[0] // _ROWS) * _ROWS, shape[1]))


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _word_factors(g, word, t):  # type: ignore[no-untyped-def]
    """What the segment to the left of each cell passes on, t = 1 / (1 + r Y), in `t`.

    Y is the admittance behind a segment; `word` (1 or rows, cols + 1) ohm; `t` has rows up to a
    multiple of `_ROWS`.
    """
    m, n = g.shape
    y = np.empty(_ROWS)
    for i in range(0, m, _ROWS):
        for k in range(_ROWS):
            y[k] = 1 / word[min(i + k, len(word) - 1), n]
        for back in range(n):
            j = n - 1 - back
            for k in range(_ROWS):
                behind = y[k] + g[min(i + k, m - 1), j]
                passed = 1 / (1 + word[min(i + k, len(word) - 1), j] * behind)
                t[i + k, j] = passed
                y[k] = behind * passed


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _bit_factors(g, bit, t, carry):  # type: ignore[no-untyped-def]
    """The same of the segment below each cell; `bit` (rows + 1, 1 or cols) ohm."""
    y, ohm = carry[0], carry[1]
    n, alike = _U(g.shape[1]), bit.shape[1] == 1
    for j in range(n):
        y[j] = 1 / bit[0, _U(0) if alike else j]
    for i in range(len(g)):
        for j in range(n):
            ohm[j] = bit[i + 1, _U(0) if alike else j]
        for j in range(n):
            y[j] += g[i, j]
        for j in range(n):
            t[i, j] = 1 / (1 + ohm[j] * y[j])
        for j in range(n):
            y[j] *= t[i, j]


@njit(nogil=True, cache=True, error_model="numpy")
def factors(g, word, bit, tw, tb, carry):  # type: ignore[no-untyped-def]
    """Both, in `tw` and `tb`; `carry` (2 or more, cols) is written to."""
    _word_factors(g, word, tw)
    _bit_factors(g, bit, tb, carry)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _gathered(t, i, w):  # type: ignore[no-untyped-def]
    """Right to left over `_ROWS` word lines from `i` on: currents fed into the nodes, summed up."""
    n = w.shape[1]
    t0, t1, t2, t3 = t[i], t[i + 1], t[i + 2], t[i + 3]
    t4, t5, t6, t7 = t[i + 4], t[i + 5], t[i + 6], t[i + 7]
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
    for back in range(n):
        j = n - 1 - back
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
        a0 *= t0[j]
        a1 *= t1[j]
        a2 *= t2[j]
        a3 *= t3[j]
        a4 *= t4[j]
        a5 *= t5[j]
        a6 *= t6[j]
        a7 *= t7[j]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _spread(word, t, i, v, w):  # type: ignore[no-untyped-def]
    """Left to right: from the volts `v` at the left ends and those sums to voltages."""
    n, last = w.shape[1], len(word) - 1
    t0, t1, t2, t3 = t[i], t[i + 1], t[i + 2], t[i + 3]
    t4, t5, t6, t7 = t[i + 4], t[i + 5], t[i + 6], t[i + 7]
    r0, r1 = word[min(i, last)], word[min(i + 1, last)]
    r2, r3 = word[min(i + 2, last)], word[min(i + 3, last)]
    r4, r5 = word[min(i + 4, last)], word[min(i + 5, last)]
    r6, r7 = word[min(i + 6, last)], word[min(i + 7, last)]
    a0, a1, a2, a3, a4, a5, a6, a7 = v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
    for j in range(n):
        a0 = t0[j] * (a0 + r0[j] * w[0, j])
        a1 = t1[j] * (a1 + r1[j] * w[1, j])
        a2 = t2[j] * (a2 + r2[j] * w[2, j])
        a3 = t3[j] * (a3 + r3[j] * w[3, j])
        a4 = t4[j] * (a4 + r4[j] * w[4, j])
        a5 = t5[j] * (a5 + r5[j] * w[5, j])
        a6 = t6[j] * (a6 + r6[j] * w[6, j])
        a7 = t7[j] * (a7 + r7[j] * w[7, j])
        w[0, j], w[1, j], w[2, j], w[3, j] = a0, a1, a2, a3
        w[4, j], w[5, j], w[6, j], w[7, j] = a4, a5, a6, a7


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _driven(g, word, t, left, right, b, injected, i0, v, some):  # type: ignore[no-untyped-def]
    """Voltages of `_ROWS` word lines from `i0` on, in `some`.

    For bit-line voltages `b` (none if empty), sources beside the cells, volts at the left ends and
    amperes at the right ones. Returns where their cells begin and how many they are.
    """
    m, n = g.shape
    height = min(_ROWS, m - i0)
    start, cells = _U(i0 * n), _U(height * n)
    conducts, volts, fed = g.reshape(-1), b.reshape(-1), injected.reshape(-1)
    flat = some.reshape(-1)
    some[:] = 0
    v[:] = 0
    quiet = b.size == 0 and injected.size == 0
    if b.size:
        for q in range(cells):
            flat[q] = conducts[start + q] * volts[start + q]
    if injected.size:
        for q in range(cells):
            flat[q] -= fed[start + q]
    for k in range(height):
        v[k] = left[i0 + k]
        some[k, n - 1] += right[i0 + k]
        quiet = quiet and right[i0 + k] == 0
    if not quiet:
        _gathered(t, i0, some)
    _spread(word, t, i0, v, some)
    return start, cells


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _feed(g, word, t, left, right, b, injected, r, some):  # type: ignore[no-untyped-def]
    """Current that word lines at their voltages and sources feed into the bit lines, in `r`."""
    v = np.empty(_ROWS)
    conducts, fed, out, flat = g.reshape(-1), injected.reshape(-1), r.reshape(-1), some.reshape(-1)
    for i0 in range(0, len(g), _ROWS):
        start, cells = _driven(g, word, t, left, right, b, injected, i0, v, some)
        for q in range(cells):
            out[start + q] = conducts[start + q] * flat[q]
        if injected.size:
            for q in range(cells):
                out[start + q] += fed[start + q]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _settle(g, word, t, left, right, b, injected, w, i_cell, down, some):  # type: ignore[no-untyped-def]
    """Word-line voltages, in `w`, and currents from word lines to bit lines, in `i_cell`.

    Returns the largest current of any bit line; where all but cancel, a share of what its cells
    carry; nan where that is no number. `down` (2 or more, cols) is written to.
    """
    v, n = np.empty(_ROWS), g.shape[1]
    conducts, volts, fed = g.reshape(-1), b.reshape(-1), injected.reshape(-1)
    flat = some.reshape(-1)
    word_volts, out = w.reshape(-1), i_cell.reshape(-1)
    down[:] = 0
    net, carried = down[0], down[1]
    for i0 in range(0, len(g), _ROWS):
        start, cells = _driven(g, word, t, left, right, b, injected, i0, v, some)
        for q in range(cells):
            word_volts[start + q] = flat[q]
        for q in range(cells):
            out[start + q] = conducts[start + q] * (flat[q] - volts[start + q])
        if injected.size:
            for q in range(cells):
                out[start + q] += fed[start + q]
        for at in range(start, start + cells, _U(n)):
            for j in range(_U(n)):
                net[j] += out[at + j]
                carried[j] += abs(out[at + j])
    largest = total = 0.0
    for j in range(n):
        largest = max(largest, abs(net[j]), _CANCELLED * carried[j])
        total += carried[j]
    return largest if total < np.inf else np.nan


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_FAST)
def _lowered(t, fed, z, carry):  # type: ignore[no-untyped-def]
    """Downwards along bit lines: currents `fed` into the nodes and the top, `carry`, summed up."""
    for i in range(len(z)):
        for j in range(_U(z.shape[1])):
            z[i, j] = fed[i, j] + carry[j]
        for j in range(_U(z.shape[1])):
            carry[j] = z[i, j] * t[i, j]


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_FAST)
def _raised(bit, t, i, z, carry):  # type: ignore[no-untyped-def]
    """One row upwards: from the voltages below, `carry`, and those sums, in `z`, to voltages."""
    ohm = 1.0
    if bit.shape[1] == 1:
        ohm = bit[i + 1, 0]
    else:
        for j in range(_U(z.shape[1])):
            z[i, j] *= bit[i + 1, j]
    for j in range(_U(z.shape[1])):
        volt = t[i, j] * (carry[j] + ohm * z[i, j])
        carry[j] = volt
        z[i, j] = volt


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_FAST)
def _begin(g, bit, t, top, bottom, b, r, z, carry, known):  # type: ignore[no-untyped-def]
    """The first residual z = M^-1 r - b of currents `r` fed into the bit lines.

    `top` amperes come in at the top ends, `bottom` volts stand at the bottom ones; if `known`, both
    and `b` are 0. Returns r z; what enters the bit lines and what their cells take from them, as
    positive, unless `known`; the largest of the sums of |r| down a bit line, and of g.
    """
    m, n = r.shape
    inner = power = most_fed = most = 0.0
    line, fed, conducts = carry[0], carry[1], carry[2]
    for j in range(_U(n)):
        fed[j] = conducts[j] = 0
        line[j] = top[j]
    _lowered(t, r, z, line)
    for j in range(_U(n)):
        line[j] = bottom[j]
    for i in range(m - 1, -1, -1):
        _raised(bit, t, i, z, line)
        for j in range(_U(n)):
            fed[j] += abs(r[i, j])
            conducts[j] += g[i, j]
        if not known:
            for j in range(_U(n)):
                power += abs(r[i, j] * z[i, j]) + g[i, j] * z[i, j] * z[i, j]
            for j in range(_U(n)):
                z[i, j] -= b[i, j]
        for j in range(_U(n)):
            inner += r[i, j] * z[i, j]
    for j in range(n):
        most_fed, most = max(most_fed, fed[j]), max(most, conducts[j])
    return inner, power, most_fed, most


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_FAST)
def _answered(g, word, t, i0, z, y, some, still):  # type: ignore[no-untyped-def]
    """What `_ROWS` word lines from `i0` on feed back to bit lines, y = N z; returns z y."""
    n = g.shape[1]
    height = min(_ROWS, len(g) - i0)
    total, start, cells = 0.0, _U(i0 * n), _U(height * n)
    conducts, volts, out, flat = g.reshape(-1), z.reshape(-1), y.reshape(-1), some.reshape(-1)
    some[height:] = 0
    for q in range(cells):
        flat[q] = conducts[start + q] * volts[start + q]
    _gathered(t, i0, some)
    _spread(word, t, i0, still, some)
    for q in range(cells):
        out[start + q] = conducts[start + q] * flat[q]
    for q in range(cells):
        total += volts[start + q] * out[start + q]
    return total


@njit(nogil=True, cache=True, error_model="numpy")
def _answer(g, word, t, z, y, some):  # type: ignore[no-untyped-def]
    """The same of all word lines."""
    total, still = 0.0, np.zeros(_ROWS)
    for i0 in range(0, len(g), _ROWS):
        total += _answered(g, word, t, i0, z, y, some, still)
    return total


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_FAST)
def _down(t, alpha, beta, b, r, z, p, s, y, line):  # type: ignore[no-untyped-def]
    """The next direction, its image and a step along it; then the first half of z = M^-1 r.

    p = z + beta p, b += alpha p; s = r - y + beta s, r -= alpha s.
    """
    m, n = r.shape
    line[:] = 0
    if beta == 0:  # there may be nothing yet in p and s
        p[:] = 0
        s[:] = 0
    for i in range(m):
        for j in range(_U(n)):
            along = z[i, j] + beta * p[i, j]
            p[i, j] = along
            b[i, j] += alpha * along
        for j in range(_U(n)):
            image = r[i, j] - y[i, j] + beta * s[i, j]
            s[i, j] = image
            r[i, j] -= alpha * image
        for j in range(_U(n)):
            z[i, j] = r[i, j] + line[j]
        for j in range(_U(n)):
            line[j] = z[i, j] * t[i, j]


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_FAST)
def _up(g, word, bit, tw, tb, r, z, y, some, line):  # type: ignore[no-untyped-def]
    """The second half of z = M^-1 r, and y = N z as its rows come; returns r z and z y."""
    rz = zy = 0.0
    still = np.zeros(_ROWS)
    line[:] = 0
    m = len(r)
    for i in range(m - 1, -1, -1):
        _raised(bit, tb, i, z, line)
        for j in range(_U(r.shape[1])):
            rz += r[i, j] * z[i, j]
        if i % _ROWS == 0:
            zy += _answered(g, word, tw, i, z, y, some, still)
    return rz, zy


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _solve(circuit, fresh, warm, rtol, limit, ends, nodes, room, result):  # type: ignore[no-untyped-def]
    """Solve one array, see `solve_many`."""
    g, word, bit, tw, tb = circuit
    left, right, top, bottom, injected = ends
    b, w, i_cell = nodes
    r, z, p, s, some, carry = room
    y = w  # until the voltages themselves are asked for
    if fresh:
        factors(g, word, bit, tw, tb, carry)
    _feed(g, word, tw, left, right, b if warm else b[:0], injected, r, some)
    # f z is z M z, but for a start or voltages at the ends of bit lines, which f does not hold;
    # then a step of length one, to M^-1 (f + N b), leaves one that is known
    known = not (warm or top.any() or bottom.any())
    gamma, power, fed, conducts = _begin(g, bit, tb, top, bottom, b, r, z, carry, known)
    if not known:
        r[:] = 0
    enough = (_GUESS * rtol * fed) ** 2 / conducts if known and conducts > 0 else rtol**2 * power
    zy = _answer(g, word, tw, z, y, some)
    alpha, beta, steps, largest = 1.0, 0.0, 0, 0.0
    while True:
        # gamma underrates the error by what is left of M^-1 (M - N) along p, which is 1 / alpha
        while not known or (gamma * max(alpha, 1.0) > enough and steps < limit):
            if known:
                steps += 1
                falls = gamma - zy  # z (M - N) z
                conjugate = falls - beta * gamma / alpha  # p (M - N) p
                if not conjugate > 0:
                    beta, conjugate = 0.0, falls
                alpha = gamma / conjugate
                if not 0 < alpha < np.inf:  # nothing but rounding: no digit can be vouched for
                    alpha, steps = np.inf, limit
                    break
            _down(tb, alpha, beta, b, r, z, p, s, y, carry[0])
            after, zy = _up(g, word, bit, tw, tb, r, z, y, some, carry[0])
            after = abs(after)  # below 0 by rounding alone
            beta, gamma = after / gamma if known else 0.0, after
            known = True
        largest = _settle(g, word, tw, left, right, b, injected, w, i_cell, carry, some)
        needed = (rtol * largest) ** 2 / conducts if conducts > 0 else np.inf
        if not gamma * max(alpha, 1.0) > needed or steps >= limit or np.isnan(largest):
            break
        enough = needed
        _answer(g, word, tw, z, y, some)
    result[0] = steps
    left = 0.0 if gamma == 0 else np.sqrt(gamma * max(alpha, 1.0) * conducts) / largest
    result[1] = np.nan if np.isnan(largest) else left


@njit(nogil=True, cache=True, error_model="numpy")
def solve_many(g, word, bit, ends, nodes, room, shared, ready, warm, rtol, limit, results):  # type: ignore[no-untyped-def]
    """Solve k problems.

    Parameters
    ----------
    g : (1 or k, rows, cols) S.
    word, bit : resistances of word lines (1 or rows, cols + 1) and of bit lines (rows + 1, 1 or
        cols), none infinite and none of a far end (right, top) zero.
    ends : volts at the left, amperes at the right and at the top, volts at the bottom, (k, lines),
        and amperes beside the cells, (0, 1 or k, rows, cols).
    nodes : bit-line voltages to start from, if `warm`, or zeros; and room for word-line voltages
        and for currents of cells; (k, rows, cols).
    room, shared : `room`, and `factors` of g[0] that hold for all problems, if `ready`.
    results : (k, 2): steps taken, and an estimate of the largest error of the current of any bit
        line, over the largest such current.
    """
    left, right, top, bottom, injected = ends
    b, w, i_cell = nodes
    none, lines = np.empty((0, 0)), shared if ready else room[:2]
    for k in range(len(b)):
        sources = injected[min(k, len(injected) - 1)] if len(injected) else none
        own = g[min(k, len(g) - 1)]
        drive = (left[k], right[k], top[k], bottom[k], sources)
        _solve(
            (own, word, bit, *lines), not ready and (k == 0 or len(g) > 1), warm, rtol, limit,
            drive, (b[k], w[k], i_cell[k]), room[2:], results[k],
        )  # fmt: skip
