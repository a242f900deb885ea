"""What runs whether there is work or not: the clock, and leakage of logic."""

from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import gates
from xbarsim.technology import Node

_NODES = {"node": (7e-9, 130e-9)}


def clock(node: Node, registers: float, gating: float = 0.0) -> Cost:
    """One cycle of the clock of `registers` bits.

    Each loads it with two gate inputs, and a tree in front of them with half as much again; ours.
    Time is 0: how long a cycle lasts is the design's.

    Parameters
    ----------
    gating : share of registers whose clock is held, 1.
    """
    c = 1.5 * 2 * gates.input_capacitance(node) * registers
    buffers = registers / 16
    return Cost(
        energy=(1 - gating) * c * node.v_dd**2,
        area=gates.area(node, buffers),
        leakage=gates.leakage(node, buffers),
    )


def leakage_of_area(node: Node, area: float) -> Cost:
    """Of logic of `area` m^2 at 25 degrees, full of the smallest NAND: 21.8 nW/um^2 at 45 nm."""
    return Cost(leakage=gates.leakage_of_area(node, area))


def leakage_of_gates(node: Node, count: float) -> Cost:
    """Of `count` two-input NANDs at 25 degrees: 17.4 nW each at 45 nm."""
    return Cost(leakage=gates.leakage(node, count))


_NANGATE = (
    "NAND2_X1 of the Nangate 45 nm open cell library, typical corner; node dependence as "
    "hwcomponents has it, known to a factor of four or five (scatter 1.5 nats)"
)
CLOCK = Model(
    name="gates", costs=clock, scatter=gates.SCATTER, valid={"gating": (0, 1), **_NODES},
    source="counted in gates, ours; scatter assumed",
)  # fmt: skip
BY_AREA = Model(
    name="area", costs=leakage_of_area, source=_NANGATE, scatter=gates.LEAKAGE_SCATTER,
    valid=_NODES,
)  # fmt: skip
BY_GATES = Model(
    name="gates", costs=leakage_of_gates, source=_NANGATE, scatter=gates.LEAKAGE_SCATTER,
    valid=_NODES,
)  # fmt: skip
