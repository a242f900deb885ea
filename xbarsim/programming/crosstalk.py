"""Heat that cells give to their neighbours while they are written."""

from dataclasses import dataclass
from math import exp, expm1
from typing import Protocol, runtime_checkable

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw
from xbarsim.effects.thermal import crosstalk_kernel, temperature_rise
from xbarsim.errors import SpecError
from xbarsim.units import show


@runtime_checkable
class HeatedLaw(Protocol):
    """A switching law that knows how hot its filament is."""

    def temperature(self, v: Array, state: Array, temperature: Array) -> Array:
        """Of the filament (K) at `v` (V) in surroundings of `temperature` (K); shaped like `v`."""


@dataclass(frozen=True, kw_only=True)
class Crosstalk:
    r"""The surroundings of each cell are warmed by the others.

    .. math:: T_i = T_\mathrm{amb} + \Delta T_i, \qquad
        \tau\,\dot{\Delta T_i} = \sum_{j \neq i} \alpha_{ij} H_j - \Delta T_i

    with H the heating of a cell by itself and :math:`\alpha_{ij} = \alpha^{d_{ij}}` by the distance
    in cells, as `xbarsim.effects.thermal.crosstalk_kernel` has it. How a cell heats itself is its
    law's own affair.

    Parameters
    ----------
    coupling : alpha, the share of its heating that the next neighbour sees, 0 to below 1.
    r_thermal : of a cell to its surroundings, K/W: H is that times what is dissipated between the
        two nodes of a cell, resistances within its law included. None takes H from the law, the
        temperature of the filament less that of its surroundings.
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

    coupling: float
    r_thermal: float | None = None
    reach: int = 2
    time_constant: float = 0.0

    def __post_init__(self) -> None:
        given = 1.0 if self.r_thermal is None else self.r_thermal
        crosstalk_kernel(given, self.coupling, self.reach)
        if not 0 <= self.time_constant < np.inf:
            raise SpecError(
                f"time_constant is {show(self.time_constant, 'second')}; it must be at least 0 s"
            )

    def check(self, law: SwitchingLaw) -> None:
        """Refuse a law that does not say how hot its cells are, where that is asked.

        Raises
        ------
        SpecError : names it.
        """
        if self.r_thermal is None and not isinstance(law, HeatedLaw):
            raise SpecError(
                f"r_thermal: {type(law).__name__} has no temperature of its own; give a thermal "
                "resistance, in K/W"
            )

    def own(self, law: SwitchingLaw, u: Array, state: Array, around: Array, power: Array) -> Array:
        """By how much each cell heats itself, (cells,) K.

        Parameters
        ----------
        u, power : voltage across each cell, V, and what it dissipates, W; (cells,).
        state : (states, cells).
        around : temperature of the surroundings, (cells,) K.
        """
        if self.r_thermal is not None:
            return self.r_thermal * power
        assert isinstance(law, HeatedLaw)
        return law.temperature(u, state, around) - around

    def steady(self, own: Array) -> Array:
        """Where the rise settles if cells heat themselves by `own`; (rows, cols) K both."""
        kernel = crosstalk_kernel(1.0, self.coupling, self.reach)
        kernel[self.reach, self.reach] = 0.0
        return temperature_rise(own, kernel)

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
