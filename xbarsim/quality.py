"""What each layer of a mapped network makes of its signals: noise, clipping, IR drop."""

from typing import TYPE_CHECKING, Any

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.errors import SpecError
from xbarsim.mapping.graph import block_product
from xbarsim.network import Network, thinned
from xbarsim.tile import Tile

if TYPE_CHECKING:
    import pandas as pd

_VECTORS = 4096  # of those a matrix is given that are looked at, evenly spread, at the most


def layer_quality(network: Network, *x: Array) -> "pd.DataFrame":
    """How well each matrix of a network is read, at its present age.

    Parameters
    ----------
    network : programmed, its converters ranged.
    x : typical inputs (n, ...), for each of the graph's inputs.

    Returns
    -------
    A row for each matrix. Each is given what the network gives it, all noise and errors of the
    layers before included, and its outputs are compared with the exact product:

    ``vectors`` : how many vectors it is given for an input.
    ``snr`` : variance of the exact outputs over the mean square of the error, dB.
    ``gain`` : slope of the line through the origin that fits outputs to exact ones best, 1.
    ``enob`` : bits of a uniform converter that would give a full-scale sine as much noise:
        (snr - 1.76 dB) / 6.02 dB (IEEE Std 1241).
    ``clipped`` : share of conversions of outputs that exceed the converters' range.
    ``clipped_inputs`` : share of inputs that exceed theirs.
    ``ir_drop`` : share of the columns' currents that wires take, 1.

    Raises
    ------
    SpecError : no inputs, or inputs that do not fit the network.
    """
    import pandas as pd

    if len(x) == 0 or len(x[0]) == 0:
        raise SpecError("the quality of layers needs at least one input")
    blocks, rows = network.graph.blocks(), []
    for (layer, name), vectors in network.vectors(*x).items():
        few = thinned(vectors, _VECTORS)
        tile = network.tiles[layer, name][0]
        exact = to_numpy(block_product(blocks[layer, name], few))
        row: dict[str, Any] = {"layer": layer, "block": name, "vectors": len(vectors) / len(x[0])}
        row |= _error(to_numpy(tile(few)), exact)
        row |= {"clipped": tile.clipping(few), "clipped_inputs": tile.input_clipping(few)}
        rows.append(row | {"ir_drop": ir_drop(tile, few)})
    return pd.DataFrame(rows)


def _error(found: Any, exact: Any) -> dict[str, float]:
    """Signal to noise, slope and bits of outputs (n, out)."""
    import numpy as np

    power, error = float(exact.var()), float(((found - exact) ** 2).mean())
    snr = 10 * np.log10(power / error) if error > 0 else float("inf")
    gain = float((found * exact).sum() / max(float((exact**2).sum()), 1e-300))
    return {"snr": float(snr), "gain": gain, "enob": float((snr - 1.76) / 6.02)}


def ir_drop(tile: Tile, x: Array) -> float:
    """Share of the column currents that the tile's wires take when inputs (n, in) are read."""
    if tile.wires.ideal:
        return 0.0
    without = with_wires = 0.0
    for drive in tile.drives(x):
        v = drive.weight * array_namespace(drive.v).abs(drive.v)
        without += _total(v, tile.g)
        with_wires += _total(v, tile.cells.steady)
    return 1 - with_wires / without if without else 0.0


def _total(v: Array, t: Array) -> float:
    """Sum of all currents for voltages (down, n, rows) and matrices (down, across, rows, cols)."""
    return float((v.sum(axis=1) * t.sum(axis=(1, 3))).sum())
