"""A dense layer: its weights on a tile, its bias and activation digital."""

from collections.abc import Callable
from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace
from xbarsim.tile import Tile


def _identity(y: Array) -> Array:
    return y


def _relu(y: Array) -> Array:
    return array_namespace(y).maximum(y, 0.0)


def _tanh(y: Array) -> Array:
    return array_namespace(y).tanh(y)


def _logistic(y: Array) -> Array:
    return 0.5 * (1.0 + array_namespace(y).tanh(0.5 * y))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "identity": _identity,
    "relu": _relu,
    "tanh": _tanh,
    "logistic": _logistic,
}


@dataclass(frozen=True, kw_only=True)
class Linear:
    """``activation(tile(x) + bias)``.

    Parameters
    ----------
    name : what tables call the layer.
    tile : holds the weights, (out, in).
    bias : (out,), added digitally after conversion.
    activation : one of `ACTIVATIONS`.
    """

    name: str
    tile: Tile
    bias: Array
    activation: str

    def __call__(self, x: Array) -> Array:
        """Outputs (..., out) for inputs (..., in)."""
        return ACTIVATIONS[self.activation](self.tile(x) + self.bias)
