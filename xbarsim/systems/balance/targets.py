r"""Rates that neurons are to have, whether they can, and the inhibition with which they would.

In the mean field a neuron i has the rate :math:`\rho_i` under

.. math:: \Omega_i \sum_j A^I_{ij} \rho_j = \sum_j A^E_{ij} \rho_j + W_i \bar u - \theta -
          \mathrm{logit}(\rho_i) / c

with a factor :math:`\Omega_i` of all its inhibitory connections: the fixed point of the rates with
the fluctuations left out. (Ours, from the equation of the rates.)
"""

from dataclasses import replace

import numpy as np
from scipy.special import expit, logit
from scipy.stats import beta

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.streams import Streams
from xbarsim.systems.balance.network import Network, Synapses
from xbarsim.systems.balance.settings import EDGE, Settings

_CONCENTRATION = 4.0  # a + b of the beta distribution, of Beta(2, 2)
_NAMED = 3  # neurons that an error names


def targets_of(settings: Settings, streams: Streams) -> Array:
    """Target rates (N,); `streams` ``targets`` draws them where they differ.

    None is nearer than 0.03 to 0 or 1 then (ours): hardly a neuron could have such a rate.
    """
    if not settings.heterogeneous:
        return np.full(settings.neurons, settings.rate)
    a = _CONCENTRATION * settings.rate
    law = beta(a, _CONCENTRATION - a)
    low, high = (float(law.cdf(end)) for end in (EDGE, 1.0 - EDGE))
    chance = (streams / "targets").rng().uniform(low, high, settings.neurons)
    found: Array = law.ppf(chance)
    return found


def reachable(
    network: Network, settings: Settings, targets: Array, u_mean: float, most: float
) -> tuple[Array, Array]:
    """Lowest and highest rate of each neuron while the others have theirs, (N,) each.

    The lowest is that with all its inhibitory connections at `most`, the highest that with none.
    """
    heard, drive = network.inhibitory.index, _drive(network, settings, targets, u_mean)
    rates = _inhibitory(targets, network.inhibitory)[heard].sum(axis=1)
    c = settings.gain
    return expit(c * (drive - most * rates)), expit(c * drive)


def check_reachable(
    network: Network, settings: Settings, targets: Array, u_mean: float, most: float
) -> None:
    """Refuse target rates that no inhibition gives; parameters are those of `reachable`.

    Raises
    ------
    SpecError : says which neurons, their targets, and what they could reach.
    """
    low, high = reachable(network, settings, targets, u_mean, most)
    bad = np.flatnonzero((targets < low) | (targets > high))
    if not len(bad):
        return
    named = "; ".join(
        f"neuron {i} is to have the rate {targets[i]:.6g} and reaches {low[i]:.6g} to {high[i]:.6g}"
        for i in bad[:_NAMED]
    )
    raise SpecError(
        f"{len(bad)} of {len(targets)} target rates cannot be reached: {named}. Lower rates need a "
        f"larger headroom (it is {settings.headroom:g}), higher ones a lower threshold (it is "
        f"{settings.threshold:g}) or a higher gain (it is {settings.gain:g}); or choose other "
        "targets (rate, heterogeneous)"
    )


def scaled(network: Network, settings: Settings, targets: Array, u_mean: float) -> Network:
    """The network with the inhibition of each neuron scaled so that the mean field has the targets.

    Where no inhibition gives a target there is none.
    """
    inhibitory = network.inhibitory
    needed = _drive(network, settings, targets, u_mean) - logit(targets) / settings.gain
    rates = _inhibitory(targets, inhibitory)[inhibitory.index]
    factor = np.maximum(needed, 0.0) / (inhibitory.weights * rates).sum(axis=1)
    weights = factor[:, None] * inhibitory.weights
    return replace(network, inhibitory=replace(inhibitory, weights=weights))


def designed(
    network: Network, settings: Settings, targets: Array, u_mean: float, most: float
) -> Network:
    """`scaled`, where targets can be reached with connections up to `most`.

    Raises
    ------
    SpecError : they cannot; connections would be larger than cells can stand for.
    """
    check_reachable(network, settings, targets, u_mean, most)
    found = scaled(network, settings, targets, u_mean)
    largest = found.inhibitory.weights.max(axis=1)
    if largest.max() > most:
        i = int(largest.argmax())
        raise SpecError(
            f"headroom is {settings.headroom:g}, so that connections reach {most:.4g}; "
            f"neuron {i} needs one of {largest[i]:.4g} for a rate of {targets[i]:.4g}"
        )
    return found


def _drive(network: Network, settings: Settings, targets: Array, u_mean: float) -> Array:
    """Mean sums without inhibition, less the threshold, (N,)."""
    excitatory = network.excitatory
    heard = (excitatory.weights * targets[excitatory.index]).sum(axis=1)
    found: Array = heard + network.inputs * u_mean - settings.threshold
    return found


def _inhibitory(rates: Array, inhibitory: Synapses) -> Array:
    """Those of the inhibitory neurons, which come last."""
    return rates[len(rates) - inhibitory.senders :]
