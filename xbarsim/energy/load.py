"""What a programmed array is to its sources, and what its statistics say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.checks import check_all, check_number
from xbarsim.crossbar import Wires, source_admittance
from xbarsim.crossbar.solve import check_inputs
from xbarsim.crossbar.wires import check_conductances
from xbarsim.energy.dissipation import PARTS, dissipation
from xbarsim.energy.ladder import expected_parts, power_of_sums
from xbarsim.errors import SpecError
from xbarsim.parallel import once
from xbarsim.streams import Streams

_SOLVED = 8  # inputs of which it is found out where the power goes
_INPUTS = 1024  # inputs that a statistic is made from, at the most
_VALUES = 2**15  # voltages that a mean square is taken of, at the most
_GOLDEN = (5**0.5 - 1) / 2  # multiples of it are even in an interval, whatever its parts


@dataclass(frozen=True, kw_only=True, eq=False)
class Load:
    """A programmed array of ohmic cells as its sources see it.

    Parameters
    ----------
    g : conductances, (rows, cols) S.
    wires : line and terminal resistances.

    Raises
    ------
    SpecError : a conductance is negative or not finite, or `g` is a stack of arrays.
    """

    g: Array
    wires: Wires

    def __post_init__(self) -> None:
        check_conductances(self.g)
        if self.g.ndim != 2:
            raise SpecError(f"g has shape {self.g.shape}; expected one array, (rows, cols)")

    @once
    def conductance(self) -> float:
        """Of all cells together, S."""
        return float(self.rows.sum())

    @once
    def rows(self) -> Array:
        """Sums over the rows of cells, (rows,) S."""
        return self.g.astype(float, copy=False).sum(axis=-1)

    @once
    def admittance(self) -> Array:
        """Of the sources: (rows, rows) S; without wires sums over rows, (rows,) S.

        Made when first asked for, at about the cost of a transfer matrix.
        """
        if self.wires.ideal:
            return self.rows
        return source_admittance(self.g, self.wires)

    def power(self, v: Array) -> Array:
        """That sources `v` (k, rows) V deliver, (k,) W: exact, wires included."""
        check_inputs(self.g, v)
        y = self.admittance
        return v**2 @ y if y.ndim == 1 else (v @ y * v).sum(axis=-1)

    def shares(self, v: Array) -> dict[str, float]:
        """Of cells, wires and terminations in the power of `v`, by solving at most 8 of them, 1."""
        if self.wires.ideal:
            return _all_in_cells()
        return _shares(dissipation(self.g, _spread(v, _SOLVED), self.wires))


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """All that is kept of an array where only distributions count.

    Parameters
    ----------
    conductance : of all cells together, S.
    coupling : mean power over `conductance` times the mean square of the inputs, 1. It holds
        whether inputs are large where rows conduct well, and what wires take; 1 where neither is so
        or nothing is known of it.
    shares : of the parts of `PARTS` in the power, 1.

    Raises
    ------
    SpecError : a number is negative or not finite, or the shares do not add up to 1.
    """

    conductance: float
    coupling: float = 1.0
    shares: Mapping[str, float] = field(default_factory=lambda: _all_in_cells())

    def __post_init__(self) -> None:
        check_all(
            [
                (check_number, "conductance", self.conductance, 0.0, float("inf"), "siemens"),
                (check_number, "coupling", self.coupling, 0.0),
            ]
        )
        if set(self.shares) != set(PARTS) or abs(sum(self.shares.values()) - 1) > 1e-6:
            raise SpecError(f"shares is {dict(self.shares)}; it must give {PARTS}, together 1")

    @classmethod
    def of(cls, load: Load, v: Array) -> "Statistic":
        """Of a programmed array, its coupling exact for inputs `v` (k, rows) V.

        At most 1024 of them are looked at, evenly spread. Inputs that are all 0 V tell nothing: one
        voltage on all rows is then taken.
        """
        v = _telling(v)
        power = float(load.power(v).mean())
        ideal = load.conductance * float((v.astype(float) ** 2).mean())
        shares = load.shares(v) if power > 0 else _all_in_cells()
        coupling = power / ideal if ideal > 0 else 1.0
        return cls(conductance=load.conductance, coupling=coupling, shares=shares)

    @classmethod
    def of_sums(cls, load: Load, v: Array) -> "Statistic":
        """The same from sums over rows and columns of cells alone, by `xbarsim.energy.ladder`.

        Nothing is solved. Shares are those of cells that are all alike. How far this is off where
        cells are placed by a plan has been measured in ``docs/array_energy.md``.

        Raises
        ------
        SpecError : wires are graded or broken.
        """
        v, g = np.asarray(to_numpy(_telling(v)), float), to_numpy(load.g)
        square, mean = float((v**2).mean()), float(v.mean())
        like = cls.expected(g.shape, float(g.mean()), load.wires, mean=mean, square=square)
        if load.conductance == 0:
            return like
        power = power_of_sums(to_numpy(load.rows), g.sum(axis=0, dtype=float), load.wires, v)
        return replace(like, coupling=power / load.conductance / square)

    @classmethod
    def expected(
        cls, shape: tuple[int, int], g_mean: float, wires: Wires, *, mean: float, square: float
    ) -> "Statistic":
        """Of an array of which only means are known, by `xbarsim.energy.ladder`.

        Parameters
        ----------
        shape : rows and columns.
        g_mean : of its cells, S.
        wires : with one resistance for all segments of a kind.
        mean, square : of voltages on the word lines, V and V^2.

        Raises
        ------
        SpecError : as `xbarsim.energy.ladder.expected_power`.
        """
        parts = expected_parts(*shape, g_mean, wires, mean, square)
        power, conductance = sum(parts.values()), shape[0] * shape[1] * g_mean
        if power <= 0:
            return cls(conductance=conductance)
        shares = _all_in_cells() | {name: part / power for name, part in parts.items()}
        return cls(conductance=conductance, coupling=power / conductance / square, shares=shares)

    def energy(self, square: float, t: float) -> float:
        """Of a read of duration `t` s under inputs of mean square `square` V^2, J."""
        return self.conductance * self.coupling * square * t


def mean_square(v: Array) -> float:
    """Of voltages (k, rows), V^2.

    Of more than 32768 as many are taken, evenly spread over inputs and rows but at no fixed
    distance: inputs come in periods, of bit planes or lines of an image, of which a fixed step may
    see always the same.
    """
    if not v.size:
        return 0.0
    if v.size > _VALUES:
        v = v.reshape(-1).take(array_namespace(v).asarray(_places(*v.shape)))
    return float((v.astype(float, copy=False) ** 2).mean())


@lru_cache(maxsize=16)
def _places(k: int, rows: int) -> Array:
    """The places of `_VALUES` of (k, rows) values, counted row by row."""
    row = (_GOLDEN * np.arange(_VALUES) % 1.0 * rows).astype(int)
    return _some(k, _VALUES) * rows + row


@lru_cache(maxsize=16)
def _some(size: int, count: int) -> Array:
    """`count` of the numbers below `size`: one by chance in each of as many equal parts."""
    chance = Streams(0).rng().random(count)
    return ((np.arange(count) + chance) * (size / count)).astype(int)


def _telling(v: Array) -> Array:
    """What a statistic is made from: some of the inputs, or equal ones if these are all 0 V."""
    v = _spread(v, _INPUTS)
    return v if bool(v.any()) else array_namespace(v).ones_like(v[:1], dtype=float)


def _shares(found: object) -> dict[str, float]:
    totals = {name: float(to_numpy(getattr(found, name)).sum()) for name in PARTS}
    power = sum(totals.values())
    return {name: t / power for name, t in totals.items()} if power > 0 else _all_in_cells()


def _all_in_cells() -> dict[str, float]:
    return {name: float(name == "cells") for name in PARTS}


def _spread(v: Array, most: int) -> Array:
    """At most `most` of the inputs (k, rows), evenly spread."""
    return v if len(v) <= most else v[array_namespace(v).asarray(_some(len(v), most))]
