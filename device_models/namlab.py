"""Analog cell of Al2O3 and Nb2O5 (NaMLab): interface current, and a state between soft walls."""

from dataclasses import dataclass
from types import ModuleType

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter

_LARGEST = 100.0  # of the exponents of the rate
_STEPS = 60  # of Newton's method at most


@dataclass(frozen=True, kw_only=True, eq=False)
class NamLab:
    r"""A conductance of two parts and a state that power moves between two walls.

    .. math::
        G &= A_r x\,e^{\pm B_r \sqrt{|V| / x}} + A_s x\,e^{\mp B_s \sqrt{|V|}}, \qquad I = G V \\
        \dot x &= c_1 \Bigl[e^{c_2 x I - e^{(x - x_\mathrm{off}) w}}
            - e^{-c_3 x I - e^{-(x - x_\mathrm{on}) w}}\Bigr]

    with the upper sign above 0 V; V and I are those of the core, which has a resistance in
    parallel and, with it, one in series. The state creeps without voltage.

    Parameters
    ----------
    a_r, a_s : conductances of the two parts, S.
    b_r, b_s : their dependence on the field, 1/V^(1/2).
    c_1 : speed, 1/s.
    c_2, c_3 : its dependence on the current above and below 0 V, 1/A.
    wall : steepness of the walls.
    x_on, x_off : where they stand.
    x_low, x_high : bounds of the state, a little beyond the walls.
    x_start : state of a fresh cell.
    r_series, r_parallel : resistances about the core, ohm.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [schroedter2022]_
    """

    a_r: float = parameter("siemens", low=0.0)
    a_s: float = parameter("siemens", low=0.0)
    b_r: float = parameter("1/volt**0.5", low=0.0)
    b_s: float = parameter("1/volt**0.5", low=0.0)
    c_1: float = parameter("1/second", low=0.0)
    c_2: float = parameter("1/ampere", low=0.0)
    c_3: float = parameter("1/ampere", low=0.0)
    wall: float = parameter("dimensionless", low=0.0)
    x_on: float = parameter("dimensionless", low=0.0)
    x_off: float = parameter("dimensionless", low=0.0)
    x_low: float = parameter("dimensionless", low=1e-3)
    x_high: float = parameter("dimensionless", low=1e-3)
    x_start: float = parameter("dimensionless", low=1e-3)
    r_series: float = parameter("ohm", low=0.0)
    r_parallel: float = parameter("ohm", low=1.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("x",)
    valid = (-5.0, 5.0)
    volatile = True
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)

    def initial_state(self) -> Array:
        """The state of a fresh cell."""
        return (self.x_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """A little beyond the walls."""
        return interval(self.x_low, self.x_high, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Through the core and beside it, A."""
        xp = array_namespace(v, state)
        core = self._across_core(v, state[0], xp)
        return core * (self._conductance(core, state[0], xp)[0] + 1.0 / self.r_parallel)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Growth within the walls, 1/s."""
        xp = array_namespace(v, state)
        x = state[0]
        core = self._across_core(v, x, xp)
        drive = x * core * self._conductance(core, x, xp)[0]
        top = xp.exp(xp.minimum((x - self.x_off) * self.wall, _LARGEST))
        bottom = xp.exp(xp.minimum((self.x_on - x) * self.wall, _LARGEST))
        up = xp.exp(xp.minimum(self.c_2 * drive, _LARGEST) - top)
        down = xp.exp(xp.minimum(-self.c_3 * drive, _LARGEST) - bottom)
        return (self.c_1 * (up - down))[None]

    def _conductance(self, u: Array, x: Array, xp: ModuleType) -> tuple[Array, Array]:
        """Of the core at `u` volts, S, and the slope of its current there, S."""
        sign = xp.sign(u)
        field, root = self.b_r * xp.sqrt(abs(u) / x), self.b_s * xp.sqrt(abs(u))
        first = self.a_r * x * xp.exp(sign * field)
        second = self.a_s * x * xp.exp(-sign * root)
        slope = first * (1.0 + 0.5 * sign * field) + second * (1.0 - 0.5 * sign * root)
        return first + second, slope

    def _across_core(self, v: Array, x: Array, xp: ModuleType) -> Array:
        """Voltage of the core behind its series resistance, V: Newton's method in a bracket.

        The root lies between 0 and `v`; a step that leaves the bracket halves it.
        """
        v, x = xp.broadcast_arrays(v, x)
        size, sign = abs(v), xp.sign(v)
        low, high, u = 0.0 * size, size, size
        beside = 1.0 / self.r_parallel
        for _ in range(_STEPS):
            g, slope = self._conductance(sign * u, x, xp)
            excess = u * (1.0 + self.r_series * (g + beside)) - size
            low, high = xp.where(excess < 0, u, low), xp.where(excess < 0, high, u)
            newton = u - excess / (1.0 + self.r_series * (slope + beside))
            inside = (newton >= low) & (newton <= high)
            step = xp.where(inside, newton, 0.5 * (low + high))
            done = bool((abs(step - u) <= 1e-14 * size).all())
            u = step
            if done:
                break
        return sign * u
