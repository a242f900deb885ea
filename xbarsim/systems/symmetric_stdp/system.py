"""The whole system: images, both phases, the test, and what it all took."""

from collections.abc import Sequence

import numpy as np

from xbarsim.backend import Array
from xbarsim.hardware import Hardware
from xbarsim.plasticity.synapses import pulsed_device
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.streams import Streams
from xbarsim.systems.given import check_enough, check_no_ages
from xbarsim.systems.symmetric_stdp.cells import Weights
from xbarsim.systems.symmetric_stdp.network import (
    CLASSES,
    first_weights,
    hidden_rule,
    lesson_of,
)
from xbarsim.systems.symmetric_stdp.phases import Shown, answered, in_turn, learn, taught
from xbarsim.systems.symmetric_stdp.settings import Settings
from xbarsim.tasks.datasets import load_dataset

#: unit and words of what `run` gives, the leading one first
METRICS = {
    "accuracy": ("dimensionless", "share of test images whose class spikes most"),
    "accuracy.software": ("dimensionless", "the same, same seed, weights of numbers"),
    "accuracy.labels": (
        "dimensionless",
        "share of test images told by the hidden neurons of each class alone",
    ),
    "accuracy.labels.software": ("dimensionless", "the same in software"),
    "unanswered": ("dimensionless", "share of test images for which no class spikes"),
    "rate": ("hertz", "mean rate of hidden neurons for test images"),
    "spikes": ("count", "spikes of hidden neurons a test image"),
    "spikes.input": ("count", "spikes of inputs a test image"),
    "spikes.classes": ("count", "spikes of the classes a test image"),
    "showings": ("count", "times that an image is shown while hidden neurons learn"),
    "reads": ("count", "products of each array with spikes a test image, one a step"),
    "reads.cells": ("count", "times that a cell is read to normalise its column, mean"),
    "cells": ("count", "cells, one a weight"),
    "writes": ("count", "pulses a cell, mean of all, both phases"),
    "writes.most": ("count", "pulses of the cell that had most"),
    "writes.hidden": ("count", "pulses a cell onto hidden neurons, mean"),
    "writes.classes": ("count", "pulses a cell onto classes, mean"),
    "writes.setup": ("count", "pulses a cell before, that bring it to its first weight"),
    "energy.write": ("joule", "energy of all pulses of all cells"),
    "energy.read": ("joule", "energy of the cells that spikes of a test image read"),
}


def run(
    settings: Settings,
    device: PulsedDevice | Hardware | None,
    streams: Streams,
    ages: Sequence[float] = (),
) -> list[dict[str, float]]:
    """One row: see `METRICS`; those of cells are left out in software.

    Parameters
    ----------
    device : what weights stand on, cells of whole pulses; None is software.
    streams : ``weights``, ``hidden``, ``classes`` and ``test`` are used; the same with any device.
    ages : none: cells under pulses are taken to hold.

    Raises
    ------
    SpecError : hardware without a response to pulses, ages, weights that no cell can be given.
    DataError : no images, or fewer than are asked for.
    """
    pulses = None if device is None else pulsed_device(device)
    check_no_ages(ages)
    images = _images(settings)
    row = _run(settings, pulses, streams, *images)
    if device is not None:
        plain = _run(settings, None, streams, *images)
        row |= {f"{name}.software": plain[name] for name in ("accuracy", "accuracy.labels")}
    return [{name: row[name] for name in METRICS if name in row}]


def by_labels(counts: Array, by_class: Array) -> Array:
    """Classes of images by the hidden neurons whose label is which, as published; (n,).

    A neuron's label is the class for which it spikes most; neurons that never spiked have none.
    Whichever class has the most spikes a neuron is told; -1 where none of them spikes.

    Parameters
    ----------
    counts : spikes of each neuron for each image, (n, neurons).
    by_class : mean spikes of each neuron for images of each class, (neurons, classes).
    """
    label = np.where(by_class.max(axis=1) > 0, by_class.argmax(axis=1), -1)
    mine = label[:, None] == np.arange(by_class.shape[1])
    each = (counts @ mine) / np.maximum(mine.sum(axis=0), 1)
    return np.where(each.max(axis=1) > 0, each.argmax(axis=1), -1)


