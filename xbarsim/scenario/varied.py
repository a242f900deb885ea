"""What samples, searches and sensitivity studies vary: dotted paths, each with a distribution."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from xbarsim.errors import SpecError
from xbarsim.scenario.distributions import Distribution, quantile

_BELOW_ONE = math.nextafter(1.0, 0.0)


def some_axes(axes: dict[str, Any]) -> dict[str, Any]:
    """`axes`, of which there must be one.

    Raises
    ------
    SpecError : there is none.
    """
    if not axes:
        raise SpecError("give at least one, such as array.adc.bits: {integers: {from: 4, to: 8}}")
    return axes


def point_at(axes: Mapping[str, Distribution], u: Sequence[float]) -> dict[str, Any]:
    """The point at `u`, shares from 0 to 1 in the order of `dimensions`."""
    shares = dict(zip(dimensions(axes), u, strict=True))
    return {path: quantile(axis, min(shares[path], _BELOW_ONE)) for path, axis in axes.items()}


def dimensions(axes: Mapping[str, Any]) -> list[str]:
    """Which axis each column of the unit cube is, however a file orders them."""
    return sorted(axes)
