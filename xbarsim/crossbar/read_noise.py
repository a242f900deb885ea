r"""Variance that read noise of the cells gives to the outputs, through the wires, to first order.

An output o, some combination of bit lines, changes by :math:`-\sum_c \delta g_c u_c a_{oc}`, see
`xbarsim.crossbar.noise`, so that independent cells give it the variance

.. math:: v^T Q_o v = \sum_c (\sigma_c a_{oc} u_c)^2, \quad u_c = U_c v .

The drop across a cell is its own input times a factor, less what other inputs do to its lines,
which is smooth along these: Q_o is a diagonal and a matrix of low rank. The latter is found by
subspace iteration, with the diagonal free, as in a factor analysis.
"""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, array_namespace, require_memory, transposed
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.wires import Lines, Wires, check_conductances, lines_of
from xbarsim.errors import SpecError
from xbarsim.parallel import pieces, spread

_ENSEMBLES = (0.0, 3.0)  # mean squared over variance of inputs: standard normal, uniform in 0..1
_RTOL = 1e-6  # of the solves; float32 keeps no more
_STEPS = 6  # of the iteration, after which little is gained
_FEWEST = 4  # modes tried first
_FINEST = 1e-5  # tolerance that float32 can hold
_INPUTS = 128  # evaluated together: their modes stay in cache


@dataclass(frozen=True, kw_only=True)
class ReadNoise:
    """What read noise does to the outputs of an array.

    Parameters
    ----------
    own : variance for the square of each input, (rows, out) S^2.
    modes : combinations of inputs, (rows, rank, out) S, whose squares are added to that.
    signs : of each mode's square, +1 or -1, (rank, out).
    error : bound of the error of the variance, root mean square over inputs drawn independently,
        standard normal or uniform in 0..1 V, over the mean variance; of the worst output, 1.
    """

    own: Array
    modes: Array
    signs: Array
    error: float

    def variance(self, v: Array) -> Array:
        """Variance of every output in one read.

        Parameters
        ----------
        v : source voltages, (n, rows) V, whose precision the arithmetic takes.

        Returns
        -------
        (n, out) A^2.

        Raises
        ------
        SpecError : `v` has another shape.
        """
        xp = array_namespace(v)
        v = xp.asarray(v)
        if v.ndim != 2 or v.shape[1] != len(self.own):
            raise SpecError(f"v has shape {v.shape}; expected (n, {len(self.own)})")
        own, modes, signs = (
            xp.asarray(array, dtype=xp.result_type(v, np.float32))
            for array in (self.own, self.modes.reshape(len(self.own), -1), self.signs)
        )
        found = xp.empty((len(v), own.shape[1]), own.dtype)

        def part(chosen: slice) -> None:
            for a in range(chosen.start, chosen.stop, _INPUTS):
                some = v[a : min(a + _INPUTS, chosen.stop)]
                parts = (some @ modes).reshape(len(some), *signs.shape)
                parts *= parts
                parts *= signs
                total = some * some @ own + parts.sum(axis=1)
                xp.maximum(total, 0, out=found[a : a + len(some)])

        spread(part, pieces(len(v), _INPUTS)) if xp is np else part(slice(0, len(v)))
        return found


