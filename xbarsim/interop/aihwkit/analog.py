"""Models of aihwkit's analog layers that hold the weights of ordinary ones."""

from collections.abc import Collection, Iterator
from typing import Any

import aihwkit.nn as analog
import torch
from aihwkit.nn.conversion import convert_to_analog
from aihwkit.nn.modules.base import AnalogLayerBase
from aihwkit.simulator.configs import TorchInferenceRPUConfig
from aihwkit.simulator.parameters.enums import RPUDataType
from aihwkit.simulator.parameters.mapping import MappableRPU
from torch import nn

from xbarsim.errors import SpecError, suggestion
from xbarsim.interop.aihwkit.recurrent import Recurrent, without_form
from xbarsim.nn import plain

_FORMS: dict[type, Any] = {
    nn.Linear: analog.AnalogLinear,
    nn.Conv1d: analog.AnalogConv1d,
    nn.Conv2d: analog.AnalogConv2d,
    nn.Conv3d: analog.AnalogConv3d,
    nn.Sequential: analog.AnalogSequential,
    **dict.fromkeys((nn.RNN, nn.LSTM, nn.GRU), Recurrent),
}
_PADDING = ("", "zeros")
_TABLES = (nn.Embedding, nn.EmbeddingBag)  # looked up, not multiplied with


def to_aihwkit(
    module: nn.Module, rpu_config: Any = None, *, digital: Collection[str] = ()
) -> nn.Module:
    """A copy of `module` whose layers with matrices are aihwkit's analog ones.

    Parameters
    ----------
    module : of ordinary layers, or converted by `xbarsim.nn.convert`, whose weights are taken as
        they are wanted. Linear, Conv1d to 3d, RNN, LSTM and GRU have analog forms; layers without
        matrices, and embeddings, stay as they are.
    rpu_config : aihwkit's description of the arrays; by default its ``TorchInferenceRPUConfig`` in
        the precision of `module`.
    digital : names of layers that stay in software, with all that is in them.

    Raises
    ------
    SpecError : a layer has matrices and no analog form, unless it is in `digital`; parameters of
        another precision than `rpu_config`; the arrays that it asks for do not run here.
    """
    if not isinstance(module, nn.Module):
        raise SpecError(f"module is a {type(module).__name__}; expected a torch.nn.Module")
    module = plain(module)
    config = _config(module, rpu_config)
    digital = [digital] if isinstance(digital, str) else list(digital)
    names = [name for name, _ in module.named_modules() if name]
    for name in digital:
        if name not in names:
            raise SpecError(f"digital: no layer is called '{name}'{suggestion(name, names)}")
    _check_tiles(config)
    faults = list(_faults(module, "", digital))
    if faults:
        raise SpecError(faults)
    try:
        found = convert_to_analog(module, config, conversion_map=_FORMS, exclude_modules=digital)
    except Exception as error:  # aihwkit raises kinds of its own, and plain ones
        raise SpecError(f"aihwkit does not convert this module: {error}") from error
    _check_runs(found)
    return found.train(module.training)


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


def _faults(module: nn.Module, name: str, digital: Collection[str]) -> Iterator[str]:
    """What is wrong with layers that have matrices and no analog form, one sentence each."""
    if name in digital:
        return
    fault = _fault(module)
    if fault:
        yield (
            f"{name or 'module'} is {type(module).__name__}: {fault}. Name it in `digital` to "
            "leave it in software"
        )
        return
    for own, child in module.named_children():
        yield from _faults(child, f"{name}.{own}" if name else own, digital)


def _fault(layer: Any) -> str:
    """Why a layer has no analog form; nothing if it has one or needs none."""
    kind = type(layer)
    if isinstance(layer, AnalogLayerBase):
        return "it is analog already"
    if _FORMS.get(kind) is Recurrent:
        return without_form(layer)
    if kind in _FORMS:
        plain = getattr(layer, "groups", 1) == 1 and getattr(layer, "padding_mode", "") in _PADDING
        return "" if plain else "aihwkit takes groups=1 and padding_mode='zeros' only"
    matrices = [name for name, p in layer.named_parameters(recurse=False) if p.ndim > 1]
    if not matrices or isinstance(layer, _TABLES):
        return ""
    known = ", ".join(sorted(form.__name__ for form in _FORMS if form is not nn.Sequential))
    return f"aihwkit puts its {' and '.join(matrices)} on no tile, only those of {known}"


def _check_runs(model: nn.Module) -> None:
    """Refuse convolutions that their tiles cannot compute."""
    for name, layer in model.named_modules():
        if getattr(layer, "NEEDS_INDEXED", False) and not layer.analog_module.supports_indexed:
            raise SpecError(
                f"{name or 'module'} is {type(layer).__name__}: it needs aihwkit's compiled tiles, "
                f"and those of rpu_config are {type(layer.analog_module).__name__}. Name it in "
                "`digital` to leave it in software"
            )
