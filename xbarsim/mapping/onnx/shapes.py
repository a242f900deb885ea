"""ONNX operators that see the same values in another shape or order."""

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from xbarsim.errors import SpecError
from xbarsim.mapping.onnx.operation import Handler, Operation, Tensor
from xbarsim.mapping.onnx.value import Known, Value, positive


def _identity(op: Operation) -> list[Tensor]:
    return [op.tensor()]


def _dropout(op: Operation) -> list[Tensor | None]:
    """Nothing at inference; its mask is not given."""
    training = op.array(2)
    if training is not None and training.any():
        raise SpecError("it drops values as in training; export the model for inference")
    op.attribute("seed")
    op.attribute("ratio")
    return [op.tensor(), None]


def _shape(op: Operation) -> list[Tensor]:
    x = op.value()
    first, last = op.attribute("start", 0), op.attribute("end")
    arrays = tuple(np.array(x.at(n)[first:last], dtype=np.int64) for n in op.tape.batches)
    return [Known(name="its shape", arrays=arrays)]


def _size(op: Operation) -> list[Tensor]:
    x = op.value()
    arrays = tuple(np.array(prod(x.at(n)), dtype=np.int64) for n in op.tape.batches)
    return [Known(name="its size", arrays=arrays)]


def _reshape(op: Operation) -> list[Tensor]:
    x, target = op.value(), op.known(1)
    assert target is not None
    keep = not op.attribute("allowzero", 0)
    shapes = [
        _resolved(array.reshape(-1).tolist(), x.at(n), keep)
        for array, n in zip(target.arrays, op.tape.batches, strict=True)
    ]
    return [op.tape.reshape(x, shapes)]


def _resolved(target: Sequence[int], shape: Sequence[int], keep: bool) -> list[int]:
    """A target shape without 0 for an axis that stays, and -1 for what is left."""
    if keep and any(d == 0 and i >= len(shape) for i, d in enumerate(target)):
        raise SpecError(f"a target shape of {list(target)} keeps an axis that is not there")
    sizes = [shape[i] if d == 0 and keep else int(d) for i, d in enumerate(target)]
    rest = prod(d for d in sizes if d != -1)
    return [prod(shape) // max(rest, 1) if d == -1 else d for d in sizes]


def _flatten(op: Operation) -> list[Tensor]:
    x = op.value()
    axis = op.attribute("axis", 1)
    shapes = [x.at(n) for n in op.tape.batches]
    return [op.tape.reshape(x, [(prod(s[:axis]), prod(s[axis:])) for s in shapes])]


def _transpose(op: Operation) -> list[Tensor]:
    x = op.value()
    return [op.tape.transpose(x, op.attribute("perm", range(len(x.shape))[::-1]))]


def _squeeze(op: Operation) -> list[Tensor]:
    x, axes = op.value(), op.ints(1, "axes")
    if axes is None:
        if op.tape.batches == (1,):
            raise SpecError("a squeeze of all axes of size 1 takes the batch's; name the axes")
        axes = tuple(i for i, d in enumerate(x.shape) if d == 1 and i != x.batch)
    axes = tuple(positive(a, len(x.shape)) for a in axes)
    if any(x.shape[a] != 1 or a == x.batch for a in axes):
        raise SpecError(f"it squeezes axes {axes} of {x.at(op.tape.batches[0])}; batch: {x.batch}")
    return [op.tape.view(x.without(x.node, axes))]


def _unsqueeze(op: Operation) -> list[Tensor]:
    x, axes = op.value(), op.ints(1, "axes")
    rank = len(x.shape) + len(axes or ())
    new = {positive(a, rank) for a in axes or ()}
    old = [i for i in range(rank) if i not in new]
    shape = [1] * rank
    for i, size in zip(old, x.shape, strict=True):
        shape[i] = size
    value = Value(node=x.node, shape=tuple(shape), batch=old[x.batch], before=x.before)
    return [op.tape.view(value)]


def _depth_to_space(op: Operation) -> list[Tensor]:
    x, size = op.value(), op.attribute("blocksize")
    columns = op.only("mode", "DCR", "CRD") == "CRD"
    _, c, h, w = x.shape
    apart = (c // size**2, size, size) if columns else (size, size, c // size**2)
    order = (0, 1, 4, 2, 5, 3) if columns else (0, 3, 4, 1, 5, 2)
    return [_blocks(op, x, (*apart, h, w), order, (c // size**2, h * size, w * size))]


def _space_to_depth(op: Operation) -> list[Tensor]:
    x, size = op.value(), op.attribute("blocksize")
    _, c, h, w = x.shape
    apart = (c, h // size, size, w // size, size)
    return [_blocks(op, x, apart, (0, 3, 5, 1, 2, 4), (c * size**2, h // size, w // size))]


def _blocks(
    op: Operation, x: Value, apart: Sequence[int], order: Sequence[int], together: Sequence[int]
) -> Value:
    firsts = [x.at(n)[0] for n in op.tape.batches]
    x = op.tape.reshape(x, [(n, *apart) for n in firsts], "apart")
    x = op.tape.transpose(x, order, "order")
    return op.tape.reshape(x, [(n, *together) for n in firsts])


SHAPES: Mapping[str, Handler] = {
    "Identity": _identity,
    "Dropout": _dropout,
    "Shape": _shape,
    "Size": _size,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
}
