r"""Thresholds of spiking neurons that rise with every spike: a neuron's own homeostasis.

.. math:: \theta \leftarrow \theta\,e^{-\Delta t/\tau} + \theta_+\,\frac{10}{|\theta - 10|}\,s

Thresholds belong to neurons, which are digital: no cell is pulsed.

References
----------
Y. Hao, X. Huang, M. Dong and B. Xu, Neural Networks 121, 387, 2020; their code, for MNIST with 100
or 400 hidden neurons.
"""

from dataclasses import dataclass
from math import exp, inf

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_count, check_number
from xbarsim.errors import ConvergenceError
from xbarsim.plasticity.traces import check_dt, spikes_of

_NEAR = 1e-3  # of the pole, in units of the threshold's shift; ours


@dataclass(frozen=True, kw_only=True)
class AdaptiveThreshold:
    """What a threshold is above its rest, in mV in the publication.

    Parameters
    ----------
    start : before any spike.
    rise : theta_+, by which a spike raises it at twice the `pole`.
    tau : of its decay, s.
    pole : at which the rise is unbounded, 10 in the publication; `start` is above it.
    """

    start: float = 20.0
    rise: float = 0.07
    tau: float = 6000.0
    pole: float = 10.0

    def __post_init__(self) -> None:
        check_number("pole", self.pole, 0.0, above=True)
        check_number("start", self.start, self.pole, above=True)
        check_number("rise", self.rise, 0.0)
        check_number("tau", self.tau, 0.0, inf, "second", above=True)

    def begin(self, neurons: int) -> Array:
        """Those of neurons that have never spiked, (neurons,)."""
        check_count("neurons", neurons, 1)
        return np.full(neurons, self.start)

    def step(self, theta: Array, spikes: Array, dt: float) -> Array:
        """What they are after the spikes of a step of `dt` (s).

        Raises
        ------
        SpecError : spikes whose number does not fit, or a `dt` that is not above 0 s.
        ConvergenceError : one that spikes has decayed to the pole.
        """
        check_dt(dt)
        spikes = spikes_of("spikes", spikes, len(theta))
        theta = theta * exp(-dt / self.tau)
        distance = np.abs(theta - self.pole)
        if (distance[spikes] < _NEAR).any():
            raise ConvergenceError(
                f"a threshold has decayed to {self.pole:g}, where its rise has no bound; take a "
                "longer tau, or begin anew"
            )
        return theta + np.where(spikes, self.rise * self.pole / np.maximum(distance, _NEAR), 0.0)
