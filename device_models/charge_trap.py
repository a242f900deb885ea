"""Charge-trapping memory transistors (SONOS) as an array sees them."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter
from xbarsim.errors import SpecError

_DAY = 86400.0


@dataclass(frozen=True, kw_only=True)
class ChargeTrapArray:
    r"""Statistics of subthreshold SONOS cells read at one drain voltage, in currents I = G v.

    At age t a cell that aimed at :math:`I_0` stands at

    .. math:: I(t) = \bar I + A(t)\left(1 - e^{-\bar I/B(t)}\right) z, \qquad
        \bar I = I_0 + \textstyle\sum_k c_k(t)\,I_0^k

    with the currents in nA, known on some days and interpolated linearly in t between them. The
    part present right after programming is the error; from then on a cell moves along one history:

    .. math:: I(t) = \bar I(I_p) + \sqrt{\sigma^2(t) - (d\bar I/dI_p)^2\sigma^2(0)}\;z,

    so that the standard deviation meets the published one within 1 %.

    Read noise has the same form as the spread, with its own A and B.

    Parameters
    ----------
    g_min, g_max : the programmable window, S.
    v_read : drain voltage of the measurement, which turns conductances into currents, V.
    i_high : highest current for which the drift was fitted, A; the drift stays the same above.
    times : ages on which the law is known, ascending from 0, s.
    spread_height, spread_width : A and B at each of `times`, A.
    drift : c0, c1, ... at each of `times`, for currents in nA.
    noise_height, noise_width : A and B of the read noise, A.
    error_scale, drift_scale, noise_scale : multiply the spread, the mean's drift and the read
        noise; 1 is as published, 0 switches the effect off.

    Notes
    -----
    Past the last age the law is held: its polynomials cannot be extrapolated.

    References
    ----------
    [agrawal2022]_ Figs. 10, 11; fits of [crosssim]_; in ``device_models/references.bib``.
    """

    g_min: float = parameter("siemens", low=0.0)
    g_max: float = parameter("siemens", low=0.0, high=0.01)
    v_read: float = parameter("volt", low=1e-6)
    i_high: float = parameter("ampere", low=0.0)
    times: tuple[float, ...] = parameter("second", low=0.0)
    spread_height: tuple[float, ...] = parameter("ampere", low=0.0)
    spread_width: tuple[float, ...] = parameter("ampere", low=1e-15)
    drift: tuple[tuple[float, ...], ...] = parameter("dimensionless")
    noise_height: float = parameter("ampere", low=0.0)
    noise_width: float = parameter("ampere", low=1e-15)
    error_scale: float = parameter("dimensionless", low=0.0, default=1.0)
    drift_scale: float = parameter("dimensionless", low=0.0, default=1.0)
    noise_scale: float = parameter("dimensionless", low=0.0, default=1.0)

    def __post_init__(self) -> None:
        check_parameters(self)
        faults = [
            f"{name} has {len(getattr(self, name))} entries; it must have as many as times, "
            f"{len(self.times)}"
            for name in ("spread_height", "spread_width", "drift")
            if len(getattr(self, name)) != len(self.times)
        ]
        if self.times[0] != 0 or list(self.times) != sorted(set(self.times)):
            faults.append("times must ascend from 0")
        if self.g_max * self.v_read > self.i_high * (1 + 1e-9):
            faults.append(
                f"g_max ({self.g_max:g} S) at v_read ({self.v_read:g} V) carries "
                f"{self.g_max * self.v_read:g} A; the drift was fitted up to {self.i_high:g} A"
            )
        if faults:
            raise SpecError(faults)

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that can be programmed, S."""
        return self.g_min, self.g_max

    @property
    def ages(self) -> tuple[float, float]:
        """Right after programming, and the last age that was measured, s."""
        return 0.0, self.times[-1]

    def shift(self, g: Array, t: float) -> Array:
        """Change of the mean of cells of `g` (S) at age `t` (s); shape of `g`, S."""
        return self._drift(g, t)[0]

    def _drift(self, g: Array, t: float) -> tuple[Array, Array]:
        """Change of the mean, S, and its derivative, 1."""
        xp = array_namespace(g)
        current = xp.minimum(g * self.v_read, self.i_high) * 1e9
        value, slope = 0.0 * current, 0.0 * current
        for c in reversed(self._at(t, np.asarray(self.drift))):
            value, slope = value * current + float(c), slope * current + value
        inside = g * self.v_read <= self.i_high
        unit = 1e-9 / self.v_read
        return self.drift_scale * unit * value, self.drift_scale * xp.where(inside, slope, 0.0)

    def deviation(self, g: Array, t: float) -> Array:
        """Standard deviation at age `t` (s) of cells whose mean is `g` (S); shape of `g`, S."""
        height = float(self._at(t, np.asarray(self.spread_height)))
        width = float(self._at(t, np.asarray(self.spread_width)))
        return self.error_scale * self._saturating(g, height, width)

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance right after programming; shape of `g_target`, S."""
        xp = array_namespace(g_target)
        return xp.maximum(g_target + self.deviation(g_target, 0.0) * z, 0.0)

    def age(self, g: Array, t: float, z: Array) -> Array:
        """Conductance `t` seconds after programming to `g`; shape of `g`, S.

        Raises
        ------
        SpecError : `t` is negative.
        """
        if t < 0:
            raise SpecError(f"age {t:g} s precedes programming")
        if t == 0:
            return g
        xp = array_namespace(g)
        shift, slope = self._drift(g, t)
        mean = xp.maximum(g + shift, 0.0)
        grown = self.deviation(mean, t) ** 2 - ((1 + slope) * self.deviation(g, 0.0)) ** 2
        return xp.maximum(mean + xp.sqrt(xp.maximum(grown, 0.0)) * z, 0.0)

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """Change of `g` (S) during one read; linear in `z`, the same for every read time."""
        return self.noise_scale * self._saturating(g, self.noise_height, self.noise_width) * z

    def _saturating(self, g: Array, height: float, width: float) -> Array:
        xp = array_namespace(g)
        return -(height / self.v_read) * xp.expm1(-xp.maximum(g, 0.0) * (self.v_read / width))

    def _at(self, t: float, values: Array) -> Array:
        """`values`, of which there is one for each of `times`, at age `t`."""
        where = np.interp(t, self.times, np.arange(len(self.times)))
        below = min(int(where), len(self.times) - 1)
        above = min(below + 1, len(self.times) - 1)
        return values[below] + (where - below) * (values[above] - values[below])
