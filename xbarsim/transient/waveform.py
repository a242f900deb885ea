"""Voltage against time: straight lines between given points."""

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.units import show


def check_waveform(t: Array, v: Array) -> None:
    """Refuse what is no voltage against time.

    Parameters
    ----------
    t : times, (points,) s.
    v : voltages, (points, ...) V.

    Raises
    ------
    SpecError : shapes disagree, there are fewer than two points or no cells, a number is not
        finite, or times do not ascend.
    """
    if t.ndim != 1 or v.ndim < 1 or len(t) != len(v) or len(t) < 2:
        raise SpecError(
            f"t has shape {t.shape} and v {v.shape}; a waveform takes t (points,) and "
            "v (points, ...) with at least two points"
        )
    if v.size == 0:
        raise SpecError(f"v has shape {v.shape}; it holds no cells")
    for name, values in (("t", t), ("v", v)):
        wrong = np.argwhere(~np.isfinite(values))
        if len(wrong):
            place = [int(k) for k in wrong[0]]
            raise SpecError(f"{name}{place} is {values[tuple(place)]}; it must be finite")
    early = np.diff(t) <= 0
    if early.any():
        k = int(np.argmax(early))
        raise SpecError(
            f"t[{k + 1}] = {show(float(t[k + 1]), 'second')} does not come after "
            f"t[{k}] = {show(float(t[k]), 'second')}; times must ascend"
        )


def pulses(
    amplitudes: Array, width: float, *, period: float | None = None, edge: float | None = None
) -> tuple[Array, Array]:
    """A train of pulses that begins and ends at zero volt.

    Parameters
    ----------
    amplitudes : of the pulses, (n, ...) V.
    width : time at full amplitude, s.
    period : from one pulse to the next, s; by default twice the width and the edges.
    edge : time to rise and to fall, s; by default a thousandth of the width.

    Returns
    -------
    t, v : (4 n + 1,) s and (4 n + 1, ...) V, for `xbarsim.transient.simulate`.

    Raises
    ------
    SpecError : a time is not above zero, or the pulse does not fit into its period.
    """
    amplitudes = np.asarray(amplitudes, dtype=float)
    edge = width / 1000 if edge is None else edge
    period = 2 * (width + 2 * edge) if period is None else period
    if not (width > 0 and edge > 0 and period > width + 2 * edge):
        raise SpecError(
            f"a pulse of {show(width, 'second')} with edges of {show(edge, 'second')} does not fit "
            f"into a period of {show(period, 'second')}; all must be above 0"
        )
    n = len(amplitudes)
    corners = np.array([0.0, edge, edge + width, 2 * edge + width])
    t = np.append((np.arange(n)[:, None] * period + corners).ravel(), n * period)
    v = np.zeros((4 * n + 1, *amplitudes.shape[1:]))
    v[1:-1:4] = amplitudes
    v[2:-1:4] = amplitudes
    return t, v
