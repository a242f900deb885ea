"""Many metastable switches: each on or off, jumping at random at a rate the voltage sets."""

from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter

_VOLT_PER_KELVIN = 1.380649e-23 / 1.602176634e-19


@dataclass(frozen=True, kw_only=True, eq=False)
class MetastableSwitch:
    r"""The mean of many switches that jump on at one rate and off at another.

    .. math::
        I &= V \Bigl(\frac{x}{R_\mathrm{on}} + \frac{1 - x}{R_\mathrm{off}}\Bigr) \\
        \tau \dot x &= (1 - x)\,\sigma\Bigl(\frac{V - V_\mathrm{on}}{V_T}\Bigr)
            - x\,\sigma\Bigl(-\frac{V + V_\mathrm{off}}{V_T}\Bigr), \qquad
        \sigma(u) = \frac{1}{1 + e^{-u}}

    with :math:`V_T = k T / q`. At a constant voltage the state decays exponentially to its
    resting value. It moves without voltage too, though slowly.

    Parameters
    ----------
    r_on, r_off : resistance with all switches on and with all off, ohm.
    v_on, v_off : barriers for jumps on and off, V.
    tau : time scale of jumps, s.
    x_start : part of the switches that are on in a fresh cell.
    ambient : temperature for which this was published, K.

    References
    ----------
    [nugent2014]_, [jspice]_
    """

    r_on: float = parameter("ohm", low=1e-3)
    r_off: float = parameter("ohm", low=1e-3)
    v_on: float = parameter("volt", low=0.0)
    v_off: float = parameter("volt", low=0.0)
    tau: float = parameter("second", low=1e-15)
    x_start: float = parameter("dimensionless", low=0.0, high=1.0, default=0.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("x",)
    valid = (-20.0, 20.0)
    volatile = True
    breakpoints: ClassVar[tuple[float, ...]] = ()

    def __post_init__(self) -> None:
        check_parameters(self)

    def initial_state(self) -> Array:
        """The part that is on in a fresh cell."""
        return (self.x_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Switches in parallel, A."""
        return v * (state[0] / self.r_on + (1.0 - state[0]) / self.r_off)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Jumps on less jumps off, 1/s."""
        up, down = self.jumps(v, temperature)
        return ((1.0 - state[0]) * up - state[0] * down)[None]

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """State after `dt` seconds at the constant voltage `v`, shaped like `state`."""
        xp = array_namespace(v, state)
        up, down = self.jumps(v, temperature)
        rest = up / (up + down)
        return (rest + (state[0] - rest) * xp.exp(-(up + down) * dt))[None]

    def jumps(self, v: Array, temperature: Array) -> tuple[Array, Array]:
        """Rates at which a switch jumps on and off, 1/s."""
        xp = array_namespace(v)
        thermal = _VOLT_PER_KELVIN * temperature
        up = _logistic((v - self.v_on) / thermal, xp)
        return up / self.tau, _logistic(-(v + self.v_off) / thermal, xp) / self.tau

    def variance(self, v: Array, temperature: Array, switches: Array) -> Array:
        """Variance of the state of a cell of so many `switches` that rests at the voltage `v`."""
        up, down = self.jumps(v, temperature)
        return up * down / (up + down) ** 2 / switches

    def scatter(
        self, v: Array, dt: Array, state: Array, temperature: Array, switches: Array, z: Array
    ) -> Array:
        """State after `dt` seconds of a cell of so many independent `switches`.

        `z` is standard normal; the two binomial numbers of jumps are taken as normal.
        """
        xp = array_namespace(v, state, z)
        up, down = self.jumps(v, temperature)
        fade = xp.exp(-(up + down) * dt)
        on, off = up / (up + down) * (1.0 - fade), down / (up + down) * (1.0 - fade)
        x = state[0]
        spread = ((1.0 - x) * on * (1.0 - on) + x * off * (1.0 - off)) / switches
        moved = x + (1.0 - x) * on - x * off + xp.sqrt(spread) * z
        return xp.clip(moved, 0.0, 1.0)[None]


def _logistic(u: Array, xp: ModuleType) -> Array:
    return xp.exp(-xp.logaddexp(0.0, -u))
