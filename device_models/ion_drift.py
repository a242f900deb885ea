"""Memristors whose doped front drifts in proportion to the current, with the usual windows."""

from dataclasses import dataclass
from math import inf

import numpy as np

from device_models._lines import means_both_ways
from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter
from xbarsim.errors import SpecError


def joglekar(x: Array, p: Array) -> Array:
    """Window 1 - (2x - 1)^(2p): nothing moves at either end."""
    return 1.0 - abs(2.0 * x - 1.0) ** (2.0 * p)


def biolek(x: Array, i: Array, p: Array) -> Array:
    """Window 1 - (x - stp(-i))^(2p): nothing moves into the end that the current `i` leads to."""
    return 1.0 - abs(x - (i <= 0)) ** (2.0 * p)


def prodromakis(x: Array, p: Array, j: Array) -> Array:
    """Window j (1 - [(x - 1/2)^2 + 3/4]^p): nothing moves at either end."""
    return j * (1.0 - ((x - 0.5) ** 2 + 0.75) ** p)


@dataclass(frozen=True, kw_only=True, eq=False)
class _IonDrift:
    """What the windows have in common."""

    r_on: float = parameter("ohm", low=1e-3)
    r_off: float = parameter("ohm", low=1e-3)
    thickness: float = parameter("meter", low=1e-10, high=1e-3)
    mobility: float = parameter("meter**2/volt/second", low=0.0)
    x_start: float = parameter("dimensionless", low=0.0, high=1.0, default=0.1)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("x",)
    valid = (-inf, inf)
    volatile = False
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.less(self.r_on, self.r_off))):
            raise SpecError(f"r_on ({self.r_on} ohm) must be below r_off ({self.r_off} ohm)")

    def initial_state(self) -> Array:
        """The front of a fresh cell."""
        return (self.x_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Ohm's law, A."""
        return v / (self.r_on * state[0] + self.r_off * (1.0 - state[0]))

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Speed of the front over the thickness, 1/s."""
        i = self.current(v, state, temperature)
        return (self._speed() * i * self._window(state[0], i))[None]

    def _speed(self) -> Array:
        """Of the front over the thickness for each ampere, 1/(A s)."""
        return self.mobility * self.r_on / self.thickness**2

    def _window(self, x: Array, i: Array) -> Array:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearIonDrift(_IonDrift):
    r"""A doped and an undoped layer in series, whose front drifts in the field of the doped one.

    .. math::
        R = R_\mathrm{on}\,x + R_\mathrm{off}\,(1 - x), \qquad
        \dot x = \frac{\mu R_\mathrm{on}}{D^2}\,i

    and the front stops at the electrodes, x = 0 and x = 1.

    Parameters
    ----------
    r_on, r_off : resistance of a film that is doped throughout, and nowhere, ohm.
    thickness : of the film, D, m.
    mobility : of the dopants, mu, m2/(V s).
    x_start : front of a fresh cell over the thickness.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [strukov2008]_
    """

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """The state `dt` seconds (s) later, the voltage `v` (V) constant; shaped like `state`."""
        return self.driven(state, self.drive(v, v, dt))

    def drive(self, v: Array, v_end: Array, dt: Array) -> tuple[Array, ...]:
        """The flux of a line from `v` to `v_end` (V) within `dt` (s), first and then, ohm."""
        first, then = means_both_ways(v, v_end, 1.0, array_namespace(v, v_end))
        return self._speed() * dt * first, self._speed() * dt * then

    def driven(self, state: Array, drive: tuple[Array, ...]) -> Array:
        r"""The state after a `drive`, exactly; shaped like `state`.

        :math:`R_\mathrm{off} x - (R_\mathrm{off} - R_\mathrm{on}) x^2 / 2` grows by
        :math:`\mu R_\mathrm{on}/D^2` times the flux.
        """
        xp = array_namespace(state)
        difference = self.r_off - self.r_on
        place = before = state * (self.r_off - 0.5 * difference * state)
        for flux in drive:
            place = xp.clip(place + flux, 0.0, 0.5 * (self.r_off + self.r_on))
        front = 2.0 * place / (self.r_off + xp.sqrt(self.r_off**2 - 2.0 * difference * place))
        return xp.where(place == before, state, front)

    def _window(self, x: Array, i: Array) -> Array:
        return 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class JoglekarIonDrift(_IonDrift):
    r"""Linear ion drift that slows down towards both electrodes.

    .. math::
        R = R_\mathrm{on}\,x + R_\mathrm{off}\,(1 - x), \qquad
        \dot x = \frac{\mu R_\mathrm{on}}{D^2}\,i\,\bigl[1 - (2x - 1)^{2p}\bigr]

    A front at an electrode stays there under any voltage.

    Parameters
    ----------
    r_on, r_off : resistance of a film that is doped throughout, and nowhere, ohm.
    thickness : of the film, D, m.
    mobility : of the dopants, mu, m2/(V s).
    p : exponent of the window; the larger, the closer to the electrodes it acts.
    x_start : front of a fresh cell over the thickness.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [strukov2008]_, [joglekar2009]_
    """

    p: float = parameter("dimensionless", low=0.5, high=1000.0)

    def _window(self, x: Array, i: Array) -> Array:
        return joglekar(x, self.p)


@dataclass(frozen=True, kw_only=True, eq=False)
class BiolekIonDrift(_IonDrift):
    r"""Linear ion drift that slows down towards the electrode that it leads to.

    .. math::
        R = R_\mathrm{on}\,x + R_\mathrm{off}\,(1 - x), \qquad
        \dot x = \frac{\mu R_\mathrm{on}}{D^2}\,i\,
            \bigl[1 - (x - \mathrm{stp}(-i))^{2p}\bigr]

    with stp(z) = 1 for z >= 0, else 0. A front at an electrode comes back at full speed.

    Parameters
    ----------
    r_on, r_off : resistance of a film that is doped throughout, and nowhere, ohm.
    thickness : of the film, D, m.
    mobility : of the dopants, mu, m2/(V s).
    p : exponent of the window; the larger, the closer to the electrodes it acts.
    x_start : front of a fresh cell over the thickness.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [strukov2008]_, [biolek2009]_
    """

    p: float = parameter("dimensionless", low=0.5, high=1000.0)

    def _window(self, x: Array, i: Array) -> Array:
        return biolek(x, i, self.p)


@dataclass(frozen=True, kw_only=True, eq=False)
class ProdromakisIonDrift(_IonDrift):
    r"""Linear ion drift with a window whose height can be set.

    .. math::
        R = R_\mathrm{on}\,x + R_\mathrm{off}\,(1 - x), \qquad
        \dot x = \frac{\mu R_\mathrm{on}}{D^2}\,i\,
            j\,\Bigl[1 - \bigl((x - \tfrac12)^2 + \tfrac34\bigr)^p\Bigr]

    A front at an electrode stays there under any voltage.

    Parameters
    ----------
    r_on, r_off : resistance of a film that is doped throughout, and nowhere, ohm.
    thickness : of the film, D, m.
    mobility : of the dopants, mu, m2/(V s).
    p : exponent of the window; the larger, the closer to the electrodes it acts.
    j : scale of the window.
    x_start : front of a fresh cell over the thickness.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [strukov2008]_, [prodromakis2011]_
    """

    p: float = parameter("dimensionless", low=1e-3, high=1000.0)
    j: float = parameter("dimensionless", low=0.0, default=1.0)

    def _window(self, x: Array, i: Array) -> Array:
        return prodromakis(x, self.p, self.j)
