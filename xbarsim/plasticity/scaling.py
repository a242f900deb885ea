r"""Synaptic scaling: all weights onto a neuron grow or shrink by one factor, to its target rate.

.. math:: \tau\,\dot a = -a + \sum_k \delta(t - t_k), \qquad
    \dot w = \beta\,w\,(a_0 - a) + \gamma\,w \int (a_0 - a)\,dt

References
----------
G. G. Turrigiano et al., "Activity-dependent scaling of quantal amplitude in neocortical neurons",
Nature 391, 892, 1998. As equations: M. C. W. van Rossum, G. Q. Bi and G. G. Turrigiano, "Stable
Hebbian learning from spike timing-dependent plasticity", Journal of Neuroscience 20, 8812, 2000.
"""

from dataclasses import dataclass
from math import exp, inf
from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array, real_array
from xbarsim.checks import check_count, check_number
from xbarsim.errors import SpecError
from xbarsim.plasticity.traces import check_reachable, spikes_of


class Activity(NamedTuple):
    """Rates as neurons feel them, Hz, and what they missed of their target so far; (post,) each."""

    rate: Array
    missed: Array


@dataclass(frozen=True, kw_only=True)
class SynapticScaling:
    """Slow, multiplicative and local to the neuron behind.

    Parameters
    ----------
    target : a_0, Hz.
    rate : beta, 1/(s Hz).
    integral : gamma, 1/(s^2 Hz); 0 for proportional control alone.
    tau : of the average of activity, s.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    target: float
    rate: float
    integral: float = 0.0
    tau: float = 100.0

    def __post_init__(self) -> None:
        check_number("target", self.target, 0.0, inf, "hertz", above=True)
        check_number("rate", self.rate, 0.0)
        check_number("integral", self.integral, 0.0)
        check_number("tau", self.tau, 0.0, inf, "second", above=True)

    def check_reachable(self, dt: float, refractory: float = 0.0) -> None:
        """Refuse a target above the rate of neurons that spike at most once in so long.

        Raises
        ------
        SpecError : names the target and the highest rate.
        """
        check_reachable(self.target, dt, refractory)

    def begin(self, post: int) -> Activity:
        """Neurons that have spiked at their target rate so far."""
        check_count("post", post, 1)
        return Activity(np.full(post, self.target), np.zeros(post))

    def step(self, state: Activity, post: Array, w: Array, dt: float) -> tuple[Activity, Array]:
        """The next state and the changes wanted of weights `w`, (pre, post), in a step of `dt` (s).

        Raises
        ------
        SpecError : spikes or weights whose number does not fit, weights that are not finite, a `dt`
            that is not above 0 s, or so long that one spike a step does not reach the target.
        """
        self.check_reachable(dt)
        post = spikes_of("post", post, len(state.rate))
        w = real_array("w", w, np)
        if w.ndim != 2 or w.shape[1] != len(post):
            raise SpecError(f"w has shape {w.shape}; it takes (pre, {len(post)})")
        if not np.isfinite(w).all():
            raise SpecError(f"a weight is {w[~np.isfinite(w)].flat[0]}")
        rate = state.rate * exp(-dt / self.tau) + post / self.tau
        missing = self.target - rate
        missed = state.missed + dt * missing
        return Activity(rate, missed), w * (dt * (self.rate * missing + self.integral * missed))
