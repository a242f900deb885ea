"""Layers: weights on tiles with what stays digital around them."""

from xbarsim.layers.linear import ACTIVATIONS as ACTIVATIONS
from xbarsim.layers.linear import Linear as Linear
