"""Products of voltages and matrices in single precision, compiled.

What OpenBLAS makes of the processors it knows differs by a factor of two, and its threads wait for
each other; this runs within a task, and each output sums its terms in order, whatever is computed
beside it. A block of rows and columns of the result stays in vector registers while the terms go by
(K. Goto and R. A. van de Geijn, ACM Trans. Math. Softw. 34, 12 (2008)); numba has no vectors, so
that one loop is written in LLVM's own terms.
"""

# mypy: allow-untyped-calls

from typing import Any

import numpy as np
from llvmlite import binding, ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from xbarsim.backend import Array


def _lanes_and_rows() -> tuple[int, int]:
    """Numbers in a vector register, and rows of a block that leave some registers free."""
    features = binding.get_host_cpu_features()
    if features.get("avx512f"):
        return 16, 8  # 32 registers
    return (8, 4) if features.get("avx2") else (4, 4)  # 16 registers


LANES, ROWS = _lanes_and_rows()
PANEL = 2 * LANES  # columns of a block
_FLOAT = 4  # bytes, to whose multiples alone arrays are aligned


def packed(matrices: Array) -> Array:
    """`matrices` (down, rows, outputs) as `product` wants them: (down, panels, rows, PANEL)."""
    down, rows, outputs = matrices.shape
    panels = -(-outputs // PANEL)
    out = np.zeros((down, rows, panels * PANEL), np.float32)
    out[:, :, :outputs] = matrices
    return np.ascontiguousarray(out.reshape(down, rows, panels, PANEL).swapaxes(1, 2))


@njit(nogil=True, cache=True, error_model="numpy")
def product(v, matrix, out):  # type: ignore[no-untyped-def]
    """``v @ matrix`` into `out`.

    Parameters
    ----------
    v : (n, rows) with n a multiple of `ROWS`.
    matrix : one of what `packed` makes, (panels, rows, PANEL).
    out : (n, panels * PANEL).
    """
    for panel in range(len(matrix)):
        for i in range(0, len(v), ROWS):
            _block(v, i, matrix[panel], out, panel * PANEL)  # type: ignore[call-arg]


@intrinsic
def _block(context, v, i, panel, out, j):  # type: ignore[no-untyped-def]
    """``out[i : i + ROWS, j : j + PANEL] = v[i : i + ROWS] @ panel``."""
    return types.void(v, types.intp, panel, out, types.intp), _write_block


def _write_block(context, builder, signature, args):  # type: ignore[no-untyped-def]
    """The loop over the terms, with two vectors of sums for each of `ROWS` rows."""
    v, panel, out = (
        context.make_array(signature.args[k])(context, builder, args[k]) for k in (0, 2, 3)
    )
    i, j = args[1], args[4]
    vector = ir.VectorType(ir.FloatType(), LANES)

    def row(array, k):  # type: ignore[no-untyped-def]
        """Where row i + k begins."""
        width = cgutils.unpack_tuple(builder, array.shape)[1]
        return builder.gep(array.data, [builder.mul(builder.add(i, i.type(k)), width)])

    def pair(where: Any) -> list[Any]:
        """The two vectors that begin there."""
        places = (builder.gep(where, [i.type(k)]) for k in (0, LANES))
        return [builder.bitcast(place, vector.as_pointer()) for place in places]

    def everywhere(number: Any) -> Any:
        """A vector of one number."""
        nothing, first = ir.Constant(vector, ir.Undefined), ir.IntType(32)(0)
        one = builder.insert_element(nothing, number, first)
        lanes = ir.Constant(ir.VectorType(first.type, LANES), None)
        return builder.shuffle_vector(one, nothing, lanes)

    zero = ir.Constant(vector, None)
    sums = [[cgutils.alloca_once_value(builder, zero) for _ in (0, 1)] for _ in range(ROWS)]
    rows = [row(v, k) for k in range(ROWS)]
    with cgutils.for_range(builder, cgutils.unpack_tuple(builder, v.shape)[1]) as loop:
        begins = builder.gep(panel.data, [builder.mul(loop.index, i.type(PANEL))])
        cells = [builder.load(where, align=_FLOAT) for where in pair(begins)]
        for k in range(ROWS):
            volts = everywhere(builder.load(builder.gep(rows[k], [loop.index])))
            for total, cell in zip(sums[k], cells, strict=True):
                term = builder.fmul(volts, cell, flags=("contract",))
                more = builder.fadd(builder.load(total), term, flags=("contract",))
                builder.store(more, total)
    for k in range(ROWS):
        for total, where in zip(sums[k], pair(builder.gep(row(out, k), [j])), strict=True):
            builder.store(builder.load(total), where, align=_FLOAT)
    return context.get_dummy_value()