def read_noise(
    g: Array, sigma: Array, wires: Wires, decode: Array | None = None, *, tolerance: float = 1e-3
) -> ReadNoise:
    """Prepare the variance of an array's outputs for any number of inputs.

    Parameters
    ----------
    g : conductances, (rows, cols) S, numpy.
    sigma : standard deviation of each cell in one read, (rows, cols) S.
    wires : line and terminal resistances.
    decode : outputs from bit-line currents, ``i @ decode``, (cols, out), for instance +1 and -1 for
        the two columns of a differential pair; None for the bit lines themselves.
    tolerance : accepted `ReadNoise.error`, 1e-5 or more.

    Raises
    ------
    SpecError : shapes disagree, a number is not allowed, or as `xbarsim.crossbar.solve`.
    ConvergenceError, ResourceError : as `xbarsim.crossbar.solve`.

    Notes
    -----
    All cells count in what each input does by itself, and in how pairs of inputs act together those
    of the columns that make up the output. Of the other cells, whose noise an output gets through
    word lines, that is taken to first order in what inputs do to cells of other rows; what remains
    is bounded, and where the bound is beyond half the tolerance all cells count.

    For 128 x 128 cells of 1 .. 100 uS and segments of 2.5 ohm, other columns give up to 0.5 % of a
    variance, that of the difference of a pair is 0.7 % above the sum (1.5 % at most), and it takes
    about nine modes. The outputs are correlated with each other, by -0.4 % on average there, which
    is nothing for each and takes 40 % off the variance of the sum of all; of this nothing is kept.
    `xbarsim.crossbar.noise.Sensitivity.covariance` gives it.
    """
    g, sigma = np.asarray(g, dtype=float), np.asarray(sigma, dtype=float)
    decode = np.eye(g.shape[-1]) if decode is None else np.asarray(decode, dtype=float)
    _check(g, sigma, decode, tolerance)
    rows, out, unit = len(g), decode.shape[1], float(sigma.max())
    if wires.ideal or unit == 0:
        none = np.zeros((rows, 0, out))
        return ReadNoise(own=sigma**2 @ decode**2, modes=none, signs=none[0], error=0.0)
    lines = lines_of(wires, g.shape)
    floats = 3 * rows * g.size + 3 * out * g.size + 5 * out * rows**2
    require_memory(4.0 * floats, f"the read noise of an array of {g.shape}")
    drop = drops(g, lines, np.eye(rows), "sources")
    weight = (drops(g, lines, decode.T, "sensed") * (sigma / unit).astype(np.float32)) ** 2
    own = weight.reshape(out, -1) @ (drop**2).reshape(rows, -1).T
    pairs, missed = _pairs(drop, weight, own, decode.T != 0, tolerance)
    return _factored(own, pairs, missed, tolerance, unit)


def _check(g: Array, sigma: Array, decode: Array, tolerance: float) -> None:
    check_conductances(g)
    if not _FINEST <= tolerance < 1:
        raise SpecError(f"tolerance is {tolerance!r}; it must be within {_FINEST:g}..1")
    if g.ndim != 2:
        raise SpecError(f"g has shape {g.shape}; read noise is that of one array, (rows, cols)")
    if sigma.shape != g.shape:
        raise SpecError(f"sigma has shape {sigma.shape}; it must be that of g, {g.shape}")
    if decode.ndim != 2 or len(decode) != g.shape[1]:
        raise SpecError(f"decode has shape {decode.shape}; expected ({g.shape[1]}, out)")
    for name, array, allowed in (("sigma", sigma, sigma >= 0), ("decode", decode, True)):
        bad = ~(np.isfinite(array) & allowed)
        if bad.any():
            raise SpecError(f"{name} holds {array[bad][0]:g}; it must be finite, sigma at least 0")


def drops(g: Array, lines: Lines, volts: Array, at: str) -> Array:
    """Drops across the cells for voltages at the sources or the sensed ends, (k, rows, cols)."""
    found = np.empty((len(volts), *g.shape), np.float32)

    def part(chosen: slice) -> None:
        v = volts[chosen]
        ends = Ends(left=v, right=v) if at == "sources" else Ends(top=v, bottom=v)
        nodes = line_solve(g, lines, ends, rtol=_RTOL)
        np.subtract(nodes.v_word, nodes.v_bit, out=found[chosen], casting="same_kind")

    spread(part, pieces(len(volts)))
    return found


def _pairs(
    drop: Array, weight: Array, own: Array, made_of: Array, tolerance: float
) -> tuple[Array, Array]:
    """What pairs of inputs give together, and a bound of what that leaves out.

    Parameters
    ----------
    drop : (rows, rows, cols), the source at 1 V first; what sources do to their own rows is lost.
    weight : (sigma a)^2, (out, rows, cols).
    own : the diagonals of Q, (out, rows).
    made_of : whether a column makes up an output, (out, cols).

    Returns
    -------
    Q without its diagonal, (out, rows, rows), and the bound as `ReadNoise.error` is one, (out,).
    """
    out, rows, _ = weight.shape
    each = np.arange(rows)
    itself = drop[each, each]
    drop[each, each] = 0
    first = (weight * itself).swapaxes(0, 1) @ drop.transpose(1, 2, 0)  # (rows, out, rows)
    pairs = first.swapaxes(0, 1) + first.transpose(1, 2, 0)
    columns = np.ascontiguousarray(drop.transpose(2, 0, 1))

    def part(chosen: slice) -> None:
        for o in range(chosen.start, chosen.stop):
            for c in np.flatnonzero(made_of[o]):
                pairs[o] += columns[c] * weight[o, :, c] @ columns[c].T

    spread(part, pieces(out))
    pairs[:, each, each] = 0
    others = (weight * ~made_of[:, None]).reshape(out, -1)
    drop = drop.reshape(rows, -1)
    total, trace = others @ drop.sum(axis=0) ** 2, others @ (drop**2).sum(axis=0)
    rows_squared = trace * (np.sqrt(total) + np.sqrt(trace)) ** 2
    missed = _rms(total + trace, trace**2, rows_squared, own, pairs)
    for o in np.flatnonzero(missed > tolerance / 2):
        pairs[o] += drop * others[o] @ drop.T
        pairs[o, each, each] = missed[o] = 0
    return pairs, missed


