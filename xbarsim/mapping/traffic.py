"""What layers send each other, and how far it has to go on the grid of arrays."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xbarsim.backend import Array
from xbarsim.mapping.activity import Activity, activity_of
from xbarsim.mapping.graph import Graph, Key
from xbarsim.partition import Partition

if TYPE_CHECKING:
    import pandas as pd

    from xbarsim.mapping.placement import Placement

Floats = npt.NDArray[np.float64]


def links(
    graph: Graph,
    partitions: Mapping[Key, Partition],
    activity: Activity | None,
    partial_sums: str = "digital",
) -> dict[Key, int]:
    """Values that each layer on arrays sends to each other one in an inference.

    What stays digital is done where its input comes from; with several inputs, where the one comes
    from that runs last, and the others are sent there. A layer on several arrays sends itself the
    partial sums that are added up digitally. The network's inputs come from outside and do not
    count.

    Parameters
    ----------
    activity : what an inference does; None counts one read of every layer.
    partial_sums : as in `xbarsim.Hardware`.
    """
    at = whereabouts(graph)
    outputs = {layer: part.outputs for (layer, _), part in partitions.items()}
    sent: Counter[Key] = Counter()
    for node in graph.nodes:
        for name in node.inputs:
            if name in at and at[name] != at[node.name]:
                source = at[name][1]
                sent[source, at[node.name][1]] += (
                    activity.values[name] if activity else outputs[source]
                )
    if partial_sums == "digital":
        for key, part in partitions.items():
            reads = activity.reads(key) if activity else 1
            if part.down > 1:
                sent[key[0], key[0]] += reads * part.outputs * (part.down - 1)
    return dict(sent)


def whereabouts(graph: Graph) -> dict[str, tuple[int, str]]:
    """Where each node's value is: when the layer runs that it is done at, and that layer's name.

    Nodes that depend on no layer with weights are missing.
    """
    weighted = {node.name for node in graph.weighted}
    at: dict[str, tuple[int, str]] = {}
    for _ in range(1 if graph.dt is None else 2):  # in time, values of the step before come in too
        for k, node in enumerate(graph.nodes):
            if node.name in weighted:
                at[node.name] = k, node.home
            elif found := [at[name] for name in node.inputs if name in at]:
                at[node.name] = max(found)
    return at


def members(layers: Sequence[str], held: Sequence[tuple[str, int]], arrays: int) -> Floats:
    """Share of each layer that stands on each array, (arrays, layers); `held` are layer, array."""
    found = np.zeros((arrays, len(layers)))
    number = {layer: k for k, layer in enumerate(layers)}
    for layer, array in held:
        found[array, number[layer]] += 1
    found /= found.sum(axis=0)
    return found


def distances(placement: "Placement", *example: Array) -> "pd.DataFrame":
    """What layers send each other in an inference, and how far.

    Parameters
    ----------
    placement : what stands where.
    example : an input (1, ...) for each of the network's; without one, a single read of every layer
        counts.

    Returns
    -------
    A row for each pair of layers: ``from``, ``to``, ``values`` sent (see `links`), ``hops``, the
    mean Manhattan distance between an array of the one and one of the other in arrays, and
    ``metres``, the same with an array as large as its cells.
    """
    activity = activity_of(placement.graph, *example) if example else None
    return distances_of(placement, activity)


def distances_of(placement: "Placement", activity: Activity | None) -> "pd.DataFrame":
    """The same of what an inference does; None counts one read of every layer."""
    import pandas as pd

    graph, hardware = placement.graph, placement.hardware
    sent = links(graph, placement.partitions, activity, hardware.partial_sums)
    layers = list(dict.fromkeys(slot.layer for slot in placement.slots))
    shares = members(layers, [(s.layer, s.array) for s in placement.slots], placement.arrays)
    across, down = (_mean_distance(shares, placement.places[:, k]) for k in (0, 1))
    along_word, along_bit = hardware.node.cell_pitch
    pitch = along_word * hardware.cols, along_bit * hardware.rows
    rows = []
    for (source, target), values in sent.items():
        pair = layers.index(source), layers.index(target)
        metres = float(across[pair] * pitch[0] + down[pair] * pitch[1])
        hops = float(across[pair] + down[pair])
        rows.append((source, target, values, hops, metres))
    return pd.DataFrame(rows, columns=["from", "to", "values", "hops", "metres"])


def _mean_distance(shares: Floats, place: npt.NDArray[np.int64]) -> Floats:
    """Mean distance along one axis between arrays of each pair of layers, (layers, layers)."""
    line = np.arange(place.max(initial=0) + 1)
    spread = np.zeros((len(line), shares.shape[1]))
    np.add.at(spread, place, shares)
    found: Floats = spread.T @ abs(line[:, None] - line) @ spread
    return found
