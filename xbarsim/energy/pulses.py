"""Pulses that write a cell, for devices that say nothing of them, and published ones."""

from dataclasses import dataclass
from math import inf

from xbarsim.checks import check_all, check_number
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """Pulses of one kind.

    Parameters
    ----------
    number : that a cell gets when it is written once, the mean.
    voltage : of the line that is pulsed, V.
    duration : s.
    energy : of one in the cell, J.
    current : through the cell, A; the energy is then voltage x current x duration. With neither the
        cell is ohmic: voltage^2 x conductance x duration.

    Raises
    ------
    SpecError : a number that is out of range, or both energy and current.
    """

    number: float
    voltage: float
    duration: float
    energy: float | None = None
    current: float | None = None

    def __post_init__(self) -> None:
        check_all(
            [
                (check_number, "number", self.number, 0.0),
                (check_number, "voltage", self.voltage, 0.0, inf, "volt"),
                (check_number, "duration", self.duration, 0.0, inf, "second"),
                *(
                    (check_number, name, getattr(self, name), 0.0, inf, unit)
                    for name, unit in (("energy", "joule"), ("current", "ampere"))
                    if getattr(self, name) is not None
                ),
            ]
        )
        if self.energy is not None and self.current is not None:
            raise SpecError("energy and current are both given; one follows from the other")

    def in_cell(self, g: float) -> float:
        """Energy of one pulse in a cell of conductance `g` (S), J."""
        if self.energy is not None:
            return self.energy
        current = self.voltage * g if self.current is None else self.current
        return self.voltage * current * self.duration


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How a cell is written once.

    Parameters
    ----------
    pulses : of one kind or of several, e.g. RESET and SET.
    verifies : reads of a cell; None is one behind each pulse.
    gate : voltage of the word line while a cell is pulsed, V; None is the node's supply.
    endurance : pulses after which a cell is worn out; None where that is not known.
    source : author, year, table; or that it is assumed.

    Raises
    ------
    SpecError : a number that is out of range, or no pulses.
    """

    pulses: tuple[Pulse, ...]
    verifies: float | None = None
    gate: float | None = None
    endurance: float | None = None
    source: str = "given"

    def __post_init__(self) -> None:
        if not self.pulses or not all(isinstance(p, Pulse) for p in self.pulses):
            raise SpecError(f"pulses is {self.pulses!r}; expected a tuple of at least one Pulse")
        if self.verifies is not None:
            check_number("verifies", self.verifies, 0.0)
        if self.gate is not None:
            check_number("gate", self.gate, 0.0, inf, "volt")
        if self.endurance is not None:
            check_number("endurance", self.endurance, 1.0)

    @property
    def number(self) -> float:
        """Pulses of a cell, the mean."""
        return sum(pulse.number for pulse in self.pulses)

    @property
    def reads(self) -> float:
        """Verify reads of a cell, the mean."""
        return self.number if self.verifies is None else self.verifies


#: as published; what a source leaves out is assumed, and said to be
PRESETS = {
    "neurram": Writing(
        pulses=(Pulse(number=8.52, voltage=1.75, duration=1e-6),),
        gate=2.2,
        source="NeuRRAM, Wan et al. 2022: 8520 ns and 1.75 V a cell, as in CiMLoop's cell file; "
        "pulses of 1 us from memory, unverified; word line at the 2.2 V of its reads, assumed",
    ),
    "rram": Writing(
        pulses=(Pulse(number=1.0, voltage=2.0, duration=10e-9, energy=0.6e-12),),
        verifies=0.0,
        source="generic RRAM of NVMExplorer: 2 V, 10 ns, 0.6 pJ; one pulse and no verify, assumed",
    ),
    "pcm": Writing(
        pulses=(
            Pulse(number=1.0, voltage=1.5, duration=40e-9, current=300e-6),
            Pulse(number=1.0, voltage=1.5, duration=150e-9, current=150e-6),
        ),
        verifies=0.0,
        source="PCM cell of NVSim (sample_PCRAM.cell, 90 nm, after Lee et al., ISCA 2009): RESET "
        "300 uA, 40 ns, SET 150 uA, 150 ns; 1.5 V, one pulse of each and no verify, assumed",
    ),
}
