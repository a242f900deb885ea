"""An echo-state network on a noisy array, computed anew with NumPy alone.

Nothing here comes from xbarsim but the random network and the devices' published constants: lines
are solved as one sparse system of nodal equations, devices are drawn from their laws as the papers
state them, each cell's noise goes through the lines to first order, converters round. One row of
arrays holds all states and inputs; wires are the same for all segments; dtype is double.
"""

import functools
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

V_READ = 0.2  # V, of an input at full scale
OUTPUTS = 64  # of an array: pairs of its 128 columns
ENDS = 1e6  # S, of drivers and amplifiers beside the first cell and the last: as good as none


@dataclass(frozen=True)
class Network:
    """A network and its inputs over their full scale: W, W_in, bias, leak."""

    recurrent: np.ndarray
    inputs: np.ndarray
    bias: np.ndarray
    leak: np.ndarray
    full: np.ndarray

    @property
    def matrix(self) -> np.ndarray:
        """(units, units + channels)."""
        return np.concatenate([self.recurrent, self.inputs * self.full], axis=1)

    def states(self, u: np.ndarray) -> np.ndarray:
        """In exact arithmetic, (time, units)."""
        x, found = np.zeros(len(self.bias)), []
        for given in u:
            sums = self.recurrent @ x + self.inputs @ given + self.bias
            x = (1 - self.leak) * x + self.leak * np.tanh(sums)
            found.append(x)
        return np.array(found)


class Exact:
    """A cell that holds its target, 1 to 40 uS; read noise a share of the conductance."""

    low, high = 1e-6, 40e-6

    def __init__(self, noise: float) -> None:
        self.noise = noise

    def programmed(
        self, target: np.ndarray, formed: np.ndarray, rng: np.random.Generator
    ) -> "Exact":
        """The cells of a chip: targets, and which there are."""
        self.g = target
        return self

    def at(self, t: float | None) -> tuple[np.ndarray, np.ndarray]:
        """Conductances and their spread in a read."""
        return self.g, self.noise * self.g


class PhaseChange:
    """V. Joshi et al., Nature Communications 11, 2473 (2020), Methods, with 1/f noise."""

    low, high = 0.0, 25e-6
    first, t_read = 20.0, 100e-9

    def programmed(
        self, target: np.ndarray, formed: np.ndarray, rng: np.random.Generator
    ) -> "PhaseChange":
        """The cells of a chip: targets, and which there are."""
        g = target / self.high
        spread = np.maximum(0.26348e-6 + 1.9650e-6 * g - 1.1731e-6 * g**2, 0)
        self.g = np.where(formed, np.maximum(target + spread * rng.standard_normal(g.shape), 0), 0)
        self.relative = np.maximum(self.g / self.high, 1e-7)
        mean = np.clip(-0.0155 * np.log(self.relative) + 0.0244, 0.049, 0.1)
        wide = np.clip(-0.0125 * np.log(self.relative) - 0.0059, 0.008, 0.045)
        self.nu = np.abs(mean + wide * rng.standard_normal(g.shape))
        return self

    def at(self, t: float | None) -> tuple[np.ndarray, np.ndarray]:
        """Conductances and their spread in a read."""
        t = self.first if t is None else t
        g = self.g * (t / self.first) ** -self.nu
        depth = np.sqrt(np.log((t + self.t_read) / (2 * self.t_read)))
        return g, g * np.minimum(0.0088 * self.relative**-0.65, 0.2) * depth


@dataclass(frozen=True)
class Lines:
    """What the cells of arrays side by side do to outputs.

    Parameters
    ----------
    transfer : of outputs, (rows, outputs) S.
    cells : which conduct, (rows, cols) of bool, of each array.
    drop : across each for a volt at each source, (cells, rows).
    seen : across each for a volt at each output's sensed ends, squared, (outputs, cells).
    total : currents of all columns for a volt at every source, A.
    """

    transfer: np.ndarray
    cells: list[np.ndarray]
    drop: np.ndarray
    seen: np.ndarray
    total: float


def side_by_side(arrays: list[np.ndarray], ohm: float) -> Lines:
    """Arrays (rows, cols) that share their inputs."""
    return _side_by_side(tuple((g.tobytes(), g.shape) for g in arrays), ohm)


@functools.lru_cache(maxsize=16)  # reads with other noise and other converters have the same lines
def _side_by_side(arrays: tuple[tuple[bytes, tuple[int, ...]], ...], ohm: float) -> Lines:
    parts = [solved(np.frombuffer(cells).reshape(shape), ohm) for cells, shape in arrays]
    return Lines(
        np.concatenate([part.transfer for part in parts], axis=1),
        [part.cells[0] for part in parts],
        np.concatenate([part.drop for part in parts]),
        block_diag(*[part.seen for part in parts]),
        sum(part.total for part in parts),
    )


