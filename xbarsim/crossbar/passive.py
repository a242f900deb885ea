"""Passive arrays: biasing one cell among unselected lines, what it costs, and what a read sees.

Without a selector in each cell, a voltage on the selected word and bit line also drives current
through cells that are not meant. The schemes that keep those voltages small, and their cost, are
those of A. Chen, "A comprehensive crossbar array model with solutions for line resistance and
nonlinear device characteristics", IEEE Trans. Electron Devices 60(4), 1318 (2013), and G. W. Burr
et al., "Access devices for 3D crosspoint memory", J. Vac. Sci. Technol. B 32(4), 040802 (2014).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar.iteration import Ends, Nodes, check_volts, line_solve
from xbarsim.crossbar.solve import Solution, check_ohmic
from xbarsim.crossbar.wires import Lines, Wires, check_conductances, lines_of
from xbarsim.errors import SpecError, suggestion

if TYPE_CHECKING:
    from xbarsim.crossbar.laws import CellLaw

Cell: TypeAlias = tuple[int, int]
Scheme = Literal["V/2", "V/3", "floating", "grounded"]
Pattern = Literal["worst", "best", "any"]

#: tolerance of the solver; small, as margins are differences of currents
_RTOL = 1e-11
#: voltage of unselected word lines and bit lines, as a share of the full one; None floats
_UNSELECTED: dict[str, tuple[float, float] | None] = {
    "V/2": (1 / 2, 1 / 2),
    "V/3": (1 / 3, 2 / 3),
    "grounded": (0.0, 0.0),
    "floating": None,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Bias:
    """What the ends of every line are held at while one cell is selected.

    Parameters
    ----------
    selected : row and column of the cell.
    v_word : voltage of each word line, (rows,) V; without meaning where it floats.
    v_bit : the same for bit lines, (cols,) V.
    word_floats, bit_floats : whether a line is left unconnected at both ends, (rows,), (cols,).
    """

    selected: Cell
    v_word: Array
    v_bit: Array
    word_floats: Array
    bit_floats: Array

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the array."""
        return len(self.v_word), len(self.v_bit)

    @property
    def ends(self) -> Ends:
        """The voltages as the solver takes them; both ends of a line have the same."""
        return Ends(left=self.v_word, right=self.v_word, top=self.v_bit, bottom=self.v_bit)

    def lines(self, wires: Wires) -> Lines:
        """`wires` with the ends of floating lines open.

        Word lines are driven where `wires` has sources, bit lines where it senses.

        Raises
        ------
        SpecError : an array of resistances does not fit the shape.
        """
        lines = lines_of(wires, self.shape).copy()
        for end in (0, -1):
            lines.word[self.word_floats, end] = np.inf
            lines.bit[end, self.bit_floats] = np.inf
        return lines


def half_select(
    rows: int, cols: int, selected: Cell, v_write: float, scheme: Scheme = "V/2"
) -> Bias:
    """The full voltage over one cell, and less over the others.

    The selected word line stands at `v_write`, the selected bit line at 0 V.

    Parameters
    ----------
    rows, cols : size of the array.
    selected : row and column of the cell.
    v_write : voltage across the selected cell if wires had no resistance, V; either sign.
    scheme : what unselected lines do. ``V/2``: all stand at half the voltage, so that half-selected
        cells (those that share a line with the selected one) see V/2 and the others nothing.
        ``V/3``: word lines at V/3 and bit lines at 2 V/3, so that every other cell sees V/3.
        ``floating``: they are left unconnected. ``grounded``: they stand at 0 V.

    Raises
    ------
    SpecError : there is no such cell or scheme, or the voltage is not finite.
    """
    _check_selection(rows, cols, selected, v_write, scheme)
    i, j = selected
    shares = _UNSELECTED[scheme]
    word, bit = shares or (0.0, 0.0)
    v_word, v_bit = np.full(rows, word * v_write), np.full(cols, bit * v_write)
    v_word[i], v_bit[j] = v_write, 0.0
    word_floats, bit_floats = np.full(rows, shares is None), np.full(cols, shares is None)
    word_floats[i] = bit_floats[j] = False
    return Bias(
        selected=(i, j), v_word=v_word, v_bit=v_bit, word_floats=word_floats, bit_floats=bit_floats
    )


