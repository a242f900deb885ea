"""Every node voltage and current of a wired array whose cells are not ohmic."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from xbarsim.backend import Array, array_namespace, require_memory, to_numpy
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.laws import CellLaw, per_cell
from xbarsim.crossbar.solve import Solution, check_inputs
from xbarsim.crossbar.wires import Lines, Wires, lines_of
from xbarsim.errors import ConvergenceError, SpecError

#: cells solved together: enough for the inner solver to spread, few enough for the caches
_CHUNK_CELLS = 2**18
#: tolerance of the first linear solve, and of the later ones over the square of the mismatch
_LOOSEST, _FORCING = 1e-3, 0.1
#: a step is long enough where the slope of the co-content has fallen by this factor
_FLATTER = 0.5
#: conductance of a cell in the first solve, over its g, at most: what that solve can hold
_LARGEST_CHORD = 1e6
#: halvings of a step at most
_HALVINGS = 30


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
            residual=float(self.residual.max()),
            iterations=iterations,
        )


def solve_nonlinear(
    g: Array,
    v: Array,
    wires: Wires,
    law: CellLaw,
    *,
    gate: Any = None,
    rtol: float = 1e-10,
    max_iterations: int = 50,
) -> Solution:
    r"""Solve an array of cells that follow `law`.

    Newton's method: each step solves the array with cells of conductance :math:`g_k = di/du` and a
    current source :math:`i(u_k) - g_k u_k` beside each, and no more exactly than the step deserves;
    the first one takes the conductances that the cells would have without wires,
    :math:`i(v)/v`. As no law falls, the solution is the minimum of a convex function, the
    co-content; a step is shortened until the slope of that function along it has halved, so that
    the method converges from everywhere.

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
    rtol : accepted residual.
    max_iterations : Newton steps at most.

    Returns
    -------
    solution : in float64; its `residual` is the largest mismatch of Kirchhoff's current law, summed
        over the nodes of a line, over the largest current of any source; its `iterations` are
        Newton steps. Both are those of the worst input.

    Raises
    ------
    SpecError : what `solve` refuses; a gate voltage is missing, not finite or of another shape, or
        `law` has no gate.
    ResourceError : the computation would not fit into memory.
    ConvergenceError : the residual still exceeds `rtol` after `max_iterations` steps.

    References
    ----------
    Millar, "Some general theorems for non-linear systems possessing resistance", Philosophical
    Magazine 42, 1150 (1951), for the co-content.
    """
    xp = array_namespace(g, v)
    host_g, host_v = (np.asarray(to_numpy(a)) for a in (g, v))
    check_inputs(host_g, host_v)
    host_g, host_v = host_g.astype(float, copy=False), host_v.astype(float, copy=False)
    shape = host_g.shape[-2:]
    stack, batch = host_g.reshape(-1, *shape), host_v.reshape(-1, shape[0])
    gates = _gates(law, gate, host_v.shape[:-1], shape)
    size = max(1, _CHUNK_CELLS // stack[0].size)
    require_memory(
        8.0 * stack[0].size * (3 * len(batch) + 24 * min(size, len(batch))),
        f"solving {len(batch)} inputs of nonlinear {shape} arrays",
    )
    lines, parts = lines_of(wires, shape), []
    for start in range(0, len(batch), size):
        chunk = np.arange(start, min(start + size, len(batch)))
        cells = _Cells(
            law,
            stack[0] if len(stack) == 1 else stack[chunk // (len(batch) // len(stack))],
            gates if gates is None or len(gates) == 1 else gates[chunk],
        )
        parts.append(_newton(cells, batch[chunk], lines, rtol, max_iterations))
    return _joined(parts, host_v.shape[:-1], xp)


def _gates(law: CellLaw, gate: Any, leading: tuple[int, ...], shape: tuple[int, int]) -> Array:
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


def _newton(cells: _Cells, v: Array, lines: Lines, rtol: float, max_iterations: int) -> Solution:
    """The solution for sources (k, rows), all of them at once; problems drop out when solved."""
    k, solved = len(v), _Solved.empty(len(v), cells.g.shape[-2:])
    conductance, injected = _chords(cells, v), None
    left, start, last, inner = np.arange(k), None, None, _LOOSEST
    for iteration in range(1, max_iterations + 1):
        ends = Ends(left=v, right=v)
        nodes = line_solve(conductance, lines, ends, injected=injected, start=start, rtol=inner)
        new = _State.at(nodes.v_word - nodes.v_bit, nodes.i_cell, cells)
        missed = _mismatch(new, nodes)
        more = missed > rtol
        if not more.all():
            solved.store(left, ~more, nodes, new, missed)
            left, v, cells, new, missed = (
                left[more],
                v[more],
                cells.of(more),
                new.of(more),
                missed[more],
            )
            last = last and last.of(more)
        if not len(left):
            return solved.solution(iteration)
        start = nodes.v_bit[more]
        last = _shortened(last, new, cells) if last else new
        conductance, injected = last.slope, last.i - last.slope * last.u
        inner = float(np.clip(_FORCING * missed.max() ** 2, _FORCING * rtol, _LOOSEST))
    raise ConvergenceError(
        f"{len(left)} of {k} inputs of an array of {type(cells.law).__name__} were not solved "
        f"within {max_iterations} Newton steps: Kirchhoff's current law is missed by "
        f"{missed.max():.2g} of the largest source current, at most {rtol:g} is accepted"
    )


def _chords(cells: _Cells, v: Array) -> Array:
    """Conductances of the cells at the voltages that they would have without wires, S."""
    u = np.broadcast_to(v[:, :, None], (len(v), *cells.g.shape[-2:]))
    i, slope = cells.current(u)
    return np.clip(np.divide(i, u, out=slope, where=u != 0), 0.0, _LARGEST_CHORD * cells.g)


def _mismatch(state: _State, nodes: Any) -> Array:
    """Largest mismatch of Kirchhoff's current law on any line, over the largest source current."""
    missed = np.abs(state.i - state.supplied)
    worst = np.maximum(missed.sum(axis=1).max(axis=1), missed.sum(axis=2).max(axis=1))
    sources = np.maximum(np.abs(nodes.i_word_left), np.abs(nodes.i_word_right)).max(axis=1)
    nothing = np.where(worst > 0, np.inf, 0.0)
    return np.divide(worst, sources, out=nothing, where=sources > 0) + nodes.residual


