"""Threads that wait for each other after every step of a compiled loop.

A barrier of the operating system takes longer than a step; here threads look at a shared count
until all have arrived, and let others run if that takes long. Where the machine is busy with other
work, a thread may not run for thousands of steps; the first thread then calls the work off, all
stop after the same step, and one goes on alone.
"""

# mypy: allow-untyped-calls

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

from xbarsim.parallel import blas_threads, side_by_side

_LOOKS = 2000  # before others may run
_FEWEST = 30_000  # looks, some 0.1 ms, before the work is called off
_ALONE = 25_000_000  # multiplications that one thread then does before all try again
_WORTH = 8_000  # multiplications of a thread and step for which it is worth waiting
_BLOCK = 16  # rows that stay together: those of a cache line, at least

Run = Callable[[int, int, int, int, Any, int, int], int]

_yield = types.ExternalFunction("sched_yield", types.int32())


@intrinsic
def _add(context, counts):  # type: ignore[no-untyped-def]
    """Add one to ``counts[0]``; what was written before is seen by whoever sees that."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        builder.atomic_rmw("add", array.data, ir.Constant(ir.IntType(64), 1), "seq_cst")
        return context.get_dummy_value()

    return types.void(counts), write


@intrinsic
def _look(context, counts, k):  # type: ignore[no-untyped-def]
    """``counts[k]``, as it is now."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.load_atomic(builder.gep(array.data, [args[1]]), ordering="seq_cst", align=8)

    return types.int64(counts, types.intp), write


@njit(nogil=True, cache=True)
def together(counts, step, threads, patience, first):  # type: ignore[no-untyped-def]
    """Wait until all have done a step; whether to go on with the next.

    Parameters
    ----------
    counts : arrivals, and the step from which on the work is called off if not 0; (2,) of int64.
    patience : looks before the work is called off.
    first : whether this is the thread that may call it off. It says so of the step after the next
        while it waits: all know when they have done that one.
    """
    _add(counts)  # type: ignore[call-arg]
    looks, until = 0, threads * (step + 1)
    while _look(counts, 0) < until:
        looks += 1
        if looks % _LOOKS == 0:
            _yield()
        if first and looks == patience and counts[1] == 0:
            counts[1] = step + 2
    called_off = _look(counts, 1)
    return called_off == 0 or step + 1 < called_off


def shared(run: Run, steps: int, rows: int, work: int) -> None:
    """All steps of a loop, its rows shared by as many threads as may run.

    Parameters
    ----------
    run : does steps `begin` to `end` for rows `first` to `last`; given these four, then counts,
        threads and patience as of `together`. It says which step is next.
    work : multiplications of a step.
    """
    done, threads = 0, min(blas_threads(), max(min(work // _WORTH, rows // _BLOCK), 1))
    while done < steps:
        if threads > 1:
            done = _side_by_side(run, done, steps, rows, threads, max(_FEWEST, 4 * work // threads))
        if done < steps:
            end = steps if threads == 1 else min(steps, done + max(_ALONE // work, 16))
            done = run(done, end, 0, rows, nobody(), 1, 0)


def _side_by_side(run: Run, done: int, steps: int, rows: int, threads: int, patience: int) -> int:
    edges = [min(round(k * rows / threads / _BLOCK) * _BLOCK, rows) for k in range(threads)] + [
        rows
    ]
    counts = nobody()
    reached = side_by_side(
        lambda k: run(done, steps, edges[k], edges[k + 1], counts, threads, patience), threads
    )
    return reached[0]


def nobody() -> Any:
    """Counts with which to begin."""
    return np.zeros(2, np.int64)
