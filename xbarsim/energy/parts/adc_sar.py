"""Successive approximation from its physics: comparator, logic, switched capacitors, noise."""

from xbarsim.constants import BOLTZMANN
from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import gates
from xbarsim.technology import Node

_COMPARISON = 10e-15  # J at 28 nm, see `comparison`
_LEAST_UNIT = 1e-15  # F, that is matched well enough: assumed
_GATES = 10  # a bit, of the logic: unverified
_LEVELS = 20  # gate delays a bit, for comparator, logic and settling: assumed
_VALID = {"bits": (1.0, 16.0), "node": (7e-9, 130e-9), "voltage": (0.3, 3.3)}


def comparison(node: Node) -> float:
    """One decision of a clocked analogue comparator, J.

    10 fJ at 28 nm, the middle of 5 to 20 fJ (unverified); scaled as logic is, which is ours.
    """
    return _COMPARISON * node.energy_from(28)


def total_capacitance(bits: float, voltage: float, temperature: float = 300.0) -> float:
    """Smallest capacitance that holds k T / C noise below that of quantisation, F.

    12 k T 4^b / V^2, for a full scale of `voltage`.
    """
    return 12 * BOLTZMANN * temperature * 4**bits / voltage**2


def conventional_switching(bits: int) -> float:
    """Mean energy of all codes over C_u V^2: sum_i 2^(b+1-2i) (2^i - 1); unverified."""
    return float(sum(2.0 ** (bits + 1 - 2 * i) * (2**i - 1) for i in range(1, bits + 1)))


def monotonic_switching(bits: int) -> float:
    """Mean energy of all codes over C_u V^2: sum_i 2^(b-2-i), i < b; unverified."""
    return float(sum(2.0 ** (bits - 2 - i) for i in range(1, bits)))


def sar(
    node: Node,
    bits: float,
    voltage: float | None = None,
    capacitance: float | None = None,
    temperature: float = 300.0,
) -> Cost:
    """A comparison a bit with logic, and an array of capacitors switched in the textbook's way.

    Parameters
    ----------
    voltage : reference and full scale, V; None: the node's supply.
    capacitance : of the unit, F; None: 1 fF (assumed), or what noise needs if that is more.
    """
    return _sar(node, bits, voltage, capacitance, temperature, conventional_switching(round(bits)))


def sar_monotonic(
    node: Node,
    bits: float,
    voltage: float | None = None,
    capacitance: float | None = None,
    temperature: float = 300.0,
) -> Cost:
    """As `sar`, with capacitors that only go down (Liu et al. 2010); see `monotonic_switching`."""
    return _sar(node, bits, voltage, capacitance, temperature, monotonic_switching(round(bits)))


def _sar(
    node: Node,
    bits: float,
    voltage: float | None,
    capacitance: float | None,
    temperature: float,
    switched: float,
) -> Cost:
    v = node.v_dd if voltage is None else voltage
    units = 2.0**bits
    least = max(_LEAST_UNIT, total_capacitance(bits, v, temperature) / units)
    unit = least if capacitance is None else capacitance
    return Cost(
        energy=bits * (comparison(node) + gates.switching(node, _GATES)) + switched * unit * v**2,
        time=gates.delay(node, _LEVELS * (bits + 1)),
        area=gates.capacitor_area(units * unit) + gates.area(node, _GATES * bits),
        leakage=gates.leakage(node, _GATES * bits),
    )


def floor(
    node: Node, bits: float, voltage: float | None = None, temperature: float = 300.0
) -> Cost:
    """Thermal limit: the least capacitor for the noise, charged once to full scale.

    12 k T 4^b whatever the voltage. No comparator and no logic: no design. Monotonic switching
    draws a quarter of it from its reference, as the input charges the capacitors. Time and leakage
    are 0, as noise alone sets none.
    """
    v = node.v_dd if voltage is None else voltage
    c = total_capacitance(bits, v, temperature)
    return Cost(energy=c * v**2, area=gates.capacitor_area(c))


SAR = Model(
    name="sar", costs=sar, scatter=gates.SCATTER, valid=_VALID,
    source="physics: conventional switching (unverified), 10 fJ comparisons at 28 nm (unverified), "
    "10 gates a bit; capacitor unit, area and time assumed; scatter assumed",
)  # fmt: skip
SAR_MONOTONIC = Model(
    name="sar_monotonic", costs=sar_monotonic, scatter=gates.SCATTER, valid=_VALID,
    source="as sar, with the monotonic switching of Liu et al., IEEE JSSC 45, 731 (2010), "
    "unverified",
)  # fmt: skip
FLOOR = Model(
    name="floor", costs=floor, valid=_VALID,
    source="k T / C noise equal to that of quantisation; a limit, so that it has no scatter",
)  # fmt: skip
