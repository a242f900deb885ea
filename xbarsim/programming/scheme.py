"""How cells are written, and what came of it."""

from dataclasses import dataclass
from math import inf

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.units import show


@dataclass(frozen=True, kw_only=True)
class WriteVerify:
    """Incremental step pulse programming.

    The first pulse towards the target has the lowest amplitude of its sign; each further one in the
    same direction the next higher, and a change of direction begins anew.

    Parameters
    ----------
    window : largest distance of a verified read from the target, S.
    read_noise : standard deviation of one read over the conductance.
    pulses : most that a cell gets in one pass.
    read_time : of one verify read, s.
    passes : how often cells are looked at, and written if a fresh read has them outside the
        window.
    relaxation : standard deviation of the change of a conductance, over it, between the end of a
        pass and whatever looks at the cell next: the next pass, or the array.

    Raises
    ------
    SpecError : a number is out of range.
    """

    window: float
    read_noise: float = 0.0
    pulses: int = 100
    read_time: float = 100e-9
    passes: int = 1
    relaxation: float = 0.0

    def __post_init__(self) -> None:
        faults = []
        if not self.window > 0:
            faults.append(f"window is {show(self.window, 'siemens')}; it must be above 0")
        for name in ("read_noise", "relaxation"):
            if not 0 <= getattr(self, name) < inf:
                faults.append(f"{name} is {getattr(self, name):g}; at least 0, and finite")
        if not self.pulses >= 1 or not self.passes >= 1:
            faults.append(f"pulses is {self.pulses} and passes {self.passes}; at least 1 each")
        if not self.read_time >= 0:
            faults.append(f"read_time is {show(self.read_time, 'second')}; not below 0")
        if faults:
            raise SpecError(faults)


@dataclass(frozen=True, kw_only=True)
class Programmed:
    """Cells after write and verify; all of the shape of the targets.

    Parameters
    ----------
    g : conductance, S.
    state : of the law.
    pulses, reads : that the cell got.
    turns : how often the direction of its pulses changed; two make a cycle of wear.
    energy : of its pulses and reads, J.
    time : of its pulses and reads one after the other, s.
    verified : whether the last read was within the window, before any relaxation.
    """

    g: Array
    state: Array
    pulses: Array
    reads: Array
    turns: Array
    energy: Array
    time: Array
    verified: Array
