"""Open loop: as many equal pulses as a nominal cell would need, and no look at the result."""

from collections.abc import Sequence

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.programming.scheme import Programmed
from xbarsim.programming.stacked import Reach, stacked
from xbarsim.programming.transfer import ProgrammingTransfer


def open_loop(
    nominal: ProgrammingTransfer,
    g_target: Array,
    level: int,
    most: int,
    *,
    transfer: ProgrammingTransfer | Sequence[ProgrammingTransfer] | None = None,
    state: Array | None = None,
    member: Array | None = None,
    reach: Reach = "refuse",
) -> Programmed:
    """Give every cell the number of pulses after which the nominal cell is nearest to its target.

    Parameters
    ----------
    nominal : the transfer that numbers of pulses are taken from.
    g_target : conductances, any shape, S.
    level : place of the pulses' amplitude among the levels.
    most : pulses that a cell gets at the most.
    transfer, member : what cells really do, as `xbarsim.programming.write_verify` takes it; the
        nominal transfer by default.
    state : where cells begin, and the nominal cell too; by default where conductance is lowest.
    reach : as `xbarsim.programming.write_verify` takes it.

    Returns
    -------
    Programmed : no cell is verified, and none is read.

    Raises
    ------
    SpecError : a level or number of pulses that is none, or as `xbarsim.programming.write_verify`.
    """
    if not 0 <= level < len(nominal.levels):
        raise SpecError(f"level is {level}; levels are 0 to {len(nominal.levels) - 1}")
    if most < 1:
        raise SpecError(f"most is {most}; it must be at least 1")
    shape = np.shape(g_target)
    cells = stacked(nominal if transfer is None else transfer, shape, member, None)
    target, x = cells.targets(g_target, reach), cells.start(state)
    number = _numbers(
        nominal, target, stacked(nominal, shape, None, None).start(state), level, most
    )
    energy, n = np.zeros(len(x)), number.copy()
    while n.any():
        for k in np.unique(cells.member[n > 0]):
            own = (cells.member == k) & (n > 0)
            part = x[own]
            energy[own] += cells.library[k].pulse(part, np.full(len(part), level))
            x[own] = part
        n = np.maximum(n - 1, 0)
    none = np.zeros(shape, dtype=np.int64)
    return Programmed(
        g=cells.read(x).reshape(shape),
        state=x.reshape(shape),
        pulses=number.reshape(shape),
        reads=none,
        turns=none,
        energy=energy.reshape(shape),
        time=(number * nominal.width).reshape(shape),
        verified=none.astype(bool),
    )


def _numbers(nominal: ProgrammingTransfer, target: Array, x: Array, level: int, most: int) -> Array:
    """Pulses after which the nominal cell is nearest to each target, (cells,)."""
    x = x.copy()
    best, number = abs(nominal.read(x) - target), np.zeros(len(x), dtype=np.int64)
    for k in range(1, most + 1):
        before = x.copy()
        nominal.pulse(x, np.full(len(x), level))
        missed = abs(nominal.read(x) - target)
        number = np.where(missed < best, k, number)
        best = np.minimum(best, missed)
        if np.array_equal(before, x):
            break
    return number
