"""Every node voltage and current of a wired array under given inputs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.backend import Array, array_namespace, native, require_memory, to_numpy
from xbarsim.crossbar.iteration import (
    RTOL,
    Ends,
    Nodes,
    check_rtol,
    check_volts,
    line_solve,
    volts_of,
)
from xbarsim.crossbar.transfer import transfer_matrix
from xbarsim.crossbar.wires import Lines, Wires, check_conductances, lines_of
from xbarsim.errors import BrokenLinesError, ConvergenceError, SpecError

if TYPE_CHECKING:
    from xbarsim.crossbar.laws import CellLaw

_ARRAYS = ("i_out", "v_word", "v_bit", "i_cell")
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
    residual : bound of the error of `i_out`, before it is rounded to the precision of `g`, as
        `xbarsim.crossbar.iteration.Nodes` defines it; or mismatch of currents, as `solve_nonlinear`
        does, 1.
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
        float64, returned in the precision of `g`.
    v : source voltages, (..., rows) V; for a stack of arrays (..., k, rows), matched as in
        ``v @ g``.
    wires : line and terminal resistances.
    law : of cells that are not ohmic, from `xbarsim.crossbar.laws`; see `solve_nonlinear`.
    gate : gate voltages of cells with three terminals, V.
    ends : what the other line ends stand at, (lines,) V; ``nan`` leaves an end open. `left` is
        always `v`, whatever it is given as: no left end can be open (`xbarsim.crossbar.passive`
        floats word lines). Each end that is not open has the resistance that `wires` gives its
        line. None takes the ends from `wires`: `sides` and `sense_sides`.
    nodes : whether node voltages and cell currents are wanted. Without them, many inputs are
        answered by the transfer matrix.
    rtol : accepted residual, above 0 and below 1.

    Raises
    ------
    SpecError : a conductance or voltage is not finite, a conductance is negative, the largest
        voltage of an input is neither 0 V nor within 1e-100..1e100 V, the shapes disagree, or part
        of the array has no path to any line end.
    ResourceError : the computation would not fit into memory.
    ConvergenceError : `rtol` was not reached: conductances and resistances are too far apart.

    Examples
    --------
    >>> import numpy as np
    >>> wires = Wires(r_word=10.0, r_bit=10.0)
    >>> s = solve(np.full((2, 2), 100e-6), np.array([0.2, 0.1]), wires)
    >>> 1e3 * s.v_word  # mV: the first cell stands at the source
    array([[200.       , 199.8003992],
           [100.       ,  99.9000999]])
    >>> s.residual < 1e-9
    True
    """
    xp = array_namespace(g, v)
    g, v = native(xp.asarray(g)), xp.asarray(v)
    check_inputs(g, v)
    check_rtol(rtol)
    if law is not None:
        from xbarsim.crossbar.nonlinear import solve_nonlinear

        solution = solve_nonlinear(g, v, wires, law, gate=gate, ends=ends, rtol=rtol)
        return _asked(solution, g, nodes)
    check_ohmic(gate)
    many = v.size // v.shape[-1] if g.ndim == 2 else v.shape[-2]
    found = _multiplied(g, v, wires) if not nodes and ends is None and many >= _MANY else None
    return found or _iterated(g, v, wires, ends, rtol, nodes)


def _multiplied(g: Array, v: Array, wires: Wires) -> Solution | None:
    """The outputs by the transfer matrix; None where a cell without segments keeps it from it."""
    try:
        t = transfer_matrix(g.astype(float, copy=False), wires)
    except (BrokenLinesError, ConvergenceError):  # the iteration can do these
        return None
    i_out = (v @ t).astype(g.dtype, copy=False)
    return Solution(i_out=i_out, v_word=None, v_bit=None, i_cell=None, residual=0.0)


def check_ohmic(gate: Any) -> None:
    """Refuse a gate voltage of cells without a law.

    Raises
    ------
    SpecError : there is one.
    """
    if gate is not None:
        raise SpecError("gate is given without a law; ohmic cells have no gate")


def check_inputs(g: Array, v: Array) -> None:
    """Refuse what cannot be solved.

    Raises
    ------
    SpecError : as `solve` says.
    """
    check_conductances(g)
    if v.dtype.kind not in "fiub":
        raise SpecError(f"v has dtype {v.dtype}; voltages must be real numbers, in V")
    if v.ndim < 1 or v.shape[-1] != g.shape[-2]:
        raise SpecError(f"v has shape {v.shape}; its last axis must hold {g.shape[-2]} word lines")
    if g.ndim > 2 and (v.ndim != g.ndim or v.shape[:-2] != g.shape[:-2]):
        raise SpecError(
            f"v has shape {v.shape} and g {g.shape}; for a stack of arrays v must be "
            f"{(*g.shape[:-2], 'k', g.shape[-2])}"
        )
    check_volts(v, "v")


