"""Leaky rate neurons whose sums are read from a tile, step after step."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from xbarsim.backend import Array
from xbarsim.parallel import spread
from xbarsim.reservoirs._activation import ACTIVATIONS
from xbarsim.reservoirs._dense_tile import dense_tile_run
from xbarsim.reservoirs._sparse_tile import sparse_tile_run
from xbarsim.reservoirs._together import shared
from xbarsim.reservoirs.topology import DENSE
from xbarsim.tile import Tile
from xbarsim.tile.compiled import Stages, in_type, joined
from xbarsim.tile.noise import power_near

if TYPE_CHECKING:
    from xbarsim.reservoirs.echo import EchoCore, Neurons

_LEFT_OUT = 1e-3  # of the outputs, that cells which were never formed may give through wires


@dataclass(frozen=True, kw_only=True, eq=False)
class Fast:
    """A tile as compiled loops read it.

    Parameters
    ----------
    stages : all that a read is; None where the loops do not know all of it.
    matrices : conductances and variances of a read as the loop takes them: connections, or whole.
    noise_error : of the variances, see `xbarsim.tile.noise.power_near`.
    left_out : what sparse loops leave out of the outputs, root mean square over it.
    """

    stages: Stages | None
    matrices: tuple[Any, ...] = ()
    sparse: bool = False
    noise_error: float = 0.0
    left_out: float = 0.0


def stages_near(tile: Tile, usual: Array | None) -> tuple[Stages | None, float]:
    """What a read of the tile is as it is now, noise through wires fitted on usual vectors.

    `usual` is None where none are known, (vectors, inputs). The stages are None where compiled
    loops do not know all of a read; the number is the error of `xbarsim.tile.noise.power_near`.
    """
    error = 0.0

    def through_wires() -> Array:
        nonlocal error
        power, error = power_near(tile.cells, tile.voltages(usual))
        return power

    return tile.stages(None if usual is None else through_wires), error


def fast(tile: Tile, n: int, usual: Array | None, dtype: Any) -> Fast:
    """Prepare reads of the tile as it is now.

    Parameters
    ----------
    n : neurons; the tile's first inputs are their states.
    usual : vectors that the tile is usually given, (vectors, inputs); None for none known.
    """
    stages, error = stages_near(tile, usual)
    if stages is None:
        return Fast(stages=None)
    formed = _formed(tile, stages)
    left = _left_out(stages, formed, tile, usual)
    if formed.mean() < DENSE and left < _LEFT_OUT:
        matrices = _connections(stages, formed, dtype)
        return Fast(stages=stages, matrices=matrices, sparse=True, noise_error=error, left_out=left)
    whole = stages.edges, _turned(stages.mean, dtype), *_in_units(stages.variance)
    return Fast(stages=stages, matrices=whole, noise_error=error)


def _in_units(variance: Array | None) -> tuple[Array | None, Array | None]:
    """Variances (down, rows, outputs) as whole numbers (down, outputs, rows), and their units."""
    if variance is None:
        return None, None
    largest = variance.max(axis=1, keepdims=True)
    unit = np.where(largest > 0, largest, 1.0) / 65535
    return _turned(np.rint(variance / unit), np.uint16), unit[:, 0].astype(np.float32)


def _turned(array: Array, dtype: Any) -> Array:
    """(down, rows, outputs) as (down, outputs, rows)."""
    return np.ascontiguousarray(array.swapaxes(1, 2), dtype=dtype)


def _formed(tile: Tile, stages: Stages) -> Array:
    """Which conductances of outputs have cells, (down, rows, outputs)."""
    cells = tile.cells
    there: Array = cells.partition.encoding.decode_variance(cells.formed.astype(float)) > 0
    return joined(cells, there)


def _left_out(stages: Stages, formed: Array, tile: Tile, usual: Array | None) -> float:
    """Root mean square of what outputs get where no cells are, over that of the outputs."""
    rest = np.where(formed, 0.0, stages.mean)
    if not rest.any() or usual is None:
        return 0.0
    v = tile.voltages(usual)
    missed, all_of_it = ((v @ each).sum(axis=0) for each in (rest, stages.mean))
    return float(np.sqrt((missed**2).mean() / (all_of_it**2).mean()))


def _connections(stages: Stages, formed: Array, dtype: Any) -> tuple[Any, ...]:
    """Connections of each output of each array: starts, index, conductances and variances."""
    down, rows, outputs = stages.mean.shape
    means, variances, ends, index = [], [], [np.zeros(1, np.uint32)], []
    total = 0
    for d in range(down):
        first, size = stages.edges[d], stages.edges[d + 1] - stages.edges[d]
        there = formed[d, rows - size :].T
        mask = sparse.csr_array(there)
        row, column = there.nonzero()
        means.append(stages.mean[d, rows - size :].T[row, column])
        if stages.variance is not None:
            variances.append(stages.variance[d, rows - size :].T[row, column])
        index.append(column + first)
        ends.append((mask.indptr[1:] + total).astype(np.uint32))
        total += mask.nnz
    kind = np.uint16 if stages.edges[-1] <= 1 << 16 else np.uint32
    variance = np.concatenate(variances).astype(dtype) if variances else None
    mean = np.concatenate(means).astype(dtype)
    return np.concatenate(ends), np.concatenate(index).astype(kind), mean, variance


def compiled(
    tile: Tile, ready: Fast, given: list[Array], state: Array, core: "EchoCore"
) -> list[Array]:
    """States (time, n) of each series, read by compiled loops."""
    stages, neurons, dtype = ready.stages, core.neurons, core.dtype
    assert stages is not None
    drivers, converters = in_type(stages, dtype.type)
    loop: Any = sparse_tile_run if ready.sparse else dense_tile_run
    found = [np.empty((len(u), core.features), dtype) for u in given]
    for states in found:
        states[:] = neurons.bias + stages.converters.bias

    work = stages.mean.size if not ready.sparse else 2 * len(ready.matrices[1])

    def one(k: int) -> None:
        given_all = (
            *ready.matrices, drivers, converters, stages.key, tile.reads, k, given[k],
            found[k], np.ascontiguousarray(state[k]), core._leak, neurons.function,
        )  # fmt: skip
        shared(lambda *part: loop(*given_all, *part), len(given[k]), core.features, work)

    spread(one, range(len(given)))
    longest = max(len(u) for u in given)
    tile.reads += longest
    tile.count(sum(len(u) for u in given), 1, longest)
    return found


def step_by_step(tile: Tile, given: list[Array], state: Array, neurons: "Neurons") -> list[Array]:
    """The same, each step a call of the tile."""
    lengths = np.array([len(u) for u in given])
    found = [np.empty((len(u), state.shape[1]), state.dtype) for u in given]
    x = state.copy()
    leak, bias = (array.astype(state.dtype) for array in (neurons.leak, neurons.bias))
    for t in range(lengths.max()):
        on = np.flatnonzero(lengths > t)
        vectors = np.concatenate([x[on], [given[k][t] for k in on]], axis=1, dtype=x.dtype)
        with np.errstate(over="ignore", invalid="ignore"):  # of states that diverge
            sums = read_in_places(tile, vectors, on) + bias
        x[on] = (1 - leak) * x[on] + leak * activate(neurons.activation, sums)
        for k in on:
            found[k][t] = x[k]
        if not np.isfinite(x).all():  # no tile reads that; `EchoCore.run` says so
            for k in on:
                found[k][t:] = x[k]
            break
    return found


def read_in_places(tile: Tile, x: Array, places: Array) -> Array:
    """Outputs of one read for inputs (n, in) of series at `places`, ascending.

    A series keeps its place, from which noise follows: where one before it has ended, lines stand
    at 0 V, and the ledger does not count that.
    """
    vectors = np.zeros((places[-1] + 1, tile.inputs), x.dtype)
    vectors[places] = x
    out: Array = tile(vectors)[places]
    tile.count(len(places) - len(vectors), len(tile.drives(vectors[places[:1]])), 0)
    return out


def activate(name: str, x: Array) -> Array:
    """One of `ACTIVATIONS` of `x`."""
    if name == "tanh":
        return np.tanh(x)
    if name == "logistic":
        return 0.5 + 0.5 * np.tanh(0.5 * x)
    return np.maximum(x, 0) if name == ACTIVATIONS[2] else x
