"""A module of PyTorch, its layers with weights put on cells that pulses move."""

import copy
from typing import Any

from torch import nn

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.nn.in_situ.layers import PulsedConv2d, PulsedLayer, PulsedLinear
from xbarsim.nn.in_situ.weights import PulsedWeights, Reference
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.streams import Streams


def in_situ(
    module: Any,
    device: PulsedDevice,
    *,
    seed: int = 0,
    w_max: float = 1.0,
    reference: Reference = "middle",
    pairs: int = 1000,
) -> Any:
    """A copy of `module` in which every Linear and Conv2d has its weights on cells of `device`.

    Biases stay digital, as do normalisations: both are ordinary parameters.

    Parameters
    ----------
    module : a `torch.nn.Module`; it stays as it is.
    device : what the cells are, see `xbarsim.programming`.
    seed : of the cells and of their noise; each layer has streams of its own, by its name.
    w_max, reference, pairs : see `PulsedWeights`.

    Raises
    ------
    SpecError : the module has no such layer, or one whose weights have no form on cells; weights
        shared by two layers; as `PulsedWeights`.
    """
    if not isinstance(module, nn.Module):
        raise SpecError(f"module is a {type(module).__name__}; expected a torch.nn.Module")
    streams = Streams(seed) / "in_situ"
    modules = module.named_modules(remove_duplicate=False)
    named = {name: one for name, one in modules if _has_weights(one)}
    faults = [fault for name, one in named.items() if (fault := _refusal(name, one))]
    seen: dict[int, str] = {}
    for name, one in named.items():
        first = seen.setdefault(id(one.weight), name) if not _refusal(name, one) else name
        if first != name:
            faults.append(
                f"layers '{first}' and '{name}' share their weights; cells cannot be shared"
            )
    if not named:
        faults.append(f"{type(module).__name__} holds no Linear or Conv2d to put on cells")
    if faults:
        raise SpecError(faults)

    def made(name: str, layer: Any) -> PulsedLayer:
        wanted: Array = layer.weight.detach().cpu().double().numpy()
        try:
            weights = PulsedWeights(
                device, wanted.reshape(len(wanted), -1), w_max=w_max, reference=reference,
                streams=streams / name, pairs=pairs,
            )  # fmt: skip
        except SpecError as error:
            raise SpecError([f"layer '{name}': {fault}" for fault in error.faults]) from None
        if isinstance(layer, nn.Conv2d):
            return PulsedConv2d(name, weights, layer)
        return PulsedLinear.of(name, weights, layer.bias)

    found = copy.deepcopy(module)
    new = {name: made(name, one).train(one.training) for name, one in named.items()}
    if "" in new:
        return new[""]
    for name, layer in new.items():
        parent, _, last = name.rpartition(".")
        setattr(found.get_submodule(parent), last, layer)
    return found


def _has_weights(module: Any) -> bool:
    """Whether a module has parameters of two axes or more of its own."""
    return any(p.ndim > 1 for p in module.parameters(recurse=False))


def _refusal(name: str, module: Any) -> str | None:
    """Why a module's weights have no form on cells; None where they have."""
    kind = type(module)
    if kind is nn.Linear:
        return None
    where = f"layer '{name}' is a {kind.__name__}"
    if kind is not nn.Conv2d:
        return f"{where}, which has no form on pulsed cells; Linear and Conv2d have"
    if module.groups != 1:
        return f"{where} of {module.groups} groups; on cells it has 1"
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        return f"{where} with padding {module.padding!r}, {module.padding_mode}; zeros and a number"
    return None
