"""A switching law under a waveform."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import prod

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw, arrays_of, in_a_row, part_of
from xbarsim.errors import SpecError
from xbarsim.parallel import pieces, spread
from xbarsim.transient.adaptive import Cells, advance
from xbarsim.transient.compiled import integrator, is_compiled
from xbarsim.transient.exact import advance_exactly, in_closed_form
from xbarsim.transient.waveform import check_waveform
from xbarsim.units import show

_SHOWN = 16384  # cells whose currents are computed at once
_KEPT = 2_000_000  # numbers, 16 MB
_VECTOR = 512  # cells at least that an integrator of arrays takes at once
_READ = 1e-3  # V, at which the conductance of a cell without voltage is taken


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What cells did; ``...`` is the shape of the batch.

    Parameters
    ----------
    t : (points,) s.
    v : (points, ...) V.
    i : (points, ...) A.
    state : (points, states, ...), as the law describes them.
    energy : dissipated in each cell from the first point to each, (points, ...) J.
    g : current over voltage, at 1 mV where there is no voltage, (points, ...) S.
    steps : of the integration, all cells together.
    """

    t: Array
    v: Array
    i: Array
    state: Array
    energy: Array
    g: Array
    steps: int


def simulate(
    device: SwitchingLaw,
    t: Array,
    v: Array,
    *,
    state: Array | None = None,
    temperature: Array | float | None = None,
    tolerance: float = 1e-6,
    record: Sequence[int] | Array | None = None,
) -> Trace:
    """The course of a batch of cells under piecewise linear voltages.

    Laws with closed forms are followed by them, others by an adaptive method.

    Parameters
    ----------
    device : a switching law; parameters that are arrays (...,) differ from cell to cell.
    t : times of the corners, ascending, (points,) s.
    v : voltages there, (points,) V for all cells alike or (points, ...).
    state : at the beginning, (states,) or (states, ...); the law's own by default.
    temperature : of the surroundings, K, one number or (...,); the law's own by default.
    tolerance : error of each step over the size of a state, or a hundredth of its range, and of its
        heat over that of all steps so far; that of closed forms is some ten times it at worst.
    record : places of the points that the trace holds, in any order; all by default. A million
        cells with their last point alone take some ten numbers each.

    Raises
    ------
    SpecError : a waveform that is no function of time or leaves the law's validity; a state out of
        bounds; a temperature that is none; shapes that disagree; a point to record that is not
        there.
    ConvergenceError : a step underflows.

    Examples
    --------
    >>> from xbarsim import load_device
    >>> law = load_device("kvatinsky_2015_generic")
    >>> trace = simulate(law, [0.0, 5e-9, 10e-9], [0.0, 0.5, 0.0])  # a triangle
    >>> trace.i.shape, bool(trace.g[-1] < trace.g[0])  # switched off
    ((3,), True)
    """
    t, v = np.asarray(t, dtype=float), np.asarray(v, dtype=float)
    if not 0 < tolerance < 1:
        raise SpecError(f"tolerance is {tolerance:g}; it must be above 0 and below 1")
    check_waveform(t, v)
    check_validity(device, v)
    kept = _kept(record, len(t))
    ambient = np.asarray(device.ambient if temperature is None else temperature, dtype=float)
    check_temperature(ambient)
    shape = _shape(device, v, state, ambient)
    cells = prod(shape)
    padded = v.reshape(len(v), *_padded(v.shape[1:], shape))
    alike = padded.size == len(v)
    volts = np.broadcast_to(padded, (len(v), *(padded.shape[1:] if alike else shape)))
    volts = volts.reshape(len(v), -1)
    batch = _Batch(
        law=in_a_row(device, shape),
        t=t,
        v=volts,
        ambient=np.broadcast_to(ambient, shape).reshape(cells),
        start=_start(device, state, shape),
        tolerance=tolerance,
        kept=kept,
    )
    points = (len(kept), cells)
    found = _Points(
        np.empty((len(kept), len(device.states), cells)),
        *(np.empty(points) for _ in ("energy", "i", "g")),
    )
    _keep_memory()
    steps = sum(spread(lambda at: batch.run(at, found), batch.parts()))
    return Trace(
        t=t[kept],
        v=np.broadcast_to(volts[kept], points).reshape(-1, *shape),
        i=found.i.reshape(-1, *shape),
        state=found.state.reshape(len(kept), -1, *shape),
        energy=found.energy.reshape(-1, *shape),
        g=found.g.reshape(-1, *shape),
        steps=steps,
    )


