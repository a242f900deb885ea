"""Symmetric spike-timing-dependent plasticity: spikes near each other potentiate in either order.

Nothing depresses; a normalisation does, see `xbarsim.plasticity.normalisation`.

References
----------
Y. Hao, X. Huang, M. Dong and B. Xu, "A biologically plausible supervised learning method for
spiking neural networks using the symmetric STDP rule", Neural Networks 121, 387, 2020; numbers of
their code for MNIST with 100 or 400 hidden neurons.
"""

from dataclasses import dataclass
from math import exp, inf

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_number
from xbarsim.plasticity.traces import Traces, check_dt, decayed, marked, no_traces, spikes_of


@dataclass(frozen=True, kw_only=True)
class SymmetricSTDP:
    r"""A spike adds `rate` times the trace of the other side.

    Parameters
    ----------
    rate : nu, in units of the weight for a trace of 1.
    mark : what a spike adds to its trace.
    tau_pre, tau_post : time constants of traces, s.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    rate: float = 0.005
    mark: float = 0.1
    tau_pre: float = 20e-3
    tau_post: float = 20e-3

    def __post_init__(self) -> None:
        check_number("rate", self.rate, 0.0)
        check_number("mark", self.mark, 0.0)
        for name in ("tau_pre", "tau_post"):
            check_number(name, getattr(self, name), 0.0, inf, "second", above=True)

    def window(self, delay: float) -> float:
        """Change by one pair whose spike behind comes `delay` (s) after the one before."""
        if delay == 0:
            return 0.0
        tau = self.tau_pre if delay > 0 else self.tau_post
        return self.rate * self.mark * exp(-abs(delay) / tau)

    def begin(self, pre: int, post: int) -> Traces:
        """The state before any spike."""
        return no_traces(pre, post)

    def step(self, state: Traces, pre: Array, post: Array, dt: float) -> tuple[Traces, Array]:
        """The next state and the changes wanted, (pre, post), for the spikes of a step of `dt` (s).

        Spikes of one step make no pair with each other.

        Raises
        ------
        SpecError : spikes whose number does not fit, or a `dt` that is not above 0 s.
        """
        check_dt(dt)
        pre = spikes_of("pre", pre, len(state.pre))
        post = spikes_of("post", post, len(state.post))
        before = decayed(state.pre, self.tau_pre, dt)
        behind = decayed(state.post, self.tau_post, dt)
        wanted = self.rate * (np.outer(before, post) + np.outer(pre, behind))
        marks = (marked(before, pre, "all", self.mark), marked(behind, post, "all", self.mark))
        return Traces(*marks), wanted