def _check_selection(rows: int, cols: int, selected: Cell, volt: float, scheme: str) -> None:
    faults = _size_faults(rows, cols)
    if not faults and not (0 <= selected[0] < rows and 0 <= selected[1] < cols):
        faults.append(
            f"selected is {tuple(selected)}; the cells of this array go from (0, 0) to "
            f"({rows - 1}, {cols - 1})"
        )
    if not np.isfinite(volt):
        faults.append(f"the voltage of the selected line is {volt:g} V; it must be finite")
    if scheme not in _UNSELECTED:
        faults.append(f"no scheme {scheme!r}{suggestion(str(scheme), list(_UNSELECTED))}")
    if faults:
        raise SpecError(faults)
    check_volts(np.array([volt]), "the selected line")


def _size_faults(rows: int, cols: int) -> list[str]:
    if rows >= 1 and cols >= 1:
        return []
    return [f"the array has {rows} rows and {cols} cols; it must have at least 1 of each"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Access:
    """An array with one cell selected.

    Parameters
    ----------
    bias : what the lines are held at.
    v_cell : voltage across each cell, word line less bit line, (rows, cols) V.
    i_cell : current through each cell, (rows, cols) A.
    i_word : current that each word line's drivers feed into the array, (rows,) A.
    i_bit : current that each bit line's drivers take out of it, (cols,) A.
    residual : as `xbarsim.crossbar.iteration.Nodes` defines it, or `solve_nonlinear` for cells that
        are not ohmic, 1.
    """

    bias: Bias
    v_cell: Array
    i_cell: Array
    i_word: Array
    i_bit: Array
    residual: float

    @property
    def v_selected(self) -> float:
        """Voltage across the selected cell, V."""
        return float(self.v_cell[self.bias.selected])

    @property
    def v_half_selected(self) -> float:
        """Largest voltage, of either sign, across a half-selected cell, V; 0 if there is none."""
        return float(np.max(np.abs(self.v_cell), where=self._half, initial=0.0))

    @property
    def v_unselected(self) -> float:
        """Largest voltage, of either sign, across a cell that shares no selected line, V."""
        return float(np.max(np.abs(self.v_cell), where=self._others, initial=0.0))

    @property
    def i_driver(self) -> float:
        """Current from the driver of the selected word line, A."""
        return float(self.i_word[self.bias.selected[0]])

    @property
    def i_sense(self) -> float:
        """Current out of the selected bit line, A."""
        return float(self.i_bit[self.bias.selected[1]])

    @property
    def i_sneak(self) -> float:
        """Current out of the selected bit line that did not pass the selected cell, A."""
        return self.i_sense - float(self.i_cell[self.bias.selected])

    @property
    def p_selected(self) -> float:
        """Power of the selected cell, W."""
        return float(self._p_cell[self.bias.selected])

    @property
    def p_half_selected(self) -> float:
        """Power of all half-selected cells, W."""
        return float(np.sum(self._p_cell, where=self._half))

    @property
    def p_unselected(self) -> float:
        """Power of all cells that share no selected line, W."""
        return float(np.sum(self._p_cell, where=self._others))

    @property
    def p_wires(self) -> float:
        """Power of lines and terminals: what the drivers give less what the cells take, W."""
        return self.p_total - float(np.sum(self._p_cell))

    @property
    def p_total(self) -> float:
        """Power that all drivers give together, W; those that take current in give less than 0."""
        return float(self.bias.v_word @ self.i_word - self.bias.v_bit @ self.i_bit)

    @property
    def _p_cell(self) -> Array:
        return self.v_cell * self.i_cell

    @property
    def _half(self) -> Array:
        """Whether a cell shares exactly one line with the selected one."""
        i, j = self.bias.selected
        row, col = np.indices(self.v_cell.shape)
        return (row == i) ^ (col == j)

    @property
    def _others(self) -> Array:
        i, j = self.bias.selected
        row, col = np.indices(self.v_cell.shape)
        return (row != i) & (col != j)


def access(
    g: Array, wires: Wires, bias: Bias, *, law: "CellLaw | None" = None, gate: Any = None
) -> Access:
    """Solve an array under `bias`.

    Parameters
    ----------
    g : cell conductances, (rows, cols) S; for cells that are not ohmic, as `law` understands them.
    wires : line and terminal resistances.
    bias : what the line ends are held at.
    law : of cells that are not ohmic, from `xbarsim.crossbar.laws`.
    gate : gate voltage of cells with three terminals, V: a number, (rows,) or (rows, cols).

    Raises
    ------
    SpecError : conductances or shapes that do not fit, floating lines that no cell joins to a
        driven one, so that nothing decides their voltage, or a gate that `law` does not take.
    ConvergenceError : the circuit could not be solved to 1e-11: conductances and resistances
        are too far apart, or floating lines are held by cells that hardly conduct.
    """
    g = np.asarray(g, dtype=float)
    check_conductances(g)
    if g.shape != bias.shape:
        raise SpecError(f"g has shape {g.shape}; the bias is one of {bias.shape} lines")
    _check_joined(g, bias)
    return _accesses(g[None], bias.lines(wires), bias, law, gate)[0]


def _check_joined(g: Array, bias: Bias) -> None:
    """Refuse floating lines whose voltage nothing decides."""
    faults = [
        f"{name} {int(k)} floats and holds no cell that conducts: nothing decides its voltage"
        for name, floats, axis in (
            ("word line", bias.word_floats, 1),
            ("bit line", bias.bit_floats, 0),
        )
        for k in np.flatnonzero(floats & ~(g > 0).any(axis=axis))
    ]
    if faults:
        raise SpecError(faults[:8])


def _accesses(g: Array, lines: Lines, bias: Bias, law: "CellLaw | None", gate: Any) -> list[Access]:
    """One `Access` for each array of `g`, (k, rows, cols) S."""
    nodes = _solved(g, lines, bias.ends, law, gate)
    v_cell = nodes.v_word - nodes.v_bit
    i_word, i_bit = nodes.i_cell.sum(axis=-1), nodes.i_cell.sum(axis=-2)
    return [
        Access(
            bias=bias,
            v_cell=v_cell[k],
            i_cell=nodes.i_cell[k],
            i_word=i_word[k],
            i_bit=i_bit[k],
            residual=nodes.residual,
        )
        for k in range(len(g))
    ]


def _solved(
    g: Array, lines: Lines, ends: Ends, law: "CellLaw | None", gate: Any
) -> Nodes | Solution:
    """The circuit of each array of `g`, (k, rows, cols) S, whatever its cells are."""
    if law is None:
        check_ohmic(gate)
        return line_solve(g, lines, ends, rtol=_RTOL)
    from xbarsim.crossbar.nonlinear import gates_of, solve_lines

    gates = gates_of(law, gate, (), g.shape[1:])
    return solve_lines(g, lines, ends, law, gates=gates, rtol=_RTOL)


def write_voltage(
    g: Array,
    wires: Wires,
    selected: Cell,
    v_write: float,
    scheme: Scheme = "V/2",
    *,
    law: "CellLaw | None" = None,
    gate: Any = None,
) -> Access:
    """What cells see, and drivers pay, while one cell is programmed.

    Parameters
    ----------
    g, wires, law, gate : as `access` takes them.
    selected : row and column of the cell that is programmed.
    v_write : voltage of its word line, V; its bit line stands at 0 V.
    scheme : what unselected lines do, as `half_select` takes it.

    Raises
    ------
    SpecError, ConvergenceError : as `half_select` and `access` say.
    """
    g = np.asarray(g, dtype=float)
    check_conductances(g)
    rows, cols = _plane(g)
    bias = half_select(rows, cols, selected, v_write, scheme)
    return access(g, wires, bias, law=law, gate=gate)


def read_cell(
    g: Array,
    wires: Wires,
    selected: Cell,
    v_read: float,
    scheme: Scheme = "floating",
    *,
    law: "CellLaw | None" = None,
    gate: Any = None,
) -> Access:
    """The read of one cell: `Access.i_sense` is what is sensed, `Access.i_sneak` what is in excess.

    Parameters and errors are those of `write_voltage`. The bit line is sensed at a virtual ground.
    """
    return write_voltage(g, wires, selected, v_read, scheme, law=law, gate=gate)


def _plane(g: Array) -> tuple[int, int]:
    if g.ndim != 2:
        raise SpecError(f"g has shape {g.shape}; expected one array, (rows, cols)")
    return g.shape[0], g.shape[1]


def worst_cell(shape: tuple[int, int], wires: Wires) -> Cell:
    """The cell that the most resistance parts from its drivers; the first of several.

    With uniform wires, one source and one sense end: first row, last column. A line with two ends
    counts the parallel resistance of both ways.

    Raises
    ------
    SpecError : there is no cell, or an array of resistances does not fit `shape`.
    """
    if faults := _size_faults(*shape):
        raise SpecError(faults)
    lines = lines_of(wires, shape).copy()
    path = _both_ways(lines.word) + _both_ways(lines.bit.T).T
    i, j = np.unravel_index(np.argmax(path), shape)
    return int(i), int(j)


def _both_ways(segments: Array) -> Array:
    """Resistance from each cell to the ends of its line in parallel; (lines, cells + 1) ohm in."""
    left = np.cumsum(segments[:, :-1], axis=1)
    right = np.cumsum(segments[:, :0:-1], axis=1)[:, ::-1]
    with np.errstate(divide="ignore"):
        return 1 / (1 / left + 1 / right)


@dataclass(frozen=True, kw_only=True)
class Margin:
    """How well a read tells an on cell from an off cell.

    Parameters
    ----------
    i_on, i_off : current out of the selected bit line when the selected cell is on, and off, A.
    v_read : voltage of the selected word line, V.
    r_load : resistance that the selected bit line is sensed through, ohm.
    """

    i_on: float
    i_off: float
    v_read: float
    r_load: float

    @property
    def current(self) -> float:
        """Current margin (I_on - I_off) / I_on, 1; negative where one reference cannot do."""
        return (self.i_on - self.i_off) / self.i_on

    @property
    def voltage(self) -> float:
        """Normalised voltage margin, (I_on - I_off) r_load / v_read, 1.

        With unselected lines floating this is the swing over the pull-up voltage, with r_load the
        pull-up, of A. Flocke and T. G. Noll, "Fundamental analysis of resistive nano-crossbars for
        the use in hybrid nano/CMOS-memory", Proc. ESSCIRC 2007, 328.
        """
        return (self.i_on - self.i_off) * self.r_load / self.v_read


def read_margin(
    g_on: float,
    g_off: float,
    wires: Wires,
    shape: tuple[int, int],
    scheme: Scheme = "floating",
    *,
    pattern: Pattern = "worst",
    selected: Cell | None = None,
    v_read: float = 1.0,
    r_load: float = 0.0,
    law: "CellLaw | None" = None,
    gate: Any = None,
) -> Margin:
    """The margin of reading one cell among cells that are all on or all off.

    Parameters
    ----------
    g_on, g_off : conductances of the two states, S; 0 <= g_off < g_on; as `law` understands them.
    wires : line and terminal resistances.
    shape : rows and columns.
    scheme : what unselected lines do, as `half_select` takes it.
    pattern : the other cells. ``worst``: all on, in both reads, which gives the largest sneak
        current. ``best``: all off. ``any``: one reference for both, so the smaller I_on and the
        larger I_off. With floating lines and ohmic cells no other pattern is worse, as the
        conductance of the circuit between its two driven lines grows with that of every cell
        (Rayleigh). Nonlinear cells follow no such rule: a network of them may carry less when one
        conducts more (Cohen and Horowitz, "Paradoxical behaviour of mechanical and electrical
        networks", Nature 352, 699 (1991)).
    selected : the cell that is read; by default `worst_cell`.
    v_read : voltage of its word line, V.
    r_load : resistance between the selected bit line and ground besides `wires.r_sense`, ohm.

    Raises
    ------
    SpecError : a value out of its range, or a load on bit lines that are sensed at both ends.
    ConvergenceError : as `access` says.
    """
    _check_margin(g_on, g_off, wires, v_read, r_load, pattern)
    bias = half_select(*shape, selected or worst_cell(shape, wires), v_read, scheme)
    others = {"worst": [g_on], "best": [g_off], "any": [g_on, g_off]}[pattern]
    g = np.empty((2, len(others), *shape))
    g[:] = np.reshape(others, (-1, 1, 1))
    g[(0, slice(None), *bias.selected)] = g_on
    g[(1, slice(None), *bias.selected)] = g_off
    lines = bias.lines(wires)
    lines.bit[-1, bias.selected[1]] += r_load
    reads = _accesses(g.reshape(-1, *shape), lines, bias, law, gate)
    currents = [read.i_sense for read in reads]
    return Margin(
        i_on=min(currents[: len(others)], key=abs),
        i_off=max(currents[len(others) :], key=abs),
        v_read=v_read,
        r_load=r_load,
    )


def _check_margin(
    g_on: float, g_off: float, wires: Wires, v_read: float, r_load: float, pattern: str
) -> None:
    faults = []
    if not (0 <= g_off < g_on < np.inf):
        faults.append(f"g_off is {g_off:g} S and g_on {g_on:g} S; expected 0 <= g_off < g_on")
    if v_read == 0:
        faults.append("v_read is 0 V; a read needs a voltage")
    if not 0 <= r_load < np.inf:
        faults.append(f"r_load is {r_load:g} ohm; it must be finite and at least 0 ohm")
    elif r_load and wires.sense_sides == 2:
        faults.append("r_load needs bit lines sensed at one end; wires.sense_sides is 2")
    if pattern not in get_args(Pattern):
        faults.append(f"no pattern {pattern!r}{suggestion(str(pattern), get_args(Pattern))}")
    if faults:
        raise SpecError(faults)


def margins(
    sizes: Sequence[int],
    g_on: float,
    g_off: float,
    wires: Wires,
    scheme: Scheme = "floating",
    *,
    pattern: Pattern = "worst",
    v_read: float = 1.0,
    r_load: float = 0.0,
    law: "CellLaw | None" = None,
    gate: Any = None,
) -> list[Margin]:
    """`read_margin` of the worst cell of a square array of each size.

    `xbarsim.crossbar.pictures.margin_plot` draws them, ``[m.current for m in margins(...)]`` being
    the values of one line.

    Parameters
    ----------
    sizes : rows (and columns) of each array.
    g_on, g_off, wires, scheme, pattern, v_read, r_load, law, gate : as `read_margin` takes them;
        `wires` and `gate` with single numbers, as they must fit every size.

    Raises
    ------
    SpecError, ConvergenceError : as `read_margin` says.
    """
    return [
        read_margin(
            g_on,
            g_off,
            wires,
            (n, n),
            scheme,
            pattern=pattern,
            v_read=v_read,
            r_load=r_load,
            law=law,
            gate=gate,
        )  # fmt: skip
        for n in sizes
    ]
