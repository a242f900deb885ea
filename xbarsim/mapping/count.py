"""How much a network multiplies."""

from collections import Counter
from math import prod
from typing import Any

from xbarsim.backend import Array
from xbarsim.layers import Node
from xbarsim.mapping.graph import Graph, software


def multiply_adds(graph: Graph, example: Any) -> dict[str, int]:
    """How many products with weights, each with its sum, every layer takes.

    Parameters
    ----------
    graph : the network.
    example : inputs (n, ...), or a tuple of them for several; the count is for all n together.

    Returns
    -------
    dict : the count by the name of the layer. Products with the zeros of padding count, too: a
        matrix reads whole vectors.
    """
    count: Counter[str] = Counter()
    multiply, blocks = software(graph), graph.blocks()

    def counted(node: Node, name: str, x: Array) -> Array:
        block = blocks[node.home, name]
        count[node.name] += prod(x.shape[:-1]) * int(block.weights.size)
        return multiply(node, name, x)

    graph.run(*(example if isinstance(example, tuple) else (example,)), multiply=counted)
    return dict(count)
