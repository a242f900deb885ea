"""Layers of PyTorch on crossbars: train with the hardware in the loop, read programmed chips."""

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError(
        "xbarsim.nn needs PyTorch, which is not installed: pip install 'xbarsim[torch]'"
    ) from error

from xbarsim.nn.chips import age, calibrate, chips, ledger, program
from xbarsim.nn.convert import convert
from xbarsim.nn.convolution import CrossbarConv1d, CrossbarConv2d, CrossbarConv3d
from xbarsim.nn.linear import CrossbarLinear
from xbarsim.nn.plain import plain
from xbarsim.nn.recurrent import CrossbarGRUCell, CrossbarLSTMCell, CrossbarRNNCell
from xbarsim.nn.series import CrossbarGRU, CrossbarLSTM, CrossbarRNN
from xbarsim.nn.training import HardwareAware

__all__ = [
    "CrossbarConv1d",
    "CrossbarConv2d",
    "CrossbarConv3d",
    "CrossbarGRU",
    "CrossbarGRUCell",
    "CrossbarLSTM",
    "CrossbarLSTMCell",
    "CrossbarLinear",
    "CrossbarRNN",
    "CrossbarRNNCell",
    "HardwareAware",
    "age",
    "calibrate",
    "chips",
    "convert",
    "ledger",
    "plain",
    "program",
]
