"""What one component of a chip costs: the contract of component models, and how they are asked.

A component is any object with `name`, `source`, `scatter`, `valid` and ``cost(node, **sizes)``. Its
sizes are what it is described by, SI; an action's data, such as the swing of a line, are sizes too.
Whoever asks gives all sizes that belong to the kind of component, and a model takes those it needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import Parameter, signature
from math import inf, isfinite
from typing import Any, Protocol, runtime_checkable

from xbarsim.checks import check_number
from xbarsim.errors import SpecError
from xbarsim.technology import Node
from xbarsim.units import show

#: units of sizes; those that are missing are counts
UNITS = {
    "node": "meter", "swing": "volt", "rate": "hertz", "length": "meter", "time": "second",
    "capacitance": "farad", "current": "ampere", "voltage": "volt", "temperature": "kelvin",
    "pitch": "meter", "step": "second", "area": "meter**2", "resistance": "ohm", "energy": "joule",
}  # fmt: skip


_PARTS = {
    "energy": "joule", "time": "second", "area": "meter**2", "leakage": "watt", "low": "joule",
    "high": "joule",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one instance costs.

    Parameters
    ----------
    energy : of one action, J.
    time : of one action, s.
    area : m^2.
    leakage : power whether it is used or not, W.
    low, high : 10 % and 90 % quantile of the energy of designs, J, both above 0; None where only
        the component's scatter is known.
    """

    energy: float = 0.0
    time: float = 0.0
    area: float = 0.0
    leakage: float = 0.0
    low: float | None = None
    high: float | None = None


@runtime_checkable
class Component(Protocol):
    """A model of one component.

    Parameters
    ----------
    name : of the model, e.g. ``survey``.
    source : author, year, table or equation; or that it is assumed.
    scatter : standard deviation of ln energy between the model and designs.
    valid : smallest and largest value, SI, of sizes (and of ``node``) that the model was made for.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def scatter(self) -> float: ...  # noqa: D102
    @property
    def valid(self) -> Mapping[str, tuple[float, float]]: ...  # noqa: D102
    def cost(self, node: Node, **sizes: float) -> Cost: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class Model:
    """A component whose cost is a function ``costs(node, **sizes)``; see `Component`.

    Of the sizes that it is asked for, the function gets those that it names.
    """

    name: str
    source: str
    costs: Callable[..., Cost]
    scatter: float = 0.0
    valid: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def cost(self, node: Node, **sizes: float) -> Cost:
        """Of one instance.

        Raises
        ------
        SpecError : a size that the function needs is missing.
        """
        taken = self.sizes
        missing = [name for name, needed in taken.items() if needed and name not in sizes]
        if missing:
            raise SpecError([f"{self.name} needs {name}, which is missing" for name in missing])
        return self.costs(node, **{k: v for k, v in sizes.items() if k in taken})

    @cached_property
    def sizes(self) -> dict[str, bool]:
        """The sizes that the function names, and whether it needs them."""
        parameters = list(signature(self.costs).parameters.values())[1:]
        return {p.name: p.default is Parameter.empty for p in parameters}


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A component of which all is known: its cost, whatever the node and its sizes.

    Parameters
    ----------
    energy, time, area, leakage : as in `Cost`.

    Raises
    ------
    SpecError : one of them is negative or no number.
    """

    energy: float = 0.0
    time: float = 0.0
    area: float = 0.0
    leakage: float = 0.0
    name: str = "fixed"
    source: str = "given"
    scatter: float = 0.0
    valid: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _checked(self.name, self.cost(None))

    def cost(self, node: Node | None, **sizes: float) -> Cost:  # noqa: ARG002
        """The same for any node and sizes."""
        return Cost(energy=self.energy, time=self.time, area=self.area, leakage=self.leakage)


def cost_of(
    kind: str,
    component: Component,
    node: Node,
    *,
    extrapolate: bool = False,
    told: list[str] | None = None,
    **sizes: float,
) -> Cost:
    """What `component` says of an instance, held against what the model was made for.

    Parameters
    ----------
    kind : of component, e.g. ``adc``; for messages.
    extrapolate : whether sizes outside the model's range are taken; then `told` is given a warning.

    Raises
    ------
    SpecError : a size that is missing or no number, a size or the node outside the range, or a cost
        that is negative, missing or not finite.
    """
    told_as, beyond = f"{kind} ({component.name})", []
    for name, value in {"node": node.length, **sizes}.items():
        check_number(f"{told_as}: {name}", value, unit=UNITS.get(name, "dimensionless"))
        low, high = component.valid.get(name, (-inf, inf))
        if not low * (1 - 1e-9) <= value <= high * (1 + 1e-9):
            unit = UNITS.get(name, "dimensionless")
            beyond.append(
                f"{told_as}: {name} is {show(value, unit)}; the model was made for "
                f"{show(low, unit)} to {show(high, unit)}"
            )
    if beyond and not extrapolate:
        raise SpecError([f"{fault}. Set extrapolate to go beyond" for fault in beyond])
    if told is not None:
        told += [fault for fault in beyond if fault not in told]
    try:
        cost = component.cost(node, **sizes)
    except SpecError as error:
        raise SpecError([f"{kind}: {fault}" for fault in error.faults]) from None
    except (ArithmeticError, LookupError, ValueError, TypeError) as error:
        raise SpecError(f"{told_as} has no cost for these sizes: {error}") from error
    return _checked(told_as, cost)


def _checked(name: str, cost: Any) -> Cost:
    if not isinstance(cost, Cost):
        raise SpecError(f"{name} gives {cost!r}; expected an xbarsim.energy.Cost")
    faults = []
    for part in ("energy", "time", "area", "leakage", "low", "high"):
        value = getattr(cost, part)
        if part in ("low", "high") and value is None:
            continue
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not (isfinite(value) and value >= 0):
            told = show(value, _PARTS[part]) if good else repr(value)
            faults.append(f"{name}: {part} is {told}; it must be finite and at least 0")
    faults = faults or _quantile_faults(name, cost)
    if faults:
        raise SpecError(faults)
    return cost


def _quantile_faults(name: str, cost: Cost) -> list[str]:
    if cost.low is None and cost.high is None:
        return []
    if cost.low is None or cost.high is None:
        missing = "low" if cost.low is None else "high"
        return [f"{name}: {missing} is missing; quantiles are given both or not at all"]
    low, high = show(cost.low, "joule"), show(cost.high, "joule")
    if cost.low > cost.high:
        return [f"{name}: low is {low}; it must be at most high, {high}"]
    if cost.low == 0 < max(cost.energy, cost.high):
        return [f"{name}: low is {low}; it must be above 0 J, as designs scatter by factors"]
    return []
