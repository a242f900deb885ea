"""A Legendre memory unit of spiking neurons on Braille letters, in software and on arrays.

Networks of three seeds learn 27 letters, and the seven of the smaller task, from 40 recordings of
each letter, and are asked about the ten others; then each is put on three chips with wires (1 ohm a
cell), 8-bit converters and read noise (1 % of a conductance). What errors of the state space cost
is seen on arrays that are ideal but for it. Without ``--quick`` one network hears spikes, at most
one of a sensor in a step, as published, in steps of 12.5 ms. XBARSIM_DATA must name a folder with
``braille_events``; PyTorch is needed.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from figures import Figure, command, in_turn

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.streams import Streams
from xbarsim.systems.l2mu import Settings, reduced_seven, run

CHIPS = 3
ARRAYS: dict[str, Any] = {
    "wires": Wires(r_word=1.0, r_bit=1.0), "dac": xs.Dac(bits=8), "adc": xs.Adc(bits=8),
}  # fmt: skip
NOISY = xs.Hardware(device=xs.load_device("ideal", read_noise=0.01), **ARRAYS)
SPREAD = xs.Hardware(device=xs.load_device("gaussian", sigma_absolute=1e-6), **ARRAYS)
IDEAL = xs.Hardware(device=xs.load_device("ideal"))
TASKS = {"27 letters": (Settings, 83.0), "7 letters": (reduced_seven, np.nan)}


def seeds(quick: bool) -> range:
    """Of the networks."""
    return range(1 if quick else 3)


def mean(
    what: str, values: Sequence[float], unit: str, sign: str = ">=", goal: float = np.nan
) -> Figure:
    """A mean, with what it is the mean of in words."""
    each = ", ".join(f"{value:.1f}" for value in values)
    return Figure(f"{what} ({each})", float(np.mean(values)), unit, sign, goal)


def letters(quick: bool) -> list[Figure]:
    """Letters told in software and on noisy arrays."""
    found = []
    for task, (settings, goal) in TASKS.items():
        software, lost, spread = [], [], []
        for seed in seeds(quick):
            own = settings(training_seed=seed)
            chips = [run(own, NOISY, Streams(k))[0] for k in range(1 if quick else CHIPS)]
            others = [run(own, SPREAD, Streams(k))[0] for k in range(1 if quick else CHIPS)]
            software.append(100 * chips[0]["accuracy.software"])
            lost.append(100 * np.mean([row["accuracy.lost"] for row in chips]))
            spread.append(100 * np.mean([row["accuracy.lost"] for row in others]))
        published = "85.55" if task.startswith("27") else "97.14"
        found += [
            mean(
                f"software: {task}, published {published}; of networks", software, "%", ">=", goal
            ),
            mean(f"noisy arrays: {task}, lost to software", lost, "points", "<=", 2.0),
            mean(f"cells 1 uS off (window 39 uS): {task}, lost to software", spread, "points"),
        ]
    return found


def state_space(quick: bool) -> list[Figure]:
    """What errors of the state space cost."""
    cases: dict[str, tuple[Any, dict[str, Any]]] = {
        f"state space {100 * error:g} % off": (IDEAL, {"state_error": error})
        for error in ((0.05,) if quick else (0.01, 0.02, 0.05, 0.1, 0.2))
    }
    found = []
    for what, (hardware, changed) in cases.items():
        lost = []
        for seed in seeds(quick):
            own = Settings(training_seed=seed, **changed)
            rows = [run(own, hardware, Streams(k))[0] for k in range(1 if quick else CHIPS)]
            lost.append(100 * np.mean([row["accuracy.lost"] for row in rows]))
        found.append(mean(f"27 letters, {what}: lost to software", lost, "points"))
    return found


def spikes(quick: bool) -> list[Figure]:
    """Letters as spikes in place of counts."""
    if quick:
        return []
    own = Settings(training_seed=0, inputs="spikes", substeps=2, epochs=80)
    (row,) = run(own, None, Streams(0))
    what = "software: 27 letters as spikes in steps of 12.5 ms, 80 epochs, published 85.55"
    return [Figure(what, 100 * row["accuracy"], "%", ">=", 83.0)]


if __name__ == "__main__":
    quick = "one network, one chip"
    command("l2mu_quality", __doc__, quick, in_turn(letters, state_space, spikes))
