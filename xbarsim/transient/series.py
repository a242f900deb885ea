"""A resistor or a transistor in front of a cell: a law of the two together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import SwitchingLaw
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.transient.around import LawAround
from xbarsim.transistor import drain_current
from xbarsim.units import show

_STEPS = 100
_EXACT = 1e-13  # of the voltage


class Front(Protocol):
    """What stands in front of a cell: its current rises with its drop."""

    def current(self, drop: Array, temperature: Array) -> Array:
        """Current (A) at a `drop` (V); shaped like it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Resistor:
    """A line, or any other resistance.

    Parameters
    ----------
    resistance : ohm, above 0; a number or (cells,).

    Raises
    ------
    SpecError : it is not above 0.
    """

    resistance: Array

    def __post_init__(self) -> None:
        if not bool(np.all(np.asarray(self.resistance) > 0)):
            raise SpecError(f"resistance is {self.resistance} ohm; it must be above 0 ohm")

    def current(self, drop: Array, temperature: Array) -> Array:
        """Ohm's law, A."""
        return drop / self.resistance


@dataclass(frozen=True, kw_only=True, eq=False)
class Transistor:
    r"""An access transistor with its source at a line: it limits the current (compliance).

    .. math:: i = 2 n k V_T^2\,[F(V_P/V_T) - F((V_P - V_D)/V_T)],\quad
              F(x) = \ln^2(1 + e^{x/2}),\quad V_P = (V_G - V_{T0})/n

    Parameters
    ----------
    gate : gate voltage, V; a number or (cells,).
    threshold : V_T0, V.
    transconductance : k, A/V^2, above 0.
    slope_factor : n, at least 1.

    Raises
    ------
    SpecError : a parameter is out of range.

    References
    ----------
    As `xbarsim.crossbar.laws.TransistorCell`, whose equation this is.
    """

    gate: Array
    threshold: float
    transconductance: float
    slope_factor: float = 1.3

    def __post_init__(self) -> None:
        if not (np.isfinite(self.threshold) and bool(np.isfinite(self.gate).all())):
            raise SpecError(
                f"gate is {self.gate} V and threshold {self.threshold} V; they must be finite"
            )
        if not (self.transconductance > 0 and self.slope_factor >= 1):
            raise SpecError(
                f"transconductance is {self.transconductance:g} A/V^2 and slope_factor "
                f"{self.slope_factor:g}; they must be above 0 and at least 1"
            )

    def current(self, drop: Array, temperature: Array) -> Array:
        """Current of the channel, A."""
        pinch_off = (self.gate - self.threshold) / self.slope_factor
        k, n = self.transconductance, self.slope_factor
        return drain_current(drop, pinch_off, k, n, temperature)[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class InSeries(LawAround):
    """A cell behind a resistor or transistor; itself a `SwitchingLaw` of the whole voltage.

    The voltage of the cell lies where both currents agree; as both rise, there is one such voltage.
    The state stays within the bounds of a cell that has all of the voltage.

    Parameters
    ----------
    law : of the cell; its voltage, not the whole, is held against what it describes.
    front : what stands before it.
    """

    law: Any
    front: Any

    @property
    def valid(self) -> tuple[float, float]:
        """Any: the voltage of the cell is what is held against its law, V."""
        return -np.inf, np.inf

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """0 V; those of the cell lie where its state has them."""
        return (0.0,)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Current of both at the whole voltage `v`, A."""
        return self.law.current(self.cell_voltage(v, state, temperature), state, temperature)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Change of the cell's state within a second."""
        return self.law.rate(self.cell_voltage(v, state, temperature), state, temperature)

    def cell_voltage(self, v: Array, state: Array, temperature: Array) -> Array:
        """The part of `v` that the cell has, V.

        Raises
        ------
        SpecError : it is beyond what the law of the cell describes.
        ConvergenceError : the bracket does not close.
        """
        xp = array_namespace(v, state)
        shape = xp.broadcast_shapes(v.shape, state.shape[1:])
        v = xp.broadcast_to(v, shape)
        sign = xp.where(v < 0, -1.0, 1.0)

        def excess(u: Array) -> Array:
            cell = self.law.current(u, state, temperature)
            return sign * (cell - self.front.current(v - u, temperature))

        found = _root(excess, 0.0 * v, 1.0 * v)
        self._check(found)
        return found

    def _check(self, u: Array) -> None:
        least, most = self.law.valid
        if u.size and not (least <= float(u.min()) and float(u.max()) <= most):
            worst = float(u.min()) if float(u.min()) < least else float(u.max())
            raise SpecError(
                f"the cell has {show(worst, 'volt')}; {type(self.law).__name__} holds from "
                f"{show(least, 'volt')} to {show(most, 'volt')}"
            )


@np.errstate(all="ignore")
def _root(f: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Where `f` passes 0 between `low` and `high`, at which it has different signs or is 0.

    Chandrupatla, Advances in Engineering Software 28, 145 (1997): inverse quadratic interpolation
    where it is safe, bisection elsewhere.

    Raises
    ------
    ConvergenceError : the bracket does not close, or around something that is not finite.
    """
    xp = array_namespace(low)
    a, b, fa, fb = high, low, f(high), f(low)
    size, t = abs(high - low), xp.full_like(low, 0.5)
    done = (size == 0) | (fa == 0) | (fb == 0)
    for _ in range(_STEPS):
        if bool(done.all()):
            nearer = abs(fa) < abs(fb)
            if not bool(xp.isfinite(xp.where(nearer, fa, fb)).all()):
                raise ConvergenceError("a cell and what stands before it have no finite current")
            return xp.where(size == 0, low, xp.where(nearer, a, b))
        x = xp.where(done, a, a + t * (b - a))
        fx = xp.where(done, fa, f(x))
        same = ((fx > 0) == (fa > 0)) | done
        c, fc = xp.where(same, a, b), xp.where(same, fa, fb)
        b, fb = xp.where(same, b, a), xp.where(same, fb, fa)
        a, fa = x, fx
        near = _EXACT * size / abs(b - a)
        done = done | (near > 0.5) | (fa == 0)
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
        step = fa / (fb - fa) * fc / (fb - fc)
        step = step + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        t = xp.clip(xp.where(safe & xp.isfinite(step), step, 0.5), near, 1 - near)
    raise ConvergenceError(
        f"the voltage between a cell and what stands before it was not found in {_STEPS} steps"
    )


def in_series(law: SwitchingLaw, resistance: Array) -> SwitchingLaw:
    """`law` behind a `resistance` (ohm)."""
    return InSeries(law=law, front=Resistor(resistance=resistance))
