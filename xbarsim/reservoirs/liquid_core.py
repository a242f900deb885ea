"""A liquid: spiking neurons, connected at random, that series of spikes or currents go through."""

from collections import Counter
from math import exp, inf
from typing import Any, NamedTuple

import numpy as np

from xbarsim.backend import Array, require_memory
from xbarsim.checks import check_count, check_number
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.network import ledger_of, thinned
from xbarsim.reservoirs import _spiking as kernels
from xbarsim.reservoirs._events import Read, nothing, read_of
from xbarsim.reservoirs._rows import in_blocks
from xbarsim.reservoirs.delays import Delays, lines
from xbarsim.reservoirs.forming import FormedWiring, formed_hardware
from xbarsim.reservoirs.halves import TiledMatrix
from xbarsim.reservoirs.liquid_loops import Found, compiled, step_by_step
from xbarsim.reservoirs.neuron_models import Spiking, begin
from xbarsim.reservoirs.on_tile import stages_near
from xbarsim.reservoirs.ongoing import Activity, Ongoing, activity_of
from xbarsim.reservoirs.wiring import Connections, Wiring
from xbarsim.streams import Streams
from xbarsim.tile import Tile

FEATURES = ("spikes", "trace", "membrane")  # in the order of the kernel's

_CALIBRATION_VECTORS = 4096  # of those that a tile is given, evenly spread, at the most
_USUAL_VECTORS = 64  # of these, for which noise through wires is solved


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
    Tiles number their reads; noise follows from that number and the place of a series among the
    others.
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
        self.direct = steps is None

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
        series, state = self._ready(series, state)
        reads = self._prepared().reads
        if self._matrices and reads is None:
            return self._seen(step_by_step(self, series, state, self._by_tiles), series)
        weights = self._weights() if reads is None else nothing(self.dtype)
        found = compiled(self, series, state, weights, reads, self.feature)
        if reads is not None:
            lengths = [len(part) for part in series]
            for tile in self.tiles.values():
                tile.reads += max(lengths)
                tile.count(sum(lengths), 1, max(lengths))
        return self._seen(found, series)

    def reference(
        self, series: list[Array], state: Ongoing | None = None
    ) -> tuple[list[Array], Ongoing]:
        """What `run` gives, by plain NumPy, step by step and tile by tile."""
        product = self._by_tiles if self._matrices else self._in_software
        series, state = self._ready(series, state)
        return self._seen(step_by_step(self, series, state, product), series)

    def held(self, series: list[Array], feature: int) -> list[Array]:
        """Features when `series` run without noise, by the weights that cells hold."""
        series, state = self._ready(series, None)
        weights = self._blocks(*(matrix.held for matrix in self._matrices))
        return compiled(self, series, state, weights, None, feature)[0]

    def driven(self, series: list[Array]) -> dict[str, Array]:
        """Vectors that each tile is given when `series` run without noise, by name."""
        if not self._matrices:
            return {}
        line, found = self.lines, []
        for part in self.held(series, kernels.SPIKES):
            before = np.concatenate([np.zeros((line.longest, part.shape[1]), part.dtype), part])
            times = np.arange(len(part))[:, None] + line.longest - line.delay
            found.append(before[times, line.source])
        given = self._ready(series, None)[0], found
        out: dict[str, Array] = {}
        for matrix, vectors in zip(self._matrices, given, strict=True):
            out |= matrix.given(np.concatenate(vectors))
        return out

    def _ready(self, series: list[Array], state: Ongoing | None) -> tuple[list[Array], Ongoing]:
        """Series of the type of states, and the state that they begin with."""
        for k, part in enumerate(series):
            if part.ndim != 2 or part.shape[1] != self.inputs or len(part) == 0:
                raise SpecError(
                    f"series {k} has shape {part.shape}; expected (steps, {self.inputs}), of at "
                    "least one step"
                )
        if state is not None and state.neurons.v.shape != (len(series), self.features):
            n, neurons = state.neurons.v.shape
            raise SpecError(
                f"the state is that of {n} series and {neurons} neurons; expected {len(series)} "
                f"and {self.features}"
            )
        given = [np.ascontiguousarray(part, self.dtype) for part in series]
        return given, state or self.begin(len(series))

    def _prepared(self) -> "_Reads":
        """Tiles as the kernel reads them, as they are now."""
        changes = [tile.changes for tile in self.tiles.values()]
        if self._reads is None or self._reads_at != changes:
            self._reads = _reads_of(self._matrices, self._usual, self.dtype)
            self._reads_at = changes
        return self._reads

    def _weights(self) -> Array:
        """Those drawn, of inputs and lines, in blocks."""
        if self._drawn is None:
            self._drawn = self._blocks(self.connections.inputs, self.lines.weights)
        return self._drawn

    def _blocks(self, inputs: Array, lines: Array) -> Array:
        """Weights (neurons, sources) of both, one behind the other, in blocks.

        In one array, of which an operating system may hold the pages together.
        """
        return in_blocks(np.concatenate([inputs, lines], axis=1).T, self.dtype)

    def _in_software(self, x: Array, arriving: Array, _: Array) -> Array:
        w_in, w = self.connections.inputs, self.lines.weights
        return x @ w_in.T.astype(self.dtype) + arriving @ w.T.astype(self.dtype)

    def _by_tiles(self, x: Array, arriving: Array, places: Array) -> Array:
        given, spikes = self._matrices
        return given(x, places) + spikes(arriving, places)

    def _seen(self, found: Found, series: list[Array]) -> tuple[list[Array], Ongoing]:
        """Features and state; how active neurons were is noted."""
        features, state, counts = found
        steps = sum(len(part) for part in series)
        self.activity = activity_of(counts, steps, self.coefficients.refractory)
        return features, state.checked()


class _Reads(NamedTuple):
    """Tiles as the kernel reads them, None where it cannot; and how far off noise is."""

    reads: tuple[Read, ...] | None
    noise_error: float = 0.0


def _reads_of(matrices: list[TiledMatrix], usual: dict[str, Array], dtype: Any) -> _Reads:
    error, found = 0.0, []
    for matrix in matrices:
        if len(matrix.halves) != 1:
            return _Reads(None)
        half = matrix.halves[0]
        stages, off = stages_near(half.tile, usual.get(half.name))
        error = max(error, off)
        if stages is None:
            return _Reads(None)
        found.append(read_of(stages, dtype))
    return _Reads(tuple(found) or None, error)


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
