"""Modules on crossbars back to PyTorch's own layers, with the weights that training has left."""

import copy
from typing import Any

import torch
from torch import nn

from xbarsim.nn.convolution import CrossbarConv1d, CrossbarConv2d, CrossbarConv3d
from xbarsim.nn.layer import Crossbar
from xbarsim.nn.linear import CrossbarLinear
from xbarsim.nn.recurrent import Cell, CrossbarGRUCell, CrossbarLSTMCell, CrossbarRNNCell
from xbarsim.nn.replace import replaced
from xbarsim.nn.series import CrossbarGRU, CrossbarLSTM, CrossbarRNN, Series

_CONVOLUTIONS: dict[type, type[Any]] = {
    CrossbarConv1d: nn.Conv1d,
    CrossbarConv2d: nn.Conv2d,
    CrossbarConv3d: nn.Conv3d,
}
_CELLS: dict[type, type[Any]] = {
    CrossbarRNNCell: nn.RNNCell,
    CrossbarLSTMCell: nn.LSTMCell,
    CrossbarGRUCell: nn.GRUCell,
}
_SERIES: dict[type, type[Any]] = {
    CrossbarRNN: nn.RNN,
    CrossbarLSTM: nn.LSTM,
    CrossbarGRU: nn.GRU,
}


def plain(module: nn.Module) -> nn.Module:
    """A copy of `module` with PyTorch's own layers in place of those on crossbars.

    It has the weights as they are wanted, not as a chip holds them, and can be mapped
    (`xbarsim.map_network`), exported or converted anew for other hardware. Layers that were trained
    in situ (`xbarsim.nn.in_situ`) are no other than their cells, and give what these are at now.
    """
    return replaced(copy.deepcopy(module), lambda m, path: _plain(m))


def on_cells(m: nn.Module) -> bool:
    """Whether a module is a layer whose weights stand on cells."""
    from xbarsim.nn.in_situ.layer import PulsedLayer  # whose laws take time to import

    return isinstance(m, Crossbar | Cell | Series | PulsedLayer)


def _plain(m: nn.Module) -> nn.Module | None:
    """PyTorch's own layer for one of ours."""
    from xbarsim.nn.in_situ.layer import PulsedLayer

    if isinstance(m, PulsedLayer):
        return m.plain()
    if type(m) is CrossbarLinear:
        return _taken(nn.Linear(m.in_features, m.out_features, m.bias is not None, "meta"), m)
    if type(m) in _CONVOLUTIONS:
        conv: Any = m
        new = _CONVOLUTIONS[type(m)](
            conv.in_channels, conv.out_channels, conv.kernel_size,
            stride=conv.stride, padding=conv.padding, dilation=conv.dilation, groups=conv.groups,
            bias=conv.bias is not None, device="meta",
        )  # fmt: skip
        return _taken(new, m)
    if isinstance(m, Cell):
        kind = {"nonlinearity": m.nonlinearity} if isinstance(m, CrossbarRNNCell) else {}
        sizes = m.input_size, m.hidden_size, m.ih.bias is not None
        cell = _CELLS[type(m)](*sizes, device="meta", **kind)
        _give(cell, m, "")
        return cell
    return _series(m) if isinstance(m, Series) else None


def _series(m: Series) -> nn.Module:
    first: Any = m.cells[0]
    kind = {"nonlinearity": first.nonlinearity} if isinstance(m, CrossbarRNN) else {}
    new = _SERIES[type(m)](
        first.input_size, first.hidden_size, m.num_layers, first.ih.bias is not None,
        m.batch_first, m.dropout, m.ways == 2, device="meta", **kind,
    )  # fmt: skip
    for place, cell in enumerate(m.cells):
        layer, way = divmod(place, m.ways)
        _give(new, cell, f"_l{layer}{'_reverse' * way}")
    return new


def _give(new: Any, cell: Any, suffix: str) -> None:
    """The parameters of both matrices of a cell."""
    for part in ("ih", "hh"):
        matrix = getattr(cell, part)
        setattr(new, f"weight_{part}{suffix}", _clipped(matrix))
        if matrix.bias is not None:
            setattr(new, f"bias_{part}{suffix}", matrix.bias)


def _taken(new: Any, m: Any) -> nn.Module:
    new.weight, new.bias = _clipped(m), m.bias
    return new


def _clipped(m: Crossbar) -> nn.Parameter:
    """The weights of a layer as training clips them."""
    if m.training_spec.clip is None:
        return m.weight
    with torch.no_grad():
        clipped = m.matrix().reshape(m.weight.shape).clone()
    return nn.Parameter(clipped, requires_grad=m.weight.requires_grad)
