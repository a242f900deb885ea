r"""Information processing capacity: which functions of their past inputs states can give.

A term is a product of normalised Legendre polynomials of inputs at different delays,

.. math:: y(t) = \prod_i \sqrt{2 d_i + 1}\, P_{d_i}(u(t - k_i)), \qquad \textstyle\sum_i d_i = d,

its degree :math:`d`. For independent inputs that are uniform on [-1, 1] all terms are orthonormal.
The capacity for a term is the share of its variance that the best linear readout explains,
:math:`C = 1 - \mathrm{NMSE}`; with an orthonormal basis of the states it is the squared length of a
projection. The sum over all terms is at most the rank of the states, and equals it where they
forget their past.

From T steps with states of rank r, C comes out too high by about :math:`(1 - C)\, r / T`. That is
taken off (M. Ezekiel, "Methods of Correlation Analysis" (Wiley, 1930), the adjusted coefficient of
determination), and terms whose C could well be chance count as 0.

References
----------
J. Dambre, D. Verstraeten, B. Schrauwen and S. Massar, "Information processing capacity of dynamical
systems", Scientific Reports 2, 514 (2012), doi:10.1038/srep00514.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, groupby, islice
from math import comb
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_count
from xbarsim.errors import SpecError
from xbarsim.tasks.measures.linear import driven_states, orthonormal

Array = npt.NDArray[Any]
#: (delay, degree) of each factor
Term: TypeAlias = tuple[tuple[int, int], ...]

_MOST_TERMS = 1_000_000
_AT_ONCE = 1 << 22  # numbers of targets that are held together
_CHANCE = 1e-4  # share of terms without capacity whose C exceeds the bound


@dataclass(frozen=True, kw_only=True)
class ProcessingCapacity:
    """What `processing_capacity` finds.

    Parameters
    ----------
    terms : every term that was tried, as (delay, degree) of its factors.
    capacity : of each; 0 where it could be chance.
    rank : linearly independent states: the bound of the sum.
    bounds : capacities up to which a term counts as chance, of each degree.
    """

    terms: tuple[Term, ...]
    capacity: Array
    rank: int
    bounds: tuple[float, ...]

    @property
    def total(self) -> float:
        """The sum over all terms."""
        return float(self.capacity.sum())

    @property
    def of_degree(self) -> Array:
        """The sum over terms of degree 1, 2, ..."""
        degrees = [degree_of(term) for term in self.terms]
        found: Array = np.bincount(degrees, self.capacity, minlength=len(self.bounds) + 1)[1:]
        return found


def processing_capacity(
    states: Array,
    u: Array,
    *,
    delays: Sequence[int] = (100, 40, 20, 12, 8, 6),
    washout: int = 0,
    surrogates: int = 0,
    rng: np.random.Generator | None = None,
    tolerance: float | None = None,
) -> ProcessingCapacity:
    r"""Capacities of `states` that were driven with inputs `u`, independent and uniform on [-1, 1].

    Parameters
    ----------
    states, u : (T, N) after the step that takes u(t), and (T,); T of 10^5 is usual.
    delays : the largest delay of terms of degree 1, of degree 2, and so on; from delay 0 on.
    washout : first steps that are left out; at least the largest delay are.
    surrogates : how often states are shuffled in time to find what is chance: the largest capacity
        of a degree's terms among shuffled states. Terms that share inputs with states scatter
        somewhat more than that, so that a few may pass. At 0 the bound is twice what
        :math:`\chi^2_r / T` exceeds with probability 10^-4, r the rank: Dambre's, whose factor 2 is
        for distributions with long tails.
    rng : shuffles.
    tolerance : as `orthonormal` takes it.

    Raises
    ------
    SpecError : as `driven_states` says; inputs that are not uniform on [-1, 1]; surrogates without
        `rng`; more than 10^6 terms; states that do not vary.
    """
    counts = _count(delays)
    check_count("washout", washout, 0)
    check_count("surrogates", surrogates, 0)
    states, u, first = driven_states(states, u, washout, max(delays))
    _check_uniform(u)
    q = orthonormal(states[first:], tolerance)
    if q.shape[1] == 0:
        raise SpecError("states do not vary; they have no capacity to measure")
    if surrogates and rng is None:
        raise SpecError(f"surrogates is {surrogates}; shuffling needs rng, a generator")
    shuffled = [rng.permutation(q) for _ in range(surrogates)] if rng is not None else []
    terms = tuple(terms_of(delays))
    found = _capacities(terms, _polynomials(u, len(delays)), first, [q, *shuffled])
    bounds = _bounds(found, counts, q.shape)
    left = len(q) - 1
    adjusted = 1.0 - (1.0 - found[0]) * left / (left - q.shape[1])
    chance = found[0] <= np.repeat(bounds, counts)
    return ProcessingCapacity(
        terms=terms,
        capacity=np.where(chance, 0.0, np.maximum(adjusted, 0.0)),
        rank=q.shape[1],
        bounds=bounds,
    )


def terms_of(delays: Sequence[int]) -> Iterator[Term]:
    """Every term of degree 1 up to delay ``delays[0]``, of degree 2 up to ``delays[1]``, ..."""
    for degree, longest in enumerate(delays, 1):
        for chosen in combinations_with_replacement(range(longest + 1), degree):
            yield tuple((k, len(list(same))) for k, same in groupby(chosen))


def degree_of(term: Term) -> int:
    """The sum of the degrees of a term's factors."""
    return sum(degree for _, degree in term)


