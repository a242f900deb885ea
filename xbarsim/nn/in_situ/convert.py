"""A module of PyTorch, its layers with weights put on cells that pulses move."""

import copy
from collections.abc import Collection, Iterator
from typing import Any

from torch import nn

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.nn.in_situ.convolution import PulsedConv2d
from xbarsim.nn.in_situ.layer import PulsedLayer
from xbarsim.nn.in_situ.linear import PulsedLinear
from xbarsim.nn.replace import BY_THEMSELVES, DIGITAL, has_hooks, named, replaced
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.programming.pulsed_weights import PulsedWeights, Reference
from xbarsim.streams import Streams


def in_situ(
    module: Any,
    device: PulsedDevice,
    *,
    seed: int = 0,
    w_max: float = 1.0,
    reference: Reference = "middle",
    pairs: int = 1000,
    digital: Collection[str] = (),
) -> Any:
    """A copy of `module` in which every Linear and Conv2d has its weights on cells of `device`.

    Biases stay digital, as do normalisations and embeddings: all are ordinary parameters. What does
    not require gradients in `module` is not trained in the copy either, see `PulsedLayer.trained`.

    Parameters
    ----------
    module : a `torch.nn.Module`; it stays as it is.
    device : what the cells are, see `xbarsim.programming`.
    seed : of the cells and of their noise; each layer has streams of its own, by its name.
    w_max, reference, pairs : see `PulsedWeights`.
    digital : names of layers that stay in software, with all that is in them.

    Raises
    ------
    SpecError : the module has no such layer, or one whose weights have no form on cells; weights
        shared by two layers; hooks, which the copy would lose; a name in `digital` that no layer
        has; as `PulsedWeights`.
    """
    if not isinstance(module, nn.Module):
        raise SpecError(f"module is a {type(module).__name__}; expected a torch.nn.Module")
    layers = _weighted(module, [digital] if isinstance(digital, str) else digital)
    faults = list(_faults(layers))
    if not layers:
        faults.append(f"{type(module).__name__} holds no Linear or Conv2d to put on cells")
    if faults:
        raise SpecError(faults)
    streams = Streams(seed) / "in_situ"

    def made(name: str, layer: Any) -> PulsedLayer:
        wanted: Array = layer.weight.detach().cpu().double().numpy()
        try:
            weights = PulsedWeights(
                device, wanted.reshape(len(wanted), -1), w_max=w_max, reference=reference,
                streams=streams / name, pairs=pairs,
            )  # fmt: skip
        except SpecError as error:
            raise SpecError([f"layer '{name}': {fault}" for fault in error.faults]) from None
        kind = PulsedConv2d if isinstance(layer, nn.Conv2d) else PulsedLinear.of
        new: PulsedLayer = kind(name, weights, layer)
        new.trained = layer.weight.requires_grad
        return new

    new = {name: made(name, one) for name, one in layers.items()}
    return replaced(copy.deepcopy(module), lambda m, name: new.get(name))


def _weighted(module: nn.Module, digital: Collection[str]) -> dict[str, Any]:
    """Layers that cells have to stand for, by name; one that has two names twice."""
    left = {id(one) for one in named(module, digital)}
    modules = module.named_modules(remove_duplicate=False)
    return {name: one for name, one in modules if id(one) not in left and _has_weights(one)}


def _has_weights(module: Any) -> bool:
    """Whether a module multiplies by parameters of two axes or more."""
    if isinstance(module, BY_THEMSELVES):
        return True
    matrices = any(p.ndim > 1 for p in module.parameters(recurse=False))
    return matrices and not isinstance(module, DIGITAL)


def _faults(named: dict[str, Any]) -> Iterator[str]:
    """Why layers cannot be put on cells, one sentence each."""
    seen: dict[int, str] = {}
    for name, one in named.items():
        fault = _refusal(one)
        if fault:
            yield f"layer '{name}' is a {type(one).__name__}{fault}"
            continue
        first = seen.setdefault(id(one.weight), name)
        if first != name:
            yield f"layers '{first}' and '{name}' share their weights; cells cannot be shared"


def _refusal(module: Any) -> str | None:
    """Why a module's weights have no form on cells; None where they have."""
    kind = type(module)
    if kind not in (nn.Linear, nn.Conv2d):
        return (
            ", which has no form on pulsed cells; Linear and Conv2d have. Name it in `digital` to "
            "leave it in software"
        )
    if has_hooks(module):
        return " with hooks, which cells would not have; register them on what in_situ makes"
    if module.weight.is_meta or not module.weight.is_floating_point():
        place, numbers = module.weight.device, module.weight.dtype
        return f" whose weights are {numbers} on {place}; cells take floating point with values"
    if kind is nn.Conv2d and module.groups != 1:
        return f" of {module.groups} groups; on cells it has 1"
    padding = getattr(module, "padding", 0), getattr(module, "padding_mode", "zeros")
    if isinstance(padding[0], str) or padding[1] != "zeros":
        return f" with padding {padding[0]!r}, {padding[1]}; zeros and a number"
    return None
