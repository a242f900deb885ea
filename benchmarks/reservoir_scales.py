"""Scales of echo-state networks that are chosen with the noise of arrays on, and without."""

import numpy as np
from figures import Figure
from reservoir_tasks import HARDWARE, UNITS, capacity, fitted, measured, seeds, spread, task_of

import xbarsim as xs

Scales = dict[str, float]


def scales(quick: bool) -> list[Figure]:
    """Scales chosen with the noise on, and without."""
    found = []
    for name in ("NARMA-10", "Santa Fe", "memory"):
        chosen = {where: searched(name, hardware, quick) for where, hardware in
                  (("without", None), ("with", HARDWARE))}  # fmt: skip
        values = {}
        for where, scale, hardware in (
            ("software", chosen["without"], None),
            ("without", chosen["without"], HARDWARE),
            ("with", chosen["with"], HARDWARE),
        ):
            values[where] = [missed(name, s, "test", scale, hardware) for s in seeds(quick)]
        unit = "steps below 100" if name == "memory" else UNITS[name]
        for where, scale in chosen.items():
            told = ", ".join(f"{key} {value:.2g}" for key, value in scale.items())
            what = f"{name}, 100 units, noisy arrays, scales chosen {where} noise: {told}"
            found.append(spread(what, values[where], unit))
        best, off, on = (np.median(values[key]) for key in ("software", "without", "with"))
        found += [
            spread(f"{name}, 100 units, software, scales chosen there", values["software"], unit),
            Figure(f"{name}: excess error with over without", (on - best) / (off - best), "", "<=",
                   np.nan if name == "memory" else 0.5),
        ]  # fmt: skip
    return found


def searched(name: str, hardware: xs.Hardware | None, quick: bool) -> Scales:
    """Scales with which the validation error of two networks is least: drawn, then varied."""
    rng, least = np.random.default_rng(0), np.inf
    first, more = (15, 5) if quick else (60, 40)
    best: Scales = {}
    for k in range(first + more):
        scale = drawn(rng) if k < first else varied(best, rng)
        error = np.mean([missed(name, s, "validation", scale, hardware) for s in (100, 101)])
        if error < least:
            least, best = float(error), scale
    return best


def drawn(rng: np.random.Generator) -> Scales:
    """Scales anywhere."""
    return {
        "input_scaling": float(np.exp(rng.uniform(np.log(0.01), np.log(3)))),
        "spectral_radius": float(rng.uniform(0.3, 1.2)),
        "leak": float(rng.uniform(0.3, 1)),
        "bias_scaling": float(rng.uniform(0, 1)),
    }


def varied(best: Scales, rng: np.random.Generator) -> Scales:
    """Scales near others."""
    z = rng.standard_normal(4)
    return {
        "input_scaling": best["input_scaling"] * float(np.exp(0.4 * z[0])),
        "spectral_radius": float(np.clip(best["spectral_radius"] + 0.1 * z[1], 0.1, 1.3)),
        "leak": float(np.clip(best["leak"] + 0.1 * z[2], 0.1, 1)),
        "bias_scaling": float(np.clip(best["bias_scaling"] + 0.15 * z[3], 0, 1.5)),
    }


def missed(name: str, seed: int, part: str, scale: Scales, hardware: xs.Hardware | None) -> float:
    """Error on a part of the steps behind training: the first fifth validates."""
    settings = {"units": 100, "dtype": "float32", **scale}
    network = fitted(name, seed, hardware, direct=name != "memory", **settings)
    task = task_of(name, seed)
    if name == "memory":  # white inputs of another seed are another part
        return settings["units"] - capacity(network.transform(task), task)
    cut = task.test // 5
    steps = slice(0, cut) if part == "validation" else slice(cut, None)
    return measured(name, task.y_test[steps], task.predict(network)[steps])
