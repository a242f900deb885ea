"""Which layers of PyTorch have a form among aihwkit's, and what bars the others."""

from collections.abc import Collection, Iterator
from typing import Any

import aihwkit.nn as analog
from aihwkit.nn.modules.base import AnalogLayerBase
from aihwkit.nn.modules.container import AnalogContainerBase
from torch import nn

from xbarsim.interop.aihwkit.layers import HOOKS
from xbarsim.interop.aihwkit.recurrent import Recurrent, without_form
from xbarsim.nn.replace import DIGITAL, has_hooks

#: what makes the analog form of each layer, by ``from_digital``
FORMS: dict[type, Any] = {
    nn.Linear: analog.AnalogLinear,
    nn.Conv1d: analog.AnalogConv1d,
    nn.Conv2d: analog.AnalogConv2d,
    nn.Conv3d: analog.AnalogConv3d,
    **dict.fromkeys((nn.RNN, nn.LSTM, nn.GRU), Recurrent),
}
_PADDING = ("", "zeros")


def faults_of(module: nn.Module, left: Collection[nn.Module]) -> Iterator[str]:
    """What is wrong with the layers of `module`, but those `left` in software, in sentences."""
    yield from _within(module, "", {id(m) for m in left})
    yield from _shared(module, {id(m) for m in left})


def _within(module: nn.Module, name: str, left: Collection[int]) -> Iterator[str]:
    if id(module) in left:
        return
    fault = _fault(module)
    if fault:
        yield (
            f"{name or 'module'} is {type(module).__name__}: {fault}. Name it in `digital` to "
            "leave it in software"
        )
        return
    for own, child in module.named_children():
        yield from _within(child, f"{name}.{own}" if name else own, left)


def _shared(module: nn.Module, left: Collection[int]) -> Iterator[str]:
    """Parameters that would be on tiles and elsewhere too."""
    held: dict[int, tuple[str, bool]] = {}
    for name, layer in module.named_modules():
        moves = type(layer) in FORMS and id(layer) not in left
        owners = [held.setdefault(id(p), (name, moves)) for p in layer.parameters(recurse=False)]
        for first, moved in sorted(set(owners) - {(name, moves)}):
            if moves or moved:
                yield (
                    f"layers '{first}' and '{name}' share parameters, which tiles cannot; give "
                    "each its own, or name both in `digital`"
                )


def _fault(layer: Any) -> str:
    """Why a layer has no analog form; nothing if it has one or needs none."""
    kind = type(layer)
    if isinstance(layer, AnalogLayerBase):
        return "" if isinstance(layer, AnalogContainerBase) else "it is analog already"
    if kind in FORMS and has_hooks(layer):
        return HOOKS
    if FORMS.get(kind) is Recurrent:
        return without_form(layer)
    if kind in FORMS:
        if isinstance(padding := getattr(layer, "padding", 0), str):
            return f"padding is {padding!r}; aihwkit takes numbers only"
        plain = getattr(layer, "groups", 1) == 1 and getattr(layer, "padding_mode", "") in _PADDING
        return "" if plain else "aihwkit takes groups=1 and padding_mode='zeros' only"
    matrices = [name for name, p in layer.named_parameters(recurse=False) if p.ndim > 1]
    if not matrices or isinstance(layer, DIGITAL):
        return ""
    known = ", ".join(sorted(form.__name__ for form in FORMS))
    return f"aihwkit puts its {' and '.join(matrices)} on no tile, only those of {known}"
