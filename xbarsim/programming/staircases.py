"""Potentiation and depression: conductance after each pulse of a train."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw
from xbarsim.errors import SpecError
from xbarsim.programming.reading import check_one_cell, conductance
from xbarsim.programming.transfer import ProgrammingTransfer, programming_transfer
from xbarsim.transient import simulate
from xbarsim.transient.simulate import check_validity
from xbarsim.units import show

#: one amplitude for all pulses, the first and the last, or one for each, V
Amplitudes = float | tuple[float, float] | Sequence[float] | Array

_ALIKE = 1e-3  # of the range: conductances that differ less are one
_STILL = 1e-9  # of the range of the conductance: a cell that moves less does not move


@dataclass(frozen=True, kw_only=True)
class Staircases:
    """Conductance along a train that raises it and one that lowers it again.

    Parameters
    ----------
    v_up, v_down : amplitudes, (n,) V.
    width : of every pulse, s.
    up, down : conductance before the first pulse and after each, (n + 1,) S.
    v_read : at which it is read, V.
    """

    v_up: Array
    v_down: Array
    width: float
    up: Array
    down: Array
    v_read: float

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance of both, S."""
        both = np.concatenate([self.up, self.down])
        return float(both.min()), float(both.max())


def potentiation_depression(
    cell: SwitchingLaw | ProgrammingTransfer,
    up: Amplitudes,
    down: Amplitudes,
    pulses: int,
    *,
    width: float | None = None,
    v_read: float | None = None,
    rest: float = 0.0,
    start: Array | float | None = None,
    temperature: float | None = None,
    tolerance: float = 1e-6,
) -> Staircases:
    """A train of pulses that raises the conductance, then one that lowers it.

    Parameters
    ----------
    cell : a law, which is integrated, or its programming transfer, which is looked up.
    up, down : amplitudes: one number for identical pulses, two in a tuple for pulses that grow
        evenly from the one to the other, or `pulses` of them, V. Those of a transfer are levels of
        it.
    pulses : of each train.
    width, v_read : of every pulse, s, and of reads, V; a transfer knows its own.
    rest : time without voltage after each pulse, before the read, s; laws only.
    start : state before the first pulse; by default that which a train down leaves of the law's
        own, or of the state of highest conductance of a transfer.
    temperature : of the surroundings, K; the law's own by default.

    Raises
    ------
    SpecError : no pulses, a width or read voltage that is missing, or given for a transfer; as many
        amplitudes as there are no pulses; a level that a transfer does not have.
    """
    volts = [_amplitudes(name, a, pulses) for name, a in (("up", up), ("down", down))]
    if isinstance(cell, ProgrammingTransfer):
        if width is not None or v_read is not None or rest or temperature is not None:
            raise SpecError(
                "a transfer knows its width, v_read and temperature, and cells do not rest; leave "
                "them out"
            )
        return _along_map(cell, volts[0], volts[1], start)
    check_one_cell(cell)
    if width is None or v_read is None or not width > 0 or not rest >= 0:
        raise SpecError("a law needs width above 0, v_read, and rest of 0 s or more")
    check_validity(cell, np.concatenate(volts))
    timing = (width, rest, temperature, tolerance)
    state = np.asarray(cell.initial_state() if start is None else start, dtype=float).reshape(-1)
    if start is None:
        state = _train(cell, volts[1], state, timing)[-1]
    along_up = _train(cell, volts[0], state, timing)
    along_down = _train(cell, volts[1], along_up[-1], timing)
    return Staircases(
        v_up=volts[0],
        v_down=volts[1],
        width=width,
        up=conductance(cell, along_up.T, v_read, temperature),
        down=conductance(cell, along_down.T, v_read, temperature),
        v_read=v_read,
    )


