"""Events of cameras and silicon cochleas in bins of time."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from xbarsim.backend import Array, real_array
from xbarsim.checks import check_above_zero, check_count, check_one_of
from xbarsim.errors import SpecError

Polarity = Literal["on", "off", "both", "merged"]
_LARGEST = 2**30  # values of a series, 8 GiB while they are counted
_NUDGE = 1 + 1e-12  # times are whole microseconds: one on an edge belongs behind it


@dataclass(frozen=True, kw_only=True)
class Events:
    """What a sensor of `width` x `height` pixels reported.

    Parameters
    ----------
    x, y : (n,) column and row of each event, whole numbers from 0.
    p : (n,) polarity, 1 where it became brighter (on), else 0.
    t : (n,) time, s, from 0.
    width, height : pixels of the sensor.

    Raises
    ------
    SpecError : lengths that differ, events outside the sensor, or times that are none.
    """

    x: Array
    y: Array
    p: Array
    t: Array
    width: int
    height: int

    def __post_init__(self) -> None:
        lengths = {name: np.shape(getattr(self, name)) for name in "xypt"}
        if len(set(lengths.values())) > 1 or np.ndim(self.t) != 1:
            raise SpecError(f"events have shapes {lengths}; expected (n,) of each")
        check_count("events.width", self.width, 1, 100_000)
        check_count("events.height", self.height, 1, 100_000)
        for name, size in {"x": self.width, "y": self.height, "p": 2}.items():
            values = real_array(f"events.{name}", getattr(self, name), np)
            if values.size and values.dtype.kind == "f":
                raise SpecError(f"events.{name} holds {values.dtype}; expected whole numbers")
            if values.size and (values.min() < 0 or values.max() >= size):
                worst = values.max() if values.max() >= size else values.min()
                raise SpecError(f"events.{name} is {worst}; it must lie from 0 to {size - 1}")
        t = real_array("events.t", self.t, np)
        if not (np.isfinite(t) & (t >= 0)).all():
            raise SpecError("events.t holds times below 0 s or not finite")

    def __len__(self) -> int:
        return len(self.t)


@dataclass(frozen=True, kw_only=True)
class Binning:
    """How events become a series.

    Parameters
    ----------
    bins : steps of the series.
    span : time that the bins divide, s; events after it are left out. None takes each recording's
        own: until its last event.
    crop : side of the square in the middle of the sensor that is kept, pixels; None keeps all.
    downsample : side of the blocks of pixels that become one; blocks that would stand over the
        edge are left out.
    polarity : ``on`` or ``off`` alone, ``both`` as channels of their own (on first) or
        ``merged``, added up.
    clip : whether several events of a channel in a bin count as one.

    Raises
    ------
    SpecError : a setting is out of range.

    References
    ----------
    The settings of N. Lin et al., arXiv:2307.00771, for N-MNIST: 50 bins, the 16 x 16 pixels in
    the middle, one polarity, values clipped to 0 and 1.
    """

    bins: int
    span: float | None = None
    crop: int | None = None
    downsample: int = 1
    polarity: Polarity = "both"
    clip: bool = True

    def __post_init__(self) -> None:
        check_count("binning.bins", self.bins, 1, 1_000_000)
        check_count("binning.downsample", self.downsample, 1, 10_000)
        if self.crop is not None:
            check_count("binning.crop", self.crop, 1, 10_000)
        if self.span is not None:
            check_above_zero("binning.span", self.span, "s")
        check_one_of("binning.polarity", self.polarity, get_args(Polarity))


def bin_events(events: Events, binning: Binning) -> Array:
    """Counts of events, or whether there were any.

    Returns
    -------
    (bins, channels), uint8 of 0 and 1 where clipped, else uint16 counts. Channels go along rows of
    pixels, one row after the other; with both polarities those of on come first.

    Raises
    ------
    SpecError : a crop larger than the sensor, blocks larger than what is left, or more than 65,535
        events of a channel in a bin.
    """
    width, height, left, top = _window(events, binning)
    x, y = (np.asarray(events.x, np.int64) - left, np.asarray(events.y, np.int64) - top)
    x, y, on = x // binning.downsample, y // binning.downsample, np.asarray(events.p) == 1
    step = _steps(np.asarray(events.t, float), binning)
    keep = (x >= 0) & (x < width) & (y >= 0) & (y < height) & (step < binning.bins)
    if binning.polarity in ("on", "off"):
        keep &= on == (binning.polarity == "on")
    pixels = width * height
    channel = y * width + x + (~on * pixels if binning.polarity == "both" else 0)
    channels = pixels * (2 if binning.polarity == "both" else 1)
    if binning.bins * channels > _LARGEST:
        raise SpecError(
            f"binning.bins is {binning.bins}: with {channels} channels more than "
            f"{_LARGEST:g} values"
        )
    flat = np.bincount((step * channels + channel)[keep], minlength=binning.bins * channels)
    counts = flat.reshape(binning.bins, channels)
    if binning.clip:
        return (counts > 0).astype(np.uint8)
    if counts.max() > 65535:
        raise SpecError(f"{counts.max()} events of a channel in a bin; counts reach 65,535")
    return counts.astype(np.uint16)


def _window(events: Events, binning: Binning) -> tuple[int, int, int, int]:
    """Pixels of the series along a row and a column, and the corner that they begin at."""
    sides = events.width, events.height
    if binning.crop is not None:
        if binning.crop > min(sides):
            raise SpecError(f"binning.crop is {binning.crop}; the sensor has {sides} pixels")
        sides = binning.crop, binning.crop
    width, height = (side // binning.downsample for side in sides)
    if not width or not height:
        raise SpecError(f"binning.downsample is {binning.downsample}; {sides} pixels are left")
    return width, height, (events.width - sides[0]) // 2, (events.height - sides[1]) // 2


def _steps(t: Any, binning: Binning) -> Any:
    """The bin of each time; the last event of a recording without a span is in the last."""
    if binning.span is not None:
        early = np.minimum(t, 2 * binning.span)
        return (early / binning.span * binning.bins * _NUDGE).astype(np.int64)
    last = t.max(initial=0.0) or 1.0
    return np.minimum((t / last * binning.bins * _NUDGE).astype(np.int64), binning.bins - 1)
