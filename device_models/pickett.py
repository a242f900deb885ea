"""Titanium dioxide whose tunnel gap moves with the current."""

from dataclasses import dataclass
from math import log, pi, sqrt

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter
from xbarsim.errors import SpecError

_E, _H = 1.602176634e-19, 6.62607015e-34  # C, J s
_MASS, _EPSILON = 9.1093837015e-31, 8.8541878128e-12  # kg, F/m
OPAQUE = 2.0  # tunnelling exponent below which the barrier is no barrier any more
_HALVINGS = 52
_LARGEST = 690.0  # logarithm of a number that is still one
_GRID = 33  # gaps at which validity is tried

# an electron's exponent for 1 nm and 1 eV; current of 1 nm2 at 1 nm and 1 eV; image force
_DECAY = 4e-9 * pi * sqrt(2 * _MASS * _E) / _H
_CURRENT = _E**2 / (2 * pi * _H)
_IMAGE = 1e9 * _E * log(2.0) / (8 * pi * _EPSILON)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pickett:
    r"""A tunnel barrier in series with a conducting channel; its width w moves with the current.

    The current is Simmons', at :math:`u = |v| - R_s|i|` over the barrier, with w in nm and
    energies in eV:

    .. math::
        |i| &= \frac{e^2 A}{2\pi h\,\Delta^2} \bigl[\varphi e^{-B\sqrt\varphi}
            - (\varphi + u)\,e^{-B\sqrt{\varphi + u}}\bigr], \qquad
        B = 4\pi\Delta\sqrt{2 m e} / h \\
        \varphi &= \varphi_0 - u\,\frac{w_1 + w_2}{2w} - \frac{1.15\,\lambda w}{\Delta}
            \ln\frac{w_2 (w - w_1)}{w_1 (w - w_2)}, \qquad
        \lambda = \frac{e \ln 2}{8\pi\kappa\varepsilon_0 w} \\
        w_1 &= 1.2\,\frac{\lambda w}{\varphi_0}, \qquad
        \Delta = w_2 - w_1 = w - \frac{9.2\,\lambda w}{3\varphi_0 + 4\lambda - 2u}

    Positive current widens the gap, negative current closes it:

    .. math::
        \dot w = \pm f \sinh\frac{|i|}{i_0}\,
            \exp\Bigl[-\exp\Bigl(\pm\frac{w - a}{w_c} - \frac{|i|}{b}\Bigr) - \frac{w}{w_c}\Bigr]

    with f, i_0 and a of the side that i is on.

    Parameters
    ----------
    barrier : height of the barrier, eV.
    permittivity : of the barrier, relative.
    area : of the barrier, m2.
    r_series : of the channel and whatever is in series with the cell, ohm.
    f_on, f_off : speeds, m/s.
    i_on, i_off : current scales, A.
    a_on, a_off : gaps towards which it closes and opens, m.
    b : current that shifts them, A.
    w_c : length that scales the gap, m.
    w_low, w_high : gaps that the law describes, m; w stops there.
    i_limit : largest current that the law describes, A.
    w_start : gap of a fresh cell, m.
    ambient : temperature for which this was published, K; nothing depends on it.

    Notes
    -----
    `valid` ends where the current through any gap from `w_low` to `w_high` would pass `i_limit`,
    or where the barrier is no longer opaque (:math:`B\sqrt\varphi < 2`, beyond which the formula
    has the current fall). Closing under voltage alone runs away at larger currents.

    References
    ----------
    [pickett2009]_, [abdalla2011]_, [simmons1963]_
    """

    barrier: float = parameter("electron_volt", low=0.1, high=10.0)
    permittivity: float = parameter("dimensionless", low=1.0)
    area: float = parameter("meter**2", low=1e-20, high=1e-6)
    r_series: float = parameter("ohm", low=0.0)
    f_on: float = parameter("meter/second", low=0.0)
    f_off: float = parameter("meter/second", low=0.0)
    i_on: float = parameter("ampere", low=1e-15)
    i_off: float = parameter("ampere", low=1e-15)
    a_on: float = parameter("meter", low=1e-10, high=1e-8)
    a_off: float = parameter("meter", low=1e-10, high=1e-8)
    b: float = parameter("ampere", low=1e-15)
    w_c: float = parameter("meter", low=1e-13)
    w_low: float = parameter("meter", low=1e-10, high=1e-8)
    w_high: float = parameter("meter", low=1e-10, high=1e-8)
    i_limit: float = parameter("ampere", low=1e-15)
    w_start: float = parameter("meter", low=1e-10, high=1e-8)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("w (m)",)
    volatile = False
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.less(self.w_low, self.w_high))):
            raise SpecError(f"w_low ({self.w_low} m) must be below w_high ({self.w_high} m)")
        with np.errstate(all="ignore"):  # no barrier is no number
            phi, width = _shape(np.asarray(1e9 * self.w_low), np.zeros(1), self._barrier())
        if not bool(np.all(_opaque(phi, width, _DECAY))):
            raise SpecError(f"w_low is {self.w_low} m; no barrier is left there")

    @property
    def valid(self) -> tuple[float, float]:
        """Voltages at which no gap carries more than `i_limit` or loses its barrier, V."""
        parts = np.linspace(0.0, 1.0, _GRID).reshape(-1, 1)
        low, high, limit, r = (
            np.reshape(p, (1, -1)) for p in (self.w_low, self.w_high, self.i_limit, self.r_series)
        )
        barrier = tuple(np.reshape(p, (1, -1)) for p in self._barrier())
        w = 1e9 * (low + (high - low) * parts)
        u = _first(w, 1.5 * barrier[0] + 2.0 * barrier[1] / w, barrier, 0.0, 1.0, limit)
        largest = float((u + r * _tunnel(w, u, barrier)).min())
        return (-largest, largest)

    def initial_state(self) -> Array:
        """The gap of a fresh cell, m."""
        return (self.w_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """`w_low` and `w_high`, m."""
        return interval(self.w_low, self.w_high, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Tunnelling through what voltage the channel leaves to the barrier, A."""
        xp = array_namespace(v, state)
        w, barrier = 1e9 * state[0], self._barrier()
        if xp is np:
            from device_models._pickett import gap_voltage

            u = gap_voltage(v, w, barrier, self.r_series)
        else:
            u = _first(w, abs(v), barrier, 1.0, self.r_series, abs(v))
        return xp.sign(v) * _tunnel(w, u, barrier)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Hyperbolic sine of the current within a window that the current shifts, m/s."""
        xp = array_namespace(v, state)
        w, i = state[0], self.current(v, state, temperature)
        opens = i >= 0
        beyond = xp.where(opens, w - self.a_off, self.a_on - w) / self.w_c - abs(i) / self.b
        held = -xp.exp(xp.minimum(beyond, _LARGEST)) - w / self.w_c
        drive = abs(i) / xp.where(opens, self.i_off, self.i_on)
        speed = xp.where(opens, self.f_off, -self.f_on)
        rise = xp.exp(xp.minimum(drive + held, _LARGEST)) - xp.exp(held - drive)
        return (0.5 * speed * rise)[None]

    def _barrier(self) -> tuple[Array, Array, Array, Array]:
        """Height eV, image force eV nm, exponent 1/(nm eV^0.5) and current A nm2/eV."""
        image, scale = _IMAGE / self.permittivity, _CURRENT * 1e18 * self.area
        return self.barrier, image, _DECAY + 0.0 * image, scale


def _shape(w: Array, u: Array, barrier: tuple[Array, ...]) -> tuple[Array, Array]:
    """Mean height (eV) and width (nm) of a gap of `w` nm at `u` V; heights below 0: no barrier."""
    xp = array_namespace(w, u)
    height, image = barrier[:2]
    w1 = 1.2 * image / height
    below = 3.0 * height + 4.0 * image / w - 2.0 * u
    width = w - 9.2 * image / xp.where(below > 0, below, 1e-9)
    w2 = w1 + width
    there = (width > 0) & (w2 < w)
    width, w2 = xp.where(there, width, 1.0), xp.where(there, w2, 0.5 * w)
    bent = 1.15 * image / width * xp.log(w2 * (w - w1) / (w1 * (w - w2)))
    return xp.where(there, height - u * (w1 + w2) / (2.0 * w) - bent, -1.0), width


def _opaque(phi: Array, width: Array, decay: Array) -> Array:
    xp = array_namespace(phi)
    return decay * width * xp.sqrt(xp.maximum(phi, 0.0)) > OPAQUE


def _tunnel(w: Array, u: Array, barrier: tuple[Array, ...]) -> Array:
    """Current (A) through a gap of `w` nm at `u` V."""
    xp = array_namespace(w, u)
    phi, width = _shape(w, u, barrier)
    phi, b = xp.maximum(phi, 0.0), barrier[2] * width
    there = phi * xp.exp(-b * xp.sqrt(phi))
    return barrier[3] / width**2 * (there - (phi + u) * xp.exp(-b * xp.sqrt(phi + u)))


def _first(
    w: Array, high: Array, barrier: tuple[Array, ...], weight: float, r: Array, limit: Array
) -> Array:
    """First voltage (V) up to `high` at which ``weight * u + r * i`` is `limit`.

    It is bracketed where the barrier is opaque; there the sum grows with the voltage.
    """
    xp = array_namespace(w, high)
    low = 0.0 * (w + high)
    high = low + high
    for _ in range(_HALVINGS):
        u = 0.5 * (low + high)
        phi, width = _shape(w, u, barrier)
        past = weight * u + r * _tunnel(w, u, barrier) >= limit
        past = past | ~_opaque(phi, width, barrier[2])
        low, high = xp.where(past, low, u), xp.where(past, u, high)
    return low
