"""Technology nodes: one table for the wires of the circuit and for the energy model.

Sources: metal-1 width and resistance per length from the NeuroSim parameter file (resistivity over
width with barrier correction); energy polynomials f(V) = a2 V^2 + a1 V + a0 of Stillmaker and Baas,
Integration 58, 74 (2017), as tabulated in hwcomponents' ``techscaling.py``; supply from the
NeuroSim table. Wire capacitance 0.2 fF/um (NeuroSim, hwcomponents). Area ratios of Stillmaker and
Baas, from the same table as the polynomials; their cubic polynomials of the delay as tabulated in
nodeScale (UCLA NanoCAD).

The polynomials are those of low-power processes at 45 and 32 nm and of high-performance ones from
22 nm (the paper's 20 nm) on, which is part of the step between them. Wires and supply of 14 nm are
those of 16 nm, for which alone the NeuroSim file has them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from math import exp, log

from xbarsim.checks import check_number
from xbarsim.errors import SpecError
from xbarsim.units import show

WIRE_CAPACITANCE = 0.2e-15 / 1e-6  # F/m
_COUPLING = 0.46e-15  # F, of a cell at 130 nm to its line, see `Node.c_word`
#: a 1T1R cell of 4 F x 12 F, F the metal-1 width: along the word line, along the bit line
CELL_PITCH = (4.0, 12.0)


@dataclass(frozen=True, kw_only=True)
class Node:
    """A technology node.

    Parameters
    ----------
    length : nominal feature size, m.
    metal_width : metal-1 width F, m.
    wire_resistance : metal-1 resistance per length, ohm/m.
    v_dd : supply, V.
    v_nominal : supply at which `energy_polynomial` gives the node's nominal energy, V.
    energy_polynomial : a2, a1, a0 of Stillmaker and Baas.
    area_ratio : area of the same logic over that at 45 nm.
    delay_polynomial : a3 to a0 of Stillmaker and Baas.
    slowness : delay over that at the nominal supply, see `supplied`.
    interpolated : whether the node is none of the table, see `node`.
    """

    length: float
    metal_width: float
    wire_resistance: float
    v_dd: float
    v_nominal: float
    energy_polynomial: tuple[float, float, float]
    area_ratio: float
    delay_polynomial: tuple[float, float, float, float]
    slowness: float = 1.0
    interpolated: bool = False

    @property
    def cell_pitch(self) -> tuple[float, float]:
        """Cell pitch along a word line and along a bit line, m."""
        along_word, along_bit = CELL_PITCH
        return along_word * self.metal_width, along_bit * self.metal_width

    @property
    def r_segment(self) -> tuple[float, float]:
        """Resistance of one cell pitch of word line and of bit line, ohm."""
        along_word, along_bit = self.cell_pitch
        return self.wire_resistance * along_word, self.wire_resistance * along_bit

    @property
    def c_segment(self) -> tuple[float, float]:
        """Wire capacitance of one cell pitch of word line and of bit line, F."""
        along_word, along_bit = self.cell_pitch
        return WIRE_CAPACITANCE * along_word, WIRE_CAPACITANCE * along_bit

    @property
    def c_word(self) -> float:
        """Capacitance of a word line in one cell pitch, F.

        Gate 1.5 fF and 0.6 fF of coupling and wire a cell are the layout values of NeuRRAM at
        130 nm (CiMLoop, macro ``wan``: 585.6 fF for 256 cells, 48 fF of them the driver). Of the
        0.6 fF the node's own wire capacitance is one part; the other parts scale with the node, and
        that scaling is ours.
        """
        return (1.5e-15 + _COUPLING) * self.length / 130e-9 + self.c_segment[0]

    @property
    def c_bit(self) -> float:
        """Capacitance of a bit line in one cell pitch, F: wire, and the coupling of `c_word`.

        That a cell couples as much to its bit line as to its word line is ours.
        """
        return _COUPLING * self.length / 130e-9 + self.c_segment[1]

    @property
    def switching_factor(self) -> float:
        """Stillmaker and Baas' f at the nominal supply; ratios scale digital energy."""
        return self._factor(self.v_nominal)

    @property
    def supplies(self) -> tuple[float, float]:
        """Smallest and largest supply at which `energy_at` is taken to hold, V.

        The paper's own range could not be looked up; this one is ours: from 0.5 V, or where the
        polynomial stops to fall with the supply if that is higher, to 1.3 times the nominal supply.
        """
        a2, a1, _ = self.energy_polynomial
        return max(0.5, -a1 / (2 * a2)), 1.3 * self.v_nominal

    def energy_at(
        self, v: float, *, extrapolate: bool = False, told: list[str] | None = None
    ) -> float:
        """Energy of a switch of logic at supply `v`, over that of the 45 nm node at 1 V.

        Parameters
        ----------
        v : supply, V.
        extrapolate : whether supplies beyond `supplies` are taken; then `told` is given a warning,
            and from the nearest end on the energy goes with v^2.

        Raises
        ------
        SpecError : no supply, or one beyond the range.
        """
        held = self._held(v, extrapolate, told)
        return self._factor(held) * (v / held) ** 2 / NODES[45].switching_factor

    def delay_at(
        self, v: float, *, extrapolate: bool = False, told: list[str] | None = None
    ) -> float:
        """Delay of logic at supply `v` over that at the nominal supply.

        Parameters and errors as of `energy_at`. Where the polynomial rises with the supply again
        its smallest value is held, and beyond `supplies` that of the nearest end.
        """
        held = self._held(v, extrapolate, told)
        return self._delay(held) / self._delay(self.v_nominal)

    def supplied(
        self, v: float, *, extrapolate: bool = False, told: list[str] | None = None
    ) -> "Node":
        """The node run at supply `v`: capacitances, logic and delays all follow.

        Parameters and errors as of `energy_at`. Do this once, from a node at its nominal supply.
        """
        held = self._held(v, extrapolate, told)
        polynomial = self.energy_polynomial
        if v != held:
            polynomial = (self._factor(held) / held**2, 0.0, 0.0)
        slowness = self._delay(held) / self._delay(self.v_nominal)
        return replace(self, v_dd=v, v_nominal=v, energy_polynomial=polynomial, slowness=slowness)

    def energy_from(self, nm: float) -> float:
        """Energy of logic over that at `nm` nanometres, both at their nominal supplies."""
        return self.switching_factor / node(nm * 1e-9).switching_factor

    def area_from(self, nm: float) -> float:
        """Area of logic over that at `nm` nanometres, after Stillmaker and Baas."""
        return self.area_ratio / node(nm * 1e-9).area_ratio

    @property
    def fo4(self) -> float:
        """Delay of an inverter that drives four, s.

        0.4 ps per nanometre at the nominal supply: a rule of thumb, unverified.
        """
        return 0.4e-12 * self.length / 1e-9 * self.slowness

    def _held(self, v: float, extrapolate: bool, told: list[str] | None) -> float:
        """The supply within `supplies` that is nearest to `v`."""
        check_number("supply", v, 0.0, unit="volt", above=True)
        low, high = self.supplies
        held = min(max(v, low), high)
        if v != held:
            fault = (
                f"supply is {show(v, 'volt')} at {show(self.length, 'meter')}; logic is known for "
                f"{show(low, 'volt')} to {show(high, 'volt')}"
            )
            if not extrapolate:
                raise SpecError(f"{fault}. Set extrapolate to go beyond")
            if told is not None and fault not in told:
                told.append(fault)
        return held

    def _delay(self, v: float) -> float:
        low, steps = self.supplies[0], 64
        a3, a2, a1, a0 = self.delay_polynomial
        below = (low + (v - low) * step / steps for step in range(steps + 1))
        return min(a3 * x**3 + a2 * x**2 + a1 * x + a0 for x in below)

    def _factor(self, v: float) -> float:
        a2, a1, a0 = self.energy_polynomial
        return a2 * v**2 + a1 * v + a0


