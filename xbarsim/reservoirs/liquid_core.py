"""A liquid: spiking neurons, connected at random, that series of spikes or currents go through."""

from collections import Counter
from math import exp, inf
from typing import Any, NamedTuple

import numpy as np

from xbarsim.backend import Array, require_memory
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.hardware import Hardware
from xbarsim.network import ledger_of, thinned
from xbarsim.parallel import blas_threads, spread
from xbarsim.reservoirs import _spiking as kernels
from xbarsim.reservoirs._events import Read, nothing, read_of
from xbarsim.reservoirs._rows import in_blocks
from xbarsim.reservoirs.delays import Delays, lines
from xbarsim.reservoirs.forming import FormedWiring, formed_hardware
from xbarsim.reservoirs.halves import TiledMatrix
from xbarsim.reservoirs.neuron_models import NeuronState, Spiking, begin, step
from xbarsim.reservoirs.on_tile import stages_near
from xbarsim.reservoirs.ranges import check_count, check_number
from xbarsim.reservoirs.wiring import Connections, Wiring
from xbarsim.streams import Streams
from xbarsim.tile import Tile

FEATURES = ("spikes", "trace", "membrane")  # in the order of the kernel's

_TOGETHER = 32  # series that share what the cache holds of the weights
_CALIBRATION_VECTORS = 4096  # of those that a tile is given, evenly spread, at the most
_USUAL_VECTORS = 64  # of these, for which noise through wires is solved


class Ongoing(NamedTuple):
    """Where series are between two steps.

    Parameters
    ----------
    neurons : each array is (n, neurons).
    trace : spikes, filtered, (n, neurons); stays 0 where it is no feature.
    pending : what will arrive in the next steps on each line, (n, longest delay, lines) of uint8.
    """

    neurons: NeuronState
    trace: Array
    pending: Array


class Activity(NamedTuple):
    """How the neurons of a liquid behaved in a run.

    Parameters
    ----------
    rate : mean over neurons, spikes a step.
    silent : share of neurons that never spiked.
    saturated : share that spiked nine times in ten that they could.
    """

    rate: float
    silent: float
    saturated: float


