"""Small blocks of cells, compiled: one cell after another joins its block by a rank-one update."""

import numpy as np
from numba import njit

EXTRA = 8  # cells that are added to a block in one pass over its matrix
_WIDE = 8  # numbers that rows are filled up to, so that they become vectors without a rest
_U = np.uint64


@njit(nogil=True, cache=True, error_model="numpy")
def ports(m, n):  # type: ignore[no-untyped-def]
    """Ports of a block, filled up."""
    return (2 * (m + n) + _WIDE - 1) // _WIDE * _WIDE


@njit(nogil=True, cache=True, error_model="numpy")
def room(g, m, n):  # type: ignore[no-untyped-def]
    """Hybrid matrix of a block of at most m x n cells, two rows of ports and one of cells."""
    size = ports(m, n)
    return (
        np.zeros((size, size), g.dtype),
        np.zeros(size, g.dtype),
        np.zeros(size, g.dtype),
        np.zeros(n + EXTRA, g.dtype),
    )


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def add_cells(h, drops, own, drop, alpha, g, left, below, i0, j0, m, n):  # type: ignore[no-untyped-def]
    """The block of m x n cells from (i0, j0) on, row after row from below; False if impossible.

    Ports are in the order T, B, then L, R of each row. `h` is the hybrid matrix: the rows of T
    whole, of the others what stands right of T's columns and not above the diagonal; an entry and
    its mirror differ in sign where one port is voltage-driven (B, L) and the other is not. A cell
    takes alpha d r r^T away, r being the drops across it for unit inputs before it conducts and d
    the signs; this is done for the cells of a row together. `drops`, (m n + EXTRA, ports), keeps r
    of all cells but those that a broken line hangs on. `own` is the row of the right end.
    """
    h[: 2 * n] = 0
    for j in range(n):
        h[j, n + j] = 1
    for i in range(m):
        at = 2 * n + 2 * i + 1  # the right end of this row, last of the ports in use
        row, first = i0 + m - 1 - i, i * n
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
            alpha[j] = _taken(cell, drop[at] - drop[j])
            taken = alpha[j] * drop[at]
            for y in range(_U(len(own))):
                own[y] -= taken * drop[y]
            for y in range(_U(len(own))):
                drops[first + j, y] = drop[y]
        _add(h, drops[first + done :], alpha[done:], n - done, at, n)
        for y in range(n, at + 1):
            h[at, y] = own[y]
    return True


@njit(nogil=True, cache=True, error_model="numpy")
def _taken(cell, z):  # type: ignore[no-untyped-def]
    """Conductance of a cell in series with the resistance `z`; nothing overflows."""
    return cell / (1 + cell * z) if cell < 1 else 1 / (1 / cell + z)


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
        for k in range(0, number, EXTRA):
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
        for y in range(at + 1):
            own[y] = h[j, y]
        for x in range(n):
            h[x, at] = h[x, j]
        own[at] = h[j, j] + 1 / cell
    else:
        for y in range(at + 1):
            h[j, y] = own[y]
        for x in range(n):
            h[x, j] = own[x]
        own[j] = own[at]
        h[j, j] = own[at] + 1 / cell
    return True


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def take_cells(e, s, r, g, dg, dl, db, i0, j0, m, n):  # type: ignore[no-untyped-def]
    """Take the cells away in the opposite order, from E of the block with them to E without."""
    for i in range(m - 1, -1, -1):
        at = 2 * n + 2 * i + 1
        row = i0 + m - 1 - i
        for j in range(n - 1, -1, -1):
            cell = g[row, j0 + j]
            drop = r[i * n + j]
            z = drop[at] - drop[j]
            alpha = _taken(cell, z)
            total = 0 * cell
            for x in range(at + 1):
                line = e[x]
                found = 0 * cell
                for y in range(at + 1):
                    found += line[y] * drop[y]
                s[x] = found
                total += found * drop[x]
            share = 1 / (1 + cell * z)
            dg[row, j0 + j] = -total * share * share
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
