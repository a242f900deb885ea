"""Technology nodes: one table for the wires of the circuit and for the energy model.

Sources: metal-1 width and resistance per length from the NeuroSim parameter file (resistivity over
width with barrier correction); energy polynomials f(V) = a2 V^2 + a1 V + a0 of Stillmaker and Baas,
Integration 58, 74 (2017), as tabulated in hwcomponents' ``techscaling.py``; supply from the
NeuroSim table. Wire capacitance 0.2 fF/um (NeuroSim, hwcomponents).
"""

from dataclasses import dataclass

from xbarsim.errors import SpecError

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
    """

    length: float
    metal_width: float
    wire_resistance: float
    v_dd: float
    v_nominal: float
    energy_polynomial: tuple[float, float, float]

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
        a2, a1, a0 = self.energy_polynomial
        return a2 * self.v_nominal**2 + a1 * self.v_nominal + a0


def _node(nm: float, width: float, ohm_per_um: float, v_dd: float, v_nominal: float,
          polynomial: tuple[float, float, float]) -> Node:  # fmt: skip
    return Node(length=nm * 1e-9, metal_width=width * 1e-9, wire_resistance=ohm_per_um * 1e6,
                v_dd=v_dd, v_nominal=v_nominal, energy_polynomial=polynomial)  # fmt: skip


NODES = {
    130: _node(130, 175, 0.48, 1.3, 1.2, (7.171, -6.709, 2.904)),
    90: _node(90, 110, 1.49, 1.2, 1.1, (4.762, -4.781, 2.092)),
    65: _node(65, 105, 1.43, 1.1, 1.1, (3.755, -4.398, 1.975)),
    45: _node(45, 80, 2.60, 1.0, 1.0, (1.103, -0.362, 0.2767)),
    32: _node(32, 56, 5.70, 0.9, 0.97, (0.9559, -0.7823, 0.471)),
    22: _node(22, 40, 11.6, 0.85, 0.9, (0.373, -0.1582, 0.04104)),
    16: _node(16, 32, 19.7, 0.8, 0.86, (0.2958, -0.1241, 0.03024)),
    10: _node(10, 22, 52.8, 0.75, 0.83, (0.2068, -0.09311, 0.02375)),
    7: _node(7, 20, 69.5, 0.7, 0.80, (0.1776, -0.09097, 0.02447)),
}


def node(length: float) -> Node:
    """The node of feature size `length` (m).

    Raises
    ------
    SpecError : the table has no such node.
    """
    nm = round(length * 1e9)
    if nm not in NODES or abs(length * 1e9 - nm) > 1e-6:
        raise SpecError(
            f"technology_node is {length * 1e9:g} nm; known nodes: "
            f"{', '.join(f'{n} nm' for n in NODES)}"
        )
    return NODES[nm]
