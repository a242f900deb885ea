r"""Leaky rate neurons that drive each other: the system behind `xbarsim.reservoirs.EchoState`.

.. math:: x_t = (1 - a)\,x_{t-1} + a\,f(W x_{t-1} + W_\mathrm{in} u_t + b)

with x = 0 before the first step. H. Jaeger, GMD report 148 (2001); leaky neurons, H. Jaeger et al.,
Neural Networks 20, 335 (2007), equation 4.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from xbarsim.backend import Array
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.hardware import Hardware
from xbarsim.network import thinned
from xbarsim.parallel import single_threaded_blas, spread
from xbarsim.reservoirs import on_tile
from xbarsim.reservoirs._activation import ACTIVATIONS
from xbarsim.reservoirs._dense import dense_run
from xbarsim.reservoirs._sparse import sparse_run
from xbarsim.reservoirs._sparse_batch import LANES, sparse_batch_run
from xbarsim.reservoirs._together import shared
from xbarsim.reservoirs.matrices import connections
from xbarsim.streams import Streams
from xbarsim.tile import Tile

_CALIBRATION_VECTORS = 4096  # of those that the arrays are given, evenly spread, at the most
_BESIDE = 8  # series from which running them side by side is faster
_USUAL_VECTORS = 16  # on which noise through wires is fitted


@dataclass(frozen=True, kw_only=True, eq=False)
class Neurons:
    """What neurons are, and who drives them.

    Parameters
    ----------
    recurrent : (n, n), from the second to the first; numpy or sparse.
    inputs : (n, channels).
    bias, leak : (n,) each.
    activation : one of `xbarsim.reservoirs._activation.ACTIVATIONS`.
    """

    recurrent: Any
    inputs: Array
    bias: Array
    leak: Array
    activation: str = "tanh"

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise SpecError(f"activation is {self.activation!r}; known: {', '.join(ACTIVATIONS)}")

    @property
    def function(self) -> int:
        """Number of the activation, as compiled functions know it."""
        return ACTIVATIONS.index(self.activation)


class EchoCore:
    """Neurons in software, or with their weights on a tile; a `xbarsim.reservoirs.Core`.

    Parameters
    ----------
    neurons : what is to run.
    hardware : what arrays are built from; None is software.
    streams : of the tile.
    largest : magnitude that inputs reach, (channels,): input lines are driven to full scale by it.
    dtype : float64 or float32.
    formed : whether programming leaves weights to the forming of devices: those of `neurons` then
        say what a cell stands for, in every place.

    Notes
    -----
    States and inputs stand on the word lines of one tile, side by side; biases are added digitally.
    A step is one read of all arrays. Where they hold pairs of cells, with amplitudes as inputs and
    converters that err in gain, offset and noise at most, compiled loops read them: noise of the
    outputs is normal, independent, and has the variance that the solved cell voltages give on
    usual inputs (`xbarsim.tile.noise.power_near`); `noise_error` says how far it is off for each.
    Everything else, ``noise="exact"`` of the hardware too, is read by the tile, step by step.
    """

    def __init__(
        self,
        neurons: Neurons,
        hardware: Hardware | None,
        streams: Streams,
        largest: Array,
        dtype: Any = np.float64,
        formed: bool = False,
    ) -> None:
        self.neurons, self.dtype = neurons, np.dtype(dtype)
        self.features, self.inputs = neurons.inputs.shape
        self.full = np.where(largest > 0, largest, 1.0)  # of each channel
        self._leak = neurons.leak.astype(self.dtype)
        self._matrix = _stored(neurons.recurrent, self.dtype)
        self._in = neurons.inputs.T.astype(self.dtype)
        self._bias = neurons.bias.astype(self.dtype)
        self.tiles: dict[str, Tile] = {}
        if hardware is not None:
            self.tiles["reservoir"] = self._tile(hardware, streams)
        self._formed = formed
        self._usual: Array | None = None
        self._fast: on_tile.Fast | None = None
        self._fast_of = 0  # changes of the tile when it was prepared

    def _tile(self, hardware: Hardware, streams: Streams) -> Tile:
        recurrent = self.neurons.recurrent
        whole = recurrent.toarray() if sparse.issparse(recurrent) else recurrent
        weights = np.concatenate([whole, self.neurons.inputs * self.full], axis=1)
        connected = None if hardware.code.references else weights != 0
        return Tile(weights, hardware, streams, connected=connected)

    @property
    def noise_error(self) -> float:
        """Root mean square error of the variance that compiled loops draw noise with, over it."""
        return 0.0 if self._fast is None else self._fast.noise_error

    @property
    def ledger(self) -> Counter[str]:
        """What the tile has done."""
        return Counter() if not self.tiles else self.tiles["reservoir"].ledger

    def program(self) -> None:
        """Program fresh devices."""
        for tile in self.tiles.values():
            tile.program()
            if self._formed:  # what software runs is what the cells have become
                held = tile.held
                self._matrix = _stored(held[:, : self.features], self.dtype)
                self._in = (held[:, self.features :] / self.full).T.astype(self.dtype)
        self._fast = None

    def calibrate(self, series: list[Array]) -> None:
        """Set converter ranges on what arrays are given when `series` run in software."""
        if not self.tiles:
            return
        features, _ = self._in_software(series, self.begin(len(series)))
        self._check_bounded(features)
        vectors = self._vectors(series, features)
        self.tiles["reservoir"].calibrate(thinned(vectors, _CALIBRATION_VECTORS), silent=True)
        self._usual = thinned(vectors, _USUAL_VECTORS)
        self._fast = None

    def age(self, t: float) -> None:
        """Let cells be `t` seconds old."""
        for tile in self.tiles.values():
            tile.age(t)
        self._fast = None

    def begin(self, n: int) -> Array:
        """States of zero, (n, features)."""
        return np.zeros((n, self.features), self.dtype)

    def run(self, series: list[Array], state: Array | None = None) -> tuple[list[Array], Array]:
        """States after each step, and the last ones; see `xbarsim.reservoirs.Core`."""
        state = self.begin(len(series)) if state is None else state
        found = (self._on_tile if self.tiles else self._in_software)(series, state)
        self._check_bounded(found[0])
        return found

    def _check_bounded(self, features: list[Array]) -> None:
        if self.neurons.activation in ("identity", "relu"):
            for k, states in enumerate(features):
                _check_bounded(k, states)

    def driven(self, series: list[Array]) -> dict[str, Array]:
        """Vectors that the tile is given when `series` run."""
        if not self.tiles:
            return {}
        return {"reservoir": self._vectors(series, self.run(series)[0])}

    def _vectors(self, series: list[Array], features: list[Array]) -> Array:
        """States before each step, and inputs over their full scale."""
        parts = []
        for u, x in zip(series, features, strict=True):
            before = np.concatenate([np.zeros_like(x[:1]), x[:-1]])
            parts.append(np.concatenate([before, self._given(u)], axis=1))
        return np.concatenate(parts)

    def _given(self, u: Array) -> Array:
        """Inputs over their full scale."""
        return (u / self.full).astype(self.dtype)

    def _in_software(self, series: list[Array], state: Array) -> tuple[list[Array], Array]:
        with single_threaded_blas():  # whose threads would go on spinning beside ours
            drives = [u.astype(self.dtype, copy=False) @ self._in for u in series]
        for drive in drives:
            drive += self._bias
        whole = isinstance(self._matrix, np.ndarray)
        matrix = (self._matrix,) if whole else tuple(self._matrix)
        run: Any = dense_run if whole else sparse_run

        def one(k: int) -> None:
            before = np.ascontiguousarray(state[k])
            given = *matrix, drives[k], before, self._leak, self.neurons.function
            work = matrix[-1].size
            shared(lambda *part: run(*given, *part), len(drives[k]), self.features, work)

        def some(chosen: Array) -> None:
            if len(chosen) >= _BESIDE and not whole:
                self._side_by_side(drives, state, chosen)
            else:
                for k in chosen:
                    one(k)

        order = np.argsort([-len(u) for u in series], kind="stable")  # alike lengths together
        if len(series) < _BESIDE or whole:
            spread(one, order)
        else:
            spread(some, np.split(order, range(LANES, len(order), LANES)))
        return drives, np.stack([states[-1] for states in drives])

    def _side_by_side(self, drives: list[Array], state: Array, chosen: Array) -> None:
        """States of up to `LANES` series in place of what drives them."""
        longest = max(len(drives[k]) for k in chosen)
        states = np.zeros((LANES, longest, self.features), self.dtype)
        before = np.zeros((self.features, LANES), self.dtype)
        leak = np.repeat(self._leak[:, None], LANES, axis=1)
        for lane, k in enumerate(chosen):
            states[lane, : len(drives[k])], before[:, lane] = drives[k], state[k]
        starts, index, weights = self._matrix
        function = self.neurons.function
        sparse_batch_run(starts, index, weights, states, before, leak, function)
        for lane, k in enumerate(chosen):
            drives[k][:] = states[lane, : len(drives[k])]

    def _on_tile(self, series: list[Array], state: Array) -> tuple[list[Array], Array]:
        tile = self.tiles["reservoir"]
        if self._fast is None or self._fast_of != tile.changes:
            self._fast = on_tile.fast(tile, self.features, self._usual, self.dtype)
            self._fast_of = tile.changes
        given = [self._given(u) for u in series]
        if self._fast.stages is None:
            found = on_tile.step_by_step(tile, given, state, self.neurons)
        else:
            found = on_tile.compiled(tile, self._fast, given, state, self)
        return found, np.stack([states[-1] for states in found])


def _stored(matrix: Any, dtype: Any) -> Any:
    """A recurrent matrix as compiled loops want it."""
    if sparse.issparse(matrix):
        return connections(matrix, dtype)
    return np.ascontiguousarray(matrix, dtype=dtype)


def _check_bounded(k: int, states: Array) -> None:
    bad = ~np.isfinite(states)
    if bad.any():
        step, unit = (int(n) for n in np.argwhere(bad)[0])
        raise ConvergenceError(
            f"the reservoir is unstable: unit {unit} diverged at step {step} of series {k}; use a "
            "smaller spectral_radius, or an activation that is bounded"
        )
