"""Rate neurons whose sums come from two arrays, and pulses on one of them, compiled: one series."""

# mypy: allow-untyped-calls

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from xbarsim.backend import Array
from xbarsim.periphery._fused import Converters, Drivers
from xbarsim.periphery._normals import drawn_at_most, fill
from xbarsim.programming._pulses import give_pulses
from xbarsim.reservoirs._level import converted
from xbarsim.reservoirs._tanh import tanh

_U = np.uint64  # loops that count in it become vectors


class Side(NamedTuple):
    """What is read of the neurons of one kind.

    Parameters
    ----------
    edges : first input of each array, and the number of inputs, (arrays + 1,).
    mean, variance : conductances and their variances in a read, (arrays, n, rows) S and S^2; inputs
        stand on the last rows of their array. Variance None: reads have no noise.
    drivers, converters : as of `xbarsim.periphery._fused`, float64.
    key : of the noise, (4,) of uint32; None for no noise.
    """

    edges: Array
    mean: Array
    variance: Array | None
    drivers: Any
    converters: Any
    key: Array | None


def exact(matrix: Array) -> Side:
    """A matrix (n, inputs) that is read exactly."""
    n, inputs = matrix.shape
    one, none = np.ones((1, n)), np.zeros((1, n))
    return Side(
        edges=np.array([0, inputs]),
        mean=np.ascontiguousarray(matrix)[None].copy(),
        variance=None,
        drivers=Drivers(1.0, None, None, 1.0),  # type: ignore[arg-type]
        converters=Converters(none, one, none, None, None, one, none[0]),
        key=None,
    )


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def add_read(  # type: ignore[no-untyped-def]
    edges, mean, variance, drivers, converters, key, read, rates, sign, out
):
    """Add what the arrays of a `Side` make of `rates`, times `sign`, to `out` (n,)."""
    n = len(out)
    v = np.empty(len(rates))
    z = np.empty(drawn_at_most(n), np.float32)
    for k in range(_U(len(rates))):
        v[k] = converted(rates[k] * drivers.per, drivers.low, drivers.high) * drivers.volts
    for d in range(len(edges) - 1):
        x = v[edges[d] : edges[d + 1]]
        unused = mean.shape[2] - len(x)
        at = 0
        if key is not None:
            at = fill(key, read, d, 0, n, z)
        for j in range(n):
            w, current, power = mean[d, j, unused:], 0.0, converters.noise[d, j]
            for k in range(_U(len(x))):
                current += w[k] * x[k]
            if variance is not None:
                s = variance[d, j, unused:]
                for k in range(_U(len(x))):
                    power += s[k] * (x[k] * x[k])
            if key is not None:
                current += math.sqrt(power) * z[at + j]
            level = converted(
                current * converters.per[d, j] + converters.offset[d, j],
                converters.low, converters.high,
            )  # fmt: skip
            out[j] += sign * level * converters.step[d, j]


@njit(nogil=True, cache=True, error_model="numpy")
def pulse_rows(cells, mean, number):  # type: ignore[no-untyped-def]
    """Give every cell of a row the row's `number` (n,) of pulses; `cells` and `mean` change."""
    heard = len(cells.x) // len(number)
    trains, before = np.empty((1, heard), np.int64), np.empty(heard)
    for i in range(len(number)):
        if number[i] == 0:
            continue
        a, b = i * heard, (i + 1) * heard
        trains[0, :] = number[i]
        for c in range(a, b):
            before[c - a] = _conductance(cells, c)
        give_pulses(
            cells.x[a:b], trains, cells.seed[a:b], cells.first[a:b], cells.member[a:b],
            cells.scale[:, a:b], cells.low, cells.high, cells.step, cells.noise, cells.energy,
            cells.heat[a:b],
        )  # fmt: skip
        for c in range(a, b):
            changed = _conductance(cells, c) - before[c - a]
            mean[cells.array[c], i, cells.line[c]] += cells.seen[c] * changed
        cells.up[i] += max(number[i], 0)
        cells.down[i] += max(-number[i], 0)


@njit(nogil=True, cache=True, error_model="numpy")
def _conductance(cells, c):  # type: ignore[no-untyped-def]
    """Of one cell, S."""
    m, last = cells.member[c], cells.g.shape[2] - 1
    place = (cells.x[c] - cells.low[m]) * (last / (cells.high[m] - cells.low[m]))
    k = min(max(int(place), 0), last - 1)
    first = cells.g[m, 0, k]
    return first + (place - k) * (cells.g[m, 0, k + 1] - first)


@njit(nogil=True, cache=True, error_model="numpy")
def arrays_run(  # type: ignore[no-untyped-def]
    excitatory, inhibitory, reads, states, before, gain, threshold, targets, delta, chance, cells
):
    """A series through all its steps, each a read of both sides.

    Parameters
    ----------
    excitatory, inhibitory : `Side` of each; the mean of the latter changes with its cells.
    reads : number of the first read of either, (2,).
    states : (steps, n), what drives each neuron; its rates when done.
    before : rates before the first step, (n,); those of excitatory neurons come first.
    gain, threshold : of the logistic rate.
    targets : (n,).
    delta : rate of the local rule at each step, (steps,); 0 leaves cells as they are.
    chance : even from 0 to 1, by which pulses are rounded, (steps, n).
    cells : `Pulsed` of the inhibitory side; None where there are none.
    """
    e, i, n = excitatory, inhibitory, states.shape[1]
    senders = e.edges[-1]
    number = np.empty(n, np.int64)
    for t in range(len(states)):
        row = states[t]
        add_read(
            e.edges, e.mean, e.variance, e.drivers, e.converters, e.key, reads[0] + t,
            before[:senders], 1.0, row,
        )  # fmt: skip
        add_read(
            i.edges, i.mean, i.variance, i.drivers, i.converters, i.key, reads[1] + t,
            before[senders:], -1.0, row,
        )  # fmt: skip
        for j in range(_U(n)):
            row[j] = 0.5 + 0.5 * tanh(0.5 * gain * (row[j] - threshold))
        if cells is not None and delta[t] > 0:
            for j in range(n):
                wanted = delta[t] * (row[j] - targets[j]) / cells.weight
                number[j] = math.floor(wanted + chance[t, j])
            pulse_rows(cells, i.mean, number)
        before = row
