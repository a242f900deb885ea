"""Leaves of the tree, compiled: blocks of a few cells joined two by two, and the way back.

A block is one matrix here, K = [[-Y, A^T], [A, Z]] (see `blocks`), symmetric, its ports in the
order T, L, B, R.
"""

from functools import cache

import numpy as np
from numba import njit

from xbarsim.backend import Array, read_only
from xbarsim.crossbar._cells import EXTRA, add_cells, ports, room, take_cells
from xbarsim.crossbar.blocks import PAIRS, Block
from xbarsim.crossbar.wires import OPEN

_CELLS = 8  # cells a side of a block that grows cell by cell
_U = np.uint64


def grow(g: Array, left: Array, below: Array) -> Block:
    """One leaf of each of several arrays; the same as joining `blocks.cells`.

    Parameters
    ----------
    g : (k, rows, cols) S.
    left, below : resistance of the segment to the left of each cell and below it, (rows, cols)
        ohm; may be infinite.

    Returns
    -------
    Block of matrices (k, ., .).

    Raises
    ------
    FloatingPointError : a cell joins two broken ends, of a word line and of a bit line.
    numpy.linalg.LinAlgError : numbers overflow.
    """
    g, left, below = (read_only(a) for a in (g, left, below))
    steps, tape = _steps(*g.shape[1:]), np.empty(_left_behind(*g.shape[1:], False), g.dtype)
    found = [_grown(steps, one, left, below, OPEN[str(g.dtype)], tape, False) for one in g]
    if not all(done for done, _ in found):
        raise FloatingPointError("a cell joins two broken ends")
    k = found[0][1][None] if len(found) == 1 else np.stack([k for _, k in found])
    where = _where(*g.shape[1:])
    out = {pair: k[:, where[pair[0]], where[pair[1]]] for pair in PAIRS}
    return out | {pair: -out[pair] for pair in ("LL", "LB", "BB")}


def give_back(weight: Block, g: Array, left: Array, below: Array) -> tuple[Array, Array, Array]:
    """How a function of leaves depends on their cells and segments.

    Parameters
    ----------
    weight : E of the leaves, see `blocks.Join.back`; a missing matrix is zero.
    g, left, below : as for `grow`; no resistance may be infinite.

    Returns
    -------
    Derivatives by `g`, by `left` and by `below`, (k, rows, cols) each.
    """
    g, left, below = (read_only(a) for a in (g, left, below))
    steps, tape = _steps(*g.shape[1:]), np.empty(_left_behind(*g.shape[1:], True), g.dtype)
    where = _where(*g.shape[1:])
    e = np.zeros((len(g), 2 * sum(g.shape[1:]), 2 * sum(g.shape[1:])), g.dtype)
    for pair, matrix in weight.items():
        e[:, where[pair[0]], where[pair[1]]] = matrix
        e[:, where[pair[1]], where[pair[0]]] = matrix.swapaxes(-1, -2)
    out = np.empty_like(g), np.empty_like(g), np.empty_like(g)
    for k, one in enumerate(g):
        _grown(steps, one, left, below, OPEN[str(g.dtype)], tape, True)
        _given_back(steps, one, e[k], tape, *(d[k] for d in out))
    return out


def _where(m: int, n: int) -> dict[str, slice]:
    """The ports of a block in its matrix."""
    ends = {"T": (0, n), "L": (n, n + m), "B": (n + m, 2 * n + m), "R": (2 * n + m, 2 * n + 2 * m)}
    return {port: slice(*end) for port, end in ends.items()}


@cache
def _steps(m: int, n: int) -> Array:
    """How a block of m x n cells comes about: its parts, then what they become, as on a stack.

    Rows: where its cells begin, how many they are; then 0, and of a block that grows cell by cell
    nothing more. Of one that is joined from a, left or below, and b: the number of joined lines,
    where they begin in the matrix of a and of b; of the other ports three runs in a and three in b,
    each with where it begins in the matrix of its block and in that of the result, and its length.
    """
    steps: list[list[int]] = []

    def add(i: int, j: int, m: int, n: int) -> None:
        if m > max(n, _CELLS):
            a, b = (m + 1) // 2, m // 2
            add(i + b, j, a, n)
            add(i, j, b, n)
            runs_a = (n, n + b, a), (n + a, n + m, n), (2 * n + a, 2 * n + m + b, a)  # L, B, R
            runs_b = (0, 0, n), (n, n, b), (2 * n + b, 2 * n + m, b)  # T, L, R
            steps.append([i, j, m, n, n, 0, n + b, *sum(runs_a + runs_b, ())])
        elif n > _CELLS:
            a, b = (n + 1) // 2, n // 2
            add(i, j, m, a)
            add(i, j + a, m, b)
            runs_a = (0, 0, a), (a, n, m), (a + m, n + m, a)  # T, L, B
            runs_b = (0, a, b), (b + m, n + m + a, b), (2 * b + m, 2 * n + m, m)  # T, B, R
            steps.append([i, j, m, n, m, 2 * a + m, b, *sum(runs_a + runs_b, ())])
        else:
            steps.append([i, j, m, n] + 21 * [0])

    add(0, 0, m, n)
    return np.array(steps)


