"""The pipeline of a few inferences, as a table and drawn."""

from typing import TYPE_CHECKING, Any

from xbarsim.checks import check_count
from xbarsim.units import show

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WIDTH = 7.0  # inches
#: of Okabe and Ito's colours, dark and light ones in turn; one for each inference
_COLOURS = ["#0072b2", "#56b4e9", "#d55e00", "#f0e442"]
_NAMED = 40  # matrices that are named; more are numbered


def gantt(stages: "pd.DataFrame", inferences: int = 4) -> "pd.DataFrame":
    """When each matrix works on which inference.

    A matrix begins once those before it have finished the same inference and it has finished the
    one before; nothing else delays it.

    Parameters
    ----------
    stages : what `xbarsim.energy.timing.stages` returns; of it ``attrs["runs"]``.
    inferences : that come one right after the other.

    Returns
    -------
    A row for each use of a matrix: ``layer``, ``block``, ``inference`` (from 0), ``begin`` and
    ``end``, s.

    Raises
    ------
    SpecError : fewer than one inference, or more than 10000.
    """
    import pandas as pd

    check_count("inferences", inferences, 1, 10_000)
    free: dict[tuple[str, str], float] = {}
    rows = []
    for inference in range(inferences):
        ends: list[float] = []
        for run in stages.attrs["runs"]:
            key = run.layer, run.block
            begin = max([free.get(key, 0.0), *(ends[k] for k in run.after)])
            ends.append(begin + run.time)
            free[key] = ends[-1]
            rows.append((*key, inference, begin, ends[-1]))
    return pd.DataFrame(rows, columns=["layer", "block", "inference", "begin", "end"])


def gantt_plot(bars: "pd.DataFrame", ax: Any = None) -> Any:
    """Bars over time, a line for each matrix, first on top; each inference in a colour.

    Parameters
    ----------
    bars : what `gantt` returns.
    ax : axes to draw on; a figure of their own by default.

    Returns
    -------
    The matplotlib axes; ``.figure.savefig(path)`` writes them.
    """
    keys = list(dict.fromkeys(zip(bars["layer"], bars["block"], strict=True)))
    if ax is None:
        ax = _axes(len(keys))
    scale, unit = _unit(float(bars["end"].max()))
    for number in bars["inference"].unique().tolist():
        of_one = bars[bars["inference"] == number]
        places = [keys.index(key) for key in zip(of_one["layer"], of_one["block"], strict=True)]
        ax.barh(
            places, (of_one["end"] - of_one["begin"]) / scale, left=of_one["begin"] / scale,
            height=0.8, color=_COLOURS[number % len(_COLOURS)],
            edgecolor=_COLOURS[number % len(_COLOURS)], linewidth=0.5, label=f"inference {number}",
        )  # fmt: skip
    names = [f"{layer}.{block}" if block else layer for layer, block in keys]
    if len(names) > _NAMED:
        names = [str(k) if k % 10 == 0 else "" for k in range(1, len(names) + 1)]
    ax.set_yticks(range(len(keys)), names, fontsize=8)
    ax.set_ylim(len(keys) - 0.5, -0.5)
    ax.set_xlim(left=0)
    ax.set_xlabel(f"time ({unit})")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if bars["inference"].nunique() <= len(_COLOURS):
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(_COLOURS), fontsize=8,
                  frameon=False)  # fmt: skip
    return ax


def _axes(lines: int) -> "Axes":
    from matplotlib.figure import Figure

    height = 1.0 + min(0.22 * lines, 9.0)
    figure = Figure(figsize=(_WIDTH, height), facecolor="white", layout="constrained")
    return figure.add_subplot()


def _unit(longest: float) -> tuple[float, str]:
    """The unit that a time is shown in, in s and by its name."""
    for scale in (1e-12, 1e-9, 1e-6, 1e-3):
        if longest < 1000 * scale:
            return scale, show(scale, "second").split()[1]
    return 1.0, "s"
