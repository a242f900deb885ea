r"""Spike-timing-dependent plasticity whose depression an astrocyte sets.

An astrocyte follows how many spikes a liquid makes beyond those that it is given,

.. math:: A \leftarrow A + \frac{\Delta t}{\tau_A}\left(w_A\left(\sum s_\mathrm{liquid} -
    \sum s_\mathrm{input}\right) + b - A\right)

and depression has the rate A where potentiation has :math:`\eta_+`. The rule is about sizes of
weights: those of inhibitory neurons shrink where excitatory ones grow, and the other way round.

References
----------
V. A. Ivanov and K. P. Michmizos, "Increasing liquid state machine performance with edge-of-chaos
dynamics organized by astrocyte-modulated plasticity", NeurIPS 2021; numbers and the order within a
step of their code, for 1000 neurons and steps of 1 ms.
"""

from dataclasses import dataclass
from math import inf

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_number
from xbarsim.errors import SpecError
from xbarsim.plasticity.traces import Traces, check_dt, decayed, no_traces, spikes_of
from xbarsim.units import show


@dataclass(frozen=True, kw_only=True)
class Astrocyte:
    """How A follows activity.

    Parameters
    ----------
    weight : w_A, of one spike a step.
    base : b, which is A without spikes and where it begins.
    tau : s.
    """

    weight: float = 0.015
    base: float = 0.15
    tau: float = 0.1

    def __post_init__(self) -> None:
        check_number("weight", self.weight, 0.0)
        check_number("base", self.base, 0.0)
        check_number("tau", self.tau, 0.0, inf, "second", above=True)

    def step(self, a: float, liquid: int, inputs: int, dt: float) -> float:
        """A after a step of `dt` (s) with so many spikes of the liquid and of its inputs.

        Raises
        ------
        SpecError : `dt` is not above 0 s, or longer than tau, at which forward Euler overshoots.
        """
        check_dt(dt)
        if dt > self.tau:
            raise SpecError(
                f"dt is {show(dt, 'second')}; it must be at most tau, {show(self.tau, 'second')}"
            )
        return a + dt / self.tau * (self.weight * (liquid - inputs) + self.base - a)


@dataclass(frozen=True, kw_only=True)
class AstrocyteSTDP:
    """Pairs of spikes, potentiation of a fixed rate, depression of a rate that comes from outside.

    Parameters
    ----------
    rate : eta_+, in units of the weight.
    mark : what a spike adds to its trace, before the decay of its own step.
    tau : of traces, s.
    """

    rate: float = 0.15
    mark: float = 0.1
    tau: float = 10e-3

    def __post_init__(self) -> None:
        check_number("rate", self.rate, 0.0)
        check_number("mark", self.mark, 0.0)
        check_number("tau", self.tau, 0.0, inf, "second", above=True)

    def begin(self, pre: int, post: int) -> Traces:
        """The state before any spike."""
        return no_traces(pre, post)

    def step(
        self, state: Traces, pre: Array, post: Array, dt: float, depression: float,
        inhibitory: Array | None = None,
    ) -> tuple[Traces, Array]:  # fmt: skip
        """The next state and the changes wanted of sizes of weights, (pre, post).

        Parameters
        ----------
        pre, post : which neurons spike in this step.
        dt : step, s.
        depression : A.
        inhibitory : which neurons before the synapses are, (pre,); none by default.

        Raises
        ------
        SpecError : spikes whose number does not fit, a `dt` that is not above 0 s.
        """
        check_dt(dt)
        check_number("depression", depression)
        pre = spikes_of("pre", pre, len(state.pre))
        post = spikes_of("post", post, len(state.post))
        grown = self.rate * np.outer(state.pre, post) - depression * np.outer(pre, state.post)
        if inhibitory is not None:
            opposed = spikes_of("inhibitory", inhibitory, len(state.pre))
            grown = np.where(
                opposed[:, None], self._inhibitory(state, pre, post, depression), grown
            )
        traces = (
            decayed(trace + self.mark * spikes, self.tau, dt)
            for trace, spikes in zip(state, (pre, post), strict=True)
        )
        return Traces(*traces), grown

    def _inhibitory(self, state: Traces, pre: Array, post: Array, depression: float) -> Array:
        return depression * np.outer(state.pre, post) - self.rate * np.outer(pre, state.post)