@cache
def _left_behind(m: int, n: int, keep: bool) -> int:
    """Numbers that `_grown` leaves behind of a leaf, or of the last block of cells only."""
    _, _, rows, cols, p = _steps(m, n)[:, :5].T
    size = int(ports(_CELLS, _CELLS))
    sizes = np.where(p > 0, 4 * p * (rows + cols), rows * cols * size)
    return int(sizes.sum() if keep else sizes.max()) + EXTRA * size


@njit(nogil=True, cache=True, error_model="numpy")
def _grown(steps, g, left, below, open_end, tape, keep):  # type: ignore[no-untyped-def]
    """K of a leaf; False before it if cells join broken ends.

    `tape` gets, one after another, the drops of blocks of cells and G of joins; without `keep` the
    former only, one over the other.
    """
    stack = [np.empty((0, 0), g.dtype)]
    h, own, drop, alpha = room(g, _CELLS, _CELLS)
    size, top = len(own), 0
    for step in steps:
        i, j, m, n, p = step[0], step[1], step[2], step[3], step[4]
        if p == 0:
            drops = tape[top : top + (m * n + EXTRA) * size].reshape(-1, size)
            drops[:] = 0
            if not add_cells(h, drops, own, drop, alpha, g, left, below, i, j, m, n):
                return False, stack[0]
            stack.append(_packed(h, m, n, open_end))
            top += m * n * size * keep
        else:
            b, a = stack.pop(), stack.pop()
            through = tape[top : top + 4 * p * (m + n) * keep].reshape(-1, 2 * (m + n))
            stack.append(_joined(a, b, step, through))
            top += through.size
    return True, stack[1]


@njit(nogil=True, cache=True, error_model="numpy")
def _given_back(steps, g, e, tape, dg, dl, db):  # type: ignore[no-untyped-def]
    """From E of a leaf back through the steps, and `tape`, to the cells."""
    stack = [e]
    size = ports(_CELLS, _CELLS)
    top = len(tape) - EXTRA * size
    inner, s = np.empty((size, size), g.dtype), np.empty(size, g.dtype)
    for k in range(len(steps) - 1, -1, -1):
        step = steps[k]
        i, j, m, n, p = step[0], step[1], step[2], step[3], step[4]
        e = stack.pop()
        if p == 0:
            top -= m * n * size
            drops = tape[top : top + m * n * size].reshape(-1, size)
            where = _places(m, n)
            for x in range(len(where)):
                for y in range(len(where)):
                    inner[where[x], where[y]] = e[x, y]
            take_cells(inner, s, drops, g, dg, dl, db, i, j, m, n)
        else:
            top -= 4 * p * (m + n)
            through = tape[top : top + 4 * p * (m + n)].reshape(-1, 2 * (m + n))
            seen = np.dot(through, e)
            stack.append(_parted(e, step[5], step[7:16], seen[:p], through[:p]))
            stack.append(_parted(e, step[6], step[16:25], seen[p:], through[p:]))


