"""ONNX operators that take parts of values, join or repeat them, or sum them up along axes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from xbarsim.errors import SpecError
from xbarsim.mapping.onnx.operation import Handler, Operation, Tensor
from xbarsim.mapping.onnx.value import Known, Value, positive

_ALL = (None, None, None)


def _concat(op: Operation) -> list[Tensor]:
    operands = [op.tensor(k) for k in range(len(op.inputs))]
    like = next(o for o in operands if isinstance(o, Value))
    axis = positive(op.attribute("axis", 1), len(like.shape))
    names, total = [], 0
    for o in operands:
        if isinstance(o, Known):
            arrays = {"value": op.tape.beside(o, like)}
            names.append(op.tape.add("constant", like.node, part="constant", arrays=arrays))
            total += o.arrays[0].shape[axis]
        elif (o.batch, o.before, o.after) != (like.batch, like.before, like.after):
            raise SpecError("its operands have the batch on different axes; samples would mix")
        else:
            names.append(o.node)
            total += o.shape[axis]
    node = op.tape.add("concatenate", *names, settings={"axis": like.axis(axis, "it joins")})
    return [like.resized(node, {axis: total})]


def _cut(op: Operation, x: Value, axes: Mapping[int, tuple[Any, ...]], part: str = "") -> Value:
    """`x` with (start, stop, step) of some axes kept."""
    kept = {a: len(range(x.shape[a])[slice(*cut)]) for a, cut in axes.items()}
    if all(kept[a] == x.shape[a] and (cut[2] or 1) > 0 for a, cut in axes.items()):
        return x
    index: list[Any] = [_ALL] * (1 + max(x.axis(a) for a in axes))
    for a, cut in axes.items():
        index[x.axis(a)] = cut
    node = op.tape.add("slice", x.node, part=part, settings={"index": tuple(index)})
    return x.resized(node, kept)


def _split(op: Operation) -> list[Tensor]:
    x, sizes = op.value(), op.ints(1, "split")
    axis = positive(op.attribute("axis", 0), len(x.shape))
    count = op.attribute("num_outputs", op.outputs)
    if sizes is None:
        most = -(-x.shape[axis] // count)
        sizes = tuple(min(most, x.shape[axis] - k * most) for k in range(count))
    if sum(sizes) != x.shape[axis]:
        raise SpecError(f"parts of {sizes} do not make up {x.shape[axis]}")
    starts = [sum(sizes[:k]) for k in range(len(sizes))]
    x.axis(axis, "it splits")
    spans = zip(starts, sizes, strict=True)
    return [_cut(op, x, {axis: (a, a + n, 1)}, f"{k}") for k, (a, n) in enumerate(spans)]


def _slice(op: Operation) -> list[Tensor]:
    x, cuts = op.value(), []
    given: dict[str, Sequence[Any]] = {}
    for k, name in enumerate(("starts", "ends", "axes", "steps"), 1):
        known = op.known(k)
        attribute = op.attribute(name)
        if known is not None:
            given[name] = [a.reshape(-1).tolist() for a in known.arrays]
        elif attribute is not None:
            given[name] = [attribute] * len(op.tape.batches)
    for t, n in enumerate(op.tape.batches):
        starts, ends = given["starts"][t], given["ends"][t]
        axes = given["axes"][t] if "axes" in given else range(len(starts))
        steps = given["steps"][t] if "steps" in given else [1] * len(starts)
        shape = x.at(n)
        spans = zip(axes, starts, ends, steps, strict=True)
        cuts.append({p: _span(shape[p], *s) for a, *s in spans for p in [positive(a, len(shape))]})
    for cut, n in zip(cuts, op.tape.batches, strict=True):
        if cut.pop(x.batch, (0, None, 1)) not in ((0, None, 1), (0, x.at(n)[x.batch], 1)):
            raise SpecError("it takes some samples of the batch only; not supported")
    if any(cut != cuts[0] for cut in cuts):
        raise SpecError("where it cuts depends on the size of the batch; not supported")
    return [_cut(op, x, cuts[0]) if cuts[0] else x]


def _span(size: int, start: int, end: int, step: int) -> tuple[int, int | None, int]:
    """What a slice of an axis of `size` means in Python; ends beyond the axis are cut off."""
    start, stop, step = slice(start, end, step).indices(size)
    return start, None if stop < 0 else stop, step


def _gather(op: Operation) -> list[Tensor]:
    x, axis = op.tensor(), op.attribute("axis", 0)
    if isinstance(x, Known):
        return [_embedding(op, x.array(), axis)]
    indices = op.needed(1).astype(np.int64)
    axis = positive(axis, len(x.shape))
    at = x.axis(axis, "it picks")
    if indices.size and not -x.shape[axis] <= indices.min() <= indices.max() < x.shape[axis]:
        raise SpecError(f"it picks {indices.tolist()} on axis {axis} of size {x.shape[axis]}")
    if indices.ndim == 0:
        index = (*[_ALL] * at, int(indices))
        return [x.without(op.tape.add("slice", x.node, settings={"index": index}), [axis])]
    node = op.tape.add("take", x.node, settings={"axis": at}, arrays={"indices": indices})
    shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
    batch = x.batch + (indices.ndim - 1 if axis < x.batch else 0)
    return [Value(node=node, shape=shape, batch=batch, before=x.before)]


def _embedding(op: Operation, table: Any, axis: int) -> Value:
    words = op.value(1)
    if axis != 0:
        raise SpecError(f"it looks up axis {axis} of a constant; supported: 0")
    rows = table.reshape(len(table), -1)
    node = op.tape.add("embedding", words.node, arrays={"table": rows})
    shape = words.shape + table.shape[1:]
    value = Value(node=node, shape=shape, batch=words.batch, before=words.before)
    return op.tape.view(value, "shape") if table.ndim != 2 else value


def _pad(op: Operation) -> list[Tensor]:
    op.only("mode", "constant")
    x, pads = op.value(), op.ints(1, "pads") or ()
    value = op.number(2, "value") or 0.0
    axes = op.ints(3, "axes") or tuple(range(len(x.shape)))
    half = len(pads) // 2
    padding = [(0, 0)] * (len(op.tape.shape(x.node)) - 1)
    sizes = {}
    for a, pair in zip(axes, zip(pads[:half], pads[half:], strict=True), strict=True):
        if any(pair):
            padding[x.axis(a, "it pads") - 1] = pair
            p = positive(a, len(x.shape))
            sizes[p] = x.shape[p] + sum(pair)
    if not sizes:
        return [x]
    settings = {"padding": tuple(padding), "value": value}
    return [x.resized(op.tape.add("pad", x.node, settings=settings), sizes)]


def _expand(op: Operation) -> list[Tensor]:
    x, target = op.value(), op.known(1)
    assert target is not None
    ones = [np.broadcast_to(np.False_, array.reshape(-1).tolist()) for array in target.arrays]
    (lifted, _), value = op.tape.level([x, Known(name=target.name, arrays=tuple(ones))])
    assert isinstance(lifted, Value)
    for n, one in zip(op.tape.batches, ones, strict=True):
        if np.broadcast_shapes(value.at(n), one.shape) != value.at(n):
            raise SpecError(f"it expands {x.at(n)} to {one.shape}, along the axis of the batch")
    if value.shape == lifted.shape:
        return [lifted]
    settings = {"shape": (-1, *value.sizes)}
    return [value.resized(op.tape.add("expand", lifted.node, settings=settings), {})]


def _tile(op: Operation) -> list[Tensor]:
    x, times = op.value(), op.ints(1, "repeats") or ()
    repeated = {a: n for a, n in enumerate(times) if n != 1}
    all_times = [1] * len(op.tape.shape(x.node))
    for a, n in repeated.items():
        all_times[x.axis(a, "it repeats")] = n
    node = op.tape.add("tile", x.node, settings={"times": tuple(all_times)})
    return [x.resized(node, {a: n * x.shape[a] for a, n in repeated.items()})]


def _reduce(name: str) -> Handler:
    def read(op: Operation) -> list[Tensor]:
        x, axes = op.value(), op.ints(1, "axes")
        keep = bool(op.attribute("keepdims", 1))
        rank = len(x.shape)
        if not axes:
            if op.attribute("noop_with_empty_axes", 0):
                return [x]
            axes = tuple(range(rank))
        op.attribute("noop_with_empty_axes")
        axes = tuple(sorted(positive(a, rank) for a in axes))
        settings = {"axes": tuple(x.axis(a) for a in axes), "keep": keep}
        node = op.tape.add(name, x.node, settings=settings)
        return [x.resized(node, dict.fromkeys(axes, 1)) if keep else x.without(node, axes)]

    return read


PARTS: Mapping[str, Handler] = {
    "Concat": _concat,
    "Split": _split,
    "Slice": _slice,
    "Gather": _gather,
    "Pad": _pad,
    "Expand": _expand,
    "Tile": _tile,
    "ReduceMean": _reduce("reduce_mean"),
    "ReduceSum": _reduce("reduce_sum"),
    "ReduceMax": _reduce("reduce_max"),
    "ReduceMin": _reduce("reduce_min"),
}
