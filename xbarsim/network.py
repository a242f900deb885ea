"""A mapped network that runs."""

from xbarsim.backend import Array
from xbarsim.layers import Linear
from xbarsim.mapping import Placement
from xbarsim.streams import Streams
from xbarsim.tile import Tile


class Network:
    """The layers of a placement on tiles of their own.

    Parameters
    ----------
    placement : what stands where.
    seed : root of the random streams, or the streams themselves; each layer draws from a stream of
        its name.
    """

    def __init__(self, placement: Placement, seed: int | Streams = 0) -> None:
        streams = seed if isinstance(seed, Streams) else Streams(seed)
        self.placement = placement
        self.layers = [
            Linear(
                name=layer.name,
                tile=Tile(layer.weights, placement.hardware, streams / layer.name),
                bias=layer.bias,
                activation=layer.activation,
            )
            for layer in placement.layers
        ]

    def program(self) -> None:
        """Program fresh devices in every layer."""
        for layer in self.layers:
            layer.tile.program()

    def age(self, t: float) -> None:
        """Let every layer be `t` seconds old, counted from programming."""
        for layer in self.layers:
            layer.tile.age(t)

    def calibrate(self, x: Array) -> None:
        """Set converter ranges layer by layer on typical inputs `x` (n, in)."""
        for layer in self.layers:
            layer.tile.calibrate(x)
            x = layer(x)

    def __call__(self, x: Array) -> Array:
        """Outputs (..., out) for inputs (..., in)."""
        for layer in self.layers:
            x = layer(x)
        return x

    def layer_inputs(self, x: Array) -> list[Array]:
        """What each layer is given when the network reads `x`."""
        inputs = []
        for layer in self.layers:
            inputs.append(x)
            x = layer(x)
        return inputs