def _rms(total: Array, squares: Array, rows_squared: Array, own: Array, pairs: Array) -> Array:
    """Error of the variance of each output, over its mean, of the worst of `_ENSEMBLES`, (out,).

    Parameters
    ----------
    total, squares, rows_squared : of a matrix without a diagonal, by which Q is off: the sum of its
        elements, of their squares and of the squares of the sums of rows.
    own, pairs : Q.
    """
    trace = own.sum(axis=1)
    whole = trace + pairs.sum(axis=(1, 2))
    errors = []
    for m in _ENSEMBLES:
        mean = trace + m * whole
        off = np.sqrt((m * total) ** 2 + 2 * squares + 4 * m * rows_squared)
        errors.append(np.divide(off, mean, out=np.zeros_like(off), where=mean > 0))
    return np.maximum(*errors)


def _factored(own: Array, pairs: Array, missed: Array, tolerance: float, unit: float) -> ReadNoise:
    """Q as a diagonal and as few modes as the tolerance asks for."""
    out, rows = own.shape
    scale = np.sqrt(np.where(own > 0, own, 1))
    scaled, rank = pairs / (scale[:, :, None] * scale[:, None, :]), 0
    vectors, inner = np.zeros((out, rows, 0), np.float32), np.zeros((out, 0, 0), np.float32)

    def part(chosen: slice) -> None:
        vectors[chosen], inner[chosen] = _leading(scaled[chosen], scale[chosen], rank)

    while True:
        error = missed + _rms(*_left(scaled, vectors, inner, scale), own, pairs)
        if (error <= tolerance).all() or rank == rows:
            break
        rank = min(rows, max(_FEWEST, 3 * rank // 2))
        vectors, inner = np.empty((out, rows, rank), np.float32), np.empty((out, rank, rank), "f")
        spread(part, pieces(out))
    values, turned = np.linalg.eigh(inner)
    modes = vectors @ turned * np.sqrt(np.abs(values))[:, None] * scale[:, :, None]
    signs = np.sign(values)
    own = own - np.einsum("oik,ok->oi", modes**2, signs)
    return ReadNoise(
        own=unit**2 * own.T,
        modes=unit * np.ascontiguousarray(modes.transpose(1, 2, 0)),
        signs=np.ascontiguousarray(signs.T),
        error=float(error.max(initial=0.0)),
    )


def _leading(matrices: Array, kept: Array, rank: int) -> tuple[Array, Array]:
    """Orthonormal V and H with V H V^T close to `matrices`, (k, n, n), but for their diagonals.

    V holds the vectors `kept`, (k, n), and what the matrices make of them: alike inputs count most.
    """
    n = matrices.shape[-1]
    smooth = np.cos(np.pi / n * np.outer(np.arange(n) + 0.5, np.arange(rank)))
    vectors = np.broadcast_to(smooth.astype(np.float32), (len(matrices), n, rank))
    diagonal = np.zeros((*matrices.shape[:2], 1), np.float32)
    for _ in range(_STEPS):
        image = matrices @ vectors + diagonal * vectors
        image = np.concatenate([kept[:, :, None], image[:, :, :-1]], axis=-1)
        vectors = np.linalg.qr(image)[0]
        inner = transposed(vectors) @ (matrices @ vectors + diagonal * vectors)
        diagonal = (vectors @ inner * vectors).sum(axis=-1, keepdims=True)
    return vectors, inner


def _left(scaled: Array, vectors: Array, inner: Array, scale: Array) -> tuple[Array, Array, Array]:
    """What `_rms` asks of the matrices that V H V^T leaves of `scaled`, in units of Q."""
    left = scaled - vectors @ inner @ transposed(vectors)
    left *= scale[:, :, None] * scale[:, None, :]
    np.einsum("oii->oi", left)[...] = 0
    by_row = left.sum(axis=2)
    return by_row.sum(axis=1), (left**2).sum(axis=(1, 2)), (by_row**2).sum(axis=1)
