"""How long each layer takes in one inference, and which one the others wait for."""

from typing import TYPE_CHECKING

from xbarsim.backend import Array
from xbarsim.mapping.activity import activity_of
from xbarsim.mapping.copies import in_series, pace

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

    activity = activity_of(placement.graph, *example)
    rows = []
    for key, part in placement.partitions.items():
        one = pace(part, placement.hardware, activity.signed[key])
        copies = placement.copies(*key)
        series = in_series(activity.calls[key], copies)
        rows.append(
            (
                *key,
                activity.reads(key),
                copies,
                series,
                one.phases,
                one.conversions,
                series * one.time,
            )
        )
    names = ["layer", "block", "reads", "copies", "series", "phases", "conversions", "time"]
    table = pd.DataFrame(rows, columns=names)
    table["share"] = table["time"] / table["time"].max()
    table.attrs["interval"] = float(table["time"].max())
    table.attrs["latency"] = _latency(placement, table)
    return table


def _latency(placement: "Placement", table: "pd.DataFrame") -> float:
    """The longest path through the network, s; a shared matrix's time is split over its layers."""
    nodes = placement.graph.nodes
    homes = [node.home for node in placement.graph.weighted]
    times = table.groupby("layer")["time"].sum()
    done: dict[str, float] = {}
    for node in nodes:
        start = max((done[name] for name in node.inputs if name in done), default=0.0)
        own = times[node.home] / homes.count(node.home) if node.home in times else 0.0
        done[node.name] = start + float(own)
    return done[placement.graph.output]
