"""Convolutions on crossbars: one read for each window of the input."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.nn.layer import Crossbar, Settings

_PRODUCTS: dict[int, Any] = {
    1: nn.functional.conv1d,
    2: nn.functional.conv2d,
    3: nn.functional.conv3d,
}


class _Convolution(Crossbar):
    """What convolutions of 1 to 3 axes share."""

    def __init__(self, *args: Any, hardware: Hardware, **given: Any) -> None:
        settings = {key: given.pop(key) for key in Settings.__annotations__ if key in given}
        super().__init__(*args, **given)
        if self.padding_mode != "zeros":
            raise SpecError(
                f"layer {settings.get('name') or type(self).__name__}: padding_mode is "
                f"{self.padding_mode!r}; supported: 'zeros'"
            )
        self.set_up(hardware, groups=self.groups, **settings)

    @torch.compiler.disable
    def forward(self, input: Tensor) -> Tensor:
        """Outputs (n, out, ...) for inputs (n, channels, ...), or one of them without n."""
        self.check_inputs(input)
        if input.ndim == len(self.kernel_size) + 1:
            return self.forward(input[None])[0]
        x = nn.functional.pad(input, self._reversed_padding_repeated_twice)
        held = self.held()
        if held is not None:
            y = self.aware.read(x, held, self._parts)
            y = y if self.bias is None else y + self.bias
        else:
            y = self.on_chip(self._windows(x))
        return y.movedim(-1, 1)

    def width(self, x: Tensor) -> tuple[int, int]:
        """Channels that inputs have, and that they should have."""
        axis = -1 - len(self.kernel_size)
        return (x.shape[axis] if x.ndim >= -axis else 0), self.in_channels

    def _parts(self, x: Tensor, w: Tensor) -> Tensor:
        w = w.reshape(self.weight.shape)
        if self.splits == 1:
            return self._product(x, w, self.groups).movedim(1, -1)[None]
        xs, ws = x.chunk(self.groups, dim=1), w.chunk(self.groups)
        y = torch.cat([self._by_rows(*part) for part in zip(xs, ws, strict=True)], dim=2)
        return y.movedim(2, -1)

    def _by_rows(self, x: Tensor, w: Tensor) -> Tensor:
        """What arrays on top of each other give of a group, (down, n, out, ...).

        Each holds the weights of some channels, of the first and the last perhaps a part.
        """
        kernel, found, first = math.prod(self.kernel_size), [], 0
        for count in self.rows:
            last = first + count
            low, high = first // kernel, -(-last // kernel)
            some = w.flatten(1)[:, first:last]
            some = nn.functional.pad(some, (first - low * kernel, high * kernel - last))
            some = some.reshape(len(w), high - low, *self.kernel_size)
            found.append(self._product(x[:, low:high], some, 1))
            first = last
        return torch.stack(found)

    def _product(self, x: Tensor, w: Tensor, groups: int) -> Tensor:
        product = _PRODUCTS[len(self.kernel_size)]
        return product(x, w, None, self.stride, 0, self.dilation, groups)

    def _windows(self, x: Tensor) -> Tensor:
        """What stands on the word lines for each output place, (n, ..., channels * kernel)."""
        kernel, stride, dilation = self.kernel_size, self.stride, self.dilation
        sizes = [
            (size - d * (k - 1) - 1) // s + 1
            for size, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)
        ]
        if min(sizes) < 1:
            raise SpecError(
                f"layer {self.name}: inputs of {tuple(x.shape[2:])} with their padding are smaller "
                f"than the kernel, {tuple(kernel)} at a dilation of {tuple(dilation)}"
            )
        if len(kernel) == 3:
            return _strided(x, sizes, kernel, stride, dilation)
        if len(kernel) == 1:
            x, kernel, stride, dilation = (
                x[:, :, None], (1, *kernel), (1, *stride), (1, *dilation)
            )  # fmt: skip
        columns = nn.functional.unfold(x, kernel, dilation, 0, stride).transpose(1, 2)
        return columns.reshape(len(x), *sizes, columns.shape[-1])


def _strided(x: Tensor, sizes: Any, kernel: Any, stride: Any, dilation: Any) -> Tensor:
    x = x.contiguous()
    first, second, *steps = x.stride()
    over = [s * step for s, step in zip(stride, steps, strict=True)]
    inside = [d * step for d, step in zip(dilation, steps, strict=True)]
    shape = (len(x), x.shape[1], *sizes, *kernel)
    view = x.as_strided(shape, (first, second, *over, *inside))
    each = x.shape[1] * math.prod(kernel)
    return view.movedim(1, 1 + len(sizes)).reshape(len(x), *sizes, each)


class CrossbarConv1d(_Convolution, nn.Conv1d):
    """`torch.nn.Conv1d` on crossbars; see `CrossbarConv2d`."""


class CrossbarConv2d(_Convolution, nn.Conv2d):
    """`torch.nn.Conv2d` whose weights stand on crossbar arrays.

    Parameters
    ----------
    those of `torch.nn.Conv2d`, with zeros for padding; then, by keyword, ``hardware`` and the
    settings of `xbarsim.nn.CrossbarLinear`.

    Raises
    ------
    SpecError : as `xbarsim.nn.CrossbarLinear`; another padding than zeros.

    Notes
    -----
    Groups stand on arrays as independent matrices, small ones several to an array.
    """


class CrossbarConv3d(_Convolution, nn.Conv3d):
    """`torch.nn.Conv3d` on crossbars; see `CrossbarConv2d`."""
