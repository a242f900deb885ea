"""Recurrent layers on crossbars that read whole series."""

from typing import Any, Unpack

import torch
from torch import Tensor, nn

from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.nn.chips import calibrate
from xbarsim.nn.layer import Settings, shared
from xbarsim.nn.recurrent import (
    Cell,
    CrossbarGRUCell,
    CrossbarLSTMCell,
    CrossbarRNNCell,
    States,
    each_state,
    states_of,
)


class Series(nn.Module):
    """Layers of cells, one or two directions each; see `CrossbarLSTM`."""

    cell: type[Cell]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        hardware: Hardware,
        nonlinearity: str | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        self.batch_first, self.dropout, self.proj_size = batch_first, dropout, 0
        self.bidirectional, self.num_layers = bidirectional, num_layers
        self.ways = 1 + bidirectional
        self._name, streams, probes = shared(hardware, settings, type(self).__name__)
        kind: dict[str, Any] = {} if nonlinearity is None else {"nonlinearity": nonlinearity}
        self.cells = nn.ModuleList(
            self.cell(
                input_size if layer == 0 else hidden_size * self.ways,
                hidden_size, bias, device, dtype,
                hardware=hardware, seed=streams / layer / way, probes=probes,
                name=f"{self._name}.cells.{layer * self.ways + way}", **kind,
            )
            for layer in range(num_layers)
            for way in range(self.ways)
        )  # fmt: skip

    @torch.compiler.disable
    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """Outputs of every step, and the last states, as PyTorch's layers give them."""
        if not isinstance(input, Tensor):
            raise SpecError(
                f"layer {self._name}: a series is a tensor, not a "
                f"{type(input).__name__}; pad packed series"
            )
        if input.ndim == 2:
            given = None if hx is None else each_state(hx, lambda h: h[:, None])
            y, last = self.forward(input.unsqueeze(0 if self.batch_first else 1), given)
            return y.squeeze(0 if self.batch_first else 1), each_state(last, lambda h: h[:, 0])
        if not self.training and not self._ready:
            calibrate(self, input)
        x = input.transpose(0, 1) if self.batch_first else input
        self._check_shapes(x, hx)
        lasts: list[States] = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = nn.functional.dropout(x, self.dropout, self.training)
            ways = [self._run(layer * self.ways + way, x, hx, way == 1) for way in range(self.ways)]
            x = torch.cat([y for y, _ in ways], dim=-1)
            lasts += [last for _, last in ways]
        states = tuple(torch.stack(each) for each in zip(*lasts, strict=True))
        y = x.transpose(0, 1) if self.batch_first else x
        return y, states if len(states) > 1 else states[0]

    def flatten_parameters(self) -> None:
        """Nothing: what PyTorch's layers do for graphics processors."""

    def _check_shapes(self, x: Tensor, hx: Any) -> None:
        """Refuse a series without steps, and states of another shape."""
        if x.ndim != 3 or not len(x):
            raise SpecError(
                f"layer {self._name}: a series (time, n, features) has at least one step; this has "
                f"shape {tuple(x.shape)}"
            )
        if hx is not None:
            wanted = (len(self.cells), x.shape[1], self.hidden_size)
            states_of(self._name, hx, self.cell.states, wanted)

    def _run(self, place: int, x: Tensor, hx: Any, backwards: bool) -> tuple[Tensor, States]:
        """A series (time, n, in) through one cell."""
        cell: Cell = self.cells[place]
        given = None if hx is None else each_state(hx, lambda h: h[place])
        states, (of_ih, of_hh) = cell.begin(x[0], given), cell.held()
        a, found = cell.ih.read(x, of_ih), {}
        for t in reversed(range(len(x))) if backwards else range(len(x)):
            states = cell.step(a[t], cell.hh.read(states[0], of_hh), states)
            found[t] = states[0]
        return torch.stack([found[t] for t in range(len(x))]), states

    @property
    def _ready(self) -> bool:
        """Whether every chip has ranges: states begin at zero, which sets none."""
        linears = [matrix for cell in self.cells for matrix in (cell.ih, cell.hh)]
        return all(m.seen is not None or m.tile().calibrated for m in linears)


class CrossbarRNN(Series):
    """`torch.nn.RNN` on crossbars; see `CrossbarLSTM`. `nonlinearity` is ``tanh`` or ``relu``."""

    cell = CrossbarRNNCell


class CrossbarLSTM(Series):
    """`torch.nn.LSTM` whose matrices stand on crossbar arrays.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype :
        as of `torch.nn.LSTM`.
    hardware, settings : as of `xbarsim.nn.CrossbarLinear`.

    Notes
    -----
    In training cells hold what they hold for a whole series. A chip without ranges sets them on
    the first series that it is given.
    """

    cell = CrossbarLSTMCell


class CrossbarGRU(Series):
    """`torch.nn.GRU` on crossbars; see `CrossbarLSTM`."""

    cell = CrossbarGRUCell