def _node(nm: float, width: float, ohm_per_um: float, v_dd: float, v_nominal: float,
          polynomial: tuple[float, float, float], area: float,
          delay: tuple[float, float, float, float]) -> Node:  # fmt: skip
    return Node(length=nm * 1e-9, metal_width=width * 1e-9, wire_resistance=ohm_per_um * 1e6,
                v_dd=v_dd, v_nominal=v_nominal, energy_polynomial=polynomial,
                area_ratio=area, delay_polynomial=delay)  # fmt: skip


NODES = {
    130: _node(130, 175, 0.48, 1.3, 1.2, (7.171, -6.709, 2.904), 6.4,
               (-76.65, 334.9, -493.4, 275.8)),
    90: _node(90, 110, 1.49, 1.2, 1.1, (4.762, -4.781, 2.092), 2.8,
              (-60.34, 262.5, -384.2, 210.9)),
    65: _node(65, 105, 1.43, 1.1, 1.1, (3.755, -4.398, 1.975), 1.5,
              (-53.3, 230.4, -333.9, 178.6)),
    45: _node(45, 80, 2.60, 1.0, 1.0, (1.103, -0.362, 0.2767), 1.0,
              (-285.7, 1239.0, -1795.0, 898.8)),
    32: _node(32, 56, 5.70, 0.9, 0.97, (0.9559, -0.7823, 0.471), 0.46,
              (-325.9, 1374.0, -1922.0, 913.2)),
    22: _node(22, 40, 11.6, 0.85, 0.9, (0.373, -0.1582, 0.04104), 0.21,
              (0.0, 34.63, -66.37, 41.15)),
    16: _node(16, 32, 19.7, 0.8, 0.86, (0.2958, -0.1241, 0.03024), 0.19,
              (0.0, 24.8, -47.52, 28.87)),
    14: _node(14, 32, 19.7, 0.8, 0.86, (0.2363, -0.09675, 0.02239), 0.17,
              (-40.66, 109.2, -100.6, 35.92)),
    10: _node(10, 22, 52.8, 0.75, 0.83, (0.2068, -0.09311, 0.02375), 0.10,
              (-34.95, 93.65, -85.99, 30.4)),
    7: _node(7, 20, 69.5, 0.7, 0.80, (0.1776, -0.09097, 0.02447), 0.059,
             (-28.58, 76.6, -70.26, 24.69)),
}  # fmt: skip