def solved(g: np.ndarray, ohm: float) -> Lines:
    """Nodal equations of an array whose columns are pairs, plus beside minus."""
    rows, cols = g.shape
    word = np.arange(g.size).reshape(rows, cols)
    bit, k = word + g.size, 1 / ohm
    one = np.concatenate([word[:, :-1].ravel(), bit[:-1].ravel(), word.ravel()])
    other = np.concatenate([word[:, 1:].ravel(), bit[1:].ravel(), bit.ravel()])
    between = np.concatenate([np.full(2 * g.size - rows - cols, k), g.ravel()])
    ends = np.concatenate([word[:, 0], bit[-1]])
    a = np.concatenate([one, other, one, other, ends])
    b = np.concatenate([other, one, one, other, ends])
    value = np.concatenate([-between, -between, between, between, np.full(len(ends), ENDS)])
    system = splu(coo_array((value, (a, b)), shape=(2 * g.size, 2 * g.size)).tocsc())
    given = np.zeros((2 * g.size, rows + cols // 2))
    given[word[:, 0], np.arange(rows)] = ENDS
    for sign, first in ((ENDS, 0), (-ENDS, 1)):
        given[bit[-1, first::2], rows + np.arange(cols // 2)] = sign
    volts = system.solve(given)
    drop = (volts[: g.size] - volts[g.size :])[np.flatnonzero(g)]
    ground = ENDS * volts[bit[-1], :rows].T
    paired = ground[:, ::2] - ground[:, 1::2]
    return Lines(paired, [g != 0], drop[:, :rows], drop[:, rows:].T ** 2, float(ground.sum()))


class Chip:
    """A network on an array.

    Parameters
    ----------
    network, device : what stands on which cells.
    ohm : of a segment.
    bits : of the converters before and behind the array.
    typical : series that ranges are set on, (time, channels).
    rng : of the chip and its reads.
    compensated : whether outputs are multiplied by what the sum of all currents has lost.
    """

    def __init__(self, network, device, ohm, bits, typical, rng, compensated=False) -> None:
        self.network, self.ohm, self.rng = network, ohm, rng
        self.compensated, self.lines = compensated, {}
        w = network.matrix
        self.scale = np.abs(w).max()
        pairs = np.zeros((w.shape[1], len(w), 2))
        window = device.high - device.low
        for k, sign in enumerate((1, -1)):
            part = np.maximum(sign * w.T, 0) / self.scale
            pairs[..., k] = np.where(w.T != 0, device.low + window * part, 0)
        formed = np.repeat((w.T != 0)[..., None], 2, axis=-1)
        self.window, self.device = window, device.programmed(pairs, formed, rng)
        x = network.states(typical)
        x = np.concatenate([np.zeros_like(x[:1]), x[:-1]])
        vectors = np.concatenate([x, typical / network.full], axis=1)
        self.full = np.abs(vectors).max()
        self.into, self.out = (2 ** (n - 1) - 1 for n in bits)
        self.age(None)
        self.range = np.percentile(np.abs(self.volts(vectors) @ self.found.transfer), 99.9)

    def age(self, t: float | None) -> None:
        """Let cells be so old, s."""
        g, sigma = (self._arrays(part) for part in self.device.at(t))
        if t not in self.lines:
            self.lines[t] = side_by_side(g, self.ohm)
        self.found = self.lines[t]
        spread = [part[cells] for part, cells in zip(sigma, self.found.cells, strict=True)]
        self.variance = self.found.seen * np.concatenate(spread) ** 2
        first = self.lines[None].total
        self.factor = first / self.found.total if self.compensated else 1.0

    def _arrays(self, pairs: np.ndarray) -> list[np.ndarray]:
        """Cells (rows, outputs, 2) on arrays."""
        count = -(-pairs.shape[1] // OUTPUTS)
        return [part.reshape(len(part), -1) for part in np.array_split(pairs, count, axis=1)]

    def volts(self, vectors: np.ndarray) -> np.ndarray:
        """On the word lines."""
        level = np.rint(np.clip(vectors / self.full * self.into, -self.into, self.into))
        return level * (V_READ / self.into)

    def step(self, x: np.ndarray, u: np.ndarray) -> np.ndarray:
        """The state after one more input."""
        v = self.volts(np.concatenate([x, u / self.network.full]))
        i = v @ self.found.transfer
        power = self.variance @ (self.found.drop @ v) ** 2
        i = i + np.sqrt(power) * self.rng.standard_normal(len(i))
        level = np.rint(np.clip(i / self.range * self.out, -self.out, self.out))
        sums = (
            level
            * self.range
            / self.out
            * self.factor
            * self.scale
            * self.full
            / (self.window * V_READ)
        )
        leak = self.network.leak
        return (1 - leak) * x + leak * np.tanh(sums + self.network.bias)

    def states(self, u: np.ndarray) -> np.ndarray:
        """After each step from rest, (time, units)."""
        x, found = np.zeros(len(self.network.bias)), []
        for given in u:
            x = self.step(x, given)
            found.append(x)
        return np.array(found)


class Readout:
    """Ridge regression with the penalty, a power of ten, that leaving samples out is best with."""

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self.mean, middle = x.mean(axis=0), y.mean(axis=0)
        left, s, right = np.linalg.svd(x - self.mean, full_matrices=False)
        along, best = left.T @ (y - middle), np.inf
        for penalty in 10.0 ** np.arange(-12, 4):
            share = s**2 / (s**2 + penalty)
            own = 1 - (left**2 * share).sum(axis=1) - 1 / len(x)
            error = (((y - middle - left @ (share[:, None] * along)) / own[:, None]) ** 2).mean()
            if error < best:
                best, self.weights = error, right.T @ ((share / s)[:, None] * along)
        self.offset = middle

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Outputs (n, outputs) of features."""
        return (x - self.mean) @ self.weights + self.offset
