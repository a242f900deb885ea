"""What stands for a component: a name, numbers, an object, or a class of somebody else's."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from xbarsim.checks import check_all, check_number, check_one_of
from xbarsim.energy.component import Component, Cost, Fixed
from xbarsim.energy.parts.catalogue import CATALOGUE, STANDARD
from xbarsim.errors import SpecError, suggestion
from xbarsim.technology import Node
from xbarsim.units import quantity

#: entry points of other packages, named ``kind.model``
GROUP = "xbarsim.components"
#: factors that calibrations of other tools put on digital parts; off unless named
PRESETS: dict[str, dict[str, float]] = {"neurosim_post_layout": {"energy": 1.22}}
_UNITS = {"energy": "joule", "time": "second", "area": "meter**2", "leakage": "watt"}
_KEYS = (
    "model", "source", "scatter", "preset", *_UNITS, *(f"{part}_factor" for part in _UNITS),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Overridden:
    """A component of which some costs are given, or multiplied.

    Parameters
    ----------
    base : what is asked for the others.
    given : costs that replace the base's, SI, by their names in `Cost`.
    factors : by which the base's costs are multiplied.
    scatter : as in `Component`.
    """

    base: Component
    given: Mapping[str, float] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)
    scatter: float
    source: str

    @property
    def name(self) -> str:
        """The base's, and what was done to it."""
        changed = [*self.given, *(f"{part} x {f:g}" for part, f in self.factors.items())]
        return f"{self.base.name}, given: {', '.join(changed)}" if changed else self.base.name

    @property
    def valid(self) -> Mapping[str, tuple[float, float]]:
        """The base's."""
        return self.base.valid

    def cost(self, node: Node, **sizes: float) -> Cost:
        """The base's, with what was given in its place."""
        cost = self.base.cost(node, **sizes)
        parts: dict[str, Any] = {k: getattr(cost, k) * f for k, f in self.factors.items()}
        if "energy" in self.factors:
            ends = {k: getattr(cost, k) for k in ("low", "high")}
            parts |= {k: v * self.factors["energy"] for k, v in ends.items() if v is not None}
        if "energy" in self.given:
            parts |= {"low": None, "high": None}
        return replace(cost, **(parts | dict(self.given)))


def component(kind: str, given: Any = None) -> Component:
    """What `given` stands for.

    Parameters
    ----------
    kind : of component, a key of `CATALOGUE`.
    given : None for the standard model; the name of one; ``"module:Class"`` or the entry point of a
        class of yours; an object that is a `Component`; or a mapping: with all costs of `Cost`
        (numbers, SI, or text with units), or with ``model`` and those that take the place of its
        own, ``energy_factor`` and its like that multiply them, ``preset`` (a key of `PRESETS`),
        ``scatter`` and ``source``.

    Raises
    ------
    SpecError : no such kind or model, a class that cannot be had or is no component, costs that are
        missing, negative or no quantities.
    """
    check_one_of("component", kind, tuple(CATALOGUE))
    if given is None:
        return CATALOGUE[kind][STANDARD[kind]]
    if isinstance(given, str):
        return _named(kind, given)
    if isinstance(given, Mapping):
        return _overridden(kind, given)
    return _held(kind, given)


def _named(kind: str, name: str) -> Component:
    if name in CATALOGUE[kind]:
        return CATALOGUE[kind][name]
    if ":" in name:
        return _held(kind, _loaded(kind, name))
    from importlib.metadata import entry_points

    theirs = {e.name.partition(".")[2]: e for e in entry_points(group=GROUP)
              if e.name.partition(".")[0] == kind}  # fmt: skip
    if name in theirs:
        return _held(kind, _loaded(kind, theirs[name].value))
    raise SpecError(f"{kind} is '{name}'{suggestion(name, [*CATALOGUE[kind], *theirs])}")