@cache
def node(length: float) -> Node:
    """The node of feature size `length` (m), from the table or between two of its nodes.

    Between them, widths, resistances, supplies and areas are straight lines of the logarithms
    over that of the length. The polynomials are weighted means of the neighbours' of which energy
    and delay at the nominal supply lie on such lines, too. All of this is ours; such a node is
    `interpolated`.

    Raises
    ------
    SpecError : no number, or a length outside the table.
    """
    shortest, longest = min(NODES) * 1e-9, max(NODES) * 1e-9
    known = ", ".join(f"{n} nm" for n in NODES)
    check_number("technology_node", length, unit="meter")
    if not shortest * (1 - 1e-9) <= length <= longest * (1 + 1e-9):
        raise SpecError(
            f"technology_node is {length * 1e9:g} nm; it must lie from {shortest * 1e9:g} nm to "
            f"{longest * 1e9:g} nm (known nodes: {known}; those between are interpolated)"
        )
    nm = round(length * 1e9)
    if nm in NODES and abs(length * 1e9 - nm) <= 1e-6:
        return NODES[nm]
    above = min((n for n in NODES.values() if n.length > length), key=lambda n: n.length)
    below = max((n for n in NODES.values() if n.length < length), key=lambda n: n.length)
    return _between(below, above, length)


def _between(below: Node, above: Node, length: float) -> Node:
    part = log(length / below.length) / log(above.length / below.length)

    def line(low: float, high: float) -> float:
        return exp((1 - part) * log(low) + part * log(high))

    names = ("metal_width", "wire_resistance", "v_dd", "v_nominal", "area_ratio")
    values = {name: line(getattr(below, name), getattr(above, name)) for name in names}
    v = values["v_nominal"]

    def mixed(low: float, high: float, pairs: Iterable[tuple[float, float]]) -> list[float]:
        weight = (line(low, high) - low) / (high - low)
        return [(1 - weight) * a + weight * b for a, b in pairs]

    a2, a1, a0 = mixed(
        below._factor(v), above._factor(v),
        zip(below.energy_polynomial, above.energy_polynomial, strict=True),
    )  # fmt: skip
    b3, b2, b1, b0 = mixed(
        below._delay(v), above._delay(v),
        zip(below.delay_polynomial, above.delay_polynomial, strict=True),
    )  # fmt: skip
    return Node(
        length=length, energy_polynomial=(a2, a1, a0), delay_polynomial=(b3, b2, b1, b0),
        interpolated=True, **values,
    )  # fmt: skip
