"""Laws that say where a state is after a line of voltage: exact states, and their heat.

The state is exact by the law's own closed form, so that a piece may be of any length. The heat of
a piece follows by Simpson's rule and is held against the trapezoidal rule on its halves; where they
differ by more than is allowed, those cells take the halves one after the other.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw, arrays_of, part_of
from xbarsim.errors import ConvergenceError
from xbarsim.transient.adaptive import Cells

_TOGETHER = 43008  # cells that go along a line at once
_PESSIMISM = 4.0  # of the trapezoidal rule as the error of Simpson's, but next to a kink
_DEEPEST = 40  # halvings of a piece

Line = tuple[Array, Array]  # voltage at the beginning and at the end, (cells,) or (1,) V


class LineLaw(Protocol):
    """A law that gives the state after a line of voltage in closed form."""

    def drive(self, v: Array, v_end: Array, dt: float) -> tuple[Array, ...]:
        """What a line from `v` to `v_end` (V) within `dt` (s) does to any state."""

    def driven(self, state: Array, drive: tuple[Array, ...]) -> Array:
        """The state after a `drive`; shaped like `state`."""


def in_closed_form(law: SwitchingLaw, v: Line) -> Array:
    """Of which cells a law has the state in closed form: under any line, or at rest; as `v`."""
    at_rest = v[0] == v[1]
    if hasattr(law, "drive"):
        return np.ones_like(at_rest)
    return at_rest if hasattr(law, "flow") else np.zeros_like(at_rest)


def advance_exactly(
    law: Any, cells: Cells, v: Line, dt: float, temperature: Array, tolerance: float
) -> int:
    """As `xbarsim.transient.adaptive.advance`, for laws and lines that `in_closed_form` takes.

    Raises
    ------
    ConvergenceError : the heat of a piece is not finite.
    """
    alike = len(v[0]) == 1 and not arrays_of(law)
    whole = _piece(law, v, dt, temperature[:1]) if alike else None
    steps = 0
    for start in range(0, len(temperature), _TOGETHER):
        at = slice(start, start + _TOGETHER)
        if whole is not None:
            piece = replace(whole, temperature=temperature[at])
        else:
            ends = (v[0][at], v[1][at]) if len(v[0]) > 1 else v
            piece = _piece(part_of(law, at), ends, dt, temperature[at])
        steps += piece.advance(cells, at, tolerance)
    return steps


@dataclass(frozen=True)
class _Piece:
    """Some cells under a line of voltage; `drives` are those of its halves."""

    law: Any
    v: Line
    dt: float
    temperature: Array
    drives: tuple[tuple[Array, ...], ...]

    def advance(self, cells: Cells, at: slice, tolerance: float) -> int:
        """Take the cells `at` along; returns the steps."""
        before, energy = cells.state[:, at], cells.energy[at]
        state, heat, missed = self.heated(before)
        steps = self.refine(before, state, heat, missed, energy, tolerance)
        cells.state[:, at] = state
        energy += heat
        return len(heat) + steps

    def refine(
        self,
        start: Array,
        state: Array,
        heat: Array,
        missed: Array,
        others: Array,
        tolerance: float,
        depth: int = 0,
    ) -> int:
        """Replace state and heat where `missed` is too much; the steps taken.

        It is held against this heat and all `others` (J): that before the line, and what is known
        of its other pieces, as a long piece may take far more for its heat than there is.
        """
        fine = missed <= _PESSIMISM * tolerance * (others + abs(heat))
        if fine.all():
            return 0
        if depth == _DEEPEST:
            raise ConvergenceError(
                f"{type(self.law).__name__} has no finite heat near {float(self.v[0][0]):.4g} V"
            )
        wrong = np.flatnonzero(~fine)
        first, second = self._halves(wrong)
        begin = start[:, wrong]
        middle, heat_1, missed_1 = first.heated(begin)
        end, heat_2, missed_2 = second.heated(middle)
        others = others[wrong]
        steps = first.refine(
            begin, middle, heat_1, missed_1, others + abs(heat_2), tolerance, depth + 1
        )
        steps += second.refine(
            middle, end, heat_2, missed_2, others + abs(heat_1), tolerance, depth + 1
        )
        state[:, wrong], heat[wrong] = end, heat_1 + heat_2
        return steps + 2 * len(wrong)

    def _halves(self, cells: Array) -> "tuple[_Piece, _Piece]":
        law, temperature = part_of(self.law, cells), self.temperature[cells]
        v, v_end = (u[cells] if len(u) > 1 else u for u in self.v)
        middle, dt = 0.5 * (v + v_end), 0.5 * self.dt
        first, second = ((v, middle), dt, temperature), ((middle, v_end), dt, temperature)
        return _piece(law, *first), _piece(law, *second)

    def heated(self, start: Array) -> tuple[Array, Array, Array]:
        """State after the line, its heat, and how far that is from the trapezoidal rule."""
        v, v_end = self.v
        middle = 0.5 * (v + v_end)
        half = self._after(0, v, start)
        end = self._after(1, middle, half)
        outer, inner = self._work(v, start), self._work(middle, half)
        outer += self._work(v_end, end)
        inner *= 2.0
        missed = outer - inner
        missed *= 0.5
        inner *= 2.0
        outer += inner
        return end, outer, np.abs(missed, out=missed)

    def _after(self, half: int, v: Array, state: Array) -> Array:
        if self.drives:
            return self.law.driven(state, self.drives[half])
        return self.law.flow(v, 0.5 * self.dt, state, self.temperature)

    def _work(self, v: Array, state: Array) -> Array:
        """A sixth of what the power here would make of the line's time, J."""
        return (self.dt / 6.0 * v) * self.law.current(v, state, self.temperature)


def _piece(law: Any, v: Line, dt: float, temperature: Array) -> _Piece:
    middle = 0.5 * (v[0] + v[1])
    halves = ((v[0], middle), (middle, v[1])) if hasattr(law, "drive") else ()
    drives = tuple(law.drive(*ends, 0.5 * dt) for ends in halves)
    return _Piece(law, v, dt, temperature, drives)
