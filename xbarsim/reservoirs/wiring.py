r"""Who is connected with whom in a liquid, and how strongly.

A wiring draws `Connections`; matrices are (to, from). What is drawn follows from streams by name:
``places``, ``signs``, ``connected``, ``strength``, and ``inputs`` with those of inputs below it.

References
----------
Distance: W. Maass, T. Natschlaeger and H. Markram, "Real-time computing without stable states",
Neural Computation 14, 2531 (2002), section 3. Dense Gaussian: N. Lin et al., arXiv 2307.00771.
Fixed in-degree, split by the share of excitatory neurons: K. Srinivasan, D. Plenz and M. Girvan,
arXiv 2504.12480.
"""

from dataclasses import dataclass
from math import prod
from typing import Protocol

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_count, check_number
from xbarsim.errors import SpecError
from xbarsim.streams import Streams


@dataclass(frozen=True, kw_only=True, eq=False)
class Connections:
    """Weights of a liquid, float64.

    Parameters
    ----------
    inputs : (neurons, channels).
    recurrent : (neurons, neurons), to each from each.
    signs : 1 for excitatory neurons, -1 for inhibitory ones, (neurons,); None without Dale's law.
    """

    inputs: Array
    recurrent: Array
    signs: Array | None = None


class Wiring(Protocol):
    """What draws the connections of a liquid."""

    def draw(self, neurons: int, channels: int, streams: Streams) -> Connections:
        """Connections of `neurons` neurons with `channels` inputs.

        Raises
        ------
        SpecError : these numbers do not fit the wiring.
        """


@dataclass(frozen=True, kw_only=True)
class GaussianWiring:
    """Everything with everything, weights normal with mean 0; no Dale's law.

    Parameters
    ----------
    inputs, recurrent : standard deviations, in units of the neuron's potential.
    """

    inputs: float = 0.15
    recurrent: float = 0.1

    def __post_init__(self) -> None:
        for name in ("inputs", "recurrent"):
            check_number(f"wiring.{name}", getattr(self, name), 0.0)

    def draw(self, neurons: int, channels: int, streams: Streams) -> Connections:
        """See `Wiring.draw`."""
        return Connections(
            inputs=self.inputs * (streams / "inputs" / "strength").normal((neurons, channels)),
            recurrent=self.recurrent * (streams / "strength").normal((neurons, neurons)),
        )


@dataclass(frozen=True, kw_only=True)
class InDegreeWiring:
    """Each neuron hears the same number of others, chosen at random, never itself.

    Parameters
    ----------
    degree : how many.
    excitatory : share of neurons whose weights are positive, those of the others negative (Dale's
        law); of those that a neuron hears the same share is excitatory. None: signs at random.
    weight : mean size of the excitatory weights (of all where signs are at random).
    inhibition : mean size of inhibitory weights.
    spread : standard deviation of sizes over their mean; a size is taken without its sign.
    input_share, input_weight : see `input_weights`.
    """

    degree: int = 50
    excitatory: float | None = 0.8
    weight: float = 0.1
    inhibition: float = 0.4
    spread: float = 0.2
    input_share: float = 0.15
    input_weight: float = 0.45

    def __post_init__(self) -> None:
        _check_strengths(self)
        check_count("wiring.degree", self.degree, 0)

    def draw(self, neurons: int, channels: int, streams: Streams) -> Connections:
        """See `Wiring.draw`."""
        dale = self.excitatory is not None
        signs = _signs(neurons, self.excitatory if self.excitatory is not None else 1.0, streams)
        rng, there = (streams / "connected").rng(), np.zeros((neurons, neurons), bool)
        kinds = [(1, round(self.degree * (self.excitatory or 0.0)))] if dale else [(1, self.degree)]
        if dale:
            kinds.append((-1, self.degree - kinds[0][1]))
        for sign, count in kinds:
            among = np.flatnonzero(signs == sign)
            if count > max(len(among) - 1, 0):
                raise SpecError(
                    f"wiring.degree is {self.degree}, of which {count} must be other neurons of "
                    f"{len(among)} {'excitatory' if sign > 0 else 'inhibitory'} ones"
                )
            for k in range(neurons):
                others = among[among != k]
                there[k, others[rng.permutation(len(others))[:count]]] = True
        strength = _strengths(there, signs if dale else None, self, streams)
        own = streams / "inputs"
        return Connections(
            inputs=input_weights(neurons, channels, self.input_share, self.input_weight, own),
            recurrent=strength,
            signs=signs if dale else None,
        )


