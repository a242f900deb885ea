"""Layers of PyTorch whose weights are cells that pulses move."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.nn.in_situ.weights import PulsedWeights, Reference
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.streams import Streams

Tensor = Any  # torch.Tensor


class PulsedLayer(nn.Module):
    """What linear and convolution share: weights of cells, a digital bias, what updates need.

    The bias is an ordinary parameter, for an optimizer of torch; weights are none, so that no
    optimizer touches them. In training mode each use of the layer whose result is differentiated
    leaves a record for the rule that makes pulses of it.
    """

    def __init__(self, name: str, weights: PulsedWeights, bias: Tensor | None) -> None:
        super().__init__()
        self.name, self.weights = name, weights
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone())
        self.records: list[tuple[Array, Array]] = []
        #: what is done to an output in place of differentiating it, see `perturbed`
        self.nudge: Callable[[PulsedLayer, Tensor, Tensor], Tensor] | None = None

    def matrix(self, like: Tensor) -> Tensor:
        """The weights as the layer multiplies by them, of dtype and device of a tensor."""
        return torch.from_numpy(self.weights.matrix()).to(like)

    def product(self, x: Tensor, weight: Tensor) -> Tensor:
        """The layer's output without nudge or record."""
        raise NotImplementedError

    def rows(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs (n, in) and outputs (n, out) of each vector that was multiplied."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """The product with the weights as they are, and the bias."""
        recording = self.nudge is None and self.training and torch.is_grad_enabled()
        if recording and not x.requires_grad:
            x = x.detach().requires_grad_()  # so that the first layer hears of its output
        y = self.product(x, self.matrix(x))
        self.weights.forward += self._vectors(y)
        if self.nudge is not None:
            return self.nudge(self, x, y)
        if recording:
            y.register_hook(lambda delta: self._differentiated(x, delta))
        return y

    def _differentiated(self, x: Tensor, delta: Tensor) -> None:
        self.weights.backward += self._vectors(delta)
        self.record(x, delta)

    def record(self, x: Tensor, delta: Tensor) -> None:
        """Keep an input and the derivative of the loss by the output that it led to."""
        with torch.no_grad():
            x, delta = self.rows(x, delta)
        self.records.append((_numpy(x), _numpy(delta)))

    def taken(self) -> tuple[Array, Array] | None:
        """Inputs (n, in) and derivatives (n, out) since the last time; None if there are none."""
        if not self.records:
            return None
        x, delta = (np.concatenate(both) for both in zip(*self.records, strict=True))
        self.records = []
        return x, delta

    def _vectors(self, y: Tensor) -> int:
        """How many vectors an output is of."""
        return int(y.numel() // max(self.weights.x.shape[0], 1))

    def get_extra_state(self) -> dict[str, Any]:
        """States and counters of the cells, for ``state_dict``."""
        return {k: torch.from_numpy(v) if isinstance(v, np.ndarray) else v
                for k, v in self.weights.state().items()}  # fmt: skip

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Back to such a state; refuses that of other cells."""
        try:
            self.weights.restore(
                {k: _numpy(v) if isinstance(v, torch.Tensor) else v for k, v in state.items()}
            )
        except SpecError as error:
            raise SpecError([f"layer '{self.name}': {fault}" for fault in error.faults]) from None


class PulsedLinear(PulsedLayer):
    """A `torch.nn.Linear` whose weights are pulsed cells.

    Parameters
    ----------
    in_features, out_features, bias : as torch's; weights and bias begin as torch's do.
    device : what the cells are, see `xbarsim.programming`.
    w_max : weight at the ends of the device's window, where the reference is its middle.
    reference, pairs : ``middle`` of the window or each cell's ``symmetry`` point, and the pulses
        that find it, see `PulsedWeights`.
    seed : of the cells, their noise and the weights.
    name : of the layer, for messages and random streams.

    Raises
    ------
    SpecError : as `PulsedWeights`.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        device: PulsedDevice,
        w_max: float = 1.0,
        reference: Reference = "middle",
        pairs: int = 1000,
        seed: int = 0,
        name: str = "linear",
    ) -> None:
        streams = Streams(seed) / "in_situ" / name
        rng, bound = (streams / "weights").rng(), 1.0 / np.sqrt(max(in_features, 1))
        start = rng.uniform(-bound, bound, (out_features, in_features + 1))
        weights = PulsedWeights(
            device, start[:, 1:], w_max=w_max, reference=reference, streams=streams, pairs=pairs
        )
        first = torch.from_numpy(start[:, 0]).to(torch.get_default_dtype())
        super().__init__(name, weights, first if bias else None)

    @classmethod
    def of(cls, name: str, weights: PulsedWeights, bias: Tensor | None) -> "PulsedLinear":
        """A layer of weights that there are already."""
        layer = cls.__new__(cls)
        PulsedLayer.__init__(layer, name, weights, bias)
        return layer

    def product(self, x: Tensor, weight: Tensor) -> Tensor:
        """See `PulsedLayer`."""
        return functional.linear(x, weight, self.bias)

    def rows(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """See `PulsedLayer`."""
        return x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1])

    def extra_repr(self) -> str:
        """Sizes, for ``print``."""
        out, inputs = self.weights.x.shape
        return f"in_features={inputs}, out_features={out}, bias={self.bias is not None}"


class PulsedConv2d(PulsedLayer):
    """A `torch.nn.Conv2d` of one group whose kernels are columns of pulsed cells.

    Made by `in_situ`. Every position of the kernel is one vector that is read, and one outer
    product of an update.
    """

    def __init__(self, name: str, weights: PulsedWeights, like: nn.Conv2d) -> None:
        super().__init__(name, weights, like.bias)
        self.kernel = (like.in_channels, *like.kernel_size)
        self.stride, self.padding, self.dilation = like.stride, like.padding, like.dilation

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


def _numpy(tensor: Tensor) -> Array:
    return tensor.detach().cpu().numpy()
