"""Trained networks to tiles."""

from xbarsim.mapping.model import Dense as Dense
from xbarsim.mapping.model import read_model as read_model
from xbarsim.mapping.placement import Placement as Placement
from xbarsim.mapping.placement import map_network as map_network
