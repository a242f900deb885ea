"""What makes cells that take whole pulses: a law's transfer, a published step, a fitted one."""

from dataclasses import dataclass
from math import inf
from typing import Protocol, runtime_checkable

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SteppingCells
from xbarsim.errors import SpecError
from xbarsim.programming.pulsed import PulsedCells, members_of
from xbarsim.programming.step_fits import StepFit
from xbarsim.programming.transfer import ProgrammingTransfer
from xbarsim.units import show

_NODES = 1001  # of a step that is not straight in the weight


@runtime_checkable
class PulsedDevice(Protocol):
    """What makes cells of any shape."""

    @property
    def normals(self) -> int:
        """How many standard normals tell one cell from another."""

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance of a cell that does not differ from its kind, S."""

    def cells(self, z: Array) -> PulsedCells:
        """Cells, from standard normals (normals, ...cells)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TransferPulses:
    """Cells of a switching law under equal pulses of one amplitude up and one down.

    Parameters
    ----------
    library : transfers that hold both amplitudes; several where cells differ, each of which follows
        one of them for good.
    up, down : amplitudes of the pulses that raise and that lower the conductance, V.
    noise : standard deviation from pulse to pulse of the change of the state over that change. Laws
        say nothing of it; the form is that of [rasch2021]_.

    Raises
    ------
    SpecError : an amplitude that a transfer does not hold, one that moves the conductance the other
        way or not at all, transfers that do not go together, or a negative noise.
    """

    library: tuple[ProgrammingTransfer, ...]
    up: float
    down: float
    noise: float = 0.0

    normals = 1

    def __post_init__(self) -> None:
        _check_noise("noise", self.noise)
        if not self.library:
            raise SpecError("library is empty; it takes one transfer or more")
        low, high = self.window
        if not low < high:
            raise SpecError(
                f"the windows of the transfers share nothing: one ends at {show(high, 'siemens')}, "
                f"another begins at {show(low, 'siemens')}"
            )
        first = self.library[0]
        for one in self.library:
            if one.width != first.width or one.flow.table.shape[1] != first.flow.table.shape[1]:
                raise SpecError("transfers of one library must share the width and the states")
            for name, sign in (("up", 1.0), ("down", -1.0)):
                level = _level(one, name, getattr(self, name))
                moved = sign * (one.read(one.flow.table[level]) - one.g)
                slack = 1e-9 * float(np.ptp(one.g))
                if moved.min() < -slack or not moved.max() > slack:
                    raise SpecError(
                        f"{name} is {show(getattr(self, name), 'volt')}, whose pulses change the "
                        f"conductance by {show(float(sign * moved.min()), 'siemens')} to "
                        f"{show(float(sign * moved.max()), 'siemens')}; they must "
                        f"{'raise' if sign > 0 else 'lower'} it"
                    )

    @property
    def window(self) -> tuple[float, float]:
        """Conductances that every transfer reaches, S."""
        ends = [one.window for one in self.library]
        return max(low for low, _ in ends), min(high for _, high in ends)

    def cells(self, z: Array) -> PulsedCells:
        """Cells, each of one of the transfers, from standard normals (1, ...cells)."""
        z, library = np.asarray(z), self.library
        levels = [(_level(one, "up", self.up), _level(one, "down", self.down)) for one in library]
        pairs = list(zip(library, levels, strict=True))
        step = np.stack([one.flow.table[list(two)] - one.states for one, two in pairs])
        return PulsedCells(
            low=np.array([one.flow.low for one in library]),
            high=np.array([one.flow.high for one in library]),
            step=step,
            noise=self.noise * np.abs(step),
            g=np.stack([one.g for one in library]),
            energy=np.stack([one.energy[list(two)] for one, two in pairs]),
            member=members_of(z[0], len(library)),
        )


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
        _check_window(self.g_min, self.g_max, self.energy)

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
        z = np.asarray(z)
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
        _check_window(self.g_min, self.g_max, self.energy)
        for name in ("noise", "spread", "asymmetry_spread"):
            _check_noise(name, getattr(self, name))
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
        z, step = np.asarray(z), self._step()[None]
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


def _level(transfer: ProgrammingTransfer, name: str, volts: float) -> int:
    """Place of an amplitude among those of a transfer."""
    at = np.flatnonzero(np.isclose(transfer.levels, volts, rtol=1e-9, atol=0.0))
    if not len(at):
        held = ", ".join(show(float(v), "volt") for v in transfer.levels[:8])
        raise SpecError(f"{name} is {show(volts, 'volt')}; the transfer holds {held}")
    return int(at[0])


def _check_noise(name: str, value: float) -> None:
    if not 0 <= value < inf:
        raise SpecError(f"{name} is {value:g}; it must be at least 0 and finite")


def _check_window(g_min: float, g_max: float, energy: float | None) -> None:
    if not 0 <= g_min < g_max < inf:
        raise SpecError(
            f"g_min is {show(g_min, 'siemens')} and g_max {show(g_max, 'siemens')}; they must "
            "ascend from 0 S or more"
        )
    if energy is not None and not 0 <= energy < inf:
        raise SpecError(f"energy is {show(energy, 'joule')}; it must be at least 0 and finite")
