"""Memristor crossbars, from device physics to network accuracy and energy.

The public names below are imported when first used, so that ``import xbarsim`` stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
    "run": "xbarsim.api",
    "list_devices": "xbarsim.device",
    "load_device": "xbarsim.device",
    "diagnose": "xbarsim.diagnosis",
    "Encoding": "xbarsim.encode",
    "SpecError": "xbarsim.errors",
    "XbarsimError": "xbarsim.errors",
    "Hardware": "xbarsim.hardware",
    "Strategy": "xbarsim.mapping",
    "map_network": "xbarsim.mapping",
    "read_model": "xbarsim.mapping",
    "Network": "xbarsim.network",
    "Adc": "xbarsim.periphery",
    "Dac": "xbarsim.periphery",
    "Integrator": "xbarsim.periphery",
    "SampleHold": "xbarsim.periphery",
    "layer_quality": "xbarsim.quality",
    "EchoState": "xbarsim.reservoirs.echo_state",
    "LiquidState": "xbarsim.reservoirs.liquid",
    "Tile": "xbarsim.tile",
}

__all__ = ["energy", *_HOMES]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name == "energy":
        return import_module("xbarsim.energy")
    if name == "__version__":
        from importlib.metadata import version

        return version("xbarsim")
    if name not in _HOMES:
        raise AttributeError(f"module 'xbarsim' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "__version__"])
