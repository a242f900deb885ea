"""What else happens to the cells of arrays, as one frozen description; what is not given is off."""

from dataclasses import dataclass, fields
from typing import Literal, get_args

from xbarsim.effects.thermal import ROOM
from xbarsim.errors import SpecError
from xbarsim.units import show

Lines = Literal["none", "word", "bit"]
End = Literal["low", "high"]
Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """Cells that never switch, see `xbarsim.effects.stuck`.

    Parameters
    ----------
    low, high : fractions of cells stuck at the lowest and at the highest conductance.
    cluster_length : distance over which faults gather, in cells; 0 for cells that fail alone.
    lines : ``word`` or ``bit``: whole lines fail; the fractions are then of lines.
    """

    low: float = 0.0
    high: float = 0.0
    cluster_length: float = 0.0
    lines: Lines = "none"

    @property
    def on(self) -> bool:
        """Whether any cell is stuck."""
        return self.low + self.high > 0

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            _within(f"effects.stuck.{name}", getattr(self, name), 0.0, 1.0)
        if self.low + self.high > 1:
            raise SpecError(
                f"effects.stuck.low is {self.low:g} and high {self.high:g}; together at most 1"
            )
        _within("effects.stuck.cluster_length", self.cluster_length, 0.0)
        _one_of("effects.stuck.lines", self.lines, get_args(Lines))
        if self.lines != "none" and self.cluster_length:
            raise SpecError("effects.stuck.cluster_length: whole lines do not gather in clusters")


@dataclass(frozen=True, kw_only=True)
class CellSpread:
    """Differences from cell to cell that stay for life.

    Parameters
    ----------
    factor : standard deviation of the logarithm of a factor on what is programmed, 1.
    g_min, g_max : the same of the ends of each cell's own window, which it cannot leave, 1.
    """

    factor: float = 0.0
    g_min: float = 0.0
    g_max: float = 0.0

    @property
    def on(self) -> bool:
        """Whether cells differ."""
        return any(vars(self).values())

    def __post_init__(self) -> None:
        for field in fields(self):
            _within(f"effects.spread.{field.name}", getattr(self, field.name), 0.0, 5.0)


@dataclass(frozen=True, kw_only=True)
class Telegraph:
    """A trap in some of the cells, see `xbarsim.effects.telegraph`.

    Parameters
    ----------
    share : fraction of cells with a trap.
    amplitude : median drop of the conductance while the trap is occupied, over the conductance.
    spread : standard deviation of the logarithm of the drop, 1.
    capture, emission : shortest and longest mean time that an empty and an occupied trap waits,
        s, at the temperature of the device's data; uniform in the logarithm between them.
    activation_energy : of both times, eV.
    """

    amplitude: float
    capture: Range
    emission: Range
    share: float = 1.0
    spread: float = 0.0
    activation_energy: float = 0.0

    @property
    def on(self) -> bool:
        """Whether any cell has a trap that changes it."""
        return self.share > 0 and self.amplitude > 0

    def __post_init__(self) -> None:
        _within("effects.telegraph.share", self.share, 0.0, 1.0)
        _within("effects.telegraph.amplitude", self.amplitude, 0.0, 1.0)
        _within("effects.telegraph.spread", self.spread, 0.0, 5.0)
        _within("effects.telegraph.activation_energy", self.activation_energy, 0.0, 5.0)
        for name in ("capture", "emission"):
            low, high = getattr(self, name)
            if not 0 < low <= high < float("inf"):
                raise SpecError(
                    f"effects.telegraph.{name} is {show(low, 'second')} to {show(high, 'second')}; "
                    "times must rise from above 0 s"
                )


