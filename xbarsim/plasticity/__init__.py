"""Plasticity: rules that say how weights should change, and cells that make it of whole pulses."""

from xbarsim.plasticity.astrocyte import Astrocyte, AstrocyteSTDP
from xbarsim.plasticity.inhibition import InhibitorySTDP, TargetRates
from xbarsim.plasticity.intrinsic import ExponentialRates, NormalRates
from xbarsim.plasticity.normalisation import Normalisation
from xbarsim.plasticity.pair_stdp import PairSTDP
from xbarsim.plasticity.scaling import Activity, SynapticScaling
from xbarsim.plasticity.short_term import Resources, ShortTerm
from xbarsim.plasticity.symmetric_stdp import SymmetricSTDP
from xbarsim.plasticity.synapses import Synapses, pulsed_device, whole_pulses
from xbarsim.plasticity.threshold import AdaptiveThreshold
from xbarsim.plasticity.traces import Pairing, Traces
from xbarsim.plasticity.triplet_stdp import VISUAL_CORTEX_MINIMAL, TripletSTDP, TripletTraces

__all__ = [
    "VISUAL_CORTEX_MINIMAL",
    "Activity",
    "AdaptiveThreshold",
    "Astrocyte",
    "AstrocyteSTDP",
    "ExponentialRates",
    "InhibitorySTDP",
    "NormalRates",
    "Normalisation",
    "PairSTDP",
    "Pairing",
    "Resources",
    "ShortTerm",
    "SymmetricSTDP",
    "Synapses",
    "SynapticScaling",
    "TargetRates",
    "Traces",
    "TripletSTDP",
    "TripletTraces",
    "pulsed_device",
    "whole_pulses",
]
