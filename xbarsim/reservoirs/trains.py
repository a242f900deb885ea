"""How devices are driven and read: trains of pulses, reads, and the rails of their drivers.

Values are numbers in SI, or text with a unit such as ``"3 ms"``; objects hold numbers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xbarsim.errors import SpecError
from xbarsim.units import quantity, show


@dataclass(frozen=True, kw_only=True)
class Train:
    """A slot of time: a pulse stands, then there is a pause.

    Parameters
    ----------
    pulse : how long a voltage stands, s.
    period : from one pulse to the next, s.

    Raises
    ------
    SpecError : no pulse, or a period that is shorter.
    """

    pulse: float
    period: float

    def __post_init__(self) -> None:
        in_si(self, pulse="second", period="second")
        if not self.pulse > 0:
            raise SpecError(f"pulse is {show(self.pulse, 'second')}; it must be above 0 s")
        if not self.pulse <= self.period:
            raise SpecError(
                f"period is {show(self.period, 'second')}; it must hold the pulse of "
                f"{show(self.pulse, 'second')}"
            )


@dataclass(frozen=True, kw_only=True)
class Read:
    """A pulse by which a device is read, at the end of its slot.

    Parameters
    ----------
    v : V.
    width : s; the current is that at its end.
    last : whether only the last slot of a step is read, or every one.
    noise : standard deviation of a current that is read over its value, 1.

    Raises
    ------
    SpecError : no voltage, no time, or a negative deviation.
    """

    v: float
    width: float
    last: bool = True
    noise: float = 0.0

    def __post_init__(self) -> None:
        in_si(self, v="volt", width="second", noise="dimensionless")
        if not self.v:
            raise SpecError(f"v is {show(self.v, 'volt')}; a read needs a voltage")
        if not self.width > 0:
            raise SpecError(f"width is {show(self.width, 'second')}; it must be above 0 s")
        _check_noise(self.noise)

    def stands(self, slot: int, slots: int) -> bool:
        """Whether a slot, counted from 0, ends with this read."""
        return not self.last or slot == slots - 1


@dataclass(frozen=True, kw_only=True)
class PulseRead:
    """The current at the end of each pulse itself, at its voltage.

    Parameters
    ----------
    noise : standard deviation of a current that is read over its value, 1.

    Raises
    ------
    SpecError : a negative deviation.
    """

    noise: float = 0.0

    def __post_init__(self) -> None:
        in_si(self, noise="dimensionless")
        _check_noise(self.noise)


def _check_noise(noise: float) -> None:
    if not noise >= 0:
        raise SpecError(f"noise is {noise:g}; it must be at least 0")


@dataclass(frozen=True, kw_only=True)
class Rails:
    """How masked values become voltages: linearly, and not beyond the rails.

    Parameters
    ----------
    v : lowest and highest voltage, V.
    u : masked values that they stand for; None takes those of the series in calibration.

    Raises
    ------
    SpecError : ends that do not ascend.
    """

    v: tuple[float, float]
    u: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for name, unit in (("v", "volt"), ("u", "dimensionless")):
            given = getattr(self, name)
            if given is None and name == "u":
                continue
            if np.ndim(given) != 1 or len(given) != 2:
                raise SpecError(f"{name} is {given!r}; expected its two ends")
            low, high = (_number(f"{name}[{k}]", end, unit) for k, end in enumerate(given))
            if not low < high:
                raise SpecError(
                    f"{name} goes from {show(low, unit)} to {show(high, unit)}; it must ascend"
                )
            object.__setattr__(self, name, (low, high))


def in_si(spec: Any, **units: str) -> None:
    """Replace fields of a frozen `spec` by numbers in the units that are named."""
    for name, unit in units.items():
        object.__setattr__(spec, name, _number(name, getattr(spec, name), unit))


def _number(name: str, value: Any, unit: str) -> float:
    try:
        return quantity(value.item() if isinstance(value, np.generic) else value, unit)
    except SpecError as error:
        raise SpecError(f"{name}: {error}") from None
