r"""How far a read settles that is short beside the charging of its lines.

With capacitances C at the nodes and conductances K between them, the current into the sensed end of
bit line j after an impulse of source r has the transform

.. math:: H(s) = a_j^T (K + s C)^{-1} b_r = t - m_1 s + m_2 s^2 - \dots

Its coefficients follow one by one, each from a solve of the resistances with the currents that the
last fields drive through the capacitances: :math:`K x_{n+1} = C x_n`. The impulse response is
nowhere negative, so that :math:`m_1 / t` and :math:`2 m_2 / t - (m_1 / t)^2` are the mean and the
variance of a distribution: of when the current arrives.
"""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from xbarsim.backend import Array, array_namespace, require_memory, to_numpy, transposed
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.wires import Lines, Wires, check_conductances, lines_of
from xbarsim.errors import SpecError
from xbarsim.parallel import blas_threads, spread

_RTOL = 1e-11  # of the solves; all moments are of terms of one sign and keep about as many digits
_AT_ONCE = 2**17  # cells times sources of a task
_BYTES = 100.0  # that a task holds for each of these


@dataclass(frozen=True, kw_only=True)
class Settling:
    """When the current that a source drives arrives at an output.

    Parameters
    ----------
    tau : mean, the Elmore delay, (..., rows, cols) s.
    variance : (..., rows, cols) s^2.
    """

    tau: Array
    variance: Array


def elmore(g: Array, wires: Wires, c_word: float, c_bit: float) -> Array:
    r"""First moment of the response of each output to each source over their transfer, exact.

    Parameters
    ----------
    g : cell conductances, (..., rows, cols) S. Computed on the host, in float64.
    wires : line and terminal resistances, without broken segments.
    c_word, c_bit : capacitance to ground of each word-line node and of each bit-line node, one at
        every cell, F. Sources are steps, sense ends virtual grounds.

    Returns
    -------
    tau : (..., rows, cols) s, in the precision of `g`; 0 where nothing is transferred.

    Raises
    ------
    SpecError : a capacitance is negative or not finite, a line is broken, or as
        `xbarsim.crossbar.solve`.
    ConvergenceError, ResourceError : as `xbarsim.crossbar.solve`.

    Notes
    -----
    Two solves for each source, or for each sensed end where these are fewer.

    References
    ----------
    Elmore, "The transient response of damped linear networks", J. Appl. Phys. 19, 55 (1948).
    """
    xp = array_namespace(g)
    g = xp.asarray(g)
    (tau,) = _means(g, wires, c_word, c_bit, 1)
    return xp.asarray(tau, dtype=g.dtype)


def settling(g: Array, wires: Wires, c_word: float, c_bit: float) -> Settling:
    """Mean and variance of the arrival at each output, exact, at one and a half of `elmore`'s cost.

    Parameters
    ----------
    g, wires, c_word, c_bit : as `elmore` takes them.

    Raises
    ------
    SpecError, ConvergenceError, ResourceError : as `elmore`.
    """
    xp = array_namespace(g)
    g = xp.asarray(g)
    mean, half_square = _means(g, wires, c_word, c_bit, 2)
    variance = xp.asarray(2 * half_square - mean**2, dtype=g.dtype)
    return Settling(tau=xp.asarray(mean, dtype=g.dtype), variance=variance)


def settled(t_read: float, tau: Array, variance: Array | None = None) -> Array:
    r"""Share of its final value that a current has reached at the end of a read.

    .. math:: 1 - e^{-T / \tau}
        \quad\text{or, with } k = \tau^2 / \sigma^2, \quad
        P(k, k T / \tau)

    with P the regularised incomplete gamma function: arrivals taken as a gamma distribution of the
    right mean and variance, which for k = 1 is the single pole.

    Parameters
    ----------
    t_read : T, s.
    tau : mean of the arrival, s.
    variance : sigma^2 of the arrival, s^2; None for the single pole.

    Raises
    ------
    SpecError : the time is negative.

    Notes
    -----
    Error of the share against the whole network, as median, 99th percentile and largest of all
    outputs of 500 arrays of 4 to 16 lines with cells of 1 .. 100 uS, segments of 2.5 .. 3e3 ohm and
    terminals of 1 .. 1e4 ohm, c_bit of 0.3 .. 3 c_word, one or both ends driven and sensed:

    =======  ==================  ==================
    T / tau  single pole         gamma
    =======  ==================  ==================
    0.5      0.081, 0.28, 0.54   0.009, 0.16, 0.55
    1        0.016, 0.17, 0.36   0.017, 0.06, 0.28
    2        0.024, 0.08, 0.14   0.003, 0.06, 0.10
    3        0.018, 0.05, 0.06   0.002, 0.04, 0.08
    5        0.005, 0.04, 0.06   0.001, 0.03, 0.06
    =======  ==================  ==================

    The largest are of cells next to a source and a sense end in arrays that lose most of their
    current to the wires: part of it comes at once and the rest by far longer ways. Long unused
    lines beside the cells do the same: of 6 x 6 cells in an array of 40 x 44 with segments of 300
    and 500 ohm the share is off by up to 0.17 where a few per cent have arrived, and by 0.03 from
    0.4 on.

    References
    ----------
    Lin, Acar and Pileggi, "h-gamma: an RC delay metric based on a gamma distribution approximation
    of the homogeneous response", Proc. IEEE/ACM ICCAD (1998) 19.
    """
    if not t_read >= 0:
        raise SpecError(f"t_read is {t_read!r} s; it must be at least 0 s")
    xp, dtype = array_namespace(tau), tau.dtype
    tau = np.asarray(to_numpy(tau), dtype=float)
    if variance is None:
        late = np.divide(t_read, tau, out=np.full_like(tau, np.inf), where=tau > 0)
        return xp.asarray(-np.expm1(-late), dtype=dtype)
    from scipy.special import gammainc

    variance = np.asarray(to_numpy(variance), dtype=float)
    takes = (tau > 0) & (variance > 0)
    k = np.divide(tau**2, variance, out=np.ones_like(tau), where=takes)
    late = np.divide(k * t_read, tau, out=np.zeros_like(tau), where=takes)
    return xp.asarray(np.where(takes, gammainc(k, late), t_read >= tau), dtype=dtype)