def _images(settings: Settings) -> tuple[Array, Array, Array, Array]:
    data = load_dataset(settings.source)
    check_enough(settings, settings.source, train=len(data.y_train), test=len(data.y_test))
    learned, asked = slice(settings.train), slice(settings.test)
    return data.x_train[learned], data.y_train[learned], data.x_test[asked], data.y_test[asked]


def _run(
    settings: Settings, device: PulsedDevice | None, streams: Streams,
    x_train: Array, y_train: Array, x_test: Array, y_test: Array,
) -> dict[str, float]:  # fmt: skip
    channels, each = x_train.shape[1], settings.normalised == "cells"
    rule, lesson = hidden_rule(settings, channels, True), lesson_of(settings)
    onto_hidden, onto_classes = (
        Weights(
            first_weights(shape, one.total, one.top, streams / "weights" / name),
            device, top=one.top, each=each, streams=streams / name,
        )
        for name, shape, one in (
            ("hidden", (channels, settings.neurons), rule),
            ("classes", (settings.neurons, CLASSES), lesson),
        )
    )  # fmt: skip
    hidden = learn(settings, x_train, onto_hidden, streams / "hidden" / "inputs")
    by_class = taught(settings, hidden, x_train, y_train, onto_classes, streams / "classes")
    parts = [
        (seen, answered(settings, seen, onto_classes))
        for _, seen in in_turn(settings, hidden, x_test, streams / "test")
    ]
    row = _asked(parts, by_class, y_test) | {"showings": hidden.times}
    row["rate"] = row["spikes"] / (settings.neurons * settings.duration)
    row["reads"] = lesson.steps * row["reads"]
    if device is not None:
        read = sum(
            onto_hidden.read(seen.sent) + onto_classes.read(seen.counts.sum(axis=0))
            for seen, _ in parts
        )
        row["energy.read"] = settings.v_read**2 * settings.t_read * read / len(y_test)
    return row | _written(onto_hidden, onto_classes, each)


def _asked(parts: list[tuple[Shown, Array]], by_class: Array, y: Array) -> dict[str, float]:
    counts, told = (np.concatenate(part) for part in zip(*[(s.counts, a) for s, a in parts],
                                                         strict=True))  # fmt: skip
    silent = told.sum(axis=1) == 0
    return {
        "accuracy": float(((told.argmax(axis=1) == y) & ~silent).mean()),
        "accuracy.labels": float((by_labels(counts, by_class) == y).mean()),
        "unanswered": float(silent.mean()),
        "spikes": float(counts.sum(axis=1).mean()),
        "spikes.input": float(np.concatenate([seen.inputs for seen, _ in parts]).mean()),
        "spikes.classes": float(told.sum(axis=1).mean()),
        "reads": float(np.concatenate([seen.times for seen, _ in parts]).mean()),
    }


def _written(onto_hidden: Weights, onto_classes: Weights, each: bool) -> dict[str, float]:
    both = [one.cells for one in (onto_hidden, onto_classes) if one.cells is not None]
    if not both:
        return {}
    pulses = [one.up + one.down - one.setup for one in both]
    cells = sum(one.size for one in pulses)
    setup = sum(int(one.setup.sum()) for one in both)
    found = {
        "cells": float(cells),
        "writes": sum(int(one.sum()) for one in pulses) / cells,
        "writes.most": float(max(one.max() for one in pulses)),
        "writes.hidden": float(pulses[0].mean()),
        "writes.classes": float(pulses[1].mean()),
        "writes.setup": setup / cells,
    }
    if each:
        read = sum(one.columns * len(one.w) for one in (onto_hidden, onto_classes))
        found["reads.cells"] = read / cells
    energies = [one.energy for one in both if one.energy is not None]
    if len(energies) == len(both):
        found["energy.write"] = float(sum(one.sum() for one in energies))
    return found
