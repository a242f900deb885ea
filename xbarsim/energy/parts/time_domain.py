"""Parts that compute with the time of a pulse: TIMELY, Li et al. 2020, table II, at 65 nm.

Scaled as logic is. The table has neither times nor leakage; time is that of the pulses, which are
the read's, and leakage is 0.
"""

from xbarsim.energy.component import Cost, Model
from xbarsim.technology import Node

_SOURCE = "TIMELY, Li et al. 2020, table II, as in hwcomponents-library; scatter assumed"
_NODES = {"node": (7e-9, 130e-9)}


def _at(node: Node, energy: float, area: float) -> Cost:
    return Cost(energy=energy * node.energy_from(65), area=area * node.area_from(65))


def time_to_digital(node: Node, bits: float) -> Cost:
    """145 fJ and 310 um^2 for 8 bits; both double with each bit, as hwcomponents-library has it."""
    scale = 2.0 ** (bits - 8)
    return _at(node, 145e-15 * scale, 310e-12 * scale)


def charging_comparator(node: Node) -> Cost:
    """A column's current charges a capacitor to a threshold: 41.7 fJ, 40 um^2."""
    return _at(node, 41.7e-15, 40e-12)


def current_adder(node: Node) -> Cost:
    """Adds two currents: 36.8 fJ, 40 um^2."""
    return _at(node, 36.8e-15, 40e-12)


def sum_buffer(node: Node) -> Cost:
    """Repeats a partial sum between arrays (PSubBuf): 2.3 fJ, 5 um^2."""
    return _at(node, 2.3e-15, 5e-12)


TIME_TO_DIGITAL = Model(
    name="timely", costs=time_to_digital, scatter=0.7, valid={"bits": (4, 10), **_NODES},
    source=_SOURCE,
)  # fmt: skip
CHARGING_COMPARATOR = Model(
    name="timely", costs=charging_comparator, scatter=0.7, valid=_NODES, source=_SOURCE
)
CURRENT_ADDER = Model(name="timely", costs=current_adder, scatter=0.7, valid=_NODES, source=_SOURCE)
SUM_BUFFER = Model(name="timely", costs=sum_buffer, scatter=0.7, valid=_NODES, source=_SOURCE)
