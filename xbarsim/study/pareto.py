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
    kept = np.zeros(len(values), dtype=bool)
    left = np.lexsort(values.T[::-1])  # whatever beats a point stands before it
    while len(left):
        own, rest = values[left[0]], values[left]
        kept[left[0]] = True
        beaten = (own <= rest).all(axis=1) & (own < rest).any(axis=1)
        left = left[1:][~beaten[1:]]
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
    return _volume(values[non_dominated(values)], reference)


def _volume(front: Values, reference: Values) -> float:
    """The same of points of which none beats another, sorted by their first objective."""
    if front.shape[1] <= 2 or len(front) < 2:
        return _area(front, reference)
    if front.shape[1] == 3:
        return _slices(front, reference)
    total = 0.0
    for k, own in enumerate(front):
        others = np.maximum(front[k + 1 :], own)  # what of the own box the others cover too
        total += float(np.prod(reference - own)) - hypervolume(others, reference)
    return total


def _slices(front: Values, reference: Values) -> float:
    """The same in three objectives: areas of the first two, from each value of the third on."""
    front = front[np.argsort(front[:, 2], kind="stable")]
    thick = np.diff(np.append(front[:, 2], reference[2]))
    total, area, known = 0.0, 0.0, front[:0, :2]
    for own, depth in zip(front[:, :2], thick, strict=True):
        if not (known <= own).all(axis=1).any():
            known = known[~(own <= known).all(axis=1)]
            known = np.insert(known, np.searchsorted(known[:, 0], own[0]), own, axis=0)
            area = _area(known, reference[:2])
        total += area * float(depth)
    return total


def _area(front: Values, reference: Values) -> float:
    """The same in two objectives, one, or of one point."""
    if not len(front):
        return 0.0
    if len(front) == 1 or front.shape[1] == 1:
        return float(np.prod(reference - front[0]))
    right = np.append(front[1:, 0], reference[0])
    return float(np.sum((right - front[:, 0]) * (reference[1] - front[:, 1])))