def _shortened(old: _State, new: _State, cells: _Cells) -> _State:
    """The point between `old` and `new` at which the co-content is flat enough along the step.

    The wires are linear: what they supply is interpolated with the voltages. The slope of the
    convex co-content along the step rises, from a negative value at `old`; the step is halved until
    it has come near 0.
    """
    step, more = new.u - old.u, new.supplied - old.supplied
    first, slope = _slope(old, step), _slope(new, step)
    steep = (first < 0) & (slope > -_FLATTER * first)
    low, high, t = np.zeros(len(step)), np.ones(len(step)), np.ones(len(step))
    for _ in range(_HALVINGS):
        if not steep.any():
            break
        low, high = np.where(slope < 0, t, low), np.where(slope < 0, high, t)
        t = np.where(steep, 0.5 * (low + high), t)
        part = t[:, None, None]
        new = _State.at(old.u + part * step, old.supplied + part * more, cells)
        slope = _slope(new, step)
        steep &= np.abs(slope) > -_FLATTER * first
    return new


def _slope(state: _State, step: Array) -> Array:
    """Derivative of the co-content along `step`, for each problem, A V."""
    return np.einsum("kij,kij->k", state.i - state.supplied, step)


def _joined(parts: list[Solution], leading: tuple[int, ...], xp: Any) -> Solution:
    """One solution of the leading axes of the inputs, in the array library `xp`."""

    def whole(name: str) -> Array:
        values = np.concatenate([getattr(part, name) for part in parts])
        return xp.asarray(values.reshape(*leading, *values.shape[1:]))

    return Solution(
        i_out=whole("i_out"),
        v_word=whole("v_word"),
        v_bit=whole("v_bit"),
        i_cell=whole("i_cell"),
        residual=max(part.residual for part in parts),
        iterations=max(part.iterations for part in parts),
    )
