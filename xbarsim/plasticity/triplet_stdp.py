r"""Spike-timing-dependent plasticity of triplets of spikes.

With traces r1, r2 of spikes before a synapse and o1, o2 of those behind it,

.. math::

    \Delta w = \begin{cases} -o_1\,(A_2^- + A_3^-\,r_2) & \text{at a spike before it} \\
    r_1\,(A_2^+ + A_3^+\,o_2) & \text{at one behind it} \end{cases}

where all traces are those of earlier spikes.

References
----------
J.-P. Pfister and W. Gerstner, "Triplets of spikes in a model of spike timing-dependent plasticity",
Journal of Neuroscience 26, 9673, 2006: eqs. 2 to 4, and table 3, fits to visual cortex, as the
``stdp_triplet_synapse`` of NEST has them (that of NESTML has 7.5e-10 and 9.3e-3 for potentiation).
"""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_number
from xbarsim.plasticity.traces import (
    Pairing,
    check_dt,
    check_pairing,
    decayed,
    marked,
    no_traces,
    spikes_of,
)


class TripletTraces(NamedTuple):
    """r1 and r2, (pre,), o1 and o2, (post,)."""

    pre: Array
    pre_slow: Array
    post: Array
    post_slow: Array


@dataclass(frozen=True, kw_only=True)
class TripletSTDP:
    """Two spikes behind and one before, or the other way round, beside pairs.

    Numbers by default are those of the full model fitted to visual cortex, all spikes.

    Parameters
    ----------
    a2_plus, a2_minus : changes by pairs, in units of the weight.
    a3_plus, a3_minus : changes by triplets.
    tau_plus, tau_minus : time constants of r1 and o1, s.
    tau_x, tau_y : time constants of r2 and o2, s.
    pairing : ``all`` earlier spikes count, or the ``nearest`` alone.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    a2_plus: float = 5e-10
    a3_plus: float = 6.2e-3
    a2_minus: float = 7e-3
    a3_minus: float = 2.3e-4
    tau_plus: float = 16.8e-3
    tau_minus: float = 33.7e-3
    tau_x: float = 101e-3
    tau_y: float = 125e-3
    pairing: Pairing = "all"

    def __post_init__(self) -> None:
        for name in ("a2_plus", "a3_plus", "a2_minus", "a3_minus"):
            check_number(name, getattr(self, name))
        for name in ("tau_plus", "tau_minus", "tau_x", "tau_y"):
            check_number(name, getattr(self, name), 0.0, inf, "second", above=True)
        check_pairing(self.pairing)

    def begin(self, pre: int, post: int) -> TripletTraces:
        """The state before any spike."""
        fast, slow = no_traces(pre, post), no_traces(pre, post)
        return TripletTraces(fast.pre, slow.pre, fast.post, slow.post)

    def step(
        self, state: TripletTraces, pre: Array, post: Array, dt: float
    ) -> tuple[TripletTraces, Array]:
        """The next state and the changes wanted, (pre, post), for the spikes of a step of `dt` (s).

        Spikes of one step make no pair with each other.

        Raises
        ------
        SpecError : spikes whose number does not fit, or a `dt` that is not above 0 s.
        """
        check_dt(dt)
        pre = spikes_of("pre", pre, len(state.pre))
        post = spikes_of("post", post, len(state.post))
        r1, r2 = decayed(state.pre, self.tau_plus, dt), decayed(state.pre_slow, self.tau_x, dt)
        o1, o2 = decayed(state.post, self.tau_minus, dt), decayed(state.post_slow, self.tau_y, dt)
        wanted = np.outer(r1, post * (self.a2_plus + self.a3_plus * o2))
        wanted -= np.outer(pre * (self.a2_minus + self.a3_minus * r2), o1)
        after = TripletTraces(
            *(marked(trace, pre, self.pairing) for trace in (r1, r2)),
            *(marked(trace, post, self.pairing) for trace in (o1, o2)),
        )
        return after, wanted

    def drift(self, before: float, behind: float) -> float:
        """Mean change (1/s) for independent Poisson spikes of two rates (Hz); for ``all`` spikes.

        From the means of traces, rate times time constant; it changes sign with the rate behind, as
        the BCM rule does.
        """
        up = self.tau_plus * (self.a2_plus + self.a3_plus * self.tau_y * behind)
        down = self.tau_minus * (self.a2_minus + self.a3_minus * self.tau_x * before)
        return before * behind * (up - down)


#: The minimal model fitted to visual cortex, all spikes.
VISUAL_CORTEX_MINIMAL = TripletSTDP(
    a2_plus=0.0, a3_plus=6.5e-3, a2_minus=7.1e-3, a3_minus=0.0, tau_y=114e-3
)
