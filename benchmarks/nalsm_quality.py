"""The astrocyte-modulated liquid beside the liquids it is compared with, and on cells.

    python benchmarks/nalsm_quality.py [--quick] [--out DIR]

1,000 neurons learn from 10,000 images of MNIST and are asked about all 10,000 of its test set;
2,000 more choose the readout. Seeds draw wiring, input spikes, and which images are shown while
weights are learned: the same for all liquids of a seed, so that differences are paired. The weight
of the liquid without plasticity is the one, of those in `STATIC`, with which its validation images
are told best. Published figures are of 50,000 images, and of other liquids.
"""

import numpy as np
from figures import Figure, command, mean

from xbarsim.programming import FittedPulses
from xbarsim.programming.step_fits import StepFit
from xbarsim.streams import Streams
from xbarsim.systems import nalsm
from xbarsim.systems.nalsm.reported import SWEEP
from xbarsim.systems.nalsm.system import branching, images, learned

SEEDS, STATIC, NOISE = (0, 1, 2), (0.7, 0.8, 0.9), 0.1
CELLS = ((32, "plastic"), (32, "frozen"), (128, "plastic"))  # levels, how features are read
QUICK = {"train": 2000, "validation": 500, "test": 2000, "warming": 10_000}


def settings(quick: bool, **given: object) -> nalsm.Settings:
    """The reduced protocol, or less."""
    return nalsm.Settings(**(QUICK if quick else {}) | given)  # type: ignore[arg-type]


def device(levels: int, noise: float) -> FittedPulses:
    """So many equal steps from end to end, made up as its window is: no result depends on it."""
    fit = StepFit(kind="LinearStep", d=(2 / levels,) * 2, gamma=(0, 0), a=(0, 0), error=0.0)
    return FittedPulses(fit=fit, g_min=1e-6, g_max=1e-4, noise=noise)


def row(seed: int, given: nalsm.Settings, cells: FittedPulses | None = None) -> dict[str, float]:
    """What one liquid gives."""
    return nalsm.run(given, cells, Streams(seed))[0]


def static(seed: int, quick: bool) -> dict[str, float]:
    """The liquid without plasticity whose weight validation chooses."""
    weights = STATIC[1:2] if quick else STATIC
    tried = [row(seed, settings(quick, plasticity="none", weight=w)) for w in weights]
    return max(tried, key=lambda one: one["accuracy.validation"])


def liquids(quick: bool) -> list[Figure]:
    """Liquids with an astrocyte, with STDP by activity, without plasticity, with STDP alone."""
    seeds = SEEDS[:1] if quick else SEEDS
    right = {
        "astrocyte": [row(seed, settings(quick)) for seed in seeds],
        "STDP by activity": [row(seed, settings(quick, plasticity="activity")) for seed in seeds],
        "no plasticity": [static(seed, quick) for seed in seeds],
        "STDP alone": [row(seed, settings(quick, plasticity="stdp")) for seed in seeds],
    }
    published = {
        "astrocyte": 95.96, "STDP by activity": 95.49, "no plasticity": 95.30, "STDP alone": 89.46,
    }  # fmt: skip
    found = [
        mean(f"{name}, published {published[name]}", [100 * one["accuracy"] for one in rows])
        for name, rows in right.items()
    ]
    for better, worse, goal in (
        ("astrocyte", "no plasticity", 0.0), ("no plasticity", "STDP alone", 0.0),
        ("astrocyte", "STDP by activity", np.nan),
    ):  # fmt: skip
        apart = [
            100 * (a["accuracy"] - b["accuracy"])
            for a, b in zip(right[better], right[worse], strict=True)
        ]
        found.append(mean(f"{better} less {worse}, paired", apart, "points", ">=", goal))
    return found


def pulses(quick: bool) -> list[Figure]:
    """The liquid with an astrocyte on cells of whole, noisy pulses."""
    found = []
    for levels, presentation in CELLS[:2] if quick else CELLS:
        given = settings(quick, presentation=presentation)
        rows = [row(seed, given, device(levels, NOISE)) for seed in SEEDS[: 1 if quick else None]]
        what = f"{levels} levels, {100 * NOISE:.0f} % from pulse to pulse, {presentation}"
        lost = [100 * (one["accuracy.software"] - one["accuracy"]) for one in rows]
        goal = 1.0 if presentation == "plastic" else np.nan
        writes = f", {rows[0]['writes']:.0f} pulses a cell, most {rows[0]['writes.most']:.0f}"
        found.append(
            mean(f"{what}: lost to the same in software{writes}", lost, "points", "<=", goal)
        )
    return found


def factors(quick: bool) -> list[Figure]:
    """Branching factors over the weight of the astrocyte."""
    found, ours = [], []
    given = images(settings(quick))
    for weight, (_, published) in SWEEP.items():
        made = settings(quick, astrocyte=weight)
        liquid = learned(made, None, Streams(0), given.train[0])
        factor = branching(made, liquid, given.test[0], Streams(0), 0)
        assert factor is not None
        ours.append(factor)
        found.append(Figure(f"branching factor, w_a {weight}, published {published}", factor, ""))
    off = np.abs(np.array(ours) - [factor for _, factor in SWEEP.values()])
    found.append(Figure("branching factors: furthest from the published", float(off.max()), ""))
    fall = float(np.mean(np.diff(ours) < 0))
    found.append(Figure("branching factors that fall with w_a", 100 * fall, "%", ">=", 100.0))
    return found


PARTS = (factors, liquids, pulses)

if __name__ == "__main__":
    about = "one seed, 2,000 images to learn from and to be asked about"
    command("nalsm_quality", __doc__, about, PARTS, resumes=True)
