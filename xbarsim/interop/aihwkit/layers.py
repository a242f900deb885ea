"""Weights out of aihwkit's layers, and into torch's."""

from typing import Any

import torch
from torch import Tensor, nn

from xbarsim.errors import SpecError


def weights_of(name: str, layer: Any) -> tuple[Tensor, Tensor | None]:
    """Weights (out, in) and bias (out,) or None that `layer`, analog or `torch.nn.Linear`, holds.

    They require gradients if they are trained in `layer`.

    Raises
    ------
    SpecError : its tiles do not give them; says so of `name`.
    """
    if isinstance(layer, nn.Linear) and not hasattr(layer, "analog_module"):
        return layer.weight, layer.bias
    try:
        weight, bias = layer.get_weights()
    except Exception as error:  # compiled tiles raise kinds of their own
        raise SpecError(
            f"{name}: the tiles of this {type(layer).__name__} do not give their weights: "
            f"{type(error).__name__}: {error}"
        ) from error
    weight = weight.detach().requires_grad_(_trains(layer, "weight"))
    return weight, None if bias is None else bias.detach().requires_grad_(_trains(layer, "bias"))


def train_as(layer: Any, weight: Tensor, bias: Tensor | None) -> None:
    """Let an analog layer be trained where what it was made of is, and nowhere else.

    Raises
    ------
    SpecError : the weights are frozen, and its tiles cannot be.
    """
    if not weight.requires_grad and not _parameters(layer, "weight"):
        raise SpecError(
            "weights that do not require gradients would be trained by its compiled tiles; name "
            "the layer in `digital`, or let them require gradients"
        )
    for p in _parameters(layer, "weight") + _parameters(layer, "out_scaling_alpha"):
        p.requires_grad_(weight.requires_grad)
    if bias is not None:
        for p in _parameters(layer, "bias"):
            p.requires_grad_(bias.requires_grad)


def _trains(layer: nn.Module, name: str) -> bool:
    """Whether weights or bias are trained, as those on compiled tiles always are."""
    return all(p.requires_grad for p in _parameters(layer, name))


def _parameters(layer: nn.Module, name: str) -> list[nn.Parameter]:
    """Those of a layer and of its tiles that have this name, of all its tiles."""
    return [p for path, p in layer.named_parameters() if path.rpartition(".")[2] == name]


HOOKS = "it has hooks, which would not come along; remove them first"


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
    """Set the parameters of `layer`, by name; they are trained if what is given is."""
    with torch.no_grad():
        for name, value in values.items():
            getattr(layer, name).copy_(value).requires_grad_(value.requires_grad)
