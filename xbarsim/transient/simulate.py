"""A switching law under a waveform."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw, arrays_of, with_parameters
from xbarsim.errors import SpecError
from xbarsim.transient.adaptive import Cells, advance
from xbarsim.transient.compiled import CompiledCells, CompiledLaw
from xbarsim.transient.waveform import check_waveform
from xbarsim.units import show

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
) -> Trace:
    """The course of a batch of cells under piecewise linear voltages.

    Parameters
    ----------
    device : a switching law; parameters that are arrays (...,) differ from cell to cell.
    t : times of the corners, ascending, (points,) s.
    v : voltages there, (points,) V for all cells alike or (points, ...).
    state : at the beginning, (states,) or (states, ...); the law's own by default.
    temperature : of the surroundings, K, one number or (...,); the law's own by default.
    tolerance : error of each step over the size of a state, or a hundredth of its range.

    Raises
    ------
    SpecError : a waveform that is no function of time or leaves the law's validity; a state out of
        bounds; a temperature that is none; shapes that disagree.
    ConvergenceError : a step underflows.
    """
    t, v = np.asarray(t, dtype=float), np.asarray(v, dtype=float)
    if not 0 < tolerance < 1:
        raise SpecError(f"tolerance is {tolerance:g}; it must be above 0 and below 1")
    check_waveform(t, v)
    _check_validity(device, v)
    ambient = np.asarray(device.ambient if temperature is None else temperature, dtype=float)
    if not bool((np.isfinite(ambient) & (ambient > 0)).all()):
        raise SpecError(f"temperature is {ambient} K; it must be finite and above 0 K")
    shape = _shape(device, v, state, ambient)
    cells = prod(shape)
    padded = v.reshape(len(v), *_padded(v.shape[1:], shape))
    volts = np.broadcast_to(padded, (len(v), *shape)).reshape(len(v), cells)
    ambient = np.broadcast_to(ambient, shape).reshape(cells)
    law = _flat(device, shape)
    now = Cells(_start(device, state, shape), np.zeros(cells), np.full(cells, np.inf))
    on = _integrator(law, cells)
    states, energies, steps = [now.state.copy()], [now.energy.copy()], 0
    for k in range(len(t) - 1):
        dt = float(t[k + 1] - t[k])
        steps += on(now, (volts[k], volts[k + 1]), dt, ambient, tolerance)
        states.append(now.state.copy())
        energies.append(now.energy.copy())
    along = np.stack(states)
    i = law.current(volts, along.swapaxes(0, 1), ambient)
    return Trace(
        t=t,
        v=volts.reshape(-1, *shape),
        i=i.reshape(-1, *shape),
        state=along.reshape(len(t), -1, *shape),
        energy=np.stack(energies).reshape(-1, *shape),
        g=_conductance(law, volts, along, i, ambient).reshape(-1, *shape),
        steps=steps,
    )


def _integrator(law: SwitchingLaw, cells: int) -> Callable[..., int]:
    if len(law.states) == 1 and isinstance(law, CompiledLaw):
        return CompiledCells(law, cells).advance
    return partial(advance, law)


def _conductance(law: SwitchingLaw, v: Array, states: Array, i: Array, ambient: Array) -> Array:
    at_rest = law.current(np.full_like(v, _READ), states.swapaxes(0, 1), ambient) / _READ
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


def _flat(device: SwitchingLaw, shape: tuple[int, ...]) -> SwitchingLaw:
    """The law with every parameter that is an array as (cells,)."""
    arrays = {
        name: np.broadcast_to(value, shape).reshape(-1) for name, value in arrays_of(device).items()
    }
    return with_parameters(device, arrays)


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
    found = np.broadcast_to(found, (len(names), *shape)).reshape(len(names), -1).copy()
    low, high = device.bounds(np.zeros(1))
    for name, values, least, most in zip(names, found, low, high, strict=True):
        wrong = ~((values >= least.min()) & (values <= most.max()))
        if wrong.any():
            raise SpecError(
                f"state {name} is {values[wrong][0]:g}; it must be from {least.min():g} to "
                f"{most.max():g}"
            )
    return found


def _check_validity(device: SwitchingLaw, v: Array) -> None:
    low, high = device.valid
    for value in (float(v.min()), float(v.max())):
        if not low <= value <= high:
            raise SpecError(
                f"v reaches {show(value, 'volt')}; {type(device).__name__} holds from "
                f"{show(low, 'volt')} to {show(high, 'volt')}"
            )
