"""How long each layer takes in one inference, and which one the others wait for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from xbarsim.backend import Array
from xbarsim.mapping.activity import Activity, activity_of
from xbarsim.mapping.copies import Pace, in_series, pace
from xbarsim.mapping.graph import Graph, Key

if TYPE_CHECKING:
    import pandas as pd

    from xbarsim.mapping.placement import Placement


def schedule(placement: "Placement", *example: Array) -> "pd.DataFrame":
    """Reads and their time in one inference, for each matrix.

    Parameters
    ----------
    placement : what stands where.
    example : an input (1, ...) for each of the network's, run once in software.

    Returns
    -------
    A row for each matrix: ``layer``, ``block``, ``reads`` (vectors in an inference), ``copies``,
    ``series`` (reads one after the other), ``phases`` and ``conversions`` of one read, ``time`` of
    the stage (s) and ``share``, that of the slowest stage's. Its ``attrs`` hold ``interval``, the
    time from one inference to the next when all stages work at once, that of the slowest, and
    ``latency``, the time of a single one, s.

    Raises
    ------
    SpecError : an example that does not fit the network, or holds more than one inference.

    Notes
    -----
    The time of a stage is that of `xbarsim.mapping.copies`. The latency is the longest path through
    the network with each layer waiting for the one before to have finished, and the matrices of a
    recurrent layer for each other: no layer begins with part of its input, so that a real pipeline
    fills sooner.
    """
    import pandas as pd

    visits = visits_of(placement, activity_of(placement.graph, *example))
    names = ["layer", "block", "reads", "copies", "series", "phases", "conversions", "time"]
    table = pd.DataFrame([visit.row for visit in visits], columns=names)
    table["share"] = table["time"] / table["time"].max()
    table.attrs["interval"] = float(table["time"].max())
    table.attrs["latency"] = finishes(placement.graph, layer_times(table))[placement.graph.output]
    return table


class Visit(NamedTuple):
    """What a matrix does in one inference.

    Parameters
    ----------
    key : names of its layer and its own.
    reads : vectors that it is given.
    copies : how often it stands.
    series : reads one after the other.
    pace : of one read.
    """

    key: Key
    reads: int
    copies: int
    series: int
    pace: Pace

    @property
    def row(self) -> tuple[str | int | float, ...]:
        """Of the table that `schedule` returns."""
        one = self.pace
        return (
            *self.key,
            self.reads,
            self.copies,
            self.series,
            one.phases,
            one.conversions,
            self.series * one.time,
        )


def visits_of(placement: "Placement", activity: Activity) -> list[Visit]:
    """What each matrix does in one inference."""
    found = []
    for key, part in placement.partitions.items():
        one, copies = pace(part, placement.hardware, activity.signed[key]), placement.copies(*key)
        series = in_series(activity.calls[key], copies)
        found.append(Visit(key, activity.reads(key), copies, series, one))
    return found


def layer_times(table: "pd.DataFrame") -> dict[str, float]:
    """Time of each layer, its matrices one after the other, s."""
    sums = table.groupby("layer")["time"].sum()
    return {str(layer): float(time) for layer, time in sums.items()}


def run_times(graph: Graph, times: Mapping[str, float]) -> dict[str, float]:
    """Time of each node with matrices, s; that of a shared matrix is split over its layers.

    Parameters
    ----------
    times : of each layer that holds matrices, s.
    """
    homes = [node.home for node in graph.weighted]
    return {node.name: times[node.home] / homes.count(node.home) for node in graph.weighted}


def finishes(graph: Graph, times: Mapping[str, float]) -> dict[str, float]:
    """When each node has finished if each waits for those before it: the longest path to it, s.

    Parameters
    ----------
    times : of each layer that holds matrices, s.
    """
    own = run_times(graph, times)
    done: dict[str, float] = {}
    for node in graph.nodes:
        start = max((done[name] for name in node.inputs if name in done), default=0.0)
        done[node.name] = start + own.get(node.name, 0.0)
    return done
