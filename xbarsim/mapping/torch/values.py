"""What steps of a PyTorch model are given, and give."""

from dataclasses import replace
from typing import Any

from xbarsim.mapping.torch.draft import Stacked, Value
from xbarsim.mapping.torch.trace import Batch, Shape


def attribute(module: Any, path: str) -> Any:
    """What stands at a dotted path of a module."""
    for part in path.split("."):
        module = getattr(module, part)
    return module


def leaves(x: Any) -> list[Any]:
    """What arguments hold, out of tuples, dictionaries and slices."""
    if isinstance(x, dict):
        return leaves(tuple(x.values()))
    if isinstance(x, tuple | list):
        return [leaf for item in x for leaf in leaves(item)]
    if isinstance(x, slice):
        return [x.start, x.stop, x.step]
    return [x]


def holds_shape(known: Any) -> bool:
    """Whether what a run has shown of a step is that of tensors."""
    if isinstance(known, Shape):
        return True
    return isinstance(known, tuple) and any(holds_shape(k) for k in known)


def with_shape(result: Any, known: Any) -> Any:
    """What a step gives, with the shapes that a run has shown."""
    if isinstance(result, Value | Stacked) and isinstance(known, Shape) and result.shape != known:
        return replace(result, shape=tuple(known))
    if isinstance(result, tuple) and isinstance(known, tuple) and not isinstance(known, Shape):
        return tuple(with_shape(r, k) for r, k in zip(result, known, strict=False))
    return result


def with_one(x: Any) -> Any:
    """Sizes, 1 for the batch."""
    if isinstance(x, tuple | list):
        return tuple(with_one(item) for item in x)
    return 1 if isinstance(x, Batch) else x
