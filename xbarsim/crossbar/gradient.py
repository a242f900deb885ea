"""Derivatives of an array's outputs by every conductance, input and wire, exact to rounding."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from xbarsim.backend import Array, array_namespace, require_memory, to_numpy
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.reverse import slopes
from xbarsim.crossbar.solve import check_inputs
from xbarsim.crossbar.tree import blas_for, by_parts, cut, together
from xbarsim.crossbar.wires import Lines, Ohms, Wires, check_conductances, lines_of
from xbarsim.errors import SpecError, suggestion

_FEW = 12  # inputs up to which solving each and its adjoint costs less than the way down the tree

Route = Literal["auto", "adjoint", "tree"]


@dataclass(frozen=True, kw_only=True)
class WireGradient:
    """Derivatives by the resistances of `Wires`, each shaped as it, per ohm."""

    r_word: Ohms
    r_bit: Ohms
    r_source: Ohms
    r_sense: Ohms


@dataclass(frozen=True, kw_only=True)
class Gradient:
    """Derivatives of ``L = sum(grad_i * i_out)``.

    Parameters
    ----------
    g : by each conductance, (rows, cols), per siemens.
    v : by each input, (..., rows), per volt.
    wires : by each resistance; a resistance given as one number gets the sum over its segments.
        ``nan`` for a line that has no resistance at all and two ends: how its current divides, and
        so the derivative, depends on which resistances begin to grow.
    """

    g: Array
    v: Array
    wires: WireGradient


def gradient(g: Array, v: Array, wires: Wires, grad_i: Array, *, route: Route = "auto") -> Gradient:
    """Derivatives of ``sum(grad_i * i_out)`` by conductances, inputs and wires.

    Parameters
    ----------
    g : conductances, (rows, cols) S; computed on the host in float64.
    v : source voltages, (..., rows) V.
    wires : line and terminal resistances, without broken segments.
    grad_i : derivatives of some loss by the output currents, (..., cols), per ampere.
    route : ``tree`` runs backwards through the joins that make the transfer matrix, at about three
        times its cost whatever the number of inputs; ``adjoint`` solves each input and its adjoint
        circuit, sources and sense amplifiers exchanged; ``auto`` takes the cheaper. Both agree to
        the accuracy of `xbarsim.crossbar.solve`.

    Raises
    ------
    SpecError : as `xbarsim.crossbar.solve`; shapes that disagree; a broken segment.
    ResourceError : what the way back must keep would not fit into memory.

    Notes
    -----
    With u the drop across a cell in the circuit and u* in the adjoint one, whose sense ends stand
    at `grad_i` and whose sources at zero, dL/dg = -u u*, and for a resistance with the currents j
    and j*, dL/dr = j j* (Director and Rohrer 1969, IEEE Trans. Circuit Theory 16, 318).
    """
    xp = array_namespace(g, v)
    g, v, grad_i = (np.asarray(to_numpy(a), dtype=float) for a in (g, v, grad_i))
    check_inputs(g, v)
    if g.ndim != 2:
        raise SpecError(f"g has shape {g.shape}; the gradient takes one array, (rows, cols)")
    if grad_i.shape != (*v.shape[:-1], g.shape[1]):
        raise SpecError(
            f"grad_i has shape {grad_i.shape}; it must be {(*v.shape[:-1], g.shape[1])} as i_out is"
        )
    if route not in get_args(Route):
        raise SpecError(f"no route '{route}'{suggestion(str(route), get_args(Route))}")
    lines = lines_of(wires, g.shape)
    _check_whole(lines)
    sources, weights = v.reshape(-1, g.shape[0]), grad_i.reshape(-1, g.shape[1])
    if route == "adjoint" or (route == "auto" and len(sources) <= _FEW):
        dg, dv, by_line = _adjoint(g, sources, weights, lines)
    else:
        with blas_for(g.shape):
            dg, dv, by_line = _tree(g, sources, weights, lines)
    dv = xp.asarray(dv.reshape(v.shape))
    return Gradient(g=xp.asarray(dg), v=dv, wires=_by_wires(_undecided(by_line, lines), wires))


def transfer_slope(g: Array, wires: Wires, weight: Array) -> Array:
    """Derivatives of ``sum(weight * transfer_matrix(g, wires))`` by every conductance.

    Parameters
    ----------
    g : (..., rows, cols) S, leading axes being separate arrays; computed on the host in float64.
    wires : without broken segments.
    weight : derivatives of some loss by the transfer matrices, of g's shape, per siemens.

    Raises
    ------
    SpecError : as `xbarsim.crossbar.transfer_matrix`; shapes that disagree; a broken segment.
    ResourceError : what the way back must keep would not fit into memory.
    """
    xp, shape = array_namespace(g, weight), g.shape
    if weight.shape != shape:
        raise SpecError(f"weight has shape {weight.shape}; g has {shape}")
    if wires.ideal:
        return weight
    g, weight = (to_numpy(a).astype(float).reshape(-1, *shape[-2:]) for a in (g, weight))
    check_conductances(g)
    lines = lines_of(wires, shape[-2:])
    _check_whole(lines)
    each, tasks = together(len(g), shape[-2:])
    need = 2.0 * g.nbytes + each * tasks * _kept(shape[-2:], lines)
    require_memory(need, f"the gradient of arrays of {shape}", xp)
    found = by_parts(lambda part: _down(g[part], lines, weight[part])[0], len(g), shape[-2:])
    return xp.asarray(np.concatenate(found)).reshape(shape)


def _check_whole(lines: Lines) -> None:
    if np.isinf(lines.word[:, :-1]).any() or np.isinf(lines.bit[1:]).any():
        raise SpecError("wires hold a broken segment (inf ohm); a gradient by it is not defined")


def _undecided(by_line: Lines, lines: Lines) -> Lines:
    """Nan for lines that no resistance parts from both of their ends, see `Gradient`."""
    word, bit = lines.joined
    by_word = np.where(word[:, None], np.nan, by_line.word)
    return Lines(by_word, np.where(bit, np.nan, by_line.bit))


def _tree(g: Array, v: Array, grad_i: Array, lines: Lines) -> tuple[Array, Array, Lines]:
    xp = array_namespace(g)
    rows, cols = g.shape
    require_memory(_kept(g.shape, lines), f"the gradient of an array of {g.shape}", xp)
    dg, by_line, t = _down(g[None], lines, (v.T @ grad_i)[None])
    word, bit = by_line.word[-rows:], by_line.bit[:, :cols]
    word = xp.concatenate([word[:, :cols], word[:, -1:]], axis=1)
    bit = xp.concatenate([bit[:1], bit[-rows:]], axis=0)
    return dg[0], grad_i @ t[0].T, Lines(word, bit)


def _kept(shape: tuple[int, int], lines: Lines) -> float:
    """Bytes that the joins of an array take while they are kept, in double precision."""
    rows, cols = shape
    ends = 12.0 * rows**2 * (not np.isinf(lines.word[:, -1]).all())
    ends += 12.0 * cols**2 * (not np.isinf(lines.bit[0]).all())
    return 8.0 * (150.0 * rows * cols + ends)


def _down(g: Array, lines: Lines, weight: Array) -> tuple[Array, Lines, Array]:
    """Derivatives of ``sum(weight * t)`` by cells and, with lines not in use, by lines; and t."""
    xp, (rows, cols) = array_namespace(g), g.shape[-2:]
    grid = cut(g, lines)
    padded = xp.zeros_like(grid.g)
    padded[:, -rows:, :cols] = weight
    dg, by_line, t = slopes(grid, padded)
    return dg[:, -rows:, :cols], by_line, t[:, -rows:, :cols]


def _adjoint(g: Array, v: Array, grad_i: Array, lines: Lines) -> tuple[Array, Array, Lines]:
    xp = array_namespace(g)
    require_memory(120.0 * len(v) * g.size, f"the gradient of an array of {g.shape}", xp)
    driven = line_solve(g, lines, Ends(left=v, right=v))
    sensed = line_solve(g, lines, Ends(top=grad_i, bottom=grad_i))
    drop, adjoint_drop = (nodes.v_word - nodes.v_bit for nodes in (driven, sensed))
    dg = -xp.einsum("kij,kij->ij", drop, adjoint_drop)
    word = xp.einsum("kij,kij->ij", driven.i_word, sensed.i_word)
    bit = xp.einsum("kij,kij->ij", driven.i_bit, sensed.i_bit)
    dv = -sensed.i_cell.sum(axis=-1)
    return dg, dv, Lines(word, bit)


def _by_wires(by_line: Lines, wires: Wires) -> WireGradient:
    source = by_line.word[:, 0] + (by_line.word[:, -1] if wires.sides == 2 else 0.0)
    sense = by_line.bit[-1] + (by_line.bit[0] if wires.sense_sides == 2 else 0.0)
    found = {
        "r_word": by_line.word[:, 1:-1],
        "r_bit": by_line.bit[1:-1],
        "r_source": source,
        "r_sense": sense,
    }
    uniform = {name: np.ndim(getattr(wires, name)) == 0 for name in found}
    return WireGradient(**{n: float(s.sum()) if uniform[n] else s for n, s in found.items()})
