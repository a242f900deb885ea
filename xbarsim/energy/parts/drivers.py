"""Drivers of lines, and what they need: level shifters, pumps, decoders."""

import math

from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import gates
from xbarsim.technology import Node

#: fan-out-of-four driver chain: 1 + 1/(f - 1)
CHAIN = 4 / 3
_NODES = (7e-9, 130e-9)
#: F/m of transistor width; unverified
GATE_PER_WIDTH = 1e-15 / 1e-6


def word_line_capacitance(node: Node, cells: float) -> float:
    """C_driver + cells C_word, F; the driver's 48 fF at 130 nm are as `Node.c_word`, and scaled."""
    return _driver_capacitance(node) + cells * node.c_word


def bit_line_capacitance(node: Node, cells: float) -> float:
    """C_driver + cells C_bit, F; that its driver is as a word line's is ours."""
    return _driver_capacitance(node) + cells * node.c_bit


def word_line(node: Node, cells: float, swing: float, voltage: float | None = None) -> Cost:
    """One full charge of a word line across `cells` cells by `swing` volts from the supply.

    C V_supply swing, times 4/3 for a driver chain with a fan-out of four. Time: a gate delay for
    each stage of the chain, 0.38 R C of the line. Area and leakage: see `_chain`.
    """
    return _line(node, word_line_capacitance(node, cells), cells, 0, swing, voltage)


def bit_line(node: Node, cells: float, swing: float, voltage: float | None = None) -> Cost:
    """As `word_line`, along the bit line."""
    return _line(node, bit_line_capacitance(node, cells), cells, 1, swing, voltage)


def level_shifter(node: Node, voltage: float) -> Cost:
    """From the supply to `voltage`: four gates of four times the capacitance, of thick oxide.

    Ours. NeuroSim multiplies the area of drivers with shifters by 1.44.
    """
    return Cost(
        energy=gates.switching(node, 16, voltage),
        time=gates.delay(node, 4),
        area=1.44 * gates.area(node, 16),
        leakage=gates.leakage(node, 16) * voltage / node.v_dd,
    )


def charge_pump(node: Node, energy: float, efficiency: float = 0.4) -> Cost:  # noqa: ARG001
    """What a pump loses when it delivers `energy` joules: E (1/efficiency - 1).

    Efficiencies are 0.3 to 0.5 (unverified): low and high, where the one that is asked for is one
    of them. Area, time and leakage depend on the current and are not known: 0.
    """

    def lost(eta: float) -> float:
        return energy * (1 / eta - 1)

    if not 0.3 <= efficiency <= 0.5:
        return Cost(energy=lost(efficiency))
    return Cost(energy=lost(efficiency), low=lost(0.5), high=lost(0.3))


def decoder(node: Node, rows: float) -> Cost:
    """One of `rows` lines is chosen anew.

    Of log2(rows) address bits half change and load half the lines' gates each; two outputs change.
    A line has as many gates as the address bits need in pairs. Ours.
    """
    bits = max(1.0, math.log2(rows))
    count = rows * math.ceil(bits / 2)
    load = bits / 2 * rows / 2 * gates.input_capacitance(node) * node.v_dd**2
    return Cost(
        energy=load + gates.switching(node, 2),
        time=gates.delay(node, 2 + bits / 2),
        area=gates.area(node, count),
        leakage=gates.leakage(node, count),
    )


def row_buffer(node: Node, rows: float = 1) -> Cost:
    """Repeats a row's input between arrays: 0.62 fJ and 5 um^2 a row at 65 nm; leakage unknown, 0.

    Time: a gate delay, ours.
    """
    return Cost(
        energy=0.62e-15 * rows * node.energy_from(65), time=gates.delay(node, 1),
        area=5e-12 * rows * node.area_from(65),
    )  # fmt: skip


def _driver_capacitance(node: Node) -> float:
    return 48e-15 * node.length / 130e-9


def _line(
    node: Node, c: float, cells: float, along: int, swing: float, voltage: float | None
) -> Cost:
    supply = node.v_dd if voltage is None else voltage
    stages = max(1.0, math.log(c / gates.input_capacitance(node)) / math.log(4))
    wire = node.r_segment[along] * cells * c
    chain = _chain(node, c)
    return Cost(
        energy=c * supply * swing * CHAIN,
        time=gates.delay(node, stages) + 0.38 * wire,
        area=chain.area,
        leakage=chain.leakage,
    )


def _chain(node: Node, load: float) -> Cost:
    """Area and leakage of a chain whose gates are a third of the load.

    1 fF for a micrometre of transistor (unverified), 6 node lengths across (assumed); leakage is
    that of gates which have as much capacitance.
    """
    gate = load / 3
    return Cost(
        area=gate / GATE_PER_WIDTH * 6 * node.length,
        leakage=gates.leakage(node, gate / gates.input_capacitance(node)),
    )


_LINE = {"cells": (1, 4096), "swing": (0, 5), "voltage": (0.1, 5), "node": _NODES}
WORD_LINE = Model(
    name="cv2", costs=word_line, scatter=0.3, valid=_LINE,
    source="layout of NeuRRAM at 130 nm (CiMLoop, macro wan), scaled; scatter assumed",
)  # fmt: skip
BIT_LINE = Model(
    name="cv2", costs=bit_line, scatter=0.3, valid=_LINE,
    source="as the word line, with the node's wire; scatter assumed",
)  # fmt: skip
LEVEL_SHIFTER = Model(
    name="gates", costs=level_shifter, scatter=gates.SCATTER,
    valid={"voltage": (0.5, 5), "node": _NODES}, source="counted in gates, ours; scatter assumed",
)  # fmt: skip
CHARGE_PUMP = Model(
    name="efficiency", costs=charge_pump, scatter=0.25, valid={"efficiency": (0.05, 1)},
    source="efficiency 0.3 to 0.5, unverified",
)  # fmt: skip
DECODER = Model(
    name="gates", costs=decoder, scatter=gates.SCATTER, valid={"rows": (1, 4096), "node": _NODES},
    source="counted in gates, ours; scatter assumed",
)  # fmt: skip
ROW_BUFFER = Model(
    name="timely", costs=row_buffer, scatter=0.7, valid={"node": _NODES},
    source="TIMELY, Li et al. 2020, table II (XSubBuf); scatter assumed",
)  # fmt: skip
