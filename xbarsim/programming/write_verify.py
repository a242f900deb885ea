"""Write and verify: pulses of growing amplitude until a noisy read lies within a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.parallel import pieces, spread
from xbarsim.programming.transfer import ProgrammingTransfer
from xbarsim.units import show

Reach = Literal["refuse", "clip", "try"]

_PIECE = 1024  # cells that one task takes at least


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
    transfer: ProgrammingTransfer | Sequence[ProgrammingTransfer],
    g_target: Array,
    scheme: WriteVerify,
    z: Array | None = None,
    *,
    state: Array | None = None,
    member: Array | None = None,
    weight: Array | None = None,
    reach: Reach = "refuse",
) -> Programmed:
    """Program cells one by one.

    Parameters
    ----------
    transfer : the pulses at hand, of both signs; several for cells that differ, all of the same
        levels, width and read voltage.
    g_target : conductances, any shape, S.
    z : standard normals of that shape, from which the noise of each cell's reads follows; without
        them reads have none.
    state : where cells begin; by default where the conductance is lowest.
    member : which of several transfers each cell follows, of the same shape.
    weight : how far it lies towards the transfer after that one, 0 to 1, of the same shape; both
        must share their states.
    reach : what becomes of targets outside the reachable window: ``refuse``, ``clip`` to its edge,
        or ``try`` in vain, so that the cell ends unverified.

    Raises
    ------
    SpecError : targets outside the window, pulses of one sign alone, noise without `z`, or shapes
        that do not fit.
    """
    from xbarsim.programming._loop import write_cells

    library = (transfer,) if isinstance(transfer, ProgrammingTransfer) else tuple(transfer)
    shape, n = np.shape(g_target), int(np.prod(np.shape(g_target)))
    which = _members(member, library, shape)
    target = _targets(library, np.asarray(g_target, dtype=float), which, reach)
    x = _start(library, state, which, shape)
    if scheme.read_noise and z is None:
        raise SpecError("z is missing; reads with noise need a standard normal for each cell")
    drawn = np.broadcast_to(0.0 if z is None else np.asarray(z, dtype=float), shape)
    seed = np.ascontiguousarray(drawn).reshape(-1).view(np.uint64)
    raising, lowering = _ladders(library[0])
    between = _weights(weight, library, which, shape)
    some, tables = bool(between.any()), _tables(library)
    pulses, reads = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    energy, verified = np.zeros(n), np.zeros(n, dtype=bool)
    first = library[0]

    def part(at: slice) -> None:
        write_cells(  # type: ignore[call-arg]
            x[at], target[at], seed[at], which[at], between[at] if some else None, *tables,
            raising, lowering, scheme.window, scheme.read_noise, scheme.pulses, scheme.passes,
            first.v_read**2 * scheme.read_time, pulses[at], reads[at], energy[at], verified[at],
        )  # fmt: skip

    spread(part, pieces(n, _PIECE))
    time = pulses * first.width + reads * scheme.read_time
    g = _read(library, which, x)
    if some:
        g += between * (_read(library, np.minimum(which + 1, len(library) - 1), x) - g)
    return Programmed(
        g=g.reshape(shape),
        state=x.reshape(shape),
        pulses=pulses.reshape(shape),
        reads=reads.reshape(shape),
        energy=energy.reshape(shape),
        time=time.reshape(shape),
        verified=verified.reshape(shape),
    )


def _members(
    member: Array | None, library: tuple[ProgrammingTransfer, ...], shape: tuple[int, ...]
) -> Array:
    """Which transfer each cell follows, (cells,).

    Raises
    ------
    SpecError : there is no such transfer, or transfers do not go together.
    """
    first = library[0]
    for other in library[1:]:
        alike = other.width == first.width and other.v_read == first.v_read
        if not alike or not np.array_equal(other.levels, first.levels):
            raise SpecError("transfers of one array must share levels, width and read voltage")
    if member is None:
        member = 0
    which = np.broadcast_to(np.asarray(member), shape).reshape(-1)
    if which.size and not (which.min() >= 0 and which.max() < len(library)):
        raise SpecError(f"member holds {int(which.max())}; there are {len(library)} transfers")
    return np.ascontiguousarray(which, dtype=np.int64)


def _weights(
    weight: Array | None,
    library: tuple[ProgrammingTransfer, ...],
    which: Array,
    shape: tuple[int, ...],
) -> Array:
    """How far each cell lies towards the next transfer, (cells,).

    Raises
    ------
    SpecError : a weight is out of range, or there is no next transfer, or one of other states.
    """
    found = np.broadcast_to(0.0 if weight is None else np.asarray(weight, dtype=float), shape)
    found = np.ascontiguousarray(found).reshape(-1)
    used = np.unique(which[found > 0])
    if found.size and not (found.min() >= 0 and found.max() <= 1):
        raise SpecError(f"weight reaches {float(found.max()):g}; it must be from 0 to 1")
    for k in used:
        if k + 1 == len(library):
            raise SpecError(f"member {k} has a weight, and there is no transfer after it")
        one, other = library[k].flow, library[k + 1].flow
        if (one.low, one.high, one.table.shape) != (other.low, other.high, other.table.shape):
            raise SpecError(f"transfers {k} and {k + 1} have different states; none lies between")
    return found


def _read(library: tuple[ProgrammingTransfer, ...], which: Array, x: Array) -> Array:
    """Conductances of states `x`, each by its own transfer, S."""
    g = np.empty(len(x))
    for k, one in enumerate(library):
        g[which == k] = one.read(x[which == k])
    return g


def _tables(library: tuple[ProgrammingTransfer, ...]) -> tuple[Array, ...]:
    """What `write_cells` takes of all transfers: flow, energy, g, low, per_step."""
    return (
        np.stack([one.flow.table for one in library]),
        np.stack([one.energy for one in library]),
        np.stack([one.g[None] for one in library]),
        np.array([one.flow.low for one in library]),
        np.array([(len(one.g) - 1) / (one.flow.high - one.flow.low) for one in library]),
    )


def _targets(
    library: tuple[ProgrammingTransfer, ...], target: Array, which: Array, reach: Reach
) -> Array:
    """Targets of the cells, (cells,) S."""
    target = np.ascontiguousarray(target).reshape(-1)
    if reach == "try" and np.isfinite(target).all():
        return target
    low, high = (np.array([one.window[end] for one in library])[which] for end in (0, 1))
    outside = ~((target >= low) & (target <= high))
    if reach == "clip" and np.isfinite(target).all():
        return np.clip(target, low, high)
    if outside.any():
        first = np.flatnonzero(outside)[0]
        raise SpecError(
            f"g_target: {int(outside.sum())} of {target.size} are outside the window of the cell, "
            f"{show(float(low[first]), 'siemens')} to {show(float(high[first]), 'siemens')}; the "
            f"first is {show(float(target[first]), 'siemens')}"
        )
    return target


def _start(
    library: tuple[ProgrammingTransfer, ...],
    state: Array | None,
    which: Array,
    shape: tuple[int, ...],
) -> Array:
    if state is None:
        lowest = np.array([one.states[int(np.argmin(one.g))] for one in library])
        return lowest[which]
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