@dataclass(frozen=True, kw_only=True)
class DistanceWiring:
    r"""Neurons on a grid, connected by chance the more likely the nearer they are; Dale's law.

    .. math:: P(\text{from a to b}) = C\,e^{-(D(a, b) / \lambda)^2}

    with D the Euclidean distance; no neuron hears itself. Each neuron has a place of the grid to
    itself, at random.

    Parameters
    ----------
    shape : places of the grid along its axes.
    reach : lambda, in places.
    ee, ei, ie, ii : C from excitatory to excitatory neurons, from excitatory to inhibitory ones,
        and so on. As given: V. Ivanov and K. Michmizos, NeurIPS 2021; Maass et al. have 0.3, 0.2,
        0.4 and 0.1, with a reach of 2.
    excitatory : share of neurons.
    weight, inhibition, spread, input_share, input_weight : as of `InDegreeWiring`.
    """

    shape: tuple[int, ...] = (10, 10, 10)
    reach: float = 3.0
    ee: float = 0.2
    ei: float = 0.1
    ie: float = 0.3
    ii: float = 0.05
    excitatory: float = 0.8
    weight: float = 0.1
    inhibition: float = 0.1
    spread: float = 0.0
    input_share: float = 0.15
    input_weight: float = 0.45

    def __post_init__(self) -> None:
        _check_strengths(self)
        check_number("wiring.reach", self.reach, 0.0, above=True)
        for name in ("ee", "ei", "ie", "ii"):
            check_number(f"wiring.{name}", getattr(self, name), 0.0, 1.0)
        if not isinstance(self.shape, tuple) or not self.shape:
            raise SpecError(f"wiring.shape is {self.shape!r}; expected a tuple of whole numbers")
        for axis, size in enumerate(self.shape):
            check_count(f"wiring.shape[{axis}]", size, 1)

    def places(self, neurons: int, streams: Streams) -> Array:
        """Place of each neuron, (neurons, axes).

        Raises
        ------
        SpecError : there are more neurons than places.
        """
        room = prod(self.shape)
        if neurons > room:
            raise SpecError(
                f"wiring.shape is {self.shape}, {room} places; there are {neurons} neurons"
            )
        chosen = (streams / "places").rng().permutation(room)[:neurons]
        return np.stack(np.unravel_index(chosen, self.shape), axis=1).astype(float)

    def probability(self, places: Array, signs: Array) -> Array:
        """Chance of each connection, (to, from)."""
        square = (places**2).sum(axis=1)
        distance = np.maximum(square[:, None] + square - 2 * places @ places.T, 0.0)
        to, source = signs[:, None] > 0, signs[None, :] > 0
        c = np.where(source, np.where(to, self.ee, self.ei), np.where(to, self.ie, self.ii))
        p = c * np.exp(-distance / self.reach**2)
        np.fill_diagonal(p, 0.0)
        return p

    def draw(self, neurons: int, channels: int, streams: Streams) -> Connections:
        """See `Wiring.draw`."""
        signs = _signs(neurons, self.excitatory, streams)
        p = self.probability(self.places(neurons, streams), signs)
        there = (streams / "connected").rng().random((neurons, neurons)) < p
        own = streams / "inputs"
        return Connections(
            inputs=input_weights(neurons, channels, self.input_share, self.input_weight, own),
            recurrent=_strengths(there, signs, self, streams),
            signs=signs,
        )


def input_weights(
    neurons: int, channels: int, share: float, weight: float, streams: Streams
) -> Array:
    """Weights of inputs, (neurons, channels): one size, signs at random (Ivanov 2021).

    Parameters
    ----------
    share : of all pairs that are connected, as exactly as whole numbers allow.
    """
    pairs = neurons * channels
    chosen = (streams / "connected").rng().permutation(pairs) < round(share * pairs)
    signs = 2.0 * (streams / "signs").rng().integers(0, 2, pairs) - 1.0
    found: Array = (weight * chosen * signs).reshape(neurons, channels)
    return found


def _signs(neurons: int, excitatory: float, streams: Streams) -> Array:
    """1 for the excitatory share of the neurons, -1 for the others."""
    order = (streams / "signs").rng().permutation(neurons)
    return np.where(order < round(excitatory * neurons), 1.0, -1.0)


def _strengths(
    there: Array, signs: Array | None, wiring: InDegreeWiring | DistanceWiring, streams: Streams
) -> Array:
    z = (streams / "strength").normal(there.shape)
    sizes = np.abs(1 + wiring.spread * z)
    if signs is None:
        random = 2.0 * (streams / "strength" / "sign").rng().integers(0, 2, there.shape) - 1.0
        return there * sizes * random * wiring.weight
    mean = np.where(signs > 0, wiring.weight, -wiring.inhibition)
    found: Array = there * sizes * mean
    return found


def _check_strengths(wiring: InDegreeWiring | DistanceWiring) -> None:
    if wiring.excitatory is not None:
        check_number("wiring.excitatory", wiring.excitatory, 0.0, 1.0)
    for name in ("weight", "inhibition", "spread", "input_weight"):
        check_number(f"wiring.{name}", getattr(wiring, name), 0.0)
    check_number("wiring.input_share", wiring.input_share, 0.0, 1.0)
