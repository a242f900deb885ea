"""Networks on ideal arrays that are so small that matrices are cut."""

import numpy as np

from xbarsim import Encoding, Hardware, Network, load_device, map_network

SMALL, MIDDLE = (7, 5), (16, 24)  # rows and columns
CELLS = {
    "pairs": {},
    "copies": {"encoding": Encoding(kind="balanced", copies=2), "scaling": "column"},
    "offset": {"encoding": "offset", "bias_rows": 2, "scaling": "column"},
    "analog sums": {"partial_sums": "analog", "bias_rows": 1},
}


def on_tiles(model, *x, size=SMALL, cut=True, **settings):
    """The output of a network in single precision, and its placement.

    `cut` asks that every matrix takes several arrays.
    """
    rows, cols = size
    hardware = Hardware(device=load_device("ideal"), rows=rows, cols=cols, **settings)
    placed = map_network(model, hardware)
    assert not cut or all(part.arrays > 1 for part in placed.partitions.values())
    network = Network(placed)
    network.program()
    y = network(*x)
    assert y.dtype == np.float32
    return y, placed


def same(found, expected):
    """Within 1e-5, of numbers up to about 1."""
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * max(1, abs(expected).max()))


def layers(placed):
    """Names of the matrices that stand on tiles, each with that of its layer."""
    return [f"{layer}.{block}" if block else layer for layer, block in placed.partitions]
