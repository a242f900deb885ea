"""aihwkit's descriptions of the step of a pulse, fitted to staircases."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.programming.staircases import Staircases

Kind = Literal["LinearStep", "SoftBounds", "ExpStep"]
KINDS: tuple[Kind, ...] = ("SoftBounds", "LinearStep", "ExpStep")

_GAMMAS = (0.02, 50.0)


@dataclass(frozen=True, kw_only=True)
class StepFit:
    r"""Steps of identical pulses against the weight w, which goes from -1 to 1 over the window.

    .. math::
        \text{SoftBounds:}\quad & \Delta w_\uparrow = d_\uparrow (1 - w), \quad
            \Delta w_\downarrow = -d_\downarrow (1 + w) \\
        \text{LinearStep:}\quad & \Delta w_\uparrow = d_\uparrow (1 - \gamma_\uparrow w), \quad
            \Delta w_\downarrow = -d_\downarrow (1 + \gamma_\downarrow w) \\
        \text{ExpStep:}\quad
            & \Delta w_\uparrow = d_\uparrow (1 - A_\uparrow e^{\gamma_\uparrow w}), \quad
            \Delta w_\downarrow = -d_\downarrow (1 - A_\downarrow e^{-\gamma_\downarrow w})

    as in aihwkit with w_max = 1, w_min = -1, and a = 1, b = 0 of its ExpStepDevice.

    Parameters
    ----------
    kind : which of the three.
    d, gamma, a : up and down; gamma is 1 for SoftBounds, a 0 but for ExpStep.
    error : root mean square of what is left over that of the steps.

    References
    ----------
    [rasch2021]_
    """

    kind: Kind
    d: tuple[float, float]
    gamma: tuple[float, float]
    a: tuple[float, float]
    error: float


def step_fits(stairs: Staircases) -> tuple[StepFit, ...]:
    """The three descriptions that are nearest to the steps of `stairs`, by least squares.

    Raises
    ------
    SpecError : the pulses are not identical, fewer than four, or move nothing.
    """
    if np.ptp(stairs.v_up) or np.ptp(stairs.v_down) or len(stairs.v_up) < 4:
        raise SpecError("aihwkit's steps are those of identical pulses, four or more of each sign")
    low, high = stairs.window
    if not high > low:
        raise SpecError("the pulses move nothing; there is no step to fit")
    sides = []
    for g, sign in ((stairs.up, 1.0), (stairs.down, -1.0)):
        w = 2.0 * (g - low) / (high - low) - 1.0
        sides.append((sign * w[:-1], sign * np.diff(w)))  # both as if they went up
    return tuple(_fit(kind, sides) for kind in KINDS)


def _fit(kind: Kind, sides: list[tuple[Array, Array]]) -> StepFit:
    found = [_side(kind, w, step) for w, step in sides]
    left = np.concatenate([rest for *_, rest in found])
    steps = np.concatenate([step for _, step in sides])
    d, gamma, a = zip(*(f[:3] for f in found), strict=True)
    return StepFit(
        kind=kind,
        d=d,
        gamma=gamma,
        a=a,
        error=float(np.sqrt(np.mean(left**2) / np.mean(steps**2))),
    )


def _side(kind: Kind, w: Array, step: Array) -> tuple[float, float, float, Array]:
    """d, gamma and A of one direction, and what is left of the steps."""
    if kind == "SoftBounds":
        shape = 1.0 - w
        d = float(shape @ step / (shape @ shape))
        return d, 1.0, 0.0, step - d * shape
    if kind == "LinearStep":
        (d, slope), rest = _straight(np.ones_like(w), w, step)
        return d, -slope / d if d else 0.0, 0.0, rest
    gamma = _best_gamma(w, step)
    (d, slope), rest = _straight(np.ones_like(w), np.exp(gamma * w), step)
    return d, gamma, -slope / d if d else 0.0, rest


def _best_gamma(w: Array, step: Array) -> float:
    from scipy.optimize import minimize_scalar

    def missed(log: float) -> float:
        left = _straight(np.ones_like(w), np.exp(np.exp(log) * w), step)[1]
        return float(left @ left)

    grid = np.linspace(float(np.log(_GAMMAS[0])), float(np.log(_GAMMAS[1])), 40)
    k = int(np.argmin([missed(x) for x in grid]))
    ends = (grid[max(k - 1, 0)], grid[min(k + 1, len(grid) - 1)])
    return float(np.exp(minimize_scalar(missed, bounds=ends, method="bounded").x))


def _straight(one: Array, x: Array, y: Array) -> tuple[tuple[float, float], Array]:
    """Least squares of `y` by `one` and `x`: the two factors, and what is left."""
    basis = np.stack([one, x], axis=1)
    size = np.linalg.norm(basis, axis=0)
    factors = np.linalg.lstsq(basis / size, y, rcond=None)[0] / size
    return (float(factors[0]), float(factors[1])), y - basis @ factors
