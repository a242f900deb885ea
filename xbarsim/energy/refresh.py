"""When weights have to be written anew, what that costs each inference, and how long cells last."""

from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from math import exp, inf, log, sqrt

import numpy as np

from xbarsim.backend import array_namespace
from xbarsim.checks import check_number
from xbarsim.device import StatisticalDevice
from xbarsim.energy.writing import WriteCost
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.tile import Tile
from xbarsim.tile.circuit import Circuit
from xbarsim.tile.compensation import Reference
from xbarsim.units import show

#: ours: ages beyond it are not looked at, s
HORIZON = 100 * 365.25 * 86400.0
_SOONEST = 1e-9  # s, ours: first age of a device that describes every age
_A_DECADE = 4  # ages that are looked at
_CLOSE = 1e-6  # of the interval, relative
_CELLS = 64  # rows and columns of weights that stand for a device without a tile


@dataclass(frozen=True, kw_only=True)
class Refresh:
    """When the weights of a tile have to be written anew.

    Parameters
    ----------
    interval : s after programming, the first age at which the error has grown so far; where it has
        not within the ages that the device describes, the last of these, and inf where every age is
        described.
    reached : whether the error grew so far.
    error_first, error_last : `weight_error` at the first age and at the end of `interval`, or the
        largest that was seen.
    words : the same to read.
    """

    interval: float
    reached: bool
    error_first: float
    error_last: float
    words: str


