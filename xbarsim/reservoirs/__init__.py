"""Reservoirs and liquids: random dynamical systems, on tiles or not, with trained readouts.

Names are looked up where they live, as of the package itself: estimators bring scikit-learn along.
"""

from typing import TYPE_CHECKING

from xbarsim.lazy import looked_up

if TYPE_CHECKING:
    from xbarsim.reservoirs.core import Core as Core
    from xbarsim.reservoirs.delays import Delays as Delays
    from xbarsim.reservoirs.dynamic_reservoir import DynamicReservoir as DynamicReservoir
    from xbarsim.reservoirs.echo_state import EchoState as EchoState
    from xbarsim.reservoirs.forming import FormedWiring as FormedWiring
    from xbarsim.reservoirs.liquid import LiquidState as LiquidState
    from xbarsim.reservoirs.neuron_models import LIF as LIF
    from xbarsim.reservoirs.neuron_models import Adaptation as Adaptation
    from xbarsim.reservoirs.neuron_models import DecayLIF as DecayLIF
    from xbarsim.reservoirs.rls import RecursiveLeastSquares as RecursiveLeastSquares
    from xbarsim.reservoirs.rotating import RcNeuron as RcNeuron
    from xbarsim.reservoirs.rotating import RotatingReservoir as RotatingReservoir
    from xbarsim.reservoirs.trains import PulseRead as PulseRead
    from xbarsim.reservoirs.trains import Rails as Rails
    from xbarsim.reservoirs.trains import Read as Read
    from xbarsim.reservoirs.trains import Train as Train
    from xbarsim.reservoirs.wiring import DistanceWiring as DistanceWiring
    from xbarsim.reservoirs.wiring import GaussianWiring as GaussianWiring
    from xbarsim.reservoirs.wiring import InDegreeWiring as InDegreeWiring

_HOMES = {
    "Core": "core",
    "Delays": "delays",
    "DynamicReservoir": "dynamic_reservoir",
    "EchoState": "echo_state",
    "FormedWiring": "forming",
    "LiquidState": "liquid",
    "Adaptation": "neuron_models",
    "DecayLIF": "neuron_models",
    "LIF": "neuron_models",
    "RecursiveLeastSquares": "rls",
    "RcNeuron": "rotating",
    "RotatingReservoir": "rotating",
    "PulseRead": "trains",
    "Rails": "trains",
    "Read": "trains",
    "Train": "trains",
    "DistanceWiring": "wiring",
    "GaussianWiring": "wiring",
    "InDegreeWiring": "wiring",
}

__all__ = [*_HOMES]  # noqa: PLE0604

__getattr__ = looked_up(__name__, _HOMES)
