"""Write and verify: pulses of growing amplitude until a noisy read lies within a window."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.programming.transfer import ProgrammingTransfer
from xbarsim.units import show


@dataclass(frozen=True, kw_only=True)
class WriteVerify:
    """Incremental step pulse programming.

    The first pulse towards the target has the lowest amplitude of its sign; each further one in the
    same direction the next higher, and a change of direction begins anew.

    Parameters
    ----------
    window : largest distance of a verified read from the target, S.
    read_noise : standard deviation of one read over the conductance.
    pulses : most that a cell gets in one pass.
    read_time : of one verify read, s.
    passes : how often cells are looked at again after all are done, and written anew if a fresh
        read has them outside the window.

    Raises
    ------
    SpecError : a number is out of range.
    """

    window: float
    read_noise: float = 0.0
    pulses: int = 100
    read_time: float = 100e-9
    passes: int = 1

    def __post_init__(self) -> None:
        faults = []
        if not self.window > 0:
            faults.append(f"window is {show(self.window, 'siemens')}; it must be above 0")
        if not self.read_noise >= 0:
            faults.append(f"read_noise is {self.read_noise:g}; it must not be negative")
        if not self.pulses >= 1 or not self.passes >= 1:
            faults.append(f"pulses is {self.pulses} and passes {self.passes}; at least 1 each")
        if not self.read_time >= 0:
            faults.append(f"read_time is {show(self.read_time, 'second')}; not below 0")
        if faults:
            raise SpecError(faults)


@dataclass(frozen=True, kw_only=True)
class Programmed:
    """Cells after write and verify; all of the shape of the targets.

    Parameters
    ----------
    g : conductance, S.
    state : of the law.
    pulses, reads : that the cell got.
    energy : of its pulses and reads, J.
    time : of its pulses and reads one after the other, s.
    verified : whether the last read was within the window.
    """

    g: Array
    state: Array
    pulses: Array
    reads: Array
    energy: Array
    time: Array
    verified: Array


def write_verify(
    transfer: ProgrammingTransfer,
    g_target: Array,
    scheme: WriteVerify,
    noise: Callable[[int, Array], Array],
    *,
    state: Array | None = None,
    clip: bool = False,
) -> Programmed:
    """Program cells one by one, without wires.

    Parameters
    ----------
    transfer : the pulses at hand, of both signs.
    g_target : conductances, any shape, S.
    noise : standard normals for the k-th verify read of some cells, given by their places in the
        flattened targets.
    state : where cells begin; by default where the conductance is lowest.
    clip : whether targets outside the reachable window are moved to its edge, not refused.

    Raises
    ------
    SpecError : targets outside the window, pulses of one sign alone, or `state` does not fit.
    """
    target = _targets(transfer, np.asarray(g_target, dtype=float), clip).reshape(-1)
    x = _start(transfer, state, np.shape(g_target))
    raising, lowering = _ladders(transfer)
    pulses, reads = np.zeros(len(x), dtype=np.int64), np.zeros(len(x), dtype=np.int64)
    energy, verified = np.zeros(len(x)), np.zeros(len(x), dtype=bool)
    read = 0
    for _ in range(scheme.passes):
        busy = np.arange(len(x))
        step, direction = np.zeros(len(x), dtype=np.int64), np.zeros(len(x), dtype=np.int64)
        for k in range(scheme.pulses + 1):
            z = noise(read, busy) if scheme.read_noise else 0.0
            read += 1
            g = transfer.read(x[busy])
            missing = target[busy] - g * (1.0 + scheme.read_noise * z)
            reads[busy] += 1
            energy[busy] += transfer.v_read**2 * g * scheme.read_time
            verified[busy] = np.abs(missing) <= scheme.window
            left = ~verified[busy]
            busy, missing = busy[left], missing[left]
            if not len(busy) or k == scheme.pulses:
                break
            wanted = np.where(missing > 0, 1, -1)
            step[busy] = np.where(direction[busy] == wanted, step[busy] + 1, 0)
            direction[busy] = wanted
            level = np.where(
                wanted > 0,
                raising[np.minimum(step[busy], len(raising) - 1)],
                lowering[np.minimum(step[busy], len(lowering) - 1)],
            )
            moved = x[busy]
            energy[busy] += transfer.pulse(moved, level)
            x[busy] = moved
            pulses[busy] += 1
    shape = np.shape(g_target)
    time = pulses * transfer.width + reads * scheme.read_time
    return Programmed(
        g=transfer.read(x).reshape(shape),
        state=x.reshape(shape),
        pulses=pulses.reshape(shape),
        reads=reads.reshape(shape),
        energy=energy.reshape(shape),
        time=time.reshape(shape),
        verified=verified.reshape(shape),
    )


def _targets(transfer: ProgrammingTransfer, target: Array, clip: bool) -> Array:
    low, high = transfer.window
    outside = ~((target >= low) & (target <= high))
    if clip and np.isfinite(target).all():
        return np.clip(target, low, high)
    if outside.any():
        first = float(target[outside][0])
        raise SpecError(
            f"g_target: {int(outside.sum())} of {target.size} are outside the window of the cell, "
            f"{show(low, 'siemens')} to {show(high, 'siemens')}; the first is "
            f"{show(first, 'siemens')}"
        )
    return target


def _start(transfer: ProgrammingTransfer, state: Array | None, shape: tuple[int, ...]) -> Array:
    if state is None:
        lowest = transfer.states[int(np.argmin(transfer.g))]
        return np.full(int(np.prod(shape)), lowest)
    try:
        return np.broadcast_to(np.asarray(state, dtype=float), shape).reshape(-1).copy()
    except ValueError:
        raise SpecError(f"state has shape {np.shape(state)}; g_target has {tuple(shape)}") from None


def _ladders(transfer: ProgrammingTransfer) -> tuple[Array, Array]:
    """Levels that raise and levels that lower the conductance, from the weakest on.

    Raises
    ------
    SpecError : there are levels of one sign alone.
    """
    positive = np.flatnonzero(transfer.levels > 0)
    negative = np.flatnonzero(transfer.levels < 0)[::-1]
    if not len(positive) or not len(negative):
        raise SpecError("levels must hold voltages of both signs, to raise and to lower")
    strongest = transfer.flow.table[positive[-1]]
    rises = np.sum(np.diff(transfer.read(np.stack([transfer.states, strongest])), axis=0)) > 0
    return (positive, negative) if rises else (negative, positive)
