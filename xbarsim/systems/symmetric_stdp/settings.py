r"""What the symmetric-STDP classifier is told.

Y. Hao, X. Huang, M. Dong and B. Xu, "A biologically plausible supervised learning method for
spiking neural networks using the symmetric STDP rule", Neural Networks 121, 387 (2020), and the
code that goes with it, where all numbers are from. Pixels are inputs that spike at random; each
hidden neuron has an inhibitory one that holds down all others; ten neurons, one a class, hear the
hidden ones. In steps of 0.5 ms, with times in ms and potentials in mV,

.. math::
    \tau\,\dot v &= v_r - v + g_e\,(0 - v) + g_i\,(-100 - v), \qquad
        \text{a spike where } v > v_\theta \\
    \dot g &= -g / \tau_g + \textstyle\sum_j w_j \sum_k \delta(t - t_{jk}), \qquad
        \tau_{g_e} = 1,\ \tau_{g_i} = 2

with 2 ms of rest after a spike, but for neurons of the classes. Hidden neurons have tau = 100, rest
and are reset at -65 and do not fall below -100; inhibitory ones, and those of the classes, tau =
10, rest at -60, are reset at -45 and spike above -40; hear weights of 10.4 and give 17. A hidden
neuron's threshold moves,

.. math::
    v_\theta = v_t - 20 + \theta, \qquad \dot\theta = -\theta / \tau_\theta, \qquad
    \theta \leftarrow \theta + \theta_+\,10 / |\theta - 10| \text{ with a spike}

Weights from inputs and to classes learn by `xbarsim.plasticity.SymmetricSTDP` (marks of 0.1,
20 ms), up to 1 and to `top`, and only a normalisation to a sum makes them smaller.

Where the publication's steps are Euler's, conductances, traces and theta decay exactly here, and
potentials as published.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, Literal, get_args

from xbarsim.checks import check_all, check_count, check_number, check_one_of

Source = Literal["mnist", "fashion_mnist"]
Normalised = Literal["column", "cells"]

_CHOICES = {"source": Source, "normalised": Normalised}
_IMAGES = {"train": 60_000, "test": 10_000}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The published network of 400 neurons in two phases, which sees images once, not 20 times.

    Parameters
    ----------
    source : images; ``mnist`` or ``fashion_mnist``, for which other numbers are published (400
        neurons: threshold -60 mV, theta_step 0.05, tau_theta 50,000 s, learning 0.02, teaching
        0.32, top 40, share 0.025, on images that were normalised first, which is not done here).
    neurons : of the hidden layer.
    train, test : images that are learned from and asked about, the first of either set.
    epochs : how often hidden neurons see them; then they stay as they are, and the classes are
        learned in one more round. Published: 20.
    learning, teaching : rates of symmetric STDP, from inputs and to classes.
    threshold : v_t of hidden neurons, mV.
    theta_step : theta_+, mV.
    tau_theta : s.
    top : largest weight to a class; from inputs it is 1.
    share : sum of the weights onto a neuron over what it would be if all were largest.
    normalised : on cells, what is pulsed down where the current of a column is too large:
        ``cells``, each by its own weight, as published, for which each is read; ``column``, all
        of them alike, which is multiplicative in so far as steps of the device grow with the
        weight.
    duration, pause : of an image and of the dark after it, s; whole steps of 0.5 ms.
    brightness : spikes a second of a white pixel are 255 / 8 times this; published 2.
    least : spikes of hidden neurons below which an image is shown again, brighter by 1, until
        that is 32; 0 for never.
    v_read, t_read : the pulse that a spike is on its row, V and s; assumed. It sets energy alone.
    teacher : spikes a second of the class that an image has while it is learned, Hz.

    Raises
    ------
    SpecError : names every field at fault, its value and what is allowed.

    Notes
    -----
    Ours: where less than a pulse is wanted of each cell, those that get one are drawn at random, by
    their weights (as if their currents were compared with a random one) or all with the same
    chance; sums are let be where less than a pulse of one cell is too much; columns whose sum is
    too small wait for STDP. Once hidden neurons are frozen each image begins at rest, and
    one that no class answers is told wrong. Traces are forgotten after 14 time constants without a
    spike, and inhibitory neurons are at rest again after as long.
    """

    source: Source = "mnist"
    neurons: int = 400
    train: int = 60_000
    test: int = 10_000
    epochs: int = 1
    learning: float = 0.005
    teaching: float = 0.04
    threshold: float = -52.0
    theta_step: float = 0.07
    tau_theta: float = 6000.0
    top: float = 8.0
    share: float = 0.1
    normalised: Normalised = "cells"
    duration: float = 0.35
    pause: float = 0.15
    brightness: float = 2.0
    least: int = 5
    teacher: float = 200.0
    v_read: float = 0.2
    t_read: float = 100e-9

    def __post_init__(self) -> None:
        check_all(self._checks(), self._misfits())

    def _checks(self) -> Iterator[tuple[Any, ...]]:
        for name, known in _CHOICES.items():
            yield check_one_of, name, getattr(self, name), get_args(known)
        for name, most in _IMAGES.items():
            yield check_count, name, getattr(self, name), 1, most
        yield check_count, "neurons", self.neurons, 2, 20_000
        yield check_count, "epochs", self.epochs, 1, 1000
        yield check_count, "least", self.least, 0
        yield check_number, "learning", self.learning, 0.0, 1.0
        yield check_number, "teaching", self.teaching, 0.0, 1e3
        yield check_number, "threshold", self.threshold, -65.0, 0.0
        yield check_number, "theta_step", self.theta_step, 0.0, 10.0
        yield check_number, "tau_theta", self.tau_theta, 1.0, inf, "second"
        yield check_number, "top", self.top, 0.0, 1e6, "dimensionless"
        yield check_number, "share", self.share, 0.0, 0.5
        yield check_number, "duration", self.duration, 0.5e-3, 10.0, "second"
        yield check_number, "pause", self.pause, 0.0, 10.0, "second"
        yield check_number, "brightness", self.brightness, 0.0, 32.0
        yield check_number, "v_read", self.v_read, 0.0, 10.0, "volt"
        yield check_number, "t_read", self.t_read, 0.0, 1e-3, "second"
        yield check_number, "teacher", self.teacher, 0.0, 1000.0, "hertz"

    def _misfits(self) -> Iterator[str]:
        for name in ("top", "share", "brightness"):
            if getattr(self, name) == 0:
                yield f"{name} is 0; it must be above 0"
        for name in ("duration", "pause"):
            value = getattr(self, name)
            if isinstance(value, float) and abs(value * 2e3 - round(value * 2e3)) > 1e-6:
                yield f"{name} is {value * 1e3:g} ms; it must be whole steps of 0.5 ms"
