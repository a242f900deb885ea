"""The liquid that is drawn: who is connected, and the numbers of the equations."""

from dataclasses import dataclass
from math import exp

import numpy as np

from xbarsim.backend import Array, require_memory
from xbarsim.reservoirs.wiring import DistanceWiring
from xbarsim.streams import Streams
from xbarsim.systems.nalsm._loop import Net, Rule
from xbarsim.systems.nalsm.settings import Settings

W_MAX = 3.0  # published bound of every size of weight
WARM_STEPS = 20  # of each image while weights are learned; published
_MATRICES = 4  # of all neurons and channels, that are there at once while they are drawn


@dataclass(frozen=True, kw_only=True, eq=False)
class Wired:
    """A liquid.

    Parameters
    ----------
    net : see `xbarsim.systems.nalsm._loop.Net`.
    weights : to begin with, by source, (synapses,).
    """

    net: Net
    weights: Array

    @property
    def neurons(self) -> int:
        """How many; sources beyond are channels."""
        return len(self.net.heard) - 1

    @property
    def origin(self) -> Array:
        """Source of each synapse, (synapses,)."""
        return np.repeat(np.arange(len(self.net.low)), np.diff(self.net.first))

    def connections(self) -> Array:
        """1 where a neuron leads to another, (neurons, neurons), to each from each."""
        found = np.zeros((self.neurons, self.neurons))
        inner = self.net.first[self.neurons]
        found[self.net.post[:inner], self.origin[:inner]] = 1.0
        return found


def wire(settings: Settings, channels: int, streams: Streams) -> Wired:
    """Draw the connections, with sizes of `settings.first_weight`.

    Parameters
    ----------
    streams : as `xbarsim.reservoirs.wiring.DistanceWiring` uses them.

    Raises
    ------
    ResourceError : more neurons than the memory holds while they are drawn.
    """
    sources = settings.neurons + channels
    require_memory(
        8.0 * _MATRICES * settings.neurons * sources,
        f"settings.shape {settings.shape}: a liquid of {settings.neurons} neurons",
    )
    drawn = DistanceWiring(shape=settings.shape, weight=1.0, inhibition=1.0, input_weight=1.0).draw(
        settings.neurons, channels, streams
    )
    assert drawn.signs is not None
    matrix = np.concatenate([drawn.recurrent.T, drawn.inputs.T])  # (sources, neurons)
    origin, post = np.nonzero(matrix)
    first = np.searchsorted(origin, np.arange(len(matrix) + 1))
    inner = first[settings.neurons]
    order = np.argsort(post[:inner], kind="stable")
    inhibits = np.zeros(len(matrix), bool)
    inhibits[: settings.neurons] = drawn.signs < 0
    low, high = np.zeros(len(matrix)), np.where(inhibits, 0.0, W_MAX)
    low[inhibits], low[settings.neurons :] = -W_MAX, -W_MAX
    net = Net(
        first=first,
        post=post.astype(np.uint32),
        heard=np.searchsorted(post[:inner][order], np.arange(settings.neurons + 1)),
        source=origin[:inner][order].astype(np.uint32),
        place=order.astype(np.uint32),
        low=low,
        high=high,
        inhibits=inhibits,
    )
    return Wired(net=net, weights=settings.first_weight * matrix[origin, post])


def rule_of(settings: Settings, fade: float, plastic: bool) -> Rule:
    """The published numbers; `fade` and whether weights change differ from phase to phase.

    Without an astrocyte w_a is 0, which leaves A at eta.
    """
    return Rule(
        leak=1 / 64,
        threshold=20.0,
        refractory=2,
        current=100.0,
        synapse_keep=exp(-1.0),
        synapse_gain=1.0,
        trace_keep=exp(-0.1),
        trace_step=0.1,
        learning=float(settings.learning),
        bias=float(settings.learning),
        astrocyte=float(settings.astrocyte) if settings.plasticity == "astrocyte" else 0.0,
        astrocyte_rate=0.01,
        fade=float(fade),
        plastic=plastic,
        calcium_keep=1 - 1e-3,
        calcium_threshold=float(settings.calcium_threshold),
        calcium_range=float(settings.calcium_range) if settings.plasticity == "activity" else 0.0,
    )