def _count(delays: Sequence[int]) -> list[int]:
    """Terms of each degree: those of multisets."""
    if np.ndim(delays) != 1 or len(delays) == 0:
        raise SpecError(f"delays is {delays!r}; expected the largest delay for each degree")
    for degree, longest in enumerate(delays, 1):
        check_count(f"delays of degree {degree}", longest, 0)
    counts = [comb(longest + degree, degree) for degree, longest in enumerate(delays, 1)]
    if sum(counts) > _MOST_TERMS:
        raise SpecError(
            f"delays {tuple(delays)} make {sum(counts):,} terms, {counts} of each degree; at most "
            f"{_MOST_TERMS:,} are taken"
        )
    return counts


def _check_uniform(u: Array) -> None:
    """Refuse inputs whose range, mean or variance tells that they are not uniform on [-1, 1]."""
    if np.abs(u).max() > 1:
        raise SpecError(f"u reaches from {u.min():g} to {u.max():g}; it must be drawn from [-1, 1]")
    mean, square = u.mean(), (u**2).mean()
    slack = 6.0 / np.sqrt(len(u))  # standard errors: 1 / sqrt(3 T) and sqrt(4 / 45 T)
    if abs(mean) > slack / np.sqrt(3) or abs(square - 1 / 3) > slack * np.sqrt(4 / 45):
        raise SpecError(
            f"u has mean {mean:g} and mean square {square:g}; inputs drawn evenly from [-1, 1] "
            "have 0 and 0.333, and for others the terms are not orthogonal"
        )


def _polynomials(u: Array, most: int) -> Array:
    """Normalised Legendre polynomials of degree 0 to `most`, (most + 1, T); Bonnet's recursion."""
    p = [np.ones_like(u), u]
    for n in range(1, most):
        p.append(((2 * n + 1) * u * p[n] - n * p[n - 1]) / (n + 1))
    return np.stack([np.sqrt(2 * n + 1) * values for n, values in enumerate(p)])


def _capacities(terms: Sequence[Term], p: Array, first: int, bases: list[Array]) -> Array:
    """Share of each term's variance that lies in the span of each basis, (bases, terms)."""
    steps = len(bases[0])
    width = max(1, _AT_ONCE // steps)
    wide = np.concatenate(bases, axis=1)
    edges = np.cumsum([0, *(b.shape[1] for b in bases)])[:-1]
    room, out, rest = np.empty((width, steps)), [], iter(terms)
    while block := list(islice(rest, width)):
        y = room[: len(block)]
        for row, term in zip(y, block, strict=True):
            row[:] = 1.0
            for k, degree in term:
                row *= p[degree, first - k : p.shape[1] - k]
        y -= y.mean(axis=1, keepdims=True)
        inside = np.add.reduceat((y @ wide) ** 2, edges, axis=1)
        out.append(inside / np.einsum("ij,ij->i", y, y)[:, None])
    return np.concatenate(out).T


def _bounds(found: Array, counts: list[int], shape: tuple[int, ...]) -> tuple[float, ...]:
    """Capacities that chance reaches, of each degree."""
    if len(found) > 1:
        parts = np.split(found[1:], np.cumsum(counts)[:-1], axis=1)
        return tuple(float(part.max()) for part in parts)
    from scipy.stats import chi2

    return (float(2.0 * chi2.isf(_CHANCE, shape[1]) / shape[0]),) * len(counts)
