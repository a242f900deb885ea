"""What compiled loops ask of cells that take whole pulses, and the pulses that they give them."""

from typing import NamedTuple

import numpy as np
from numba import njit

from xbarsim.backend import Array
from xbarsim.programming._loop import normal
from xbarsim.programming._pulses import _between, _place
from xbarsim.programming.pulsed import PulsedCells

UP, DOWN = 0, 1  #: kinds of pulses


class PulseTables(NamedTuple):
    """Cells one after the other, in the order of a flat array.

    Parameters
    ----------
    member, scale, low, high, step, noise, energy : of `xbarsim.programming.PulsedCells`; no members
        of `energy` where it is not known.
    g : conductance, (members, 1, nodes) S.
    seed : from which the noise of a cell's pulses follows, (cells,) of uint64; empty without noise.
    """

    member: Array
    scale: Array
    low: Array
    high: Array
    step: Array
    noise: Array
    energy: Array
    g: Array
    seed: Array


def tables_of(cells: PulsedCells, z: Array) -> PulseTables:
    """Those of cells whose noise follows from the normals `z`, shape of the cells."""
    n = cells.member.size
    return PulseTables(
        member=cells.member.reshape(-1),
        scale=np.ones((2, n)) if cells.scale is None else cells.scale.reshape(2, n),
        low=np.ascontiguousarray(cells.low),
        high=np.ascontiguousarray(cells.high),
        step=cells.step,
        noise=cells.noise,
        energy=np.empty((0, 2, 2)) if cells.energy is None else cells.energy,
        g=np.ascontiguousarray(cells.g[:, None]),
        seed=z.reshape(-1).view(np.uint64) if cells.noisy else np.empty(0, np.uint64),
    )


@njit(nogil=True, cache=True, error_model="numpy")
def one_train(at, c, x, kind, number, first):  # type: ignore[no-untyped-def]
    """State of cell `c` after `number` pulses of one kind from the state `x`, and their heat, J.

    Parameters
    ----------
    first : pulses that the cell has had before, the place of its noise.
    """
    m, heat = at.member[c], 0.0
    for n in range(number):
        place = _place(x, at.low[m], at.high[m], at.step.shape[2])
        move = _between(at.step, m, kind, place)
        if len(at.seed) > 0:
            move += _between(at.noise, m, kind, place) * normal(at.seed[c], first + n)
        if len(at.energy) > 0:
            heat += _between(at.energy, m, kind, place)
        x = min(max(x + at.scale[kind, c] * move, at.low[m]), at.high[m])
    return x, heat


@njit(nogil=True, cache=True, error_model="numpy")
def conductance(at, c, x):  # type: ignore[no-untyped-def]
    """Of cell `c` in state `x`, S."""
    m = at.member[c]
    return _between(at.g, m, 0, _place(x, at.low[m], at.high[m], at.g.shape[2]))
