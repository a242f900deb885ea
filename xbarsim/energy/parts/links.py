"""Wires across a chip, and routers between tiles."""

import math
from dataclasses import replace

from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import gates
from xbarsim.technology import WIRE_CAPACITANCE, Node

#: long wires lie in layers as thick as they are wide, four times a metal-1 wire: assumed
_WIDER = 4.0
_REPEATED = 1.7  # energy of a wire with its repeaters over that without, 1.5 to 1.9
_NODES = {"node": (7e-9, 130e-9)}


def wire(
    node: Node, length: float, bits: float = 1, toggle: float = 0.5, voltage: float | None = None
) -> Cost:
    """1/2 toggle c L V^2 for each bit, c = 0.2 fF/um; 0.38 r c L^2; metal only, no area of silicon.

    Parameters
    ----------
    length : m.
    toggle : share of bits that change, 1: 0.5 for random data; NeuroSim counts 0.18 (VGG-8), 0.33
        (ResNet-18) and 0.29 (ResNet-34).
    voltage : V; None: the node's supply.
    """
    v = node.v_dd if voltage is None else voltage
    c = WIRE_CAPACITANCE * length
    return Cost(energy=0.5 * toggle * bits * c * v**2, time=0.38 * _resistance(node) * length * c)


def repeated(
    node: Node, length: float, bits: float = 1, toggle: float = 0.5, voltage: float | None = None
) -> Cost:
    """A `wire` with repeaters of the size and at the distance that are fastest.

    Energy is 1.7 times the wire's, low and high 1.5 and 1.9. A stage of length l takes
    0.7 (R (C + c l) + 0.54 r c l^2 + r l C); at the best l = sqrt(R0 C0 / (0.54 r c)) and size
    sqrt(R0 c / (r C0)) this is 0.7 sqrt(R0 C0 r c) (2 + 2 sqrt(0.54)) a metre. R0 C0, of the
    smallest inverter, is a gate delay over 3.5; both that and half a gate for it are ours.
    """
    bare = wire(node, length, bits, toggle, voltage)
    r, c, c0 = _resistance(node), WIRE_CAPACITANCE, gates.input_capacitance(node)
    r0 = node.fo4 / 3.5 / c0
    stages = length / math.sqrt(r0 * c0 / (0.54 * r * c))
    count = bits * stages * math.sqrt(r0 * c / (r * c0)) / 2
    return Cost(
        energy=_REPEATED * bare.energy,
        time=0.7 * math.sqrt(r0 * c0 * r * c) * (2 + 2 * math.sqrt(0.54)) * length,
        area=gates.area(node, count),
        leakage=gates.leakage(node, count),
        low=1.5 * bare.energy,
        high=1.9 * bare.energy,
    )


def bus(node: Node, bits: float) -> Cost:
    """0.054 pJ and 29.3 um^2 a bit at 32 nm, within a tile; time and leakage are not told, 0."""
    return Cost(
        energy=0.054e-12 * bits * node.energy_from(32), area=29.3e-12 * bits * node.area_from(32)
    )


def router(node: Node, bits: float = 256) -> Cost:
    """20.7 pJ for 256 bits at 32 nm, 0.15 mm^2 (shared by four tiles); three cycles of 1 GHz.

    Energy goes with the bits. The time is assumed; leakage is that of gates of a tenth of the area,
    the rest being wires and buffers, assumed.
    """
    area = 0.15e-6 * node.area_from(32)
    return Cost(
        energy=20.7e-12 * bits / 256 * node.energy_from(32),
        time=3e-9 * node.length / 32e-9,
        area=area,
        leakage=gates.leakage_of_area(node, 0.1 * area),
    )


def h_tree_arms(leaves: float, pitch: float) -> list[float]:
    """Length of one arm at each split of an H-tree over a square of `leaves`, `pitch` apart, m.

    The first two are a quarter of the square's side; every second split halves them.
    """
    splits = math.ceil(math.log2(max(leaves, 1)))
    return [math.sqrt(leaves) * pitch / 4 / 2 ** (split // 2) for split in range(splits)]


def h_tree(
    node: Node, leaves: float, pitch: float, bits: float = 1, toggle: float = 0.5,
    voltage: float | None = None,
) -> Cost:  # fmt: skip
    """From the root of an H-tree to one leaf along repeated wires; area of all arms.

    The way is (sqrt(leaves) - 1) pitch long for powers of four.

    Parameters
    ----------
    leaves : tiles, on a square.
    pitch : between them, m.
    """
    arms = h_tree_arms(leaves, pitch)
    whole = sum(2 ** (split + 1) * arm for split, arm in enumerate(arms))
    one = repeated(node, sum(arms), bits, toggle, voltage)
    tree = repeated(node, whole, bits, toggle, voltage)
    return replace(one, area=tree.area, leakage=tree.leakage)


def mesh(
    node: Node, hops: float, pitch: float, bits: float = 256, toggle: float = 0.5,
    voltage: float | None = None,
) -> Cost:  # fmt: skip
    """|dx| + |dy| hops, each through a `router` and along `pitch` of repeated wire.

    Area and leakage are those of one hop: a tile has one router and one wire.
    """
    step, way = router(node, bits), repeated(node, pitch, bits, toggle, voltage)
    return Cost(
        energy=hops * (step.energy + way.energy),
        time=hops * (step.time + way.time),
        area=step.area / 4 + way.area,
        leakage=step.leakage / 4 + way.leakage,
    )


def _resistance(node: Node) -> float:
    """Of a long wire, ohm/m."""
    return node.wire_resistance / _WIDER**2


_SIZES = {"length": (0, 0.05), "toggle": (0, 1), "voltage": (0.05, 5), **_NODES}
_OURS = "0.2 fF/um (NeuroSim, hwcomponents); resistance of long wires assumed"
WIRE = Model(name="plain", costs=wire, source=_OURS, scatter=0.3, valid=_SIZES)
REPEATED = Model(
    name="repeated", costs=repeated, scatter=0.3, valid=_SIZES,
    source=f"{_OURS}; repeaters 1.5 to 1.9 times",
)  # fmt: skip
BUS = Model(
    name="isaac", costs=bus, scatter=0.7, valid=_NODES,
    source="ISAAC, Shafiee et al. 2016, as in hwcomponents-library; scatter assumed",
)  # fmt: skip
ROUTER = Model(
    name="isaac", costs=router, scatter=0.7, valid=_NODES,
    source="ISAAC, Shafiee et al. 2016, as in hwcomponents-library; time, leakage, scatter assumed",
)  # fmt: skip
H_TREE = Model(
    name="repeated", costs=h_tree, scatter=0.3,
    valid={"leaves": (1, 65536), "pitch": (0, 0.02), **_SIZES}, source=_OURS,
)  # fmt: skip
MESH = Model(
    name="isaac", costs=mesh, scatter=0.7,
    valid={"hops": (0, 1024), "pitch": (0, 0.02), **_SIZES},
    source=f"ISAAC's router, Shafiee et al. 2016; {_OURS}",
)  # fmt: skip
