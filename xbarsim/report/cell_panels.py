"""What a statistical device does, a panel for each of its properties."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from xbarsim.device import StatisticalDevice, programmed
from xbarsim.programming.retention import statistical_retention
from xbarsim.report.style import INK, PALETTE, curve_look, nothing, set_ticks
from xbarsim.report.text import age_text, prefixed, quantity_text
from xbarsim.streams import Streams

CELLS = 2000
READ = 1e-7  #: length of the reads whose noise is drawn, s
LEVELS = 8
_TALLEST = 2.5  # of the median of all levels' peaks; taller ones are cut off

_SECONDS = [1e-9, 1e-6, 1e-3, 1.0, 60.0, 3600.0, 86400.0, 31557600.0, 315576000.0,
            3155760000.0]  # fmt: skip


def programming_error(
    axes: Axes, device: StatisticalDevice, streams: Streams, cells: int = CELLS
) -> None:
    """Mean and spread of what was programmed less its target."""
    low, high = device.window
    factor, unit = prefixed(high, "S")
    target = np.linspace(low, high, 61)
    z = (streams / "programming").normal((cells, 1))
    z_device = (streams / "device").normal((cells, 1))
    found = programmed(device, np.broadcast_to(target, (cells, 61)), z, z_device)
    error = factor * (found - target)
    mean, spread = error.mean(axis=0), error.std(axis=0, ddof=1)
    x = factor * target
    axes.set_title("Programming error")
    axes.fill_between(x, mean - spread, mean + spread, color=PALETTE[0], alpha=0.25, linewidth=0)
    axes.plot(x, mean, color=PALETTE[0])
    axes.plot(x, spread, "--", color=INK, linewidth=1)
    axes.set(xlabel=f"target / {unit}", ylabel=f"error / {unit}")


def level_histograms(
    axes: Axes, device: StatisticalDevice, streams: Streams, age: float, cells: int = CELLS
) -> None:
    """Distribution of cells programmed to even levels, right after programming and at `age`."""
    low, high = device.window
    factor, unit = prefixed(high, "S")
    targets = np.linspace(low, high, LEVELS)
    z = (streams / "levels").normal((2, LEVELS, cells))
    first = device.ages[0]
    ages, z_device = np.array(sorted({first, age})), (streams / "device").normal((cells,))
    course = statistical_retention(device, targets, ages, z, z_device)
    g = factor * course.g
    edges = np.linspace(min(float(g.min()), factor * low), max(float(g.max()), factor * high), 121)
    peaks = []
    for k in range(LEVELS):
        colour = PALETTE[k % (len(PALETTE) - 1)]
        looks: list[dict[str, Any]] = [
            {"histtype": "stepfilled", "alpha": 0.45},
            {"histtype": "step", "linewidth": 0.9},
        ]
        for found, look in zip(g, looks, strict=False):
            counts, *_ = axes.hist(found[k], _about(found[k], edges), color=colour,
                                   weights=np.full(cells, 100.0 / cells), **look)  # fmt: skip
            peaks.append(float(np.max(counts)))
        axes.axvline(factor * targets[k], color=INK, linewidth=0.5, linestyle=":")
    axes.set_title(f"{LEVELS} levels" + (f", lines after {age_text(age)}" if len(g) > 1 else ""))
    axes.set(xlabel=f"conductance / {unit}", ylabel="cells / %")
    axes.set_ylim(0, 1.1 * min(max(peaks), _TALLEST * float(np.median(peaks))))


def _about(g: Any, edges: Any) -> list[float]:
    """Those of the edges that lie about some cells, and one beyond on either side."""
    first, last = np.searchsorted(edges, [g.min(), g.max()])
    return edges[max(first - 2, 0) : last + 2].tolist()  # type: ignore[no-any-return]


def history(
    axes: Axes,
    device: StatisticalDevice,
    streams: Streams,
    span: tuple[float, float],
    cells: int = CELLS,
) -> None:
    """Conductance over time for four targets: median and 10 % to 90 % of cells."""
    low, high = device.window
    factor, unit = prefixed(high, "S")
    times = np.geomspace(*span, 49)
    times[[0, -1]] = span
    targets = np.linspace(low, high, 5)[1:]
    z = np.stack([(streams / name).normal((4, cells)) for name in ("programming", "ageing")])
    z_device = (streams / "device").normal((cells,))
    aged = factor * statistical_retention(device, targets, times, z, z_device).g
    lower, median, upper = np.quantile(aged, [0.1, 0.5, 0.9], axis=2)
    axes.set_title("Conductance over time")
    for index in range(4):
        look = curve_look(index)
        axes.fill_between(times, lower[:, index], upper[:, index], color=look["color"], alpha=0.25,
                          linewidth=0)  # fmt: skip
        axes.plot(times, median[:, index], **look)
    axes.set_xscale("log")
    axes.set_xlim(*span)
    axes.set(xlabel="age", ylabel=f"conductance / {unit}")
    axes.set_ylim(bottom=0)
    ticks = [t for t in _SECONDS if span[0] <= t <= span[1]]
    ticks = ticks if len(ticks) > 1 else list(span)
    set_ticks(axes, ticks, [age_text(t) for t in ticks], 2.8)
    _mark_last_measured(axes, device.ages[1], span)


def read_noise(axes: Axes, device: StatisticalDevice) -> None:
    """Standard deviation of one read against the conductance."""
    low, high = device.window
    factor, unit = prefixed(high, "S")
    g = np.linspace(low, high, 101)
    noise = abs(device.read_noise(g, READ, np.ones_like(g)))
    finer, noise_unit = prefixed(float(noise.max()), "S")
    axes.set_title(f"Noise of a read of {quantity_text(READ, 'second')}")
    if not noise.any():
        nothing(axes, "none")
        return
    axes.plot(factor * g, finer * noise, color=PALETTE[0])
    axes.set(xlabel=f"conductance / {unit}", ylabel=f"standard deviation / {noise_unit}")
    axes.set_ylim(bottom=0)


def span_of(device: StatisticalDevice, ages: list[float]) -> tuple[float, float]:
    """First and last age that are drawn, s; at least a factor of ten apart."""
    known = [age for age in [device.ages[0], *ages] if age > 0] or [1.0]
    first = device.ages[0] if device.ages[0] > 0 else min(known)
    return first, max(*known, 10 * first)


def _mark_last_measured(axes: Axes, last: float, span: tuple[float, float]) -> None:
    if not span[0] < last < span[1]:
        return
    axes.axvline(last, linestyle=":", linewidth=1, color=INK)
    axes.annotate(
        "extrapolated →", (last, 0.0), xycoords=("data", "axes fraction"), fontsize=7.5, color=INK,
        textcoords="offset points", xytext=(3, 3), ha="left", va="bottom",
    )  # fmt: skip