class Liquid:
    """Neurons, their connections and the tiles that these stand on; a `xbarsim.reservoirs.Core`.

    Every step, inputs times their weights and the spikes that arrive times theirs are what the
    neurons are given. On hardware that is one read of the arrays of inputs, ``input``, and of those
    of spikes, ``recurrent``, whose word lines are spikes' lines; ``single`` encodings have arrays
    of positive (``+``) and of negative (``-``) weights.

    Parameters
    ----------
    inputs : channels of a series.
    neurons : how many.
    wiring : what draws the connections; a `FormedWiring` leaves them to the devices.
    neuron : what the neurons are.
    dt : a step, s.
    delays : of spikes between neurons; None for one step.
    feature : of each neuron in each step: its ``spikes`` (0 or 1), its ``trace``, which a spike
        raises by 1 and which decays with `tau_trace`, or its ``membrane`` potential at the end.
    tau_trace : s.
    hardware : None is software.
    streams : ``wiring``, ``adapting``, ``delays`` and, of tiles, their names are used.
    dtype : of all states, float32 or float64.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.

    Notes
    -----
    With hardware that `xbarsim.tile.compiled` knows all of, a run is compiled as a whole: only what
    spikes is summed, with the same noise as reads of the tiles; through wires, noise has the
    variance that solved cell voltages give on usual inputs (`xbarsim.tile.noise.power_near`), and
    `noise_error` says how far that is off for each. All other hardware is read tile by tile.
    Tiles number their reads; noise follows from that number and the place of a series among those
    that still run, the longest first.
    """

    def __init__(
        self,
        *,
        inputs: int,
        neurons: int,
        wiring: Wiring,
        neuron: Spiking,
        dt: float = 1e-3,
        delays: Delays | None = None,
        feature: str = "spikes",
        tau_trace: float = 20e-3,
        hardware: Hardware | None = None,
        streams: Streams,
        dtype: Any = np.float64,
    ) -> None:
        _check(inputs, neurons, feature, tau_trace, dtype)
        self.inputs, self.features = int(inputs), int(neurons)
        self.feature, self.dtype = FEATURES.index(feature), np.dtype(dtype).type
        self.coefficients = neuron.coefficients(dt)
        self.beta = np.zeros(neurons, self.dtype)
        if neuron.adaptation is not None:
            self.beta = neuron.adaptation.betas(neurons, streams).astype(self.dtype)
        self.keep = exp(-dt / tau_trace)
        formed = hardware is not None and isinstance(wiring, FormedWiring)
        if formed and delays is not None and delays.per == "connection":
            raise SpecError(
                "delays.per is 'connection', but which connections there are is known only once "
                "cells are formed; take delays per neuron"
            )
        if formed:
            assert hardware is not None and isinstance(wiring, FormedWiring)
            self.connections = wiring.everywhere(neurons, inputs)
            hardware = formed_hardware(hardware, wiring.share)
        else:
            self.connections = wiring.draw(neurons, inputs, streams / "wiring")
        _check_sizes(self.connections, self.dtype)
        steps = None if delays is None else delays.steps(neurons, dt, streams)
        self.lines = lines(self.connections.recurrent, steps)
        self.hardware, self._matrices = hardware, list[TiledMatrix]()
        if hardware is not None:
            given = {"input": self.connections.inputs, "recurrent": self.lines.weights}
            self._matrices = [TiledMatrix(k, w, hardware, streams) for k, w in given.items()]
        self.activity: Activity | None = None
        self._usual: dict[str, Array] = {}
        self._reads: _Reads | None = None
        self._reads_at: list[int] = []  # changes of the tiles when they were prepared
        self._drawn: Array | None = None
        self._direct = steps is None

    def __getstate__(self) -> dict[str, Any]:
        """Everything but what is made anew as it is needed."""
        return {**self.__dict__, "_reads": None, "_drawn": None}

    @property
    def tiles(self) -> dict[str, Tile]:
        """By name; none in software."""
        return {name: tile for matrix in self._matrices for name, tile in matrix.tiles.items()}

    @property
    def noise_error(self) -> float:
        """Root mean square error of the variance that compiled runs draw noise with, over it."""
        return 0.0 if self._reads is None else self._reads.noise_error

    @property
    def ledger(self) -> Counter[str]:
        """What tiles have done since they were made."""
        return ledger_of(self.tiles.values())

    def program(self) -> None:
        """Program, or form, fresh devices."""
        for tile in self.tiles.values():
            tile.program()
        self._reads = None

    def age(self, t: float) -> None:
        """Let tiles be `t` seconds old, counted from programming."""
        for tile in self.tiles.values():
            tile.age(t)
        self._reads = None

    def calibrate(self, series: list[Array]) -> None:
        """Set converter ranges on what tiles are given when `series` run without noise.

        The spikes are those of the weights that cells hold, as a formed liquid has no others.
        """
        for name, vectors in self.driven(series).items():
            self.tiles[name].calibrate(thinned(vectors, _CALIBRATION_VECTORS), silent=True)
            self._usual[name] = thinned(vectors, _USUAL_VECTORS)
        self._reads = None

    def begin(self, n: int) -> Ongoing:
        """The state of `n` series before their first step: at rest, nothing on its way."""
        shape, line = (n, self.features), self.lines
        waiting = n * line.longest * len(line.source)
        require_memory(2.0 * waiting, f"what is on its way in {line.longest} steps of {n} series")
        return Ongoing(
            neurons=begin(self.coefficients, shape, self.dtype),
            trace=np.zeros(shape, self.dtype),
            pending=np.zeros((n, line.longest, len(line.source)), np.uint8),
        )

    def run(self, series: list[Array], state: Ongoing | None = None) -> tuple[list[Array], Ongoing]:
        """Features (time, neurons) of each series (time, channels), and the state after its end.

        Raises
        ------
        SpecError : series of another width, or without steps.
        ConvergenceError : a potential beyond all numbers.
        """
        if any(not tile.calibrated for tile in self.tiles.values()):
            self.calibrate(series)
        reads = self._prepared().reads
        if self._matrices and reads is None:
            return self._run(series, state, self._by_tiles)
        return self._compiled(series, state, reads)

    def reference(
        self, series: list[Array], state: Ongoing | None = None
    ) -> tuple[list[Array], Ongoing]:
        """What `run` gives, by plain NumPy, step by step and tile by tile."""
        return self._run(series, state, self._by_tiles if self._matrices else self._in_software)

    def driven(self, series: list[Array]) -> dict[str, Array]:
        """Vectors that each tile is given when `series` run without noise, by name."""
        if not self._matrices:
            return {}
        spikes, _ = self._compiled(series, None, None, feature=kernels.SPIKES, held=True)
        line, found = self.lines, []
        for part in spikes:
            before = np.concatenate([np.zeros((line.longest, part.shape[1]), part.dtype), part])
            times = np.arange(len(part))[:, None] + line.longest - line.delay
            found.append(before[times, line.source])
        given = self._ready(series), found
        out: dict[str, Array] = {}
        for matrix, vectors in zip(self._matrices, given, strict=True):
            out |= matrix.given(np.concatenate(vectors))
        return out

    def _ready(self, series: list[Array]) -> list[Array]:
        for k, part in enumerate(series):
            if part.ndim != 2 or part.shape[1] != self.inputs or len(part) == 0:
                raise SpecError(
                    f"series {k} has shape {part.shape}; expected (steps, {self.inputs}), of at "
                    "least one step"
                )
        return [np.asarray(part, self.dtype) for part in series]

    def _prepared(self) -> "_Reads":
        """Tiles as the kernel reads them, as they are now."""
        changes = [tile.changes for tile in self.tiles.values()]
        if self._reads is None or self._reads_at != changes:
            self._reads = _reads_of(self._matrices, self.inputs, self._usual, self.dtype)
            self._reads_at = changes
        return self._reads

    def _weights(self, held: bool) -> Array:
        """Of inputs and lines, in blocks: those drawn, or those that cells hold."""
        if held:
            both = [matrix.held for matrix in self._matrices]
        elif self._drawn is not None:
            return self._drawn
        else:
            both = [self.connections.inputs, self.lines.weights]
        found = in_blocks(np.concatenate(both, axis=1).T, self.dtype)
        if not held:
            self._drawn = found
        return found

    def _compiled(
        self,
        series: list[Array],
        state: Ongoing | None,
        reads: tuple[Read, ...] | None,
        *,
        feature: int | None = None,
        held: bool = False,
    ) -> tuple[list[Array], Ongoing]:
        """A run by the kernel, in software or by `reads`; `held`: with what cells hold."""
        series = self._ready(series)
        lengths = np.array([len(part) for part in series], np.int64)
        order = np.argsort(-lengths, kind="stable")
        state = self._start(state, order)
        weights = nothing(self.dtype) if reads is not None else self._weights(held)
        numbers = np.array([tile.reads for tile in self.tiles.values()], np.int64)
        size = max(min(_TOGETHER, -(-len(series) // blas_threads())), 1)
        firsts = range(0, len(series), size)
        what = self.feature if feature is None else feature
        counts = np.zeros((len(firsts), self.features), np.int64)
        out: list[Any] = [None] * len(series)

        def some(first: int) -> None:
            chosen = slice(first, first + size)
            own = lengths[order[chosen]]
            starts = np.concatenate([[0], np.cumsum(own)[:-1]])
            x = np.concatenate([series[k] for k in order[chosen]])
            features = np.empty((len(x), self.features), self.dtype)
            kernels.run(
                x, starts, own, weights, reads, numbers, self.coefficients, self.beta,
                self.lines.first, self.lines.delay, self._direct,
                tuple(part[chosen] for part in state.neurons),
                state.trace[chosen], state.pending[chosen], self.keep, features, what, first,
                counts[first // size],
            )  # fmt: skip
            for k, part in zip(order[chosen], np.split(features, starts[1:]), strict=True):
                out[k] = part

        spread(some, firsts)
        if reads is not None:
            for tile in self.tiles.values():
                longest = int(lengths.max(initial=0))
                tile.reads += longest
                tile.count(int(lengths.sum()), 1, longest)
        self._seen(counts.sum(axis=0), lengths.sum())
        return out, self._finite(_taken(state, np.argsort(order)))

    def _run(
        self, series: list[Array], state: Ongoing | None, product: Any
    ) -> tuple[list[Array], Ongoing]:
        series = self._ready(series)
        lengths = np.array([len(part) for part in series], np.int64)
        order = np.argsort(-lengths, kind="stable")
        now = self._start(state, order)
        out = [np.empty((n, self.features), self.dtype) for n in lengths]
        line, keep = self.lines, self.dtype(self.keep)
        counts = np.zeros(self.features, np.int64)
        for t in range(int(lengths.max(initial=0))):
            n = int((lengths > t).sum())
            going = Ongoing(
                NeuronState(*(a[:n] for a in now.neurons)), now.trace[:n], now.pending[:n]
            )
            x = np.stack([series[k][t] for k in order[:n]])
            arriving = going.pending[:, 0].astype(self.dtype)
            neurons, spikes = step(
                self.coefficients, self.beta, going.neurons, product(x, arriving)
            )
            for whole, part in zip(now.neurons, neurons, strict=True):
                whole[:n] = part
            if self.feature == kernels.TRACE:
                now.trace[:n] = keep * going.trace + spikes
            now.pending[:n, :-1] = going.pending[:, 1:].copy()
            now.pending[:n, -1] = 0
            every = np.arange(len(line.source))
            now.pending[:n, line.delay - 1, every] |= spikes[:, line.source]
            counts += spikes.sum(axis=0)
            seen = (spikes, now.trace, now.neurons.v)[self.feature]
            for row, k in enumerate(order[:n]):
                out[k][t] = seen[row]
        self._seen(counts, lengths.sum())
        return out, self._finite(_taken(now, np.argsort(order)))

    def _in_software(self, x: Array, arriving: Array) -> Array:
        w_in, w = self.connections.inputs, self.lines.weights
        return x @ w_in.T.astype(self.dtype) + arriving @ w.T.astype(self.dtype)

    def _by_tiles(self, x: Array, arriving: Array) -> Array:
        given, spikes = self._matrices
        return given(x) + spikes(arriving)

    def _start(self, state: Ongoing | None, order: Array) -> Ongoing:
        """A copy of the state that series begin with, in the order in which they run."""
        if state is not None and state.neurons.v.shape != (len(order), self.features):
            n, neurons = state.neurons.v.shape
            raise SpecError(
                f"the state is that of {n} series and {neurons} neurons; expected {len(order)} and "
                f"{self.features}"
            )
        return _taken(state or self.begin(len(order)), order)

    def _seen(self, counts: Array, steps: int) -> None:
        """Note how active neurons were."""
        most = steps / (self.coefficients.refractory + 1)
        self.activity = Activity(
            rate=float(counts.mean() / max(steps, 1)),
            silent=float((counts == 0).mean()),
            saturated=float((counts >= max(0.9 * most, 1)).mean()),
        )

    def _finite(self, state: Ongoing) -> Ongoing:
        bad = ~np.isfinite(state.neurons.v)
        if bad.any():
            k, j = (int(i) for i in np.argwhere(bad)[0])
            raise ConvergenceError(
                f"the potential of neuron {j} is {state.neurons.v[k, j]} at the end of series {k} "
                f"({int(bad.sum())} such potentials): weights or inputs are too large for "
                f"{np.dtype(self.dtype).name}"
            )
        return state


class _Reads(NamedTuple):
    """Tiles as the kernel reads them, None where it cannot; and how far off noise is."""

    reads: tuple[Read, ...] | None
    noise_error: float = 0.0


def _reads_of(
    matrices: list[TiledMatrix], channels: int, usual: dict[str, Array], dtype: Any
) -> _Reads:
    error, found = 0.0, []
    for matrix, first in zip(matrices, (0, channels), strict=False):
        if len(matrix.halves) != 1:
            return _Reads(None)
        half = matrix.halves[0]
        stages, off = stages_near(half.tile, usual.get(half.name))
        error = max(error, off)
        if stages is None:
            return _Reads(None)
        found.append(read_of(stages, first, dtype))
    return _Reads(tuple(found) or None, error)


def _taken(state: Ongoing, order: Array) -> Ongoing:
    """A copy, series in another order."""
    neurons = NeuronState(*(part[order] for part in state.neurons))
    return Ongoing(neurons, state.trace[order], state.pending[order])


def _check_sizes(drawn: Connections, dtype: Any) -> None:
    most = float(np.finfo(dtype).max) / (4 * sum(drawn.inputs.shape))
    largest = max(float(np.abs(w).max(initial=0.0)) for w in (drawn.inputs, drawn.recurrent))
    if not largest < most:
        raise SpecError(
            f"the wiring's largest weight is {largest:g}; sums of it must stay below what "
            f"{np.dtype(dtype).name} holds, so that it is at most {most:.3g}"
        )


def _check(inputs: int, neurons: int, feature: str, tau_trace: float, dtype: Any) -> None:
    for name, value in (("inputs", inputs), ("units", neurons)):
        check_count(name, value, 1)
    if feature not in FEATURES:
        raise SpecError(f"feature is {feature!r}; known: {', '.join(FEATURES)}")
    check_number("tau_trace", tau_trace, 0.0, inf, "second", above=True)
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise SpecError(f"dtype is {dtype!r}; expected float32 or float64")
