"""A placement drawn: arrays on their grid, what each layer takes of them, what stays digital."""

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.mapping.placement import Placement
from xbarsim.mapping.slots import Slot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH = 7.0  # inches
#: Okabe and Ito's colours without black, and a grey
_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7b7b7b", "#f0e442"]
_SIDE = 0.86  # of an array, over the pitch of the grid
_NAMED = 8  # digital layers that are listed by name; more are counted


def floorplan(placement: Placement, ax: Any = None) -> Any:
    """Arrays as squares on their grid, the part that each slot takes in its layer's colour.

    Word lines are driven from the left, bit lines sensed at the bottom. With more layers than
    colours each bears its number, on the array nearest to the middle of its own. Below stand the
    layers' names and what stays digital.

    Parameters
    ----------
    placement : what stands where.
    ax : axes to draw on; a figure of their own by default.

    Returns
    -------
    The matplotlib axes; ``.figure.savefig(path)`` writes them.
    """
    layers = list(dict.fromkeys(slot.layer for slot in placement.slots))
    across, down = (int(n) + 1 for n in placement.places.max(axis=0))
    names = _names(layers)
    digital = _digital(placement)
    if ax is None:
        ax = _axes(across, down, names, digital)
    _squares(ax, placement)
    for slot in placement.slots:
        _fill(ax, placement, slot, _COLOURS[layers.index(slot.layer) % len(_COLOURS)])
    if len(layers) > len(_COLOURS):
        _numbers(ax, placement, layers)
    _legend(ax, names, digital)
    ax.set_xlim(-0.05, max(across, 4) - 1 + _SIDE + 0.05)
    ax.set_ylim(down - 1 + _SIDE + 0.05, -0.05)
    ax.set_aspect("equal", anchor="NW")
    ax.set_axis_off()
    return ax


def _axes(across: int, down: int, names: list[str], digital: list[str]) -> "Axes":
    """Axes of a figure as high as squares, legend and text need."""
    from matplotlib.figure import Figure

    side = (_WIDTH - 0.3) / max(across, 4)
    below = 0.3 + 0.16 * -(-len(names) // _columns(names)) + 0.16 * len(digital)
    height = side * down + below + 0.15
    figure = Figure(figsize=(_WIDTH, height), facecolor="white")
    box = (0.15 / _WIDTH, below / height, 1 - 0.3 / _WIDTH, 1 - (below + 0.1) / height)
    return figure.add_axes(box)


def _squares(ax: "Axes", placement: Placement) -> None:
    from matplotlib.patches import Rectangle

    for x, y in placement.places:
        square = Rectangle((x, y), _SIDE, _SIDE, facecolor="#f4f5f7", edgecolor="#5f6670", lw=0.5)
        ax.add_patch(square)


def _fill(ax: "Axes", placement: Placement, slot: Slot, colour: str) -> None:
    from matplotlib.patches import Rectangle

    size = placement.sizes[slot.layer, slot.block][slot.row, slot.column]
    across, down = _SIDE / placement.hardware.cols, _SIDE / placement.hardware.rows
    corner = slot.x + slot.col0 * across, slot.y + slot.row0 * down
    block = Rectangle(corner, size.cols * across, size.rows * down, facecolor=colour, linewidth=0)
    ax.add_patch(block)


def _numbers(ax: "Axes", placement: Placement, layers: list[str]) -> None:
    """Each layer's number on that of its slots which is nearest to their middle."""
    from matplotlib.patheffects import withStroke

    places: dict[str, list[tuple[float, float]]] = {layer: [] for layer in layers}
    for slot in placement.slots:
        size = placement.sizes[slot.layer, slot.block][slot.row, slot.column]
        x = slot.x + _SIDE * (slot.col0 + size.cols / 2) / placement.hardware.cols
        y = slot.y + _SIDE * (slot.row0 + size.rows / 2) / placement.hardware.rows
        places[slot.layer].append((x, y))
    for number, layer in enumerate(layers, 1):
        at = np.array(places[layer])
        x, y = at[np.argmin(((at - at.mean(axis=0)) ** 2).sum(axis=1))]
        halo = [withStroke(linewidth=1.6, foreground="white")]
        ax.text(x, y, str(number), ha="center", va="center", fontsize=7, path_effects=halo)


def _names(layers: list[str]) -> list[str]:
    if len(layers) <= len(_COLOURS):
        return layers
    return [f"{number} {layer}" for number, layer in enumerate(layers, 1)]


def _columns(names: list[str]) -> int:
    """Columns of the legend."""
    return max(1, min(len(names), int(95 / (6 + max(len(name) for name in names)))))


def _legend(ax: "Axes", names: list[str], digital: list[str]) -> None:
    """Names of the layers under the axes, and lines of text under those."""
    from matplotlib.patches import Patch

    ax.legend(
        handles=[
            Patch(facecolor=_COLOURS[k % len(_COLOURS)], label=name) for k, name in enumerate(names)
        ],
        loc="upper left", bbox_to_anchor=(0, 0), ncols=_columns(names), frameon=False, fontsize=8,
        borderpad=0.3, borderaxespad=0.2, labelspacing=0.35, handlelength=1.2, columnspacing=1.4,
    )  # fmt: skip
    rows = -(-len(names) // _columns(names))
    ax.annotate(
        "\n".join(digital), (0, 0), (2, -(10 + 11.3 * rows)), xycoords="axes fraction",
        textcoords="offset points", va="top", fontsize=8, color="#5f6670",
    )  # fmt: skip


def _digital(placement: Placement) -> list[str]:
    """What stays digital, in lines of text."""
    nodes = placement.graph.digital
    if not nodes:
        return ["nothing stays digital"]
    if len(nodes) <= _NAMED:
        told = [f"{n.name}" if n.op in n.name else f"{n.name} ({n.op})" for n in nodes]
    else:
        counts = Counter(node.op for node in nodes)
        told = [f"{number} {op}" for op, number in counts.items()]
    return textwrap.wrap(f"digital: {', '.join(told)}", 100)