def _iterated(
    g: Array, v: Array, wires: Wires, ends: Ends | None, rtol: float, nodes: bool
) -> Solution:
    """One array after another, each for all of its inputs (..., k, rows)."""
    shape = (g.shape[-2], g.shape[-1])
    arrays = to_numpy(g).reshape(-1, *shape)
    inputs = to_numpy(v).reshape(len(arrays), prod(v.shape[:-1]) // len(arrays), shape[0])
    if nodes and (len(arrays) > 1 or g.dtype != float):
        kept = 3.0 * g.itemsize * (2 if len(arrays) > 1 else 1) + 24.0 / len(arrays)
        require_memory(
            kept * inputs.size * shape[1],
            f"all nodes of arrays of {g.shape} for inputs of {v.shape}",
        )
    lines = lines_with(wires, ends, shape)
    parts = [
        _asked(_solution(line_solve(array, lines, driven_by(given, ends), rtol=rtol)), g, nodes)
        for array, given in zip(arrays, inputs, strict=True)
    ]
    return shaped(joined(parts), v.shape[:-1], array_namespace(g))


def _solution(nodes: Nodes) -> Solution:
    return Solution(
        i_out=nodes.i_cell.sum(axis=-2),
        v_word=nodes.v_word,
        v_bit=nodes.v_bit,
        i_cell=nodes.i_cell,
        residual=nodes.residual,
        iterations=nodes.iterations,
    )


def _asked(found: Solution, g: Array, nodes: bool) -> Solution:
    """A solution in the precision of `g`; outputs alone without `nodes`."""
    if not nodes:
        found = replace(found, v_word=None, v_bit=None, i_cell=None)
    return found if g.dtype == float else _changed(found, lambda array: array.astype(g.dtype))


def joined(parts: list[Solution]) -> Solution:
    """Solutions of some problems after those of others."""
    if len(parts) == 1:
        return parts[0]

    def whole(name: str) -> Array:
        arrays = [getattr(part, name) for part in parts]
        return None if arrays[0] is None else np.concatenate(arrays)

    return Solution(
        **{name: whole(name) for name in _ARRAYS},
        residual=max(part.residual for part in parts),
        iterations=max(part.iterations for part in parts),
    )


def shaped(found: Solution, leading: tuple[int, ...], xp: Any) -> Solution:
    """`found` with the leading axes of the inputs, in the array library `xp`."""
    return _changed(found, lambda array: xp.asarray(array.reshape(*leading, *array.shape[1:])))


def _changed(found: Solution, change: Callable[[Array], Array]) -> Solution:
    """`found` with `change` made to all arrays that it holds."""
    arrays = {name: getattr(found, name) for name in _ARRAYS}
    return Solution(
        **{n: None if array is None else change(array) for n, array in arrays.items()},
        residual=found.residual,
        iterations=found.iterations,
    )


def driven_by(v: Array, ends: Ends | None) -> Ends:
    """What all line ends stand at for inputs `v`, (k, rows) V, and `ends` as `solve` takes it."""
    return Ends(left=v, right=v) if ends is None else replace(ends, left=v)


def lines_with(wires: Wires, ends: Ends | None, shape: tuple[int, int]) -> Lines:
    """Lines terminated as `wires` says; or, given `ends`, everywhere but where a voltage is nan.

    Raises
    ------
    SpecError : an end is open for one input and driven for another, or voltages do not fit `shape`
        or what `solve` allows.
    """
    if ends is None:
        return lines_of(wires, shape)
    lines = lines_of(replace(wires, sides=2, sense_sides=2), shape).copy()
    places = {"right": lines.word[:, -1], "top": lines.bit[0], "bottom": lines.bit[-1]}
    volts = volts_of(replace(ends, left=0.0), shape)
    for name, place in places.items():
        given = np.atleast_2d(volts[name] + np.zeros(len(place)))
        is_open = np.isnan(given)
        some = is_open.any(axis=0)
        if bool((is_open != some).any()):
            raise SpecError(f"ends.{name} is open (nan) for some inputs and driven for others")
        check_volts(np.where(is_open, 0.0, given), f"ends.{name}")
        place[some] = np.inf
    return lines
