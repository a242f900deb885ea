"""Weights out of aihwkit's layers, and into torch's."""

from typing import Any

import torch
from torch import Tensor, nn

from xbarsim.errors import SpecError


def weights_of(name: str, layer: Any) -> tuple[Tensor, Tensor | None]:
    """Weights (out, in) and bias (out,) or None that `layer`, analog or `torch.nn.Linear`, holds.

    Raises
    ------
    SpecError : its tiles do not give them; says so of `name`.
    """
    if isinstance(layer, nn.Linear) and not hasattr(layer, "analog_module"):
        return layer.weight.detach(), None if layer.bias is None else layer.bias.detach()
    try:
        weight, bias = layer.get_weights()
    except Exception as error:  # compiled tiles raise kinds of their own
        raise SpecError(
            f"{name}: the tiles of this {type(layer).__name__} do not give their weights: "
            f"{type(error).__name__}: {error}"
        ) from error
    return weight.detach(), None if bias is None else bias.detach()


def filled(
    like: nn.Module, kind: type[nn.Module], *sizes: Any, weight: Tensor, bias: Tensor | None,
    **settings: Any,
) -> nn.Module:  # fmt: skip
    """A layer of torch that holds `weight` and `bias`, where and in the mode that `like` is."""
    layer = empty(like, kind, *sizes, bias=bias is not None, dtype=weight.dtype, **settings)
    fill(layer, {"weight": weight} | ({} if bias is None else {"bias": bias}))
    return layer


def empty(like: nn.Module, kind: type[nn.Module], *sizes: Any, **settings: Any) -> nn.Module:
    """A layer of torch whose values are not set, which draws nothing at random."""
    device = next((p.device for p in like.parameters()), torch.device("cpu"))
    return kind(*sizes, device="meta", **settings).to_empty(device=device).train(like.training)


def fill(layer: nn.Module, values: dict[str, Tensor]) -> None:
    """Set the parameters of `layer`, by name."""
    with torch.no_grad():
        for name, value in values.items():
            getattr(layer, name).copy_(value)
