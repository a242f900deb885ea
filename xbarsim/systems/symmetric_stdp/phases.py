"""The two phases: hidden neurons learn by themselves, then the classes from frozen ones."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.parallel import spread
from xbarsim.streams import Streams
from xbarsim.systems._hash import seeds_of as seeds_of
from xbarsim.systems.symmetric_stdp._hidden import show
from xbarsim.systems.symmetric_stdp._supervised import answer, teach
from xbarsim.systems.symmetric_stdp.cells import Weights
from xbarsim.systems.symmetric_stdp.network import (
    CLASSES,
    hidden_rule,
    lesson_of,
    neurons_of,
)
from xbarsim.systems.symmetric_stdp.settings import Settings

_TOGETHER, _IN_TURN = 100, 2000  # images of a task, and of those whose spikes are held at once


class Shown(NamedTuple):
    """What hidden neurons did.

    Parameters
    ----------
    when, who, begins : their spikes, see `xbarsim.systems.symmetric_stdp._hidden.show`.
    counts : of each neuron in the last showing of each image, (n, neurons).
    inputs, times : spikes of inputs in all showings, and showings, (n,).
    sent : spikes of each input for all of them, (channels,).
    """

    when: Array
    who: Array
    begins: Array
    counts: Array
    inputs: Array
    times: Array
    sent: Array


class Hidden(NamedTuple):
    """A hidden layer that has learned: its weights, and thetas (neurons,) that stay."""

    weights: Weights
    theta: Array
    times: float


def learn(settings: Settings, images: Array, weights: Weights, streams: Streams) -> Hidden:
    """Hidden neurons see images (n, channels), 0 to 1, one after the other.

    Parameters
    ----------
    streams : of each epoch seeds the spikes of inputs, and how pulses are rounded.
    """
    rule = hidden_rule(settings, images.shape[1], True)
    state, held = neurons_of(settings.neurons, images.shape[1]), weights.held()
    times = 0
    for epoch in range(settings.epochs):
        seeds = seeds_of(len(images), streams / epoch)
        for at in range(0, len(images), _IN_TURN):
            part = slice(at, at + _IN_TURN)
            seen = _nothing(images[part], settings.neurons)
            show(_pixels(images[part]), seeds[part], rule, weights.w, held, state, *seen)
            times += int(seen[2].sum())
    weights.settle(held)
    return Hidden(weights, state.theta, times / (settings.epochs * len(images)))


def seen_by(settings: Settings, hidden: Hidden, images: Array, seeds: Array) -> Shown:
    """What frozen hidden neurons do with images, each by itself."""
    rule = hidden_rule(settings, images.shape[1], False)

    def part(at: int) -> Shown:
        to = slice(at, at + _TOGETHER)
        state = neurons_of(settings.neurons, images.shape[1], hidden.theta)
        seen = _nothing(images[to], settings.neurons)
        when, who, begins = show(
            _pixels(images[to]), seeds[to], rule, hidden.weights.w, None, state, *seen
        )
        return Shown(when, who, begins, *seen)

    found = spread(part, range(0, len(images), _TOGETHER))
    begins = np.cumsum([0] + [len(one.when) for one in found])
    return Shown(
        when=np.concatenate([one.when for one in found]),
        who=np.concatenate([one.who for one in found]),
        begins=np.concatenate(
            [one.begins[:-1] + b for one, b in zip(found, begins[:-1], strict=True)] + [begins[-1:]]
        ),
        counts=np.concatenate([one.counts for one in found]),
        inputs=np.concatenate([one.inputs for one in found]),
        times=np.concatenate([one.times for one in found]),
        sent=np.sum([one.sent for one in found], axis=0),
    )


def in_turn(
    settings: Settings, hidden: Hidden, images: Array, streams: Streams
) -> Iterator[tuple[slice, Shown]]:
    """`seen_by` of some images after the other: which, and what was seen."""
    seeds = seeds_of(len(images), streams)
    for at in range(0, len(images), _IN_TURN):
        part = slice(at, at + _IN_TURN)
        yield part, seen_by(settings, hidden, images[part], seeds[part])


def taught(
    settings: Settings, hidden: Hidden, images: Array, classes: Array, weights: Weights,
    streams: Streams,
) -> Array:  # fmt: skip
    """Weights to the classes learn from images; spikes of hidden neurons by class.

    Parameters
    ----------
    classes : of images, (n,).
    weights : (neurons, classes); change.
    streams : ``inputs`` and ``teacher`` of these seed spikes.

    Returns
    -------
    Mean spikes of each neuron for an image of each class, (neurons, classes).
    """
    rule, held = lesson_of(settings), weights.held()
    seeds = seeds_of(len(images), streams / "teacher")
    total = np.zeros((settings.neurons, CLASSES))
    for part, seen in in_turn(settings, hidden, images, streams / "inputs"):
        teach(seen.when, seen.who, seen.begins, classes[part], seeds[part], rule, weights.w, held)
        for k in range(CLASSES):
            total[:, k] += seen.counts[classes[part] == k].sum(axis=0)
    weights.settle(held)
    found: Array = total / np.maximum(np.bincount(classes, minlength=CLASSES), 1)
    return found


def answered(settings: Settings, seen: Shown, weights: Weights) -> Array:
    """Spikes of each class, (n, classes)."""
    counts = np.zeros((len(seen.begins) - 1, CLASSES), np.int64)
    answer(seen.when, seen.who, seen.begins, lesson_of(settings), weights.w, counts)
    return counts


def _pixels(images: Array) -> Array:
    return np.ascontiguousarray(images, dtype=float)


def _nothing(images: Array, neurons: int) -> tuple[Array, Array, Array, Array]:
    n, channels = images.shape
    zeros = [np.zeros(size, np.int64) for size in (n, n, channels)]
    return np.zeros((n, neurons), np.uint16), zeros[0], zeros[1], zeros[2]
