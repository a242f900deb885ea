"""Cells that take whole pulses, so many up and so many down, and are not looked at in between."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.effects.normal import normal_cdf
from xbarsim.errors import SpecError
from xbarsim.parallel import pieces, spread
from xbarsim.programming.pulsed_checks import counted, table_faults, trains_of
from xbarsim.programming.stacked import of_cells

_PIECE = 1024  # cells that one task takes at least


@dataclass(frozen=True, kw_only=True, eq=False)
class PulsedCells:
    r"""Cells of any shape under pulses of two kinds, up and down.

    .. math:: x \leftarrow \mathrm{clip}(x + a_k\,(s_k(x) + \sigma_k(x)\,z),\; x_\min, x_\max)

    for a pulse of kind k: `up` raises the conductance, `down` lowers it. Tables have nodes at equal
    distances from x_min to x_max and are straight in between, so that steps that are straight in
    the state, soft bounds among them, are exact with two nodes. Whatever takes a cell past an end
    of its range leaves it there.

    Parameters
    ----------
    low, high : x_min and x_max, (members,).
    step, noise : s and sigma of pulses up and down, (members, 2, nodes).
    g : conductance, (members, nodes) S.
    energy : of a pulse up and down, (members, 2, nodes) J; None where nothing says it.
    member : which tables each cell follows; its shape is that of the cells.
    scale : a, how much larger a cell's steps are up and down, (2, ...cells); 1 by default.

    Raises
    ------
    SpecError : shapes that do not fit, numbers that are not finite, an empty range, noise, energy
        or conductance below 0, one that no state changes, or a member that is not there.

    References
    ----------
    [rasch2021]_ for steps whose noise is drawn anew for each pulse.
    """

    low: Array
    high: Array
    step: Array
    noise: Array
    g: Array
    member: Array
    energy: Array | None = None
    scale: Array | None = None

    def __post_init__(self) -> None:
        faults = list(table_faults(self))
        if faults:
            raise SpecError(faults)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the cells."""
        return tuple(self.member.shape)

    @property
    def noisy(self) -> bool:
        """Whether pulses differ from each other."""
        return bool(self.noise.any())

    def lowest(self) -> Array:
        """States of lowest conductance, where fresh cells begin; shape of the cells."""
        nodes = self._nodes(self.g.shape[1])
        at = np.argmin(self.g, axis=1)
        return nodes[np.arange(len(at)), at][self.member]

    def read(self, x: Array) -> Array:
        """Conductance of states `x`, S; shape of the cells."""
        return self._look(self.g[:, None], 0, self._state(x))

    def window(self) -> tuple[Array, Array]:
        """Lowest and highest conductance of each cell, S; shape of the cells."""
        return self.g.min(axis=1)[self.member], self.g.max(axis=1)[self.member]

    def state_of(self, g: Array) -> Array:
        """States of the conductances `g` (S), shape of the cells; the nearest end outside.

        Raises
        ------
        SpecError : one is not finite, or their shape does not fit.
        """
        target = of_cells("g", g, self.shape).reshape(self.shape)
        nodes, out = self._nodes(self.g.shape[1]), np.empty(self.shape)
        if len(self.g) == self.member.size and self.g.shape[1] == 2:  # a table for each cell
            first, last = (self.g[:, k][self.member] for k in (0, 1))
            low, high = self.low[self.member], self.high[self.member]
            share = np.clip((target - first) / (last - first), 0.0, 1.0)
            return np.clip(low + share * (high - low), low, high)
        for m in np.unique(self.member):
            order, own = np.argsort(self.g[m], kind="stable"), self.member == m
            out[own] = np.interp(target[own], self.g[m][order], nodes[m][order])
        return out

    def after(self, x: Array, up: bool) -> Array:
        """States after one pulse without noise; shape of the cells."""
        x, kind = self._state(x), 0 if up else 1
        a = 1.0 if self.scale is None else self.scale[kind]
        moved = x + a * self._look(self.step, kind, x)
        return np.clip(moved, self.low[self.member], self.high[self.member])

    def mean_step(self, x: Array) -> Array:
        """Half the difference of the conductances after a pulse up and one down, S."""
        return 0.5 * (self.read(self.after(x, True)) - self.read(self.after(x, False)))

    def steps(self, x: Array) -> tuple[Array, Array]:
        """Changes of the conductance under a pulse up and one down, S, as if cells did not end.

        What takes a cell past an end goes on straight there.
        """
        x, g = self._state(x), self.read(x)
        found = []
        for kind in (0, 1):
            a = 1.0 if self.scale is None else self.scale[kind]
            whole = a * self._look(self.step, kind, x)
            moved = np.clip(x + whole, self.low[self.member], self.high[self.member])
            left = np.where(moved == x, 1.0, moved - x)
            found.append(np.where(moved == x, 0.0, (self.read(moved) - g) * (whole / left)))
        return found[0], found[1]

    def pulse(
        self, x: Array, counts: Array, z: Array | None = None, first: Array | int = 0
    ) -> tuple[Array, Array | None]:
        """Give cells whole numbers of pulses.

        Parameters
        ----------
        x : states, shape of the cells.
        counts : pulses, up where positive and down where negative, shape of the cells; or several
            trains that follow one another, (trains, ...cells).
        z : standard normals, shape of the cells, from which the noise of every pulse of a cell
            follows; needed where pulses have noise.
        first : pulses that a cell has had before under the same `z`, shape of the cells: the place
            where its noise goes on.

        Returns
        -------
        States after the last train, and the energy of each cell (J), None where it is not known.

        Raises
        ------
        SpecError : counts that are not whole, a `first` that is not or is below 0, shapes that do
            not fit, noise without `z`, a state that is not finite.
        """
        from xbarsim.programming._pulses import give_pulses

        trains = trains_of(counts, self.shape)
        given = self._given(x, z, first)
        spread(
            lambda at: give_pulses(*self._part(at, given, trains[:, at])),
            pieces(self.member.size, _PIECE),
        )
        return self._ended(given)

    def approach(
        self,
        x: Array,
        g_target: Array,
        z: Array | None = None,
        first: Array | int = 0,
        *,
        most: int = 100000,
    ) -> tuple[Array, Array | None, Array, Array]:
        """Bring cells to targets: read, and pulse while a pulse is expected to bring them nearer.

        It is not where it would by less than a millionth of the window, as at soft bounds.

        Parameters
        ----------
        g_target : conductances wanted, shape of the cells, S.
        most : pulses that a cell gets at the most.
        x, z, first : as `pulse` takes them. Reads are taken not to err.

        Returns
        -------
        States, energy (J) or None, and the pulses up and down of each cell.

        Raises
        ------
        SpecError : as `pulse`, a target that is not finite, a `most` that is not whole or below 0.
        """
        from xbarsim.programming._pulses import bring_near

        target = of_cells("g_target", g_target, self.shape)
        most = int(counted("most", most, ())[0])
        given = self._given(x, z, first)
        least = 1e-6 * np.ptp(self.g, axis=1)
        before, up = given[2].copy(), np.zeros(self.member.size, dtype=np.int64)

        def part(at: slice) -> None:
            x, _, *rest = self._part(at, given, target[at])
            seed, first, *tables = rest
            bring_near(x, target[at], most, seed, first, up[at], *tables, self.g[:, None], least)  # type: ignore[call-arg]

        spread(part, pieces(self.member.size, _PIECE))
        down = given[2] - before - up
        return *self._ended(given), up.reshape(self.shape), down.reshape(self.shape)

    def _part(self, at: slice, given: tuple[Array, ...], trains: Array) -> tuple[Array, ...]:
        """What the compiled loop takes of some of the cells."""
        x, seed, first, scale, heat = given
        none = np.empty((0, 2, 2))
        return (
            x[at], trains, seed[at], first[at], self.member.reshape(-1)[at], scale[:, at], self.low,
            self.high, self.step, self.noise, none if self.energy is None else self.energy,
            heat[at],
        )  # fmt: skip

    def _given(self, x: Array, z: Array | None, first: Array | int) -> tuple[Array, ...]:
        """States, seeds of noise, pulses before, scales and heat, in a row."""
        if self.noisy and z is None:
            raise SpecError("z is missing; the noise of pulses needs a standard normal a cell")
        n = self.member.size
        seed = (of_cells("z", z, self.shape) if self.noisy else np.empty(0)).view(np.uint64)
        scale = np.ones((2, n)) if self.scale is None else self.scale.reshape(2, n)
        before = counted("first", first, self.shape)
        return self._state(x).reshape(-1).copy(), seed, before, scale, np.zeros(n)

    def _ended(self, given: tuple[Array, ...]) -> tuple[Array, Array | None]:
        heat = None if self.energy is None else given[4].reshape(self.shape)
        return given[0].reshape(self.shape), heat

    def _state(self, x: Array) -> Array:
        """States of the cells' shape, checked."""
        found = np.asarray(x, dtype=float)
        if found.shape != self.shape:
            raise SpecError(f"x has shape {found.shape}; cells have {self.shape}")
        low, high = self.low[self.member], self.high[self.member]
        outside = ~((found >= low) & (found <= high))
        if outside.any():
            k = tuple(int(i) for i in np.argwhere(outside)[0])
            raise SpecError(f"x is {found[k]:g} at {k}; states go from {low[k]:g} to {high[k]:g}")
        return found

    def _nodes(self, number: int) -> Array:
        return np.linspace(self.low, self.high, number, axis=1)

    def _look(self, table: Array, kind: int, x: Array) -> Array:
        """A table (members, kinds, nodes) at the states of the cells."""
        m, last = self.member, table.shape[2] - 1
        place = (x - self.low[m]) * (last / (self.high[m] - self.low[m]))
        k = np.clip(place.astype(np.int64), 0, last - 1)
        below, above = table[m, kind, k], table[m, kind, k + 1]
        return below + (place - k) * (above - below)


def members_of(z: Array, number: int) -> Array:
    """Which of so many tables cells follow, each as often, from standard normals of their shape."""
    return np.minimum(normal_cdf(z) * number, number - 1).astype(np.int64)
