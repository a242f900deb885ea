"""Points that no other point beats in every objective, and the volume that they dominate.

References
----------
While, Bradstreet, Barone, "A fast way of calculating exact hypervolumes", IEEE Transactions on
Evolutionary Computation 16 (2012), 86.
"""

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


def non_dominated(values: Values) -> npt.NDArray[np.bool_]:
    """Which points no other point beats: as good in all, better in one.

    Parameters
    ----------
    values : (points, objectives), the smaller the better.

    Returns
    -------
    (points,) of bool; equal points are all kept.
    """
    different, which = np.unique(values, axis=0, return_inverse=True)
    return _kept(different)[which.reshape(-1)]


def _kept(values: Values) -> npt.NDArray[np.bool_]:
    """The same of different points, sorted by their first objective, then the second and on."""
    kept = np.zeros(len(values), dtype=bool)
    if values.shape[1] == 2:
        lowest = np.minimum.accumulate(values[:, 1])
        return np.append(True, values[1:, 1] < lowest[:-1]) if len(values) else kept
    left = np.arange(len(values))
    while len(left):  # no later point beats an earlier one
        kept[left[0]] = True
        left = left[(values[left] < values[left[0]]).any(axis=1)]
    return kept


def hypervolume(values: Values, reference: Values) -> float:
    """Volume between the points and a `reference`, of which each point is better.

    Parameters
    ----------
    values : (points, objectives), the smaller the better; what is no better than the reference
        in an objective adds nothing.
    reference : (objectives,).
    """
    values = np.unique(values[(values < reference).all(axis=1)], axis=0)
    return _volume(values[_kept(values)], reference)


def _volume(front: Values, reference: Values) -> float:
    """The same of points of which none beats another, sorted by their first objective."""
    if front.shape[1] <= 2 or len(front) < 2:
        return _area(front, reference)
    total = 0.0
    for k, own in enumerate(front):  # what earlier points, better in the first, leave of its box
        others = np.maximum(front[:k, 1:], own[1:])
        left = float(np.prod((reference - own)[1:])) - hypervolume(others, reference[1:])
        total += float(reference[0] - own[0]) * left
    return total


def _area(front: Values, reference: Values) -> float:
    """The same in two objectives, one, or of one point."""
    if not len(front):
        return 0.0
    if len(front) == 1 or front.shape[1] == 1:
        return float(np.prod(reference - front[0]))
    right = np.append(front[1:, 0], reference[0])
    return float(np.sum((right - front[:, 0]) * (reference[1] - front[:, 1])))