def _loaded(kind: str, path: str) -> Any:
    """The object at ``module:name``; a class is called without arguments."""
    module, _, name = path.partition(":")
    try:
        found: Any = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        return found() if isinstance(found, type) else found
    except Exception as error:  # whatever code of somebody else does when it is imported
        raise SpecError(
            f"{kind}: '{path}' cannot be had: {type(error).__name__}: {error}"
        ) from error


def _held(kind: str, found: Any) -> Component:
    """`found`, if it is a component."""
    told = found.__name__ if isinstance(found, type) else type(found).__name__
    wanted = ("name", "source", "scatter", "valid", "cost")
    lacking = [part for part in wanted if not hasattr(found, part)]
    if lacking or isinstance(found, type):
        what = f"has no {', '.join(lacking)}" if lacking else "is a class; give an object of it"
        raise SpecError(f"{kind}: {told} {what}; a component has {', '.join(wanted)}")
    faults = []
    for part in ("name", "source"):
        text = getattr(found, part)
        if not (isinstance(text, str) and text):
            faults.append(f"{kind}: {part} of {told} is {text!r}; it must be text")
    if not isinstance(found.valid, Mapping):
        faults.append(f"{kind}: valid of {told} is {found.valid!r}; it must map sizes to ranges")
    check_all([(check_number, f"{kind}: scatter of {told}", found.scatter, 0.0)], faults)
    good: Component = found
    return good


def _overridden(kind: str, given: Mapping[str, Any]) -> Component:
    costs: dict[str, float] = {}
    factors: dict[str, float] = {}
    faults = [f"{kind}.{key} is not known{suggestion(str(key), _KEYS)}" for key in given
              if key not in _KEYS]  # fmt: skip
    for part, unit in _UNITS.items():
        for key, wanted, into in (
            (part, unit, costs),
            (f"{part}_factor", "dimensionless", factors),
        ):
            if key in given:
                faults += _read(f"{kind}.{key}", given[key], wanted, part, into)
    scatter = given.get("scatter", 0.0)
    checks: list[tuple[Any, ...]] = [(check_number, f"{kind}.scatter", scatter, 0.0)]
    if "preset" in given:
        checks.append((check_one_of, f"{kind}.preset", given["preset"], tuple(PRESETS)))
    changes = {} if "preset" not in given else PRESETS.get(str(given["preset"]), {})
    for part in costs:
        useless = [f"{part}_factor"] * (part in factors) + ["preset"] * (part in changes)
        faults += [f"{kind}.{key} changes {part}, but {kind}.{part} is given" for key in useless]
    if "model" not in given:
        faults += _incomplete(kind, given)
    check_all(checks, faults)
    if "model" not in given:
        source = str(given.get("source", "given"))
        return Fixed(
            energy=costs["energy"], time=costs["time"], area=costs["area"],
            leakage=costs["leakage"], scatter=scatter, source=source,
        )  # fmt: skip
    base = component(kind, given["model"])
    for part, factor in changes.items():
        factors[part] = factors.get(part, 1.0) * factor
    known = 0.0 if "energy" in costs else base.scatter
    return Overridden(
        base=base, given=costs, factors=factors,
        scatter=given.get("scatter", known), source=str(given.get("source", base.source)),
    )  # fmt: skip


def _read(name: str, value: Any, unit: str, part: str, into: dict[str, float]) -> list[str]:
    """Reads a cost, 0 or above, into `into`; its faults."""
    try:
        number = quantity(value, unit)
        check_number(name, number, 0.0, unit=unit)
    except SpecError as error:
        return [fault if fault.startswith(name) else f"{name}: {fault}" for fault in error.faults]
    into[part] = number
    return []


def _incomplete(kind: str, given: Mapping[str, Any]) -> list[str]:
    """What is missing where no model stands behind the numbers."""
    missing = [part for part in _UNITS if part not in given]
    useless = [key for key in given if str(key).endswith("_factor") or key == "preset"]
    faults = [f"{kind}.{key} needs a model to act on; add {kind}.model" for key in useless]
    if missing:
        faults.append(
            f"{kind}: {', '.join(missing)} missing; give a number (0 where there is none), or a "
            "model whose figures are kept"
        )
    return faults
