"""Linear layers of PyTorch whose weights are cells that pulses move."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from xbarsim.checks import check_count
from xbarsim.nn.in_situ.layer import PulsedLayer
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.programming.pulsed_weights import PulsedWeights, Reference
from xbarsim.streams import Streams


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
    SpecError : sizes that are not whole numbers above 0; as `PulsedWeights`.
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
        for what, size in (("in_features", in_features), ("out_features", out_features)):
            check_count(what, size, 1, 2**31 - 1)
        streams = Streams(seed) / "in_situ" / name
        rng, bound = (streams / "weights").rng(), 1.0 / np.sqrt(in_features)
        start = rng.uniform(-bound, bound, (out_features, in_features + 1))
        weights = PulsedWeights(
            device, start[:, 1:], w_max=w_max, reference=reference, streams=streams, pairs=pairs
        )
        first = torch.from_numpy(start[:, 0]).to(torch.get_default_dtype())
        super().__init__(name, weights, first if bias else None, first)

    @classmethod
    def of(cls, name: str, weights: PulsedWeights, like: nn.Linear) -> "PulsedLinear":
        """A layer of weights that there are already, with the bias of another."""
        layer = cls.__new__(cls)
        PulsedLayer.__init__(layer, name, weights, like.bias, like.weight)
        return layer

    def plain(self) -> nn.Module:
        """See `PulsedLayer`."""
        out, inputs = self.weights.x.shape
        return self._given(nn.Linear(inputs, out, self.bias is not None, "meta"))

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
