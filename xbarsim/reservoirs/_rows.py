"""Sums of chosen rows of a matrix that stay in the processor's registers, compiled.

Columns stand in blocks of 512 bytes, as many as registers hold at once: a block is summed over all
rows before the next one begins, and its rows, 512 bytes after each other, stay in the cache for
what else is summed of them.
"""

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from xbarsim.backend import Array

_BYTES, _VECTORS = 64, 8  # of a vector, and vectors of a block


def block_width(dtype: Any) -> int:
    """Columns of a block."""
    return _BYTES * _VECTORS // int(np.dtype(dtype).itemsize)


def in_blocks(matrix: Array, dtype: Any) -> Array:
    """`matrix` (rows, columns) as (blocks, rows, columns of a block), the last filled up with 0."""
    rows, columns = matrix.shape
    width = block_width(dtype)
    count = max(-(-columns // width), 1)
    padded = np.zeros((rows, count * width), dtype)
    padded[:, :columns] = matrix
    return np.ascontiguousarray(padded.reshape(rows, count, width).swapaxes(0, 1))


@intrinsic
def add_rows(context, index, amount, begin, end, block, out):  # type: ignore[no-untyped-def]
    """Add ``amount[k] * block[index[k]]`` for k from `begin` to `end` to `out`.

    One after the other in the order of k, a product and a sum each; `amount` None is 1 for all.
    `block` is (rows, columns) of a block, contiguous; `index` of uint32, `amount` and `out`
    (columns,) of the block's type.
    """

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        number = context.get_value_type(signature.args[4].dtype)
        lanes = 16 if isinstance(number, ir.FloatType) else 8
        index, amount, block, out = (
            None
            if isinstance(signature.args[k], types.NoneType)
            else context.make_array(signature.args[k])(context, builder, args[k]).data
            for k in (0, 1, 4, 5)
        )
        ends = [context.cast(builder, args[k], signature.args[k], types.int64) for k in (2, 3)]
        _Emitter(builder, number, lanes).loop(index, amount, block, out, *ends)
        return context.get_dummy_value()

    return types.void(index, amount, begin, end, block, out), write


class _Emitter:
    """Writes the loop of `add_rows`."""

    def __init__(self, builder: Any, number: Any, lanes: int) -> None:
        self.builder, self.number, self.lanes = builder, number, lanes
        self.vector = ir.VectorType(number, lanes)
        self.long = ir.IntType(64)

    def loop(self, index: Any, amount: Any, block: Any, out: Any, begin: Any, end: Any) -> None:
        b = self.builder
        start, body = b.append_basic_block("sums"), b.append_basic_block("rows")
        stored, done = b.append_basic_block("stored"), b.append_basic_block("done")
        b.cbranch(b.icmp_signed("<", begin, end), start, done)
        b.position_at_end(start)
        before = [self._loaded(out, n) for n in range(_VECTORS)]
        b.branch(body)
        b.position_at_end(body)
        k, sums = b.phi(self.long), [b.phi(self.vector) for _ in range(_VECTORS)]
        row = b.zext(b.load(b.gep(index, [k])), self.long)
        first = b.gep(block, [b.mul(row, self._long(self.lanes * _VECTORS))])
        added = [self._loaded(first, n) for n in range(_VECTORS)]
        if amount is not None:
            times = self._spread(b.load(b.gep(amount, [k])))
            added = [b.fmul(times, weights) for weights in added]
        found = [b.fadd(s, each) for s, each in zip(sums, added, strict=True)]
        following = b.add(k, self._long(1))
        self._goes_on(k, begin, start, following, body)
        for s, f, first_of_all in zip(sums, found, before, strict=True):
            self._goes_on(s, first_of_all, start, f, body)
        b.cbranch(b.icmp_signed("<", following, end), body, stored)
        b.position_at_end(stored)
        for n, f in enumerate(found):
            b.store(f, self._at(out, n), align=self._align)
        b.branch(done)
        b.position_at_end(done)

    @staticmethod
    def _goes_on(phi: Any, first: Any, start: Any, then: Any, body: Any) -> None:
        phi.add_incoming(first, start)
        phi.add_incoming(then, body)

    @property
    def _align(self) -> int:
        return 4 if isinstance(self.number, ir.FloatType) else 8

    def _long(self, value: int) -> Any:
        return ir.Constant(self.long, value)

    def _loaded(self, first: Any, n: int) -> Any:
        return self.builder.load(self._at(first, n), align=self._align)

    def _at(self, first: Any, n: int) -> Any:
        """Where the n-th vector after `first` stands."""
        b = self.builder
        return b.bitcast(b.gep(first, [self._long(n * self.lanes)]), self.vector.as_pointer())

    def _spread(self, value: Any) -> Any:
        """A number in every lane."""
        b, none = self.builder, ir.Constant(self.vector, ir.Undefined)
        one = b.insert_element(none, value, ir.Constant(ir.IntType(32), 0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return b.shuffle_vector(one, none, mask)
