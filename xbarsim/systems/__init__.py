"""Published brain-inspired systems on simulated devices: how each is run, and what was published.

Every system is a module of its own: `Settings` (the published system, by default), `run`, which
gives rows of metrics, `METRICS`, what they are, and `PUBLISHED`, what others have measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from xbarsim.errors import SpecError, suggestion
from xbarsim.streams import Streams
from xbarsim.systems.published import Published, Stands
from xbarsim.units import quantity

if TYPE_CHECKING:
    from xbarsim.hardware import Hardware
    from xbarsim.programming import PulsedDevice

#: names of the systems, as scenarios know them
SYSTEMS = (
    "balance",
    "content_memory",
    "l2mu",
    "nalsm",
    "symmetric_stdp",
    "volatile",
    "zero_shot",
)

Rows = list[dict[str, float]]


class System(Protocol):
    """What the module of a system holds.

    Parameters
    ----------
    TITLE : what it is and who published it, in a few words.
    METRICS : unit (SI, ``dimensionless`` or ``count``) and words of every metric, the one that says
        how well it does first.
    PUBLISHED : what was published of them.
    STANDS_ON : what ``run`` is given as a device: ``pulses``, cells that take whole pulses;
        ``hardware``, arrays that are programmed; or ``both``, as `Arrays` of the module,
        or arrays alone where ``needs_pulses`` of the settings says nothing.
    UNITS : SI unit of each setting that is a quantity; text with a unit is then taken, too.
    """

    TITLE: str
    METRICS: Mapping[str, tuple[str, str]]
    PUBLISHED: tuple[Published, ...]
    STANDS_ON: Stands
    UNITS: Mapping[str, str]
    Settings: Any

    def data_of(self, settings: Any) -> tuple[str, ...]:
        """Data sets that it reads, see `xbarsim.tasks.problems.problem_digest`."""

    def run(self, settings: Any, device: Any, streams: Streams, ages: Sequence[float] = ()) -> Rows:
        """A row of metrics for each age (s), or one; a device of None is an ideal one."""


def system_of(name: str) -> System:
    """The module of a system.

    Raises
    ------
    SpecError : there is none of this name.
    """
    if name not in SYSTEMS:
        raise SpecError(f"no system '{name}'{suggestion(name, SYSTEMS)}")
    return cast(System, import_module(f"xbarsim.systems.{name}"))


def device_of(system: System, hardware: "Hardware | None", pulses: "PulsedDevice | None") -> Any:
    """What a system stands on, of what there is; None for an ideal device."""
    if system.STANDS_ON == "both" and pulses is not None:
        return system.Arrays(hardware=hardware, pulses=pulses)  # type: ignore[attr-defined]
    return pulses if system.STANDS_ON == "pulses" else hardware


def data_of(name: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    """Data sets that a system with these settings reads."""
    return system_of(name).data_of(settings_of(name, given))


def settings_of(name: str, given: Mapping[str, Any]) -> Any:
    """The settings of a system, from plain values: numbers in SI, or text with a unit.

    Raises
    ------
    SpecError : keys that it does not know, values that cannot be; each begins with its key.
    """
    system = system_of(name)
    known = [each.name for each in fields(system.Settings)]
    faults = [f"{key}: unknown{suggestion(key, known)}" for key in given if key not in known]
    values = {}
    for key, value in given.items():
        try:
            values[key] = _plain(value, system.UNITS.get(key))
        except SpecError as error:
            faults.append(f"{key}: {error}")
    if faults:
        raise SpecError(faults)
    try:
        return system.Settings(**values)
    except TypeError as error:
        raise SpecError(str(error)) from None


def _plain(value: Any, unit: str | None) -> Any:
    if isinstance(value, list):
        return tuple(_plain(each, unit) for each in value)
    return value if unit is None or value is None else quantity(value, unit)
