"""Weights as cells hold them, compiled: mean, spread and read noise of each looked up."""

import numpy as np
from numba import njit

from xbarsim.periphery._normals import drawn_at_most, fill

_U = np.uint64  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy")
def perturb(w, largest, factor, tables, key, number, first, out, variance):  # type: ignore[no-untyped-def]
    """`xbarsim.nn.effective.perturbed` of some rows.

    Parameters
    ----------
    w, out, variance : (out, in); the last two are written, the last may be None.
    largest : (out,).
    factor : against drift.
    tables : shift, spread and variance at even places from -1 to 1, (3, nodes).
    key, number : of the draws, see `xbarsim.periphery._normals.fill`.
    first : number of the first of these rows among all.
    """
    shift, spread, read = tables[0], tables[1], tables[2]
    kind, count = w.dtype.type, w.shape[1]
    half = kind(0.5 * (len(shift) - 1))
    middle = kind(half + kind(0.5))
    room = np.empty(drawn_at_most(count), np.float32)
    for o in range(len(w)):
        start = (first + o) * count
        z = room[fill(key, number, 0, start, start + count, room) :]
        per, most = half / largest[o], largest[o] * factor
        given, held = w[o], out[o]
        for i in range(_U(count)):
            value = given[i]
            k = np.int32(value * per + middle)
            held[i] = factor * value + most * (shift[k] + spread[k] * z[i])
        if variance is not None:
            each, square = variance[o], most * most
            for i in range(_U(count)):
                each[i] = square * read[np.int32(given[i] * per + middle)]
