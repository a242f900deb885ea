"""Junction of silver nanowires: potentiation and depression in balance, both steep in voltage."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter

_LARGEST = 100.0  # exponent at which the voltage is refused


@dataclass(frozen=True, kw_only=True, eq=False)
class Nanowire:
    r"""A normalised conductance g that voltages of both signs raise, and that fades without them.

    .. math::
        \dot g = \kappa_P\,(1 - g) - \kappa_D\,g, \qquad
        \kappa_P = \kappa_{P0}\,e^{\eta_P |V|}, \quad \kappa_D = \kappa_{D0}\,e^{-\eta_D |V|}, \\
        I = [G_\min (1 - g) + G_\max g]\,V

    The state is linear in time, so a constant voltage takes it exactly to
    :math:`g_\infty + (g - g_\infty)\,e^{-(\kappa_P + \kappa_D) t}` with
    :math:`g_\infty = \kappa_P / (\kappa_P + \kappa_D)`.

    Parameters
    ----------
    kappa_p, kappa_d : potentiation and depression without voltage, 1/s.
    eta_p, eta_d : how steep they grow and fall with the voltage, 1/V.
    g_min, g_max : conductance of g = 0 and of g = 1, S.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [miranda2020]_, [milano2022]_, [milano2022connectome]_, [milano_port]_
    """

    kappa_p: float = parameter("1/second", low=0.0)
    kappa_d: float = parameter("1/second", low=1e-12)
    eta_p: float = parameter("1/volt", low=1e-3)
    eta_d: float = parameter("1/volt", low=0.0)
    g_min: float = parameter("siemens", low=0.0)
    g_max: float = parameter("siemens", low=1e-15)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("g, normalised",)
    volatile = True
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)

    @property
    def valid(self) -> tuple[float, float]:
        """Voltages that keep both exponentials finite, V."""
        steep = max(float(np.max(x)) for x in (self.eta_p, self.eta_d))
        return -_LARGEST / steep, _LARGEST / steep

    def initial_state(self) -> Array:
        """Not conducting but for `g_min`."""
        return (0.0,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Ohm's law, A."""
        return (self.g_min + (self.g_max - self.g_min) * state[0]) * v

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Potentiation less depression, 1/s."""
        up, down = self._speeds(v)
        return (up * (1.0 - state[0]) - down * state[0])[None]

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """The state `dt` seconds (s) later, the voltage `v` (V) constant; shaped like `state`."""
        xp = array_namespace(v, state)
        up, down = self._speeds(v)
        end = up / (up + down)
        return (end + (state[0] - end) * xp.exp(-(up + down) * dt))[None]

    def _speeds(self, v: Array) -> tuple[Array, Array]:
        """Potentiation and depression at `v`, 1/s."""
        xp = array_namespace(v)
        size = abs(v)
        return self.kappa_p * xp.exp(self.eta_p * size), self.kappa_d * xp.exp(-self.eta_d * size)
