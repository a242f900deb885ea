r"""Intrinsic plasticity: rate neurons change gain and bias until their rates are distributed well.

A neuron is y = f(a x + b), with x what it receives. Both rules go down the gradient of the
Kullback-Leibler divergence of y from a wanted distribution, one sample at a time. Gain and bias
belong to the neuron, which is digital: no cell is pulsed.

References
----------
Logistic neurons with exponential rates: J. Triesch, "A gradient rule for the plasticity of a
neuron's intrinsic excitability", ICANN 2005, LNCS 3696, 65. Neurons of tanh with normal rates:
B. Schrauwen et al., "Improving reservoirs using intrinsic plasticity", Neurocomputing 71, 1159,
2008.
"""

from dataclasses import dataclass
from math import exp, expm1

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_number
from xbarsim.errors import ConvergenceError, SpecError


@dataclass(frozen=True, kw_only=True)
class ExponentialRates:
    r"""Logistic neurons whose rates are to be distributed exponentially.

    .. math::

        \Delta b = \eta\,(1 - (2 + 1/\mu)\,y + y^2/\mu), \qquad \Delta a = \eta/a + x\,\Delta b

    Parameters
    ----------
    mean : mu, above 0 and below 1/2: of the distribution before rates end it at 1, see `reached`.
    rate : eta.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    mean: float = 0.2
    rate: float = 1e-3

    def __post_init__(self) -> None:
        check_number("mean", self.mean, 0.0, 1.0, above=True)
        check_number("rate", self.rate, 0.0, above=True)
        if not self.mean < 0.5:
            raise SpecError(
                f"mean is {self.mean:g}, which cannot be reached: rates that fall off "
                "exponentially from 0 to 1 have a mean below 0.5"
            )

    @property
    def reached(self) -> float:
        r"""Mean of the distribution from 0 to 1: :math:`\mu - 1/(e^{1/\mu} - 1)`."""
        return self.mean + exp(-1.0 / self.mean) / expm1(-1.0 / self.mean)

    def step(self, gain: Array, bias: Array, x: Array) -> tuple[Array, Array, Array]:
        """Gains, biases and rates, (neurons,) each, from what neurons receive, (neurons,).

        Raises
        ------
        SpecError : shapes that differ, a gain that is not above 0, what is not finite.
        ConvergenceError : a gain leaves what is above 0; `rate` is too large.
        """
        gain, bias, x = _neurons(gain, bias, x)
        y = 1.0 / (1.0 + np.exp(-(gain * x + bias)))
        change = self.rate * (1.0 - (2.0 + 1.0 / self.mean) * y + y * y / self.mean)
        return *_moved(gain, bias, x, change, self.rate), y


@dataclass(frozen=True, kw_only=True)
class NormalRates:
    r"""Neurons of tanh whose rates are to be distributed normally.

    .. math::

        \Delta b = -\eta\left(-\frac{\mu}{\sigma^2} + \frac{y}{\sigma^2}
        (2\sigma^2 + 1 - y^2 + \mu y)\right), \qquad \Delta a = \eta/a + x\,\Delta b

    Parameters
    ----------
    mean, sigma : of the distribution before rates end it at -1 and 1; the mean lies in between.
    rate : eta.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    mean: float = 0.0
    sigma: float = 0.3
    rate: float = 1e-3

    def __post_init__(self) -> None:
        check_number("mean", self.mean, -1.0, 1.0)
        check_number("sigma", self.sigma, 0.0, 1.0, above=True)
        check_number("rate", self.rate, 0.0, above=True)
        if not abs(self.mean) < 1:
            raise SpecError(
                f"mean is {self.mean:g}, which cannot be reached: rates lie between -1 and 1, ends "
                "not included"
            )

    def step(self, gain: Array, bias: Array, x: Array) -> tuple[Array, Array, Array]:
        """Gains, biases and rates, (neurons,) each, from what neurons receive, (neurons,).

        Raises
        ------
        SpecError : shapes that differ, a gain that is not above 0, what is not finite.
        ConvergenceError : a gain leaves what is above 0; `rate` is too large.
        """
        gain, bias, x = _neurons(gain, bias, x)
        y, variance = np.tanh(gain * x + bias), self.sigma**2
        pull = (y * (2.0 * variance + 1.0 - y * y + self.mean * y) - self.mean) / variance
        return *_moved(gain, bias, x, -self.rate * pull, self.rate), y


def _neurons(gain: Array, bias: Array, x: Array) -> tuple[Array, Array, Array]:
    """One number a neuron each, checked."""
    gain, bias, x = (np.asarray(each, dtype=float) for each in (gain, bias, x))
    if gain.ndim != 1 or not gain.shape == bias.shape == x.shape:
        raise SpecError(
            f"gain, bias and x have shapes {gain.shape}, {bias.shape} and {x.shape}; all take "
            "(neurons,)"
        )
    wrong = ~((gain > 0) & np.isfinite(gain))
    if wrong.any():
        raise SpecError(f"a gain is {gain[wrong][0]:g}; gains must be finite and above 0")
    if not np.isfinite(x).all():
        raise SpecError(f"what a neuron receives is {x[~np.isfinite(x)][0]}; it must be finite")
    return gain, bias, x


def _moved(gain: Array, bias: Array, x: Array, change: Array, rate: float) -> tuple[Array, Array]:
    after, shifted = gain + rate / gain + x * change, bias + change
    good = np.isfinite(after) & (after > 0) & np.isfinite(shifted)
    if not good.all():
        raise ConvergenceError(
            f"the gain of neuron {int(np.flatnonzero(~good)[0])} left what is finite and above 0; "
            f"rate is {rate:g}, take less"
        )
    return after, shifted
