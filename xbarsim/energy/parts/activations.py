"""Activations behind a layer, one for each value."""

from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import logic, memory
from xbarsim.technology import Node

_NODES = {"node": (7e-9, 130e-9)}


def relu(node: Node, bits: float = 32) -> Cost:
    """One comparison; also what a maximum of a pool takes for each value."""
    return logic.comparator(node, bits)


def lookup(node: Node, bits: float = 8) -> Cost:
    """One read of a table of 2^bits values: SRAM of 256 bytes for 8 bits.

    CACTI's power laws (`memory.sram`) are taken below the 1 kB and 32 bits they were fitted to.
    """
    return memory.sram(node, capacity=2.0**bits * bits / 8, bits=bits)


def sigmoid(node: Node) -> Cost:
    """ISAAC's unit: 0.26 mW at 1.2 GHz, 0.0003 mm^2 at 32 nm; leakage not told, 0."""
    return Cost(
        energy=0.26e-3 / 1.2e9 * node.energy_from(32), time=1 / 1.2e9 * node.length / 32e-9,
        area=300e-12 * node.area_from(32),
    )  # fmt: skip


RELU = Model(
    name="relu", costs=relu, scatter=0.7, valid={"bits": (1, 64), **_NODES},
    source="one comparison of Aladdin, Shao et al. 2014",
)  # fmt: skip
LOOKUP = Model(
    name="lookup", costs=lookup, scatter=0.7,
    valid={"bits": (4, 12), "node": (22e-9, 90e-9)},
    source="a read of an SRAM, power laws fitted to CACTI and taken below their range",
)  # fmt: skip
SIGMOID = Model(
    name="sigmoid", costs=sigmoid, scatter=0.7, valid=_NODES,
    source="ISAAC, Shafiee et al. 2016, from memory",
)  # fmt: skip
