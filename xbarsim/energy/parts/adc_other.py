"""Converters that compare with all levels at once, or with one level after the other."""

from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import gates
from xbarsim.energy.parts.adc_sar import comparison
from xbarsim.technology import Node

_COMPARATOR_GATES = 8  # of an analogue comparator, for area and leakage: assumed
_FLIP_FLOP_GATES = 6  # of one bit of a counter or latch: assumed
_NODES = (7e-9, 130e-9)


def flash(node: Node, bits: float) -> Cost:
    """2^b - 1 comparators and an encoder of 2^b - b - 1 gates.

    Of the encoder every gate is charged in every conversion, and it is b gates deep; a comparator
    takes 20 gate delays. These are ours.
    """
    comparators, encoder = 2.0**bits - 1, 2.0**bits - bits - 1
    count = comparators * _COMPARATOR_GATES + encoder
    return Cost(
        energy=comparators * comparison(node) + gates.switching(node, encoder),
        time=gates.delay(node, 20 + bits),
        area=gates.area(node, count),
        leakage=gates.leakage(node, count),
    )


def ramp(
    node: Node, bits: float, current: float = 1e-6, step: float | None = None, cols: float = 1
) -> Cost:
    """A comparator that waits for a ramp, a latch of the count at a column, a shared counter.

    Parameters
    ----------
    current : that the column's comparator draws while it waits, A; 1 uA is assumed.
    step : time of one level, s; None: 40 gate delays, assumed.
    cols : columns that share the counter. Its bits toggle 2 (2^b - 1) times in a conversion.
    """
    t = 2.0**bits * (40 * node.fo4 if step is None else step)
    counter = _counted(node, 2.0**bits - 1) / cols
    latch = gates.switching(node, _FLIP_FLOP_GATES * bits)
    count = _COMPARATOR_GATES + _FLIP_FLOP_GATES * bits * (1 + 1 / cols)
    return Cost(
        energy=current * node.v_dd * t + comparison(node) + latch + counter,
        time=t,
        area=gates.area(node, count),
        leakage=gates.leakage(node, count),
    )


def counter(node: Node, bits: float, activity: float = 0.5) -> Cost:
    """An oscillator whose frequency the column's current sets, and a counter in each column.

    300 ps a level (HERMES: Khaddam-Aljameh et al. 2022, 14 nm), with the node's gate delay. Each
    cycle is charged a ring of five gates and the counter's two toggles; these are ours.

    Parameters
    ----------
    activity : mean code over full scale, 1.
    """
    levels = 2.0**bits
    cycles = activity * levels
    count = _FLIP_FLOP_GATES * bits + 5
    return Cost(
        energy=_counted(node, cycles) + gates.switching(node, 5 * cycles),
        time=levels * 300e-12 * node.length / 14e-9,
        area=gates.area(node, count),
        leakage=gates.leakage(node, count),
    )


def charge_decrement(node: Node, bits: float, voltage: float = 1.8) -> Cost:  # noqa: ARG001
    """Charge is taken off an integrator bit by bit: 0.4 pJ and 0.3 us for each bit of output.

    Of the energy 0.3 pJ is the comparator's and 0.1 pJ that of logic, at 1.8 V, scaled with V^2;
    400 and 170 um^2. Leakage: the logic's 0.1 uW.
    """
    return Cost(
        energy=0.4e-12 * bits * (voltage / 1.8) ** 2,
        time=0.3e-6 * bits,
        area=570e-12,
        leakage=0.1e-6,
    )


def zigzag(node: Node, bits: float, rows: float, voltage: float | None = None) -> Cost:
    """(100 fF b + 0.001 fF 4^b) V^2; 10^(1.206 - 0.0369 b) 2^b um^2; b (0.00653 rows + 0.64) ns.

    Leakage is not in that model and is 0.
    """
    v = node.v_dd if voltage is None else voltage
    return Cost(
        energy=(100e-15 * bits + 1e-18 * 4.0**bits) * v**2,
        time=bits * (0.00653 * rows + 0.64) * 1e-9,
        area=10 ** (1.206 - 0.0369 * bits) * 2.0**bits * 1e-12,
    )


def required_bits(rows: int, b_in: int, b_cell: int) -> int:
    """Bits that tell all sums of `rows` products apart.

    ceil(log2(R (2^b_in - 1)(2^b_cell - 1) + 1)).
    """
    return int(rows * (2**b_in - 1) * (2**b_cell - 1)).bit_length()


def _counted(node: Node, cycles: float) -> float:
    """Energy of a binary counter that goes `cycles` further: two bits toggle each time, J."""
    return gates.switching(node, 2 * _FLIP_FLOP_GATES * cycles / 2)


FLASH = Model(
    name="flash", costs=flash, scatter=gates.SCATTER, valid={"bits": (1, 8), "node": _NODES},
    source="physics: comparators of 10 fJ at 28 nm (unverified), encoder in gates; scatter assumed",
)  # fmt: skip
RAMP = Model(
    name="ramp", costs=ramp, scatter=1.0, valid={"bits": (1, 12), "node": _NODES},
    source="physics; current, time of a level and scatter assumed",
)  # fmt: skip
COUNTER = Model(
    name="counter", costs=counter, scatter=1.0, valid={"bits": (1, 12), "node": _NODES},
    source="time: HERMES, Khaddam-Aljameh et al., IEEE JSSC 57, 1027 (2022); energy in gates, "
    "ours; scatter assumed",
)  # fmt: skip
CHARGE_DECREMENT = Model(
    name="charge_decrement", costs=charge_decrement, scatter=0.3,
    valid={"bits": (1, 10), "voltage": (1.2, 2.5), "node": (130e-9, 130e-9)},
    source="NeuRRAM, Wan et al. 2022, as in hwcomponents-library and CiMLoop; scatter assumed",
)  # fmt: skip
ZIGZAG = Model(
    name="zigzag", costs=zigzag, scatter=2.3,
    valid={"bits": (1, 12), "rows": (1, 2048), "node": (22e-9, 32e-9)},
    source="ZigZag-IMC, fitted at 28 nm; scatter from 23 macros with memristors, 0.04 to 15 times",
)  # fmt: skip
