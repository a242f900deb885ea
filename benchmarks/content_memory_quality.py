"""A content-addressable memory on one array read from both sides.

    python benchmarks/content_memory_quality.py [--quick] [--out DIR]

Contents of random bits, half of them ones, are stored under cues; all cues are recalled, and cues
are found by every single bit; half of the cues get another content, and all is recalled again. A
recall is right where no bit and no cue is wrong, in all of the time until the next operation. Every
seed draws another chip and other contents.
"""

from dataclasses import replace

import numpy as np
from figures import Figure, command

from xbarsim.programming import LevelPulses
from xbarsim.streams import Streams
from xbarsim.systems.content_memory import Settings, run

SIZES = {"published size, 5 cues x 10 bits": (5, 10), "20 x 20": (20, 20), "100 x 100": (100, 100)}
SEEDS = {5: 100, 20: 30, 100: 10}
BINARY = LevelPulses(levels=2, on_off=10.0)
NOISY = replace(BINARY, noise=0.1, spread=0.1, window_spread=0.1)
SIDE, SWEEP_SEEDS = 20, 10


def recalled(settings: Settings, device: LevelPulses | None, seeds: int) -> list[dict[str, float]]:
    """Metrics of so many memories."""
    return [run(settings, device, Streams(seed))[0] for seed in range(seeds)]


def ideal(quick: bool) -> list[Figure]:
    """Ideal binary cells recall everything."""
    return _by_size("ideal cells", None, 100.0, quick)


def noisy(quick: bool) -> list[Figure]:
    """Cells of on/off 10 that differ by 10 % in pulses, steps and both ends of their window."""
    return _by_size("on/off 10, 10 % of every kind of spread", NOISY, 99.0, quick)


def noisy_reads(quick: bool) -> list[Figure]:
    """The same cells, and every read sees each of them with a noise of 10 %."""
    return _by_size("the same and 10 % of read noise", NOISY, np.nan, quick, read_noise=0.1)


def _by_size(
    what: str, device: LevelPulses | None, goal: float, quick: bool, **more: float
) -> list[Figure]:
    found = []
    for name, (cues, bits) in SIZES.items():
        seeds = max(SEEDS[cues] // 10, 1) if quick else SEEDS[cues]
        rows = recalled(Settings(cues=cues, bits=bits, **more), device, seeds)
        found.append(_figure(f"{what}, {name}", rows, goal))
    return found


def sweeps(quick: bool) -> list[Figure]:
    """What costs recalls: load, on/off ratio, stuck cells, read noise, pulses, levels."""
    base, found = Settings(cues=SIDE, bits=SIDE), []
    cases = {f"load {x:g}": (replace(base, load=x), NOISY) for x in (0.25, 0.5, 1.0)}
    cases |= {f"on/off {x:g}": (base, replace(NOISY, on_off=x)) for x in (1.5, 2.0, 3.0, 5.0, 10.0)}
    for x in (0.001, 0.01, 0.05):
        stuck = replace(BINARY, stuck_low=x / 2, stuck_high=x / 2)
        cases[f"{100 * x:g} % of cells stuck, no spread"] = base, stuck
    for x in (0.05, 0.1, 0.2, 0.3):
        cases[f"read noise {100 * x:g} %, no spread"] = replace(base, read_noise=x), BINARY
    for x in (1.0, 2.0, 3.0, 6.0):
        cases[f"amplitude of STDP {x:g} (published 6)"] = replace(base, amplitude=x), NOISY
    cases |= {f"{n} levels": (base, replace(NOISY, levels=n)) for n in (4, 16, 64)}
    for name, (settings, device) in cases.items():
        rows = recalled(settings, device, 2 if quick else SWEEP_SEEDS)
        found.append(_figure(f"{SIDE} x {SIDE}, {name}", rows))
    return found


def _figure(what: str, rows: list[dict[str, float]], goal: float = np.nan) -> Figure:
    """The mean of chips, with the worst and the pulses in words."""
    right = [100 * row["accuracy"] for row in rows]
    writes = np.mean([row["writes"] for row in rows])
    told = f"mean of {len(rows)} chips, the worst {min(right):.1f} %; {writes:.3g} pulses a cell"
    return Figure(f"{what}: recalls right ({told})", float(np.mean(right)), "%", ">=", goal)


PARTS = (ideal, noisy, noisy_reads, sweeps)

if __name__ == "__main__":
    command("content_memory_quality", __doc__, "a tenth of the seeds", PARTS, resumes=True)
