"""Figures of merit of a staircase: nonlinearity, asymmetry, dynamic range, number of states."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.programming.staircases import Staircases
from xbarsim.units import show

#: label over largest distance from the straight line; with it every entry of NeuroSim's table of A
#: against label that was tried (0.01 to 9) comes out to 5e-6
_LABEL = 10.10153
_STEEPEST = 200.0  # n / A, beyond which a staircase is one step


@dataclass(frozen=True, kw_only=True)
class Nonlinearity:
    r"""The exponential staircase of NeuroSim that is nearest to one of `n` pulses.

    .. math::
        G(P) = G_\min + B\,(1 - e^{-P/A}), \qquad B = \frac{G_\max - G_\min}{1 - e^{-n/A}}

    Depression counts pulses backwards from `n`, so that a cell whose steps depend on the
    conductance alone has equal A in both directions.

    Parameters
    ----------
    a : A, pulses; negative where steps grow towards `g_max`, infinite for a straight line.
    b : B, S; infinite for a straight line.
    label : NeuroSim's number for it: 10.1015 times the largest distance from the straight line
        between (0, 0) and (1, 1), with the sign of A. Over 9 the staircase is all but one step.
    error : root mean square of what is left over the range.

    References
    ----------
    [chen2017]_ (NeuroSim+); the label from the table that comes with the tool.
    """

    a: float
    b: float
    label: float
    error: float


@dataclass(frozen=True, kw_only=True)
class Merits:
    """Figures of merit of both staircases.

    Parameters
    ----------
    up, down : nonlinearity of potentiation and depression.
    asymmetry : difference of the two labels, NeuroSim's |alpha_P - alpha_D|.
    g_min, g_max : lowest and highest conductance of both staircases, S.
    on_off : g_max over g_min; infinite where g_min is 0.
    states : `g_max - g_min` over the noise of a step; None where no noise is known.
    """

    up: Nonlinearity
    down: Nonlinearity
    asymmetry: float
    g_min: float
    g_max: float
    on_off: float
    states: float | None


def nonlinearity(g: Array) -> Nonlinearity:
    """Fit potentiation, conductances (n + 1,) S that begin before the first pulse.

    For depression turn the array around.

    Raises
    ------
    SpecError : fewer than two pulses, numbers that are not finite, or an end that is not above the
        beginning.
    """
    from scipy.optimize import minimize_scalar

    g = np.asarray(g, dtype=float)
    if g.ndim != 1 or len(g) < 3 or not np.isfinite(g).all():
        raise SpecError(f"g has shape {g.shape}; a staircase has two pulses or more, all finite")
    first, last = float(g[0]), float(g[-1])
    if not last > first:
        raise SpecError(
            f"the staircase goes from {show(first, 'siemens')} to {show(last, 'siemens')}; it must "
            "rise (turn depression around)"
        )
    y, p = (g - first) / (last - first), np.linspace(0.0, 1.0, len(g))

    def missed(u: float) -> float:
        return float(np.sqrt(np.mean((rise(u, p) - y) ** 2)))

    grid = np.concatenate([-np.geomspace(_STEEPEST, 1e-2, 60), np.geomspace(1e-2, _STEEPEST, 60)])
    k = int(np.argmin([missed(u) for u in grid]))
    ends = (grid[max(k - 1, 0)], grid[min(k + 1, len(grid) - 1)])
    u = float(minimize_scalar(missed, bounds=ends, method="bounded", options={"xatol": 1e-9}).x)
    straight = abs(u) < 1e-7
    n = len(g) - 1
    return Nonlinearity(
        a=np.inf if straight else n / u,
        b=np.inf if straight else float((last - first) / -np.expm1(-u)),
        label=label_of(u),
        error=missed(u),
    )


def label_of(u: float) -> float:
    """NeuroSim's label of a staircase whose n/A is `u`."""
    if abs(u) < 1e-7:
        return 0.0
    top = abs(u)
    p = np.log(top / -np.expm1(-top)) / top  # where the slope is that of the straight line
    return float(np.sign(u) * _LABEL * (rise(top, p) - p))


def rise(u: float, p: Array) -> Array:
    """(1 - exp(-u p)) / (1 - exp(-u)), from 0 at p = 0 to 1 at p = 1."""
    if abs(u) < 1e-7:
        return np.asarray(p) + 0.0
    if u < 0:  # the same curve, turned around
        return 1.0 - rise(-u, 1.0 - np.asarray(p))
    return np.expm1(-u * np.asarray(p)) / np.expm1(-u)


def merits(stairs: Staircases, noise: float | None = None) -> Merits:
    """Figures of merit of `stairs`.

    Parameters
    ----------
    noise : standard deviation of the conductance after a pulse, cycle to cycle and read together,
        S.

    Raises
    ------
    SpecError : a staircase does not move, or moves the other way; a noise of nothing.
    """
    if noise is not None and not 0 < noise < np.inf:
        raise SpecError(f"noise is {show(noise, 'siemens')}; it must be above 0 and finite")
    up, down = nonlinearity(stairs.up), nonlinearity(stairs.down[::-1])
    low, high = stairs.window
    return Merits(
        up=up,
        down=down,
        asymmetry=abs(up.label - down.label),
        g_min=low,
        g_max=high,
        on_off=high / low if low > 0 else np.inf,
        states=None if noise is None else (high - low) / noise,
    )
