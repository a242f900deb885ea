"""A network to its placement: cut, copied, packed, laid out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.mapping import grid
from xbarsim.mapping.activity import Activity, activity_of
from xbarsim.mapping.copies import copies_of
from xbarsim.mapping.graph import Graph, Key
from xbarsim.mapping.packing import Spot, diagonal, separate
from xbarsim.mapping.placement import Placement, corner_only, partition_of, sizes_of
from xbarsim.mapping.read import read_model
from xbarsim.mapping.slots import Slot
from xbarsim.mapping.strategy import Strategy
from xbarsim.mapping.traffic import links, members
from xbarsim.partition import Partition

Partitions = Mapping[Key, Partition]


def map_network(
    model: Any, hardware: Hardware, *, strategy: Strategy | None = None, example: Any = None
) -> Placement:
    """Place `model` on arrays of `hardware`.

    Parameters
    ----------
    model : whatever `xbarsim.mapping.read_model` takes.
    hardware : what the arrays are built from.
    strategy : how to place; by default every piece of a matrix on an array of its own.
    example : an input (1, ...), or a tuple of one for each of the network's inputs, that tells how
        often each matrix is read; needed for copies ``balance``, and used for order ``short``.

    Raises
    ------
    SpecError : a model that cannot be mapped, a strategy that does not fit it or the hardware, or
        fewer arrays than are needed; the message says why, and how many.

    Examples
    --------
    >>> import numpy as np
    >>> import xbarsim as xs
    >>> from xbarsim.mapping import Dense
    >>> net = [Dense(name="out", weights=np.eye(4, 100), bias=np.zeros(4))]
    >>> hardware = xs.Hardware(device=xs.load_device("wan_2022"), rows=64, cols=64)
    >>> placement = map_network(net, hardware)
    >>> placement.table[["layer", "array", "used_rows", "used_cols"]]
      layer  array  used_rows  used_cols
    0   out      0         50          8
    1   out      1         50          8
    """
    graph, strategy = read_model(model), strategy or Strategy()
    for what, given, kind in (("hardware", hardware, Hardware), ("strategy", strategy, Strategy)):
        if not isinstance(given, kind):
            raise SpecError(f"{what} is {given!r}; expected {kind.__name__}(...)")
    if strategy.packing != "none" and (why := corner_only(hardware)):
        raise SpecError(f"strategy.packing is {strategy.packing!r}; {why} take one block each")
    partitions = {key: partition_of(block, hardware) for key, block in graph.blocks().items()}
    if not partitions:
        raise SpecError("the network has no layer with weights; there is nothing to place")
    activity = None
    if example is not None:
        activity = activity_of(graph, *(example if isinstance(example, tuple) else (example,)))

    def arrays(numbers: Mapping[Key, int]) -> int:
        return _arrays(strategy, partitions, numbers)

    copies = copies_of(strategy, partitions, hardware, activity, arrays)
    parts = sizes_of(partitions, copies)
    spots = _spots(strategy, [(size.rows, size.cols) for *_, size in parts], hardware)
    needed = 1 + max(spot.array for spot in spots)
    if strategy.max_arrays is not None and needed > strategy.max_arrays:
        raise SpecError(
            f"strategy.max_arrays is {strategy.max_arrays}; the network needs {needed} arrays of "
            f"{hardware.rows} x {hardware.cols}"
        )
    held = [(key[0], spot.array) for (key, *_), spot in zip(parts, spots, strict=True)]
    places = _places(strategy, graph, partitions, hardware, held, activity)
    slots = tuple(
        Slot(*key, copy, piece.row, piece.column, spot.array,
             hardware.rows - spot.after - size.rows, spot.before, *places[spot.array])
        for (key, copy, piece, size), spot in zip(parts, spots, strict=True)
    )  # fmt: skip
    return Placement(graph=graph, hardware=hardware, strategy=strategy, slots=slots)


def _spots(strategy: Strategy, sizes: Sequence[tuple[int, int]], hardware: Hardware) -> list[Spot]:
    if strategy.packing == "diagonal":
        return diagonal(sizes, hardware.rows, hardware.cols)
    return separate(sizes)


def _arrays(strategy: Strategy, partitions: Partitions, copies: Mapping[Key, int]) -> int:
    """Arrays that so many copies need; at least more than there are, where that is plain to see."""
    if strategy.packing == "none":
        return sum(copies[key] * part.arrays for key, part in partitions.items())
    part = next(iter(partitions.values()))
    lines = np.zeros(2)
    for key, each in partitions.items():
        own = {key: each}
        lines += copies[key] * np.array([size[:2] for *_, size in sizes_of(own, {key: 1})]).sum(0)
    least = int(np.ceil((lines / (part.rows, part.cols)).max()))
    if strategy.max_arrays is not None and least > strategy.max_arrays:
        return least
    sizes = [(size.rows, size.cols) for *_, size in sizes_of(partitions, copies)]
    return 1 + max(spot.array for spot in diagonal(sizes, part.rows, part.cols))


def _places(
    strategy: Strategy,
    graph: Graph,
    partitions: Partitions,
    hardware: Hardware,
    held: Sequence[tuple[str, int]],
    activity: Activity | None,
) -> list[tuple[int, int]]:
    """Column and row of each array on the grid; `held` are a layer and an array for each slot."""
    arrays = 1 + max(array for _, array in held)
    cols = grid.width(arrays, strategy.grid_cols)
    places = (grid.by_rows if strategy.order == "row" else grid.snake)(arrays, cols)
    if strategy.order == "short":
        layers = list(dict.fromkeys(layer for layer, _ in partitions))
        sent = np.zeros((len(layers), len(layers)))
        found = links(graph, partitions, activity, hardware.partial_sums)
        for (source, target), values in found.items():
            sent[layers.index(source), layers.index(target)] = values
        places = grid.short(places, members(layers, held, arrays), sent)
    return [(int(x), int(y)) for x, y in places]
