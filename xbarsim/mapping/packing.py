"""Pieces of matrices on arrays: one each, or several along the diagonal of a shared one."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Size = tuple[int, int]  # rows and columns of a piece


class Spot(NamedTuple):
    """Where a piece stands.

    Parameters
    ----------
    array : number of the array.
    before : columns between the drivers and the piece.
    after : rows between the piece and the sense amplifiers.
    """

    array: int
    before: int
    after: int


def separate(sizes: Sequence[Size]) -> list[Spot]:
    """An array for each piece, which stands in the driven and sensed corner."""
    return [Spot(k, 0, 0) for k in range(len(sizes))]


def diagonal(sizes: Sequence[Size], rows: int, cols: int) -> list[Spot]:
    """Pieces that share arrays, none a row or a column of another.

    First fit decreasing in two dimensions: pieces in falling order of the larger of their shares of
    rows and of columns, each on the first array where both are left, next to the piece before.
    Arrays are numbered as they first occur in `sizes`.

    Parameters
    ----------
    sizes : rows and columns of each piece; at most those of an array.
    rows, cols : size of an array.

    References
    ----------
    Johnson, J. Comput. Syst. Sci. 8, 272 (1974), for first fit decreasing; Kou and Markowsky, IBM
    J. Res. Dev. 21, 443 (1977), for its form with several dimensions.
    """
    shares = np.array(sizes, dtype=float).reshape(-1, 2) / (rows, cols)
    order = np.lexsort((np.arange(len(sizes)), -shares.sum(axis=1), -shares.max(axis=1, initial=0)))
    free = np.tile(np.array([rows, cols]), (len(sizes), 1))
    found, opened = np.zeros((len(sizes), 3), dtype=int), 0
    for k in order:
        fits = (free[:opened] >= sizes[k]).all(axis=1) if shares[k].max() < 1 else np.empty(0, bool)
        array = int(fits.argmax()) if fits.any() else opened
        opened = max(opened, array + 1)
        found[k] = array, cols - free[array, 1], rows - free[array, 0]
        free[array] -= sizes[k]
    names: dict[int, int] = {}
    return [Spot(names.setdefault(a, len(names)), b, c) for a, b, c in found.tolist()]
