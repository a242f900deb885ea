"""The spectral radius of a matrix, and matrices scaled to one.

The largest eigenvalues come from the implicitly restarted Arnoldi method (R. B. Lehoucq, D. C.
Sorensen and C. Yang, ARPACK Users' Guide, SIAM 1998), which needs products only; where it does not
converge, or a matrix is small, from all eigenvalues.
"""

from typing import Any

import numpy as np
from scipy import sparse

from xbarsim.errors import SpecError
from xbarsim.streams import Streams

_SMALL = 100  # neurons for which all eigenvalues take no time
_WANTED, _BASIS = 4, 60  # eigenvalues, and vectors of the search
_LEAST = 1e-12  # of the largest weight, below which a radius counts as none


def spectral_radius(weights: Any, streams: Streams = Streams(0)) -> float:  # noqa: B008
    """Largest magnitude of an eigenvalue of a square matrix, to 1e-6 of it.

    Parameters
    ----------
    weights : (n, n), numpy or sparse.
    streams : of the vector that the search begins with.
    """
    n = weights.shape[0]
    if n > max(_SMALL, _BASIS):
        from scipy.sparse.linalg import ArpackError, eigs

        try:
            start = streams.rng().standard_normal(n)
            found = eigs(
                weights, _WANTED, v0=start, ncv=_BASIS, tol=1e-6, return_eigenvectors=False
            )
            return float(np.abs(found).max())
        except ArpackError:  # also where it does not converge
            pass
    whole = weights.toarray() if sparse.issparse(weights) else np.asarray(weights)
    return float(np.abs(np.linalg.eigvals(whole)).max())


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
    found, largest = spectral_radius(weights, streams), float(abs(weights).max())
    if not found > _LEAST * largest:
        raise SpecError(
            f"spectral_radius {radius:g} cannot be reached: the connections lead back nowhere, so "
            "that every multiple of the weights has a radius of 0; use more units or density"
        )
    return weights * (radius / found)
