"""The weights that a tile's cells stand for."""

from numpy import moveaxis

from xbarsim.backend import Array, array_namespace
from xbarsim.tile.cells import Cells


def held(cells: Cells, factor: Array | float = 1.0) -> Array:
    """Weights over the largest as reads see them at this age, wires and settling included.

    Parameters
    ----------
    factor : against drift, one number or (down, across, 1, signals).

    Returns
    -------
    (outputs, inputs of a group).
    """
    code, window = cells.partition.encoding, cells.hardware.device.window
    signals, xp = code.decode(cells.transfer), array_namespace(cells.transfer)
    if not isinstance(factor, float):  # analog sums have one for all arrays on top of each other
        factor = xp.repeat(factor, len(signals) // len(factor), axis=0)
    blocks = moveaxis(code.combine(signals * factor) / (window[1] - window[0]), -1, -2)
    if cells.rows is not None:
        blocks = xp.take_along_axis(blocks, cells.rows.argsort(axis=-1)[:, None, None], axis=-1)
    return cells.partition.join_weights(blocks, xp)
