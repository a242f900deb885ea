"""What layers of PyTorch share whose weights are cells that pulses move."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.nn.saved import to_array, to_tensor
from xbarsim.programming.pulsed_weights import PulsedWeights

_PRECISE = (torch.float32, torch.float64)


class PulsedLayer(nn.Module):
    """What linear and convolution share: weights of cells, a digital bias, what updates need.

    The bias is an ordinary parameter, for an optimizer of torch; weights are none, so that no
    optimizer touches them. In training mode each use of the layer leaves a record for the rule that
    makes pulses of it, when ``backward()`` reaches it as it reaches parameters: derivatives that
    are asked for by ``torch.autograd.grad`` or ``backward(inputs=...)`` leave none.

    Attributes
    ----------
    trained : whether there are records; False for weights that stay as they are.
    """

    def __init__(
        self, name: str, weights: PulsedWeights, bias: Tensor | None, like: Tensor
    ) -> None:
        super().__init__()
        #: nothing, of the dtype and device that the layer has been moved to
        self.register_buffer("where", torch.empty(0).to(like), persistent=False)
        self.name, self.weights = name, weights
        self.bias = None
        if bias is not None:
            self.bias = nn.Parameter(bias.detach().clone(), requires_grad=bias.requires_grad)
        self.trained = True
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

    def plain(self) -> nn.Module:
        """The layer of torch that holds the weights as they are now."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """The product with the weights as they are, and the bias.

        Raises
        ------
        SpecError : inputs that are no tensor of float32 or float64.
        """
        if not isinstance(x, torch.Tensor):
            raise SpecError(
                f"layer '{self.name}': inputs are a {type(x).__name__}; expected a torch.Tensor. A "
                "network trained in situ is mapped as xbarsim.nn.plain gives it"
            )
        if x.dtype not in _PRECISE:
            raise SpecError(
                f"layer '{self.name}': inputs are {x.dtype}; cells are computed with torch.float32 "
                "or torch.float64"
            )
        y = self.product(x, self.matrix(x))
        if y.dtype != x.dtype:
            raise SpecError(
                f"layer '{self.name}': torch.autocast makes its outputs {y.dtype}; leave it, cells "
                "are computed with torch.float32 or torch.float64"
            )
        self.weights.forward += self._vectors(y)
        if self.nudge is not None:
            return self.nudge(self, x, y)
        if self.trained and self.training and torch.is_grad_enabled():
            return y + self._listener(x.detach().clone(), y)
        return y

    def _listener(self, x: Tensor, y: Tensor) -> Tensor:
        """Zeros, of the shape of an output, that hear of its derivative as a parameter would."""
        leaf = torch.zeros((), dtype=y.dtype, device=y.device, requires_grad=True)
        zeros = leaf.expand_as(y)
        zeros.register_hook(lambda delta: self._differentiated(x, delta))
        return zeros

    def _differentiated(self, x: Tensor, delta: Tensor) -> None:
        self.weights.backward += self._vectors(delta)
        self.record(x, delta)

    def record(self, x: Tensor, delta: Tensor) -> None:
        """Keep copies of an input and of the derivative of the loss by its output."""
        with torch.no_grad():
            x, delta = self.rows(x, delta)
        self.records.append((to_array(x).copy(), to_array(delta).copy()))

    def taken(self) -> tuple[Array, Array] | None:
        """Inputs (n, in) and derivatives (n, out) since the last time; None if there are none."""
        if not self.records:
            return None
        x, delta = (np.concatenate(both) for both in zip(*self.records, strict=True))
        self.records = []
        return x, delta

    def _given(self, new: Any) -> nn.Module:
        """A layer of torch with the weights and the bias of this one, both its own."""
        weight = self.matrix(self.where).reshape(new.weight.shape)
        new.weight = nn.Parameter(weight, requires_grad=self.trained)
        new.bias = self.bias
        return new.train(self.training)

    def _vectors(self, y: Tensor) -> int:
        """How many vectors an output is of."""
        return int(y.numel() // self.weights.x.shape[0])

    def get_extra_state(self) -> dict[str, Any]:
        """States and counters of the cells, for ``state_dict``."""
        return {name: to_tensor(value) for name, value in self.weights.state().items()}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Back to such a state; refuses that of other cells, and then stays as it is.

        As in all of torch, layers of a model that came before it have theirs by then.
        """
        try:
            if not isinstance(state, Mapping):
                raise SpecError(f"the state is a {type(state).__name__}, not that of cells")
            self.weights.restore({name: to_array(value) for name, value in state.items()})
        except SpecError as error:
            raise SpecError([f"layer '{self.name}': {fault}" for fault in error.faults]) from None
