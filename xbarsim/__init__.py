"""Memristor crossbars, from device physics to network accuracy and energy.

The public names below are imported when first used, so that ``import xbarsim`` stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from xbarsim.lazy import looked_up

if TYPE_CHECKING:
    from xbarsim import energy as energy
    from xbarsim.api import run as run
    from xbarsim.device import list_devices as list_devices
    from xbarsim.device import load_device as load_device
    from xbarsim.diagnosis import diagnose as diagnose
    from xbarsim.encode import Encoding as Encoding
    from xbarsim.errors import SpecError as SpecError
    from xbarsim.errors import XbarsimError as XbarsimError
    from xbarsim.hardware import Hardware as Hardware
    from xbarsim.mapping import Strategy as Strategy
    from xbarsim.mapping import map_network as map_network
    from xbarsim.mapping import read_model as read_model
    from xbarsim.network import Network as Network
    from xbarsim.periphery import Adc as Adc
    from xbarsim.periphery import Dac as Dac
    from xbarsim.periphery import Integrator as Integrator
    from xbarsim.periphery import SampleHold as SampleHold
    from xbarsim.quality import layer_quality as layer_quality
    from xbarsim.reservoirs.echo_state import EchoState as EchoState
    from xbarsim.reservoirs.liquid import LiquidState as LiquidState
    from xbarsim.tile import Tile as Tile

_HOMES = {
    "run": "api",
    "list_devices": "device",
    "load_device": "device",
    "diagnose": "diagnosis",
    "Encoding": "encode",
    "SpecError": "errors",
    "XbarsimError": "errors",
    "Hardware": "hardware",
    "Strategy": "mapping",
    "map_network": "mapping",
    "read_model": "mapping",
    "Network": "network",
    "Adc": "periphery",
    "Dac": "periphery",
    "Integrator": "periphery",
    "SampleHold": "periphery",
    "layer_quality": "quality",
    "EchoState": "reservoirs.echo_state",
    "LiquidState": "reservoirs.liquid",
    "Tile": "tile",
}

__all__ = ["energy", *_HOMES]  # noqa: PLE0604

_found = looked_up(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    if name == "energy":
        return import_module("xbarsim.energy")
    if name == "__version__":
        from importlib.metadata import version

        return version("xbarsim")
    return _found(name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "__version__"])
