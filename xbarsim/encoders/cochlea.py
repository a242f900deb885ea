"""How strongly the places along a cochlea are moved, over time."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_above_zero
from xbarsim.encoders.gammatone import Gammatone
from xbarsim.errors import SpecError
from xbarsim.units import show


@dataclass(frozen=True, kw_only=True)
class Cochlea:
    r"""A filter bank, half-wave rectification, compression, and means over steps.

    .. math:: c_k(n) = \frac{1}{M} \sum_{t = n M}^{(n+1) M - 1} \max(h_k * x, 0)_t^{\,a}

    Encoders of spikes stand behind it, for instance `xbarsim.encoders.sigma_delta` or
    `xbarsim.encoders.threshold_crossing`.

    Parameters
    ----------
    bank : the filters.
    step : time of a step of the result, s; rounded to M whole samples.
    exponent : a, above 0 to 1; 1 compresses nothing.

    Raises
    ------
    SpecError : no bank, or a setting out of range.

    References
    ----------
    The chain and its order: R. F. Lyon, "A computational model of filtering, detection, and
    compression in the cochlea", ICASSP 1982. The cube root between intensity and loudness: S. S.
    Stevens, Psychological Review 64, 153 (1957), as H. Hermansky, J. Acoust. Soc. Am. 87, 1738
    (1990) uses it; that the root is of amplitudes is ours. Means over steps are ours.
    """

    bank: Gammatone
    step: float = 0.01
    exponent: float = 1 / 3

    def __post_init__(self) -> None:
        if not isinstance(self.bank, Gammatone):
            raise SpecError(f"cochlea.bank is {self.bank!r}; expected a Gammatone")
        check_above_zero("cochlea.step", self.step, "s")
        if not 0 < self.exponent <= 1:
            raise SpecError(f"cochlea.exponent is {self.exponent:g}; it must be above 0, at most 1")
        if self.samples < 1:
            raise SpecError(
                f"cochlea.step is {show(self.step, 'second')}; it must hold a sample, "
                f"{show(1 / self.bank.rate, 'second')}"
            )

    @property
    def samples(self) -> int:
        """M, samples of a step."""
        return round(self.step * self.bank.rate)

    def __call__(self, x: Any) -> Array:
        """The cochleagram of a sound.

        Parameters
        ----------
        x : (samples,); silence behind it fills the last step.

        Returns
        -------
        (steps, channels), not negative.

        Raises
        ------
        SpecError : a sound that is none.
        """
        moved = np.maximum(self.bank(x), 0.0) ** self.exponent
        steps = -(-len(moved) // self.samples)
        whole = np.zeros((steps * self.samples, moved.shape[1]))
        whole[: len(moved)] = moved
        means: Array = whole.reshape(steps, self.samples, -1).mean(axis=1)
        return means
