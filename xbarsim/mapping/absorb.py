"""Operations that become part of the layer before them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from xbarsim.layers import Node
from xbarsim.mapping.graph import Graph


def absorbed(graph: Graph, merged: Callable[[Node, Node], Node | None]) -> Graph:
    """`graph` with nodes that the layer before them can hold as well.

    Only a layer whose output goes nowhere else, and that stands on tiles of its own, is asked.

    Parameters
    ----------
    merged : a layer that does what the given layer and the node behind it did, under the first
        one's name; None where there is none.
    """
    users = Counter(name for node in graph.nodes for name in node.inputs)
    users[graph.output] += 1
    homes = Counter(node.home for node in graph.nodes)
    kept: dict[str, Node] = {}
    renamed: dict[str, str] = {}
    for node in graph.nodes:
        node = replace(node, inputs=tuple(renamed.get(name, name) for name in node.inputs))
        before = kept.get(node.inputs[0]) if node.inputs else None
        alone = before is not None and users[before.name] == homes[before.home] == 1
        both = merged(before, node) if before is not None and alone else None
        if both is None:
            kept[node.name] = node
        else:
            kept[both.name] = both
            renamed[node.name] = both.name
            users[both.name] = users[node.name]
    output = renamed.get(graph.output, graph.output)
    return replace(graph, nodes=tuple(kept.values()), output=output)
