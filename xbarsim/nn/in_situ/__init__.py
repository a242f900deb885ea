"""Training in situ: weights are conductances that pulses move by the device's own steps."""

from xbarsim.nn.in_situ.convert import in_situ
from xbarsim.nn.in_situ.convolution import PulsedConv2d
from xbarsim.nn.in_situ.layer import PulsedLayer
from xbarsim.nn.in_situ.linear import PulsedLinear
from xbarsim.nn.in_situ.mixed import MixedPrecision
from xbarsim.nn.in_situ.rounded import RoundedPulses
from xbarsim.nn.in_situ.rule import Rule, Update
from xbarsim.nn.in_situ.stochastic import StochasticPulses
from xbarsim.nn.in_situ.training import InSitu
from xbarsim.programming.pulsed_weights import PulsedWeights

__all__ = [
    "InSitu",
    "MixedPrecision",
    "PulsedConv2d",
    "PulsedLayer",
    "PulsedLinear",
    "PulsedWeights",
    "RoundedPulses",
    "Rule",
    "StochasticPulses",
    "Update",
    "in_situ",
]
