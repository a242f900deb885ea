"""Pictures of an array: where voltage is lost, where current flows, what weights become.

Every function takes numbers and returns a matplotlib figure. What is no finite number is drawn
grey. Maps show the array as it is wired:
word lines driven from the left, bit lines sensed at the bottom. The colour maps, viridis and
purple to orange, are told apart with every common kind of colour blindness.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.backend import Array, to_numpy
from xbarsim.errors import SpecError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SETTINGS: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "axes.linewidth": 0.7,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "axes.formatter.useoffset": False,
    "text.parse_math": False,
}
#: Okabe and Ito's colours, but for black and the yellow that is too pale for lines
_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
_MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
_NO_VALUE = "#b8bcc2"
#: arrows of a colour bar, by whether there are smaller and larger values than it shows
_EXTEND = {
    (False, False): "neither",
    (True, False): "min",
    (False, True): "max",
    (True, True): "both",
}
_PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k"}


def ir_drop_map(v_word: Array, v_bit: Array, v: Array) -> "Figure":
    """Share of the ideal voltage that wires take from each cell.

    Parameters
    ----------
    v_word, v_bit : voltages of the nodes, (rows, cols) V, as `solve` gives them for one input.
    v : voltages of the sources, (rows,) V; bit lines at virtual ground. Cells of word lines at 0 V
        have no share and are drawn grey. Beyond 100 % the voltage has the wrong sign; the colours
        end there.

    Raises
    ------
    SpecError : the shapes do not fit.
    """
    word, bit, ideal = _plane(v_word, "v_word"), _plane(v_bit, "v_bit"), to_numpy(v)
    if bit.shape != word.shape or ideal.shape != word.shape[:1]:
        raise SpecError(
            f"v_word has shape {word.shape}, v_bit {bit.shape} and v {ideal.shape}; expected "
            "(rows, cols) twice and (rows,)"
        )
    left = np.full(word.shape, np.nan)
    np.divide(word - bit, ideal[:, None], out=left, where=(ideal != 0)[:, None])
    share = 100 * (1 - left)
    return _map(share, "lost of the ideal cell voltage / %", _limits(share, -100, 100), False)


def current_map(i_cell: Array) -> "Figure":
    """Current through each cell.

    Parameters
    ----------
    i_cell : (rows, cols) A, word line to bit line; where some flow backwards, 0 A is drawn white.

    Raises
    ------
    SpecError : not one array.
    """
    current = _plane(i_cell, "i_cell")
    factor, unit = _prefixed(float(np.nanmax(np.abs(current), initial=0.0)), "A")
    low, high = _limits(factor * current)
    return _map(factor * current, f"cell current / {unit}", (low, high), low < 0)


def weight_error_map(t: Array, g: Array) -> "Figure":
    """What wires do to weights: effective less programmed conductance, over the largest programmed.

    Parameters
    ----------
    t : transfer matrix, (rows, cols) S.
    g : conductances, (rows, cols) S.

    Raises
    ------
    SpecError : the shapes differ, or every conductance is 0.
    """
    effective, programmed = _plane(t, "t"), _plane(g, "g")
    if effective.shape != programmed.shape:
        raise SpecError(
            f"t has shape {effective.shape} and g {programmed.shape}; expected the same"
        )
    largest = float(np.nanmax(programmed, initial=0.0))
    if largest <= 0:
        raise SpecError(f"the largest conductance is {largest:g} S; expected more than 0 S")
    error = 100 * (effective - programmed) / largest
    return _map(error, "weight error (t − g) / largest g / %", _limits(error), True)


def margin_plot(sizes: Sequence[int], margins: Mapping[str, Sequence[float]]) -> "Figure":
    """Read margins over the size of the array, a line for each entry.

    Parameters
    ----------
    sizes : lines of each array, (k,).
    margins : name of each line of the plot, and its margins, (k,), as a share of 1: `current` or
        `voltage` of each `xbarsim.crossbar.passive.Margin`.

    Raises
    ------
    SpecError : there is nothing to draw, or an entry does not have one margin for each size.
    """
    wrong = [name for name, values in margins.items() if len(values) != len(sizes)]
    if wrong or not margins or not len(sizes):
        raise SpecError(
            f"margins of {', '.join(wrong) or 'nothing'}; expected a margin for each of the "
            f"{len(sizes)} sizes, of at least one line and one size"
        )
    with _style():
        figure = _figure(4.6, 3.2)
        axes = figure.add_subplot()
        for index, (name, values) in enumerate(margins.items()):
            axes.plot(
                sizes, 100 * np.asarray(values, dtype=float), label=name, clip_on=False,
                color=_COLOURS[index % len(_COLOURS)], marker=_MARKERS[index % len(_MARKERS)],
            )  # fmt: skip
        _size_axis(axes, sizes)
        axes.set(xlabel="rows = columns", ylabel="read margin / %")
        axes.grid(color="#d3d7dc", linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        if axes.get_ylim()[0] < 0:
            axes.axhline(0, color="black", linewidth=0.7)
        else:
            axes.set_ylim(bottom=0)
        widest = max(len(name) for name in margins) + 6
        figure.legend(loc="outside lower center", ncols=max(1, min(len(margins), 60 // widest)))
    return figure


def _size_axis(axes: "Axes", sizes: Sequence[int]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(sizes), [str(n) for n in sizes])
    axes.minorticks_off()


def _map(values: Array, label: str, limits: tuple[float, float], signed: bool) -> "Figure":
    """`values`, (rows, cols), as an image; `signed` gives 0 the middle of the colours.

    Values beyond `limits` take the last colour, and the colour bar ends in an arrow there.
    """
    from matplotlib import colormaps
    from matplotlib.ticker import MaxNLocator

    rows, cols = values.shape
    low, high = limits
    top = max(-low, high)
    with _style():
        figure = _figure(4.6, 0.6 + 3.3 * min(max(rows / cols, 0.5), 1.5))
        axes = figure.add_subplot()
        colours = colormaps["PuOr" if signed else "viridis"].with_extremes(bad=_NO_VALUE)
        image = axes.imshow(
            np.ma.masked_invalid(values), cmap=colours, vmin=-top if signed else low,
            vmax=top if signed else high, aspect="auto",
        )  # fmt: skip
        axes.set(xlabel="bit line (sensed below)", ylabel="word line (driven from the left)")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        bar = figure.colorbar(
            image, ax=axes, label=label,
            extend=_EXTEND[bool((values < low).any()), bool((values > high).any())],
        )  # fmt: skip
        bar.ax.set_ylim(low, high)
    return figure


def _limits(values: Array, low: float = -math.inf, high: float = math.inf) -> tuple[float, float]:
    """Smallest and largest of `values` and 0, within `low` and `high`; never the same."""
    known = values[np.isfinite(values)]
    first = max(low, min(0.0, float(known.min(initial=0.0))))
    last = min(high, max(0.0, float(known.max(initial=0.0))))
    return (first, last) if last > first else (0.0, 1.0)


@contextmanager
def _style() -> Iterator[None]:
    """The settings of every picture, for as long as it is made."""
    from matplotlib import rc_context

    with rc_context(_SETTINGS):  # type: ignore[arg-type]
        yield


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white", dpi=150)


def _plane(values: Array, name: str) -> Array:
    found = np.asarray(to_numpy(values), dtype=float)
    if found.ndim != 2 or not found.size:
        raise SpecError(f"{name} has shape {found.shape}; expected one array, (rows, cols)")
    return np.where(np.isfinite(found), found, np.nan)


def _prefixed(largest: float, symbol: str) -> tuple[float, str]:
    """Factor and unit that bring values up to `largest` into a readable range."""
    if largest == 0:
        return 1.0, symbol
    power = 3 * math.floor(math.log10(largest) / 3)
    power = min(max(power, min(_PREFIXES)), max(_PREFIXES))
    return 10.0**-power, f"{_PREFIXES[power]}{symbol}"
