"""A Legendre memory unit of spiking neurons on Braille letters, in software and on arrays.

Networks of three seeds learn 27 letters, and the seven of the smaller task, from 40 recordings of
each letter, and are asked about the ten others; then each is put on three chips with wires (1 ohm a
cell), 8-bit converters and read noise (1 % of a conductance), and on others whose cells are off.
What errors of the state space cost is seen on arrays that are ideal but for it, and where cells
hold all. Without ``--quick`` one network hears spikes, at most one of a sensor in a step, as
published, in steps of 12.5 ms. XBARSIM_DATA must name a folder with ``braille_events``; PyTorch is
needed. Half an hour on one core, with ``--quick`` five minutes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from figures import Figure, command, in_turn

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.streams import Streams
from xbarsim.systems.l2mu import Settings, reduced_seven, run

Make = Callable[..., Settings]

CHIPS = 3
OFF = "1 uS off (window 39 uS)"
PERIPHERY: dict[str, Any] = {
    "wires": Wires(r_word=1.0, r_bit=1.0), "dac": xs.Dac(bits=8), "adc": xs.Adc(bits=8),
}  # fmt: skip
CELLS = xs.load_device("gaussian", sigma_absolute=1e-6)
IDEAL = xs.Hardware(device=xs.load_device("ideal"))
BY_COLUMN = xs.Hardware(device=CELLS, scaling="column", **PERIPHERY)
ARRAYS = {
    "noisy arrays": xs.Hardware(device=xs.load_device("ideal", read_noise=0.01), **PERIPHERY),
    f"cells {OFF}": xs.Hardware(device=CELLS, **PERIPHERY),
    f"cells {OFF}, scaled by column": BY_COLUMN,
}
TASKS: dict[str, tuple[Make, float, str]] = {
    "27 letters": (Settings, 83.0, "85.55"),
    "7 letters": (reduced_seven, np.nan, "97.14"),
}


def seeds(quick: bool) -> range:
    """Of the networks."""
    return range(1 if quick else 3)


def mean(
    what: str, values: Sequence[float], unit: str, sign: str = ">=", goal: float = np.nan
) -> Figure:
    """A mean, with what it is the mean of in words."""
    each = ", ".join(f"{value:.1f}" for value in values)
    return Figure(f"{what} (of networks {each})", float(np.mean(values)), unit, sign, goal)


def lost(quick: bool, settings: Make, hardware: xs.Hardware, **changed: Any) -> list[float]:
    """What each network loses, points: the mean of its chips."""
    found = []
    for seed in seeds(quick):
        own = settings(training_seed=seed, **changed)
        rows = [run(own, hardware, Streams(k))[0] for k in range(1 if quick else CHIPS)]
        found.append(100 * float(np.mean([row["accuracy.lost"] for row in rows])))
    return found


def letters(quick: bool) -> list[Figure]:
    """Letters told in software and on noisy arrays."""
    found = []
    for task, (settings, goal, published) in TASKS.items():
        rows = [run(settings(training_seed=seed), None, Streams(0)) for seed in seeds(quick)]
        software = [100 * row["accuracy"] for (row,) in rows]
        what = f"software: {task}, published {published}"
        found.append(mean(what, software, "%", ">=", goal))
        for name, hardware in ARRAYS.items():
            aim = 2.0 if name == "noisy arrays" else np.nan
            what = f"{name}: {task}, lost to software"
            found.append(mean(what, lost(quick, settings, hardware), "points", "<=", aim))
    return found


def state_space(quick: bool) -> list[Figure]:
    """What errors of the state space cost."""
    found = []
    for error in (0.05,) if quick else (0.01, 0.02, 0.05, 0.1):
        what = f"27 letters, state space {100 * error:g} % off, else ideal: lost to software"
        found.append(mean(what, lost(quick, Settings, IDEAL, state_error=error), "points"))
    for kind in ("tile", "verified"):
        what = f"27 letters, all on cells {OFF}, state space {kind}: lost to software"
        found.append(mean(what, lost(quick, Settings, BY_COLUMN, state_space=kind), "points"))
    return found


def spikes(quick: bool) -> list[Figure]:
    """Letters as spikes in place of counts."""
    if quick:
        return []
    own = Settings(
        training_seed=0, inputs="spikes", substeps=2, epochs=60, rate=1.2e-3, gradient=10.0
    )
    (row,) = run(own, None, Streams(0))
    what = "software: 27 letters, one spike at the most in 12.5 ms, 60 epochs, published 85.55"
    return [Figure(what, 100 * row["accuracy"], "%", ">=", 83.0)]


if __name__ == "__main__":
    quick = "one network, one chip"
    command("l2mu_quality", __doc__, quick, in_turn(letters, state_space, spikes))