def symmetry_point(
    cell: SwitchingLaw | ProgrammingTransfer,
    up: float,
    down: float,
    *,
    width: float | None = None,
    v_read: float | None = None,
    pairs: int = 20000,
    temperature: float | None = None,
) -> float | None:
    """Conductance to which alternate pulses up and down take a cell, S.

    There both steps are equal; [gokmen2020]_. It is the mean of the two conductances between which
    pairs of pulses end up, from whichever end of the window they begin.

    Parameters
    ----------
    cell : a law with one state, or its transfer, of which `up` and `down` are levels, V.
    width, v_read : of every pulse, s, and of reads, V; a transfer knows its own.
    pairs : after which a cell that still moves is given up.

    Returns
    -------
    None where the cell still moves after `pairs`, where neither pulse moves it, or where it matters
    from where they begin: steps then balance at more than one conductance.

    Raises
    ------
    SpecError : as `potentiation_depression` and `programming_transfer`.
    """
    if not isinstance(cell, ProgrammingTransfer):
        if width is None or v_read is None:
            raise SpecError("a law needs width and v_read")
        levels = sorted({float(up), float(down)})
        cell = programming_transfer(cell, levels, width, v_read, temperature=temperature)
    elif width is not None or v_read is not None or temperature is not None:
        raise SpecError("a transfer knows its width, v_read and temperature; leave them out")
    low, high = cell.window
    x = np.ascontiguousarray(cell.state_of(np.array([low, high])), dtype=float)
    levels = [_level(cell, "up", up), _level(cell, "down", down)]
    before = cell.read(x)
    for _ in range(pairs):
        cell.flow.apply(x, levels[0])
        between = cell.read(x)
        cell.flow.apply(x, levels[1])
        after = cell.read(x)
        if abs(after - before).max() < _STILL * (high - low):
            return _balance(between, after, high - low)
        before = after
    return None


def _balance(up: Array, down: Array, size: float) -> float | None:
    """Mean of the conductances after a pulse up and one down, of cells from both ends."""
    middle = 0.5 * (up + down)
    moved = bool((abs(up - down) > _STILL * size).all())
    return float(middle.mean()) if moved and np.ptp(middle) < _ALIKE * size else None


def _amplitudes(name: str, given: Amplitudes, pulses: int) -> Array:
    if pulses < 1:
        raise SpecError(f"pulses is {pulses}; it must be 1 or more")
    volts = np.asarray(given, dtype=float)
    if volts.ndim == 0:
        volts = np.full(pulses, float(volts))
    elif isinstance(given, tuple) and len(given) == 2:
        volts = np.linspace(volts[0], volts[1], pulses)
    if volts.shape != (pulses,) or not np.isfinite(volts).all():
        raise SpecError(
            f"{name} has shape {volts.shape}; it takes one voltage, two in a tuple, or {pulses}, "
            "all finite"
        )
    return volts


def _train(
    law: SwitchingLaw,
    volts: Array,
    state: Array,
    timing: tuple[float, float, float | None, float],
) -> Array:
    """The state before the first pulse and after each, (n + 1, states)."""
    width, rest, temperature, tolerance = timing
    found = [state]
    for v in volts:
        for lasts, u in ((width, v), (rest, 0.0)):
            if lasts > 0:
                state = simulate(
                    law, [0.0, lasts], [u, u], state=state, temperature=temperature,
                    tolerance=tolerance,
                ).state[-1]  # fmt: skip
        found.append(state)
    return np.stack(found)


def _along_map(
    transfer: ProgrammingTransfer, up: Array, down: Array, start: Array | float | None
) -> Staircases:
    x = np.asarray(
        transfer.states[int(np.argmax(transfer.g))] if start is None else start, dtype=float
    ).reshape(1)
    x = np.ascontiguousarray(x).copy()
    levels = [
        [_level(transfer, name, v) for v in volts] for name, volts in (("up", up), ("down", down))
    ]
    if start is None:
        for level in levels[1]:
            transfer.flow.apply(x, level)
    found = []
    for train in levels:
        along = [float(transfer.read(x)[0])]
        for level in train:
            transfer.flow.apply(x, level)
            along.append(float(transfer.read(x)[0]))
        found.append(np.array(along))
    return Staircases(
        v_up=up,
        v_down=down,
        width=transfer.width,
        up=found[0],
        down=found[1],
        v_read=transfer.v_read,
    )


def _level(transfer: ProgrammingTransfer, name: str, v: float) -> int:
    """Number of the level of `v` volt.

    Raises
    ------
    SpecError : there is none; the message names the nearest.
    """
    k = int(np.argmin(abs(transfer.levels - v)))
    if abs(transfer.levels[k] - v) > 1e-9 * max(abs(v), 1e-3):
        raise SpecError(
            f"{name} has a pulse of {show(float(v), 'volt')}; the transfer has "
            f"{len(transfer.levels)} levels, of which {show(float(transfer.levels[k]), 'volt')} is "
            "nearest"
        )
    return k
