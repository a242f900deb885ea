"""Both phases: weights are learned from image after image, then features are read of each."""

from threading import Lock
from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.parallel import spread
from xbarsim.streams import Streams
from xbarsim.systems._hash import seeds_of
from xbarsim.systems.nalsm._loop import Rule, present
from xbarsim.systems.nalsm.cells import Cells, Held
from xbarsim.systems.nalsm.liquid import WARM_STEPS, Wired

_TOGETHER = 50  # images of a task


class Counted(NamedTuple):
    """What a liquid did.

    Parameters
    ----------
    spikes : of each neuron for each image, (n, neurons).
    inputs : of all channels for each image, (n,).
    raster : of each step, (n, steps, neurons) of uint8; None where it was not asked for.
    sent : spikes of each source, all images together, (sources,).
    """

    spikes: Array
    inputs: Array
    raster: Array | None
    sent: Array


def learn(
    wired: Wired, rule: Rule, chance: Array, shown: Array, cells: Cells | None, streams: Streams
) -> tuple[Array, Counted]:
    """Weights after one image after the other, and what the liquid did.

    Parameters
    ----------
    chance : of a spike of each channel in a step, (images, channels).
    shown : which images, (n,).
    streams : ``inputs`` of these seeds the spikes of channels, and how pulses are rounded.
    """
    weights, n = wired.weights.copy(), len(shown)
    held = None if cells is None else cells.held()
    seeds, traces = seeds_of(n, streams / "inputs"), _nothing_before(wired)
    spikes, inputs = np.zeros((n, wired.neurons), np.uint16), np.zeros(n, np.int64)
    done, heat, sent = _nothing_done(wired, cells)
    for at in range(0, n, 1000):  # chances of all at once would fill the memory
        part = slice(at, at + 1000)
        present(
            _chances(chance[shown[part]]), seeds[part], WARM_STEPS, wired.net, weights, rule, held,
            True, traces, spikes[part], inputs[part], _unseen(), (done, heat, sent),
        )  # fmt: skip
    if cells is not None:
        cells.count(done, float(heat[0]))
    return weights, Counted(spikes, inputs, None, sent)


def features(
    wired: Wired,
    weights: Array,
    rule: Rule,
    chance: Array,
    steps: int,
    cells: Cells | None,
    streams: Streams,
    *,
    first: int = 0,
    raster: bool = False,
) -> Counted:
    """What the liquid does for each image, from the same weights each time.

    Parameters
    ----------
    weights : (synapses,); those that the cells hold where there are any.
    first : images that went before these from the same streams; sets noise of pulses apart.
    """
    n, lock = len(chance), Lock()
    seeds = seeds_of(first + n, streams / "inputs")[first:]
    spikes, inputs = np.zeros((n, wired.neurons), np.uint16), np.zeros(n, np.int64)
    seen = np.zeros((n, steps, wired.neurons), np.uint8) if raster else None
    total, _, sent = _nothing_done(wired, cells)

    def part(at: int) -> float:
        to = slice(at, min(at + _TOGETHER, n))
        done, heat, here = _nothing_done(wired, cells)
        held: Held | None = None if cells is None else cells.held(first + at)
        present(
            _chances(chance[to]), seeds[to], steps, wired.net, weights, rule, held, False,
            _nothing_before(wired), spikes[to], inputs[to],
            _unseen() if seen is None else seen[to], (done, heat, here),
        )  # fmt: skip
        with lock:
            total[:] += done
            sent[:] += here
        return float(heat[0])

    heats = spread(part, range(0, n, _TOGETHER))
    if cells is not None:
        cells.count(total, sum(heats))
    return Counted(spikes, inputs, seen, sent)


def _chances(chance: Array) -> Array:
    found = np.ascontiguousarray(chance, dtype=float)
    if not ((found >= 0) & (found <= 1)).all():
        raise SpecError("chances of input spikes must lie from 0 to 1; images hold something else")
    return found


def _nothing_before(wired: Wired) -> Array:
    """Traces and calcium, (2, sources)."""
    return np.zeros((2, len(wired.net.low)))


def _unseen() -> Array:
    return np.zeros((0, 0, 0), np.uint8)


def _nothing_done(wired: Wired, cells: Cells | None) -> tuple[Array, Array, Array]:
    pulses = np.zeros((2, 0 if cells is None else len(cells.x)), np.int64)
    return pulses, np.zeros(1), np.zeros(len(wired.net.low), np.int64)
