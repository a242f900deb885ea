"""The spectral radius of a matrix, and matrices scaled to one.

The largest eigenvalues come from the implicitly restarted Arnoldi method (R. B. Lehoucq, D. C.
Sorensen and C. Yang, ARPACK Users' Guide, SIAM 1998), which needs products only; where it does not
converge, or a matrix is small, from all eigenvalues. Two cases are known without either: where no
connection is part of a loop there is no other eigenvalue than 0, which rounding hides; and where
weights have one sign and each neuron the same sum of them, that sum is the radius (Perron and
Frobenius; R. A. Horn and C. R. Johnson, Matrix Analysis, 2013, theorem 8.1.22).
"""

from typing import Any

import numpy as np
from scipy import sparse

from xbarsim.errors import SpecError
from xbarsim.parallel import single_threaded_blas
from xbarsim.streams import Streams

_SMALL = 100  # neurons for which all eigenvalues take no time
_WANTED, _BASIS = 4, 60  # eigenvalues, and vectors of the search


def spectral_radius(weights: Any, streams: Streams = Streams(0)) -> float:  # noqa: B008
    """Largest magnitude of an eigenvalue of a square matrix, to 1e-6 of it.

    Parameters
    ----------
    weights : (n, n), numpy or sparse.
    streams : of the vector that the search begins with.
    """
    n = weights.shape[0]
    if not _has_loops(weights):
        return 0.0
    sums = np.asarray(abs(weights).sum(axis=1))
    if sums.min() == sums.max() and (weights.min() >= 0 or weights.max() <= 0):
        return float(sums[0])
    if n > max(_SMALL, _BASIS):
        from scipy.sparse.linalg import ArpackError, eigs

        try:
            start = streams.rng().standard_normal(n)
            how = {"v0": start, "ncv": _BASIS, "maxiter": 300, "tol": 1e-6}
            with single_threaded_blas():  # the same digits however many threads there are
                found = eigs(weights, _WANTED, return_eigenvectors=False, **how)
            return float(np.abs(found).max())
        except ArpackError:  # also where it does not converge
            pass
    whole = weights.toarray() if sparse.issparse(weights) else np.asarray(weights)
    return float(np.abs(np.linalg.eigvals(whole)).max())


def _has_loops(weights: Any) -> bool:
    """Whether some neuron drives itself, by whatever way."""
    from scipy.sparse.csgraph import connected_components

    parts, _ = connected_components(weights, directed=True, connection="strong")
    return bool(parts < weights.shape[0] or weights.diagonal().any())


def scaled_to(weights: Any, radius: float, streams: Streams) -> Any:
    """`weights` times what makes their spectral radius `radius`.

    Raises
    ------
    SpecError : a radius that is no finite number from 0; or no multiple of the weights has it, as
        they lead back nowhere.
    """
    if not (isinstance(radius, int | float | np.number) and 0 <= radius < np.inf):
        raise SpecError(f"spectral_radius is {radius!r}; it must be a finite number of at least 0")
    if radius == 0:
        return weights * 0.0
    found = spectral_radius(weights, streams)
    if found == 0:
        raise SpecError(
            f"spectral_radius {radius:g} cannot be reached: the connections lead back nowhere, so "
            "that every multiple of the weights has a radius of 0; use more units or density"
        )
    return weights * (radius / found)
