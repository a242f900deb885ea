"""Phase-change cells that gain conductance pulse by pulse."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import Response, check_parameters, parameter
from xbarsim.errors import SpecError

_CELLS, _PULSES = 1000, 20  # of `responses`


@dataclass(frozen=True, kw_only=True)
class AccumulatingPCM:
    r"""Each SET pulse adds a random step that depends on the conductance and on the pulse's number.

    .. math::
        \Delta G &= \mu + \sigma z, \qquad
        \mu = m_1 G + c_1 + a_1 e^{-n/n_0}, \qquad
        \sigma = m_2 G + c_2 + a_2 e^{-n/n_0} \\
        G(t) &= G\,(t/t_0)^{-\nu}, \qquad \sigma_r = m_3 G(t) + c_3

    for the n-th pulse since RESET, n = 1, 2, ...; G is held within `window` after each pulse.

    Parameters
    ----------
    g_min, g_max : the range that pulses keep within, S.
    g_reset, reset_spread : mean and standard deviation after RESET, S.
    step_slope, step_offset, step_memory : m1, c1 and a1 of the mean step; 1, S and S.
    spread_slope, spread_offset, spread_memory : m2, c2 and a2 of its standard deviation; 1, S, S.
    pulses : :math:`n_0`, pulses in which the memory of RESET fades e-fold, 1.
    drift_exponent : nu, 1.
    t_first : :math:`t_0`, time from a pulse to the read that saw the conductance above, s.
    noise_slope, noise_offset : m3 in 1 and c3 in S of the read noise.

    Notes
    -----
    Time counts from the last pulse. With a1 = a2 = 0 the number of the pulse does not matter.

    References
    ----------
    [nandakumar2018]_, [demirag]_; in ``device_models/references.bib``.
    """

    g_min: float = parameter("siemens", low=0.0)
    g_max: float = parameter("siemens", low=0.0, high=0.01)
    g_reset: float = parameter("siemens", low=0.0)
    reset_spread: float = parameter("siemens", low=0.0)
    step_slope: float = parameter("dimensionless")
    step_offset: float = parameter("siemens")
    step_memory: float = parameter("siemens")
    spread_slope: float = parameter("dimensionless")
    spread_offset: float = parameter("siemens")
    spread_memory: float = parameter("siemens")
    pulses: float = parameter("dimensionless", low=1e-6)
    drift_exponent: float = parameter("dimensionless", low=0.0)
    t_first: float = parameter("second", low=1e-9)
    noise_slope: float = parameter("dimensionless", low=0.0)
    noise_offset: float = parameter("siemens", low=0.0)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not self.g_min < self.g_max:
            raise SpecError(f"g_min ({self.g_min:g} S) must be below g_max ({self.g_max:g} S)")

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that pulses reach, S."""
        return self.g_min, self.g_max

    @property
    def ages(self) -> tuple[float, float]:
        """Age for which `pulse` gives the conductance, twice: later ages extrapolate, s."""
        return self.t_first, self.t_first

    def reset(self, z: Array) -> Array:
        """Conductance after a RESET pulse; shape of `z`, S."""
        xp = array_namespace(z)
        return xp.maximum(self.g_reset + self.reset_spread * z, 0.0)

    def step(self, g: Array, n: int) -> tuple[Array, Array]:
        """Mean and standard deviation of the change by the `n`-th pulse at `g` (S); S each.

        Raises
        ------
        SpecError : `n` is below 1.
        """
        if n < 1:
            raise SpecError(f"n is {n}; pulses are counted from 1 after RESET")
        xp = array_namespace(g)
        memory = exp(-n / self.pulses)
        mean = self.step_slope * g + self.step_offset + self.step_memory * memory
        spread = self.spread_slope * g + self.spread_offset + self.spread_memory * memory
        return mean, xp.maximum(spread, 0.0)

    def pulse(self, g: Array, n: int, z: Array) -> Array:
        """Conductance after the `n`-th SET pulse since RESET on cells of `g`; shape of `g`, S."""
        xp = array_namespace(g)
        mean, spread = self.step(g, n)
        return xp.clip(g + mean + spread * z, self.g_min, self.g_max)

    def age(self, g: Array, t: float, z: Array | None = None) -> Array:
        """Conductance `t` seconds after the last pulse left `g`; shape of `g`, S. No spread.

        Raises
        ------
        SpecError : `t` precedes the first read.
        """
        if t < self.t_first:
            raise SpecError(f"age {t:g} s precedes the first read at {self.t_first:g} s")
        return g * (t / self.t_first) ** -self.drift_exponent

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """Change of `g` (S) during one read; linear in `z`, the same for every read time."""
        return (self.noise_slope * g + self.noise_offset) * z

    def responses(self, normals: Callable[[tuple[int, ...]], Array]) -> tuple[Response, ...]:
        """Pulses after RESET, and the drift that follows the last of them."""
        kept = [self.reset(normals((_CELLS,)))]
        for n in range(1, _PULSES + 1):
            kept.append(self.pulse(kept[-1], n, normals((_CELLS,))))
        times = np.geomspace(self.t_first, 1e6 * self.t_first, 25)
        drift = np.stack([self.age(kept[-1], float(t)) for t in times])
        return (
            Response(
                title="SET pulses after RESET", x=np.arange(_PULSES + 1), x_name="pulse", x_unit="",
                y=np.stack(kept), y_name="conductance", y_unit="S",
            ),
            Response(
                title=f"Drift after {_PULSES} pulses", x=times, x_name="age", x_unit="s",
                y=drift, y_name="conductance", y_unit="S", grows=True,
            ),
        )  # fmt: skip
