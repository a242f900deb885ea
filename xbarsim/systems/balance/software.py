r"""The reservoir without any arrays.

.. math::
    V_{t+1} = (A^E - A^I)\,r_t + W u_t, \qquad r_{t+1} = \sigma\bigl(c\,(V_{t+1} - \theta)\bigr)

with the logistic function sigma, and the local rule of inhibitory connections that there are

.. math:: A^I_{ij} \leftarrow \max\bigl(A^I_{ij} + \delta\,(r_i - \rho_i),\ 0\bigr)

K. Srinivasan, D. Plenz and M. Girvan, arXiv 2504.12480 (2025), equations 1 and 7. That rates
begin at 1/2 is ours.
"""

from dataclasses import replace

import numpy as np

from xbarsim.backend import Array
from xbarsim.systems.balance._rates import rates_run
from xbarsim.systems.balance.network import Network
from xbarsim.systems.balance.settings import Settings


def schedule(settings: Settings) -> Array:
    """Rate of the local rule at each step of adaptation, (steps,)."""
    stages = settings.steps_first, settings.steps_last
    return np.repeat([settings.delta_first, settings.delta_last], stages)


class InSoftware:
    """A reservoir that computes exactly.

    Parameters
    ----------
    network : as it begins; what adapts is a copy.
    settings : of the neurons and the rule.
    targets : rates, (N,).
    """

    def __init__(self, network: Network, settings: Settings, targets: Array) -> None:
        self.network, self.settings, self.targets = network, settings, targets
        self.weights = network.inhibitory.weights.copy()

    def adapt(self, u: Array) -> Array:
        """Let the local rule follow the rates under the inputs `u` (steps,): rates (steps, N)."""
        return self._run(u, schedule(self.settings))

    def run(self, u: Array) -> Array:
        """Rates (steps, N) under the inputs `u` (steps,)."""
        return self._run(u, np.zeros(len(u)))

    def held(self) -> Network:
        """The network as it is now."""
        inhibitory = replace(self.network.inhibitory, weights=self.weights.copy())
        return replace(self.network, inhibitory=inhibitory)

    def _run(self, u: Array, delta: Array) -> Array:
        excite, inhibit, s = self.network.excitatory, self.network.inhibitory, self.settings
        states = u[:, None] * self.network.inputs
        rates_run(
            excite.index, excite.weights, inhibit.index, self.weights, excite.senders, states,
            np.full(states.shape[1], 0.5), s.gain, s.threshold, self.targets, delta,
        )  # fmt: skip
        return states
