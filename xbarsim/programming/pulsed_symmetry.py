"""Symmetry points of cells that take whole pulses."""

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.programming.pulsed import PulsedCells

_PAIRS = 32  # of pulses up and down that are given in one go


def symmetry_of(
    cells: PulsedCells,
    x: Array,
    z: Array | None = None,
    first: Array | int = 0,
    *,
    pairs: int = 1000,
) -> tuple[Array, Array, Array | None]:
    """Give all cells pulses up and down in turn, which takes each to its symmetry point.

    Parameters
    ----------
    x, z, first : as `PulsedCells.pulse` takes them.
    pairs : of one pulse up and one down.

    Returns
    -------
    States; the mean of the conductances after the last pulse up and the last down, S, both of the
    shape of the cells; energy (J) or None. Cells have had ``2 * pairs`` pulses more.

    Raises
    ------
    SpecError : no pairs, and as `PulsedCells.pulse`.

    References
    ----------
    [kim2019zero]_; [gokmen2020]_.
    """
    if not (isinstance(pairs, int) and pairs >= 1):
        raise SpecError(f"pairs is {pairs!r}; it must be a whole number, 1 or more")
    one, place = np.ones((1, *cells.shape), dtype=np.int32), np.asarray(first)
    total = np.zeros(cells.shape)
    g = [cells.read(x)] * 2
    for k in range(0, pairs, _PAIRS):
        number = min(_PAIRS, pairs - k)
        trains = [np.concatenate([one, -one] * number)[:-1], -one]
        for part, counts in enumerate(trains):
            x, heat = cells.pulse(x, counts, z, place + 2 * k + part * (2 * number - 1))
            g[part] = cells.read(x)
            if heat is not None:
                total += heat
    return x, 0.5 * (g[0] + g[1]), None if cells.energy is None else total
