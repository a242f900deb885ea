"""Graphs that run in time: their order, and one step after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError
from xbarsim.layers import STATEFUL, Node

if TYPE_CHECKING:
    from xbarsim.mapping.graph import Graph


def run_steps(
    graph: "Graph",
    *x: Array,
    run: Callable[[Node, list[Array]], Array],
    see: Callable[[Node, Array], None] = lambda node, value: None,
) -> Array:
    """The output (n, time, ...) of a graph that runs in time.

    Every node runs once in a step, in the order of `graph`, so that each product with a matrix is
    a read of its own. A node that is named before it runs gives its value of the step before, zero
    at first.

    Parameters
    ----------
    graph : the network.
    x : a value (n, time, ...) for each of its inputs.
    run : the value of a node without a state, from its inputs.
    see : is shown each node with its value (n, ...), in every step.

    Raises
    ------
    SpecError : inputs without steps or of different lengths; a neuron given another shape than its
        own.
    """
    if len({v.shape[:2] for v in x}) != 1 or x[0].ndim < 2 or not x[0].shape[1]:
        shapes = ", ".join(str(v.shape) for v in x)
        raise SpecError(
            f"inputs have shapes {shapes}; expected (n, time, ...), with n and time alike"
        )
    xp, n = array_namespace(*x), x[0].shape[0]
    dtype = x[0].dtype if x[0].dtype.kind == "f" else np.dtype(float)
    nodes = [_at_hand(node, xp, dtype) for node in graph.nodes]
    states = {node.name: STATEFUL[node.op].init(node, n, xp, dtype) for node in _stateful(nodes)}
    early = [(node, f) for node in _stateful(nodes) if (f := STATEFUL[node.op].early)]
    values: dict[str, Array] = {
        node.name: xp.zeros((n, *node.settings["shape"]), dtype=dtype) for node in _stateful(nodes)
    }
    outputs = []
    for t in range(x[0].shape[1]):
        values |= {name: v[:, t] for name, v in zip(graph.inputs, x, strict=True)}
        values |= {node.name: f(node, states[node.name]) for node, f in early}
        for node in nodes:
            given = [values[name] for name in node.inputs]
            if node.op in STATEFUL:
                _check_shape(node, given[0])
                states[node.name], value = STATEFUL[node.op].step(node, states[node.name], given)
            else:
                value = run(node, given)
            values[node.name] = value
            see(node, value)
        outputs.append(values[graph.output])
    return xp.stack(outputs, axis=1)


def running_order(
    sources: Mapping[str, Sequence[str]], delayed: set[str], early: set[str]
) -> list[str]:
    """The order in which nodes run, such that loops close through neurons.

    A node comes after its sources, if it can. In a loop it is a neuron's output that is read before
    it is renewed, of the neuron farthest from the network's inputs: one step of delay. So a bias in
    the loop acts from the first step on.

    Parameters
    ----------
    sources : for each node, what it takes; names that are no key are the network's inputs.
    delayed : nodes whose value of the step before may be taken.
    early : nodes whose value is known before they run: delays.

    Raises
    ------
    SpecError : a loop without neuron and delay.
    """
    depth = _depths(sources)
    waiting = {
        name: {s for s in of if s in sources and s not in early} for name, of in sources.items()
    }
    order: list[str] = []
    while waiting:
        ready = next((name for name, missing in waiting.items() if not missing), None)
        if ready is None:
            closing = {
                name: missing
                for name, missing in waiting.items()
                if missing <= delayed and all(name in _before(s, waiting) for s in missing)
            }
            if not closing:
                raise SpecError(
                    f"{', '.join(sorted(waiting))}: a loop in which nothing takes time; expected a "
                    "neuron or a delay of a step or more in it"
                )
            ready = max(closing, key=lambda name: min(depth[s] for s in closing[name]))
        del waiting[ready]
        order.append(ready)
        for missing in waiting.values():
            missing.discard(ready)
    return order


def _before(name: str, waiting: Mapping[str, set[str]]) -> set[str]:
    """What must run before a node does, itself too if it stands in a loop."""
    before: set[str] = set()
    new = waiting[name]
    while new:
        before |= new
        new = {s for n in new for s in waiting[n]} - before
    return before


def _depths(sources: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many nodes at least stand between each node and an input."""
    depth: dict[str, int] = {}
    level = 0
    while True:
        reached = [
            name
            for name, of in sources.items()
            if name not in depth and any(s not in sources or s in depth for s in of)
        ]
        if not reached:
            return {name: depth.get(name, level) for name in sources}
        depth |= dict.fromkeys(reached, level)
        level += 1


def _stateful(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if node.op in STATEFUL]


def _at_hand(node: Node, xp: ModuleType, dtype: Any) -> Node:
    """A node whose coefficients have the type and the place of the run."""
    if node.op not in STATEFUL:
        return node
    arrays = {
        name: xp.asarray(a, dtype=dtype if a.dtype.kind == "f" else None)
        for name, a in node.arrays.items()
    }
    return replace(node, arrays=arrays)


def _check_shape(node: Node, given: Array) -> None:
    if given.shape[1:] != tuple(node.settings["shape"]):
        raise SpecError(
            f"layer {node.name} is built for inputs of shape {tuple(node.settings['shape'])}, but "
            f"is given {given.shape[1:]}"
        )
