"""What an array is built from, as one frozen description."""

from dataclasses import dataclass, field
from typing import Literal

from xbarsim.crossbar import Wires
from xbarsim.device import StatisticalDevice
from xbarsim.effects import Effects, Surroundings
from xbarsim.encode import code
from xbarsim.errors import SpecError
from xbarsim.periphery import Adc, Dac
from xbarsim.technology import NODES, Node

Compensation = Literal["none", "global"]


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """Arrays and their periphery; None is ideal.

    Parameters
    ----------
    device : the cells.
    wires : line resistances; None is ideal wiring.
    rows, cols : size of one array.
    encoding : ``differential`` (a pair of columns an output) or ``offset`` (one reference column).
    dac, adc : converters; None converts exactly.
    v_read : word-line voltage of a full-scale input, V.
    t_read : how long a read holds it, s; also the time over which read noise averages.
    compensation : ``global`` rescales a layer's outputs by the drop of a reference read since
        programming (Joshi et al. 2020): the sum of all column currents with every word line at full
        scale, averaged until its noise is negligible. ``none`` does not.
    node : technology node, for capacitances and supply.
    effects : what happens to the cells beside what the device says; None for nothing.
    surroundings : temperature of the array, and that for which the device was measured.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    device: StatisticalDevice
    wires: Wires | None = None
    rows: int = 128
    cols: int = 128
    encoding: str = "differential"
    dac: Dac | None = None
    adc: Adc | None = None
    v_read: float = 0.2
    t_read: float = 100e-9
    compensation: Compensation = "none"
    node: Node = field(default=NODES[130])
    effects: Effects | None = None
    surroundings: Surroundings = Surroundings()

    def __post_init__(self) -> None:
        faults = [
            f"array.{name} is {getattr(self, name)!r}; it must be a whole number of at least 1"
            for name in ("rows", "cols")
            if not (isinstance(getattr(self, name), int) and getattr(self, name) >= 1)
        ]
        for name, unit in (("v_read", "V"), ("t_read", "s")):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                faults.append(f"array.{name} is {value:g} {unit}; it must be above 0 {unit}")
        if self.compensation not in ("none", "global"):
            faults.append(f"compensation is {self.compensation!r}; known: none, global")
        if not isinstance(self.device, StatisticalDevice):
            faults.append(f"device is {self.device!r}; expected one made by load_device")
        if faults:
            raise SpecError(faults)
        code(self.encoding, self.cols)
