r"""Variance that read noise of the cells gives to the outputs for given inputs, through the wires.

To first order in the noise an output changes by :math:`-\sum_c \delta g_c u_c a_{oc}` (see
`xbarsim.crossbar.noise`), where u are the drops across the cells for the inputs, and a those for
a volt at the output's sensed ends. Independent cells then give the variance

.. math:: \sum_c (\sigma_c a_{oc} u_c)^2 .

`xbarsim.crossbar.read_noise` prepares this for any input at the cost of many solutions; here there
is one for each input and one for each output.
"""

import numpy as np

from xbarsim.backend import Array, require_memory
from xbarsim.crossbar.read_noise import drops
from xbarsim.crossbar.wires import Wires, check_conductances, lines_of
from xbarsim.errors import SpecError

_CELLS = 1 << 24  # drops that are held together


def noise_at(g: Array, sigma: Array, wires: Wires, v: Array, decode: Array | None = None) -> Array:
    """Variance of every output in one read of each input, (n, out) A^2.

    Parameters
    ----------
    g, sigma : conductances and their standard deviations in a read, (rows, cols) S, numpy.
    wires : line and terminal resistances.
    v : source voltages, (n, rows) V.
    decode : outputs from bit-line currents, (cols, out); None for the bit lines themselves.

    Raises
    ------
    SpecError : shapes disagree, or as `xbarsim.crossbar.solve`.
    ConvergenceError, ResourceError : as `xbarsim.crossbar.solve`.
    """
    g, sigma, v = (np.asarray(array, dtype=float) for array in (g, sigma, v))
    decode = np.eye(g.shape[-1]) if decode is None else np.asarray(decode, dtype=float)
    check_conductances(g)
    if g.ndim != 2 or sigma.shape != g.shape:
        raise SpecError(f"sigma has shape {sigma.shape}; it must be that of g, {g.shape}")
    if v.ndim != 2 or v.shape[1] != len(g):
        raise SpecError(f"v has shape {v.shape}; expected (n, {len(g)})")
    if wires.ideal:
        found: Array = v**2 @ (sigma**2 @ decode**2)
        return found
    lines = lines_of(wires, g.shape)
    require_memory(12.0 * (len(v) * g.size + _CELLS), f"read noise of an array of {g.shape}")
    heat = (drops(g, lines, v, "sources") * sigma).reshape(len(v), -1) ** 2
    out = np.empty((len(v), decode.shape[1]))
    step = max(1, _CELLS // g.size)
    for a in range(0, decode.shape[1], step):
        sensed = np.ascontiguousarray(decode[:, a : a + step].T)
        seen = drops(g, lines, sensed, "sensed").reshape(len(sensed), -1)
        out[:, a : a + step] = heat @ (seen**2).T
    return out
