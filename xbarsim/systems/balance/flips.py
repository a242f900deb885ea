r"""The trap of low rates: all neurons alternate between two rates instead of having one.

To first order the mean of the rates answers to a change of itself, a step before, with the factor

.. math:: \lambda = \bigl\langle c\,\rho_i (1 - \rho_i)\,(E_i - I_i) \bigr\rangle_i

where E and I are the sums of a neuron's connections. Below -1 every deviation grows and changes its
sign at each step. Where all targets are one rate and the input is 0 on the average, the fixed point
makes that :math:`(1 - \rho)(\mathrm{logit}\,\rho + c\,\theta)`: it does not depend on the rule's
rate, and at threshold 0 reaches -1 at a rate of 0.218. (Ours, from the equation of the rates.)
"""

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import ConvergenceError
from xbarsim.systems.balance.network import Network
from xbarsim.systems.balance.settings import Settings

_ALTERNATING = 0.05  # mean difference of rates at even and at odd steps that is no chance; ours
_WINDOW = 200  # last steps that are looked at


def multiplier(network: Network, settings: Settings, targets: Array) -> float:
    """The factor lambda of a network at its targets, (N,)."""
    sums = network.excitatory.weights.sum(axis=1) - network.inhibitory.weights.sum(axis=1)
    return float((settings.gain * targets * (1.0 - targets) * sums).mean())


def alternation(rates: Array) -> float:
    """Mean over neurons of how far rates (steps, N) at even and odd steps lie apart."""
    last = rates[-_WINDOW:]
    return float(np.abs(last[::2].mean(axis=0) - last[1::2].mean(axis=0)).mean())


def check_settled(rates: Array, network: Network, settings: Settings, targets: Array) -> None:
    """Refuse an adaptation that ended in alternation.

    Raises
    ------
    ConvergenceError : says how far rates lie apart, why, and what to change.
    """
    apart = alternation(rates)
    if apart < _ALTERNATING:
        return
    raise ConvergenceError(
        f"adaptation ended in a flip of period 2: rates at even and odd steps are {apart:.3g} apart "
        f"on the average, where targets are {targets.mean():.3g} on the average. The multiplier of "
        f"their mean is {multiplier(network, settings, targets):.3g}; below -1 it flips, whatever "
        f"the rate of the rule. Choose a higher rate (it is {settings.rate:g}) or threshold (it is "
        f"{settings.threshold:g}); where the multiplier is above -1, a smaller delta_first (it is "
        f"{settings.delta_first:g}) and delta_last (it is {settings.delta_last:g})"
    )
