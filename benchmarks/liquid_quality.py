"""A liquid of 1000 neurons on recordings of an event camera.

The 1,100 recordings of the subset of N-MNIST, on-events of the middle 16 x 16 pixels in 50 bins,
are parted five times: 1,000 and 100 as the subset has it, and four times at random. For each of
them the scales of the wiring are those, of `SCALES`, with which a quarter of the training
recordings is told best by a liquid that learned from the others; three liquids of other seeds then
learn from all of them and are asked about the 100. Readouts are ridges that see how often neurons
spiked, or how often in each third of a recording.
"""

from itertools import product

import numpy as np
from figures import Figure

from xbarsim.reservoirs import GaussianWiring, LiquidState
from xbarsim.tasks.sequences import load_sequences

NEURONS, SEEDS, SPLITS, KEPT = 1000, (0, 1, 2), 5, 100
SCALES = tuple(product((0.1, 0.2, 0.4), (0.02, 0.05, 0.1)))  # of inputs and of recurrent weights
VALIDATION = 250
SECTIONS = {1: "counts", 3: "counts in three sections"}

Series, Labels = list[np.ndarray], np.ndarray


def recordings(quick: bool) -> list[Figure]:
    """Digits of N-MNIST told by a liquid."""
    data = load_sequences("nmnist_small")
    x, y = [*data.x_train, *data.x_test], np.concatenate([data.y_train, data.y_test])
    found = []
    for sections, name in SECTIONS.items():
        right = [split_right(x, y, k, sections, quick) for k in range(SPLITS)]
        by_seed = ", ".join(f"{value:.1f}" for value in np.mean(right, axis=0))
        by_split = ", ".join(f"{value:.1f}" for value in np.mean(right, axis=1))
        error = np.std(np.mean(right, axis=1), ddof=1) / SPLITS**0.5
        what = f"software: N-MNIST subset, {name} of {NEURONS} neurons"
        told = f"of splits {by_split}, standard error {error:.1f}; of liquids {by_seed}"
        found.append(Figure(f"{what} ({told})", float(np.mean(right)), "%", ">=", 84.0))
    return found


def split_right(x: Series, y: Labels, k: int, sections: int, quick: bool) -> list[float]:
    """What share of the kept recordings each liquid tells right, %."""
    order = np.arange(len(y))
    if k:
        order = np.random.default_rng(100 + k).permutation(len(y))
    learn, kept = order[:-KEPT], order[-KEPT:]
    inner = np.random.default_rng(k).permutation(learn)
    parts = inner[VALIDATION:], inner[:VALIDATION]
    scales = SCALES[4:5] if quick else SCALES
    best = max(scales, key=lambda scale: right(x, y, *parts, scale, sections, seed=100 + k))
    return [100 * right(x, y, learn, kept, best, sections, seed) for seed in SEEDS]


def right(
    x: Series, y: Labels, learn: np.ndarray, asked: np.ndarray, scale: tuple[float, float],
    sections: int, seed: int,
) -> float:  # fmt: skip
    """Share of recordings that a liquid tells right."""
    wiring = GaussianWiring(inputs=scale[0], recurrent=scale[1])
    liquid = LiquidState(
        NEURONS, wiring=wiring, pooling=sections, task="classification", dtype="float32",
        random_state=seed,
    )  # fmt: skip
    liquid.fit([x[i] for i in learn], y[learn])
    return float(liquid.score([x[i] for i in asked], y[asked]))
