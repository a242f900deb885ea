"""Any module of PyTorch, its matrices moved onto crossbars."""

import copy
from collections.abc import Callable, Collection
from typing import Any

from torch import nn

from xbarsim.errors import SpecError, suggestion
from xbarsim.hardware import Hardware
from xbarsim.nn.aware import Probes
from xbarsim.nn.convolution import CrossbarConv1d, CrossbarConv2d, CrossbarConv3d
from xbarsim.nn.layer import check
from xbarsim.nn.linear import CrossbarLinear
from xbarsim.nn.plain import on_cells
from xbarsim.nn.recurrent import CrossbarGRUCell, CrossbarLSTMCell, CrossbarRNNCell
from xbarsim.nn.replace import BY_THEMSELVES, DIGITAL, HOOKS, replaced
from xbarsim.nn.series import CrossbarGRU, CrossbarLSTM, CrossbarRNN
from xbarsim.nn.training import HardwareAware
from xbarsim.streams import Streams

Make = Callable[[Any, dict[str, Any]], nn.Module]


def convert(
    module: nn.Module,
    hardware: Hardware,
    training: HardwareAware | None = None,
    *,
    seed: int | Streams = 0,
    digital: Collection[str] = (),
) -> nn.Module:
    """A copy of `module` whose matrices stand on crossbars; it trains, and reads programmed chips.

    Parameters
    ----------
    module : with `Linear`, `Conv1d`, `Conv2d`, `Conv3d`, `RNN`, `LSTM`, `GRU` or their cells
        anywhere in it. Activations, pooling, normalisation and embeddings stay digital.
    hardware : of all layers.
    training : what passes in training mode go through; what `HardwareAware` has by default.
    seed : root of the random streams; each layer draws from one of its path.
    digital : paths of submodules that stay as they are.

    Raises
    ------
    SpecError : submodules with parameters that have no crossbar form, all at once; a path that
        leads nowhere; nothing to convert; hardware that cannot hold a layer.
    """
    if not isinstance(module, nn.Module):
        raise SpecError(f"module is a {type(module).__name__}; expected a torch.nn.Module")
    check(hardware, training)
    streams = seed if isinstance(seed, Streams) else Streams(seed)
    digital = (digital,) if isinstance(digital, str) else digital
    probes = Probes(hardware, training or HardwareAware(), streams)
    try:
        found = copy.deepcopy(module)
    except RuntimeError as error:  # weights that are computed from others
        raise SpecError(f"{type(module).__name__} cannot be copied: {error}") from None
    known = dict(found.named_modules(remove_duplicate=False))
    faults = [
        f"digital: no submodule {p!r}{suggestion(p, [*known])}" for p in digital if p not in known
    ]
    left, made = {id(known[p]) for p in digital if p in known}, []

    def make(m: nn.Module, path: str) -> nn.Module | None:
        name, maker = path or type(m).__name__, _MAKERS.get(type(m))
        if id(m) in left:
            return m
        if maker is None:
            fault = _without_form(m)
            faults.extend([f"layer {name}: {fault}"] if fault else [])
            return m if fault else None
        try:
            new = maker(
                m, {"hardware": hardware, "probes": probes, "name": name, "seed": streams / path}
            )
        except SpecError as error:
            faults.extend(error.faults)
            return m
        made.append(new)
        for hooks in HOOKS:
            getattr(new, hooks).update(getattr(m, hooks))
        return new

    found = replaced(found, make)
    if not faults and not made:
        faults.append(
            f"{type(module).__name__} has no layers for crossbars; known: "
            f"{', '.join(sorted(kind.__name__ for kind in _MAKERS))}"
        )
    if faults:
        raise SpecError(faults)
    return found


def _without_form(m: nn.Module) -> str:
    """Why a module that is no layer for crossbars cannot stay either; nothing if it can."""
    kind = type(m).__name__
    if on_cells(m):
        return "is on crossbars already; xbarsim.nn.plain gives PyTorch's own layers back"
    if isinstance(m, BY_THEMSELVES):
        return (
            f"{kind} multiplies by the weights of its layers itself, past any crossbar; name it in "
            "`digital` to leave it as it is, or map the trained network with xbarsim.map_network"
        )
    own = [name for name, _ in m.named_parameters(recurse=False)]
    if own and not isinstance(m, DIGITAL):
        return (
            f"{kind} holds {', '.join(own)} and has no crossbar form; name it in `digital` to "
            "leave it as it is"
        )
    return ""


