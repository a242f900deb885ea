"""A network as mapping sees it: operations in the order in which they run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from xbarsim.backend import Array, array_namespace, real_array
from xbarsim.errors import SpecError, suggestion
from xbarsim.layers import DIGITAL, STATEFUL, WEIGHTED, Block, Node
from xbarsim.mapping.steps import run_steps

#: outputs of a block of a node for vectors: what a network runs on
Multiply = Callable[[Node, str, Array], Array]
See = Callable[[Node, Array], None]  # is shown each node with its value
Key = tuple[str, str]  # names of a layer and of a matrix of it


@dataclass(frozen=True, kw_only=True, eq=False)
class Graph:
    """A trained network.

    Parameters
    ----------
    nodes : operations, in the order in which they run.
    inputs : names of what the network is given; each has the batch on its first axis.
    output : name of the node whose value is the network's.
    dt : of a network that runs in time, s. Its values are (n, time, ...); a node may be named
        before it runs, for its value of the step before, if it is a neuron or a delay.

    Raises
    ------
    SpecError : names that stand twice or for nothing, unknown operations, values of weights that
        are not finite.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[str, ...] = ("x",)
    output: str = ""
    dt: float | None = None

    def __post_init__(self) -> None:
        if not self.output and self.nodes:
            object.__setattr__(self, "output", self.nodes[-1].name)
        faults = [*self._misnamed(), *(f for node in self.nodes for f in _faults(node))]
        if self.dt is None:
            faults += [
                f"layer {node.name}: {node.op} runs in time; the network needs a time step, dt"
                for node in self.nodes
                if node.op in STATEFUL
            ]
        if faults:
            raise SpecError(faults)

    def _misnamed(self) -> list[str]:
        known, faults = set(self.inputs), []
        if self.dt is not None:
            known |= {node.name for node in self.nodes if node.op in STATEFUL}
        seen = set(self.inputs)
        for node in self.nodes:
            if node.name in seen:
                faults.append(f"two parts of the network are called {node.name!r}")
            missing = [name for name in node.inputs if name not in known]
            faults += [f"layer {node.name} takes {name!r}, which is not there" for name in missing]
            known.add(node.name)
            seen.add(node.name)
        if self.output not in known:
            faults.append(f"the network's output {self.output!r} is not there")
        return faults

    def __repr__(self) -> str:
        inputs, matrices = ", ".join(self.inputs), len(self.weighted)
        return f"Graph({inputs} -> {self.output}: {len(self.nodes)} nodes, {matrices} weighted)"

    @property
    def weighted(self) -> list[Node]:
        """The nodes with matrices, in order."""
        return [node for node in self.nodes if node.op in WEIGHTED]

    @property
    def digital(self) -> list[Node]:
        """The nodes that stay digital, in order."""
        return [node for node in self.nodes if node.op not in WEIGHTED]

    def blocks(self) -> dict[Key, Block]:
        """Every matrix of the network, by the name of its node and its own.

        A layer that runs more than once has one set of matrices; see `Node.home`.
        """
        return {
            (node.name, name): block
            for node in self.weighted
            if node.home == node.name
            for name, block in WEIGHTED[node.op].blocks(node).items()
        }

    def run(
        self,
        *x: Array,
        multiply: Multiply | None = None,
        see: See = lambda node, value: None,
    ) -> Array:
        """The network's output.

        Parameters
        ----------
        x : a value for each of `inputs`, (n, ...).
        multiply : what multiplies by a block; in software by default.
        see : is shown each node with its value as it becomes known; in time, in every step.

        Raises
        ------
        SpecError : another number of inputs, or inputs that do not fit or are no real numbers.
        """
        if len(x) != len(self.inputs):
            raise SpecError(
                f"the network takes {len(self.inputs)} inputs, {', '.join(self.inputs)}; it is "
                f"given {len(x)}"
            )
        xp, named = array_namespace(*x), zip(self.inputs, x, strict=True)
        x = tuple(real_array(f"input {name}", value, xp) for name, value in named)
        multiply = multiply or software(self)
        if self.dt is not None:
            return run_steps(self, *x, run=partial(run_node, multiply=multiply), see=see)
        values: dict[str, Array] = dict(zip(self.inputs, x, strict=True))
        last_use = {name: k for k, node in enumerate(self.nodes) for name in node.inputs}
        for k, node in enumerate(self.nodes):
            given = [values[name] for name in node.inputs]
            values[node.name] = run_node(node, given, multiply)
            see(node, values[node.name])
            for name in node.inputs:
                if last_use[name] == k and name != self.output:
                    values.pop(name, None)
        return values[self.output]


def run_node(node: Node, x: list[Array], multiply: Multiply) -> Array:
    """The value of one node for its inputs."""
    if node.op in WEIGHTED:
        return WEIGHTED[node.op].run(node, x, partial(multiply, node))
    return DIGITAL[node.op](node, x)


def software(graph: Graph) -> Multiply:
    """Exact products with the graph's matrices."""
    blocks = graph.blocks()

    def multiply(node: Node, name: str, x: Array) -> Array:
        return block_product(blocks[node.home, name], x)

    return multiply


def block_product(block: Block, x: Array) -> Array:
    """Outputs (..., out) of a block for vectors (..., in), its bias added."""
    groups = block.groups
    if groups == 1:
        y = x @ block.weights.T
    else:
        w = block.weights.reshape(groups, -1, block.weights.shape[1])
        parts = x.reshape(-1, groups, w.shape[2]).swapaxes(0, 1)
        y = (parts @ w.swapaxes(1, 2)).swapaxes(0, 1).reshape(*x.shape[:-1], block.outputs)
    return y if block.bias is None else y + block.bias


def _faults(node: Node) -> list[str]:
    known: Mapping[str, Any] = {**WEIGHTED, **DIGITAL, **STATEFUL}
    if node.op not in known:
        return [f"layer {node.name}: no operation {node.op!r}{suggestion(node.op, [*known])}"]
    return [
        f"layer {node.name}: {name} hold {int((~np.isfinite(array)).sum())} values that are not "
        "finite"
        for name, array in node.arrays.items()
        if array.dtype.kind == "f" and not np.isfinite(array).all()
    ]