@njit(nogil=True, cache=True, error_model="numpy")
def _places(m, n):  # type: ignore[no-untyped-def]
    """Where the ports T, L, B, R of a block stand in `_cells`."""
    where = np.empty(2 * (m + n), np.int64)
    for j in range(n):
        where[j] = j
        where[n + m + j] = n + j
    for i in range(m):
        where[n + i] = 2 * n + 2 * (m - 1 - i)
        where[2 * n + m + i] = 2 * n + 2 * (m - 1 - i) + 1
    return where


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _packed(h, m, n, open_end):  # type: ignore[no-untyped-def]
    """K of a block of cells from its hybrid matrix."""
    where = _places(m, n)
    k = np.empty((len(where), len(where)), h.dtype)
    for a in range(len(where)):
        x = where[a]
        for b in range(len(where)):
            y = where[b]
            if x < n or n <= y <= x:  # what `h` holds
                k[a, b] = k[b, a] = -h[x, y] if n <= a < 2 * n + m else h[x, y]
        if np.isinf(k[a, a]):
            k[a, a] = open_end
    return k


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _joined(a, b, step, through):  # type: ignore[no-untyped-def]
    """K of two blocks joined, and into `through`, unless empty, G.

    G says the inputs of a's, then of b's joined ports by those of the others. With E what the
    joined lines see of the other ports, K is that of both blocks plus E^T G.
    """
    p, x, y, of_a, of_b = step[4], step[5], step[6], step[7:16], step[16:25]
    e_a, e_b = _edge(a, x, p, of_a), _edge(b, y, p, of_b)
    z, minus_y = a[x : x + p, x : x + p].copy(), b[y : y + p, y : y + p].copy()
    m = -np.dot(z, minus_y)
    for i in range(p):
        m[i, i] += 1
    w = np.linalg.inv(m)
    b_a, a_b = np.dot(w, e_a), np.dot(w.T, e_b)
    a_a, b_b = np.dot(minus_y, b_a), np.dot(z, a_b)
    size = e_a.shape[1] + e_b.shape[1]
    k = np.empty((size, size), a.dtype)
    _within(k, a, np.dot(e_a.T, a_a), of_a)
    _within(k, b, np.dot(e_b.T, b_b), of_b)
    _between(k, np.dot(e_a.T, a_b), of_a, of_b)
    _between(k, np.dot(e_b.T, b_a), of_b, of_a)
    if len(through) > 0:
        _columns(through, 0, a_a, of_a)
        _columns(through, 0, a_b, of_b)
        _columns(through, p, b_a, of_a)
        _columns(through, p, b_b, of_b)
    return k


@njit(nogil=True, cache=True, error_model="numpy")
def _parted(e, x, runs, seen, through):  # type: ignore[no-untyped-def]
    """E of a block whose ports from `x` on were joined, from that of the result: F E F^T.

    The other ports keep theirs; `through` is G of the joined ones and `seen` is G E.
    """
    p, others = len(seen), runs[2] + runs[5] + runs[8]
    out = np.empty((p + others, p + others), e.dtype)
    back = seen.T.copy()
    for u in range(0, 9, 3):
        for w in range(0, 9, 3):
            _copy(out, runs[u], runs[w], e, runs[u + 1], runs[w + 1], runs[u + 2], runs[w + 2])
        _copy(out, x, runs[u], seen, 0, runs[u + 1], p, runs[u + 2])
        _copy(out, runs[u], x, back, runs[u + 1], 0, runs[u + 2], p)
    _copy(out, x, x, np.dot(seen, through.T), 0, 0, p, p)
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def _edge(k, x, p, runs):  # type: ignore[no-untyped-def]
    """What the `p` joined lines, from port `x` on, see of the others: (p, others)."""
    out = np.empty((p, runs[2] + runs[5] + runs[8]), k.dtype)
    col = 0
    for u in range(0, 9, 3):
        _copy(out, 0, col, k, x, runs[u], p, runs[u + 2])
        col += runs[u + 2]
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def _columns(out, row, found, runs):  # type: ignore[no-untyped-def]
    """Put columns of `found`, run after run, where they stand in the result."""
    col = 0
    for u in range(0, 9, 3):
        _copy(out, row, runs[u + 1], found, 0, col, len(found), runs[u + 2])
        col += runs[u + 2]


@njit(nogil=True, cache=True, error_model="numpy")
def _between(out, found, first, second):  # type: ignore[no-untyped-def]
    """Put `found`, between run after run of ports of two blocks, where they stand in the result."""
    row = 0
    for u in range(0, 9, 3):
        col = 0
        for w in range(0, 9, 3):
            _copy(out, first[u + 1], second[w + 1], found, row, col, first[u + 2], second[w + 2])
            col += second[w + 2]
        row += first[u + 2]


@njit(nogil=True, cache=True, error_model="numpy")
def _within(out, k, change, runs):  # type: ignore[no-untyped-def]
    """The same between ports of one block, whose matrix was `k` and gets a change."""
    row = _U(0)
    for u in range(0, 9, 3):
        s, i, rows = _U(runs[u]), _U(runs[u + 1]), _U(runs[u + 2])
        col = _U(0)
        for w in range(0, 9, 3):
            t, j, cols = _U(runs[w]), _U(runs[w + 1]), _U(runs[w + 2])
            for a in range(rows):
                for b in range(cols):
                    out[i + a, j + b] = k[s + a, t + b] + change[row + a, col + b]
            col += cols
        row += rows


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _copy(out, i, j, matrix, s, t, rows, cols):  # type: ignore[no-untyped-def]
    """Copy rows x cols numbers of `matrix` from (s, t) on to `out` from (i, j) on."""
    i, j, s, t = _U(i), _U(j), _U(s), _U(t)
    for a in range(_U(rows)):
        for b in range(_U(cols)):
            out[i + a, j + b] = matrix[s + a, t + b]
