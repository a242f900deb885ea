"""Spiking neurons and the traffic of their spikes."""

import math

from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import gates, links, logic
from xbarsim.energy.parts.adc_sar import comparison
from xbarsim.technology import Node

_NODES = {"node": (7e-9, 130e-9)}

#: pJ for one synaptic operation of published chips (PMC10326429, table 3), for comparison only:
#: definitions differ, and TrueNorth is often quoted with 26 pJ of the whole system
PUBLISHED_PJ_PER_OPERATION = {
    "ODIN": 12.7, "ReckOn": 5.3, "uBrain": 26.0, "TrueNorth": 2.5, "Tianjic": 1.54,
    "NeuronFlow": 20.0, "Loihi": 23.6, "SpiNNaker": 45.0, "SpiNNaker2": 10.0, "SENECA": 2.8,
}  # fmt: skip


def digital(node: Node, bits: float = 16) -> Cost:
    """One update: leak by shift and subtraction, addition, comparison, state read and written.

    Additions are Horowitz' 0.05 pJ for 16 bits at 45 nm, with the bits. A leak by multiplication
    would cost about 0.8 pJ more at 16 bits.
    """
    add = 0.05e-12 * bits / 16 * node.energy_from(45)
    compared, state = logic.comparator(node, bits), logic.register(node, bits)
    unit = logic.adder(node, bits)
    return Cost(
        energy=2 * add + compared.energy + 2 * state.energy,
        time=2 * unit.time + compared.time + 2 * state.time,
        area=2 * unit.area + compared.area + state.area,
        leakage=2 * unit.leakage + compared.leakage + state.leakage,
    )


def analogue(
    node: Node, capacitance: float = 100e-15, swing: float = 0.5, current: float = 1e-9
) -> Cost:
    """One spike: C V_th^2 for charge and reset, and a comparator's decision; it draws `current`.

    Leakage is `current` at the supply, which dominates at low rates.

    Parameters
    ----------
    capacitance : of the membrane, F; 50 to 500 fF is usual, 100 fF assumed.
    swing : from reset to threshold, V.
    current : static, A; 1 nA is assumed.
    """
    return Cost(
        energy=capacitance * swing**2 + comparison(node),
        time=gates.delay(node, 10),
        area=gates.capacitor_area(capacitance) + gates.area(node, 20),
        leakage=current * node.v_dd + gates.leakage(node, 8),
    )


def event(node: Node, neurons: float, hops: float = 1, pitch: float = 1e-3) -> Cost:
    """One address event: log2 N + 1 bits through a mesh (`links.mesh`).

    Parameters
    ----------
    neurons : N, that an address tells apart.
    hops, pitch : routers on the way, and their distance, m.
    """
    return links.mesh(node, hops=hops, pitch=pitch, bits=math.log2(neurons) + 1)


DIGITAL = Model(
    name="digital", costs=digital, scatter=0.7, valid={"bits": (4, 32), **_NODES},
    source="Horowitz, ISSCC 2014 (from memory), and Aladdin, Shao et al. 2014",
)  # fmt: skip
ANALOGUE = Model(
    name="analogue", costs=analogue, scatter=0.7,
    valid={"capacitance": (1e-15, 10e-12), "swing": (0.05, 2), **_NODES},
    source="physics; capacitance, current and scatter assumed",
)  # fmt: skip
EVENT = Model(
    name="mesh", costs=event, scatter=0.7,
    valid={"neurons": (2, 2**32), "hops": (0, 1024), "pitch": (0, 0.02), **_NODES},
    source="log2 N + 1 bits through ISAAC's routers (Shafiee et al. 2016) and wires",
)  # fmt: skip
