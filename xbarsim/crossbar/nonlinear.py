"""Every node voltage and current of a wired array whose cells are not ohmic."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from xbarsim.backend import Array, array_namespace, require_memory, to_numpy
from xbarsim.crossbar.floating import Floating, unwired_drops
from xbarsim.crossbar.iteration import Ends, check_rtol, line_solve, volts_of
from xbarsim.crossbar.laws import CellLaw, per_cell
from xbarsim.crossbar.solve import (
    Solution,
    check_inputs,
    driven_by,
    joined,
    lines_with,
    shaped,
)
from xbarsim.crossbar.wires import Lines, Wires
from xbarsim.errors import ConvergenceError, SpecError

#: cells solved together: enough for the inner solver to spread, few enough for the caches
_CHUNK_CELLS = 2**18
#: tolerance of the first linear solve, of the later ones over the square of the mismatch, and least
_LOOSEST, _FORCING, _TIGHTEST = 1e-3, 0.1, 1e-16
#: a step is long enough where the slope of the co-content has fallen by this factor
_FLATTER = 0.5
#: conductance of a cell in the first solve, over its g, at most: what that solve can hold
_LARGEST_CHORD = 1e6
#: halvings of a step at most
_HALVINGS = 30
_SIDES = ("left", "right", "top", "bottom")

#: steps at most; an exponential that is overshot comes down by a factor of e in each
MAX_ITERATIONS = 100


class _Cells(NamedTuple):
    """The cells of k problems."""

    law: CellLaw
    g: Array  # (rows, cols), shared, or (k, rows, cols) S
    gate: Array | None  # V; 3 axes that broadcast with (k, rows, cols)

    def current(self, u: Array) -> tuple[Array, Array]:
        return self.law.current(u, self.g, self.gate)

    def of(self, problems: Any) -> "_Cells":
        """The cells of some of the problems only."""
        g = self.g[problems] if self.g.ndim == 3 else self.g
        gate = self.gate
        if gate is not None and len(gate) > 1:
            gate = gate[problems]
        return _Cells(self.law, g, gate)


@dataclass
class _State:
    """Where each of k problems stands; all (k, rows, cols)."""

    u: Array  # voltage across the cells, V
    supplied: Array  # what the wires carry to each cell at these voltages, A
    i: Array  # what the cell draws by its law, A
    slope: Array  # of the law, S

    @classmethod
    def at(cls, u: Array, supplied: Array, cells: _Cells) -> "_State":
        return cls(u, supplied, *cells.current(u))

    def of(self, problems: Any) -> "_State":
        return _State(*(a[problems] for a in (self.u, self.supplied, self.i, self.slope)))


@dataclass
class _Solved:
    """What is known of k problems, filled as they are solved; axes as in `Solution`."""

    i_out: Array
    v_word: Array
    v_bit: Array
    i_cell: Array
    residual: Array

    @classmethod
    def empty(cls, k: int, shape: tuple[int, int]) -> "_Solved":
        word, bit, cell = (np.empty((k, *shape)) for _ in range(3))
        return cls(np.empty((k, shape[1])), word, bit, cell, np.empty(k))

    def store(self, left: Array, done: Array, nodes: Any, state: _State, missed: Array) -> None:
        """Keep those of the problems `left` that are `done`."""
        found = left[done]
        self.i_out[found] = state.i[done].sum(axis=1)
        self.v_word[found], self.v_bit[found] = nodes.v_word[done], nodes.v_bit[done]
        self.i_cell[found], self.residual[found] = state.i[done], missed[done]

    def solution(self, iterations: int) -> Solution:
        return Solution(
            i_out=self.i_out,
            v_word=self.v_word,
            v_bit=self.v_bit,
            i_cell=self.i_cell,
            residual=float(self.residual.max(initial=0.0)),
            iterations=iterations,
        )


def solve_nonlinear(
    g: Array,
    v: Array,
    wires: Wires,
    law: CellLaw,
    *,
    gate: Any = None,
    ends: Ends | None = None,
    rtol: float = 1e-10,
    max_iterations: int = MAX_ITERATIONS,
) -> Solution:
    r"""Solve an array of cells that follow `law`.

    Newton's method: each step solves the array with cells of conductance :math:`g_k = di/du` and a
    current source :math:`i(u_k) - g_k u_k` beside each, and no more exactly than the step deserves;
    the first one takes the conductances that the cells would have without wires,
    :math:`i(v)/v`, floating lines being guessed. As no law falls, the solution is the minimum of a
    convex function, the co-content; a step is shortened until the slope of that function along it
    has halved, so that the method converges from everywhere.

    Parameters
    ----------
    g : conductance of each cell, (rows, cols) S, as `law` understands it; or a stack of arrays,
        (..., rows, cols).
    v : source voltages, (..., rows) V; for a stack of arrays (..., k, rows), matched as in
        ``v @ g``.
    wires : line and terminal resistances.
    law : of the cells.
    gate : gate voltage of cells with three terminals, V: a number, one for each row, (rows,), or
        what broadcasts with (..., rows, cols), the leading axes being those of `v`.
    ends : what the line ends stand at, as `solve` takes it.
    rtol : accepted residual, above 0 and below 1.
    max_iterations : Newton steps at most.

    Returns
    -------
    solution : in float64; its `residual` is the largest mismatch of Kirchhoff's current law, summed
        over the nodes of a line, over the largest current of any source, which is a line end that
        does not stand at 0 V; and on lines, or parts of them, that nothing drives, over the current
        of that part, which may be many orders smaller. Its `iterations` are Newton steps. Both are
        those of the worst input.

    Raises
    ------
    SpecError : what `solve` refuses; a gate voltage is missing, not finite or of another shape, or
        `law` has no gate.
    ResourceError : the computation would not fit into memory.
    ConvergenceError : the residual still exceeds `rtol` after `max_iterations` steps, or nothing
        decides the voltage of a line that floats, as no cell on it conducts at that voltage.

    References
    ----------
    Millar, "Some general theorems for non-linear systems possessing resistance", Philosophical
    Magazine 42, 1150 (1951), for the co-content.
    """
    xp = array_namespace(g, v)
    host_g, host_v = (np.asarray(to_numpy(a)) for a in (g, v))
    check_inputs(host_g, host_v)
    host_g, host_v = host_g.astype(float, copy=False), host_v.astype(float, copy=False)
    shape, leading = host_g.shape[-2:], host_v.shape[:-1]
    if not host_v.size:
        return shaped(_Solved.empty(0, shape).solution(0), leading, xp)
    stack, batch = host_g.reshape(-1, *shape), host_v.reshape(-1, shape[0])
    found = solve_lines(
        stack,
        lines_with(wires, ends, shape),
        driven_by(batch, ends and _repeated(ends, len(stack))),
        law,
        gates=gates_of(law, gate, leading, shape),
        rtol=rtol,
        max_iterations=max_iterations,
    )
    return shaped(found, leading, xp)


def _repeated(ends: Ends, arrays: int) -> Ends:
    """`ends` of the inputs of one array for those of each."""
    sides = {name: np.asarray(to_numpy(getattr(ends, name)), float) for name in _SIDES}
    return Ends(**{n: np.tile(v, (arrays, 1)) if v.ndim == 2 else v for n, v in sides.items()})


def solve_lines(
    g: Array,
    lines: Lines,
    ends: Ends,
    law: CellLaw,
    *,
    gates: Array | None = None,
    rtol: float = 1e-10,
    max_iterations: int = MAX_ITERATIONS,
) -> Solution:
    """What `line_solve` is to ohmic cells: any line end open, joined or in between.

    Parameters
    ----------
    g : conductances as `law` understands them, (k, rows, cols) S, or (1, rows, cols) for all.
    lines : resistances.
    ends : voltages of the line ends, each a number, (lines,) or (k, lines) V; k may be a multiple
        of the arrays, whose inputs then follow one another.
    law : of the cells.
    gates : as `gates_of` gives them.
    rtol, max_iterations : as `solve_nonlinear` takes them.

    Returns
    -------
    solution : with one leading axis, k.

    Raises
    ------
    SpecError, ResourceError, ConvergenceError : as `solve_nonlinear` says.
    """
    check_rtol(rtol)
    ends, k = _every(ends, g)
    size = max(1, _CHUNK_CELLS // g[0].size)
    require_memory(
        8.0 * g[0].size * ((6 if k > size else 3) * k + 24 * min(size, k)),
        f"solving {k} inputs of nonlinear {g.shape[-2:]} arrays",
    )
    parts = []
    for start in range(0, k, size):
        chunk = np.arange(start, min(start + size, k))
        cells = _Cells(
            law,
            g[0] if len(g) == 1 else g[chunk // (k // len(g))],
            gates if gates is None or len(gates) == 1 else gates[chunk],
        )
        parts.append(_newton(cells, _ends_of(ends, chunk), lines, rtol, max_iterations))
    return joined(parts)


def _every(ends: Ends, g: Array) -> tuple[Ends, int]:
    """All ends as (k, lines), and the number of problems."""
    sides = volts_of(ends, g.shape[-2:])
    k = max(len(g), *(len(v) for v in sides.values() if v.ndim == 2), 1)
    rows, cols = g.shape[-2:]
    shapes = {"left": (k, rows), "right": (k, rows), "top": (k, cols), "bottom": (k, cols)}
    for name, volts in sides.items():
        try:
            sides[name] = np.broadcast_to(volts, shapes[name])
        except ValueError:
            raise SpecError(
                f"ends.{name} has shape {volts.shape}; expected {shapes[name]}"
            ) from None
    return Ends(**sides), k


def _ends_of(ends: Ends, problems: Array) -> Ends:
    """The ends of some of the problems only."""
    return Ends(**{name: getattr(ends, name)[problems] for name in _SIDES})


def gates_of(law: CellLaw, gate: Any, leading: tuple[int, ...], shape: tuple[int, int]) -> Array:
    """`gate` with one axis for all inputs, of length 1 where they share it; None without gates."""
    if not law.needs_gate:
        if gate is not None:
            raise SpecError(f"gate is given, but {type(law).__name__} has two terminals, no gate")
        return None
    if gate is None:
        raise SpecError(f"gate is missing; {type(law).__name__} needs a gate voltage, in V")
    values = np.asarray(to_numpy(gate), dtype=float)
    if not np.isfinite(values).all():
        raise SpecError(f"gate holds {int((~np.isfinite(values)).sum())} voltages not finite")
    whole = (*leading, *shape)
    values = per_cell(values, np.empty(shape))
    try:
        fits = np.broadcast_shapes(values.shape, whole) == whole
    except ValueError:
        fits = False
    if not fits:
        raise SpecError(
            f"gate has shape {np.shape(gate)}; it must be a number, ({shape[0]},), or broadcast "
            f"with {whole}"
        )
    if values.ndim <= 2:
        return values.reshape(1, *(1,) * (2 - values.ndim), *values.shape)
    values = np.broadcast_to(values, (*leading, *values.shape[-2:]))
    return values.reshape(-1, *values.shape[-2:])


def _newton(cells: _Cells, ends: Ends, lines: Lines, rtol: float, max_iterations: int) -> Solution:
    """The solution for `ends` (k, lines), all of them at once; problems drop out when solved."""
    k, floating = len(ends.left), Floating.of(lines)
    solved = _Solved.empty(k, cells.g.shape[-2:])
    conductance, injected = _chords(cells, unwired_drops(ends, lines)), None
    left, start, last, inner = np.arange(k), None, None, _LOOSEST
    for iteration in range(1, max_iterations + 1):
        nodes = line_solve(conductance, lines, ends, injected=injected, start=start, rtol=inner)
        new = _State.at(nodes.v_word - nodes.v_bit, nodes.i_cell, cells)
        off = _mismatch(new, nodes)
        missed = np.maximum(off, floating.mismatch(nodes, new.i, new.slope, cells.g))
        more = missed > rtol
        if not more.all():
            solved.store(left, ~more, nodes, new, missed)
            left, ends, cells, new = left[more], _ends_of(ends, more), cells.of(more), new.of(more)
            off, missed, last = off[more], missed[more], last and last.of(more)
        if not len(left):
            return solved.solution(iteration)
        start = nodes.v_bit[more]
        last = _shortened(last, new, cells) if last else new
        conductance, injected = last.slope, last.i - last.slope * last.u
        inner = _tolerance(float(off.max()), rtol, inner)
    raise ConvergenceError(
        f"{len(left)} of {k} inputs of an array of {type(cells.law).__name__} were not solved "
        f"within {max_iterations} Newton steps: {_told(off.max(), missed.max())}; at most {rtol:g} "
        "is accepted"
    )


def _tolerance(off: float, rtol: float, last: float) -> float:
    """What the next linear solve may leave over; less each time if only floating lines need it."""
    if off <= rtol:
        return max(_FORCING * last, _TIGHTEST)
    return min(max(_FORCING * off**2, _FORCING * rtol), _LOOSEST)


def _told(off: float, missed: float) -> str:
    """What is missed, by the whole array and by the lines that float."""
    if np.isinf(missed):
        return (
            "a line that floats is held by less than 1e-20 S, so that nothing decides its voltage"
        )
    told = f"Kirchhoff's current law is missed by {off:.2g} of the largest source current"
    return f"{told}, by {missed:.2g} of that of a line that floats" if missed > off else told


def _chords(cells: _Cells, u: Array) -> Array:
    """Conductances of the cells at the voltages `u`, S."""
    i, slope = cells.current(u)
    return np.clip(np.divide(i, u, out=slope, where=u != 0), 0.0, _LARGEST_CHORD * cells.g)


def _mismatch(state: _State, nodes: Any) -> Array:
    """Largest mismatch of Kirchhoff's current law on any line, over the largest source current."""
    missed = np.abs(state.i - state.supplied)
    worst = np.maximum(missed.sum(axis=1).max(axis=1), missed.sum(axis=2).max(axis=1))
    sources = _largest_source(nodes)
    nothing = np.where(worst > 0, np.inf, 0.0)
    return np.divide(worst, sources, out=nothing, where=sources > 0) + nodes.residual


