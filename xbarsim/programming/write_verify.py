"""Write and verify: pulses of growing amplitude until a noisy read lies within a window."""

from collections.abc import Sequence

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.parallel import pieces, spread
from xbarsim.programming.scheme import Programmed, WriteVerify
from xbarsim.programming.stacked import Reach, Stacked, of_cells, stacked
from xbarsim.programming.transfer import ProgrammingTransfer

_PIECE = 1024  # cells that one task takes at least
_RELAXING = 2**40  # place of the first relaxation among the numbers that follow from a cell's z


def write_verify(
    transfer: ProgrammingTransfer | Sequence[ProgrammingTransfer],
    g_target: Array,
    scheme: WriteVerify,
    z: Array | None = None,
    *,
    state: Array | None = None,
    member: Array | None = None,
    weight: Array | None = None,
    reach: Reach = "refuse",
    counts: Array | None = None,
) -> Programmed:
    """Program cells one by one.

    Parameters
    ----------
    transfer : the pulses at hand, of both signs; several for cells that differ, all of the same
        levels, width and read voltage.
    g_target : conductances, any shape, S.
    z : standard normals of that shape, from which the noise of each cell's reads, and its
        relaxation, follow; without them there is neither.
    state : where cells begin; by default where the conductance is lowest.
    member : which of several transfers each cell follows, of the same shape.
    weight : how far it lies towards the transfer after that one, 0 to 1, of the same shape; both
        must share their states.
    reach : what becomes of targets outside the reachable window: ``refuse``, ``clip`` to its edge,
        or ``try`` in vain, so that the cell ends unverified.
    counts : pulses of each level that each cell got are added to it, (..., levels) of int64.

    Raises
    ------
    SpecError : targets outside the window, states outside the tables, pulses of one sign alone,
        noise without `z`, a number that is not finite, or shapes that do not fit.
    """
    shape = np.shape(g_target)
    cells = stacked(transfer, shape, member, weight)
    target, x = cells.targets(g_target, reach), cells.start(state)
    seed = _seeds(z, scheme, shape)
    n, levels = len(x), len(cells.library[0].levels)
    pulses, reads, turns = np.zeros((3, n), dtype=np.int64)
    energy, verified = np.zeros(n), np.zeros(n, dtype=bool)
    tally = (pulses, reads, turns, energy, verified)
    each = None if counts is None else counts.reshape(n, levels)
    for k in range(scheme.passes):
        _pass(cells, x, target, seed, scheme, tally, each)
        if scheme.relaxation:
            x = _relaxed(cells, x, seed, scheme.relaxation, k)
    time = pulses * cells.library[0].width + reads * scheme.read_time
    return Programmed(
        g=cells.read(x).reshape(shape),
        state=x.reshape(shape),
        pulses=pulses.reshape(shape),
        reads=reads.reshape(shape),
        turns=turns.reshape(shape),
        energy=energy.reshape(shape),
        time=time.reshape(shape),
        verified=verified.reshape(shape),
    )


def _seeds(z: Array | None, scheme: WriteVerify, shape: tuple[int, ...]) -> Array:
    """Where the noise of each cell begins, (cells,) of uint64.

    Raises
    ------
    SpecError : there is noise, and no `z`, or as `of_cells`.
    """
    if (scheme.read_noise or scheme.relaxation) and z is None:
        raise SpecError("z is missing; noise and relaxation need a standard normal for each cell")
    return of_cells("z", 0.0 if z is None else z, shape).view(np.uint64)


def _pass(
    cells: Stacked,
    x: Array,
    target: Array,
    seed: Array,
    scheme: WriteVerify,
    tally: tuple[Array, ...],
    counts: Array | None,
) -> None:
    """Write every cell once more, over the cores; x and the tally change."""
    from xbarsim.programming._loop import write_cells

    work = cells.library[0].v_read ** 2 * scheme.read_time

    def part(at: slice) -> None:
        write_cells(  # type: ignore[call-arg]
            x[at], target[at], seed[at], cells.member[at],
            None if cells.weight is None else cells.weight[at], *cells.tables, *cells.ladders,
            scheme.window, scheme.read_noise, scheme.pulses, work, *(t[at] for t in tally),
            None if counts is None else counts[at],
        )  # fmt: skip

    spread(part, pieces(len(x), _PIECE))


def _relaxed(cells: Stacked, x: Array, seed: Array, sigma: float, k: int) -> Array:
    """States after the k-th pass has been left alone."""
    from xbarsim.programming._loop import normals

    z = np.empty(len(x))
    normals(seed, _RELAXING + k, z)
    return cells.moved(x, 1.0 + sigma * z)
