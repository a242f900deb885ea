"""How long each matrix takes in one inference, part by part, and the pipeline that they make."""

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from xbarsim.backend import Array
from xbarsim.energy.read_time import PARTS, Product, product_time
from xbarsim.energy.read_time import Times as Times
from xbarsim.layers import STATEFUL, WEIGHTED
from xbarsim.mapping import Placement
from xbarsim.mapping.activity import Activity, activity_of
from xbarsim.mapping.graph import Graph, Key
from xbarsim.mapping.schedule import Visit, finishes, layer_times, visits_of
from xbarsim.mapping.streaming import streamed_latency
from xbarsim.mapping.traffic import distances_of, whereabouts

if TYPE_CHECKING:
    import pandas as pd

#: operations behind a matrix that are an activation of each value
ACTIVATIONS = frozenset(
    {"relu", "leaky_relu", "prelu", "elu", "selu", "celu", "gelu", "silu", "mish", "logistic",
     "tanh", "hardsigmoid", "hardswish", "softplus", "softsign", "clip", *STATEFUL} - {"delay"}
)  # fmt: skip
_RECURRENT = frozenset({*WEIGHTED} - {"linear", "conv"})  # with activations of their own


class Run(NamedTuple):
    """One use of a matrix in an inference: a bar of the pipeline.

    Parameters
    ----------
    layer, block : names of the layer and the matrix that are used.
    time : s.
    after : numbers of the runs, in the list of all, that must have ended.
    """

    layer: str
    block: str
    time: float
    after: tuple[int, ...]


def stages(placement: Placement, times: Times, *example: Array) -> "pd.DataFrame":
    """Time of each matrix in one inference.

    Parameters
    ----------
    placement : what stands where.
    times : of the components. With none but the defaults the times are those of
        `xbarsim.mapping.schedule`.
    example : an input (1, ...) for each of the network's, run once in software.

    Returns
    -------
    A row for each matrix: ``layer``, ``block``; ``reads``, ``copies``, ``series``, ``phases``,
    ``conversions`` as in `xbarsim.mapping.schedule`; ``operations``, multiplications and additions
    of an inference; ``values`` that its inputs and outputs are, and those of them, ``outside``,
    that come from outside the chip or leave it, in an inference; the parts of one product's time
    (`xbarsim.energy.read_time.PARTS`), ``hidden``, what of its conversions overlaps its own reads,
    and ``mvm``, the parts without it, s; ``time`` of the stage, s, and ``share``, that of the
    slowest stage's. A stage takes ``series`` times ``mvm``, less what of conversions overlaps the
    reads of the next vector.

    Its ``attrs`` hold ``interval``, from one inference to the next when all stages work at once,
    that of the slowest stage, s; ``throughput``, inferences per second; ``latency``, of a single
    inference in which each layer waits for those before it, s; ``latency_streamed``, where
    convolutions begin with their first windows (`xbarsim.mapping.streaming`), s; and ``runs``,
    each use of a matrix (`Run`) in order.

    Raises
    ------
    SpecError : an example that does not fit the network, holds more than one inference.

    Notes
    -----
    Digital work that is no activation, and inputs that come from outside, take no time. Each array
    has a buffer and a router of its own; outputs go to the layer that is farthest as one packet,
    partial sums within the layer as another, over the mean distance between the arrays.
    """
    import pandas as pd

    graph = placement.graph
    activity = activity_of(graph, *example)
    hops, active = _hops(placement, activity), _active(graph)
    blocks, outside = graph.blocks(), _outside(graph, activity)
    rows = []
    for visit in visits_of(placement, activity):
        layer, part = visit.key[0], placement.partitions[visit.key]
        one = product_time(
            part, placement.hardware, visit.pace, times, hops.get(layer, ()), layer in active
        )
        counts: dict[str, Any] = dict(zip(_KEYS, visit.row, strict=False))
        rows.append(
            {
                **counts,
                "operations": 2 * visit.reads * int(blocks[visit.key].weights.size),
                "values": visit.reads * (part.inputs + part.outputs),
                "outside": outside.pop(layer, 0),
                **one.parts,
                "hidden": one.hidden,
                "mvm": one.time,
                "time": _stage_time(visit, one, activity.calls[visit.key]),
            }
        )
    table = pd.DataFrame(rows, columns=[*_KEYS, *_REST])
    _describe(table, graph, activity)
    table["share"] = table["time"] / table.attrs["interval"]
    return table


_KEYS = ("layer", "block", "reads", "copies", "series", "phases", "conversions")
_REST = ("operations", "values", "outside", *PARTS, "hidden", "mvm", "time")


def _stage_time(visit: Visit, one: Product, calls: Mapping[int, int]) -> float:
    """In one inference; vectors that are known at once follow each other closely, s."""
    close = visit.series - sum(number for vectors, number in calls.items() if vectors)
    return visit.series * one.time - close * one.handover


def _describe(table: "pd.DataFrame", graph: Graph, activity: Activity) -> None:
    interval = float(table["time"].max())
    times = layer_times(table)
    table.attrs |= {
        "interval": interval,
        "throughput": 1 / interval,
        "latency": finishes(graph, times)[graph.output],
        "latency_streamed": streamed_latency(graph, activity, times),
        "runs": _runs(graph, _by_key(table)),
    }


def _by_key(table: "pd.DataFrame") -> dict[Key, float]:
    """Time of each matrix, s."""
    return dict(zip(zip(table["layer"], table["block"], strict=True), table["time"], strict=True))


def _runs(graph: Graph, times: Mapping[Key, float]) -> list[Run]:
    """Each use of a matrix; matrices of a layer come one after the other."""
    homes = [node.home for node in graph.weighted]
    runs: list[Run] = []
    last: dict[str, tuple[int, ...]] = {}  # runs that a node's value waits for
    for node in graph.nodes:
        after = tuple(sorted({k for name in node.inputs for k in last.get(name, ())}))
        if node.op in WEIGHTED:
            for key in (key for key in times if key[0] == node.home):
                runs.append(Run(*key, times[key] / homes.count(node.home), after))
                after = (len(runs) - 1,)
        last[node.name] = after
    return runs


def _active(graph: Graph) -> set[str]:
    """Layers with an activation behind them."""
    at = whereabouts(graph)
    behind = {at[n.name][1] for n in graph.nodes if n.op in ACTIVATIONS and n.name in at}
    return behind | {node.home for node in graph.weighted if node.op in _RECURRENT}


def _outside(graph: Graph, activity: Activity) -> dict[str, int]:
    """Values that layers take from the network's inputs, and give as its output."""
    at = whereabouts(graph)
    taken: dict[str, int] = {}
    for node in graph.weighted:
        new = [n for n in node.inputs if n not in at]
        sizes = [activity.values.get(n) or prod(activity.shapes[n]) for n in new]
        taken[node.home] = taken.get(node.home, 0) + sum(sizes)
    if graph.output in at:
        taken[at[graph.output][1]] += activity.values[graph.output]
    return taken


def _hops(placement: Placement, activity: Activity) -> dict[str, tuple[float, ...]]:
    """How far each packet that a layer sends goes, in arrays."""
    found: dict[str, tuple[float, ...]] = {}
    table: Any = distances_of(placement, activity)
    for source, sent in table.groupby("from"):
        own = sent["to"] == source
        found[source] = tuple(sent.loc[own, "hops"]) + (
            (float(sent.loc[~own, "hops"].max()),) if not own.all() else ()
        )
    return found
