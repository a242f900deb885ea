"""Analogue parts behind an array: sample and hold, integrator, amplifier, multiplexer."""

import math

from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import gates
from xbarsim.energy.parts.adc_sar import comparison, total_capacitance
from xbarsim.technology import Node

_NODES = (7e-9, 130e-9)
_SWITCH = 10e3  # ohm, of a sampling switch: assumed
_EFFICIENCY = 15.0  # 1/V, transconductance over current: ours


def sample_hold(
    node: Node, bits: float, temperature: float = 300.0, voltage: float | None = None
) -> Cost:
    """One sample on a capacitor that holds thermal noise below a level, at least 10 fF.

    Thermal noise k T / C equals the quantisation noise V^2 / (12 4^b) of a full scale V, the
    supply. The floor of 10 fF, the upper end of the usual 5 to 10 fF, is ours, and so is a switch
    of 10 kohm through which it settles to half a level. A capacitor leaks nothing.
    """
    v = node.v_dd if voltage is None else voltage
    c = max(total_capacitance(bits, v, temperature), 10e-15)
    settled = math.log(2.0 ** (bits + 1)) * _SWITCH * c
    return Cost(energy=c * v**2, time=settled, area=gates.capacitor_area(c))


def isaac_sample_hold(node: Node) -> Cost:
    """10 uW of 1024 over 100 ns, 0.039 um^2, at 32 nm; leakage not told, 0."""
    return Cost(
        energy=10e-6 / 1024 * 100e-9 * node.energy_from(32),
        time=100e-9,
        area=0.039e-12 * node.area_from(32),
    )


def integrator(node: Node, steps: float = 1, voltage: float = 1.8) -> Cost:  # noqa: ARG001
    """1.2 pJ for a sample and 0.25 pJ, 0.27 us for each step of integration, at 1.8 V, with V^2.

    45 um^2 for the sampling, 350 um^2 for the integrator; leakage is not published: 0.
    """
    energy = (1.2e-12 + 0.25e-12 * steps) * (voltage / 1.8) ** 2
    return Cost(energy=energy, time=0.27e-6 * steps, area=395e-12)


def amplifier(node: Node, bits: float, time: float, capacitance: float = 50e-15) -> Cost:
    """Transimpedance amplifier that settles to half a level within `time`.

    V_DD I t with I = 2 pi GBW C_L / 15 V^-1 and GBW = ln(2^(b+1)) / (2 pi t): the energy is
    V_DD C_L ln(2^(b+1)) / 15 V^-1 whatever the time. Ours, as are 20 gates for area and leakage.

    Parameters
    ----------
    capacitance : that it drives, F; 50 fF is assumed.
    """
    bandwidth = math.log(2.0 ** (bits + 1)) / (2 * math.pi * time)
    current = 2 * math.pi * bandwidth * capacitance / _EFFICIENCY
    return Cost(
        energy=node.v_dd * current * time,
        time=time,
        area=gates.area(node, 20) + gates.capacitor_area(capacitance),
        leakage=gates.leakage(node, 20),
    )


def mux(node: Node, ways: float) -> Cost:
    """Another of `ways` columns is chosen: two pairs of select lines change, and the common node.

    At the common node each way adds a drain, 0.6 of a gate's input. Two gates a way. Ours. What the
    resistance of a pass gate does is the circuit's.
    """
    c = 2 * 2 * gates.input_capacitance(node) + ways * 0.6 * gates.input_capacitance(node)
    return Cost(
        energy=c * node.v_dd**2,
        time=gates.delay(node, 1 + math.log2(max(ways, 1))),
        area=gates.area(node, 2 * ways),
        leakage=gates.leakage(node, 2 * ways),
    )


def decision(node: Node) -> Cost:
    """Of a clocked comparator; 8 gates and 10 gate delays, assumed."""
    return Cost(
        energy=comparison(node),
        time=gates.delay(node, 10),
        area=gates.area(node, 8),
        leakage=gates.leakage(node, 8),
    )


THERMAL = Model(
    name="thermal", costs=sample_hold, scatter=0.7,
    valid={"bits": (1, 16), "temperature": (200, 450), "node": _NODES},
    source="k T / C noise, at least 10 fF (ours); scatter assumed",
)  # fmt: skip
ISAAC_SAMPLE_HOLD = Model(
    name="isaac", costs=isaac_sample_hold, scatter=0.7, valid={"node": _NODES},
    source="ISAAC, Shafiee et al. 2016, as in hwcomponents-library; scatter assumed",
)  # fmt: skip
NEURRAM = Model(
    name="neurram", costs=integrator, scatter=0.3,
    valid={"steps": (1, 256), "voltage": (1.2, 2.5), "node": (130e-9, 130e-9)},
    source="NeuRRAM, Wan et al. 2022, as in hwcomponents-library and CiMLoop; scatter assumed",
)  # fmt: skip
AMPLIFIER = Model(
    name="settling", costs=amplifier, scatter=0.7, valid={"bits": (1, 14), "node": _NODES},
    source="physics: settling of one pole, 15 /V (ours); area and scatter assumed",
)  # fmt: skip
MUX = Model(
    name="gates", costs=mux, scatter=gates.SCATTER, valid={"ways": (1, 256), "node": _NODES},
    source="counted in gates, ours; scatter assumed",
)  # fmt: skip
DECISION = Model(
    name="clocked", costs=decision, scatter=0.5, valid={"node": _NODES},
    source="5 to 20 fJ at 28 nm, unverified; area and time assumed",
)  # fmt: skip
