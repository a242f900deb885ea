"""A dense layer on crossbars."""

from typing import Any, Unpack

import torch
from torch import Tensor, nn

from xbarsim.hardware import Hardware
from xbarsim.nn.aware import Held
from xbarsim.nn.layer import Crossbar, Settings


class CrossbarLinear(Crossbar, nn.Linear):
    """`torch.nn.Linear` whose weights stand on crossbar arrays.

    Parameters
    ----------
    in_features, out_features, bias, device, dtype : as of `torch.nn.Linear`.
    hardware : arrays and their periphery.
    settings : ``training``, ``seed`` and others, see `xbarsim.nn.layer.Settings`.

    Raises
    ------
    SpecError : hardware that cannot hold the layer; in a pass, inputs of another dtype or device
        than the weights, weights or gradients that are not finite.

    Notes
    -----
    See `xbarsim.nn.layer.Crossbar` for what happens in training and in evaluation. The bias is
    added digitally in training, and by the chip as its hardware says.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        hardware: Hardware,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(in_features, out_features, bias, device, dtype)
        self.set_up(hardware, **settings)

    @torch.compiler.disable
    def forward(self, input: Tensor) -> Tensor:
        """Outputs (..., out) for inputs (..., in)."""
        return self.read(input, self.held())

    def read(self, x: Tensor, held: Held | None) -> Tensor:
        """Outputs for inputs, by weights that `held` gave before."""
        self.check_inputs(x)
        if held is None:
            return self.on_chip(x)
        y = self.aware.read(x, held, self._parts)
        return y if self.bias is None else y + self.bias

    def width(self, x: Tensor) -> tuple[int, int]:
        """Features that inputs have, and that they should have."""
        return (x.shape[-1] if x.ndim else 0), self.in_features

    def _parts(self, x: Tensor, w: Tensor) -> Tensor:
        if self.splits == 1:
            return nn.functional.linear(x, w)[None]
        flat = x.reshape(-1, x.shape[-1])
        y = product_by_rows(flat, w, self.rows)
        return y.reshape(len(y), *x.shape[:-1], len(w))


def product_by_rows(x: Tensor, w: Tensor, rows: list[int]) -> Tensor:
    """What arrays on top of each other give, (down, n, out), of x (n, in) and w (out, in)."""
    if len(set(rows)) == 1:
        n, down = len(x), len(rows)
        return torch.bmm(
            x.reshape(n, down, -1).transpose(0, 1), w.reshape(len(w), down, -1).permute(1, 2, 0)
        )
    parts = zip(x.split(rows, dim=1), w.split(rows, dim=1), strict=True)
    return torch.stack([a @ b.T for a, b in parts])
