"""Weights around cells that are stuck: inputs on other rows, other cells that make up for them."""

import numpy as np

from xbarsim.backend import Array, array_namespace, to_numpy

_PASSES = 3  # rounds in which cells share what others could not take


def row_order(targets: Array, stuck: Array) -> Array:
    """The input for each row of an array that is hurt least by cells that are stuck.

    Parameters
    ----------
    targets : conductances wanted, inputs in their order, (rows, cols) S.
    stuck : conductances of cells that are stuck, nan for others, (rows, cols) S.

    Returns
    -------
    (rows,) whole numbers: row r is to hold the targets of input ``order[r]``. The sum over stuck
    cells of the squared distance from what they should hold is the smallest there is.

    Notes
    -----
    An assignment problem (Kuhn 1955; `scipy.optimize.linear_sum_assignment`). Where no cell is
    stuck every input stays where it is.
    """
    from scipy.optimize import linear_sum_assignment

    targets, stuck = to_numpy(targets), to_numpy(stuck)
    bad = ~np.isnan(stuck)
    if not bad.any():
        return np.arange(len(targets))
    scale = np.abs(targets).max() or 1.0
    t, held = targets / scale, np.where(bad, stuck, 0.0) / scale
    mask = bad.astype(float)
    cost = mask @ (t**2).T - 2 * held @ t.T + (held**2).sum(axis=1)[:, None]
    stay = 1e-9 * (1 - np.eye(len(t)))  # of two equal orders, the one that moves less
    return np.asarray(linear_sum_assignment(cost + stay)[1])


def mended_pairs(
    targets: Array, stuck: Array, cells: int, paired: bool, window: tuple[float, float]
) -> Array:
    """Targets with which the healthy cells of a weight make up for those that are stuck.

    Parameters
    ----------
    targets : conductances wanted, (..., cols) S: `cells` columns for each signal.
    stuck : conductances of cells that are stuck, nan for others, of the same shape.
    cells : columns that together make a signal, their currents added up.
    paired : whether every second of them counts negative.
    window : lowest and highest conductance that can be programmed, S.
    """
    xp = array_namespace(targets)
    sign = xp.where(xp.arange(cells) % 2 == 1, -1.0, 1.0) if paired else xp.ones(cells)
    shape = (*targets.shape[:-1], -1, cells)
    wanted, held = targets.reshape(shape), stuck.reshape(shape)
    healthy = xp.isnan(held)
    mended = xp.where(healthy, wanted, held)
    for _ in range(_PASSES):
        missing = (sign * (wanted - mended)).sum(axis=-1, keepdims=True)
        step = sign * missing
        room = healthy & xp.where(step > 0, mended < window[1], mended > window[0])
        share = step / xp.maximum(room.sum(axis=-1, keepdims=True), 1)
        mended = xp.where(room, xp.clip(mended + share, *window), mended)
    return xp.where(healthy, mended, wanted).reshape(targets.shape)
