"""Ordinary modules that hold the weights of aihwkit's analog ones."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import aihwkit.nn as analog
from aihwkit.nn.modules.base import AnalogLayerBase
from aihwkit.nn.modules.container import AnalogSequential, AnalogWrapper
from torch import nn

from xbarsim.errors import SpecError
from xbarsim.interop.aihwkit.layers import HOOKS, filled, weights_of
from xbarsim.interop.aihwkit.recurrent import plain_recurrent
from xbarsim.nn.replace import has_hooks

Reader = Callable[[str, Any], nn.Module]


def from_aihwkit(model: nn.Module) -> nn.Module:
    """A copy of `model` with ordinary layers in place of aihwkit's analog ones.

    Their weights are those that the tiles hold now: scales undone, the parts of a matrix joined,
    with what programming and drift have done to them if the model has been programmed. Everything
    else is copied, and `model` stays as it is. What the arrays are like does not come along, see
    `hardware_from`. Frozen parameters stay frozen; of a class of the user's that derives from
    ``AnalogSequential`` a copy keeps the class, so that it computes the same.

    Parameters
    ----------
    model : `AnalogLinear`, `AnalogConv1d` to `3d`, their mapped forms and `AnalogRNN`, alone or
        anywhere in a module. An `AnalogRNN` becomes a `torch.nn.RNN`, `LSTM` or `GRU`, which gives
        the same outputs, and its last state in torch's way.

    Raises
    ------
    SpecError : it is no module; else names a layer that cannot be read, or has hooks.
    """
    if not isinstance(model, nn.Module):
        raise SpecError(f"model is a {type(model).__name__}; expected a torch.nn.Module")
    plain: dict[int, Any] = {}  # what stands for a layer in the copy, by the layer's identity
    _collect(model, "", plain)
    copy = deepcopy(model, plain)
    for module in copy.modules():
        if type(module) is AnalogSequential:
            module.__class__ = nn.Sequential
        elif isinstance(module, AnalogWrapper):
            module.__class__ = type(module).__bases__[1]
    return copy


def _collect(module: nn.Module, name: str, plain: dict[int, Any]) -> None:
    reader = READERS.get(type(module))
    if reader is not None:
        if has_hooks(module):
            raise SpecError(f"{name or 'model'} is {type(module).__name__}: {HOOKS}")
        plain[id(module)] = reader(name or "model", module)
        return
    container = isinstance(module, AnalogSequential | AnalogWrapper)
    theirs = type(module).__module__.startswith("aihwkit.") or isinstance(module, AnalogLayerBase)
    if theirs and not container:
        known = ", ".join(sorted(kind.__name__ for kind in READERS))
        raise SpecError(
            f"{name or 'model'} is {type(module).__name__}, which has no ordinary form here; "
            f"known: {known}"
        )
    for own, child in module.named_children():
        _collect(child, f"{name}.{own}" if name else own, plain)


def _linear(name: str, layer: Any) -> nn.Module:
    weight, bias = weights_of(name, layer)
    return filled(layer, nn.Linear, layer.in_features, layer.out_features, weight=weight, bias=bias)


def _conv(kind: type[nn.Module]) -> Reader:
    def read(name: str, layer: Any) -> nn.Module:
        weight, bias = weights_of(name, layer)
        return filled(
            layer,
            kind,
            layer.in_channels,
            layer.out_channels,
            layer.kernel_size,
            stride=layer.stride,
            padding=layer.padding,
            dilation=layer.dilation,
            weight=weight.reshape(layer.out_channels, layer.in_channels, *layer.kernel_size),
            bias=bias,
        )

    return read


#: what reads each layer, by its type
READERS: Mapping[type, Reader] = {
    analog.AnalogLinear: _linear,
    analog.AnalogLinearMapped: _linear,
    analog.AnalogConv1d: _conv(nn.Conv1d),
    analog.AnalogConv2d: _conv(nn.Conv2d),
    analog.AnalogConv3d: _conv(nn.Conv3d),
    analog.AnalogConv1dMapped: _conv(nn.Conv1d),
    analog.AnalogConv2dMapped: _conv(nn.Conv2d),
    analog.AnalogConv3dMapped: _conv(nn.Conv3d),
    analog.AnalogRNN: plain_recurrent,
}
