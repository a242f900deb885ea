"""Every node voltage and current of a wired array under given inputs."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.backend import Array, array_namespace, require_memory, to_numpy
from xbarsim.crossbar.iteration import RTOL, Ends, check_volts, line_solve
from xbarsim.crossbar.transfer import transfer_matrix
from xbarsim.crossbar.wires import Lines, Wires, check_conductances, lines_of
from xbarsim.errors import BrokenLinesError, SpecError

if TYPE_CHECKING:
    from xbarsim.crossbar.laws import CellLaw

_MANY = 20  # inputs from which their outputs alone come cheaper by the transfer matrix


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A solved array; leading axes are those of ``v @ g``.

    Parameters
    ----------
    i_out : current out of each bit line, (..., cols) A.
    v_word, v_bit : voltages of the word-line and bit-line nodes, (..., rows, cols) V; None where
        they were not asked for.
    i_cell : current through each cell, word line to bit line, (..., rows, cols) A, or None.
    residual : error left, as `xbarsim.crossbar.iteration.Nodes` and `solve_nonlinear` define it, 1.
    iterations : steps taken, the most for any input; 0 by the transfer matrix, which is direct.
    """

    i_out: Array
    v_word: Array
    v_bit: Array
    i_cell: Array
    residual: float
    iterations: int = 0


def solve(
    g: Array,
    v: Array,
    wires: Wires,
    *,
    law: "CellLaw | None" = None,
    gate: Any = None,
    ends: Ends | None = None,
    nodes: bool = True,
    rtol: float = RTOL,
) -> Solution:
    """Solve the array `g` driven by `v`.

    Parameters
    ----------
    g : cell conductances, (rows, cols) S; or a stack of arrays, (..., rows, cols). Computed in
        float64, returned in the precision of `g`, or with a law in float64.
    v : source voltages, (..., rows) V; for a stack of arrays (..., k, rows), matched as in
        ``v @ g``.
    wires : line and terminal resistances.
    law : of cells that are not ohmic, from `xbarsim.crossbar.laws`; see `solve_nonlinear`.
    gate : gate voltages of cells with three terminals, V.
    ends : what the other line ends stand at, (lines,) V; ``nan`` leaves an end open, one that is
        not given stands at 0 V, and `left` is always `v` (`passive.Bias` floats word lines). Each
        end that is not open has the resistance that `wires` gives its line.
        None takes the ends from `wires`: `sides` and `sense_sides`.
    nodes : whether node voltages and cell currents are wanted. Without them, many inputs are
        answered by the transfer matrix.
    rtol : accepted residual.

    Raises
    ------
    SpecError : a conductance or voltage is not finite, a conductance is negative, the largest
        voltage of an input is neither 0 nor within 1e-100..1e100 V, the shapes disagree, or part of
        the array has no path to any line end.
    ResourceError : the computation would not fit into memory.
    ConvergenceError : `rtol` was not reached: conductances and resistances are too far apart.
    """
    xp = array_namespace(g, v)
    g, v = xp.asarray(g), xp.asarray(v)
    check_inputs(g, v)
    if law is not None:
        from xbarsim.crossbar.nonlinear import solve_nonlinear

        found = solve_nonlinear(g, v, wires, law, gate=gate, ends=ends, rtol=rtol)
        return found if nodes else replace(found, v_word=None, v_bit=None, i_cell=None)
    if gate is not None:
        raise SpecError("gate is given without a law; ohmic cells have no gate")
    many = v.size // v.shape[-1] if g.ndim == 2 else v.shape[-2]
    if not nodes and ends is None and many >= _MANY:
        try:
            i_out = (v @ transfer_matrix(g.astype(float), wires)).astype(g.dtype)
            return Solution(i_out=i_out, v_word=None, v_bit=None, i_cell=None, residual=0.0)
        except BrokenLinesError:  # that the iteration can do
            pass
    found = _iterated(g, v, wires, ends, rtol)
    return found if nodes else replace(found, v_word=None, v_bit=None, i_cell=None)


def check_inputs(g: Array, v: Array) -> None:
    """Refuse what cannot be solved.

    Raises
    ------
    SpecError : as `solve` says.
    """
    check_conductances(g)
    if v.ndim < 1 or v.shape[-1] != g.shape[-2]:
        raise SpecError(f"v has shape {v.shape}; its last axis must hold {g.shape[-2]} word lines")
    if g.ndim > 2 and (v.ndim != g.ndim or v.shape[:-2] != g.shape[:-2]):
        raise SpecError(
            f"v has shape {v.shape} and g {g.shape}; for a stack of arrays v must be "
            f"{(*g.shape[:-2], 'k', g.shape[-2])}"
        )
    check_volts(v, "v")


def _iterated(g: Array, v: Array, wires: Wires, ends: Ends | None, rtol: float) -> Solution:
    """One array after another, each for all of its inputs (..., k, rows)."""
    xp = array_namespace(g)
    shape = (g.shape[-2], g.shape[-1])
    arrays = to_numpy(g).reshape(-1, *shape)
    inputs = to_numpy(v).reshape(len(arrays), -1, shape[0])
    lines = lines_with(wires, ends, shape)
    if len(arrays) > 1:
        require_memory(32.0 * inputs.size * shape[1], f"solving {len(arrays)} arrays of {shape}")
    solved = [
        line_solve(array, lines, driven_by(given, ends), rtol=rtol)
        for array, given in zip(arrays, inputs, strict=True)
    ]

    def whole(parts: list[Array]) -> Array:
        stacked = np.stack(parts) if len(parts) > 1 else parts[0]
        return xp.asarray(stacked.reshape(*v.shape[:-1], *shape), dtype=g.dtype)

    i_cell = whole([nodes.i_cell for nodes in solved])
    return Solution(
        i_out=i_cell.sum(axis=-2),
        v_word=whole([nodes.v_word for nodes in solved]),
        v_bit=whole([nodes.v_bit for nodes in solved]),
        i_cell=i_cell,
        residual=max(nodes.residual for nodes in solved),
        iterations=max(nodes.iterations for nodes in solved),
    )


def driven_by(v: Array, ends: Ends | None) -> Ends:
    """What all line ends stand at for inputs `v`, (k, rows) V, and `ends` as `solve` takes it."""
    return Ends(left=v, right=v) if ends is None else replace(ends, left=v)


def lines_with(wires: Wires, ends: Ends | None, shape: tuple[int, int]) -> Lines:
    """Lines terminated as `wires` says; or, given `ends`, everywhere but where a voltage is nan.

    Raises
    ------
    SpecError : an end is open for one input and driven for another, or voltages do not fit `shape`.
    """
    if ends is None:
        return lines_of(wires, shape)
    lines = lines_of(replace(wires, sides=2, sense_sides=2), shape).copy()
    places = {"right": lines.word[:, -1], "top": lines.bit[0], "bottom": lines.bit[-1]}
    for name, place in places.items():
        volts = np.asarray(to_numpy(getattr(ends, name)), dtype=float)
        if volts.ndim > 2 or (volts.ndim and volts.shape[-1] != len(place)):
            raise SpecError(f"ends.{name} has shape {volts.shape}; expected (k, {len(place)})")
        check_volts(np.where(np.isnan(volts), 0.0, np.atleast_1d(volts)), f"ends.{name}")
        is_open = np.isnan(np.atleast_2d(volts + np.zeros(len(place))))
        if bool((is_open != is_open[0]).any()):
            raise SpecError(f"ends.{name} is open (nan) for some inputs and driven for others")
        place[is_open[0]] = np.inf
    return lines
