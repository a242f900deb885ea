"""Recurrent layers of torch and aihwkit: the same weights, in the same order of gates."""

from collections.abc import Iterator
from typing import Any

import torch
from aihwkit.nn import (
    AnalogGRUCell,
    AnalogLSTMCell,
    AnalogLSTMCellCombinedWeight,
    AnalogRNN,
    AnalogVanillaRNNCell,
)
from torch import Tensor, nn

from xbarsim.errors import SpecError
from xbarsim.interop.aihwkit.layers import empty, fill, train_as, weights_of

_KINDS: dict[type, type[nn.RNNBase]] = {
    AnalogVanillaRNNCell: nn.RNN,
    AnalogLSTMCell: nn.LSTM,
    AnalogLSTMCellCombinedWeight: nn.LSTM,
    AnalogGRUCell: nn.GRU,
}
_CELLS = {nn.RNN: AnalogVanillaRNNCell, nn.LSTM: AnalogLSTMCell, nn.GRU: AnalogGRUCell}

#: weights and biases of a cell: to the inputs, then to the state
Pairs = list[tuple[Tensor, Tensor | None]]


def plain_recurrent(name: str, rnn: Any) -> nn.Module:
    """The layer of torch that computes what an `AnalogRNN` does.

    Raises
    ------
    SpecError : it is made of cells that torch does not have.
    """
    cells = dict(_cells(rnn))
    first = cells["l0"]
    if type(first) not in _KINDS:
        known = ", ".join(kind.__name__ for kind in _KINDS)
        raise SpecError(f"{name} is made of {type(first).__name__}; known: {known}")
    weights = {suffix: _pairs(f"{name}.{suffix}", cell) for suffix, cell in cells.items()}
    dropout, (weight, bias) = rnn.rnn.dropout_layer, weights["l0"][0]
    layer = empty(
        rnn,
        _KINDS[type(first)],
        first.input_size,
        first.hidden_size,
        num_layers=rnn.num_layers,
        bias=bias is not None,
        dropout=0.0 if dropout is None else dropout.p,
        bidirectional="l0_reverse" in cells,
        dtype=weight.dtype,
    )
    fill(layer, {key: value for suffix, pairs in weights.items() for key, value in
                 _named(suffix, pairs)})  # fmt: skip
    return layer


def without_form(layer: nn.Module) -> str:
    """Why no `AnalogRNN` computes what a recurrent layer of torch does; nothing if one does."""
    faults = {
        "batch_first is True; inputs of an AnalogRNN are (steps, n, in)": layer.batch_first,
        "it has projections, and an AnalogRNN none": layer.proj_size,
        "an AnalogRNN has tanh only": getattr(layer, "nonlinearity", "tanh") != "tanh",
    }
    return "; ".join(fault for fault, found in faults.items() if found)


class Recurrent:
    """What aihwkit's converter asks of an analog form, of `torch.nn.RNN`, `LSTM` and `GRU`."""

    @classmethod
    def from_digital(cls, layer: Any, rpu_config: Any, tile_module_class: Any = None) -> Any:
        """An `AnalogRNN` that computes what `layer` does, if `without_form` finds nothing."""
        rnn = AnalogRNN(
            _CELLS[type(layer)],
            layer.input_size,
            layer.hidden_size,
            bias=layer.bias,
            rpu_config=rpu_config,
            tile_module_class=tile_module_class,
            num_layers=layer.num_layers,
            bidir=layer.bidirectional,
            dropout=layer.dropout,
        )
        for suffix, cell in _cells(rnn):
            for side in ("ih", "hh"):
                bias = getattr(layer, f"bias_{side}_{suffix}", None)
                own = getattr(cell, f"weight_{side}")
                weight = getattr(layer, f"weight_{side}_{suffix}")
                own.set_weights(weight, bias)
                train_as(own, weight, bias)
        return rnn.to(layer.weight_ih_l0.device)


def _cells(rnn: Any) -> Iterator[tuple[str, Any]]:
    """The cells of an `AnalogRNN`, by what torch puts behind the names of their weights."""
    for k, layer in enumerate(rnn.rnn.layers):
        directions = getattr(layer, "directions", [layer])
        for direction, ending in zip(directions, ("", "_reverse"), strict=False):
            yield f"l{k}{ending}", direction.cell


def _pairs(name: str, cell: Any) -> Pairs:
    if not isinstance(cell, AnalogLSTMCellCombinedWeight):
        return [weights_of(name, cell.weight_ih), weights_of(name, cell.weight_hh)]
    weight, bias = weights_of(name, cell.weight)
    both = weight.split([cell.input_size, cell.hidden_size], dim=1)
    zeros = None if bias is None else torch.zeros_like(bias, requires_grad=bias.requires_grad)
    return list(zip(both, (bias, zeros), strict=True))


def _named(suffix: str, pairs: Pairs) -> Iterator[tuple[str, Tensor]]:
    for side, (weight, bias) in zip(("ih", "hh"), pairs, strict=True):
        yield f"weight_{side}_{suffix}", weight
        if bias is not None:
            yield f"bias_{side}_{suffix}", bias
