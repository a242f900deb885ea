"""The arrays that everything is measured on, how time is taken, and what is true of them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_matrix, csc_matrix
from scipy.sparse.linalg import SuperLU, splu

from xbarsim.crossbar import Wires

OHM = 2.5
WIRES = Wires(r_word=OHM, r_bit=OHM, r_source=OHM, r_sense=OHM)
BATCH = 64
#: a call shorter than this is repeated within its turn, s
_TURN = 2e-3


@dataclass(frozen=True)
class Case:
    """One array of `side` x `side` cells and its inputs."""

    side: int

    @cached_property
    def g(self) -> np.ndarray:
        """Conductances, (side, side) S."""
        return np.random.default_rng(self.side).uniform(1e-6, 1e-4, (self.side, self.side))

    @cached_property
    def v(self) -> np.ndarray:
        """Inputs, (BATCH, side) V."""
        return np.random.default_rng(self.side + 1).uniform(0, 0.2, (BATCH, self.side))

    @cached_property
    def matrix(self) -> csc_matrix:
        """Nodal conductances, S."""
        return nodal_matrix(self.g)

    @cached_property
    def factor(self) -> SuperLU:
        """SuperLU's factors of `matrix`."""
        return splu(self.matrix)

    @cached_property
    def truth(self) -> np.ndarray:
        """Node voltages under the first input, refined in extended precision; (2, side, side) V."""
        wide = nodal_matrix(self.g, np.longdouble)
        sources = supplied(self.v[:1], np.longdouble)
        x = np.zeros_like(sources)
        for _ in range(4):
            x += self.factor.solve((sources - wide @ x).astype(float))
        return x.astype(float).reshape(2, self.side, self.side)

    @cached_property
    def i_true(self) -> np.ndarray:
        """Output currents under the first input, (side,) A."""
        return self.truth[1, -1] / OHM

    def error(self, i_out: np.ndarray) -> float:
        """Largest error of the currents under the first input, over the largest of them."""
        return float(np.abs(i_out - self.i_true).max() / np.abs(self.i_true).max())


def nodal_matrix(g: np.ndarray, dtype: type = float) -> csc_matrix:
    """Kirchhoff's current law at every word-line node, then every bit-line node; siemens."""
    m, n = g.shape
    word = np.arange(m * n).reshape(m, n)
    bit = word + m * n
    pairs = [(word[:, :-1], word[:, 1:]), (bit[:-1], bit[1:])]
    a = np.concatenate([first.ravel() for first, _ in pairs] + [word.ravel()])
    b = np.concatenate([second.ravel() for _, second in pairs] + [bit.ravel()])
    segment = 1 / np.array(OHM, dtype)
    lines = sum(first.size for first, _ in pairs)
    s = np.concatenate([np.full(lines, segment), g.ravel().astype(dtype)])
    ends = np.concatenate([word[:, 0], bit[-1]])
    row = np.concatenate([a, b, a, b, ends])
    col = np.concatenate([a, b, b, a, ends])
    value = np.concatenate([s, s, -s, -s, np.full(len(ends), segment)])
    return coo_matrix((value, (row, col))).tocsc()


def supplied(v: np.ndarray, dtype: type = float) -> np.ndarray:
    """Right-hand sides of the nodal equations, (nodes, batch) A."""
    side = v.shape[1]
    sources = np.zeros((2 * side * side, len(v)), dtype)
    sources[: side * side : side] = v.T.astype(dtype) / np.array(OHM, dtype)
    return sources


def fastest(
    functions: Mapping[str, Callable[[], object]], rounds: int = 7, seconds: float = 3.0
) -> dict[str, float]:
    """Shortest time of each function over interleaved rounds, s.

    Every function runs in the first round, and in a further one if it has not taken `seconds` yet.
    """
    best = dict.fromkeys(functions, np.inf)
    spent = dict.fromkeys(functions, 0.0)
    for _ in range(rounds):
        for name, function in functions.items():
            if spent[name] < seconds:
                lasted = _turn(function)
                best[name] = min(best[name], min(lasted))
                spent[name] += sum(lasted)
    return best


def _turn(function: Callable[[], object]) -> list[float]:
    lasted: list[float] = []
    while not lasted or sum(lasted) < _TURN:
        begun = time.perf_counter()
        function()
        lasted.append(time.perf_counter() - begun)
    return lasted
