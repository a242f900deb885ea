"""Stochastic pulse trains on rows and columns, which meet at cells."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_count
from xbarsim.nn.in_situ.rule import Update

_TOGETHER = 2**22  # coincidences that are there at once, or those of one sample


@dataclass(frozen=True, kw_only=True)
class StochasticPulses:
    r"""Trains of `length` slots on every row and column; a cell is pulsed where both pulse.

    .. math:: \Delta w_{ij} = \Delta w_\min \sum_{n=1}^{BL} A_i^n \wedge B_j^n, \qquad
        P(A_i) = C_x |x_i|, \; P(B_j) = C_\delta |\delta_j|, \;
        C_x C_\delta = \eta / (BL\,\Delta w_\min)

    with the sign of -x delta, so that the mean is the step of gradient descent as long as no
    probability passes 1. The two factors are balanced for each sample, C_x / C_delta =
    ``max |delta| / max |x|`` (update management), and an update that `length` pulses cannot make
    clips the columns, both as aihwkit does. The samples of a batch follow one another.

    Parameters
    ----------
    length : BL, 1 to 63.

    References
    ----------
    [gokmen2016]_ for the rule; [gokmen2017]_ for update management. Both, and the length of 31,
    as in aihwkit's ``rpu_pulsed_meta_parameter.cpp``, with a fixed length.
    """

    length: int = 31

    def __post_init__(self) -> None:
        check_count("length", self.length, 1, 63)

    def start(self, shape: tuple[int, int]) -> Array:
        """Nothing is remembered."""
        return np.empty(0)

    def pulses(self, update: Update, memory: Array) -> Iterator[Array]:
        """Coincidences of each sample, (n, out, in) in all, some samples at a time."""
        from xbarsim.nn.in_situ._coincidences import coincidences

        x, delta = (np.ascontiguousarray(a, dtype=float) for a in (update.x, update.delta))
        shape = delta.shape[1], x.shape[1]
        some = max(_TOGETHER // max(shape[0] * shape[1], 1), 1)
        for k in range(0, len(x) if update.lr > 0 else 0, some):
            at = slice(k, k + some)
            out = np.zeros((len(x[at]), *shape), dtype=np.int32)
            coincidences(x[at], delta[at], update.lr, update.step, self.length, update.seed, k, out)
            if update.kept is not None:
                out *= update.kept
            yield out
