"""Analogue filamentary RRAM as an array sees it: write-verify, then relaxation."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class RelaxingRRAM:
    r"""Statistics of an array programmed by write-verify whose cells then relax.

    The deviation from the target has, at age t, the standard deviation

    .. math:: \sigma(G, t) = \max\left(\textstyle\sum_k c_k(t)\,(G/G_\max)^k,\ 0\right)
              G_\max/G_\mathrm{ref}

    known at a few ages and interpolated linearly in :math:`\ln t` between them. The part present at
    the first age is the programming error; the rest is added as one further Gaussian displacement
    per cell, of standard deviation :math:`\sqrt{\sigma^2(t) - \sigma^2(t_1)}`, so that the
    published spread is met at every published age and a cell moves along one history.

    The added part is taken at the programmed conductance, and conductances stay at or above zero.
    For the sheet ``wan_2022`` the standard deviation meets the published one within 2 % from 10 uS
    on; towards g_min it falls short and the mean rises: at 1 uS after a day by about 11 % and 13 %.

    Parameters
    ----------
    g_min, g_max : the programmable window, S.
    g_reference : `g_max` at which `spread` was fitted, S; another `g_max` rescales the spread.
    times : ages at which the spread is known, ascending, s.
    spread : c0, c1, ... of the spread, one row for each of `times`, S; `relaxation_spread` in
        sheets.
    read_noise_relative : standard deviation of one read over the conductance, 1; 0 is no noise.
        Sheets and scenarios call it ``read_noise``.
    spread_scale : multiplies the spread; 1 is as published, 0 switches it off.

    Notes
    -----
    No shift of the mean is modelled: the publication shows none that could be fitted. Past the last
    age the spread is held.

    References
    ----------
    [wan2022]_ Extended Data Fig. 3d; fit of [aihwkit]_; in ``device_models/references.bib``.
    """

    g_min: float = parameter("siemens", low=0.0)
    g_max: float = parameter("siemens", low=0.0, high=0.01)
    g_reference: float = parameter("siemens", low=1e-12)
    times: tuple[float, ...] = parameter("second", low=1e-9)
    spread: tuple[tuple[float, ...], ...] = parameter("siemens", key="relaxation_spread")
    read_noise_relative: float = parameter(
        "dimensionless", low=0.0, high=1.0, default=0.0, key="read_noise"
    )
    spread_scale: float = parameter("dimensionless", low=0.0, default=1.0)

    def __post_init__(self) -> None:
        check_parameters(self)
        if len(self.times) != len(self.spread) or list(self.times) != sorted(set(self.times)):
            raise SpecError(
                "times must ascend and have as many entries as relaxation_spread has rows"
            )

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that can be programmed, S."""
        return self.g_min, self.g_max

    @property
    def ages(self) -> tuple[float, float]:
        """First and last published age, s."""
        return self.times[0], self.times[-1]

    def deviation(self, g: Array, t: float) -> Array:
        """Standard deviation of cells that aimed at `g` (S) at age `t` (s); shape of `g`, S."""
        xp = array_namespace(g)
        at = np.interp(np.log(t), np.log(self.times), np.arange(len(self.times)))
        below = min(int(at), len(self.times) - 2) if len(self.times) > 1 else 0
        weight = float(at) - below
        above = min(below + 1, len(self.times) - 1)
        sigma = (1 - weight) * self._fitted(g, below) + weight * self._fitted(g, above)
        return self.spread_scale * xp.asarray(sigma)

    def _fitted(self, g: Array, index: int) -> Array:
        xp = array_namespace(g)
        relative = xp.clip(g / self.g_max, 0.0, 1.0)
        total = 0.0 * relative
        for c in reversed(self.spread[index]):
            total = total * relative + c
        return xp.maximum(total, 0.0) * (self.g_max / self.g_reference)

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance at the first published age; shape of `g_target`, S."""
        xp = array_namespace(g_target)
        return xp.maximum(g_target + self.deviation(g_target, self.times[0]) * z, 0.0)

    def age(self, g: Array, t: float, z: Array) -> Array:
        """Conductance `t` seconds after programming to `g`; shape of `g`, S.

        Raises
        ------
        SpecError : `t` precedes the first published age.
        """
        if t < self.times[0]:
            raise SpecError(f"age {t:g} s precedes the first measurement at {self.times[0]:g} s")
        xp = array_namespace(g)
        grown = self.deviation(g, t) ** 2 - self.deviation(g, self.times[0]) ** 2
        return xp.maximum(g + xp.sqrt(xp.maximum(grown, 0.0)) * z, 0.0)

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """Change of `g` (S) during one read; linear in `z`, the same for every read time."""
        return self.read_noise_relative * g * z
