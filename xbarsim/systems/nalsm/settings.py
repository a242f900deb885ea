r"""What the astrocyte-modulated liquid is told.

V. A. Ivanov and K. P. Michmizos, "Increasing liquid state machine performance with edge-of-chaos
dynamics organized by astrocyte-modulated plasticity", NeurIPS (2021), and the code that goes with
it. A step is 1 ms; in each, in this order:

.. math::
    s_i &= [v_i \ge \theta], \text{ after two steps without one; then } v_i = 0 \\
    v_i &\leftarrow v_i - v_i / \tau_v + \sum_j w_{ij}\, e^{-\Delta_j / \tau_u} / \tau_u + I_i \\
    \Delta w_{ij} &= \eta\, s_i x_j - A\, s_j x_i \quad
        (j \text{ inhibits: } \eta\, s_j x_i - A\, s_i x_j) \\
    x &\leftarrow m\,(x + 0.1\, s), \qquad m = e^{-1 / \tau_x} \\
    A &\leftarrow A + \left(w_a \left(\textstyle\sum s - \sum s_\mathrm{in}\right) + b - A\right)
        / \tau_a

with Delta the steps since the last spike. With ``activity`` there is no astrocyte (A = eta), and
each of the two terms of a weight to neuron i counts only if its calcium allows its sign,

.. math::
    C_i \leftarrow C_i - C_i / \tau_C + s_i, \qquad
    \theta_C < C_i < \theta_C + r \text{ for growing, }
    \theta_C - r < C_i < \theta_C \text{ for shrinking,}

with tau_C = 1 s, so that C tells the rate in hertz. Weights of excitatory neurons stay within
[0, 3], those of inhibitory ones within [-3, 0], those of inputs within [-3, 3]. Inputs are neurons
of the same kind, into which a pixel sends a current of 100 at random.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, get_args

from xbarsim.checks import check_above_zero, check_all, check_count, check_number, check_one_of

Source = Literal["mnist", "fashion_mnist"]
Plasticity = Literal["astrocyte", "activity", "stdp", "none"]
Presentation = Literal["plastic", "frozen"]

_CHOICES = {"source": Source, "plasticity": Plasticity, "presentation": Presentation}
_IMAGES = {"train": 50_000, "validation": 10_000, "test": 10_000}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The published system, on 10,000 of the 50,000 images that it learns from.

    Parameters
    ----------
    source : images; ``mnist`` or ``fashion_mnist``.
    train, validation, test : images that the readout learns from, is chosen by and is asked about:
        the first of the training set, the first of its last sixth, the first of the test set.
    shape : of the grid, every place of which holds a neuron.
    plasticity : ``astrocyte``; ``activity``, STDP that depends on the rate of the neuron behind;
        ``stdp``, where nothing modulates depression (A = eta); ``none``, a liquid of one size of
        weights.
    weight : size of all weights at the start. None is as published: 3 with an astrocyte or STDP
        alone, 1 with ``activity``; 0.9 without plasticity, where liquids are best with 0.7 to 0.9.
    learning : eta, and A to begin with.
    astrocyte : w_a, the published 0.015 for 1,000 neurons and 0.0075 for 8,000.
    warming : images shown one after the other, for 20 ms each, while weights learn and are kept.
    calcium_threshold, calcium_range : theta_C and r of ``activity``, Hz; published: 37 and 23.
    presentation : how features are read: with ``plastic`` weights that go back to the ones kept
        before each image, or with these ``frozen``. None is as published: frozen with ``activity``,
        which knows no other, plastic with the others.
    duration : of an image whose spikes are counted, s; whole milliseconds.
    fade : what is left of eta, A, w_a and b after each step of it.
    v_read, t_read : the pulse that a spike is on the row of its source, V and s; assumed. It sets
        energy alone.
    asked : images, of those of the test, that the branching factor is measured on; published: 20.

    Raises
    ------
    SpecError : names every field at fault, its value and what is allowed.

    Notes
    -----
    Traces x go on from image to image while weights are learned, as in the published code, without
    which weights come out smaller. Ours: they begin at 0 where features are read, so that no image
    sees the one before it; pixels over their sum are divided by the largest of the training set,
    also those of the test. On cells what takes weights back to the ones kept before each image is
    not counted: each is taken to have a copy, of which nothing has been pulsed.
    """

    source: Source = "mnist"
    train: int = 10_000
    validation: int = 2_000
    test: int = 10_000
    shape: tuple[int, int, int] = (10, 10, 10)
    plasticity: Plasticity = "astrocyte"
    weight: float | None = None
    learning: float = 0.15
    astrocyte: float = 0.015
    warming: int = 50_000
    calcium_threshold: float = 37.0
    calcium_range: float = 23.0
    presentation: Presentation | None = None
    duration: float = 0.25
    fade: float = 0.99
    v_read: float = 0.2
    t_read: float = 100e-9
    asked: int = 20

    def __post_init__(self) -> None:
        check_all(self._checks(), self._misfits())

    @property
    def first_weight(self) -> float:
        """Size of all weights at the start."""
        if self.weight is None:
            return {"none": 0.9, "activity": 1.0}.get(self.plasticity, 3.0)
        return self.weight

    @property
    def reads_plastic(self) -> bool:
        """Whether weights change while features are read."""
        frozen = self.presentation == "frozen" or self.plasticity in ("none", "activity")
        return not frozen

    @property
    def neurons(self) -> int:
        """One for each place."""
        return prod(self.shape)

    @property
    def steps(self) -> int:
        """Of an image, 1 ms each."""
        return round(self.duration * 1e3)

    def _checks(self) -> Iterator[tuple[Any, ...]]:
        for name, known in _CHOICES.items():
            if getattr(self, name) is not None or name != "presentation":
                yield check_one_of, name, getattr(self, name), get_args(known)
        for name, most in _IMAGES.items():
            yield check_count, name, getattr(self, name), 1, most
        yield check_count, "warming", self.warming, 0, 1_000_000
        yield check_count, "asked", self.asked, 1
        yield check_number, "weight", self.first_weight, 0.0, 3.0
        yield check_number, "learning", self.learning, 0.0, 3.0
        yield check_number, "astrocyte", self.astrocyte, 0.0, 100.0
        yield check_number, "calcium_threshold", self.calcium_threshold, 0.0, 1000.0, "hertz"
        yield check_above_zero, "calcium_range", self.calcium_range, "hertz"
        yield check_number, "fade", self.fade, 0.0, 1.0
        yield check_number, "v_read", self.v_read, 0.0, 10.0, "volt"
        yield check_number, "t_read", self.t_read, 0.0, 1e-3, "second"
        yield check_number, "duration", self.duration, 1e-3, 100.0, "second"

    def _misfits(self) -> Iterator[str]:
        good = isinstance(self.shape, tuple) and len(self.shape) == 3
        if not (good and all(isinstance(n, int) and n >= 1 for n in self.shape)):
            yield f"shape is {self.shape!r}; it must be three whole numbers from 1"
        elif not 5 <= prod(self.shape) <= 50_000:
            yield f"shape is {self.shape!r}, {prod(self.shape)} neurons; it must be 5 to 50000"
        if self.plasticity == "activity" and self.presentation == "plastic":
            yield "presentation is 'plastic'; with plasticity activity weights are frozen"
        if isinstance(self.duration, float) and 1e-3 <= self.duration <= 100.0:
            if abs(self.duration * 1e3 - round(self.duration * 1e3)) > 1e-6:
                yield f"duration is {self.duration * 1e3:g} ms; it must be whole milliseconds"
            elif self.steps <= 58:
                yield f"duration is {self.steps} ms; the branching factor takes 59 ms or more"
        if type(self.asked) is type(self.test) is int and self.asked > self.test:
            yield f"asked is {self.asked}; it must be at most test, {self.test}"
