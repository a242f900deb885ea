"""Analog cell of Al2O3 and Nb2O5 (NaMLab): interface current, and a state between soft walls."""

from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter

_LARGEST = 100.0  # of the exponents of the rate


@dataclass(frozen=True, kw_only=True, eq=False)
class NamLab:
    r"""A conductance of two parts and a state that power moves between two walls.

    .. math::
        G &= A_r x\,e^{\pm B_r \sqrt{|V| / x}} + A_s x\,e^{\mp B_s \sqrt{|V|}}, \qquad I = G V \\
        \dot x &= c_1 \Bigl[e^{c_2 x I - e^{(x - x_\mathrm{off}) w}}
            - e^{-c_3 x I - e^{-(x - x_\mathrm{on}) w}}\Bigr]

    with the upper sign above 0 V. This is the core: the published circuit adds 278 ohm in series
    and 8 Mohm in parallel. The state relaxes towards a wall without voltage.

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
        xp = array_namespace(v)
        return xp.asarray(self.x_low).reshape(1, -1), xp.asarray(self.x_high).reshape(1, -1)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Both parts in parallel, A."""
        xp = array_namespace(v, state)
        x, sign = state[0], xp.sign(v)
        rectifying = self.a_r * xp.exp(self.b_r * sign * xp.sqrt(abs(v) / x))
        return v * x * (rectifying + self.a_s * xp.exp(-self.b_s * sign * xp.sqrt(abs(v))))

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Growth within the walls, 1/s."""
        xp = array_namespace(v, state)
        x = state[0]
        drive = x * self.current(v, state, temperature)
        top = xp.exp(xp.minimum((x - self.x_off) * self.wall, _LARGEST))
        bottom = xp.exp(xp.minimum((self.x_on - x) * self.wall, _LARGEST))
        up = xp.exp(xp.minimum(self.c_2 * drive, _LARGEST) - top)
        down = xp.exp(xp.minimum(-self.c_3 * drive, _LARGEST) - bottom)
        return (self.c_1 * (up - down))[None]
