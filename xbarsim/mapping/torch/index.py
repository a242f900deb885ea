"""Functions of PyTorch that take parts of values."""

from collections.abc import Mapping, Sequence
from typing import Any

from xbarsim.mapping.torch.draft import Call, Handler, Stacked, Value
from xbarsim.mapping.torch.trace import Batch

_WHOLE = slice(None)


def _chunk(call: Call, input: Any, chunks: int, dim: int = 0) -> tuple[Value, ...]:
    call.not_batch(call.value(input), [dim])
    return tuple(
        call.add("chunk", input, part=str(k), axis=dim, count=chunks, index=k)
        for k in range(chunks)
    )


def _along(axis: int, item: Any) -> tuple[Any, ...]:
    """An index of a node ``slice`` that leaves all axes but one as they are."""
    whole = (None, None, None)
    return (..., item, *[whole] * (-axis - 1)) if axis < 0 else (*[whole] * axis, item)


def _split(call: Call, tensor: Any, split_size: Any, dim: int = 0) -> tuple[Value, ...]:
    x = call.value(tensor)
    call.not_batch(x, [dim])
    sizes = split_size
    if isinstance(split_size, int):
        if x.shape is None:
            call.need_example("how many parts there are is not known")
        n = (x.shape or ())[dim]
        sizes = [min(split_size, n - at) for at in range(0, n, split_size)]
    starts = [sum(sizes[:k]) for k in range(len(sizes))]
    return tuple(
        call.add("slice", x, part=str(k), index=_along(dim, (at, at + n, None)))
        for k, (at, n) in enumerate(zip(starts, sizes, strict=True))
    )


def _unbind(call: Call, input: Any, dim: int = 0) -> tuple[Value, ...]:
    x = call.value(input)
    call.not_batch(x, [dim])
    if x.shape is None:
        call.need_example("how many parts there are is not known")
    count = (x.shape or ())[dim]
    return tuple(call.add("slice", x, part=str(k), index=_along(dim, k)) for k in range(count))


def getitem(call: Call, input: Any, index: Any) -> Any:
    """Part of a tuple or of a value."""
    if isinstance(input, tuple):
        return input[index]
    items = index if isinstance(index, tuple) else (index,)
    if isinstance(input, Stacked) and isinstance(items[0], int):
        part = input.parts[items[0]]
        return (
            part
            if all(i in (_WHOLE, ...) for i in items[1:])
            else getitem(call, part, (_WHOLE, *(items[1:])))
        )
    x = call.value(input)
    _check_whole_batch(call, x, items)
    tensors = [k for k, item in enumerate(items) if hasattr(item, "detach")]
    if tensors:
        return _take(call, x, items, tensors)
    return call.add("slice", x, index=tuple(_item(call, item) for item in items))


def _check_whole_batch(call: Call, x: Value, items: Sequence[Any]) -> None:
    used = sum(item is not None and item is not ... for item in items)
    axis = 0
    for item in items:
        if item is ...:
            axis += (len(x.shape) if x.shape else used + 1) - used
        elif item is not None:
            whole = isinstance(item, slice) and item.start in (None, 0) and item.step in (None, 1)
            if axis == x.batch_axis and not (whole and isinstance(item.stop, Batch | None)):
                call.not_batch(x, [axis])
            axis += 1
    if x.shape is None and items[0] is None:
        call.need_example("it moves the batch from axis 0")


def _item(call: Call, item: Any) -> Any:
    if isinstance(item, slice):
        if isinstance(item.stop, Batch):
            return (None, None, None)
        parts = (item.start, item.stop, item.step)
        if all(isinstance(p, int | None) for p in parts):
            return parts
    elif item is None or item is ... or type(item) is int:
        return item
    return call.refuse(f"index {item!r} is not supported; expected whole numbers and slices")


def _take(call: Call, x: Value, items: Sequence[Any], tensors: Sequence[int]) -> Value:
    others = [item for k, item in enumerate(items) if k not in tensors]
    indices = call.constant(items[tensors[0]], "index")
    if len(tensors) > 1 or any(item != _WHOLE for item in others) or indices.dtype.kind != "i":
        call.refuse("an index tensor of whole numbers must be the only index")
    return call.add("take", x, arrays={"indices": indices}, axis=tensors[0])


def _index_select(call: Call, input: Any, dim: int, index: Any) -> Value:
    call.not_batch(call.value(input), [dim])
    return call.add("take", input, arrays={"indices": call.constant(index, "index")}, axis=dim)


def _select(call: Call, input: Any, dim: int, index: int) -> Value:
    call.not_batch(call.value(input), [dim])
    return call.add("slice", input, index=_along(dim, index))


def _narrow(call: Call, input: Any, dim: int, start: int, length: int) -> Value:
    call.not_batch(call.value(input), [dim])
    return call.add("slice", input, index=_along(dim, (start, start + length, None)))


INDEX_FUNCTIONS: Mapping[str, Handler] = {
    "chunk": _chunk,
    "split": _split,
    "unbind": _unbind,
    "getitem": getitem,
    "index_select": _index_select,
    "select": _select,
    "narrow": _narrow,
}
