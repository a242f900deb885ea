"""What a network is made of: matrices on tiles, and what stays digital around them."""

from collections.abc import Mapping

from xbarsim.layers.convolution import CONVOLUTION
from xbarsim.layers.digital import DIGITAL as DIGITAL
from xbarsim.layers.digital import DigitalOp as DigitalOp
from xbarsim.layers.linear import LINEAR
from xbarsim.layers.neurons import STATEFUL as STATEFUL
from xbarsim.layers.neurons import StatefulOp as StatefulOp
from xbarsim.layers.node import Block as Block
from xbarsim.layers.node import Node as Node
from xbarsim.layers.node import Product as Product
from xbarsim.layers.node import WeightedOp as WeightedOp
from xbarsim.layers.recurrent import GRU, LSTM, RNN
from xbarsim.layers.reset_first import GRU_RESET_FIRST

WEIGHTED: Mapping[str, WeightedOp] = {
    "linear": LINEAR,
    "conv": CONVOLUTION,
    "rnn": RNN,
    "lstm": LSTM,
    "gru": GRU,
    "gru_reset_first": GRU_RESET_FIRST,
}
