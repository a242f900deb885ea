"""Cells that take whole pulses whose step is published, or fitted to staircases."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SteppingCells
from xbarsim.errors import SpecError
from xbarsim.programming.pulsed import PulsedCells
from xbarsim.programming.pulsed_devices import check_noise, check_window, normals_of
from xbarsim.programming.step_fits import StepFit
from xbarsim.units import show

_NODES = 1001  # of a step that is not straight in the weight


@dataclass(frozen=True, kw_only=True, eq=False)
class StepPulses:
    """Cells whose step is published, such as the sheets ``tang_2018`` and ``kim_2019``.

    Parameters
    ----------
    law : of the step; cells differ as it says.
    g_min, g_max : conductances at the ends of its range, S; the law itself has none.
    energy : of one pulse, J; None where it is not known.

    Raises
    ------
    SpecError : an empty window, an energy below 0, something else than a law of steps.
    """

    law: SteppingCells
    g_min: float
    g_max: float
    energy: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.law, SteppingCells):
            raise SpecError(
                f"law is a {type(self.law).__name__}; it must have the step of a pulse, as the "
                "sheets tang_2018 and kim_2019 do"
            )
        check_window(self.g_min, self.g_max, self.energy)

    @property
    def normals(self) -> int:
        """Those of the law."""
        return self.law.normals

    @property
    def window(self) -> tuple[float, float]:
        """`g_min` and `g_max`, S."""
        return self.g_min, self.g_max

    def cells(self, z: Array) -> PulsedCells:
        """Cells that differ as the law says, from standard normals (normals, ...cells).

        Raises
        ------
        SpecError : the range of a cell as drawn reaches below a conductance of 0.
        """
        z = normals_of(z, self.normals)
        flat = z.reshape(len(z), -1)
        law, n = self.law.drawn(flat), flat.shape[1]
        ends = np.stack([np.broadcast_to(end, n) for end in (law.w_min, law.w_max)])
        step = np.stack([np.stack([law.step(w, up) for w in ends], axis=1) for up in (True, False)],
                        axis=1)  # fmt: skip
        g = self.law.conductance(ends, self.g_min, self.g_max).T
        if g.size and g.min() < 0:
            raise SpecError(
                f"g_min is {show(self.g_min, 'siemens')}, from which the lowest of these cells "
                f"differs by {show(float(g.min()) - self.g_min, 'siemens')}; no conductance may be "
                "below 0 S, so raise g_min"
            )
        return PulsedCells(
            low=ends[0],
            high=ends[1],
            step=step,
            noise=np.abs(step) * law.sigma_step,
            g=np.ascontiguousarray(g),
            energy=None if self.energy is None else np.full(step.shape, self.energy),
            member=np.arange(n).reshape(z.shape[1:]),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedPulses:
    """Cells whose step was fitted to staircases, see `xbarsim.programming.step_fits`.

    Parameters
    ----------
    fit : step of a weight from -1 to 1.
    g_min, g_max : conductances at its ends, S.
    noise : standard deviation of one step over the step, from pulse to pulse.
    spread : standard deviation from cell to cell of the size of steps over that size, the same up
        and down.
    asymmetry_spread : standard deviation from cell to cell of a in factors 1 + a of steps up and
        1 - a of steps down.
    energy : of one pulse, J; None where it is not known.

    Raises
    ------
    SpecError : an empty window, a number that is negative or not finite, or a step the wrong way.

    References
    ----------
    [rasch2021]_: aihwkit's dw_min_std, dw_min_dtod and up_down_dtod, with multiplicative noise.
    """

    fit: StepFit
    g_min: float
    g_max: float
    noise: float = 0.0
    spread: float = 0.0
    asymmetry_spread: float = 0.0
    energy: float | None = None

    normals = 2

    def __post_init__(self) -> None:
        check_window(self.g_min, self.g_max, self.energy)
        for name in ("noise", "spread", "asymmetry_spread"):
            check_noise(name, getattr(self, name))
        if not isinstance(self.fit, StepFit):
            raise SpecError(f"fit is a {type(self.fit).__name__}; step_fits makes one, a StepFit")
        if not (np.isfinite(self._step()).all() and min(self.fit.d) > 0):
            raise SpecError(f"fit has steps d of {self.fit.d}; both must be above 0 and finite")

    @property
    def window(self) -> tuple[float, float]:
        """`g_min` and `g_max`, S."""
        return self.g_min, self.g_max

    def _step(self) -> Array:
        """Change of the weight under a pulse up and one down, (2, nodes); never the other way."""
        fit = self.fit
        w = np.linspace(-1.0, 1.0, _NODES if fit.kind == "ExpStep" else 2)
        both = []
        for sign, d, gamma, a in zip((1.0, -1.0), fit.d, fit.gamma, fit.a, strict=True):
            shape = a * np.exp(gamma * sign * w) if fit.kind == "ExpStep" else gamma * sign * w
            both.append(sign * np.maximum(d * (1.0 - shape), 0.0))
        return np.stack(both)

    def cells(self, z: Array) -> PulsedCells:
        """Cells whose steps differ in size, from standard normals (2, ...cells)."""
        z, step = normals_of(z, self.normals), self._step()[None]
        size = 1.0 + self.spread * z[0]
        tilt = self.asymmetry_spread * z[1]
        return PulsedCells(
            low=np.array([-1.0]),
            high=np.array([1.0]),
            step=step,
            noise=self.noise * np.abs(step),
            g=np.array([[self.g_min, self.g_max]]),
            energy=None if self.energy is None else np.full(step.shape, self.energy),
            member=np.zeros(z.shape[1:], dtype=np.int64),
            scale=np.maximum(np.stack([size * (1.0 + tilt), size * (1.0 - tilt)]), 0.0),
        )
