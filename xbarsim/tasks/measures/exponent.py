"""The conditional Lyapunov exponent: whether two runs under one input come together."""

from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.tasks.series.checks import finite_series

Array = npt.NDArray[Any]

_FEWEST = 10  # steps that a line is drawn through; ours


def conditional_exponent(
    a: Array, b: Array, *, floor: float = 1e-11, ceiling: float = 1e-2
) -> float:
    r"""Largest conditional Lyapunov exponent, nats per step: the slope of the log of the distance.

    .. math:: \|a(t) - b(t)\| \propto e^{\lambda t}

    Below 0 the states forget how they began, which is the echo state property. Pecora and Carroll,
    "Synchronization in chaotic systems", Phys. Rev. Lett. 64, 821 (1990), for the exponent under a
    common drive.

    Parameters
    ----------
    a, b : states of two runs under one input from different beginnings, (time, N).
    floor, ceiling : distances over the root mean square of `a` between which the line is drawn:
        from the first step that lies between them until the distance leaves. Above, distances are
        bounded by the states; below, by rounding, or by noise where there is some.

    Raises
    ------
    SpecError : shapes that differ, values that are not finite, or fewer than ten steps between.
    """
    a, b = finite_series("a", a), finite_series("b", b)
    if a.shape != b.shape:
        raise SpecError(f"b has shape {b.shape}; a has {a.shape}, and both must be alike")
    if not 0 < floor < ceiling < float("inf"):
        raise SpecError(f"floor is {floor:g} and ceiling {ceiling:g}; expected 0 < floor < ceiling")
    scale = np.sqrt((a**2).sum(axis=1).mean())
    distance = np.linalg.norm(a - b, axis=1)
    between = (distance > floor * scale) & (distance < ceiling * scale)
    start = int(between.argmax())
    ends = np.flatnonzero(~between[start:])
    stop = start + int(ends[0]) if len(ends) else len(between)
    if not between[start] or stop - start < _FEWEST:
        raise SpecError(
            f"the runs are from {floor:g} to {ceiling:g} of the states' size apart for "
            f"{max(stop - start, 0)} steps together; a slope needs {_FEWEST}: begin nearer to each "
            "other, or go on for longer"
        )
    t = np.arange(start, stop)
    return float(np.polyfit(t, np.log(distance[start:stop]), 1)[0])
