"""Encoders of inputs: digital codes to voltages or pulses.

Time is that of the code to settle or to be taken over; a pulse itself lasts as long as the read.
"""

from dataclasses import replace
from functools import cache

import numpy as np

from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import gates
from xbarsim.energy.parts.logic import register
from xbarsim.technology import Node

_UNIT = 1e-15  # F, of a C-2C ladder: assumed
_VALID = {"bits": (1.0, 16.0), "node": (7e-9, 130e-9)}


def capacitive(node: Node, bits: float) -> Cost:
    """50 fF a bit at the supply.

    ZigZag-IMC, k0 = 50 fF fitted at 28 nm. Capacitors are set by matching, so the node enters by
    its supply only; that is ours, and so is the time of 20 gate delays. They leak nothing.
    """
    c = 50e-15 * bits
    return Cost(energy=c * node.v_dd**2, time=gates.delay(node, 20), area=gates.capacitor_area(c))


def single_bit(node: Node, bits: float = 1) -> Cost:  # noqa: ARG001
    """A switch: nothing but the charge of the line, which is the driver's (`word_line`).

    ISAAC's table has 0.39 pJ, 4 mW of 1024 over 100 ns at 32 nm, with the line; so no quantiles are
    given. 0.166 um^2 at 32 nm. Of the leakage nothing is known beyond the driver's.
    """
    return Cost(time=gates.delay(node, 1), area=0.166e-12 * node.area_from(32))


def pulse_width(node: Node, bits: float) -> Cost:
    """Digital-to-time converter: 37.5 fJ and 240 um^2 for 8 bits at 65 nm.

    Both double with each bit, as hwcomponents-library has it. TIMELY's table has no leakage: 0.
    """
    scale = 2.0 ** (bits - 8)
    return Cost(
        energy=37.5e-15 * scale * node.energy_from(65),
        time=gates.delay(node, 1),
        area=240e-12 * scale * node.area_from(65),
    )


def c2c(node: Node, bits: float, voltage: float | None = None, capacitance: float = _UNIT) -> Cost:
    """C-2C ladder: the mean charge of all codes from the reference, and b flip-flops.

    Parameters
    ----------
    voltage : reference, V; None: the node's supply.
    capacitance : of the unit C, F; 1 fF is assumed. The ladder has 3 b - 1 of them.
    """
    v, count = node.v_dd if voltage is None else voltage, round(bits)
    latch = _latch(node, count)
    return Cost(
        energy=capacitance * v**2 * ladder(count) + latch.energy,
        time=gates.delay(node, 20),
        area=gates.capacitor_area(capacitance * (3 * count - 1)) + latch.area,
        leakage=latch.leakage,
    )


def r2r(
    node: Node, bits: float, time: float, voltage: float | None = None, resistance: float = 10e3
) -> Cost:
    """R-2R ladder: the mean current of all codes from the reference over `time`, b flip-flops.

    Parameters
    ----------
    time : for which a value is held, s.
    voltage : reference, V; None: the node's supply.
    resistance : R, ohm; 10 kohm is assumed, and 1 um^2 for each of 3 b + 1 of them.
    """
    v, count = node.v_dd if voltage is None else voltage, round(bits)
    latch = _latch(node, count)
    return Cost(
        energy=v**2 / (2 * resistance) * ladder(count) * time + latch.energy,
        time=time,
        area=1e-12 * (3 * count + 1) + latch.area,
        leakage=latch.leakage,
    )


@cache
def ladder(bits: int) -> float:
    r"""Mean over all codes of \sum_i b_i (1 - v_i / V) of a ladder with open output.

    Legs of admittance 1 at each of `bits` nodes, 2 between them, a leg to ground at the far end.
    Of random bits the mean is b/2 - sum_ij A_ij / 4 - sum_i A_ii / 4, with v = V A b.
    """
    y = 3.0 * np.eye(bits) if bits > 1 else 2.0 * np.eye(1)
    if bits > 1:
        y += np.diag(np.r_[1.0, np.full(bits - 2, 2.0), 0.0])
        y -= 2.0 * (np.eye(bits, k=1) + np.eye(bits, k=-1))
    a = np.linalg.inv(y)
    return float(bits / 2 - a.sum() / 4 - np.trace(a) / 4)


def chen(node: Node, bits: float) -> Cost:
    """The converter within an 8-bit SAR of 1.1 GS/s: 0.291 pJ and 438 um^2 at 40 nm.

    Both double with each bit, as hwcomponents-library has it. Leakage is not published: 0.
    """
    scale = 2.0 ** (bits - 8)
    return Cost(
        energy=0.291e-12 * scale * node.energy_from(40),
        time=1 / 1.1e9,
        area=438e-12 * scale * node.area_from(40),
    )


def _latch(node: Node, bits: float) -> Cost:
    """Flip-flops of a code of which every second bit changes, mean."""
    held = register(node, bits)
    return replace(held, energy=held.energy / 2)


CAPACITIVE = Model(
    name="capacitive", costs=capacitive, scatter=0.7, valid=_VALID,
    source="ZigZag-IMC, 50 fF a bit at 28 nm; scatter assumed",
)  # fmt: skip
SINGLE_BIT = Model(
    name="single_bit", costs=single_bit, valid={"bits": (1, 1), "node": (7e-9, 130e-9)},
    source="ISAAC, Shafiee et al. 2016, as in hwcomponents-library",
)  # fmt: skip
PULSE_WIDTH = Model(
    name="pulse_width", costs=pulse_width, scatter=0.7,
    valid={"bits": (4, 10), "node": (7e-9, 130e-9)},
    source="TIMELY, Li et al. 2020, table II; scatter assumed",
)  # fmt: skip
C2C = Model(
    name="c2c", costs=c2c, scatter=0.7, valid=_VALID,
    source="physics: mean charge of the ladder; unit, time and scatter assumed",
)  # fmt: skip
R2R = Model(
    name="r2r", costs=r2r, scatter=0.7, valid=_VALID,
    source="physics: mean current of the ladder; resistance, area and scatter assumed",
)  # fmt: skip
CHEN = Model(
    name="chen_2018", costs=chen, scatter=0.7, valid={"bits": (6, 10), "node": (7e-9, 130e-9)},
    source="Chen et al., VLSI 2018, as BRAHMS (Song et al. 2021) takes it; scatter assumed",
)  # fmt: skip
