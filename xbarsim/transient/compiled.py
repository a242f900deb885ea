"""Cells of a law with one state and a compiled rate, each with a step of its own."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw
from xbarsim.errors import ConvergenceError
from xbarsim.parallel import pieces, spread
from xbarsim.transient.adaptive import Cells, advance

_PIECE = 16  # cells that one task takes at least


@runtime_checkable
class CompiledLaw(Protocol):
    """A law with one state that also offers its rate compiled; its bounds know no voltage."""

    def compiled_rate(self) -> tuple[Callable[..., Any], Array]:
        """What is called for each cell, and what it takes besides voltage and state.

        Returns
        -------
        f : compiled by numba, ``f(v, state, temperature, p, memory) -> (rate, current)``, of
            floats and two arrays of floats; `memory` (1,) is its own, zero where a cell begins.
        p : (cells or 1, constants).
        """


class CompiledCells:
    """The method of `xbarsim.transient.adaptive` for one cell after another, over the cores.

    Parameters
    ----------
    law : its parameters are numbers or (cells,).
    cells : how many there are.
    """

    def __init__(self, law: SwitchingLaw, cells: int) -> None:
        assert isinstance(law, CompiledLaw)
        self._law = law
        self._f, p = law.compiled_rate()
        self._p = np.array(p, dtype=float, order="C")
        limits = [np.broadcast_to(b[0], cells) for b in law.bounds(np.zeros(cells))]
        self._limits = np.stack(limits).astype(float)
        kinks = [np.broadcast_to(np.asarray(b, dtype=float), cells) for b in law.breakpoints]
        self._kinks = np.stack(kinks, axis=-1).copy() if kinks else np.empty((cells, 0))

    def advance(
        self, cells: Cells, v: tuple[Array, Array], dt: float, temperature: Array, tolerance: float
    ) -> int:
        """As `xbarsim.transient.adaptive.advance`.

        Raises
        ------
        ConvergenceError : a cell needs steps below 1e-13 of the time passed.
        """
        from xbarsim.transient._scalar import advance_cells

        state, p = cells.state[0], self._p
        v0, v1 = (np.array(u, dtype=float) for u in v)
        ambient = np.array(temperature, dtype=float)

        def part(at: slice) -> tuple[int, int]:
            return advance_cells(  # type: ignore[no-any-return]
                self._f, state[at], cells.energy[at], cells.step[at], v0[at], v1[at], dt,
                np.ascontiguousarray(self._limits[:, at]), self._kinks[at], ambient[at], tolerance,
                p if len(p) == 1 else p[at],
            )  # fmt: skip

        parts = pieces(len(state), _PIECE)
        found = spread(part, parts)
        steps = 0
        for at, (taken, failed) in zip(parts, found, strict=True):
            if failed >= 0:
                raise ConvergenceError(
                    f"{type(self._law).__name__} cannot be integrated from "
                    f"{v0[at][failed]:.4g} V to {v1[at][failed]:.4g} V: the step fell below 1e-13 "
                    "of the time passed"
                )
            steps += taken
        return steps


def is_compiled(law: SwitchingLaw) -> bool:
    """Whether cells of a law go one after another through compiled code."""
    return len(law.states) == 1 and isinstance(law, CompiledLaw)


def integrator(law: SwitchingLaw, cells: int) -> Callable[..., int]:
    """`advance` of so many cells of a law: compiled where the law offers that."""
    return CompiledCells(law, cells).advance if is_compiled(law) else partial(advance, law)
