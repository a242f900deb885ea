"""Series that go through a liquid: compiled, or step by step."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.backend import Array, read_only
from xbarsim.parallel import blas_threads, pieces, spread
from xbarsim.reservoirs import _spiking as kernels
from xbarsim.reservoirs._events import Read, driven
from xbarsim.reservoirs._together import shared
from xbarsim.reservoirs.neuron_models import step
from xbarsim.reservoirs.ongoing import Ongoing

if TYPE_CHECKING:
    from xbarsim.reservoirs.liquid_core import Liquid

Product = Callable[[Array, Array, Array], Array]  # of inputs and arriving spikes, and places
Found = tuple[list[Array], Ongoing, Array]  # features, state after the end, spikes of each neuron

_TOGETHER = 64  # series that share what the cache holds of the weights
_USUAL_RATE = 0.05  # of sources, from which work is guessed


def compiled(
    liquid: "Liquid",
    series: list[Array],
    state: Ongoing,
    weights: Array,
    reads: tuple[Read, ...] | None,
    feature: int,
) -> Found:
    """A run by the kernel, in software by `weights` of channels and lines, or by `reads`."""
    lengths = np.array([len(part) for part in series], np.int64)
    order = np.argsort(-lengths, kind="stable")
    now = state.taken(order)
    numbers = np.array([tile.reads for tile in liquid.tiles.values()], np.int64)
    pending = np.concatenate([now.pending, np.zeros_like(now.pending[:, :1])], axis=1)
    firsts = range(0, len(series), _TOGETHER)
    counts = np.zeros((len(firsts), liquid.features), np.int64)
    out: list[Any] = [None] * len(series)
    fixed = [read_only(a) for a in (liquid.beta, liquid.lines.first, liquid.lines.delay)]

    def some(first: int) -> None:
        chosen = slice(first, first + _TOGETHER)
        own = lengths[order[chosen]]
        starts = np.concatenate([[0], np.cumsum(own)[:-1]])
        features = np.empty((int(own.sum()), liquid.features), liquid.dtype)
        given = (
            *_listed([series[k] for k in order[chosen]], starts), starts, own, weights, reads,
            numbers, order[chosen], liquid.coefficients, *fixed, liquid.direct,
            tuple(part[chosen] for part in now.neurons), now.trace[chosen], pending[chosen],
            liquid.keep, features, feature, counts[first // _TOGETHER],
        )  # fmt: skip
        sources = liquid.inputs + len(liquid.lines.source)
        work = int(_USUAL_RATE * len(own) * sources * liquid.features)
        run = kernels.run
        shared(
            lambda *part: run(*given, *part), int(own[0]), liquid.features, work, weights.shape[2]
        )
        for k, part in zip(order[chosen], np.split(features, starts[1:]), strict=True):
            out[k] = part

    if len(firsts) < blas_threads():  # that share the neurons of some series after the others
        for first in firsts:
            some(first)
    else:
        spread(some, firsts)
    slots = (lengths[order, None] + np.arange(now.pending.shape[1])) % pending.shape[1]
    after = now._replace(pending=np.take_along_axis(pending, slots[:, :, None], axis=1))
    return out, after.taken(np.argsort(order)), counts.sum(axis=0)


def _listed(series: list[Array], starts: Array) -> tuple[Array, Array, Array]:
    """What of series is not 0, as `driven` lists it."""
    total, channels = sum(map(len, series)), series[0].shape[1]
    index = np.empty(total * channels, np.uint32)
    amount = np.empty(total * channels, series[0].dtype)
    ends = np.empty((total, 2), np.int64)

    def some(chosen: slice) -> None:
        for part, start in zip(series[chosen], starts[chosen], strict=True):
            driven(part, start * channels, index, amount, ends[start : start + len(part)])

    spread(some, pieces(len(series)))
    return index, amount, ends


def step_by_step(liquid: "Liquid", series: list[Array], state: Ongoing, product: Product) -> Found:
    """The same by plain NumPy; `product` is asked for what neurons are given in each step."""
    lengths = np.array([len(part) for part in series], np.int64)
    now = state.taken(np.arange(len(series)))
    out = [np.empty((n, liquid.features), liquid.dtype) for n in lengths]
    line, keep = liquid.lines, liquid.dtype(liquid.keep)
    counts = np.zeros(liquid.features, np.int64)
    for t in range(int(lengths.max(initial=0))):
        on = np.flatnonzero(lengths > t)
        going = now.taken(on)
        x = np.stack([series[k][t] for k in on])
        total = product(x, going.pending[:, 0].astype(liquid.dtype), on)
        neurons, spikes = step(liquid.coefficients, liquid.beta, going.neurons, total)
        pending = np.concatenate([going.pending[:, 1:], np.zeros_like(going.pending[:, :1])], 1)
        pending[:, line.delay - 1, np.arange(len(line.source))] |= spikes[:, line.source]
        trace = going.trace
        if liquid.feature == kernels.TRACE:
            trace = keep * trace + spikes
        _put(now, on, Ongoing(neurons, trace, pending))
        counts += spikes.sum(axis=0)
        for k, features in zip(on, (spikes, trace, neurons.v)[liquid.feature], strict=True):
            out[k][t] = features
    return out, now, counts


def _put(whole: Ongoing, on: Array, part: Ongoing) -> None:
    """Let series `on` be where those of `part` are."""
    for a, b in zip((*whole.neurons, *whole[1:]), (*part.neurons, *part[1:]), strict=True):
        a[on] = b
