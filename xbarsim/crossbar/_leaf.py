"""Small blocks of cells, compiled: one cell after another joins its block by a rank-one update."""

import numpy as np
from numba import njit

from xbarsim.backend import Array
from xbarsim.crossbar.blocks import PAIRS, Block
from xbarsim.crossbar.wires import OPEN

_AT_ONCE = 8  # cells that are added to a block in one pass over its matrix
_WIDE = 8  # numbers that rows are filled up to, so that they become vectors without a rest
_U = np.uint64


def grow(g: Array, left: Array, below: Array, side: tuple[int, int]) -> Block:
    """Blocks of `side` cells; the same as joining `blocks.cells`.

    Parameters
    ----------
    g : (k, rows, cols) S, whose sides are multiples of `side`.
    left, below : resistance of the segment to the left of each cell and below it, (rows, cols)
        ohm; may be infinite.
    side : rows and columns of a block.

    Returns
    -------
    Block of matrices (k, rows / side, cols / side, ., .).

    Raises
    ------
    FloatingPointError : a cell joins two broken ends, of a word line and of a bit line.
    """
    k, rows, cols = g.shape
    m, n = side
    shape = (k, rows // m, cols // n)
    lines = {"L": m, "R": m, "T": n, "B": n}
    out = {p: np.empty((*shape, lines[p[0]], lines[p[1]]), dtype=g.dtype) for p in PAIRS}
    if not _fill(g, left, below, m, n, g.dtype.type(OPEN[str(g.dtype)]), *out.values()):
        raise FloatingPointError("a cell joins two broken ends")
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def _fill(g, left, below, m, n, open_end, ll, lb, bb, rr, rt, tt, rl, rb, tl, tb):  # type: ignore[no-untyped-def]
    h, drops, own, drop, alpha = _room(g, m, n, 1)
    for a in range(g.shape[0]):
        for p in range(g.shape[1] // m):
            for q in range(g.shape[2] // n):
                if not _grow(h, drops, own, drop, alpha, g[a], left, below, p * m, q * n, m, n):
                    return False
                for x in range(2 * (m + n)):
                    if np.isinf(h[x, x]):
                        h[x, x] = open_end
                for i in range(m):
                    at = 2 * n + 2 * (m - 1 - i)
                    for k in range(i, m):
                        other = 2 * n + 2 * (m - 1 - k)
                        ll[a, p, q, i, k] = ll[a, p, q, k, i] = h[at, other]
                        rr[a, p, q, i, k] = rr[a, p, q, k, i] = h[at + 1, other + 1]
                        rl[a, p, q, i, k] = h[at + 1, other]
                        if k > i:
                            rl[a, p, q, k, i] = -h[at, other + 1]
                    for j in range(n):
                        lb[a, p, q, i, j] = h[at, n + j]
                        rt[a, p, q, i, j] = h[j, at + 1]
                        rb[a, p, q, i, j] = h[at + 1, n + j]
                        tl[a, p, q, j, i] = h[j, at]
                for j in range(n):
                    for k in range(j + 1):
                        tt[a, p, q, j, k] = tt[a, p, q, k, j] = h[j, k]
                        bb[a, p, q, j, k] = bb[a, p, q, k, j] = h[n + j, n + k]
                    for k in range(n):
                        tb[a, p, q, j, k] = h[j, n + k]
    return True


@njit(nogil=True, cache=True, error_model="numpy")
def _room(g, m, n, rows):  # type: ignore[no-untyped-def]
    """Hybrid matrix of a block, drops of the cells of some rows, rows of ports (2) and cells."""
    size = (2 * (m + n) + _WIDE - 1) // _WIDE * _WIDE
    h, drops = np.zeros((size, size), g.dtype), np.zeros((rows * n + _AT_ONCE, size), g.dtype)
    return (
        h,
        drops,
        np.zeros(size, g.dtype),
        np.zeros(size, g.dtype),
        np.zeros(n + _AT_ONCE, g.dtype),
    )


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _grow(h, drops, own, drop, alpha, g, left, below, i0, j0, m, n):  # type: ignore[no-untyped-def]
    """The block of m x n cells from (i0, j0) on, row after row from below; False if impossible.

    Ports are in the order T, B, then L, R of each row. `h` is the hybrid matrix: the rows of T
    whole, of the others what stands right of T's columns and not above the diagonal; an entry and
    its mirror differ in sign where one port is voltage-driven (B, L) and the other is not. A cell
    takes alpha d r r^T away, r being the drops across it for unit inputs before it conducts and d
    the signs; this is done for the cells of a row together. `drops` keeps r of all cells, or just
    of the last row; not of a cell that a broken line hangs on. `own` is the row of the right end.
    """
    h[: 2 * n] = 0
    for j in range(n):
        h[j, n + j] = 1
    for i in range(m):
        at = 2 * n + 2 * i + 1  # the right end of this row, last of the ports in use
        row, first = i0 + m - 1 - i, (i * n) % (len(drops) - _AT_ONCE)
        h[at - 1 : at + 1] = 0
        own[:] = 0
        own[at - 1] = 1
        done = 0  # cells of this row that `h` knows
        for j in range(n):
            cell = g[row, j0 + j]
            own[at] += left[row, j0 + j]
            h[j, j] += below[row, j0 + j]
            if np.isinf(own[at]) or np.isinf(h[j, j]):
                _add(h, drops[first + done :], alpha[done:], j - done, at, n)
                done = j + 1
                if not _hang(h, own, at, j, cell, n):
                    return False
                continue
            for y in range(_U(len(own))):
                drop[y] = own[y] - h[j, y]
            _correct(drop, drops, alpha, first, done, j)
            alpha[j] = cell / (1 + cell * (drop[at] - drop[j]))
            taken = alpha[j] * drop[at]
            for y in range(_U(len(own))):
                own[y] -= taken * drop[y]
            for y in range(_U(len(own))):
                drops[first + j, y] = drop[y]
        _add(h, drops[first + done :], alpha[done:], n - done, at, n)
        for y in range(n, at + 1):
            h[at, y] = own[y]
    return True


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _correct(drop, drops, alpha, first, done, j):  # type: ignore[no-untyped-def]
    """What cells from `done` to `j` of a row, which `h` does not know yet, do to the drops of j."""
    size = len(drop)
    for k in range(done, j - 3, 4):
        q = first + k
        c0, c1 = alpha[k] * drops[q, j], alpha[k + 1] * drops[q + 1, j]
        c2, c3 = alpha[k + 2] * drops[q + 2, j], alpha[k + 3] * drops[q + 3, j]
        for y in range(_U(size)):
            low = c0 * drops[q, y] + c1 * drops[q + 1, y]
            drop[y] += low + (c2 * drops[q + 2, y] + c3 * drops[q + 3, y])
    for k in range(j - (j - done) % 4, j):
        c0 = alpha[k] * drops[first + k, j]
        for y in range(_U(size)):
            drop[y] += c0 * drops[first + k, y]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _add(h, r, alpha, number, at, n):  # type: ignore[no-untyped-def]
    """Let the first `number` cells of those with drops `r` conduct; all rows but that of `at`."""
    alpha[number:] = 0
    for x in range(0, at + 1, 2):  # two rows share what they load; that of `at` is of no account
        start, end = (0, at + 1) if x < n else (n, x + 2)
        end = min(start + (end - start + _WIDE - 1) // _WIDE * _WIDE, h.shape[1])
        s, t = _sign(x, n), _sign(x + 1, n)
        for k in range(0, number, _AT_ONCE):
            a0, a1, a2, a3 = alpha[k], alpha[k + 1], alpha[k + 2], alpha[k + 3]
            a4, a5, a6, a7 = alpha[k + 4], alpha[k + 5], alpha[k + 6], alpha[k + 7]
            c0, d0 = s * a0 * r[k, x], t * a0 * r[k, x + 1]
            c1, d1 = s * a1 * r[k + 1, x], t * a1 * r[k + 1, x + 1]
            c2, d2 = s * a2 * r[k + 2, x], t * a2 * r[k + 2, x + 1]
            c3, d3 = s * a3 * r[k + 3, x], t * a3 * r[k + 3, x + 1]
            c4, d4 = s * a4 * r[k + 4, x], t * a4 * r[k + 4, x + 1]
            c5, d5 = s * a5 * r[k + 5, x], t * a5 * r[k + 5, x + 1]
            c6, d6 = s * a6 * r[k + 6, x], t * a6 * r[k + 6, x + 1]
            c7, d7 = s * a7 * r[k + 7, x], t * a7 * r[k + 7, x + 1]
            for y in range(_U(start), _U(end)):
                r0, r1, r2, r3 = r[k, y], r[k + 1, y], r[k + 2, y], r[k + 3, y]
                r4, r5, r6, r7 = r[k + 4, y], r[k + 5, y], r[k + 6, y], r[k + 7, y]
                low, high = c0 * r0 + c1 * r1 + c2 * r2, d0 * r0 + d1 * r1 + d2 * r2
                low, high = low + c3 * r3 + c4 * r4, high + d3 * r3 + d4 * r4
                low, high = low + c5 * r5 + c6 * r6, high + d5 * r5 + d6 * r6
                h[x, y] -= low + c7 * r7
                h[x + 1, y] -= high + d7 * r7


@njit(nogil=True, cache=True, error_model="numpy")
def _sign(x, n):  # type: ignore[no-untyped-def]
    """-1 of a port that is voltage-driven (B, L), 1 of the others (T, R)."""
    return -1 if n <= x < 2 * n or (x >= 2 * n and x % 2 == 0) else 1


@njit(nogil=True, cache=True, error_model="numpy")
def _hang(h, own, at, j, cell, n):  # type: ignore[no-untyped-def]
    """Hang a floating line end, `at` of a word line or `j` of a bit line, on the other by a cell.

    Without a cell it is left to float. False if both float and the cell conducts.
    """
    word_floats = np.isinf(own[at])
    if cell > 0 and word_floats and np.isinf(h[j, j]):
        return False
    if cell == 0:
        if word_floats:
            own[:] = 0
            own[at] = np.inf
            h[:n, at] = 0
        else:
            h[j] = 0
            h[:n, j] = 0
            h[j, j] = np.inf
            own[j] = 0
    elif word_floats:
        own[: at + 1] = h[j, : at + 1]
        h[:n, at] = h[:n, j]
        own[at] = h[j, j] + 1 / cell
    else:
        h[j, : at + 1] = own[: at + 1]
        h[:n, j] = own[:n]
        own[j] = own[at]
        h[j, j] = own[at] + 1 / cell
    return True


def give_back(
    weight: Block, g: Array, left: Array, below: Array, side: tuple[int, int]
) -> tuple[Array, Array, Array]:
    """How a function of the leaves depends on their cells and segments.

    Parameters
    ----------
    weight : E of every leaf, all ten matrices; see `blocks.Join.back`.
    g, left, below, side : as for `grow`; no resistance may be infinite.

    Returns
    -------
    Derivatives by `g` (k, rows, cols), and by `left` and `below`, (k, rows, cols) each.
    """
    dg, d_left, d_below = np.empty_like(g), np.empty_like(g), np.empty_like(g)
    m, n = side
    matrices = [weight[pair] for pair in PAIRS]
    _fill_back(g, left, below, m, n, dg, d_left, d_below, *matrices)
    return dg, d_left, d_below


@njit(nogil=True, cache=True, error_model="numpy")
def _fill_back(g, left, below, m, n, dg, dl, db, ll, lb, bb, rr, rt, tt, rl, rb, tl, tb):  # type: ignore[no-untyped-def]
    size = 2 * (m + n)
    h, r, own, drop, alpha = _room(g, m, n, m)
    e = np.empty((size, size), dtype=g.dtype)
    s = np.empty(size, dtype=g.dtype)
    for a in range(g.shape[0]):
        for p in range(g.shape[1] // m):
            for q in range(g.shape[2] // n):
                for i in range(m):
                    at = 2 * n + 2 * (m - 1 - i)
                    for k in range(m):
                        other = 2 * n + 2 * (m - 1 - k)
                        e[at, other] = ll[a, p, q, i, k]
                        e[at + 1, other + 1] = rr[a, p, q, i, k]
                        e[at + 1, other] = e[other, at + 1] = rl[a, p, q, i, k]
                    for j in range(n):
                        e[at, n + j] = e[n + j, at] = lb[a, p, q, i, j]
                        e[at + 1, j] = e[j, at + 1] = rt[a, p, q, i, j]
                        e[at + 1, n + j] = e[n + j, at + 1] = rb[a, p, q, i, j]
                        e[at, j] = e[j, at] = tl[a, p, q, j, i]
                for j in range(n):
                    for k in range(n):
                        e[j, k] = tt[a, p, q, j, k]
                        e[n + j, n + k] = bb[a, p, q, j, k]
                        e[j, n + k] = e[n + k, j] = tb[a, p, q, j, k]
                _grow(h, r, own, drop, alpha, g[a], left, below, p * m, q * n, m, n)
                _shrink(e, s, r, g[a], dg[a], dl[a], db[a], p * m, q * n, m, n)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _shrink(e, s, r, g, dg, dl, db, i0, j0, m, n):  # type: ignore[no-untyped-def]
    """Take the cells away in the opposite order, from E of the block with them to E without."""
    for i in range(m - 1, -1, -1):
        at = 2 * n + 2 * i + 1
        row = i0 + m - 1 - i
        for j in range(n - 1, -1, -1):
            cell = g[row, j0 + j]
            drop = r[i * n + j]
            z = drop[at] - drop[j]
            alpha = cell / (1 + cell * z)
            total = 0 * cell
            for x in range(at + 1):
                line = e[x]
                found = 0 * cell
                for y in range(at + 1):
                    found += line[y] * drop[y]
                s[x] = found
                total += found * drop[x]
            dg[row, j0 + j] = -total / (1 + cell * z) ** 2
            for y in range(at + 1):
                change = alpha * s[y]
                e[at, y] -= change
                e[j, y] += change
                e[y, at] -= change
                e[y, j] += change
            change = alpha * alpha * total
            e[at, at] += change
            e[j, j] += change
            e[at, j] -= change
            e[j, at] -= change
            dl[row, j0 + j] = e[at, at]
            db[row, j0 + j] = e[j, j]
