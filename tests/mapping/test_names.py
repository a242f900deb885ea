"""What notebooks see: short texts for networks and placements, no module in another's place."""

import numpy as np

from xbarsim import Hardware, load_device, map_network
from xbarsim.layers import Node
from xbarsim.mapping import Graph


def test_networks_are_shown_by_their_names_and_sizes():
    weights = {"weights": np.ones((300, 784)), "bias": np.zeros(300)}
    nodes = (
        Node(name="dense", op="linear", inputs=("x",), arrays=weights),
        Node(name="act", op="relu", inputs=("dense",)),
    )
    graph = Graph(nodes=nodes)
    placed = map_network(graph, Hardware(device=load_device("ideal")))
    assert repr(nodes[0]) == "Node(dense: linear of x, weights (300, 784), bias (300,))"
    assert repr(nodes[1]) == "Node(act: relu of dense)"
    assert repr(graph) == "Graph(x -> act: 2 nodes, 1 weighted)"
    assert repr(placed) == "Placement(1 matrices on 35 arrays of 128 x 128)"


def test_importing_all_of_mapping_shadows_no_package():
    import xbarsim.mapping

    names = {}
    exec("import math as torch\nfrom xbarsim.mapping import *", names)  # noqa: S102
    assert names["torch"].__name__ == "math"
    assert "onnx" not in names and "nir" not in names
    assert all(callable(names[name]) for name in xbarsim.mapping.__all__)
    imported = {k for k, v in vars(xbarsim.mapping).items() if callable(v) and k[0] != "_"}
    assert imported == set(xbarsim.mapping.__all__)
