"""How devices are driven and read: trains of pulses, reads, and the rails of their drivers."""

from dataclasses import dataclass

import numpy as np

from xbarsim.errors import SpecError
from xbarsim.units import show


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
        if not 0 < self.pulse < np.inf:
            raise SpecError(f"pulse is {show(self.pulse, 'second')}; it must be above 0 s")
        if not self.pulse <= self.period < np.inf:
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
        if not (np.isfinite(self.v) and self.v):
            raise SpecError(f"v is {show(self.v, 'volt')}; a read needs a voltage")
        if not 0 < self.width < np.inf:
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
        _check_noise(self.noise)


def _check_noise(noise: float) -> None:
    if not 0 <= noise < np.inf:
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
        for name, ends in (("v", self.v), ("u", self.u)):
            if ends is not None and not (np.isfinite(ends).all() and ends[0] < ends[1]):
                raise SpecError(f"{name} goes from {ends[0]:g} to {ends[1]:g}; it must ascend")
