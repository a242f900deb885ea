"""Functions of PyTorch that move values about, or sum them up along axes."""

from collections.abc import Mapping, Sequence
from typing import Any

from xbarsim.mapping.torch.draft import Call, Handler, Missing, Stacked, Value
from xbarsim.mapping.torch.trace import Batch


def spread(given: Sequence[Any]) -> tuple[Any, ...]:
    """Sizes or axes, given one by one or as one sequence."""
    if len(given) == 1 and isinstance(given[0], tuple | list):
        return tuple(given[0])
    return tuple(given)


def _sizes(call: Call, given: Sequence[Any]) -> tuple[int, ...]:
    """Sizes for a node ``reshape``: -1 where the batch goes, or 0 where another axis is -1."""
    if call.shape is not None:
        if sum(isinstance(size, Batch) for size in call.shape) != 1:
            call.refuse("its result has no single axis that holds the batch")
        return tuple(-1 if isinstance(size, Batch) else size for size in call.shape)
    batches = [k for k, size in enumerate(given) if isinstance(size, Batch)]
    if not all(isinstance(size, int | Batch) for size in given):
        call.refuse(f"sizes {tuple(given)} are not known")
    if -1 not in given and not batches:
        call.refuse(f"sizes {tuple(given)} leave no room for the batch; expected -1 on axis 0")
    if batches and (batches != [0] or given[0] != Batch()):
        call.need_example("where the batch goes is not known")
    return tuple((0 if -1 in given else -1) if isinstance(size, Batch) else size for size in given)


def _reshape(call: Call, input: Any, *shape: Any) -> Value:
    return call.add("reshape", input, shape=_sizes(call, spread(shape)))


def _flatten(call: Call, input: Any, start_dim: int = 0, end_dim: int = -1) -> Value:
    x = call.value(input)
    if call.shape is not None and x.shape and start_dim % len(x.shape) <= x.batch_axis:
        return call.add("reshape", x, shape=_sizes(call, ()))
    call.not_batch(x, [start_dim])
    return call.add("flatten", x, start=start_dim, end=end_dim)


def _unflatten(call: Call, input: Any, dim: int, sizes: Any) -> Value:
    if call.shape is not None:
        return call.add("reshape", input, shape=_sizes(call, ()))
    call.not_batch(call.value(input), [dim])
    return call.add("unflatten", input, axis=dim, shape=tuple(sizes))


def _permute(call: Call, input: Any, *dims: Any) -> Value:
    axes, x = spread(dims), call.value(input)
    if x.shape is None and axes[0] != 0:
        call.need_example("it moves the batch from axis 0")
    return call.add("transpose", x, axes=axes)


def _transpose(call: Call, input: Any, dim0: int, dim1: int) -> Value:
    x = call.value(input)
    if x.shape is None and 0 in (dim0, dim1):
        call.need_example("it moves the batch from axis 0")
    return call.add("swap_axes", x, axes=(dim0, dim1))


def _t(call: Call, input: Any) -> Value:
    return _transpose(call, input, 0, 1)


def _squeeze(call: Call, input: Any, dim: Any = None) -> Value:
    x = call.value(input)
    axes = (dim,) if isinstance(dim, int) else dim
    if axes is None:
        if x.shape is None:
            call.need_example("which axes have size 1 is not known")
        axes = [k for k, size in enumerate(x.shape or ()) if size == 1]
    call.not_batch(x, axes)
    return call.add("squeeze", x, axes=tuple(axes))


def _unsqueeze(call: Call, input: Any, dim: int) -> Value:
    x = call.value(input)
    if x.shape is None and dim == 0:
        call.need_example("it moves the batch from axis 0")
    return call.add("unsqueeze", x, axes=(dim,))


def _joined(op: str) -> Handler:
    def handler(call: Call, tensors: Any, dim: int = 0) -> Any:
        import torch

        parts = tensors.parts if isinstance(tensors, Stacked) else tensors
        values = [v for v in parts if isinstance(v, Value | Stacked)]
        whole = [
            call.add(
                "constant",
                values[0],
                part=f"constant{k}",
                arrays={"value": call.constant(v, "part")},
            )
            if isinstance(v, torch.Tensor)
            else call.value(v)
            for k, v in enumerate(parts)
        ]
        if op == "concatenate":
            call.not_batch(call.value(values[0]), [dim])
        elif dim == 0 and call.shape is None:
            call.need_example("it moves the batch from axis 0")
        return call.add(op, *whole, axis=dim)

    return handler


