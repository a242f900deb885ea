"""What gates cost of which circuits are made whose own figures are not published.

The unit is a two-input NAND of smallest drive, NAND2_X1 of the Nangate 45 nm open cell library
(typical corner, 1.1 V): input 1.6 fF, leakage 17.4 nW (``cell_leakage_power``), area 0.798 um^2
(from memory, unverified). Its area goes with the node's area ratio, its capacitance with the node's
length, its leakage with the energy of logic, as hwcomponents' ``tech_node_leak`` has it; the first
two are ours. That library is a fast one: units of Aladdin at 40 nm leak 0.35 to 12.6 nW/um^2, it
21.8.
"""

from xbarsim.technology import Node

#: that a node's leakage is known no better than this, nats: the spread of the figures above; ours
LEAKAGE_SCATTER = 1.5
#: of circuits that are counted in gates, nats; assumed
SCATTER = 0.7
_AREA = 0.798e-12  # m^2
_LEAKAGE = 17.39e-9  # W
_INPUT = 1.6e-15  # F
_SWITCHED = 3 * _INPUT  # F: a gate's output and the two inputs that it drives; ours
_DENSITY = 2e-15 / 1e-12  # F/m^2, of a capacitor between metals: assumed


def input_capacitance(node: Node) -> float:
    """Of one input of a gate, F."""
    return _INPUT * node.length / 45e-9


def switching(node: Node, gates: float, voltage: float | None = None) -> float:
    """Energy of `gates` whose outputs go up and down once, J: C V^2 each, C three inputs."""
    v = node.v_dd if voltage is None else voltage
    return gates * _SWITCHED * node.length / 45e-9 * v**2


def area(node: Node, gates: float) -> float:
    """Of `gates`, m^2."""
    return gates * _AREA * node.area_from(45)


def leakage(node: Node, gates: float) -> float:
    """Power of `gates` that do nothing, W."""
    return gates * _LEAKAGE * node.energy_from(45)


def leakage_of_area(node: Node, area: float) -> float:
    """Power of logic of `area` m^2 that does nothing, W: of as many gates as fill it."""
    return leakage(node, area / (_AREA * node.area_from(45)))


def delay(node: Node, levels: float) -> float:
    """Of `levels` gates behind one another, s; each drives four (`Node.fo4`)."""
    return levels * node.fo4


def capacitor_area(capacitance: float) -> float:
    """Of a capacitor between metals, m^2: 2 fF/um^2, assumed."""
    return capacitance / _DENSITY
