"""What an array is built from, as one frozen description."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from xbarsim.crossbar import Wires
from xbarsim.device import StatisticalDevice
from xbarsim.effects import Effects, Surroundings
from xbarsim.encode import Encoding, encoding_of
from xbarsim.errors import SpecError
from xbarsim.parallel import once
from xbarsim.periphery import Adc, Dac, Integrator
from xbarsim.technology import NODES, Node

Compensation = Literal["none", "global", "column"]
Faults = Literal["ignore", "mend", "swap", "both"]
Scaling = Literal["layer", "column"]
Sums = Literal["digital", "analog"]
Noise = Literal["first_order", "exact"]


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """Arrays and their periphery; None is ideal.

    Parameters
    ----------
    device : the cells.
    wires : line resistances; None is ideal wiring.
    rows, cols : size of one array.
    encoding : ``differential``, ``balanced``, ``offset`` or ``single``, or an `Encoding` that also
        says how weights are cut into slices and how often they are held.
    scaling : ``layer``: the largest weight of a matrix takes the whole window; ``column``: the
        largest of each output does, and its scale is undone digitally.
    bias_rows : word lines that hold the biases, driven with an input of 1; 0 adds biases digitally
        after conversion.
    faults : what is done about cells that are known to be stuck: ``ignore``; ``mend``, the other
        cells of a weight make up for them; ``swap``, inputs stand on the rows where they suffer
        least; ``both``. Beside the first, no pulse is spent on such cells.
    dac, adc : converters; None converts exactly.
    integrator : between bit line and converter; None is ideal.
    phase_sums : what adds up the slices of an input of a bit-serial `Dac`: ``digital`` converts
        each phase, ``analog`` adds their charges, weighted, and converts once.
    partial_sums : what adds up the arrays that hold parts of one output: ``digital`` converts
        each, ``analog`` adds their currents.
    v_read : word-line voltage of a full-scale input, V.
    t_read : how long a read (of each phase) holds it, s; also the time over which read noise
        averages.
    settling : whether outputs are sampled after `t_read` as far as the lines have settled by then.
    noise : how read noise goes through wires: ``first_order`` in the change of the cells, or
        ``exact``, each input solved with cells of its own.
    compensation : ``global`` rescales a matrix's outputs by the drop of a reference read since
        programming (Joshi et al. 2020): the sum of all column currents with every word line at full
        scale, averaged until its noise is negligible; ``column`` does so for the columns of each
        output of each array. ``none`` does not.
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
    encoding: str | Encoding = "differential"
    scaling: Scaling = "layer"
    bias_rows: int = 0
    faults: Faults = "ignore"
    dac: Dac | None = None
    adc: Adc | None = None
    integrator: Integrator | None = None
    phase_sums: Sums = "digital"
    partial_sums: Sums = "digital"
    v_read: float = 0.2
    t_read: float = 100e-9
    settling: bool = False
    noise: Noise = "first_order"
    compensation: Compensation = "none"
    node: Node = field(default=NODES[130])
    effects: Effects | None = None
    surroundings: Surroundings = Surroundings()

    def __post_init__(self) -> None:
        faults = []
        for name, least in (("rows", 1), ("cols", 1), ("bias_rows", 0)):
            count = getattr(self, name)
            if not (isinstance(count, int) and count >= least):
                faults.append(
                    f"array.{name} is {count!r}; it must be a whole number of at least {least}"
                )
        for name, unit in (("v_read", "V"), ("t_read", "s")):
            value = getattr(self, name)
            if not isinstance(value, int | float):
                faults.append(f"array.{name} is {value!r}; it must be a number, in {unit}")
            elif not 0 < value < float("inf"):
                faults.append(f"array.{name} is {value:g} {unit}; it must be above 0 {unit}")
        if self.settling not in (True, False):
            faults.append(f"array.settling is {self.settling!r}; it must be true or false")
        elif self.settling and (self.integrator or (self.dac and self.dac.coding == "pulse_width")):
            faults.append(
                "array.settling is about currents that are sampled at the end of a read; an "
                "integrator, or pulses (dac.coding pulse_width), collect charge instead"
            )
        if not isinstance(self.node, Node):
            faults.append(f"node is {self.node!r}; expected one that xbarsim.technology.node gives")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                known = ", ".join(choices)
                faults.append(f"{name} is {getattr(self, name)!r}; known: {known}")
        for name, kind in _PARTS.items():
            if not isinstance(getattr(self, name), kind | None):
                faults.append(
                    f"{name} is {getattr(self, name)!r}; expected {kind.__name__} or None"
                )
        if not isinstance(self.device, StatisticalDevice):
            faults.append(f"device is {self.device!r}; expected one made by load_device")
        if faults:
            raise SpecError(faults)
        self.code  # noqa: B018  raises where an array cannot hold an output
        if self.bias_rows >= self.rows:
            raise SpecError(
                f"array.bias_rows is {self.bias_rows}; arrays have {self.rows} rows, which must "
                "hold inputs too"
            )

    @once
    def code(self) -> Encoding:
        """`encoding` in full."""
        return encoding_of(self.encoding, self.cols)


_PARTS = {"wires": Wires, "dac": Dac, "adc": Adc, "integrator": Integrator, "effects": Effects}
_CHOICES = {
    "scaling": get_args(Scaling),
    "faults": get_args(Faults),
    "phase_sums": get_args(Sums),
    "partial_sums": get_args(Sums),
    "noise": get_args(Noise),
    "compensation": get_args(Compensation),
}
