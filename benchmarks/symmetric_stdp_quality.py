"""The symmetric-STDP classifier on cells of whole, noisy pulses, beside software; checks a goal.

    python benchmarks/symmetric_stdp_quality.py [--quick] [--out DIR]

400 hidden neurons see the 60,000 images of MNIST once, then the classes are learned from the same
images, and all 10,000 of the test set are asked about. Seeds draw first weights, spikes of inputs
and of the teacher, and cells. Cells have so many equal steps from end to end (on over off 10), or
steps that shrink towards the end they go to (soft bounds) and are as large in the middle; 10 % of
noise from pulse to pulse, 1 pJ a pulse assumed. Sums are held by pulses down to whole columns, or
to each cell by what it weighs. Y. Hao, X. Huang, M. Dong and B. Xu, Neural Networks 121, 387 (2020)
see the images 20 times.
"""

import numpy as np
from figures import Figure, command, mean

from xbarsim.parallel import spread as over_threads
from xbarsim.programming import FittedPulses, LevelPulses, PulsedDevice
from xbarsim.programming.step_fits import StepFit
from xbarsim.streams import Streams
from xbarsim.systems import symmetric_stdp

SEEDS, NOISE, GOAL = (0, 1, 2), 0.1, 88.0
#: steps, levels, and what is pulsed down
CELLS = (
    ("equal steps", 64, "cells"),
    ("equal steps", 32, "cells"),
    ("soft bounds", 64, "column"),
    ("equal steps", 64, "column"),
)
QUICK = {"neurons": 100, "train": 10_000, "test": 2000, "theta_step": 0.2, "learning": 0.01}

Row = dict[str, float]


def device(steps: str, levels: int) -> PulsedDevice:
    """Cells of one kind, made up."""
    if steps == "equal steps":
        return LevelPulses(levels=levels, noise=NOISE, energy=1e-12)
    d = (2 / (levels - 1),) * 2
    fit = StepFit(kind="SoftBounds", d=d, gamma=(1.0, 1.0), a=(0.0, 0.0), error=0.0)
    return FittedPulses(fit=fit, g_min=10e-6, g_max=100e-6, noise=NOISE, energy=1e-12)


def row(steps: str, levels: int, normalised: str, seed: int, quick: bool) -> Row:
    """What one network gives."""
    given = (QUICK if quick else {}) | {"normalised": normalised}
    settings = symmetric_stdp.Settings(**given)  # type: ignore[arg-type]
    return symmetric_stdp.run(settings, device(steps, levels), Streams(seed))[0]


def part(quick: bool) -> list[Figure]:
    """Accuracies of networks on cells and in software."""
    seeds = SEEDS[:1] if quick else SEEDS
    tasks = [(*cells, seed) for cells in CELLS for seed in seeds]
    rows = dict(zip(tasks, over_threads(lambda one: row(*one, quick), tasks), strict=True))
    found = []
    for cells in CELLS:
        mine = [rows[(*cells, seed)] for seed in seeds]
        if not found:
            found += [
                told("software", mine, "accuracy.software", GOAL),
                told("software, by labels", mine, "accuracy.labels.software"),
            ]
        steps, levels, normalised = cells
        what = f"{levels} levels, {steps}, down by {normalised}"
        goal = GOAL if cells in CELLS[::2] else np.nan
        found += [
            told(what, mine, "accuracy", goal),
            told(f"{what}, by labels", mine, "accuracy.labels"),
            *taken(what, mine),
        ]
    return found


def told(what: str, rows: list[Row], name: str, goal: float = np.nan) -> Figure:
    """The mean of seeds."""
    return mean(what, [100 * one[name] for one in rows], goal=goal)


def taken(what: str, rows: list[Row]) -> list[Figure]:
    """What pulses there were."""
    most = {name: float(np.mean([one[name] for one in rows])) for name in rows[0]}
    return [
        Figure(f"{what}: pulses a cell", most["writes"], ""),
        Figure(f"{what}: of the cell that had most", most["writes.most"], ""),
        Figure(f"{what}: energy of all pulses", 1e6 * most["energy.write"], "uJ"),
    ]


PARTS = (part,)

if __name__ == "__main__":
    about = "one seed, 100 neurons, 10,000 images to learn from, 2,000 to be asked about"
    command("symmetric_stdp_quality", __doc__, about, PARTS, resumes=True)
