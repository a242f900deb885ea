"""Current-voltage laws of the cells: what an ohmic cell of conductance g becomes."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.constants import BOLTZMANN_VOLTAGE
from xbarsim.errors import SpecError
from xbarsim.parallel import once
from xbarsim.transistor import drain_current, softplus

#: exponents beyond which exponentials are held, so that squares of currents stay finite
_LARGEST_EXPONENT = 300.0
#: Newton steps taken at most for the node between a cell and its access transistor, and the last
#: step, over the voltage of the node: the error left is its square
_SERIES_STEPS = 100
_SERIES_STEP = 1e-9


class CellLaw(ABC):
    """Current of a cell as a function of the voltage across it.

    A law passes through the origin, never falls, and scales with the conductance of the cell as it
    documents.
    """

    #: whether `current` needs a gate voltage
    needs_gate: ClassVar[bool] = False
    #: whether the cell is an ohmic one of conductance g in series with an access device
    in_series: ClassVar[bool] = False

    @abstractmethod
    def current(self, u: Array, g: Array, gate: Array | None = None) -> tuple[Array, Array]:
        """Current and slope at the drop `u`.

        Parameters
        ----------
        u : voltage from word-line node to bit-line node, (..., rows, cols) V; or of any shape that
            `g` and `gate` broadcast with.
        g : conductance of the cells, (..., rows, cols) S; what it means is said by each law.
        gate : gate voltage against the bit-line node, V; laws of two terminals leave it out.

        Returns
        -------
        i, di_du : current from word line to bit line, A, and its derivative, S; shaped like `u`.
        """


@dataclass(frozen=True, kw_only=True)
class SinhCell(CellLaw):
    r"""Hyperbolic sine, :math:`i = g\sinh(\beta u)/\beta`; g is the conductance at 0 V.

    Beyond :math:`|\beta u| = 300` the current goes on as a straight line.

    Parameters
    ----------
    beta : steepness, 1/V.

    Raises
    ------
    SpecError : `beta` is not finite and above 0.

    References
    ----------
    Yakopcic et al., "A memristor device model", IEEE Electron Device Letters 32, 1436 (2011).
    """

    beta: float

    def __post_init__(self) -> None:
        _require(self, positive={"beta": "1/V"})

    def current(self, u: Array, g: Array, gate: Array | None = None) -> tuple[Array, Array]:
        """Current and slope at the drop `u`, as in `CellLaw.current`."""
        xp = array_namespace(u)
        x = self.beta * u
        held = xp.clip(x, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)
        grown = xp.expm1(xp.abs(held))
        shrunk = grown / (1 + grown)
        slope = g * (1 + 0.5 * grown * shrunk)
        i = xp.copysign(0.5 / self.beta * (grown + shrunk), u) * g
        return i + slope * ((x - held) / self.beta), slope


@dataclass(frozen=True, kw_only=True)
class PolynomialCell(CellLaw):
    r"""Power series, :math:`i = g\,(u + a_2 u^2 + a_3 u^3 + \dots)`; g is the conductance at 0 V.

    Parameters
    ----------
    coefficients : :math:`a_2, a_3, \dots`, the k-th in 1/V^(k-1); those of even powers are 0 for a
        symmetric cell.

    Raises
    ------
    SpecError : a coefficient is not finite, or the current falls somewhere.
    """

    coefficients: tuple[float, ...]

    def __post_init__(self) -> None:
        values = _numbers(self, "coefficients")
        object.__setattr__(self, "coefficients", values)
        lowest = _lowest(np.polynomial.Polynomial([0.0, 1.0, *values]).deriv())
        if lowest < -1e-12:
            raise SpecError(
                f"PolynomialCell.coefficients is {values}: the slope of the current falls to "
                f"{lowest:g} of that at 0 V; it must not be negative at any voltage"
            )

    def current(self, u: Array, g: Array, gate: Array | None = None) -> tuple[Array, Array]:
        """Current and slope at the drop `u`, as in `CellLaw.current`."""
        xp = array_namespace(u)
        value, slope = xp.zeros_like(u), xp.zeros_like(u)
        for a in (*reversed(self.coefficients), 1.0):
            value, slope = a + u * value, value + u * slope
        return g * u * value, g * xp.maximum(value + u * slope, 0.0)


def _lowest(p: Any) -> float:
    """Smallest value of the polynomial `p` over all real numbers."""
    p = p.trim()
    if p.degree() == 0:
        return float(p.coef[0])
    if p.degree() % 2 or p.coef[-1] < 0:
        return -np.inf
    return float(min(p(root.real) for root in p.deriv().roots()))


@dataclass(frozen=True, kw_only=True)
class ConductanceCell(CellLaw):
    r"""Cubic current whose bend depends on the conductance; g is the conductance at 0 V.

    .. math:: i = g\left(u + N_2(h)\,u^2/h + N_3(h)\,u^3/h\right),
        \qquad h = \mathrm{clip}(g, g_\mathrm{low}, g_\mathrm{high})

    with N2, N3 polynomials in the decadic logarithm of h over 1 S. Beyond :math:`\pm` `v_high` the
    current goes on as a straight line.

    Parameters
    ----------
    quadratic : coefficients of N2, constant first, A/V^2.
    cubic : coefficients of N3, constant first, A/V^3.
    g_low, g_high : conductances between which the bend was fitted, S; beyond, that of the end.
    v_high : highest voltage of the fit, V.

    Raises
    ------
    SpecError : a parameter is not finite or out of range, or the current falls somewhere.

    References
    ----------
    Milo et al., "Optimized programming algorithms for multilevel RRAM in hardware neural networks",
    IRPS (2021), Fig. 1, as CrossSim fits it.
    """

    quadratic: tuple[float, ...]
    cubic: tuple[float, ...]
    g_low: float
    g_high: float
    v_high: float

    def __post_init__(self) -> None:
        for name in ("quadratic", "cubic"):
            object.__setattr__(self, name, _numbers(self, name))
        _require(self, positive={"g_low": "S", "g_high": "S", "v_high": "V"})
        if self.g_low > self.g_high:
            raise SpecError(
                f"ConductanceCell.g_low is {self.g_low:g} S; it must not be above g_high, "
                f"{self.g_high:g} S"
            )
        v = np.linspace(-self.v_high, self.v_high, 201)
        g = np.geomspace(self.g_low, self.g_high, 201)[:, None]
        a2, a3 = self._bend(g)
        lowest = float((1 + v * (2 * a2 + v * 3 * a3)).min())
        if lowest < 0:
            raise SpecError(
                f"ConductanceCell: the slope of the current falls to {lowest:g} of that at 0 V; "
                "it must not be negative"
            )

    def _bend(self, g: Array) -> tuple[Array, Array]:
        """Coefficients of u^2 and u^3 over that of u, shape of `g`."""
        xp = array_namespace(g)
        h = xp.clip(g, self.g_low, self.g_high)
        log_h = xp.log10(h)
        both = []
        for coefficients in (self.quadratic, self.cubic):
            total = xp.zeros_like(log_h)
            for c in reversed(coefficients):
                total = total * log_h + c
            both.append(total / h)
        return both[0], both[1]

    def current(self, u: Array, g: Array, gate: Array | None = None) -> tuple[Array, Array]:
        """Current and slope at the drop `u`, as in `CellLaw.current`."""
        xp = array_namespace(u)
        a2, a3 = self._bend(g)
        x = xp.clip(u, -self.v_high, self.v_high)
        slope = g * (1 + x * (2 * a2 + x * 3 * a3))
        return g * x * (1 + x * (a2 + x * a3)) + slope * (u - x), slope


@dataclass(frozen=True, kw_only=True)
class ThresholdSelector(CellLaw):
    r"""A cell behind a selector that opens smoothly at a threshold, in both polarities.

    .. math:: di/du = g\,[\lambda + (1-\lambda)(\sigma((u-V)/w) + \sigma((-u-V)/w))],

    with the logistic function :math:`\sigma`, threshold V, width w and leakage :math:`\lambda`:
    below the threshold the slope grows e-fold every w on the leakage :math:`\lambda g`, above it
    the slope is g. So g is the conductance of the open cell, and a cell wide open carries
    :math:`g\,(u - (1-\lambda) V)`. A behavioural model without hysteresis or snap-back.

    Parameters
    ----------
    threshold : voltage at which the selector is half open, V.
    width : voltage in which the slope grows e-fold, V; its subthreshold swing is 2.3 times it.
    leakage : conductance of the closed selector, over that of the open one, 0 to 1.

    Raises
    ------
    SpecError : a parameter is out of range.

    References
    ----------
    The piecewise linear characteristic of a threshold selector, its corners rounded; devices in
    Burr et al., "Access devices for 3D crosspoint memory", J. Vac. Sci. Technol. B 32, 040802
    (2014).
    """

    in_series: ClassVar[bool] = True

    threshold: float
    width: float
    leakage: float

    def __post_init__(self) -> None:
        _require(self, positive={"threshold": "V", "width": "V", "leakage": ""})
        if self.leakage > 1:
            raise SpecError(
                f"ThresholdSelector.leakage is {self.leakage:g}; it must be above 0 and at most 1"
            )

    def current(self, u: Array, g: Array, gate: Array | None = None) -> tuple[Array, Array]:
        """Current and slope at the drop `u`, as in `CellLaw.current`."""
        xp = array_namespace(u)
        forward, opened = softplus((u - self.threshold) / self.width, xp)
        backward, opened_back = softplus((-u - self.threshold) / self.width, xp)
        turned_on = 1 - self.leakage
        return (
            g * (self.leakage * u + turned_on * self.width * (forward - backward)),
            g * (self.leakage + turned_on * (opened + opened_back)),
        )


@dataclass(frozen=True, kw_only=True)
class DiodeCell(CellLaw):
    r"""An ohmic cell in series with a diode that conducts from word line to bit line.

    .. math:: u = i/g + n V_T \ln(1 + i/I_s)

    is solved for i by the Wright omega function, without iterating in the voltages:
    :math:`i = g n V_T\,\omega(z) - I_s`, :math:`z = u/nV_T + a + \ln a`, :math:`a = I_s/(g n V_T)`.
    So g is the conductance of the cell without its diode.

    Parameters
    ----------
    saturation_current : :math:`I_s`, A.
    ideality : n, 1.
    temperature : K; sets :math:`V_T = kT/q`.

    Raises
    ------
    SpecError : a parameter is not finite and above 0.

    References
    ----------
    Shockley's diode equation; the explicit solution after Banwell and Jayakumar, "Exact analytical
    solution for current flow through diode with series resistance", Electronics Letters 36, 291
    (2000).
    """

    in_series: ClassVar[bool] = True

    saturation_current: float
    ideality: float = 1.0
    temperature: float = 300.0

    def __post_init__(self) -> None:
        _require(self, positive={"saturation_current": "A", "ideality": "", "temperature": "K"})

    def current(self, u: Array, g: Array, gate: Array | None = None) -> tuple[Array, Array]:
        """Current and slope at the drop `u`, as in `CellLaw.current`."""
        xp = array_namespace(u)
        voltage = self.ideality * self.temperature * BOLTZMANN_VOLTAGE
        present = g > 0
        siemens = xp.where(present, g, 1.0)
        a = self.saturation_current / (siemens * voltage)
        omega = wright_omega(u / voltage + a + xp.log(a))
        slope = siemens * omega / (1 + omega)
        i = siemens * voltage * (omega - a)
        # near the origin omega - a cancels; one Newton step on the circuit equation restores it
        near = i > -0.5 * self.saturation_current
        safe = xp.where(near, i, 0.0)
        drop = safe / siemens + voltage * xp.log1p(safe / self.saturation_current)
        i = xp.where(near, safe + (u - drop) * slope, i)
        return xp.where(present, i, 0.0), xp.where(present, slope, 0.0)


@dataclass(frozen=True, kw_only=True)
class TabulatedCell(CellLaw):
    """A measured curve, scaled so that its slope at 0 V is g.

    Between the points runs the monotone cubic of Fritsch and Carlson (PCHIP); beyond the first and
    the last the curve goes on as a straight line.

    Parameters
    ----------
    v : voltages of the points, rising, V; 0 V among them, neither first nor last.
    i : currents of the points, rising, A; 0 A at 0 V.

    Raises
    ------
    SpecError : a value is not finite, the two differ in length, a point does not lie above the one
        before it, or the curve does not pass through the origin.

    References
    ----------
    Fritsch and Carlson, "Monotone piecewise cubic interpolation", SIAM J. Numer. Anal. 17, 238
    (1980).
    """

    v: tuple[float, ...]
    i: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("v", "i"):
            object.__setattr__(self, name, _numbers(self, name))
        if len(self.v) != len(self.i):
            raise SpecError(
                f"TabulatedCell.i has {len(self.i)} values; it must have one for each of the "
                f"{len(self.v)} of TabulatedCell.v"
            )
        for name, unit in (("v", "V"), ("i", "A")):
            values = getattr(self, name)
            falls = [k for k in range(1, len(values)) if not values[k] > values[k - 1]]
            if falls:
                k = falls[0]
                raise SpecError(
                    f"TabulatedCell.{name}[{k}] is {values[k]:g} {unit} after {values[k - 1]:g} "
                    f"{unit}; the table must rise from point to point"
                )
        if (0.0, 0.0) not in list(zip(self.v, self.i, strict=True))[1:-1]:
            raise SpecError(
                "TabulatedCell has no point 0 V, 0 A between others; the table must pass through "
                "the origin"
            )

    @once
    def _pieces(self) -> Any:
        """Coefficients of each cubic, highest power first, over the slope at 0 V; (4, points-1)."""
        from scipy.interpolate import PchipInterpolator

        curve = PchipInterpolator(self.v, self.i)
        return curve.c / curve.derivative()(0.0)

    def current(self, u: Array, g: Array, gate: Array | None = None) -> tuple[Array, Array]:
        """Current and slope at the drop `u`, as in `CellLaw.current`."""
        xp = array_namespace(u)
        points = xp.asarray(self.v)
        inside = xp.clip(u, self.v[0], self.v[-1])
        piece = xp.clip(xp.searchsorted(points, inside, side="right") - 1, 0, len(self.v) - 2)
        d = inside - points[piece]
        c3, c2, c1, c0 = xp.asarray(self._pieces)[:, piece]
        value = ((c3 * d + c2) * d + c1) * d + c0
        slope = xp.maximum((3 * c3 * d + 2 * c2) * d + c1, 0.0)
        return g * (value + slope * (u - inside)), g * slope


@dataclass(frozen=True, kw_only=True)
class TransistorCell(CellLaw):
    r"""One transistor, one resistor: an ohmic cell in series with its access transistor.

    The transistor, on the bit-line side, follows the long-channel EKV equation, which is smooth
    from weak to strong inversion and symmetric in source and drain:

    .. math:: i = 2 n k V_T^2\,[F((V_P - V_S)/V_T) - F((V_P - V_D)/V_T)],\quad
              F(x) = \ln^2(1 + e^{x/2}),\quad V_P = (V_G - V_{T0})/n.

    Gate and bulk are referred to the bit-line node of the cell, which a virtual ground holds within
    the drop along its line: a model with one voltage across the cell has no place for that rise.
    g is the conductance of the cell without its transistor.

    Parameters
    ----------
    threshold : :math:`V_{T0}`, V.
    transconductance : :math:`k = \mu C_{ox} W/L`, A/V^2.
    slope_factor : n, at least 1.
    temperature : K; sets :math:`V_T = kT/q`.

    Raises
    ------
    SpecError : a parameter is out of range; `current` raises it when no gate voltage is given.

    References
    ----------
    Enz, Krummenacher and Vittoz, "An analytical MOS transistor model valid in all regions of
    operation and dedicated to low-voltage and low-current applications", Analog Integrated Circuits
    and Signal Processing 8, 83 (1995).
    """

    needs_gate: ClassVar[bool] = True
    in_series: ClassVar[bool] = True

    threshold: float
    transconductance: float
    slope_factor: float = 1.3
    temperature: float = 300.0

    def __post_init__(self) -> None:
        _require(
            self,
            positive={"transconductance": "A/V^2", "slope_factor": "", "temperature": "K"},
            finite={"threshold": "V"},
        )
        if self.slope_factor < 1:
            raise SpecError(
                f"TransistorCell.slope_factor is {self.slope_factor:g}; it must be at least 1"
            )

    def current(self, u: Array, g: Array, gate: Array | None = None) -> tuple[Array, Array]:
        """Current and slope at the drop `u`, as in `CellLaw.current`.

        Parameters
        ----------
        gate : V: a number, one for each row, (rows,), or what broadcasts with (..., rows, cols).

        Raises
        ------
        SpecError : `gate` is missing.
        """
        if gate is None:
            raise SpecError("gate is missing; TransistorCell needs a gate voltage, in V")
        xp = array_namespace(u)
        pinch_off = (per_cell(gate, u) - self.threshold) / self.slope_factor
        x = self._drain(u, g, pinch_off)
        i, slope = self._channel(x, pinch_off)
        together = g + slope
        return i, xp.where(together > 0, g * slope / xp.where(together > 0, together, 1.0), 0.0)

    def _drain(self, u: Array, g: Array, pinch_off: Array) -> Array:
        """Voltage between cell and transistor against the bit line, V.

        The channel current is concave in it, so that Newton steps from below the solution rise to
        it without overshooting.
        """
        xp = array_namespace(u)
        shape = xp.broadcast_shapes(u.shape, g.shape, pinch_off.shape)
        x = xp.broadcast_to(xp.minimum(u, 0.0), shape)
        for _ in range(_SERIES_STEPS):
            i, slope = self._channel(x, pinch_off)
            conductance = xp.maximum(g + slope, np.finfo(float).tiny)
            step = (g * (u - x) - i) / conductance
            x = xp.clip(x + step, xp.minimum(u, 0.0), xp.maximum(u, 0.0))
            if not bool((xp.abs(step) > _SERIES_STEP * xp.abs(x)).any()):
                break
        return x

    def _channel(self, x: Array, pinch_off: Array) -> tuple[Array, Array]:
        """Current of the transistor and its slope for the drain at `x`, source and bulk at 0 V."""
        k, n = self.transconductance, self.slope_factor
        return drain_current(x, pinch_off, k, n, self.temperature)


def per_cell(gate: Array, u: Array) -> Array:
    """`gate` so that it broadcasts with drops `u`: one of (rows,) gets an axis for the columns."""
    values = array_namespace(u).asarray(gate, dtype=float)
    return values[:, None] if values.ndim == 1 and u.ndim > 1 else values


def wright_omega(z: Array) -> Array:
    r"""The solution w of :math:`w + \ln w = z`, for real `z`.

    Below -600, the value at -600 is given, which no current notices.

    References
    ----------
    Lawrence, Corless and Jeffrey, "Algorithm 917: complex double-precision evaluation of the Wright
    omega function", ACM Trans. Math. Softw. 38, 20 (2012): the same iteration of fourth order.
    """
    xp = array_namespace(z)
    z = xp.maximum(z, -2 * _LARGEST_EXPONENT)
    w = xp.where(z < 1, xp.exp(xp.minimum(z, 1.0)), 0.0)
    w = xp.where(z < -2, w, xp.where(z < 1, (1 + z / 2 + w) / 2, xp.maximum(z, 1.0)))
    w = xp.where(z < 3, w, z - xp.log(xp.maximum(z, 1.0)))
    w = xp.maximum(w, xp.exp(xp.minimum(z, 0.0)) * 0.4)
    for _ in range(3):
        r = z - w - xp.log(w)
        b = 2 * (1 + w) * (1 + w + 2 * r / 3)
        w = w * (1 + r / (1 + w) * (b - r) / (b - 2 * r))
    return w


def _require(
    law: CellLaw, *, positive: dict[str, str], finite: dict[str, str] | None = None
) -> None:
    """Refuse parameters that are no finite numbers, or not above 0; units by name."""
    faults = []
    for name, unit in (positive | (finite or {})).items():
        value = getattr(law, name)
        number = isinstance(value, int | float | np.number) and bool(np.isfinite(value))
        if not number or (name in positive and value <= 0):
            what = "finite and above 0" if name in positive else "finite"
            shown = f"{value:g}" if number else repr(value)
            faults.append(
                f"{type(law).__name__}.{name} is {shown} {unit}".rstrip()
                + f"; it must be {what} {unit}".rstrip()
            )
    if faults:
        raise SpecError(faults)


def _numbers(law: CellLaw, name: str) -> tuple[float, ...]:
    """The field `name` as finite numbers."""
    given: Sequence[float] = getattr(law, name)
    try:
        values = tuple(float(a) for a in given)
    except (TypeError, ValueError):
        raise SpecError(f"{type(law).__name__}.{name} is {given!r}; it must be numbers") from None
    if not np.isfinite(values).all():
        raise SpecError(f"{type(law).__name__}.{name} is {values}; its values must be finite")
    return values
