"""Small blocks of cells, compiled: one cell after another joins its block by a rank-one update."""

import numpy as np
from numba import njit

from xbarsim.backend import Array
from xbarsim.crossbar.blocks import PAIRS, Block
from xbarsim.crossbar.wires import OPEN


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
    size = 2 * (m + n)
    h = np.empty((size, size), dtype=g.dtype)
    r = np.empty((1, size), dtype=g.dtype)
    for a in range(g.shape[0]):
        for p in range(g.shape[1] // m):
            for q in range(g.shape[2] // n):
                if not _grow(h, r, g[a], left, below, p * m, q * n, m, n):
                    return False
                for x in range(size):
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
                        rt[a, p, q, i, j] = h[at + 1, j]
                        rb[a, p, q, i, j] = h[at + 1, n + j]
                        tl[a, p, q, j, i] = -h[at, j]
                for j in range(n):
                    for k in range(j + 1):
                        tt[a, p, q, j, k] = tt[a, p, q, k, j] = h[j, k]
                        bb[a, p, q, j, k] = bb[a, p, q, k, j] = h[n + j, n + k]
                    for k in range(n):
                        tb[a, p, q, j, k] = -h[n + k, j]
    return True


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _grow(h, drops, g, left, below, i0, j0, m, n):  # type: ignore[no-untyped-def]
    """The block of m x n cells from (i0, j0) on, lower triangle of its hybrid matrix.

    Ports are in the order T, B, then L, R of each row from below. A matrix entry and its mirror
    differ in sign where one port is voltage-driven (B, L) and the other is not. `drops` keeps the
    voltage across each cell before it conducts, for unit inputs, or just the last of them; not of a
    cell that a broken line hangs on.
    """
    h[:] = 0
    for j in range(n):
        h[n + j, j] = -1
    for i in range(m):
        at = 2 * n + 2 * i + 1  # the right end of this row, last of the ports in use
        row = i0 + m - 1 - i
        h[at, at - 1] = 1
        for j in range(n):
            cell = g[row, j0 + j]
            r = drops[(i * n + j) % len(drops)]
            h[at, at] += left[row, j0 + j]
            h[j, j] += below[row, j0 + j]
            if np.isinf(h[at, at]) or np.isinf(h[j, j]):
                if not _hang(h, at, j, cell, n):
                    return False
                continue
            for y in range(j):
                r[y] = h[at, y] - h[j, y]
            for y in range(j, n):
                r[y] = h[at, y] - h[y, j]
            for y in range(n, 2 * n):
                r[y] = h[at, y] + h[y, j]
            for y in range(2 * n, at, 2):
                r[y] = h[at, y] + h[y, j]
                r[y + 1] = h[at, y + 1] - h[y + 1, j]
            z = r[at] - r[j]
            alpha = cell / (1 + cell * z)
            for x in range(at + 1):
                voltage = n <= x < 2 * n or (x >= 2 * n and x % 2 == 0)
                s = -alpha * r[x] if voltage else alpha * r[x]
                line = h[x]
                for y in range(x + 1):
                    line[y] -= s * r[y]
    return True


@njit(nogil=True, cache=True, error_model="numpy")
def _hang(h, at, j, cell, n):  # type: ignore[no-untyped-def]
    """Hang a floating line end, `at` of a word line or `j` of a bit line, on the other by a cell.

    Without a cell it is left to float. False if both float and the cell conducts.
    """
    loose, held = (at, j) if np.isinf(h[at, at]) else (j, at)
    if cell > 0 and np.isinf(h[held, held]):
        return False
    for y in range(at + 1):
        voltage = n <= y < 2 * n or (y >= 2 * n and y % 2 == 0)
        found = h[held, y] if y <= held else (-h[y, held] if voltage else h[y, held])
        if cell == 0:
            found = 0 * cell
        if y <= loose:
            h[loose, y] = found
        else:
            h[y, loose] = -found if voltage else found
    if cell > 0:
        h[at, j] = h[held, held]
        h[loose, loose] = h[held, held] + 1 / cell
    else:
        h[loose, loose] = np.inf
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
    h = np.empty((size, size), dtype=g.dtype)
    e = np.empty((size, size), dtype=g.dtype)
    r = np.empty((m * n, size), dtype=g.dtype)
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
                _grow(h, r, g[a], left, below, p * m, q * n, m, n)
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
