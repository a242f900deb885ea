"""Functions of PyTorch that copy values, cast them, or ask what they are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xbarsim.mapping.torch.draft import Call, Handler, Value
from xbarsim.mapping.torch.shapes import spread
from xbarsim.mapping.torch.trace import Batch, UnknownShape


def _same(call: Call, input: Any, *args: Any, **kwargs: Any) -> Any:
    return call.value(input)


def _clone(call: Call, input: Any, **kwargs: Any) -> Any:
    """The same, but no longer the same: what changes one in place leaves the other."""
    return replace(call.value(input))


def _to(call: Call, input: Any, *args: Any, **kwargs: Any) -> Value:
    """To another device: nothing; to another type: a cast."""
    import torch

    names = {torch.float32: "float32", torch.float64: "float64", torch.int64: "int64"}
    for given in (*args, *kwargs.values()):
        if isinstance(given, torch.dtype):
            if given not in names:
                call.refuse(f"{given} is not supported; expected float32, float64 or int64")
            return call.add("cast", input, dtype=names[given])
    return call.value(input)


def _cast(dtype: str) -> Handler:
    def handler(call: Call, input: Any) -> Value:
        return call.add("cast", input, dtype=dtype)

    return handler


def _size(call: Call, input: Any, dim: Any = None) -> Any:
    """Reached only without an example."""
    return UnknownShape() if dim is None else UnknownShape()[dim]


def _getattr(call: Call, input: Any, name: str) -> Any:
    import torch

    if isinstance(input, tuple) and name == "values":
        return input[0]
    if name == "shape":
        return UnknownShape()
    if name == "device":
        return torch.device("cpu")
    if name in ("T", "mT"):
        return call.add("swap_axes", input, axes=(-2, -1))
    return call.need_example(f"its {name} is not known")


def _new_zeros(call: Call, input: Any, *size: Any, **kwargs: Any) -> Any:
    """Zeros, for the batch just once: they meet all of it."""
    import torch

    return torch.zeros([1 if isinstance(n, Batch) else n for n in spread(size)])


def _zeros_like(call: Call, input: Any, **kwargs: Any) -> Any:
    x = call.value(input)
    if x.shape is None:
        call.need_example("its shape is not known")
    return _new_zeros(call, input, *(x.shape or ()))


_IDENTITIES = ("contiguous", "detach", "cpu", "cuda", "type_as", "requires_grad_")

TYPE_FUNCTIONS: Mapping[str, Handler] = {
    **dict.fromkeys(_IDENTITIES, _same),
    "clone": _clone,
    "to": _to,
    "float": _cast("float32"),
    "double": _cast("float64"),
    "long": _cast("int64"),
    "size": _size,
    "getattr": _getattr,
    "new_zeros": _new_zeros,
    "zeros_like": _zeros_like,
}
