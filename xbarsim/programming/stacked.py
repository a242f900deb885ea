"""Cells of one or of several transfers, as the compiled loop takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.parallel import once
from xbarsim.programming.transfer import ProgrammingTransfer
from xbarsim.units import show

Reach = Literal["refuse", "clip", "try"]
Library = tuple[ProgrammingTransfer, ...]


@dataclass(frozen=True)
class Stacked:
    """Cells in one row and the transfers that they follow.

    Parameters
    ----------
    library : the transfers.
    shape : of the cells.
    member, weight : which transfer a cell follows, and how far it lies towards the next, (cells,).
    """

    library: Library
    shape: tuple[int, ...]
    member: Array
    weight: Array | None

    @once
    def tables(self) -> tuple[Array, ...]:
        """What `write_cells` takes of all transfers: flow, energy, g, low, per_step."""
        library = self.library
        return (
            np.stack([one.flow.table for one in library]),
            np.stack([one.energy for one in library]),
            np.stack([one.g[None] for one in library]),
            np.array([one.flow.low for one in library]),
            np.array([(len(one.g) - 1) / (one.flow.high - one.flow.low) for one in library]),
        )

    @once
    def ladders(self) -> tuple[Array, Array]:
        """Levels that raise and levels that lower the conductance, from the weakest on.

        Raises
        ------
        SpecError : there are levels of one sign alone.
        """
        transfer = self.library[0]
        positive = np.flatnonzero(transfer.levels > 0)
        negative = np.flatnonzero(transfer.levels < 0)[::-1]
        if not len(positive) or not len(negative):
            raise SpecError("levels must hold voltages of both signs, to raise and to lower")
        strongest = transfer.flow.table[positive[-1]]
        rises = np.sum(np.diff(transfer.read(np.stack([transfer.states, strongest])), axis=0)) > 0
        return (positive, negative) if rises else (negative, positive)

    def read(self, x: Array) -> Array:
        """Conductances of states `x` (cells,), S."""
        g = self._read(self.member, x)
        if self.weight is not None:
            after = np.minimum(self.member + 1, len(self.library) - 1)
            g += self.weight * (self._read(after, x) - g)
        return g

    def _read(self, member: Array, x: Array) -> Array:
        g = np.empty(len(x))
        for k in np.unique(member):
            g[member == k] = self.library[k].read(x[member == k])
        return g

    def moved(self, x: Array, factor: Array) -> Array:
        """States whose conductances are `factor` times those of `x`, within the window."""
        found = x.copy()
        for k in np.unique(self.member):
            one, own = self.library[k], self.member == k
            found[own] = one.state_of(np.clip(one.read(x[own]) * factor[own], *one.window))
        return found

    def targets(self, g_target: Array, reach: Reach) -> Array:
        """Targets of the cells, (cells,) S.

        Raises
        ------
        SpecError : one is outside the window of its cell, or not finite.
        """
        target = np.ascontiguousarray(g_target, dtype=float).reshape(-1)
        if reach == "try" and np.isfinite(target).all():
            return target
        ends = (np.array([one.window[end] for one in self.library]) for end in (0, 1))
        low, high = (end[self.member] for end in ends)
        outside = ~((target >= low) & (target <= high))
        if reach == "clip" and np.isfinite(target).all():
            return np.clip(target, low, high)
        if outside.any():
            first = np.flatnonzero(outside)[0]
            raise SpecError(
                f"g_target: {int(outside.sum())} of {target.size} are outside the window of the "
                f"cell, {show(float(low[first]), 'siemens')} to "
                f"{show(float(high[first]), 'siemens')}; the first is "
                f"{show(float(target[first]), 'siemens')}"
            )
        return target

    def start(self, state: Array | None) -> Array:
        """States where cells begin, (cells,).

        Raises
        ------
        SpecError : one is outside the tables of its transfer, or as `of_cells`.
        """
        if state is None:
            lowest = np.array([one.states[int(np.argmin(one.g))] for one in self.library])
            return lowest[self.member]
        found = of_cells("state", state, self.shape)
        ends = (np.array([one.states[end] for one in self.library]) for end in (0, -1))
        low, high = (end[self.member] for end in ends)
        outside = np.flatnonzero((found < low) | (found > high))
        if len(outside):
            k = outside[0]
            raise SpecError(f"state is {found[k]:g}; transfers are from {low[k]:g} to {high[k]:g}")
        return found


def stacked(
    transfer: ProgrammingTransfer | Sequence[ProgrammingTransfer],
    shape: tuple[int, ...],
    member: Array | None,
    weight: Array | None,
) -> Stacked:
    """Cells of a `shape`; `member` and `weight` as `xbarsim.programming.write_verify` takes them.

    Raises
    ------
    SpecError : transfers that do not go together, members and weights that do not fit.
    """
    library = (transfer,) if isinstance(transfer, ProgrammingTransfer) else tuple(transfer)
    which = _members(member, library, shape)
    return Stacked(library, shape, which, _weights(weight, library, which, shape))


def of_cells(name: str, value: Array, shape: tuple[int, ...]) -> Array:
    """One finite number for each cell, (cells,).

    Raises
    ------
    SpecError : another shape, or a number that is not finite.
    """
    value = np.asarray(value, dtype=float)
    try:
        found = np.broadcast_to(value, shape).reshape(-1).copy()
    except ValueError:
        raise SpecError(f"{name} has shape {value.shape}; cells have {tuple(shape)}") from None
    if not np.isfinite(found).all():
        raise SpecError(f"{name} holds {found[~np.isfinite(found)][0]}; it must be finite")
    return found


def _members(member: Array | None, library: Library, shape: tuple[int, ...]) -> Array:
    """Which transfer each cell follows, (cells,).

    Raises
    ------
    SpecError : there is no such transfer, or transfers do not go together.
    """
    if not library:
        raise SpecError("there is no transfer; cells are written by the pulses of one or more")
    first = library[0]
    for other in library[1:]:
        alike = other.width == first.width and other.v_read == first.v_read
        if not alike or not np.array_equal(other.levels, first.levels):
            raise SpecError("transfers of one array must share levels, width and read voltage")
    which = of_cells("member", 0 if member is None else member, shape)
    wrong = which[~((which >= 0) & (which < len(library)) & (which % 1 == 0))]
    if len(wrong):
        raise SpecError(f"member holds {wrong[0]:g}; there are transfers 0 to {len(library) - 1}")
    return which.astype(np.int64)


def _weights(
    weight: Array | None,
    library: Library,
    which: Array,
    shape: tuple[int, ...],
) -> Array | None:
    """How far each cell lies towards the next transfer, (cells,); None where none does.

    Raises
    ------
    SpecError : a weight is out of range, or there is no next transfer, or one of other states.
    """
    found = of_cells("weight", 0.0 if weight is None else weight, shape)
    used = np.unique(which[found > 0])
    wrong = found[(found < 0) | (found > 1)]
    if len(wrong):
        raise SpecError(f"weight holds {wrong[0]:g}; it must be from 0 to 1")
    for k in used:
        if k + 1 == len(library):
            raise SpecError(f"member {k} has a weight, and there is no transfer after it")
        one, other = library[k].flow, library[k + 1].flow
        if (one.low, one.high, one.table.shape) != (other.low, other.high, other.table.shape):
            raise SpecError(f"transfers {k} and {k + 1} have different states; none lies between")
    return found if len(used) else None
