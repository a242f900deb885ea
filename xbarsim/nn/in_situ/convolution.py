"""Convolutions of PyTorch whose kernels are cells that pulses move."""

from torch import Tensor, nn
from torch.nn import functional

from xbarsim.nn.in_situ.layer import PulsedLayer
from xbarsim.programming.pulsed_weights import PulsedWeights


class PulsedConv2d(PulsedLayer):
    """A `torch.nn.Conv2d` of one group whose kernels are columns of pulsed cells.

    Made by `in_situ`. Every position of the kernel is one vector that is read, and one outer
    product of an update.
    """

    def __init__(self, name: str, weights: PulsedWeights, like: nn.Conv2d) -> None:
        super().__init__(name, weights, like.bias, like.weight)
        self.kernel = (like.in_channels, *like.kernel_size)
        self.stride, self.padding, self.dilation = like.stride, like.padding, like.dilation

    def plain(self) -> nn.Module:
        """See `PulsedLayer`."""
        new = nn.Conv2d(
            self.kernel[0], len(self.weights.x), self.kernel[1:], self.stride, self.padding,
            self.dilation, bias=self.bias is not None, device="meta",
        )  # fmt: skip
        return self._given(new)

    def product(self, x: Tensor, weight: Tensor) -> Tensor:
        """See `PulsedLayer`."""
        kernel = weight.reshape(-1, *self.kernel)
        return functional.conv2d(x, kernel, self.bias, self.stride, self.padding, self.dilation)

    def rows(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """See `PulsedLayer`."""
        if x.ndim == 3:
            x, y = x[None], y[None]
        patches = functional.unfold(
            x, self.kernel[1:], dilation=self.dilation, padding=self.padding, stride=self.stride
        )
        flat = [t.movedim(1, -1).reshape(-1, t.shape[1]) for t in (patches, y.flatten(2))]
        return flat[0], flat[1]

    def extra_repr(self) -> str:
        """Sizes, for ``print``."""
        return f"kernel={self.kernel}, out_channels={len(self.weights.x)}, stride={self.stride}"