def _means(g: Array, wires: Wires, c_word: float, c_bit: float, order: int) -> Array:
    """Moments m_1 .. m_order over the transfer, (order, ..., rows, cols) s, s^2 ...

    Raises
    ------
    SpecError : as `elmore`.
    """
    for name, farad in (("c_word", c_word), ("c_bit", c_bit)):
        if not (isfinite(farad) and farad >= 0):
            raise SpecError(f"{name} is {farad!r} F; it must be finite and at least 0 F")
    check_conductances(g)
    g = np.asarray(to_numpy(g), dtype=float)
    *_, rows, cols = g.shape
    lines, unit = lines_of(wires, (rows, cols)), max(c_word, c_bit)
    if not lines.whole:
        raise SpecError("wires hold a broken segment (inf ohm); how it settles is not known")
    if wires.ideal or unit == 0:
        return np.zeros((order, *g.shape))
    stack, from_sources = g.reshape(-1, rows, cols), rows <= cols
    k = min(rows, cols)
    at_once = max(1, min(-(-k // (2 * blas_threads())), _AT_ONCE // (rows * cols)))
    require_memory(
        8.0 * (order + 2) * g.size + _BYTES * blas_threads() * at_once * rows * cols,
        f"how an array of {g.shape} settles",
    )
    sources = [slice(a, min(a + at_once, k)) for a in range(0, k, at_once)]
    tasks = [(one, part) for one in range(len(stack)) for part in sources]
    found = np.empty((order + 1, len(stack), k, max(rows, cols)))

    def chain(task: tuple[int, slice]) -> None:
        one, part = task
        volts, c = np.eye(k)[part], (c_word / unit, c_bit / unit)
        found[:, one, part] = _chain(stack[one], lines, volts, from_sources, c, order)

    spread(chain, tasks)
    moments = found if from_sources else transposed(found)
    means = np.divide(moments[1:], moments[0], out=np.zeros_like(moments[1:]), where=moments[0] > 0)
    powers = unit ** np.arange(1, order + 1)
    return (powers[:, None, None, None] * means).reshape(order, *g.shape)


def _chain(
    g: Array, lines: Lines, volts: Array, from_sources: bool, c: tuple[float, float], order: int
) -> Array:
    """Currents that leave the array at the far terminals, for each moment, (order + 1, k, lines).

    Parameters
    ----------
    volts : of the sources, (k, rows), or of the sensed ends, (k, cols).
    c : capacitance of word-line and of bit-line nodes.
    """
    from xbarsim.crossbar._settling import lone_bits, lone_words

    word, bit = lines.bounded
    ends = Ends(left=volts, right=volts) if from_sources else Ends(top=volts, bottom=volts)
    nodes = line_solve(g, lines, ends, rtol=_RTOL)
    v_word, v_bit = nodes.v_word, nodes.v_bit
    across = -2 if from_sources else -1
    left = [nodes.i_cell.sum(axis=across) * (1 if from_sources else -1)]
    for _ in range(order):
        fed = c[1] * v_bit.sum(axis=-2) if from_sources else c[0] * v_word.sum(axis=-1)
        # what wires alone would make of the currents; then cells as sources of what they conduct
        lone_words(word, c[0], v_word)
        lone_bits(bit, c[1], v_bit)
        nodes = line_solve(g, lines, Ends(), injected=g * (v_word - v_bit), rtol=_RTOL)
        v_word += nodes.v_word
        v_bit += nodes.v_bit
        drained = nodes.i_cell.sum(axis=across)
        left.append(fed + drained if from_sources else fed - drained)
    return np.stack(left)
