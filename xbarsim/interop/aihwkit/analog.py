"""Models of aihwkit's analog layers that hold the weights of ordinary ones."""

from collections.abc import Collection
from copy import deepcopy
from functools import cache
from types import new_class
from typing import Any

import aihwkit.nn as analog
import torch
from aihwkit.nn.modules.base import AnalogLayerBase
from aihwkit.nn.modules.container import AnalogWrapper
from aihwkit.simulator.configs import TorchInferenceRPUConfig
from aihwkit.simulator.parameters.enums import RPUDataType
from aihwkit.simulator.parameters.mapping import MappableRPU
from torch import nn

from xbarsim.errors import SpecError
from xbarsim.interop.aihwkit.forms import FORMS, faults_of
from xbarsim.interop.aihwkit.layers import train_as
from xbarsim.interop.aihwkit.recurrent import Recurrent
from xbarsim.nn import plain
from xbarsim.nn.replace import named, replaced


def to_aihwkit(
    module: nn.Module, rpu_config: Any = None, *, digital: Collection[str] = ()
) -> nn.Module:
    """A copy of `module` whose layers with matrices are aihwkit's analog ones.

    Parameters
    ----------
    module : of ordinary layers, or converted by `xbarsim.nn.convert`, whose weights are taken as
        they are wanted. Linear, Conv1d to 3d, RNN, LSTM and GRU have analog forms; layers without
        matrices, embeddings and normalisations stay as they are. One that is used in several
        places stays one; parameters that are frozen stay frozen.
    rpu_config : aihwkit's description of the arrays; by default its ``TorchInferenceRPUConfig`` in
        the precision of `module`.
    digital : names of layers that stay in software, with all that is in them, and wherever else
        these are used.

    Raises
    ------
    SpecError : a layer has matrices and no analog form, hooks, or weights that another layer has
        too, unless it is in `digital`; weights that are frozen, on compiled tiles; parameters of
        another precision than `rpu_config`; the arrays that it asks for do not run here.
    """
    if not isinstance(module, nn.Module):
        raise SpecError(f"module is a {type(module).__name__}; expected a torch.nn.Module")
    module = plain(module)
    config = _config(module, rpu_config)
    left = named(module, [digital] if isinstance(digital, str) else digital)
    _check_tiles(config)
    faults = list(faults_of(module, left))
    if faults:
        raise SpecError(faults)
    kept = {id(m) for m in left}

    def make(m: nn.Module, name: str) -> nn.Module | None:
        if id(m) in kept:
            return m
        if type(m) in FORMS:
            return _layer(m, name, config)
        if type(m) is nn.Sequential:
            m.__class__ = analog.AnalogSequential
        return None

    found: Any = replaced(module, make)
    if not isinstance(found, AnalogLayerBase):
        found.__class__ = _wrapper(found.__class__)
    _check_runs(found)
    return found


def _layer(layer: Any, name: str, config: Any) -> nn.Module:
    try:
        new: Any = FORMS[type(layer)].from_digital(layer, deepcopy(config))
        if FORMS[type(layer)] is not Recurrent:
            train_as(new, layer.weight, layer.bias)
    except Exception as error:  # aihwkit raises kinds of its own, and plain ones
        raise SpecError(f"aihwkit does not convert {name or 'this module'}: {error}") from error
    return new


@cache
def _wrapper(kind: type) -> type:
    """A class of analog modules that compute what those of `kind` do.

    As `AnalogWrapper` makes it, which takes classes of one name for the same.
    """
    return new_class(f"{AnalogWrapper.__name__}{kind.__name__}", (AnalogWrapper, kind))


def _config(module: nn.Module, rpu_config: Any) -> Any:
    """The configuration, in the precision of the module's parameters."""
    config = TorchInferenceRPUConfig() if rpu_config is None else rpu_config
    if not isinstance(config, MappableRPU):
        raise SpecError(
            f"rpu_config is a {type(config).__name__}; expected a configuration of aihwkit's, as "
            "TorchInferenceRPUConfig"
        )
    held = {p.dtype for p in module.parameters() if p.is_floating_point()}
    wanted = {kind.as_torch(): kind for kind in RPUDataType}
    if rpu_config is None and len(held) == 1 and held <= set(wanted):
        config.runtime.data_type = wanted[next(iter(held))]
    if not held <= {config.runtime.data_type.as_torch()}:
        raise SpecError(
            f"module holds {', '.join(sorted(map(str, held)))}; rpu_config.runtime.data_type is "
            f"{config.runtime.data_type.name}, and they must agree"
        )
    return config


def _check_tiles(config: Any) -> None:
    """Make a tile, of which some cannot be made with this torch."""
    try:
        analog.AnalogLinear(2, 2, bias=False, rpu_config=config)
    except Exception as error:  # compiled tiles raise kinds of their own
        raise SpecError(
            f"rpu_config has type {type(config).__name__}, whose tiles, "
            f"{config.tile_class.__name__}, do not run with torch {torch.__version__}: {error}. "
            "TorchInferenceRPUConfig has tiles of plain torch"
        ) from error


def _check_runs(model: nn.Module) -> None:
    """Refuse convolutions that their tiles cannot compute."""
    for name, layer in model.named_modules():
        if getattr(layer, "NEEDS_INDEXED", False) and not layer.analog_module.supports_indexed:
            raise SpecError(
                f"{name or 'module'} is {type(layer).__name__}: it needs aihwkit's compiled tiles, "
                f"and those of rpu_config are {type(layer.analog_module).__name__}. Name it in "
                "`digital` to leave it in software"
            )
