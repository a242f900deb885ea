"""How figures look: one size of type, one palette that survives colour blindness and dark pages."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH = 7.0  #: of every figure, inches
INK = "#010101"
MUTED = "#5f6670"
RULE = "#d3d7dc"
#: Okabe and Ito's hues, darkened to 3 : 1 against white, and a grey; the last, paler, is for areas,
#: which have an edge. They are those of the page's light theme
PALETTE = ["#0072b2", "#d55e00", "#00875f", "#b8588f", "#c07f00", "#3b9bd6", "#6f6f6f", "#e3d53a"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
STROKES = ["-", "--", ":", "-."]
#: hatch of each colour, so that those of one lightness differ in print without colours
HATCHES = ["", "////", "----", "\\\\\\\\", "", "xxxx", "xxxx", ""]
_MORE_HATCHES = ["", "||", "+", "x"]  # of areas that come after those, over their hatch

_SETTINGS: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.title_fontsize": 8.5,
    "legend.frameon": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.labelcolor": INK,
    "hatch.color": INK,
    "hatch.linewidth": 0.5,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "errorbar.capsize": 0.0,
    "axes.formatter.use_mathtext": False,
    "axes.formatter.useoffset": False,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "xbarsim",
    "pdf.fonttype": 42,
}


@contextmanager
def style() -> Iterator[None]:
    """The settings of every figure, for as long as it is drawn or saved."""
    with rc_context(_SETTINGS):  # type: ignore[arg-type]
        yield


def new_figure(height: float) -> Figure:
    """An empty figure of the common width, `height` inches high."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


def line_look(index: int) -> dict[str, Any]:
    """Colour, marker and dashes of the line `index`; no two of 28 share both of the latter."""
    colours = PALETTE[:-1]
    cycle = index // len(colours)
    return {
        "color": colours[index % len(colours)],
        "marker": MARKERS[(index + cycle) % len(MARKERS)],
        "linestyle": STROKES[cycle % len(STROKES)],
    }


def curve_look(index: int) -> dict[str, Any]:
    """Colour and dashes of the curve `index`, which has no markers."""
    colours = PALETTE[:-1]
    return {"color": colours[index % len(colours)], "linestyle": STROKES[index % len(STROKES)]}


def area_look(index: int) -> dict[str, Any]:
    """Colour and hatch of the area `index`; no two of 32 share both, nor hatch and lightness."""
    cycle, place = divmod(index, len(PALETTE))
    return {
        "facecolor": PALETTE[place],
        "hatch": HATCHES[place] + _MORE_HATCHES[cycle % len(_MORE_HATCHES)],
        "edgecolor": INK,
        "linewidth": 0.5,
    }


def legend_below(figure: Figure, axes: Axes, title: str = "") -> None:
    """The legend of `axes` under the figure, in as many columns as fit."""
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return
    widest = max(len(label) for label in labels) + 6
    figure.legend(
        handles, labels, loc="outside lower center", title=title or None,
        ncols=max(1, min(len(labels), 100 // widest)), columnspacing=1.4, handlelength=2.2,
    )  # fmt: skip


def nothing(axes: Axes, why: str) -> None:
    """An empty panel that says why."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", color=MUTED)


def set_ticks(axes: Axes, positions: Sequence[float], labels: Sequence[str], width: float) -> None:
    """Ticks along x at `positions` (ascending), named where the names do not collide.

    `width` is that of `axes` in inches.
    """
    low, high = axes.transScale.transform([(x, 1.0) for x in axes.get_xlim()])[:, 0]
    places = axes.transScale.transform([(x, 1.0) for x in positions])[:, 0]
    shown: list[str] = []
    free_from = -1.0
    for place, label in zip(places, labels, strict=True):
        centre, half = width * (place - low) / (high - low), 0.036 * len(label) + 0.04
        fits = centre - half >= free_from
        shown.append(label if fits else "")
        free_from = centre + half if fits else free_from
    axes.set_xticks(list(positions), shown)
    axes.minorticks_off()
