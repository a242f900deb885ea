"""Parameters of a NIR node, checked and spread over the node's shape."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.mapping.nir.tree import Part

Shape: TypeAlias = tuple[int, ...]
Values: TypeAlias = npt.NDArray[np.float64]


class Misfit(Exception):
    """A node cannot take a shape; says what it wants, not its name."""


def array(part: Part, key: str, default: float | None = None) -> npt.NDArray[Any]:
    """A parameter of a node.

    Raises
    ------
    SpecError : the node has none, or one that is not finite.
    """
    value = part.values.get(key)
    if value is None:
        if default is None:
            raise SpecError(f"{part} has no {key}")
        value = default
    try:
        a = np.asarray(value)
    except ValueError:  # rows of different lengths
        a = np.asarray(None)
    if a.dtype.kind not in "fiub":
        raise SpecError(f"{part}: {key} is {value!r}; expected numbers")
    bad = int((~np.isfinite(a)).sum())
    if bad:
        raise SpecError(f"{part}: {key} holds {bad} values that are not finite")
    return a


def positive(part: Part, key: str) -> npt.NDArray[Any]:
    """A parameter that must be above 0."""
    a = array(part, key)
    if (a <= 0).any():
        raise SpecError(f"{part}: {key} is {a.min():g}; expected more than 0")
    return a


def spread(key: str, value: npt.NDArray[Any], shape: Shape) -> Values:
    """A parameter of one value, or of as many axes as `shape`, over `shape`.

    Raises
    ------
    Misfit : it does not spread.
    """
    if value.size == 1:
        value = value.reshape(())
    elif value.ndim != len(shape) or any(
        a not in (1, b) for a, b in zip(value.shape, shape, strict=True)
    ):
        raise Misfit(f"its {key} has shape {value.shape}")
    return np.array(np.broadcast_to(value, shape), dtype=float)


def whole(part: Part, key: str, axes: int, least: int) -> Shape:
    """A whole number for each axis, from one or from as many as there are axes."""
    a = array(part, key).reshape(-1)
    if a.size not in (1, axes) or (a != np.rint(a)).any() or (a < least).any():
        counts = "1" if axes == 1 else f"1 or {axes}"
        raise SpecError(
            f"{part}: {key} is {a.tolist()}; expected {counts} whole numbers of at least {least}"
        )
    return tuple(int(v) for v in np.broadcast_to(a, (axes,)))


def weights(part: Part, axes: int) -> dict[str, npt.NDArray[Any]]:
    """Arrays of a weighted operation, weights of so many axes and bias, its bias where it has one.

    Raises
    ------
    SpecError : another number of axes, a bias that does not fit.
    """
    w = array(part, "weight")
    if w.ndim != axes or 0 in w.shape:
        raise SpecError(f"{part}: weight has shape {w.shape}; expected {axes} axes, none empty")
    if part.values.get("bias") is None:
        if part.kind == "Affine":
            raise SpecError(f"{part} has no bias")
        return {"weights": w}
    bias = array(part, "bias").reshape(-1)
    if bias.size != w.shape[0]:
        raise SpecError(f"{part}: bias holds {bias.size} values; expected {w.shape[0]}")
    return {"weights": w, "bias": bias}