@dataclass(frozen=True, kw_only=True)
class Flicker:
    """1/f noise, see `xbarsim.effects.noise`: S_G / G^2 = `amplitude` / f."""

    amplitude: float

    @property
    def on(self) -> bool:
        """Whether there is noise."""
        return self.amplitude > 0

    def __post_init__(self) -> None:
        _within("effects.flicker.amplitude", self.amplitude, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Retention:
    """Cells that lose their state, see `xbarsim.effects.lifetime.retention_time`.

    Parameters
    ----------
    t_infinity : median time at infinite temperature, s.
    activation_energy : eV.
    spread : standard deviation of the logarithm of the time from cell to cell, 1.
    g_lost : conductance that is left, S; None for the lowest of the window.
    """

    t_infinity: float
    activation_energy: float
    spread: float = 0.0
    g_lost: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.t_infinity < float("inf"):
            value = show(self.t_infinity, "second")
            raise SpecError(f"effects.retention.t_infinity is {value}; it must be above 0 s")
        _within("effects.retention.activation_energy", self.activation_energy, 0.0, 5.0)
        _within("effects.retention.spread", self.spread, 0.0, 20.0)
        if self.g_lost is not None:
            _within("effects.retention.g_lost", self.g_lost, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Endurance:
    """Cells that wear out, see `xbarsim.effects.lifetime`.

    Parameters
    ----------
    cycles : programmings endured before the first; each further one counts.
    scale, shape : of the Weibull distribution of cycles to failure; no scale, no failure.
    failed : the end of the window at which failed cells stand.
    start, exponent : cycles up to which the window stays open, and the power with which it then
        closes about its middle; no start, no closing.
    """

    cycles: float = 0.0
    scale: float | None = None
    shape: float = 1.0
    failed: End = "low"
    start: float | None = None
    exponent: float = 0.0

    @property
    def on(self) -> bool:
        """Whether cells fail or windows close."""
        return self.scale is not None or (self.start is not None and self.exponent > 0)

    def __post_init__(self) -> None:
        _within("effects.endurance.cycles", self.cycles, 0.0, 1e18)
        for name in ("scale", "start"):
            if getattr(self, name) is not None:
                _within(f"effects.endurance.{name}", getattr(self, name), 1.0, 1e18)
        _within("effects.endurance.shape", self.shape, 0.01, 100.0)
        _within("effects.endurance.exponent", self.exponent, 0.0, 10.0)
        _one_of("effects.endurance.failed", self.failed, get_args(End))


@dataclass(frozen=True, kw_only=True)
class ThermalActivation:
    """What a temperature other than that of the device's data changes; energies in eV.

    Parameters
    ----------
    conductance : G rises as exp(-E / kT) while cells are read.
    drift : ages pass faster by the Arrhenius factor.
    """

    conductance: float = 0.0
    drift: float = 0.0

    @property
    def on(self) -> bool:
        """Whether temperature changes anything."""
        return self.conductance > 0 or self.drift > 0

    def __post_init__(self) -> None:
        for field in fields(self):
            _within(f"effects.thermal_activation.{field.name}", getattr(self, field.name), 0.0, 5.0)


@dataclass(frozen=True, kw_only=True)
class Effects:
    """Effects beside those of the device itself; by default there are none.

    Parameters
    ----------
    levels : number of conductances, evenly spaced over the window, that cells can be programmed
        to; None for any.
    cycle_to_cycle : standard deviation of the logarithm of a factor that is drawn anew whenever a
        cell is programmed, 1.
    spread : differences from cell to cell.
    endurance, stuck, retention, thermal_activation, telegraph, flicker : see there.
    johnson : thermal noise of the currents in a bandwidth of 1 / (2 t_read).
    shot : shot noise of the currents in the same bandwidth.

    Raises
    ------
    SpecError : names the key, its value and what is allowed.
    """

    levels: int | None = None
    cycle_to_cycle: float = 0.0
    spread: CellSpread | None = None
    endurance: Endurance | None = None
    stuck: Stuck | None = None
    retention: Retention | None = None
    thermal_activation: ThermalActivation | None = None
    telegraph: Telegraph | None = None
    flicker: Flicker | None = None
    johnson: bool = False
    shot: bool = False

    def __post_init__(self) -> None:
        if self.levels is not None and not 2 <= self.levels <= 1_000_000:
            raise SpecError(f"effects.levels is {self.levels}; it must be 2 to 1000000")
        _within("effects.cycle_to_cycle", self.cycle_to_cycle, 0.0, 5.0)

    @property
    def on(self) -> list[str]:
        """Names of the effects that change anything, in the order in which they act."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return [name for name, part in parts.items() if part and getattr(part, "on", True)]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Temperatures, K.

    Parameters
    ----------
    ambient : of the array.
    data : at which the device was measured.

    Raises
    ------
    SpecError : one is not above 0 K.
    """

    ambient: float = ROOM
    data: float = ROOM

    def __post_init__(self) -> None:
        for value in (self.ambient, self.data):
            if not 0 < value < float("inf"):
                raise SpecError(f"temperature is {value:g} K; it must be above 0 K")


def _within(name: str, value: float, low: float, high: float = float("inf")) -> None:
    if not low <= value <= high or value == float("inf"):
        allowed = f"at least {low:g}" if high == float("inf") else f"{low:g} to {high:g}"
        raise SpecError(f"{name} is {value:g}; it must be {allowed}")


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SpecError(f"{name} is {value!r}; known: {', '.join(allowed)}")
