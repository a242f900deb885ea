"""Trained networks to tiles."""

from xbarsim.mapping.count import multiply_adds as multiply_adds
from xbarsim.mapping.graph import Graph as Graph
from xbarsim.mapping.nir import from_nir as from_nir
from xbarsim.mapping.onnx import from_onnx as from_onnx
from xbarsim.mapping.place import map_network as map_network
from xbarsim.mapping.placement import Placement as Placement
from xbarsim.mapping.placement_file import load_placement as load_placement
from xbarsim.mapping.placement_file import save_placement as save_placement
from xbarsim.mapping.read import read_model as read_model
from xbarsim.mapping.schedule import schedule as schedule
from xbarsim.mapping.sklearn_reader import Dense as Dense
from xbarsim.mapping.sklearn_reader import from_sklearn as from_sklearn
from xbarsim.mapping.slots import Slot as Slot
from xbarsim.mapping.strategy import Strategy as Strategy
from xbarsim.mapping.torch import from_torch as from_torch
from xbarsim.mapping.traffic import distances as distances

#: `import *` then brings no module, like `torch`, in the place of another package
__all__ = [
    "Dense",
    "Graph",
    "Placement",
    "Slot",
    "Strategy",
    "distances",
    "from_nir",
    "from_onnx",
    "from_sklearn",
    "from_torch",
    "load_placement",
    "map_network",
    "multiply_adds",
    "read_model",
    "save_placement",
    "schedule",
]
