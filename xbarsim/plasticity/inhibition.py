r"""Inhibition that brings neurons to target rates.

Two rules. Both change sizes of inhibitory weights, which are at least 0:

- `TargetRates`, for rate neurons: :math:`\Delta A^I_{ij} = \delta\,(r_i - \rho_i)`, the same for
  all inhibitory weights onto neuron i, so that one train of pulses on its line carries it out;
- `InhibitorySTDP`, for spikes: :math:`\Delta w = \eta\,(x_\mathrm{post} - \alpha)` at a spike of
  the inhibitory neuron, :math:`\eta\,x_\mathrm{pre}` at one behind it, with
  :math:`\alpha = 2\,\rho_0\,\tau`.

References
----------
First: K. Srinivasan, D. Plenz and M. Girvan, arXiv 2504.12480, 2025. Second: T. P. Vogels et al.,
"Inhibitory plasticity balances excitation and inhibition in sensory pathways and memory networks",
Science 334, 1569, 2011, with 20 ms.
"""

from dataclasses import dataclass
from math import inf

import numpy as np

from xbarsim.backend import Array, real_array
from xbarsim.checks import check_number
from xbarsim.errors import SpecError
from xbarsim.plasticity.traces import (
    Traces,
    check_reachable,
    decayed,
    marked,
    no_traces,
    spikes_of,
)


@dataclass(frozen=True, kw_only=True)
class TargetRates:
    """Inhibition of a neuron grows while its rate is above its target, and shrinks below.

    Parameters
    ----------
    rate : delta, of one step, in units of the weight.
    lowest, highest : rates between which neurons lie; targets have to lie there, too.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    rate: float = 1e-2
    lowest: float = 0.0
    highest: float = 1.0

    def __post_init__(self) -> None:
        check_number("rate", self.rate, 0.0, above=True)
        check_number("lowest", self.lowest)
        check_number("highest", self.highest)
        if not self.lowest < self.highest:
            raise SpecError(
                f"lowest is {self.lowest:g} and highest {self.highest:g}; they must ascend"
            )

    def targets(self, targets: Array, neurons: int) -> Array:
        """Targets of so many neurons, (neurons,), checked; one number is that of all.

        Raises
        ------
        SpecError : one that no neuron reaches, as rates lie strictly between the two ends.
        """
        found = real_array("targets", targets, np).astype(float)
        if found.shape not in ((), (neurons,)):
            raise SpecError(f"targets have shape {found.shape}; there are {neurons} neurons")
        wrong = ~((found > self.lowest) & (found < self.highest))
        if wrong.any():
            raise SpecError(
                f"a target rate of {found[wrong].flat[0]:g} cannot be reached: rates lie between "
                f"{self.lowest:g} and {self.highest:g}, ends not included"
            )
        return np.broadcast_to(found, (neurons,))

    def wanted(self, rates: Array, targets: Array) -> Array:
        """Changes of every inhibitory weight onto each neuron, (neurons,), for rates (neurons,).

        Raises
        ------
        SpecError : rates that are not of one number a neuron, or targets of another number.
        """
        rates, targets = np.asarray(rates, dtype=float), np.asarray(targets, dtype=float)
        if rates.ndim != 1 or targets.shape not in ((), rates.shape):
            raise SpecError(
                f"rates have shape {rates.shape} and targets {targets.shape}; both take (neurons,)"
            )
        return self.rate * (rates - targets)


@dataclass(frozen=True, kw_only=True)
class InhibitorySTDP:
    """Spikes near each other strengthen inhibition, single ones of inhibitory neurons weaken it.

    Parameters
    ----------
    target : rate of the neurons behind, Hz.
    rate : eta, in units of the weight.
    tau : of traces, s.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    target: float
    rate: float
    tau: float = 20e-3

    def __post_init__(self) -> None:
        check_number("target", self.target, 0.0, inf, "hertz", above=True)
        check_number("rate", self.rate, 0.0, above=True)
        check_number("tau", self.tau, 0.0, inf, "second", above=True)

    @property
    def alpha(self) -> float:
        """Depression, over eta, at each spike of an inhibitory neuron."""
        return 2.0 * self.target * self.tau

    def check_reachable(self, dt: float, refractory: float = 0.0) -> None:
        """Refuse a target above the rate of neurons that spike at most once in so long.

        Raises
        ------
        SpecError : names the target and the highest rate.
        """
        check_reachable(self.target, dt, refractory)

    def begin(self, pre: int, post: int) -> Traces:
        """The state before any spike."""
        return no_traces(pre, post)

    def step(self, state: Traces, pre: Array, post: Array, dt: float) -> tuple[Traces, Array]:
        """The next state and the changes wanted, (pre, post), for the spikes of a step of `dt` (s).

        Spikes of one step make no pair with each other.

        Raises
        ------
        SpecError : spikes whose number does not fit, a `dt` that is not above 0 s, or so long that
            neurons of one spike a step do not reach the target.
        """
        self.check_reachable(dt)
        pre = spikes_of("pre", pre, len(state.pre))
        post = spikes_of("post", post, len(state.post))
        before, behind = (decayed(trace, self.tau, dt) for trace in state)
        wanted = self.rate * (np.outer(pre, behind - self.alpha) + np.outer(before, post))
        return Traces(marked(before, pre, "all"), marked(behind, post, "all")), wanted

    def drift(self, before: float, behind: float) -> float:
        """Mean change (1/s) for independent Poisson spikes of two rates (Hz); 0 at the target."""
        return self.rate * before * (2.0 * self.tau * behind - self.alpha)
