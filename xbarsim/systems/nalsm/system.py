"""The whole system: images, both phases, the readout, and what it all took."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.hardware import Hardware
from xbarsim.plasticity.synapses import pulsed_device
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.streams import Streams
from xbarsim.systems.given import check_enough, check_no_ages
from xbarsim.systems.nalsm._loop import Rule
from xbarsim.systems.nalsm.cells import Cells
from xbarsim.systems.nalsm.liquid import Wired, rule_of, wire
from xbarsim.systems.nalsm.phases import features, learn
from xbarsim.systems.nalsm.readout import train
from xbarsim.systems.nalsm.settings import Settings
from xbarsim.tasks.datasets import load_dataset
from xbarsim.tasks.measures import branching_factor

_MARGIN = 29  # steps at either end that the branching factor does not count spikes of

#: unit and words of what `run` gives, the leading one first
METRICS = {
    "accuracy": ("dimensionless", "share of test images told right"),
    "accuracy.validation": ("dimensionless", "the same of images that chose the readout"),
    "accuracy.software": (
        "dimensionless",
        "the same of test images, same seed, weights of numbers",
    ),
    "branching": ("count", "branching factor of test images"),
    "branching.software": ("count", "the same in software"),
    "rate": ("hertz", "mean rate of the neurons for test images"),
    "spikes": ("count", "spikes of neurons an image"),
    "spikes.input": ("count", "spikes of input neurons an image"),
    "reads": ("count", "products of all weights with spikes an image, one a step"),
    "weight": ("count", "mean size of weights between neurons that images begin from"),
    "cells": ("count", "cells, one a synapse"),
    "writes": ("count", "pulses a cell, mean of all, both phases"),
    "writes.most": ("count", "pulses of the cell that had most"),
    "writes.image": (
        "count",
        "pulses of all cells an image whose features are read, without going back",
    ),
    "writes.setup": ("count", "pulses a cell before, that bring it to its first weight"),
    "energy.write": ("joule", "energy of all pulses of all cells"),
    "energy.read": ("joule", "energy of the cells that spikes of an image read"),
}


class Images(NamedTuple):
    """Chances of input spikes a step (n, channels), and classes (n,), of each set."""

    train: tuple[Array, Array]
    validation: tuple[Array, Array]
    test: tuple[Array, Array]


def images(settings: Settings) -> Images:
    """Pixels over their sum, over the largest that images to learn from have.

    Raises
    ------
    DataError : no such data, or fewer images than asked for; says how to get it.
    """
    data = load_dataset(settings.source)
    begun = len(data.x_train) * 5 // 6  # of those for validation: 50,000 of 60,000
    check_enough(
        settings, settings.source, train=begun, validation=len(data.x_train) - begun,
        test=len(data.x_test),
    )  # fmt: skip
    top = float((data.x_train.max(axis=1) / _sums(data.x_train)[:, 0]).max())

    def part(x: Array, y: Array, chosen: slice) -> tuple[Array, Array]:
        return np.minimum(x[chosen] / (top * _sums(x[chosen])), 1.0), y[chosen]

    kept = slice(begun, begun + settings.validation)
    return Images(
        train=part(data.x_train, data.y_train, slice(settings.train)),
        validation=part(data.x_train, data.y_train, kept),
        test=part(data.x_test, data.y_test, slice(settings.test)),
    )


def run(
    settings: Settings,
    device: PulsedDevice | Hardware | None,
    streams: Streams,
    ages: Sequence[float] = (),
) -> list[dict[str, float]]:
    """One row: see `METRICS`; those of cells are left out in software.

    Parameters
    ----------
    device : what synapses are, cells of whole pulses; None is software.
    streams : ``wiring``, ``shown``, ``learning``, ``features``, ``cells`` and ``pulses`` are used;
        the first four give the same with any settings that do not change their number.
    ages : none: cells under pulses are taken to hold.

    Raises
    ------
    SpecError : hardware without a response to pulses, ages, weights that no cell can be given.
    DataError : no images.
    """
    pulses = None if device is None else pulsed_device(device)
    check_no_ages(ages)
    given = images(settings)
    row = _run(settings, pulses, streams, given)
    if device is not None:
        plain = _run(settings, None, streams, given)
        both = [name for name in ("accuracy", "branching") if name in plain]
        row |= {f"{name}.software": plain[name] for name in both}
    return [{name: row[name] for name in METRICS if name in row}]


class Liquid(NamedTuple):
    """A liquid whose weights are learned: those that every image begins from."""

    wired: Wired
    weights: Array
    cells: Cells | None


def learned(
    settings: Settings, device: PulsedDevice | None, streams: Streams, chance: Array
) -> Liquid:
    """Draw a liquid, and let its weights learn from images (n, channels)."""
    wired = wire(settings, chance.shape[1], streams / "wiring")
    cells = None if device is None else Cells(device, wired, streams)
    weights = wired.weights
    if settings.plasticity != "none":
        shown = (streams / "shown").rng().integers(0, len(chance), settings.warming)
        rule = rule_of(settings, 1.0, True)
        weights = learn(wired, rule, chance, shown, cells, streams / "learning")[0]
    return Liquid(wired, weights if cells is None else cells.weights(), cells)


def reading_rule(settings: Settings) -> Rule:
    """What changes weights while features are read."""
    return rule_of(settings, settings.fade, settings.reads_plastic)


def branching(
    settings: Settings, liquid: Liquid, chance: Array, streams: Streams, first: int
) -> float | None:
    """Branching factor of the first of test images, whose pulses are not counted; None if silent.

    Parameters
    ----------
    first : images that went before, see `xbarsim.systems.nalsm.phases.features`.
    """
    spare = None if liquid.cells is None else liquid.cells.copy()
    seen = features(
        liquid.wired, liquid.weights, reading_rule(settings), chance[: settings.asked],
        settings.steps, spare, streams / "features", first=first, raster=True,
    )  # fmt: skip
    if seen.raster is None or not seen.raster[:, _MARGIN:-_MARGIN].any():
        return None
    return branching_factor(seen.raster, liquid.wired.connections())


def _run(
    settings: Settings, device: PulsedDevice | None, streams: Streams, given: Images
) -> dict[str, float]:
    chance = np.concatenate([part[0] for part in given])
    liquid = learned(settings, device, streams, given.train[0])
    wired, weights, cells = liquid
    began = None if cells is None else cells.conductances()
    before = 0 if cells is None else int((cells.up + cells.down).sum())
    counts = features(
        wired, weights, reading_rule(settings), chance, settings.steps, cells, streams / "features"
    )
    sizes = np.cumsum([len(part[0]) for part in given])[:-1]
    seen, kept, asked = np.split(counts.spikes, sizes)
    readout = train(seen, given.train[1], kept, given.validation[1])
    row = {
        "accuracy": readout.accuracy(asked, given.test[1]),
        "accuracy.validation": readout.accuracy(kept, given.validation[1]),
        "rate": float(asked.mean() / settings.duration),
        "spikes": float(asked.sum(axis=1).mean()),
        "spikes.input": float(counts.inputs[sizes[1] :].mean()),
        "reads": float(settings.steps),
        "weight": float(np.abs(weights[: wired.net.first[wired.neurons]]).mean()),
    }
    if cells is not None:
        row |= _written(cells, before, len(chance))
        row["energy.read"] = _read_energy(settings, wired, began, counts.sent / len(chance))
    factor = branching(settings, liquid, given.test[0], streams, int(sizes[1]))
    return row if factor is None else row | {"branching": factor}


def _written(cells: Cells, before: int, shown: int) -> dict[str, float]:
    pulses = cells.up + cells.down
    found = {
        "cells": float(len(pulses)),
        "writes": float(pulses.mean()),
        "writes.most": float(pulses.max()),
        "writes.image": float((pulses.sum() - before) / shown),
        "writes.setup": float(cells.setup.mean()),
    }
    return found if cells.energy is None else found | {"energy.write": cells.energy}


def _read_energy(settings: Settings, wired: Wired, g: Array, sent: Array) -> float:
    """Of an image, J: every spike is a pulse on the row of its source, (sources,) of them.

    Parameters
    ----------
    g : conductances that images begin from, S, (synapses,).
    """
    rows = np.bincount(wired.origin, g, minlength=len(sent))
    return float(settings.v_read**2 * settings.t_read * (sent @ rows))


def _sums(x: Array) -> Array:
    """Of the pixels of each image, (n, 1); an image without any is left dark."""
    found: Array = np.maximum(x.sum(axis=1, keepdims=True, dtype=float), 1e-12)
    return found
