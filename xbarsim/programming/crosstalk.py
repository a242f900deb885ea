"""Heat that cells give to their neighbours while they are written."""

from dataclasses import dataclass
from math import exp, expm1

import numpy as np

from xbarsim.backend import Array
from xbarsim.effects.thermal import crosstalk_kernel, temperature_rise
from xbarsim.errors import SpecError
from xbarsim.units import show


@dataclass(frozen=True, kw_only=True)
class Crosstalk:
    r"""The surroundings of each cell are warmed by the power of the others.

    .. math:: T_i = T_\mathrm{amb} + \Delta T_i, \qquad
        \tau\,\dot{\Delta T_i} = \sum_{j \neq i} R_{ij} P_j - \Delta T_i

    with :math:`R_{ij}` as `xbarsim.effects.thermal.crosstalk_kernel` has it, and P all that is
    dissipated between the two nodes of a cell, resistances within its law included. How a cell
    heats itself is its law's own affair.

    Parameters
    ----------
    r_thermal : of a cell to its surroundings, K/W.
    coupling : share of its heating that the next neighbour sees, 0 to below 1.
    reach : cells beyond which no heat arrives.
    time_constant : tau, s; 0 lets heat arrive at once.

    Raises
    ------
    SpecError : a number is out of range.

    References
    ----------
    The matrix form: Staudigl et al., "NeuroHammer: inducing bit-flips in memristive crossbar
    memories", DATE (2022).
    """

    r_thermal: float
    coupling: float
    reach: int = 2
    time_constant: float = 0.0

    def __post_init__(self) -> None:
        crosstalk_kernel(self.r_thermal, self.coupling, self.reach)
        if not 0 <= self.time_constant < np.inf:
            raise SpecError(
                f"time_constant is {show(self.time_constant, 'second')}; it must be at least 0 s"
            )

    @property
    def kernel(self) -> Array:
        """Thermal resistances about a cell, (2 reach + 1, 2 reach + 1) K/W; none to itself."""
        found = crosstalk_kernel(self.r_thermal, self.coupling, self.reach)
        found[self.reach, self.reach] = 0.0
        return found

    def steady(self, power: Array) -> Array:
        """Where the rise settles under `power`, (rows, cols) W; the same shape, K."""
        return temperature_rise(power, self.kernel)

    def after(self, rise: Array, before: Array, now: Array, dt: float) -> Array:
        r"""Rise `dt` seconds after `rise` while `steady` goes straight from `before` to `now`, K.

        .. math:: \Delta T = \Delta T_0 e^{-x} + S_0 (w - e^{-x}) + S_1 (1 - w), \quad
            x = \Delta t / \tau, \quad w = (1 - e^{-x}) / x
        """
        if self.time_constant == 0:
            return now
        x = dt / self.time_constant
        left = exp(-x)
        w = -expm1(-x) / x if x > 0 else 1.0
        return rise * left + before * (w - left) + now * (1.0 - w)
