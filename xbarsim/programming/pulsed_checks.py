"""What cells of whole pulses may be made of, and what they may be given."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.programming.stacked import of_cells

_NEVER_BELOW_0 = ("noise", "energy", "g", "scale")


def table_faults(cells: Any) -> Iterator[str]:
    """What is wrong with the tables of `PulsedCells`, one sentence each."""
    n = len(cells.low)
    shapes = {
        "low": cells.low.shape == (n,),
        "high": cells.high.shape == (n,),
        "step": cells.step.ndim == 3 and cells.step.shape[:2] == (n, 2) and cells.step.shape[2] > 1,
        "noise": cells.noise.shape == cells.step.shape,
        "energy": cells.energy is None or cells.energy.shape == cells.step.shape,
        "g": cells.g.ndim == 2 and len(cells.g) == n and cells.g.shape[1] > 1,
        "scale": cells.scale is None or cells.scale.shape == (2, *cells.member.shape),
    }
    wrong = [name for name, fits in shapes.items() if not fits]
    if wrong:
        for name in wrong:
            shape = getattr(cells, name).shape
            yield f"{name} has shape {shape}, which does not fit {n} members of 2 nodes or more"
        return
    for name in shapes:
        table = getattr(cells, name)
        if table is not None and not np.isfinite(table).all():
            yield f"{name} holds {table[~np.isfinite(table)][0]}; it must be finite"
        elif table is not None and name in _NEVER_BELOW_0 and (table < 0).any():
            yield f"{name} holds {table.min():g}; it must be at least 0"
    if not (cells.low < cells.high).all():
        yield "the range of a cell's states is empty; low must be below high"
    if (np.ptp(cells.g, axis=1) == 0).any():
        yield "g is the same at all states of a table; it must tell states apart"
    member = cells.member
    if member.dtype.kind not in "iu":
        yield f"member holds {member.dtype}; it takes whole numbers"
    elif member.size and not (member.min() >= 0 and member.max() < n):
        far = member.min() if member.min() < 0 else member.max()
        yield f"member holds {far}; there are tables 0 to {n - 1}"


def trains_of(counts: Array, shape: tuple[int, ...]) -> Array:
    """Pulses of each train, (trains, cells) of int32.

    Raises
    ------
    SpecError : numbers that are not whole or too large, or a shape that is not that of the cells.
    """
    counts = np.asarray(counts)
    if counts.shape not in (shape, (*counts.shape[:1], *shape)):
        raise SpecError(f"counts has shape {counts.shape}; cells have {shape}")
    if counts.dtype.kind not in "iub":
        raise SpecError(f"counts holds {counts.dtype}; pulses are counted in whole numbers")
    if counts.size and (counts.max() > 2**31 - 1 or counts.min() < -(2**31 - 1)):
        raise SpecError("counts holds a number of more than 31 bits")
    trains = 1 if counts.shape == shape else len(counts)
    flat = counts.reshape(trains, int(np.prod(shape)))
    return np.ascontiguousarray(flat, dtype=np.int32)


def counted(name: str, value: Array | int, shape: tuple[int, ...]) -> Array:
    """A number of pulses for each cell, (cells,) of int64.

    Raises
    ------
    SpecError : one is below 0, not whole or not finite, or shapes do not fit.
    """
    found = of_cells(name, value, shape)
    wrong = (found < 0) | (found != np.floor(found))
    if wrong.any():
        raise SpecError(f"{name} holds {found[wrong][0]:g}; it must be whole and at least 0")
    return found.astype(np.int64)
