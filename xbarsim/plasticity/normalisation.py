r"""Normalisation: the weights onto a neuron keep their sum S.

.. math:: w_{ij} \leftarrow w_{ij}\,S / \textstyle\sum_k w_{kj}

References
----------
Y. Hao, X. Huang, M. Dong and B. Xu, Neural Networks 121, 387, 2020, where it is all that depresses:
78.4 for 784 inputs. Multiplicative normalisation of Hebbian learning goes back to C. von der
Malsburg, Kybernetik 14, 85, 1973.
"""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_number
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class Normalisation:
    """Sums of the weights onto each neuron.

    Parameters
    ----------
    total : S, in units of the weight.
    """

    total: float

    def __post_init__(self) -> None:
        check_number("total", self.total, 0.0, above=True)

    def wanted(self, w: Array) -> Array:
        """Changes of weights (pre, post), cell by cell.

        Raises
        ------
        SpecError : weights onto a neuron that sum to 0 or less, which no factor changes.
        """
        w = np.asarray(w, dtype=float)
        return w * (self.total / self._sums(w) - 1.0)

    def by_line(self, w: Array, present: Array | None = None) -> Array:
        """The mean of these changes over the cells of each column, (post,): for one train a column.

        Such a train is multiplicative in so far as the device's own steps grow with the weight.

        Parameters
        ----------
        present : which cells there are, (pre, post); all by default.

        Raises
        ------
        SpecError : as `wanted`.
        """
        w = np.asarray(w, dtype=float)
        cells = len(w) if present is None else np.maximum(np.asarray(present).sum(axis=0), 1)
        return (self.total - self._sums(w)) / cells

    def _sums(self, w: Array) -> Array:
        if w.ndim != 2:
            raise SpecError(f"w has shape {w.shape}; it takes a matrix (pre, post)")
        sums = w.sum(axis=0)
        if not (sums > 0).all():
            k = int(np.flatnonzero(~(sums > 0))[0])
            raise SpecError(
                f"the weights onto neuron {k} sum to {sums[k]:g}; only a sum above 0 can be scaled"
            )
        return sums
