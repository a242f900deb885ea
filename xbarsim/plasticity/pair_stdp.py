r"""Spike-timing-dependent plasticity of pairs of spikes.

.. math::

    \Delta w = \begin{cases} A_+\,e^{-\Delta t/\tau_+} & \Delta t > 0 \\
    -A_-\,e^{\Delta t/\tau_-} & \Delta t < 0 \end{cases}, \qquad
    \Delta t = t_\mathrm{post} - t_\mathrm{pre}

References
----------
Window: S. Song, K. D. Miller and L. F. Abbott, "Competitive Hebbian learning through
spike-timing-dependent synaptic plasticity", Nature Neuroscience 3, 919, 2000, eq. 1. As traces, and
which spikes make pairs: A. Morrison, M. Diesmann and W. Gerstner, "Phenomenological models of
synaptic plasticity based on spike timing", Biological Cybernetics 98, 459, 2008, sections 4.1, 4.2.
"""

from dataclasses import dataclass
from math import inf
from typing import Literal, get_args

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_number, check_one_of
from xbarsim.plasticity.traces import (
    Pairing,
    Traces,
    check_dt,
    check_pairing,
    decayed,
    marked,
    no_traces,
    spikes_of,
)

Together = Literal["none", "depress"]


@dataclass(frozen=True, kw_only=True)
class PairSTDP:
    """Pairs of a spike before and one behind a synapse; the weight itself does not matter.

    Parameters
    ----------
    a_plus, a_minus : changes at no delay, in units of the weight; below 0 they turn the rule round.
    tau_plus, tau_minus : time constants, s; 20 ms each as Song, Miller and Abbott 2000 have it.
    pairing : ``all`` earlier spikes make a pair with one, or the ``nearest`` alone.
    together : what spikes of one step do: ``none``, or ``depress`` as if the one behind came first.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    a_plus: float = 0.005
    a_minus: float = 0.00525
    tau_plus: float = 20e-3
    tau_minus: float = 20e-3
    pairing: Pairing = "all"
    together: Together = "none"

    def __post_init__(self) -> None:
        for name in ("a_plus", "a_minus"):
            check_number(name, getattr(self, name))
        for name in ("tau_plus", "tau_minus"):
            check_number(name, getattr(self, name), 0.0, inf, "second", above=True)
        check_pairing(self.pairing)
        check_one_of("together", self.together, get_args(Together))

    def window(self, delay: Array) -> Array:
        """Change by one pair whose spike behind comes `delay` (s) after the one before."""
        delay = np.asarray(delay, dtype=float)
        later = self.a_plus * np.exp(-np.abs(delay) / self.tau_plus)
        earlier = -self.a_minus * np.exp(-np.abs(delay) / self.tau_minus)
        at_once = -self.a_minus if self.together == "depress" else 0.0
        return np.where(delay > 0, later, np.where(delay < 0, earlier, at_once))

    def begin(self, pre: int, post: int) -> Traces:
        """The state before any spike."""
        return no_traces(pre, post)

    def step(self, state: Traces, pre: Array, post: Array, dt: float) -> tuple[Traces, Array]:
        """The next state and the changes wanted, (pre, post), for the spikes of a step of `dt` (s).

        Raises
        ------
        SpecError : spikes whose number does not fit, or a `dt` that is not above 0 s.
        """
        check_dt(dt)
        pre = spikes_of("pre", pre, len(state.pre))
        post = spikes_of("post", post, len(state.post))
        before = decayed(state.pre, self.tau_plus, dt)
        behind = decayed(state.post, self.tau_minus, dt)
        after = Traces(marked(before, pre, self.pairing), marked(behind, post, self.pairing))
        seen = after.post if self.together == "depress" else behind
        wanted = self.a_plus * np.outer(before, post) - self.a_minus * np.outer(pre, seen)
        return after, wanted
