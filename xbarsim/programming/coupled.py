r"""Cells of a switching law between wires: the circuit decides their voltages, they its currents.

The circuit is solved, all cells are advanced until the conductance of one has moved by
:math:`\varepsilon`, and it is solved again. Within such a step the voltage of each cell is a
straight line: first the one that the last two solutions suggest (the predictor), and after the
circuit has been solved at the end of the step the one that leads there (the corrector). So the
error of the coupling is of second order in :math:`\varepsilon`; where the two disagree by more than
a tenth of :math:`\varepsilon^2` the step is made again, shorter. The cells themselves are
integrated by `xbarsim.transient`, each with steps of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar.iteration import Ends, volts_of
from xbarsim.crossbar.wires import Lines
from xbarsim.device import SwitchingLaw, in_a_row
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.programming.crosstalk import Crosstalk
from xbarsim.programming.moments import SIDES, Circuit, Moment
from xbarsim.programming.wired_cells import flat_states, log_conductance
from xbarsim.transient.adaptive import Cells
from xbarsim.transient.compiled import integrator
from xbarsim.transient.simulate import check_temperature
from xbarsim.transient.waveform import check_waveform
from xbarsim.units import show

_SAFETY, _GROWTH, _SHRINK = 0.8, 2.0, 0.02
_SHORTEST, _BEGINNING = 1e-13, 1e-12  # of a step over the time passed, as in `transient.adaptive`
_WRONG = 0.1  # times epsilon squared: by how much predictor and corrector may disagree
_WHOLE = 1 - 1e-9  # of what is left of a segment counts as all of it
_EDGE = 2.0  # times epsilon: share of the largest line voltage that changes within one step


@dataclass(frozen=True, kw_only=True, eq=False)
class Coupled:
    """What became of an array; cells are (rows, cols).

    Parameters
    ----------
    state : of the law at the end, (states, rows, cols).
    t : times of the solutions that steps end with, (points,) s.
    solves : solutions of the circuit, those of steps made again included.
    v_cell : voltage across each cell at the end, V.
    v_peak : its value of largest magnitude on the way, V.
    v_word, v_bit : node voltages at the end, V.
    rise : warming of each cell's surroundings by the others at the end, K.
    rise_peak : its largest value on the way, K.
    energy : dissipated in each cell, J; this and the next two by the trapezoidal rule.
    energy_wires : in lines and terminals, J.
    energy_sources : given by what holds the line ends, J.
    imbalance : largest power of the sources that neither cells nor wires took at any moment, over
        the sum of the magnitudes of all powers, 1.
    """

    state: Array
    t: Array
    solves: int
    v_cell: Array
    v_peak: Array
    v_word: Array
    v_bit: Array
    rise: Array
    rise_peak: Array
    energy: Array
    energy_wires: float
    energy_sources: float
    imbalance: float


def couple(
    law: SwitchingLaw,
    state: Array,
    lines: Lines,
    t: Array,
    ends: Ends,
    *,
    epsilon: float = 0.05,
    v_read: float = 0.2,
    crosstalk: Crosstalk | None = None,
    temperature: Array | float | None = None,
    tolerance: float = 1e-6,
) -> Coupled:
    """Take an array of cells through piecewise linear voltages of its line ends.

    Parameters
    ----------
    law : a switching law; parameters that are arrays are (rows, cols).
    state : at the beginning, (states, rows, cols).
    lines : resistances; ends that are open float.
    t : times of the corners, ascending, (points,) s.
    ends : voltages there, each a number, (lines,) or (points, lines) V.
    epsilon : by how much the logarithm of a cell's conductance may move from one solution of the
        circuit to the next.
    v_read : voltage at which that conductance is taken, V.
    crosstalk : heat from cell to cell; None keeps each at its own. Begins with cold cells.
    temperature : of the surroundings, K, one number or (rows, cols); the law's own by default.
    tolerance : of the integration of each cell, see `xbarsim.transient.simulate`.

    Raises
    ------
    SpecError : what does not fit together, a state out of bounds, or a cell at a voltage that the
        law does not describe, which is named.
    ConvergenceError : the circuit cannot be solved, or steps become too short.
    """
    flat, shape = flat_states(law, state)
    t, corners = _corners(t, ends, lines, shape)
    _check(law, epsilon, v_read, tolerance)
    if crosstalk:
        crosstalk.check(law)
    ambient = np.asarray(law.ambient if temperature is None else temperature, dtype=float)
    if ambient.shape not in ((), shape):
        raise SpecError(f"temperature has shape {ambient.shape}; it must be one number or {shape}")
    check_temperature(ambient)
    circuit = Circuit(
        law=in_a_row(law, shape),
        shape=shape,
        lines=lines,
        ambient=np.broadcast_to(ambient, shape).reshape(-1),
        v_read=v_read,
        crosstalk=crosstalk,
    )
    run = _Run(circuit, epsilon, tolerance)
    run.begin(flat, float(t[0]), corners[0])
    for k in range(len(t) - 1):
        run.pass_segment(float(t[k]), float(t[k + 1]), corners[k], corners[k + 1])
    return run.result(corners[-1])


def _corners(
    t: Array, ends: Ends, lines: Lines, shape: tuple[int, int]
) -> tuple[Array, list[Ends]]:
    """Times, and what the line ends stand at then.

    Raises
    ------
    SpecError : they are no waveforms.
    """
    t = np.asarray(t, dtype=float)
    volts, far = volts_of(ends, shape), (lines.word.T, lines.bit)
    for name, side in volts.items():
        upright = name in ("top", "bottom")
        if side.ndim < 2:
            side = np.broadcast_to(side, (*np.shape(t), shape[upright]))
        ohms = far[upright][0 if name in ("left", "top") else -1]
        volts[name] = side = np.where(np.isinf(ohms), 0.0, side)  # open: of no account
        try:
            check_waveform(t, side)
        except SpecError as error:
            raise SpecError([f"ends.{name}: {fault}" for fault in error.faults]) from None
    return t, [Ends(**{name: side[k] for name, side in volts.items()}) for k in range(len(t))]


def _check(law: SwitchingLaw, epsilon: float, v_read: float, tolerance: float) -> None:
    faults = []
    if not 0 < epsilon <= 1:
        faults.append(f"epsilon is {epsilon:g}; it must be above 0 and at most 1")
    low, high = law.valid
    if not (0 < abs(v_read) < np.inf and low <= v_read <= high):
        faults.append(
            f"v_read is {show(v_read, 'volt')}; it must be finite and not 0 V, and "
            f"{type(law).__name__} holds from {show(low, 'volt')} to {show(high, 'volt')}"
        )
    if not 0 < tolerance < 1:
        faults.append(f"tolerance is {tolerance:g}; it must be above 0 and below 1")
    if faults:
        raise SpecError(faults)


@dataclass
class _Run:
    """An array on its way."""

    circuit: Circuit
    epsilon: float
    tolerance: float
    solves: int = 0
    imbalance: float = 0.0
    times: list[float] = field(default_factory=list)
    wires: float = 0.0
    sources: float = 0.0

    def begin(self, state: Array, t: float, ends: Ends) -> None:
        """Solve the circuit with all cells where they begin, and cold."""
        cells = state.shape[1]
        self.on = integrator(self.circuit.law, cells)
        self.state, self.steps, self.logs = state, np.full(cells, np.inf), self._logs(state)
        self.energy = np.zeros(cells)
        self.now = self._solved(t, state, ends, None)
        self.times.append(t)
        self.v_peak, self.rise_peak = self.now.u, self.now.rise

    def pass_segment(self, t0: float, t1: float, before: Ends, after: Ends) -> None:
        """All cells from `t0` to `t1`, while line ends go straight from one voltage to another."""
        law, edge = self.circuit.law, np.inf
        largest, change = max(_largest(before), _largest(after)), _largest_change(before, after)
        if not largest and not law.volatile and not self.circuit.crosstalk:
            self.now = replace(self.now, t=t1)
            return
        if change:
            edge = _EDGE * self.epsilon * (t1 - t0) * largest / change
        last: Moment | None = None
        h = t1 - t0
        while self.now.t < t1:
            left = t1 - self.now.t
            h = min(h, edge, left)
            if h < _SHORTEST * (self.now.t - t0 + _BEGINNING * (t1 - t0)):
                raise ConvergenceError(
                    f"{type(law).__name__} in an array of {self.circuit.shape}: steps fell below "
                    f"{_SHORTEST:g} of the time passed, {self.now.t - t0:g} s"
                )
            t = t1 if h >= _WHOLE * left else self.now.t + h
            ends, was = _between(before, after, (t - t0) / (t1 - t0)), self.now
            h *= self._step(t, ends, last, bool(change))
            if self.now is not was:
                last = was

    def _step(self, t: float, ends: Ends, last: Moment | None, moving: bool) -> float:
        """Try to go on to `t`; by how much the next step should be longer, or this one shorter."""
        h, most = t - self.now.t, self.epsilon
        guess = self._guess(t, ends, last, moving)
        state, _ = self._advanced(guess, h)
        predicted = self._logs(state)
        moved = _distance(predicted, self.logs)
        if moved > most:
            return max(_SAFETY * most / moved, _SHRINK)
        new = self._solved(t, state, ends, guess.rise)
        state, steps = self._advanced(new, h)
        logs = self._logs(state)
        moved, wrong = _distance(logs, self.logs), _distance(logs, predicted) / (_WRONG * most**2)
        growth = _SAFETY * float(min(most / max(moved, 1e-300), max(wrong, 1e-9) ** (-1 / 3)))
        if moved > most or wrong > 1:
            return max(min(growth, _SAFETY), _SHRINK)
        self._accept(new, state, steps, logs)
        return min(growth, _GROWTH)

    def _guess(self, t: float, ends: Ends, last: Moment | None, moving: bool) -> Moment:
        """What the circuit will be like at `t`, for all that is known now."""
        now = self.now
        if last is None:
            return self._solved(t, self.state, ends, now.rise) if moving else now
        far = (t - now.t) / (now.t - last.t)
        return replace(
            now,
            u=np.clip(now.u + far * (now.u - last.u), *self.circuit.law.valid),
            rise=np.maximum(now.rise + far * (now.rise - last.rise), 0.0),
        )

    def _solved(self, t: float, state: Array, ends: Ends, rise: Array | None) -> Moment:
        """The circuit at `t`, heat having been on its way since now; before all, from the cold."""
        crosstalk, cold = self.circuit.crosstalk, np.zeros(state.shape[1])

        def settled(steady: Array) -> Array:
            assert crosstalk
            if rise is None:
                return crosstalk.after(cold, cold, steady, 0.0)
            return crosstalk.after(self.now.rise, self.now.steady, steady, t - self.now.t)

        guess = cold if rise is None else rise
        found, solves = self.circuit.moment(t, state, ends, guess, settled)
        self.solves += solves
        self.imbalance = max(self.imbalance, found.imbalance)
        return found

    def _advanced(self, end: Moment, h: float) -> tuple[Array, Array]:
        """States after `h` seconds on straight lines from now to `end`, and the cells' steps."""
        now = self.now
        # heat is summed up in `_accept`: without end here, it asks for no steps of its own
        cells = Cells(self.state.copy(), np.full(now.u.shape, np.inf), self.steps.copy())
        temperature = self.circuit.ambient + 0.5 * (now.rise + end.rise)
        self.on(cells, (now.u, end.u), h, temperature, self.tolerance)
        return cells.state, cells.step

    def _accept(self, new: Moment, state: Array, steps: Array, logs: Array) -> None:
        half = 0.5 * (new.t - self.now.t)
        self.energy += half * (self.now.power + new.power)
        self.wires += half * (self.now.wires + new.wires)
        self.sources += half * (self.now.sources + new.sources)
        self.now, self.state, self.steps, self.logs = new, state, steps, logs
        self.v_peak = np.where(np.abs(new.u) > np.abs(self.v_peak), new.u, self.v_peak)
        self.rise_peak = np.maximum(self.rise_peak, new.rise)
        self.times.append(new.t)

    def _logs(self, state: Array) -> Array:
        c = self.circuit
        return log_conductance(c.law, state, c.v_read, c.ambient)

    def result(self, ends: Ends) -> Coupled:
        """What became of the array; the circuit is that of the final states."""
        now = self._solved(self.now.t, self.state, ends, self.now.rise)
        shape = self.circuit.shape
        u, v_peak, rise, rise_peak, energy = (
            a.reshape(shape) for a in (now.u, self.v_peak, now.rise, self.rise_peak, self.energy)
        )
        return Coupled(
            state=self.state.reshape(-1, *shape),
            t=np.array(self.times),
            solves=self.solves,
            v_cell=u,
            v_peak=v_peak,
            v_word=now.v_word,
            v_bit=now.v_bit,
            rise=rise,
            rise_peak=rise_peak,
            energy=energy,
            energy_wires=self.wires,
            energy_sources=self.sources,
            imbalance=self.imbalance,
        )


def _distance(a: Array, b: Array | float) -> float:
    return float(np.abs(a - b).max())


def _volts(ends: Ends) -> Iterator[Array]:
    for name in SIDES:
        yield np.nan_to_num(getattr(ends, name))


def _largest(ends: Ends) -> float:
    return max(_distance(v, 0.0) for v in _volts(ends))


def _largest_change(before: Ends, after: Ends) -> float:
    pairs = zip(_volts(before), _volts(after), strict=True)
    return max(_distance(a, b) for a, b in pairs)


def _between(before: Ends, after: Ends, share: float) -> Ends:
    """Line ends on the straight way from `before` to `after`; `after` itself at the end of it."""
    if share >= 1:
        return after
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in SIDES}
    return Ends(**{name: a + share * (b - a) for name, (a, b) in pairs.items()})