def _own(m: Any, name: str, layer: str) -> nn.Parameter:
    """A parameter of a layer.

    Raises
    ------
    SpecError : it is computed from others, as by pruning or weight normalisation.
    """
    found = getattr(m, name)
    if not isinstance(found, nn.Parameter):
        raise SpecError(
            f"layer {layer}: {name} is computed from other parameters; make it one first "
            "(torch.nn.utils.prune.remove, remove_weight_norm, remove_spectral_norm)"
        )
    return found


def _linear(m: Any, given: dict[str, Any]) -> nn.Module:
    kind = {"device": m.weight.device, "dtype": m.weight.dtype}
    new = CrossbarLinear(m.in_features, m.out_features, m.bias is not None, **kind, **given)
    return _taken(new, m, given)


def _conv(kind: type[Any]) -> Make:
    def make(m: Any, given: dict[str, Any]) -> nn.Module:
        new = kind(
            m.in_channels, m.out_channels, m.kernel_size,
            stride=m.stride, padding=m.padding, dilation=m.dilation, groups=m.groups,
            bias=m.bias is not None, padding_mode=m.padding_mode,
            device=m.weight.device, dtype=m.weight.dtype, **given,
        )  # fmt: skip
        return _taken(new, m, given)

    return make


def _taken(new: Any, m: Any, given: dict[str, Any]) -> nn.Module:
    """The new layer with the parameters of the old, the same objects."""
    new.weight = _own(m, "weight", given["name"])
    new.bias = None if m.bias is None else _own(m, "bias", given["name"])
    return new


def _cell(kind: type[Any]) -> Make:
    def make(m: Any, given: dict[str, Any]) -> nn.Module:
        w = m.weight_ih
        new = kind(
            m.input_size, m.hidden_size, m.bias_ih is not None, w.device, w.dtype,
            **_nonlinear(m), **given,
        )  # fmt: skip
        for part in ("ih", "hh"):
            matrix = getattr(new, part)
            matrix.weight = _own(m, f"weight_{part}", given["name"])
            matrix.bias = None if m.bias_ih is None else _own(m, f"bias_{part}", given["name"])
        return new

    return make


def _series(kind: type[Any]) -> Make:
    def make(m: Any, given: dict[str, Any]) -> nn.Module:
        if getattr(m, "proj_size", 0):
            raise SpecError(f"layer {given['name']}: proj_size is {m.proj_size}; supported: 0")
        w = m.weight_ih_l0
        new = kind(
            m.input_size, m.hidden_size, m.num_layers, m.bias, m.batch_first, m.dropout,
            m.bidirectional, w.device, w.dtype, **_nonlinear(m), **given,
        )  # fmt: skip
        for place, cell in enumerate(new.cells):
            layer, way = divmod(place, new.ways)
            for part in ("ih", "hh"):
                name = f"{part}_l{layer}{'_reverse' * way}"
                matrix = getattr(cell, part)
                matrix.weight = _own(m, f"weight_{name}", given["name"])
                matrix.bias = _own(m, f"bias_{name}", given["name"]) if m.bias else None
        return new

    return make


def _nonlinear(m: Any) -> dict[str, str]:
    found = getattr(m, "nonlinearity", None)
    return {} if found is None else {"nonlinearity": found}


_MAKERS: dict[type[nn.Module], Make] = {
    nn.Linear: _linear,
    nn.Conv1d: _conv(CrossbarConv1d),
    nn.Conv2d: _conv(CrossbarConv2d),
    nn.Conv3d: _conv(CrossbarConv3d),
    nn.RNNCell: _cell(CrossbarRNNCell),
    nn.LSTMCell: _cell(CrossbarLSTMCell),
    nn.GRUCell: _cell(CrossbarGRUCell),
    nn.RNN: _series(CrossbarRNN),
    nn.LSTM: _series(CrossbarLSTM),
    nn.GRU: _series(CrossbarGRU),
}