def _largest_source(nodes: Any) -> Array:
    """Largest current at any line end that does not stand at 0 V, (k,) A."""
    ends = nodes.ends
    sides = (
        (ends.left, "i_word_left"),
        (ends.right, "i_word_right"),
        (ends.top, "i_top"),
        (ends.bottom, "i_bottom"),
    )
    largest = np.zeros(len(ends.left))
    for volts, current in sides:
        if volts.any():
            found = np.where(volts != 0, np.abs(getattr(nodes, current)), 0.0)
            largest = np.maximum(largest, found.max(axis=1))
    return largest


def _shortened(old: _State, new: _State, cells: _Cells) -> _State:
    """The point between `old` and `new` at which the co-content is flat enough along the step.

    The wires are linear: what they supply is interpolated with the voltages. The slope of the
    convex co-content along the step rises, from a negative value at `old`; the step is halved until
    it has come near 0. The cells' part of that value is known exactly; the wires' can only add to
    it, and is left out where a loose linear solve gives it the other sign.
    """
    step, more = new.u - old.u, new.supplied - old.supplied
    wires = np.maximum(-_along(more, step), 0.0)
    first = -_along(old.slope * step, step) - wires
    slope = _along(new.i - new.supplied, step)
    final = new.supplied
    steep = slope > -_FLATTER * first
    low, high, t = np.zeros(len(step)), np.ones(len(step)), np.ones(len(step))
    for _ in range(_HALVINGS):
        if not steep.any():
            break
        low, high = np.where(slope < 0, t, low), np.where(slope < 0, high, t)
        t = np.where(steep, 0.5 * (low + high), t)
        part = t[:, None, None]
        new = _State.at(old.u + part * step, old.supplied + part * more, cells)
        slope = _along(new.i - final, step) - (1 - t) * wires
        steep &= np.abs(slope) > -_FLATTER * first
    return new


def _along(currents: Array, step: Array) -> Array:
    """What currents of the cells add to the co-content along `step`, for each problem, A V."""
    return np.einsum("kij,kij->k", currents, step)
