r"""What bounds the throughput of each matrix, and of the network: the roofline.

A matrix that works for t in an inference and does O operations on B bytes of inputs and outputs
attains O / t at an intensity of O / B. If but one part of its time were left, it would attain that
part's ceiling,

.. math:: O / t_\text{arrays}, \quad O / t_\text{converters}, \quad
    (O / B) \cdot B / t_\text{buffer}, \quad (O / B) \cdot B / t_\text{network}

the last two in the form of a bandwidth. Weights never move. The network is bounded by its slowest
stage, and by what it takes from and gives to memory off the chip: an intensity of all operations
over those bytes, times that memory's bandwidth.

Williams, Waterman and Patterson, Commun. ACM 52 (4), 65 (2009); its form for crossbars is ours.
"""

from typing import TYPE_CHECKING, Any

from xbarsim.checks import check_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_INF = float("inf")
#: ceilings of a matrix, and the parts of `xbarsim.energy.read_time.PARTS` that make them
CEILINGS = {
    "arrays": ("decode", "word_line", "read", "hold"),
    "converters": ("convert",),
    "sums": ("accumulate",),
    "buffer": ("buffer",),
    "network": ("network",),
    "activation": ("activation",),
}
_MARKS = {"arrays": "s", "converters": "o", "sums": "^", "buffer": "D", "network": "v",
          "activation": "<", "pipeline": "P", "memory": "*"}  # fmt: skip
_LINES: dict[str, Any] = {"arrays": "-", "converters": "--", "buffer": "-.", "network": ":",
                          "memory": (0, (6, 1, 1, 1, 1, 1))}  # fmt: skip
_COLOURS = dict(zip(_MARKS, ["#0072b2", "#d55e00", "#009e73", "#e69f00", "#56b4e9", "#cc79a7",
                             "#000000", "#7b7b7b"], strict=True))  # fmt: skip


def roofline(
    stages: "pd.DataFrame", *, value_bits: float = 8, memory_bandwidth: float = _INF
) -> "pd.DataFrame":
    """What each matrix attains, and what bounds it.

    Parameters
    ----------
    stages : what `xbarsim.energy.timing.stages` returns.
    value_bits : of an input or output.
    memory_bandwidth : of the memory off the chip, bytes per second; infinite by default.

    Returns
    -------
    A row for each matrix and a last one, ``all layers``, whose ceilings are ``pipeline`` and
    ``memory``: ``layer``, ``block``, ``operations`` and ``bytes`` of an inference, ``intensity``
    (operations per byte), ``attained`` (operations per second, two for each product and sum),
    ``ceiling``, the lowest, and ``bound_by``, whose it is; then each ceiling, infinite where that
    part takes no time.

    Raises
    ------
    SpecError : a width or bandwidth that is not above 0.
    """
    import pandas as pd

    check_number("value_bits", value_bits, 0.0, 64.0, above=True)
    if memory_bandwidth != _INF:
        check_number("memory_bandwidth", memory_bandwidth, 0.0, _INF, "bytes/s", above=True)
    rows = []
    for one in stages.to_dict("records"):
        busy = {
            name: one["series"] * sum(one[part] for part in parts)
            for name, parts in CEILINGS.items()
        }
        roofs = {name: _per(one["operations"], time) for name, time in busy.items()}
        moved = one["values"] * value_bits / 8
        rows.append(_row(one["layer"], one["block"], one["operations"], moved, roofs,
                         one["operations"] / one["time"] if one["time"] else 0.0))  # fmt: skip
    operations, outside = int(stages["operations"].sum()), int(stages["outside"].sum())
    moved = outside * value_bits / 8
    roofs = {
        "pipeline": operations / stages.attrs["interval"],
        "memory": _per(operations, moved / memory_bandwidth),
    }
    rows.append(_row("all layers", "", operations, moved, roofs, min(roofs.values())))
    table = pd.DataFrame(rows)
    return table.fillna(dict.fromkeys((*CEILINGS, *roofs), _INF))


def roofline_plot(table: "pd.DataFrame", ax: Any = None) -> Any:
    """Attained against intensity on logarithmic axes, the marks by what bounds them.

    A thin line leads up to each matrix's lowest ceiling. Level lines are the highest ceilings of
    arrays and of converters, slanted ones the largest bandwidths of buffers, network and memory.
    What is bound by the pipeline or by memory is all of the network.

    Parameters
    ----------
    table : what `roofline` returns.
    ax : axes to draw on; a figure of their own by default.

    Returns
    -------
    The matplotlib axes; ``.figure.savefig(path)`` writes them.
    """
    if ax is None:
        ax = _axes()
    shown = table[table["intensity"] < _INF]
    for bound, part in shown.groupby("bound_by"):
        x, y = part["intensity"], part["attained"] / 1e12
        ax.vlines(x, y, part["ceiling"] / 1e12, color="#b0b4ba", linewidth=0.8)
        ax.plot(x, y, _MARKS[str(bound)], color=_COLOURS[str(bound)], markersize=6,
                label=f"bound by {bound}")  # fmt: skip
    low, high = 0.5 * shown["intensity"].min(), 2 * shown["intensity"].max()
    for name in (name for name in _LINES if (shown[name] < _INF).any()):
        if name in ("arrays", "converters"):
            roof = [_highest(shown[name])] * 2
        else:
            slope = _highest(shown[name] / shown["intensity"])
            roof = [slope * low, slope * high]
        ax.plot([low, high], [top / 1e12 for top in roof], linestyle=_LINES[name],
                color=_COLOURS[name], linewidth=1.2, label=name)  # fmt: skip
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(low, high)
    ax.set_xlabel("intensity (operations per byte)")
    ax.set_ylabel("attained (TOPS)")
    ax.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def _row(
    layer: str, block: str, operations: int, moved: float, roofs: dict[str, float], attained: float
) -> dict[str, Any]:
    bound = min(roofs, key=lambda name: roofs[name])
    return {
        "layer": layer,
        "block": block,
        "operations": operations,
        "bytes": moved,
        "intensity": _per(operations, moved),
        "attained": attained,
        "ceiling": roofs[bound],
        "bound_by": bound,
        **roofs,
    }


def _per(operations: float, amount: float) -> float:
    return operations / amount if amount > 0 else _INF


def _highest(values: "pd.Series[float]") -> float:
    return float(values[values < _INF].max())


def _axes() -> "Axes":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.5), facecolor="white", layout="constrained")
    return figure.add_subplot()
