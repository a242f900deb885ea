"""Weights as cells hold them, compiled: mean, spread and read noise of each looked up."""

import numpy as np
from numba import njit

_U = np.uint64  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def perturb(w, largest, factor, tables, z, out, variance):  # type: ignore[no-untyped-def]
    """`xbarsim.nn.effective.perturbed` of some rows.

    Parameters
    ----------
    w, out, variance : (out, in); the last two are written, the last may be None.
    largest : (out,).
    factor : against drift.
    tables : shift, spread and variance at even places from -1 to 1, (3, nodes).
    z : standard normals, (out * in,).
    """
    shift, spread, read = tables[0], tables[1], tables[2]
    kind, count = w.dtype.type, w.shape[1]
    half = kind(0.5 * (len(shift) - 1))
    middle = kind(half + kind(0.5))
    for o in range(len(w)):
        per, most = half / largest[o], largest[o] * factor
        given, held, own = w[o], out[o], z[o * count : (o + 1) * count]
        for i in range(_U(count)):
            value = given[i]
            k = np.int32(value * per + middle)
            held[i] = factor * value + most * (shift[k] + spread[k] * own[i])
        if variance is not None:
            each, square = variance[o], most * most
            for i in range(_U(count)):
                each[i] = square * read[np.int32(given[i] * per + middle)]
