r"""Where arrays lie on a grid: (arrays, 2), column and row of each.

`short` shortens the way of what layers send each other,

.. math:: \sum_{A,B} n_{AB} \, \overline{|x_a - x_b| + |y_a - y_b|}

with n values from layer A to layer B (`xbarsim.mapping.traffic.links`) and the mean over an array a
of the one and b of the other: any of a layer's arrays is taken to send to any of the next one's.
"""

import math

import numpy as np
import numpy.typing as npt

from xbarsim.mapping.traffic import Floats

Places = npt.NDArray[np.int64]
_SWEEPS = 30
_WORTH = 1e-3  # of the whole way, that a sweep must save for there to be another


def width(arrays: int, grid_cols: int | None) -> int:
    """Arrays in a row of the grid; about as many as there are rows, by default."""
    return grid_cols or max(math.ceil(math.sqrt(arrays)), 1)


def by_rows(arrays: int, cols: int) -> Places:
    """Row by row, each from the left."""
    k = np.arange(arrays)
    return np.stack([k % cols, k // cols], axis=1)


def snake(arrays: int, cols: int) -> Places:
    """Row by row, every other one from the right."""
    places = by_rows(arrays, cols)
    back = places[:, 1] % 2 == 1
    places[back, 0] = cols - 1 - places[back, 0]
    return places


def short(places: Places, shares: Floats, sent: Floats) -> Places:
    """`places` with arrays exchanged as long as that shortens the way of what layers send.

    Each array in turn changes places with that one with which it saves most; deterministic. A local
    optimum of pairwise exchange, as in Armour and Buffa, Management Science 9, 294 (1963); no more
    than 30 rounds.

    Parameters
    ----------
    places : to begin with, (arrays, 2).
    shares : of each layer on each array, (arrays, layers).
    sent : values from layer to layer, (layers, layers).

    Notes
    -----
    A round takes arrays^2 times layers operations: 3000 arrays of 50 layers take about a second.
    """
    places, wanted = places.copy(), shares @ (sent + sent.T)  # what is exchanged with each layer
    own = (wanted * shares).sum(axis=1)
    axes = [np.arange(places[:, k].max(initial=0) + 1) for k in (0, 1)]
    fields = [_field(shares, places[:, k], axes[k]) for k in (0, 1)]
    here = _here(wanted, fields, places)
    for _ in range(_SWEEPS):
        before, saved = here.sum() / 2, 0.0
        for a in range(len(places)):
            x, y = places[a]
            there = (wanted[a] @ fields[0])[places[:, 0]] + (wanted[a] @ fields[1])[places[:, 1]]
            theirs = wanted @ (fields[0][:, x] + fields[1][:, y])
            apart = abs(places - places[a]).sum(axis=1)
            both = 2 * (shares @ wanted[a]) - own - own[a]
            change = there - here[a] + theirs - here + apart * both
            b = int(np.argmin(change))
            if change[b] < -1e-9 * before:
                saved -= change[b]
                for k, axis in enumerate(axes):
                    moved = abs(axis - places[b, k]) - abs(axis - places[a, k])
                    fields[k] += (shares[a] - shares[b])[:, None] * moved
                places[[a, b]] = places[[b, a]]
                here = _here(wanted, fields, places)
        if saved <= _WORTH * before:
            break
    return places


def _field(shares: Floats, place: Places, axis: Places) -> Floats:
    """Mean distance of each layer from every place along an axis, (layers, places)."""
    found: Floats = shares.T @ abs(place[:, None] - axis)
    return found


def _here(wanted: Floats, fields: list[Floats], places: Places) -> Floats:
    """Way of all that each array exchanges, from where it is, (arrays,)."""
    found: Floats = sum(
        np.einsum("al,la->a", wanted, field[:, places[:, k]]) for k, field in enumerate(fields)
    )
    return found