def _reduced(op: str) -> Handler:
    def handler(
        call: Call, input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
    ) -> Value:
        call.only(dtype=dtype)
        if dim is None or dim == () or dim == []:
            call.refuse("give its dim: over all axes it would take the batch, too")
        axes = (dim,) if isinstance(dim, int) else tuple(dim)
        call.not_batch(call.value(input), axes)
        return call.add(op, input, axes=axes, keep=bool(keepdim))

    return handler


def _extreme(op: str, pair: str) -> Handler:
    """`torch.max` and `torch.min`: of two values, or along an axis, with places that stay out."""

    def handler(call: Call, input: Any, dim: Any = None, keepdim: bool = False) -> Any:
        from xbarsim.mapping.torch.pointwise import POINTWISE_FUNCTIONS

        if dim is not None and not isinstance(dim, int):
            return POINTWISE_FUNCTIONS[pair](call, input, dim)
        y = _reduced(op)(call, input, dim, keepdim)
        return y, Missing(f"where {call.name} finds its values")

    return handler


def _expand(call: Call, input: Any, *sizes: Any) -> Value:
    shape = tuple(-1 if isinstance(size, Batch) else size for size in spread(sizes))
    return call.add("expand", input, shape=shape)


def expand_constant(call: Call, like: Value, tensor: Any, sizes: Sequence[Any]) -> Value:
    """A constant, the same for every item of the batch that `like` holds."""
    sizes = spread(sizes)
    if not isinstance(sizes[0], Batch) or any(isinstance(size, Batch) for size in sizes[1:]):
        call.refuse("a constant can be spread over the batch on its first axis only")
    if tensor.ndim == len(sizes) and tensor.shape[0] != 1:
        call.refuse(f"a constant of {tensor.shape[0]} items cannot be spread over the batch")
    value = tensor.expand(1, *sizes[1:]) if call.kind == "expand" else tensor.repeat(1, *sizes[1:])
    return call.add("constant", like, arrays={"value": call.constant(value, "value")})


def _repeat(call: Call, input: Any, *sizes: Any) -> Value:
    times, x = spread(sizes), call.value(input)
    axis = x.batch_axis + (len(times) - len(x.shape) if x.shape else 0)
    if times[axis] != 1 or not all(isinstance(t, int) for t in times):
        call.refuse(f"it repeats {times} times; expected numbers, and 1 for the batch")
    return call.add("tile", x, times=times)


def _pad(call: Call, input: Any, pad: Any, mode: str = "constant", value: Any = None) -> Value:
    if mode != "constant":
        call.refuse(f"mode is {mode!r}; supported: 'constant'")
    pairs = tuple(zip(pad[::2], pad[1::2], strict=True))[::-1]
    x = call.value(input)
    if x.shape is not None and x.batch_axis >= len(x.shape) - len(pairs):
        call.not_batch(x, [x.batch_axis])
    return call.add("pad", x, padding=pairs, value=float(value or 0.0))


SHAPE_FUNCTIONS: Mapping[str, Handler] = {
    **dict.fromkeys(("reshape", "view"), _reshape),
    "flatten": _flatten,
    "unflatten": _unflatten,
    "permute": _permute,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), _transpose),
    "t": _t,
    "squeeze": _squeeze,
    "unsqueeze": _unsqueeze,
    **dict.fromkeys(("cat", "concat", "concatenate"), _joined("concatenate")),
    "stack": _joined("stack"),
    "mean": _reduced("reduce_mean"),
    "sum": _reduced("reduce_sum"),
    "amax": _reduced("reduce_max"),
    "amin": _reduced("reduce_min"),
    "max": _extreme("reduce_max", "maximum"),
    "min": _extreme("reduce_min", "minimum"),
    "expand": _expand,
    "repeat": _repeat,
    "pad": _pad,
}
