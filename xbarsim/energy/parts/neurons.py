"""Spiking neurons and the traffic of their spikes."""

import math

from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import gates, links, logic
from xbarsim.energy.parts.adc_sar import comparison
from xbarsim.technology import Node

_NODES = {"node": (7e-9, 130e-9)}

#: of an analogue membrane: 50 to 500 fF are usual, 100 fF is assumed; from reset to threshold, V
MEMBRANE, THRESHOLD = 100e-15, 0.5


def operations(node: Node, bits: float = 16, *, multiplied: bool = False) -> dict[str, float]:
    """Energy of what a digital neuron does in one update, J: leak, add, compare, state.

    Additions are Horowitz' 0.05 pJ for 16 bits at 45 nm, with the bits; the state is read and
    written.

    Parameters
    ----------
    multiplied : whether the leak is any factor, a multiplication of `bits` (0.8 pJ for 16 at 45
        nm); else it is a power of two, taken off by shift and subtraction.
    """
    add = 0.05e-12 * bits / 16 * node.energy_from(45)
    return {
        "leak": logic.product(node, bits) if multiplied else add,
        "add": add,
        "compare": logic.comparator(node, bits).energy,
        "state": 2 * logic.register(node, bits).energy,
    }


def digital(node: Node, bits: float = 16) -> Cost:
    """One update, see `operations`; the leak is a power of two."""
    compared, state = logic.comparator(node, bits), logic.register(node, bits)
    unit = logic.adder(node, bits)
    return Cost(
        energy=sum(operations(node, bits).values()),
        time=2 * unit.time + compared.time + 2 * state.time,
        area=2 * unit.area + compared.area + state.area,
        leakage=2 * unit.leakage + compared.leakage + state.leakage,
    )


def spike(capacitance: float, swing: float, comparator: float) -> float:
    """Of an analogue neuron: C V_th^2 for charge and reset, and a comparator's decision, J."""
    return capacitance * swing**2 + comparator


def analogue(
    node: Node, capacitance: float = MEMBRANE, swing: float = THRESHOLD, current: float = 1e-9
) -> Cost:
    """One `spike`; it draws `current`.

    Leakage is `current` at the supply, which dominates at low rates.

    Parameters
    ----------
    capacitance : of the membrane, F.
    swing : from reset to threshold, V.
    current : static, A; 1 nA is assumed.
    """
    return Cost(
        energy=spike(capacitance, swing, comparison(node)),
        time=gates.delay(node, 10),
        area=gates.capacitor_area(capacitance) + gates.area(node, 20),
        leakage=current * node.v_dd + gates.leakage(node, 8),
    )


def address_bits(neurons: float) -> int:
    """Of an address event: log2(neurons), rounded up, and one bit more."""
    return math.ceil(math.log2(neurons)) + 1


def event(node: Node, neurons: float, hops: float = 1, pitch: float = 1e-3) -> Cost:
    """One address event: `address_bits` through a mesh (`links.mesh`).

    Parameters
    ----------
    neurons : that an address tells apart.
    hops, pitch : routers on the way, and their distance, m.
    """
    return links.mesh(node, hops=hops, pitch=pitch, bits=address_bits(neurons))


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
