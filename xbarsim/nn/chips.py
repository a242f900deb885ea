"""The chips of a whole module: programmed, aged, calibrated together."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from xbarsim.errors import SpecError
from xbarsim.network import ledger_of
from xbarsim.nn.layer import Crossbar
from xbarsim.tile import Tile


def layers(module: nn.Module) -> Iterator[Crossbar]:
    """Every layer of `module` that stands on crossbars.

    Raises
    ------
    SpecError : there is none.
    """
    found = [m for m in module.modules() if isinstance(m, Crossbar)]
    if not found:
        raise SpecError(
            f"{type(module).__name__} has no layers on crossbars; xbarsim.nn.convert makes them"
        )
    yield from found


def chips(module: nn.Module) -> dict[str, Tile]:
    """The tile of each layer, programmed if it was not, by the layer's path in `module`."""
    list(layers(module))
    return {path: m.tile() for path, m in module.named_modules() if isinstance(m, Crossbar)}


def program(module: nn.Module) -> None:
    """Program fresh devices in every layer."""
    for layer in layers(module):
        layer.program()


def age(module: nn.Module, t: float) -> None:
    """Let every layer's chip be `t` seconds old, counted from programming.

    Chips that were not programmed yet, or whose weights have changed, are programmed first.

    Raises
    ------
    SpecError : the device says nothing of such an age.
    """
    for layer in layers(module):
        layer.tile().age(t)


def calibrate(module: nn.Module, *x: Any) -> None:
    """Set converter ranges on what layers are given when typical inputs `x` are run.

    What they are given in software, so that ranges do not depend on a chip's noise. Without this
    the first inputs that a chip reads set its ranges.
    """
    found, modes = list(layers(module)), {m: m.training for m in module.modules()}
    module.eval()
    try:
        for layer in found:
            layer.seen = []
        with torch.no_grad():
            module(*x)
        for layer in found:
            layer.calibrate()
    finally:
        for layer in found:
            layer.seen = None
        for part, training in modes.items():
            part.training = training


def ledger(module: nn.Module) -> Counter[str]:
    """What all chips have done since layers were made or loaded, together; energies in J."""
    return ledger_of(layer.chip for layer in layers(module))
