r"""Neurons that excite or inhibit, and the connections between them.

Every neuron hears k others, a share of them excitatory, never itself. With :math:`k_E + k_I = k`,

.. math:: A^E_{ij} \sim |N(\mu_E, (s\mu_E)^2)|,\ \mu_E = 1 / k_E, \qquad
          A^I_{ij} \sim |N(\mu_I, (s\mu_I)^2)|,\ \mu_I = (1 - \beta) / k_I

so that the connections of a neuron add up to 1 and to 1 - beta on the average: balanced at 0. All
connections from one neuron have one sign (Dale's law).

References
----------
K. Srinivasan, D. Plenz and M. Girvan, "Boosting reservoir computing with brain-inspired adaptive
dynamics", arXiv 2504.12480 (2025). That no neuron hears itself is ours.
"""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.streams import Streams
from xbarsim.systems.balance.settings import Settings


@dataclass(frozen=True, kw_only=True, eq=False)
class Synapses:
    """Connections from one kind of neurons to all, as many for each.

    Parameters
    ----------
    index : from whom, counted among those of the kind, (N, heard) of uint32.
    weights : sizes, (N, heard).
    senders : neurons of the kind.
    """

    index: Array
    weights: Array
    senders: int

    def matrix(self) -> Array:
        """(N, senders)."""
        found = np.zeros((len(self.index), self.senders))
        np.put_along_axis(found, self.index.astype(np.int64), self.weights, axis=1)
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """A reservoir; excitatory neurons come first.

    Parameters
    ----------
    excitatory, inhibitory : from neurons of either kind to all.
    inputs : weight of the input, (N,).
    """

    excitatory: Synapses
    inhibitory: Synapses
    inputs: Array


def network_of(settings: Settings, streams: Streams) -> Network:
    """A network as drawn: `streams` ``excitatory``, ``inhibitory`` and ``inputs``."""
    n, s = settings.neurons, settings
    excite = _synapses(0, s.number_excitatory, s.heard_excitatory, 1.0, s, streams / "excitatory")
    inhibit = _synapses(
        s.number_excitatory, s.number_inhibitory, s.heard_inhibitory, 1.0 - s.balance, s,
        streams / "inhibitory",
    )  # fmt: skip
    rng = (streams / "inputs").rng()
    heard = rng.permutation(n) < max(round(s.input_share * n), 1)
    inputs = s.input_scale * rng.uniform(-0.5, 0.5, n) * heard
    return Network(excitatory=excite, inhibitory=inhibit, inputs=inputs)


def _synapses(
    first: int, senders: int, heard: int, total: float, settings: Settings, streams: Streams
) -> Synapses:
    """Connections whose mean sum is `total`, from `senders` neurons of which the first is given."""
    n, rng = settings.neurons, (streams / "connected").rng()
    order = rng.random((n, senders))
    own = np.arange(n) - first
    inside = np.flatnonzero((own >= 0) & (own < senders))
    order[inside, own[inside]] = 2.0  # behind all others
    index = np.sort(np.argpartition(order, heard - 1, axis=1)[:, :heard], axis=1)
    z = (streams / "strength").normal((n, heard))
    weights = np.abs(1.0 + settings.spread * z) * (total / heard)
    return Synapses(index=index.astype(np.uint32), weights=weights, senders=senders)
