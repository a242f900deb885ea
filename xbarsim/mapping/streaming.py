r"""Latency of a pipeline whose convolutions begin as soon as their first windows are there.

A layer works row by row along the first spatial axis of its output, each row in an equal part of
its time. Row i of a convolution or pooling with kernel k, stride s, dilation d and padding p needs
row

.. math:: r(i) = \min(\max(i s - p + d (k - 1),\, 0),\, n - 1)

of its n rows of input, and begins when that is there and row i - 1 is done. Operations on single
values take rows as they come. Every other operation waits for all of its input, and what comes
after it for all of its output.

The principle is the pipeline of Shafiee et al. (ISAAC), ISCA 2016, from memory, unverified;
the recursion over rows, in which rows take equal parts, is ours.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from xbarsim.layers import Node
from xbarsim.layers.elementwise import ELEMENTWISE
from xbarsim.mapping.activity import Activity
from xbarsim.mapping.graph import Graph
from xbarsim.mapping.schedule import finishes, run_times

Floats = npt.NDArray[np.float64]
_POOLS = frozenset({"max_pool", "average_pool"})
_AS_THEY_COME = frozenset({*ELEMENTWISE, "batch_norm"})


def streamed_latency(graph: Graph, activity: Activity, times: Mapping[str, float]) -> float:
    """Time of a single inference with layers that begin with part of their input, s.

    Never more than the longest path. Networks that run in time are not streamed: theirs is the
    longest path.

    Parameters
    ----------
    activity : what an inference does, for the shapes of its values.
    times : of each layer that holds matrices, s.
    """
    longest = finishes(graph, times)[graph.output]
    if graph.dt is not None:
        return longest
    own = run_times(graph, times)
    ready = {name: np.zeros(_rows(activity.shapes[name])) for name in graph.inputs}
    for node in graph.nodes:
        ready[node.name] = _rows_done(node, ready, activity, own.get(node.name, 0.0))
    return min(float(ready[graph.output].max()), longest)


def _rows_done(node: Node, ready: Mapping[str, Floats], activity: Activity, time: float) -> Floats:
    """When each row of a node's value is there, s."""
    given = [ready[name] for name in node.inputs]
    shape = activity.shapes[node.name]
    rows = _rows(shape)
    if given and (needed := _needed(node, shape, len(given[0]))) is not None:
        first = given[0][needed]
        k, step = np.arange(rows), time / rows
        done: Floats = np.maximum.accumulate(first - k * step) + (k + 1) * step
        return done
    if node.op in _AS_THEY_COME and all(activity.shapes[n] == shape for n in node.inputs):
        return np.max(given, axis=0) if given else np.zeros(rows)
    return np.full(rows, max((float(g.max()) for g in given), default=0.0) + time)


def _needed(node: Node, shape: tuple[int, ...], rows_in: int) -> npt.NDArray[np.int64] | None:
    """The last row of input that each row of output (of `shape`) needs; None where it needs all."""
    settings = node.settings
    if node.op == "conv" and not settings.get("transposed"):
        kernel = node.arrays["weights"].shape[2:]
    elif node.op in _POOLS:
        kernel = settings["kernel"]
    else:
        return None
    if len(shape) != 2 + len(kernel):
        return None
    dilation = (settings.get("dilation") or (1,))[0]
    last = np.arange(_rows(shape)) * settings["stride"][0] - settings["padding"][0][0]
    needed: npt.NDArray[np.int64] = np.clip(last + dilation * (kernel[0] - 1), 0, rows_in - 1)
    return needed


def _rows(shape: tuple[int, ...]) -> int:
    """Length of the first spatial axis of (n, channels, ...); 1 for what has none."""
    return shape[2] if len(shape) > 2 else 1
