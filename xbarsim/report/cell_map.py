"""Maps of shares of a voltage over the cells of arrays: a panel for each, with one cell marked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.backend import Array
from xbarsim.report.style import new_figure, style

MAX_MAPS = 6  #: of a figure
FINEST = 64  #: fields along each side of a map


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One map.

    Parameters
    ----------
    title : above it.
    fields : share of the voltage in each field, at most `FINEST` along each side; nan for none.
    shape : rows and columns of the array.
    marked : word line and bit line of the cell with the cross.
    """

    title: str
    fields: Array
    shape: tuple[int, int]
    marked: tuple[int, int]


def means(shares: Array, finest: int = FINEST) -> Array:
    """Means over fields of cells, at most `finest` along each side; nan where no cell is."""
    there = np.isfinite(shares)
    sums, counts = np.where(there, shares, 0.0), there.astype(float)
    for axis, starts in enumerate(_starts(shares.shape, finest)):
        sums, counts = (np.add.reduceat(each, starts, axis=axis) for each in (sums, counts))
    with np.errstate(invalid="ignore"):
        found: Array = sums / np.where(counts > 0, counts, np.nan)
    return found


def peaks(shares: Array, finest: int = FINEST) -> Array:
    """The largest over fields of cells, at most `finest` along each side."""
    for axis, starts in enumerate(_starts(shares.shape, finest)):
        shares = np.maximum.reduceat(shares, starts, axis=axis)
    return shares


def _starts(shape: tuple[int, ...], finest: int) -> list[Array]:
    """First cell of each field, along each side."""
    return [np.unique(np.arange(min(n, finest)) * n // min(n, finest)) for n in shape]


def map_figure(panels: Sequence[Panel], label: str) -> Figure:
    """All panels on one scale, which `label` names and which ends at 100 %."""
    low = min(float(np.nanmin(each.fields)) for each in panels)
    low = min(math.floor(100 * low) / 100, 0.99)
    with style():
        across = min(3, len(panels))
        down = -(-len(panels) // across)
        figure = new_figure(0.4 + (2.5 if across > 1 else 3.2) * down)
        grid = figure.subplots(down, across, squeeze=False).ravel()
        for axes in grid[len(panels) :]:
            axes.remove()
        for k, (axes, each) in enumerate(zip(grid, panels, strict=False)):
            image = _drawn(axes, each, low)
            axes.set_xlabel("bit line")
            if k % across == 0:
                axes.set_ylabel("word line")
        bar = figure.colorbar(image, ax=[*grid[: len(panels)]], fraction=0.05, aspect=28, pad=0.02)
        bar.set_label(f"{label} / %")
        bar.outline.set_linewidth(0.5)
    return figure


def _drawn(axes: Axes, each: Panel, low: float) -> Any:
    rows, cols = each.shape
    image = axes.imshow(
        100 * each.fields, cmap="cividis", vmin=100 * low, vmax=100.0, aspect="auto",
        interpolation="none", extent=(-0.5, cols - 0.5, rows - 0.5, -0.5),
    )  # fmt: skip
    row, col = each.marked
    for colour, width, size in (("white", 3.0, 9), ("black", 1.3, 8)):
        axes.plot([col], [row], "x", color=colour, markersize=size, markeredgewidth=width,
                  clip_on=False)  # fmt: skip
    axes.set_title(each.title)
    axes.grid(visible=False)
    return image
