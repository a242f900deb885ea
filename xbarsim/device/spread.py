"""How devices differ from each other: distributions of their parameters, and process corners."""

import dataclasses
import typing
from importlib import import_module
from typing import Any, TypeVar

from xbarsim.backend import Array, array_namespace
from xbarsim.device.parameters import arrays_of, key_of, with_parameters
from xbarsim.errors import SpecError, suggestion

T = TypeVar("T")

_FAR = 8.0  # standard deviations beyond which cutting off changes no digit


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spread:
    """How a parameter differs from device to device: normally distributed, cut off at its limits.

    Parameters
    ----------
    relative : standard deviation over the magnitude of the parameter, 1.
    absolute : standard deviation in the parameter's unit; one of the two is given.
    low, high : where the distribution is cut off, beside the range that the law allows; None for
        that range alone.
    fast : 1 or -1, the side to which the parameter moves where devices are fast, which means that
        they switch sooner; 0 for a parameter that process corners leave alone.

    Raises
    ------
    SpecError : neither or both deviations, a negative one, limits that do not ascend, another
        `fast`.
    """

    relative: float | None = None
    absolute: float | None = None
    low: float | None = None
    high: float | None = None
    fast: int = 0

    def __post_init__(self) -> None:
        given = [value for value in (self.relative, self.absolute) if value is not None]
        if len(given) != 1:
            raise SpecError("a spread takes one of 'relative' and 'absolute'")
        if not 0 <= given[0] < float("inf"):
            raise SpecError(f"the standard deviation is {given[0]:g}; it must be at least 0")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise SpecError(f"limits are {self.low:g} and {self.high:g}; they must ascend")
        if self.fast not in (-1, 0, 1):
            raise SpecError(f"fast is {self.fast!r}; it must be -1, 0 or 1")

    def sigma(self, nominal: float) -> float:
        """Standard deviation about the `nominal` value, in its unit."""
        if self.absolute is not None:
            return self.absolute
        return (self.relative or 0.0) * abs(nominal)


#: spread of each parameter that differs, by its name in sheets
Spreads = typing.Mapping[str, Spread]


def sampled(law: T, spreads: Spreads, z: Array) -> T:
    """The law of many cells, whose parameters differ.

    Parameters
    ----------
    law : one cell; its parameters are where the distributions have their middle.
    spreads : of each parameter that differs, by its name in sheets.
    z : standard normals, (parameters, ...), in the order of `spreads`; (parameters,) gives the law
        of one cell.

    Raises
    ------
    SpecError : names an unknown parameter, or one that is no single number, and what the law
        refuses about the values together.
    """
    if len(z) != len(spreads):
        raise SpecError(f"z has {len(z)} rows; {len(spreads)} parameters differ")
    fields = {key_of(field): field for field in dataclasses.fields(law)}  # type: ignore[arg-type]
    values = {}
    for (key, spread), normals in zip(spreads.items(), z, strict=True):
        if key not in fields:
            raise SpecError(f"{key}: unknown parameter{suggestion(key, list(fields))}")
        name, nominal = fields[key].name, getattr(law, fields[key].name)
        if not isinstance(nominal, float | int):
            raise SpecError(f"{key}: is not a single number, which alone can differ between cells")
        values[name] = _between_limits(float(nominal), spread, fields[key].metadata, normals)
    found = with_parameters(law, values)
    _check_cells(found)
    return found


def at_corner(law: T, spreads: Spreads, sigmas: float) -> T:
    """The law at a process corner: `sigmas` standard deviations to the side that is fast.

    A negative number is a slow corner. Parameters whose spread does not say what is fast stay.

    Raises
    ------
    SpecError : no spread says which side is fast, or as `sampled`.
    """
    fast = {key: spread for key, spread in spreads.items() if spread.fast}
    if not sigmas:
        return law
    if not fast:
        raise SpecError(
            "no spread says on which side devices are fast, so there are no corners; give 'fast' "
            f"of a parameter (with a spread: {', '.join(spreads) or 'none'})"
        )
    return sampled(law, fast, [sigmas * spread.fast for spread in fast.values()])


def _between_limits(
    nominal: float, spread: Spread, metadata: typing.Mapping[str, Any], z: Array
) -> Array:
    """Normal about `nominal` and cut off; `z` decides the quantile."""
    xp, sigma, z = array_namespace(z), spread.sigma(nominal), 1.0 * z
    lows = [x for x in (spread.low, metadata.get("low")) if x is not None]
    highs = [x for x in (spread.high, metadata.get("high")) if x is not None]
    low, high = max(lows, default=-float("inf")), min(highs, default=float("inf"))
    if sigma and (nominal - low < _FAR * sigma or high - nominal < _FAR * sigma):
        special = import_module(
            "scipy.special" if xp.__name__ == "numpy" else "cupyx.scipy.special"
        )
        below, above = (special.ndtr((x - nominal) / sigma) for x in (low, high))
        z = special.ndtri(below + special.ndtr(xp.asarray(z)) * (above - below))
    found = xp.clip(nominal + sigma * z, low, high)
    return found if getattr(found, "shape", ()) else float(found)


def _check_cells(law: Any) -> None:
    """Hold the law's own checks against its cells, one by one where it takes no arrays."""
    arrays = arrays_of(law)
    try:
        law.__post_init__()
    except SpecError:
        raise
    except ValueError:  # the law compares numbers; numpy refuses that of arrays
        flat = {name: value.reshape(-1) for name, value in arrays.items()}
        for k in range(min((len(value) for value in flat.values()), default=0)):
            with_parameters(law, {n: float(v[k]) for n, v in flat.items()}).__post_init__()
