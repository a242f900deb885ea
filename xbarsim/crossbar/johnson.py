"""Thermal and shot noise of the currents that a wired array gives into its sense amplifiers."""

from collections.abc import Callable
from math import sqrt

import numpy as np

from xbarsim.backend import Array, require_memory
from xbarsim.constants import BOLTZMANN, CHARGE
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.solve import check_inputs
from xbarsim.crossbar.wires import Wires, lines_of

_CELLS_AT_ONCE = 500_000


def johnson_noise(g: Array, wires: Wires, bandwidth: float, temperature: float, z: Array) -> Array:
    """Thermal noise of the output currents, cells and wires at one temperature; as `z`, A.

    Parameters
    ----------
    g, wires : as `johnson_root` takes them.
    bandwidth : Hz.
    temperature : K.
    z : standard normals, (k, cols).

    Raises
    ------
    SpecError, ConvergenceError, ResourceError : as `xbarsim.crossbar.solve`.
    """
    return johnson_scale(bandwidth, temperature) * (z @ johnson_root(g, wires))


def johnson_scale(bandwidth: float, temperature: float) -> float:
    """Root of 4 k T B for a `bandwidth` in Hz at a `temperature` in K, W^1/2."""
    return sqrt(4 * BOLTZMANN * temperature * bandwidth)


def johnson_root(g: Array, wires: Wires) -> Array:
    r"""What makes thermal noise of standard normals: a root of Y, symmetric, (cols, cols) S^1/2.

    The currents into short-circuited terminals of a passive network have the covariance

    .. math:: \langle I_j I_k \rangle = 4 k T B\,Y_{jk}

    where Y is the conductance between the terminals (Nyquist 1928; Twiss 1955): here between the
    sensed ends of the bit lines, while the sources hold the word lines. It does not depend on the
    inputs.

    Parameters
    ----------
    g : (rows, cols) S, numpy.
    wires : line and terminal resistances.

    Raises
    ------
    SpecError, ConvergenceError, ResourceError : as `xbarsim.crossbar.solve`.

    References
    ----------
    Nyquist, "Thermal agitation of electric charge in conductors", Phys. Rev. 32, 110 (1928).
    Twiss, "Nyquist's and Thevenin's theorems generalized for nonreciprocal linear networks",
    J. Appl. Phys. 26, 599 (1955).
    """
    if wires.ideal:
        return np.diag(np.sqrt(g.sum(axis=0)))
    y = -np.einsum("rk,jrk->jk", g, _sensed(g, wires))
    values, vectors = np.linalg.eigh(0.5 * (y + y.T))
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


def shot_noise(
    g: Array, v: Array, wires: Wires, bandwidth: float, draw: Callable[[tuple[int, ...]], Array]
) -> Array:
    r"""Shot noise of the output currents, :math:`2 q |I| B` in each cell; (k, cols) A.

    The noise of a cell's current flows through the wires to every output, which takes no
    approximation, since the circuit is linear.

    Parameters
    ----------
    g : (rows, cols) S, numpy.
    v : source voltages, (k, rows) V.
    wires : line and terminal resistances.
    bandwidth : B, Hz.
    draw : function of a shape that gives standard normals.

    Raises
    ------
    SpecError, ConvergenceError, ResourceError : as `xbarsim.crossbar.solve`.

    References
    ----------
    Hennen et al., IEEE Trans. Electron Devices (2024), as in `xbarsim.effects.noise`.
    """
    check_inputs(g, v)
    scale = 2 * CHARGE * bandwidth
    if wires.ideal:
        spread = np.sqrt(scale * (np.abs(v) @ g))
        return spread * draw(spread.shape)
    adjoint = _sensed(g, wires).reshape(g.shape[1], -1)
    lines, out = lines_of(wires, g.shape), np.empty((len(v), g.shape[1]))
    step = max(1, _CELLS_AT_ONCE // g.size)
    for start in range(0, len(v), step):
        part = v[start : start + step]
        i = line_solve(g, lines, Ends(left=part, right=part)).i_cell
        noise = np.sqrt(scale * np.abs(i)) * draw(i.shape)
        out[start : start + step] = -noise.reshape(len(part), -1) @ adjoint.T
    return out


def _sensed(g: Array, wires: Wires) -> Array:
    """Drops across the cells with the sensed end of each line at 1 V, all else at 0: V at 1 V.

    Returns
    -------
    (cols, rows, cols), the line that is at 1 V first.
    """
    cols = g.shape[1]
    require_memory(32.0 * g.size * cols, f"the noise of an array of {g.shape}")
    unit = np.eye(cols)
    found = line_solve(g, lines_of(wires, g.shape), Ends(top=unit, bottom=unit))
    return found.v_word - found.v_bit
