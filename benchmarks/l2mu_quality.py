"""A Legendre memory unit of spiking neurons on Braille letters, in software and on arrays.

Which settings of a short list, `CHOICES`, are used is decided within the recordings to learn from:
networks of seeds 10, 11 and 12 learn from the first 32 of each letter's 40 and are asked about the
other eight, for whole numbers of events, and for spikes, at most one of a sensor in a step as
published. With the settings that do best on average networks of three other seeds learn from all 40
and are asked about the test, the last ten, and three more on other divisions of the recordings, for
which nothing was chosen. The first are put on three chips each with wires (1 ohm a cell), 8-bit
converters and read noise (1 % of a conductance), and on others whose cells are off. What errors of
the state space cost is seen on arrays that are ideal but for it, and where cells hold all.

XBARSIM_DATA must name a folder with ``braille_events``; PyTorch is needed. Four to five hours
of one core; minutes with ``--quick``, which takes what was chosen before and leaves out spikes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from figures import Figure, command, mean

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.streams import Streams
from xbarsim.systems.l2mu import Settings, reduced_seven, reduced_spikes, run

Make = Callable[..., Settings]

JUDGES = (10, 11, 12)  # seeds of the networks that settings are chosen by
LEFT = 8  # recordings of each letter that these are asked about
SPLITS = (20261, 20262, 20263)  # divisions on which nothing was tried before
CHIPS = 3
OFF = "1 uS off (window 39 uS)"
PERIPHERY: dict[str, Any] = {
    "wires": Wires(r_word=1.0, r_bit=1.0), "dac": xs.Dac(bits=8), "adc": xs.Adc(bits=8),
}  # fmt: skip
CELLS = xs.load_device("gaussian", sigma_absolute=1e-6)
IDEAL = xs.Hardware(device=xs.load_device("ideal"))
NOISY = xs.Hardware(device=xs.load_device("ideal", read_noise=0.01), **PERIPHERY)
BY_COLUMN = xs.Hardware(device=CELLS, scaling="column", **PERIPHERY)
ARRAYS = {
    "noisy arrays": NOISY,
    f"cells {OFF}": xs.Hardware(device=CELLS, **PERIPHERY),
    f"cells {OFF}, scaled by column": BY_COLUMN,
}
#: what settings are chosen from: what differs from the defaults, and from those for spikes
CHOICES: dict[str, tuple[Make, tuple[dict[str, Any], ...]]] = {
    "counts": (
        Settings,
        ({}, {"gradient": None}, {"gradient": None, "rate": 1e-3},
         {"gradient": None, "epochs": 20}),
    ),
    "spikes": (reduced_spikes, ({}, {"epochs": 60}, {"epochs": 60, "rate": 3e-3})),
}  # fmt: skip


def seeds(quick: bool) -> range:
    """Of the networks."""
    return range(1 if quick else 3)


@cache
def validated(kind: str) -> tuple[list[float], ...]:
    """Letters told of those left out of learning, %, by each network, for each of `CHOICES`."""
    make, choices = CHOICES[kind]
    return tuple(
        [
            100 * run(own, None, Streams(0))[0]["accuracy.validation"]
            for own in (make(**changed, validation=LEFT, training_seed=k) for k in JUDGES)
        ]
        for changed in choices
    )


def chosen(kind: str, quick: bool) -> Settings:
    """What does best in validation, the first of several; quickly, the first of all."""
    make, choices = CHOICES[kind]
    best = 0 if quick else int(np.argmax([np.mean(told) for told in validated(kind)]))
    return make(**choices[best])


def software(quick: bool, settings: Settings, splits: Sequence[int] = ()) -> list[float]:
    """Letters of the test that each network tells, %; each network on a division of its own."""
    found = []
    for seed in seeds(quick):
        own = replace(settings, training_seed=seed, split=splits[seed] if splits else None)
        found.append(100 * run(own, None, Streams(0))[0]["accuracy"])
    return found


def lost(quick: bool, settings: Settings, hardware: xs.Hardware, **changed: Any) -> list[float]:
    """What each network loses, points: the mean of its chips."""
    found = []
    for seed in seeds(quick):
        own = replace(settings, training_seed=seed, **changed)
        rows = [run(own, hardware, Streams(k))[0] for k in range(1 if quick else CHIPS)]
        found.append(100 * float(np.mean([row["accuracy.lost"] for row in rows])))
    return found


def choice(quick: bool) -> list[Figure]:
    """Letters left out of learning, by which settings are chosen."""
    if quick:
        return []
    found = []
    for kind, (_, choices) in CHOICES.items():
        for changed, told in zip(choices, validated(kind), strict=True):
            words = ", ".join(f"{k} {v}" for k, v in changed.items()) or "as in the settings"
            found.append(mean(f"validation: {kind}, {words}", told, of="networks"))
    return found


def letters(quick: bool) -> list[Figure]:
    """Letters told in software and on noisy arrays, whole numbers of events."""
    own = chosen("counts", quick)
    seven = reduced_seven(rate=own.rate, epochs=own.epochs, gradient=own.gradient)
    parted = software(quick, own, SPLITS)
    found = [mean("software: 27 letters, other divisions", parted, goal=83.0, of="networks")]
    for task, settings, goal, published in (
        ("27 letters", own, 83.0, "85.55"), ("7 letters", seven, np.nan, "97.14"),
    ):  # fmt: skip
        told = software(quick, settings)
        found.append(
            mean(f"software: {task}, published {published}", told, goal=goal, of="networks")
        )
        for name, hardware in ARRAYS.items():
            aim = 2.0 if hardware is NOISY else np.nan
            points = lost(quick, settings, hardware)
            found.append(
                mean(f"{name}: {task}, lost to software", points, "points", "<=", aim, "networks")
            )
    return found


def state_space(quick: bool) -> list[Figure]:
    """What errors of the state space cost."""
    own, found = chosen("counts", quick), []
    for error in (0.05,) if quick else (0.01, 0.02, 0.05, 0.1):
        what = f"27 letters, state space {100 * error:g} % off, else ideal: lost to software"
        found.append(
            mean(what, lost(quick, own, IDEAL, state_error=error), "points", of="networks")
        )
    for kind in ("tile", "verified"):
        what = f"27 letters, all on cells {OFF}, state space {kind}: lost to software"
        found.append(
            mean(what, lost(quick, own, BY_COLUMN, state_space=kind), "points", of="networks")
        )
    return found


def spikes(quick: bool) -> list[Figure]:
    """Letters as spikes in place of counts."""
    if quick:
        return []
    own = chosen("spikes", quick)
    what = f"27 letters, one spike at the most in {25 / own.substeps:.3g} ms, {own.epochs} epochs"
    told, parted = software(quick, own), software(quick, own, SPLITS)
    points = lost(quick, own, NOISY)
    return [
        mean(f"software: {what}, published 85.55", told, goal=83.0, of="networks"),
        mean(f"software: {what}, other divisions", parted, goal=83.0, of="networks"),
        mean(f"noisy arrays: {what}, lost to software", points, "points", "<=", 2.0, "networks"),
    ]


PARTS = (choice, letters, state_space, spikes)

if __name__ == "__main__":
    quick = "one network, one chip, no choice of settings, no spikes"
    command("l2mu_quality", __doc__, quick, PARTS, resumes=True)