@dataclass(frozen=True)
class _Points:
    """What is kept of cells in one row: state (points, states, cells), others (points, cells)."""

    state: Array
    energy: Array
    i: Array
    g: Array


@dataclass(frozen=True, kw_only=True)
class _Batch:
    """Cells in one row: `v` (points, cells or 1), `ambient` (cells,), `start` (states, cells)."""

    law: SwitchingLaw
    t: Array
    v: Array
    ambient: Array
    start: Array
    tolerance: float
    kept: Array

    def parts(self) -> list[slice]:
        """Cells that one task takes through the waveform."""
        return pieces(len(self.ambient), 1 if is_compiled(self.law) else _VECTOR)

    def run(self, at: slice, found: _Points) -> int:
        """Take some cells through the waveform; fills what is kept of them, returns the steps."""
        law, ambient = part_of(self.law, at), self.ambient[at]
        n = len(ambient)
        now = Cells(self.start[:, at].copy(), np.zeros(n), np.full(n, np.inf))
        v = self.v if self.v.shape[1] == 1 else self.v[:, at]
        on = integrator(law, n)
        steps = 0
        for k in range(len(self.t)):
            if k:
                dt, line = float(self.t[k] - self.t[k - 1]), (v[k - 1], v[k])
                exact, rest = in_closed_form(law, line), (dt, ambient, self.tolerance)
                if exact.all():
                    steps += advance_exactly(law, now, line, *rest)
                elif exact.any():
                    steps += _advance_both_ways(law, now, line, exact, *rest)
                else:
                    ends = (np.broadcast_to(line[0], n), np.broadcast_to(line[1], n))
                    steps += on(now, ends, *rest)
            for row in np.flatnonzero(self.kept == k):
                found.state[row, :, at], found.energy[row, at] = now.state, now.energy
        self._finish(law, at, v, found)
        return steps

    def _finish(self, law: SwitchingLaw, at: slice, v: Array, found: _Points) -> None:
        """Current and conductance of some cells, as many at once as take little memory."""
        for first in range(at.start, at.stop, _SHOWN):
            some = slice(first, min(first + _SHOWN, at.stop))
            own = slice(first - at.start, some.stop - at.start)
            volts = v if v.shape[1] == 1 else v[:, own]
            shown = np.broadcast_to(volts[self.kept], (len(self.kept), some.stop - first))
            cells, ambient = part_of(law, own), self.ambient[some]
            along = found.state[:, :, some].swapaxes(0, 1)
            found.i[:, some] = i = cells.current(shown, along, ambient)
            found.g[:, some] = _conductance(cells, shown, along, i, ambient)


def _advance_both_ways(
    law: SwitchingLaw,
    cells: Cells,
    v: tuple[Array, Array],
    exact: Array,
    dt: float,
    ambient: Array,
    tolerance: float,
) -> int:
    """Some cells by their closed form, others not: a cell's course knows no neighbours."""
    steps = 0
    for method, chosen in ((advance_exactly, exact), (advance, ~exact)):
        at = np.flatnonzero(chosen)
        some = Cells(cells.state[:, at], cells.energy[at], cells.step[at])
        ends = (v[0][at], v[1][at])
        steps += method(part_of(law, at), some, ends, dt, ambient[at], tolerance)
        cells.state[:, at], cells.energy[at], cells.step[at] = some.state, some.energy, some.step
    return steps


