"""Models, hardware and noise statistics to and from IBM's aihwkit.

Written for aihwkit 1.1; needs it, and torch. Its compiled tiles do not run with every torch, its
torch tiles (``TorchInferenceRPUConfig``) do; what does not run is refused with their message.
"""

from xbarsim.interop.aihwkit.analog import to_aihwkit
from xbarsim.interop.aihwkit.config import Translation, hardware_from
from xbarsim.interop.aihwkit.devices import device_from_noise_model
from xbarsim.interop.aihwkit.digital import from_aihwkit
from xbarsim.interop.aihwkit.noise import noise_model

__all__ = [
    "Translation",
    "device_from_noise_model",
    "from_aihwkit",
    "hardware_from",
    "noise_model",
    "to_aihwkit",
]
