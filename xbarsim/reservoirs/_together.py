"""Threads that wait for each other after every step of a compiled loop.

A barrier of the operating system takes longer than a step; here threads look at a shared count
until all have arrived, and let others run if that takes long.
"""

# mypy: allow-untyped-calls

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

_PATIENCE = 2000  # looks before others may run
_yield = types.ExternalFunction("sched_yield", types.int32())


@intrinsic
def _arrive(context, count):  # type: ignore[no-untyped-def]
    """Add one to ``count[0]``; what was written before is seen by whoever sees the count."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        builder.atomic_rmw("add", array.data, ir.Constant(ir.IntType(64), 1), "seq_cst")
        return context.get_dummy_value()

    return types.void(count), write


@intrinsic
def _arrived(context, count):  # type: ignore[no-untyped-def]
    """``count[0]``, as it is now."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.load_atomic(array.data, ordering="seq_cst", align=8)

    return types.int64(count), write


@njit(nogil=True, cache=True)
def wait(count, until):  # type: ignore[no-untyped-def]
    """Arrive, and go on when ``count[0]``, (1,) of int64, is at least `until`."""
    _arrive(count)  # type: ignore[call-arg]
    looks = 0
    while _arrived(count) < until:
        looks += 1
        if looks > _PATIENCE:
            _yield()
            looks = 0


def nobody() -> Any:
    """A count with which to begin."""
    return np.zeros(1, np.int64)
