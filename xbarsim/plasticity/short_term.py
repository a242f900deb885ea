r"""Short-term plasticity: synapses that tire and that warm up.

Of the resources r of a neuron's synapses a spike uses the share u:

.. math::

    u \leftarrow u + U\,(1 - u), \qquad E = u\,r, \qquad r \leftarrow r - u\,r

and between spikes u falls to 0 with :math:`\tau_\mathrm{facil}`, r rises to 1 with
:math:`\tau_\mathrm{rec}`. E scales what the spike transmits: the drive of its line. It acts on no
conductance for good, so that no cell is pulsed.

References
----------
M. V. Tsodyks and H. Markram, PNAS 94, 719, 1997; H. Markram, Y. Wang and M. Tsodyks, "Differential
signaling via the same axon of neocortical pyramidal neurons", PNAS 95, 5323, 1998; M. Tsodyks,
K. Pawelzik and H. Markram, "Neural networks with dynamic synapses", Neural Computation 10, 821,
1998.
"""

from dataclasses import dataclass
from math import exp, inf
from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_count, check_number
from xbarsim.plasticity.traces import check_dt, spikes_of


class Resources(NamedTuple):
    """u, which is used at a spike, and r, which is there; (pre,) each."""

    used: Array
    left: Array


@dataclass(frozen=True, kw_only=True)
class ShortTerm:
    """Depression and facilitation of the synapses of a neuron.

    Numbers by default are those of depressing synapses in M. Tsodyks, A. Uziel and H. Markram,
    Journal of Neuroscience 20, RC50, 2000.

    Parameters
    ----------
    use : U, above 0 and at most 1.
    recovery : tau_rec, s.
    facilitation : tau_facil, s; 0 for synapses that do not facilitate, u = U at each spike.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    use: float = 0.5
    recovery: float = 0.8
    facilitation: float = 0.0

    def __post_init__(self) -> None:
        check_number("use", self.use, 0.0, 1.0, above=True)
        check_number("recovery", self.recovery, 0.0, inf, "second", above=True)
        check_number("facilitation", self.facilitation, 0.0, inf, "second")

    def begin(self, pre: int) -> Resources:
        """The state before any spike."""
        check_count("pre", pre, 1)
        return Resources(np.zeros(pre), np.ones(pre))

    def step(self, state: Resources, pre: Array, dt: float) -> tuple[Resources, Array]:
        """The next state and E of the neurons that spike, (pre,), 0 for others.

        Raises
        ------
        SpecError : spikes whose number does not fit, or a `dt` that is not above 0 s.
        """
        check_dt(dt)
        pre = spikes_of("pre", pre, len(state.used))
        used = state.used * (exp(-dt / self.facilitation) if self.facilitation else 0.0)
        left = 1.0 - (1.0 - state.left) * exp(-dt / self.recovery)
        used = np.where(pre, used + self.use * (1.0 - used), used)
        efficacy = np.where(pre, used * left, 0.0)
        return Resources(used, left - efficacy), efficacy

    def steady(self, rate: float) -> float:
        """E at each spike of a long regular train of a rate (Hz)."""
        check_number("rate", rate, 0.0, inf, "hertz", above=True)
        fallen = exp(-1.0 / (rate * self.facilitation)) if self.facilitation else 0.0
        missing = exp(-1.0 / (rate * self.recovery))
        used = self.use / (1.0 - (1.0 - self.use) * fallen)
        return used * (1.0 - missing) / (1.0 - (1.0 - used) * missing)
