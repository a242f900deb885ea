"""Cells of a kind that a handful of numbers describe, to study what devices must do."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_count
from xbarsim.effects.normal import normal_cdf
from xbarsim.errors import SpecError
from xbarsim.programming.pulsed import PulsedCells
from xbarsim.programming.pulsed_devices import check_noise, check_number, check_window, normals_of
from xbarsim.units import show

_MOST_LEVELS = 100_000  # pulses that bring a cell to its first weight go no further
_STUCK = 1e-9  # window of a cell that is stuck, over its conductance or that of the kind


@dataclass(frozen=True, kw_only=True, eq=False)
class LevelPulses:
    r"""Cells with so many evenly spaced levels from the lowest to the highest conductance.

    One pulse is one level, :math:`\Delta G = \pm (G_\max - G_\min)/(N - 1)`, in a cell that does
    not differ from its kind; ends stop it. Cells differ in the size of their steps, by a normal
    factor (none is below 0), and in both ends of their window, by log-normal factors that do not
    go together.

    Parameters
    ----------
    levels : N, 2 to 100,000; 2 makes binary cells.
    g_max : highest conductance, S.
    on_off : highest over lowest conductance, above 1; infinite for cells that can be shut.
    noise : standard deviation of a step over the step, from pulse to pulse (cycle to cycle).
    spread : standard deviation of the size of steps over that size, from cell to cell, the same up
        and down.
    window_spread : standard deviation of the logarithm of each end of the window, cell to cell.
    stuck_low, stuck_high : shares of cells that stay at the lowest or the highest conductance,
        whatever pulses they get; the pulses count.
    energy : of one pulse, J; None where it is not known.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.

    Notes
    -----
    No publication: the plainest device that has these numbers, ours. A stuck cell has a window of a
    billionth, in which pulses do not move it.
    """

    levels: int = 64
    g_max: float = 100e-6
    on_off: float = 10.0
    noise: float = 0.0
    spread: float = 0.0
    window_spread: float = 0.0
    stuck_low: float = 0.0
    stuck_high: float = 0.0
    energy: float | None = None

    normals = 4

    def __post_init__(self) -> None:
        check_count("levels", self.levels, 2, _MOST_LEVELS)
        check_number("on_off", self.on_off)
        if not self.on_off > 1:
            raise SpecError(f"on_off is {self.on_off:g}; it must be above 1, or infinite")
        check_number("g_max", self.g_max)
        if not 0 < self.g_max < inf:
            raise SpecError(
                f"g_max is {show(self.g_max, 'siemens')}; it must be above 0 S and finite"
            )
        for name in ("noise", "spread", "window_spread", "stuck_low", "stuck_high"):
            check_noise(name, getattr(self, name))
        if self.stuck_low + self.stuck_high > 1:
            raise SpecError(
                f"stuck_low is {self.stuck_low:g} and stuck_high {self.stuck_high:g}; shares of "
                "cells sum to at most 1"
            )
        check_window(*self.window, self.energy)

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance of a cell that does not differ from its kind, S."""
        return self.g_max / self.on_off, self.g_max

    def cells(self, z: Array) -> PulsedCells:
        """Cells, from standard normals (4, ...cells): steps, both ends, and which are stuck."""
        z = normals_of(z, self.normals)
        shape, n = z.shape[1:], z[0].size
        size = np.maximum(1.0 + self.spread * z[0], 0.0)
        if not (self.window_spread or self.stuck_low or self.stuck_high):
            return self._of(
                np.array([self.window]), np.zeros(shape, dtype=np.int64), np.stack([size, size])
            )
        low, high = (
            end * np.exp(self.window_spread * z[k]) for k, end in enumerate(self.window, 1)
        )
        ends = np.stack([np.minimum(low, high), np.maximum(low, high)])
        place = normal_cdf(z[3])
        at_low, at_high = place < self.stuck_low, place >= 1.0 - self.stuck_high
        size = np.where(at_low | at_high, 0.0, size)
        ends[1] = np.where(at_low, ends[0] + _STUCK * self.g_max, ends[1])
        ends[0] = np.where(at_high, ends[1] * (1.0 - _STUCK), ends[0])
        return self._of(
            np.ascontiguousarray(ends.reshape(2, n).T),
            np.arange(n).reshape(shape),
            np.stack([size, size]),
        )

    def _of(self, g: Array, member: Array, scale: Array) -> PulsedCells:
        """Cells whose windows are `g` (members, 2)."""
        one = 1.0 / (self.levels - 1)
        step = np.empty((len(g), 2, 2))
        step[:, 0], step[:, 1] = one, -one
        values: dict[str, Any] = {"step": step, "noise": self.noise * np.abs(step)}
        if self.energy is not None:
            values["energy"] = np.full(step.shape, self.energy)
        return PulsedCells(
            low=np.zeros(len(g)), high=np.ones(len(g)), g=g, member=member, scale=scale, **values
        )