@cache
def _keep_memory() -> None:
    """Have the C library keep the memory of small arrays, and not give it back after each.

    glibc raises its threshold for that to twice the largest block that was ever freed. Otherwise
    every array of some kilobytes that is made next brings page faults, which take longer than what
    is computed.
    """
    np.empty(_KEPT)


def _kept(record: Sequence[int] | Array | None, points: int) -> Array:
    """Places of the points to hold, from 0.

    Raises
    ------
    SpecError : one is not there.
    """
    if record is None:
        return np.arange(points)
    kept = np.atleast_1d(np.asarray(record))
    if kept.ndim != 1 or not len(kept) or kept.dtype.kind not in "iu":
        raise SpecError(f"record is {record!r}; it must be places of points, whole numbers")
    wrong = kept[(kept < -points) | (kept >= points)]
    if len(wrong):
        raise SpecError(f"record names point {int(wrong[0])}; there are {points}")
    return kept % points


def _conductance(law: SwitchingLaw, v: Array, states: Array, i: Array, ambient: Array) -> Array:
    """Current over voltage, at rest that of a small one; like `v`, S."""
    at_rest = law.current(np.full_like(v, _READ), states, ambient) / _READ
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(v == 0, at_rest, i / v)


def _shape(
    device: SwitchingLaw, v: Array, state: Array | None, temperature: Array
) -> tuple[int, ...]:
    """Shape of the batch: what parameters, voltages, states and temperatures have in common.

    Raises
    ------
    SpecError : they do not fit together.
    """
    shapes = {"v": v.shape[1:], "temperature": temperature.shape}
    shapes |= {name: np.shape(value) for name, value in arrays_of(device).items()}
    if state is not None:
        shapes["state"] = np.shape(state)[1:]
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
        raise SpecError(f"shapes of the cells do not fit together: {told}") from None


def _padded(shape: tuple[int, ...], to: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) * (len(to) - len(shape)) + shape


def _start(device: SwitchingLaw, state: Array | None, shape: tuple[int, ...]) -> Array:
    """The state at the beginning, (states, cells).

    Raises
    ------
    SpecError : it is out of bounds.
    """
    found = np.asarray(device.initial_state() if state is None else state, dtype=float)
    names = device.states
    if found.ndim < 1 or len(found) != len(names):
        raise SpecError(f"state has shape {found.shape}; it must begin with {len(names)}: {names}")
    found = found.reshape(len(names), *_padded(found.shape[1:], shape))
    found = np.broadcast_to(found, (len(names), *shape)).reshape(len(names), -1)
    low, high = device.bounds(np.zeros(1))
    for name, values, least, most in zip(names, found, low, high, strict=True):
        wrong = ~((values >= least.min()) & (values <= most.max()))
        if wrong.any():
            raise SpecError(
                f"state {name} is {values[wrong][0]:g}; it must be from {least.min():g} to "
                f"{most.max():g}"
            )
    return found


def check_temperature(kelvin: Array) -> None:
    """Refuse temperatures that are none.

    Raises
    ------
    SpecError : one is not finite and above 0 K.
    """
    if not bool((np.isfinite(kelvin) & (kelvin > 0)).all()):
        raise SpecError(f"temperature is {kelvin} K; it must be finite and above 0 K")


def check_validity(device: SwitchingLaw, v: Array) -> None:
    """Refuse voltages that a law does not describe.

    Raises
    ------
    SpecError : names the voltage and what the law holds for.
    """
    low, high = device.valid
    for value in (float(v.min()), float(v.max())):
        if not low <= value <= high:
            raise SpecError(
                f"v reaches {show(value, 'volt')}; {type(device).__name__} holds from "
                f"{show(low, 'volt')} to {show(high, 'volt')}"
            )
