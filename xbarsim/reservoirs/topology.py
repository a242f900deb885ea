"""Who is connected with whom in a random reservoir, and how strongly.

Matrices are (to, from), of numpy where more than a third of the connections exist, else sparse.
Weights that are drawn are standard normal; `xbarsim.reservoirs.spectral` scales them.

References
----------
``random``: H. Jaeger, GMD report 148 (2001). ``cycle``: A. Rodan and P. Tino, IEEE Trans. Neural
Networks 22, 131 (2011), the simple cycle reservoir. ``small_world``: D. J. Watts and S. H.
Strogatz, Nature 393, 440 (1998); as a reservoir, Z. Deng and Y. Zhang, IEEE Trans. Neural Networks
18, 1364 (2007). ``block``: a stochastic block model, P. W. Holland et al., Social Networks 5, 109
(1983).
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import sparse

from xbarsim.backend import Array, require_memory
from xbarsim.errors import SpecError, suggestion

DENSE = 1 / 3  # share of connections from which a matrix is stored whole


def random(n: int, density: float, rng: np.random.Generator) -> Any:
    """Each neuron has the same number of inputs, of any neurons: ``density * n``."""
    require_memory(12.0 * n * n, f"a reservoir of {n} units")
    each = max(round(density * n), 1)
    if each == n:
        return rng.standard_normal((n, n))
    columns = np.argpartition(rng.random((n, n), dtype=np.float32), each, axis=1)[:, :each]
    return _matrix(n, np.repeat(np.arange(n), each), columns.reshape(-1), rng)


def cycle(n: int, density: float, rng: np.random.Generator) -> Any:
    """A ring: each neuron has one input, its neighbour, all of the same weight."""
    rows = np.arange(n)
    return sparse.csr_array((np.ones(n), (rows, np.roll(rows, 1))), shape=(n, n))


def small_world(n: int, density: float, rng: np.random.Generator) -> Any:
    """A ring of neighbours, a tenth of whose connections go anywhere instead.

    The tenth lies amid the range where Watts and Strogatz find short paths and clusters at once.
    """
    each = min(max(2 * round(density * n / 2), 2), n - 1)
    near = np.concatenate([np.arange(-(each // 2), 0), np.arange(1, each - each // 2 + 1)])
    columns = (np.arange(n)[:, None] + near) % n
    for row in range(n):
        for k in np.flatnonzero(rng.random(each) < 0.1):
            free = np.setdiff1d(np.arange(n), [*columns[row], row])
            if len(free):
                columns[row, k] = rng.choice(free)
    return _matrix(n, np.repeat(np.arange(n), each), columns.reshape(-1), rng)


def block(n: int, density: float, rng: np.random.Generator) -> Any:
    """Four groups; nine connections of ten stay within a group, `density` is that of all.

    Where so many have no room in the groups, these are full and the others lead to other groups.
    """
    require_memory(24.0 * n * n, f"a reservoir of {n} units")
    group = np.arange(n) * 4 // n
    within = group[:, None] == group
    own = within.mean()
    inside = min(0.9 * density / own, 1.0)
    share = np.where(within, inside, (density - inside * own) / max(1 - own, 1e-12))
    rows, columns = np.nonzero(rng.random((n, n)) < share)
    return _matrix(n, rows, columns, rng)


TOPOLOGIES: Mapping[str, Callable[[int, float, np.random.Generator], Any]] = {
    "random": random,
    "cycle": cycle,
    "small_world": small_world,
    "block": block,
}


def recurrent(topology: str, n: int, density: float, rng: np.random.Generator) -> Any:
    """Weights of `n` neurons, (n, n).

    Raises
    ------
    SpecError : an unknown topology, no neuron, or a density that is not above 0 and at most 1.
    ResourceError : too many neurons for the memory.
    """
    if topology not in TOPOLOGIES:
        near = suggestion(str(topology), list(TOPOLOGIES))
        raise SpecError(f"topology is {topology!r}; known: {', '.join(TOPOLOGIES)}{near}")
    if not (isinstance(density, int | float | np.number) and 0 < density <= 1):
        raise SpecError(f"density is {density!r}; it must be above 0, at most 1")
    return TOPOLOGIES[topology](n, float(density), rng)


def _matrix(n: int, rows: Array, columns: Array, rng: np.random.Generator) -> Any:
    weights = sparse.csr_array((rng.standard_normal(len(rows)), (rows, columns)), shape=(n, n))
    return weights.toarray() if weights.nnz > DENSE * n * n else weights
