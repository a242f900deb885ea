"""What makes cells that take whole pulses, and what such a device may be told."""

from math import inf
from numbers import Real
from typing import Protocol, runtime_checkable

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.programming.pulsed import PulsedCells
from xbarsim.units import show


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


def check_number(name: str, value: float) -> None:
    """Refuse what is no number.

    Raises
    ------
    SpecError : names it and what was given.
    """
    if not isinstance(value, Real):
        raise SpecError(f"{name} is {value!r}; it must be a number")


def check_noise(name: str, value: float) -> None:
    """Refuse a relative spread that is no number, below 0 or not finite.

    Raises
    ------
    SpecError : names it and what was given.
    """
    check_number(name, value)
    if not 0 <= value < inf:
        raise SpecError(f"{name} is {value:g}; it must be at least 0 and finite")


def check_window(g_min: float, g_max: float, energy: float | None) -> None:
    """Refuse a window of conductances (S) that is none, and an energy of a pulse (J) below 0.

    Raises
    ------
    SpecError : names them, and what is allowed.
    """
    check_number("g_min", g_min)
    check_number("g_max", g_max)
    if not 0 <= g_min < g_max < inf:
        raise SpecError(
            f"g_min is {show(g_min, 'siemens')} and g_max {show(g_max, 'siemens')}; they must "
            "ascend from 0 S or more"
        )
    if energy is not None:
        check_number("energy", energy)
        if not 0 <= energy < inf:
            raise SpecError(f"energy is {show(energy, 'joule')}; it must be at least 0 and finite")


def normals_of(z: Array, number: int) -> Array:
    """The normals that tell cells apart, (number, ...cells).

    Raises
    ------
    SpecError : there are more or fewer of them, or one is not finite.
    """
    z = np.asarray(z, dtype=float)
    if not z.ndim or len(z) != number:
        raise SpecError(f"z has shape {z.shape}; it takes {number} normals a cell, ({number}, ...)")
    if not np.isfinite(z).all():
        raise SpecError(f"z holds {z[~np.isfinite(z)][0]}; it must be finite")
    return z
