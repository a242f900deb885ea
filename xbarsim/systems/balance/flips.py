r"""The trap of low rates: all neurons alternate between two rates instead of having one.

To first order the mean of the rates answers to a change of itself, a step before, with the factor

.. math:: \lambda = \left\langle c\,\rho_i (1 - \rho_i)\,(E_i - I_i) \right\rangle_i

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
_OPPOSED = -0.2  # correlation with the step before, three times its scatter in the window; ours


def multiplier(network: Network, settings: Settings, targets: Array) -> float:
    """The factor lambda of a network at its targets, (N,)."""
    sums = network.excitatory.weights.sum(axis=1) - network.inhibitory.weights.sum(axis=1)
    return float((settings.gain * targets * (1.0 - targets) * sums).mean())


def alternation(rates: Array) -> float:
    """Mean over neurons of how far rates (steps, N) at even and odd steps lie apart."""
    last = rates[-_WINDOW:]
    return float(np.abs(last[::2].mean(axis=0) - last[1::2].mean(axis=0)).mean())


def following(rates: Array) -> float:
    """How rates (steps, N) follow from those a step before: correlation, -1 where they alternate.

    Where inputs at random drive them it is 0, however far even and odd steps lie apart by chance.
    """
    last = rates[-_WINDOW:] - rates[-_WINDOW:].mean(axis=0)
    power = float((last * last).sum())
    return float((last[1:] * last[:-1]).sum()) / power if power > 0 else 0.0


def check_settled(rates: Array, answer: float, settings: Settings, targets: Array) -> None:
    """Refuse rates that alternate, and not as strong inputs make them by chance.

    Parameters
    ----------
    rates : (steps, N).
    answer : `multiplier` of the network that has the targets in the mean field.

    Raises
    ------
    ConvergenceError : says how far rates lie apart, why, and what to change.
    """
    apart = alternation(rates)
    if apart < _ALTERNATING or following(rates) > _OPPOSED:
        return
    why = (
        f"At these targets the mean of the rates answers to itself by {answer:.3g} a step, and "
        "below -1 it flips, however small delta is: choose a higher rate (it is "
        f"{settings.rate:g}) or threshold (it is {settings.threshold:g})"
    )
    if answer > -1:
        why = (
            f"The rule is too fast: choose a smaller delta_first (it is {settings.delta_first:g}) "
            f"and delta_last (it is {settings.delta_last:g}); or it began so far away that "
            f"{settings.adapting} steps are too few: begin nearer to a balance of 0 (it is "
            f"{settings.balance:g})"
        )
    raise ConvergenceError(
        f"rates flip with a period of 2: at even and odd steps they lie {apart:.3g} apart on the "
        f"average, where targets are {targets.mean():.3g} on the average. {why}"
    )