class _Bare:
    """The cells of a tile through no wires, with a reference read of their own."""

    def __init__(self, tile: Tile) -> None:
        tile.g  # noqa: B018  raises on a tile that was never programmed
        self.tile = tile
        self.cells = copy(tile.cells)
        self.cells.effects = deepcopy(self.cells.effects)
        self.cells.hardware = replace(tile.hardware, wires=None, settling=False)
        self.cells.circuit = Circuit(hardware=self.cells.hardware, offsets=None)
        self.reference = Reference(tile.hardware.compensation)
        self.cells.age(tile.hardware.device.ages[0])
        self.reference.set(self.cells)

    def error(self, t: float) -> float:
        """At the age `t`, s."""
        self.cells.age(t)
        cells, part, tile = self.cells, self.tile.partition, self.tile
        xp, (low, high) = array_namespace(cells.g), tile.hardware.device.window
        signals, factor = part.encoding.decode(cells.g), self.reference.factor(cells)
        if not isinstance(factor, float):  # one for all arrays on top of each other, if analogue
            factor = xp.repeat(factor, len(signals) // len(factor), axis=0)
        off = part.encoding.combine(signals * factor - part.encoding.decode(cells.g_target))
        off = part.join_weights(xp.moveaxis(off / (high - low), -1, -2), xp)
        weights = tile.macs + tile.outputs * (part.inputs - tile.inputs)
        return sqrt(float((off**2).sum()) / weights)


def weight_error(tile: Tile) -> float:
    """Root mean square over weights of what they are off at the tile's age, over the largest, 1.

    The conductances of the cells, rescaled as the tile's compensation does, against those that
    programming aimed at. All of that through no wires, noise or converters, the reference read of
    the compensation included.

    Raises
    ------
    SpecError : the tile was not programmed.
    """
    return _Bare(tile).error(tile.t)


def refresh_interval(what: Tile | StatisticalDevice, tolerance: float) -> Refresh:
    """When the error that programming left has grown by `tolerance`.

    Parameters
    ----------
    what : a programmed tile, which is left as it is; or a device, which then holds 64 x 64 weights
        spread evenly from -1 to 1 in differential pairs, without compensation.
    tolerance : growth of `weight_error` over its value at the device's first age, 1.

    Raises
    ------
    SpecError : a tolerance that is not above 0, a device that describes no age but the first, or a
        tile that was not programmed.

    Notes
    -----
    Ages are looked at four times a decade, up to the last that the device describes or a hundred
    years; between the first that is too late and the one before it, the age is found by bisection
    of its logarithm.
    """
    check_number("tolerance", tolerance, 0.0, inf, above=True)
    tile = what if isinstance(what, Tile) else _tile_of(what)
    first, last = tile.hardware.device.ages
    if not last > first:
        raise SpecError(
            f"the device describes no age but {show(first, 'second')}; how far its error grows is "
            "not known"
        )
    start = max(first, _SOONEST)
    end = min(last, max(HORIZON, start))
    error = _Bare(tile).error
    began = error(first)
    number = max(2, 1 + round(_A_DECADE * log(end / start) / log(10)))
    ages = np.geomspace(start, end, number) if end > start else np.array([end])
    ages[[0, -1]] = start, end
    before, largest = first, began
    for age in (float(t) for t in ages):
        now = error(age)
        largest = max(largest, now)
        if now - began >= tolerance:
            found = _bisected(lambda t: error(t) - began - tolerance, max(before, _SOONEST), age)
            return _reached(found, began, error(found), tolerance)
        before = age
    return _not_reached(end if last <= HORIZON else inf, end, began, largest, tolerance)


def _tile_of(device: StatisticalDevice) -> Tile:
    weights = np.linspace(-1, 1, _CELLS**2).reshape(_CELLS, _CELLS)
    hardware = Hardware(device=device, rows=_CELLS, cols=2 * _CELLS)
    tile = Tile(weights, hardware)
    tile.program()
    return tile


def _bisected(too_late: Callable[[float], float], low: float, high: float) -> float:
    """Where `too_late` rises above 0 between two ages, s; the later end of what is left."""
    a, b = log(low), log(high)
    while b - a > _CLOSE:
        middle = (a + b) / 2
        if too_late(exp(middle)) >= 0:
            b = middle
        else:
            a = middle
    return min(exp(b), high)


def _reached(interval: float, began: float, now: float, tolerance: float) -> Refresh:
    words = (
        f"write anew after {show(interval, 'second')}: the error of weights has grown by "
        f"{tolerance:.3g} of the largest, from {began:.3g} to {now:.3g}"
    )
    return Refresh(interval=interval, reached=True, error_first=began, error_last=now, words=words)


def _not_reached(
    interval: float, end: float, began: float, largest: float, tolerance: float
) -> Refresh:
    words = (
        f"within {show(end, 'second')} the error of weights grows from {began:.3g} to at most "
        f"{largest:.3g} of the largest, by less than {tolerance:.3g}; "
    )
    words += (
        "they need not be written anew"
        if interval == inf
        else "the device describes no later ages, so that this is the least that they keep"
    )
    return Refresh(
        interval=interval, reached=False, error_first=began, error_last=largest, words=words
    )


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """What writing anew comes to.

    Parameters
    ----------
    energy : of each inference, J; an upper bound where the error did not grow so far.
    power : mean, W.
    lifetime : until cells are worn out by it, s; None where their endurance is not known.
    busy : share of the time that is spent writing.
    words : where the interval is from.
    """

    energy: float
    power: float
    lifetime: float | None
    busy: float
    words: str


def upkeep(cost: WriteCost, refresh: Refresh, rate: float) -> Upkeep:
    """Writing once every interval, shared by all inferences of that time.

    Parameters
    ----------
    rate : inferences per second, pauses included.

    Raises
    ------
    SpecError : a rate that is not above 0, or writing that takes longer than the interval.
    """
    check_number("rate", rate, 0.0, inf, "hertz", above=True)
    interval = refresh.interval
    if cost.time >= interval:
        raise SpecError(
            f"writing takes {show(cost.time, 'second')}, and weights have to be written anew after "
            f"{show(interval, 'second')}"
        )
    lifetime = None
    if cost.wear is not None:
        lifetime = inf if cost.wear == 0 else (interval / cost.wear if cost.wear < inf else 0.0)
    return Upkeep(
        energy=cost.energy / (rate * interval),
        power=cost.energy / interval,
        lifetime=lifetime,
        busy=cost.time / interval,
        words=refresh.words,
    )
