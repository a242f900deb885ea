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
from xbarsim.systems.balance.network import Synapses

_U = np.uint64  # loops that count in it become vectors


class Side(NamedTuple):
    """What is read of the neurons of one kind.

    Parameters
    ----------
    starts : first cell of each output of each array, and the number of cells, (arrays * n + 1,).
    index : which neuron of the kind each cell hears, (cells,), unsigned.
    mean, variance : conductance of each and its variance in a read, (cells,) S and S^2. Variance
        empty: cells have no noise.
    drivers, converters : as of `xbarsim.periphery._fused`, float64.
    key : of the noise, (4,) of uint32; empty for no noise.
    """

    starts: Array
    index: Array
    mean: Array
    variance: Array
    drivers: Any
    converters: Any
    key: Array


def exact(synapses: Synapses) -> Side:
    """Connections that are read exactly."""
    n, heard = synapses.index.shape
    one, none = np.ones((1, n)), np.zeros((1, n))
    return Side(
        starts=np.arange(0, n * heard + 1, heard, dtype=np.uint32),
        index=synapses.index.reshape(-1).astype(index_type(synapses.senders)),
        mean=synapses.weights.reshape(-1).copy(),
        variance=np.empty(0),
        drivers=Drivers(1.0, -np.inf, np.inf, 1.0),
        converters=Converters(none, one, none, -np.inf, np.inf, one, none[0]),
        key=np.empty(0, np.uint32),
    )


def index_type(senders: int) -> Any:
    """The unsigned type that counts so many."""
    return np.uint16 if senders <= 1 << 16 else np.uint32


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def add_read(  # type: ignore[no-untyped-def]
    starts, index, mean, variance, drivers, converters, key, read, rates, sign, out
):
    """Add what the arrays of a `Side` make of `rates`, times `sign`, to `out` (n,)."""
    n = len(out)
    v = np.empty(len(rates))
    z = np.empty(drawn_at_most(n), np.float32)
    for k in range(_U(len(rates))):
        v[k] = converted(rates[k] * drivers.per, drivers.low, drivers.high) * drivers.volts
    for d in range(len(converters.per)):
        at = 0
        if len(key) > 0:
            at = fill(key, read, d, 0, n, z)
        for j in range(n):
            a, b = starts[d * n + j], starts[d * n + j + 1]
            w, c = mean[a:b], index[a:b]
            current, power = 0.0, converters.noise[d, j]
            if len(variance) > 0:
                s = variance[a:b]
                for k in range(_U(len(w))):
                    x = v[c[k]]
                    current += w[k] * x
                    power += s[k] * (x * x)
            else:
                for k in range(_U(len(w))):
                    current += w[k] * v[c[k]]
            if len(key) > 0:
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
            mean[cells.at[c]] += cells.seen[c] * changed
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
    excitatory,
    inhibitory,
    senders,
    reads,
    states,
    before,
    gain,
    threshold,
    targets,
    delta,
    chance,
    cells,
):
    """A series through all its steps, each a read of both sides.

    Parameters
    ----------
    excitatory, inhibitory : `Side` of each; the mean of the latter changes with its cells.
    senders : excitatory neurons, which come first.
    reads : number of the first read of either, (2,).
    states : (steps, n), what drives each neuron; its rates when done.
    before : rates before the first step, (n,).
    gain, threshold : of the logistic rate.
    targets : (n,).
    delta : rate of the local rule at each step, (steps,); 0 leaves cells as they are.
    chance : even from 0 to 1, by which pulses are rounded, (steps, n).
    cells : `Pulsed` of the inhibitory side; None where there are none.
    """
    e, i, n = excitatory, inhibitory, states.shape[1]
    number = np.empty(n, np.int64)
    for t in range(len(states)):
        row = states[t]
        add_read(
            e.starts, e.index, e.mean, e.variance, e.drivers, e.converters, e.key, reads[0] + t,
            before[:senders], 1.0, row,
        )  # fmt: skip
        add_read(
            i.starts, i.index, i.mean, i.variance, i.drivers, i.converters, i.key, reads[1] + t,
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
