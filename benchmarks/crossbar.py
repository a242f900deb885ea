"""Times the exact circuit beside a general sparse factorisation of the same array, in one process.

    python benchmarks/crossbar.py [--sizes 32,64,128,256] [--repeats 5]

Every figure is the fastest of interleaved repeats on one BLAS thread. The peer is SciPy's SuperLU
on the nodal equations, its factor kept for the further vectors; its answer is also the error's
yardstick.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import SuperLU, splu
from threadpoolctl import threadpool_limits

from xbarsim.crossbar import Wires, solve, transfer_matrix

OHM = 2.5
BATCH = 64


def main() -> None:
    """Print times, ratios, errors and the exponent of growth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="32,64,128,256")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    with threadpool_limits(1):
        rows = [measure(size, arguments.repeats) for size in sizes]
    heads = (
        "side",
        "transfer",
        "solve",
        "read/vec",
        "LU",
        "LU/vec",
        "LU/solve",
        "vec/read",
        "error",
    )
    print("".join(f"{head:>13}" for head in heads))
    for row in rows:
        print("".join(f"{value:>13.4g}" for value in row))
    if len(rows) > 1:
        exponent = np.polyfit(np.log(sizes), np.log([row[1] for row in rows]), 1)[0]
        print(f"times in s; the transfer matrix grows with the power {exponent:.2f} of the side")


def measure(side: int, repeats: int) -> list[float]:
    """One size: times (s), the peer's times over ours, and the largest relative difference."""
    rng = np.random.default_rng(side)
    g, v = rng.uniform(1e-6, 1e-4, (side, side)), rng.uniform(0, 0.2, (BATCH, side))
    wires = Wires(r_word=OHM, r_bit=OHM, r_source=OHM, r_sense=OHM)
    t = transfer_matrix(g, wires)
    matrix = nodal_matrix(g)
    factor = splu(matrix)
    transfer, single, read, lu, further = fastest(
        repeats,
        lambda: transfer_matrix(g, wires),
        lambda: solve(g, v[0], wires),
        lambda: v @ t,
        lambda: splu(matrix),
        lambda: peer(factor, v, side),
    )
    read, further = read / BATCH, further / BATCH
    expected = peer(factor, v, side)
    error = np.abs(v @ t - expected).max() / np.abs(expected).max()
    whole = lu + further
    return [side, transfer, single, read, lu, further, whole / single, further / read, error]


def nodal_matrix(g: np.ndarray) -> coo_matrix:
    """Kirchhoff's current law at every word-line node, then every bit-line node; siemens."""
    m, n = g.shape
    word = np.arange(m * n).reshape(m, n)
    bit = word + m * n
    pairs = [(word[:, :-1], word[:, 1:]), (bit[:-1], bit[1:])]
    a = np.concatenate([first.ravel() for first, _ in pairs] + [word.ravel()])
    b = np.concatenate([second.ravel() for _, second in pairs] + [bit.ravel()])
    lines = sum(first.size for first, _ in pairs)
    s = np.concatenate([np.full(lines, 1 / OHM), g.ravel()])
    ends = np.concatenate([word[:, 0], bit[-1]])
    row = np.concatenate([a, b, a, b, ends])
    col = np.concatenate([a, b, b, a, ends])
    value = np.concatenate([s, s, -s, -s, np.full(len(ends), 1 / OHM)])
    return coo_matrix((value, (row, col))).tocsc()


def peer(factor: SuperLU, v: np.ndarray, side: int) -> np.ndarray:
    """Output currents of the peer; (batch, side) A."""
    sources = np.zeros((2 * side * side, len(v)))
    sources[: side * side : side] = v.T / OHM
    return factor.solve(sources)[-side:].T / OHM


def fastest(repeats: int, *functions: Callable[[], object]) -> list[float]:
    """Shortest time of each function over interleaved repeats, s."""
    times = np.full((repeats, len(functions)), np.inf)
    for repeat in range(repeats):
        for k, function in enumerate(functions):
            begun = time.perf_counter()
            function()
            times[repeat, k] = time.perf_counter() - begun
    return list(times.min(axis=0))


if __name__ == "__main__":
    main()
