"""Times the astrocyte-modulated liquid, and its full protocol.

    python benchmarks/nalsm.py [--quick] [--out DIR]

Features of 1,000 neurons, 250 ms of each image, plasticity on, on as many threads as the libraries
take by themselves: at the rates that three weights of the astrocyte lead to, and on cells. Then all
of the published protocol on MNIST, one liquid: 50,000 images to learn from, 10,000 that choose the
readout, 10,000 of the test; ``--quick`` adds its time up from the rates instead, and says so.
"""

import time

import numpy as np
from figures import Figure, command
from nalsm_quality import device

from xbarsim.streams import Streams
from xbarsim.systems import nalsm
from xbarsim.systems.nalsm.phases import features
from xbarsim.systems.nalsm.system import images, learned, reading_rule

FULL = {"train": 50_000, "validation": 10_000, "test": 10_000}
ROUNDS = 3


def rates(quick: bool) -> list[Figure]:
    """Features a second."""
    found = []
    number = 200 if quick else 1000
    for weight, goal in ((0.2, np.nan), (0.015, 500.0), (0.002, np.nan)):
        settings = nalsm.Settings(train=number, validation=1, test=1, astrocyte=weight, asked=1)
        given = images(settings).train[0]
        liquid = learned(settings, None, Streams(0), given)
        speed, rate = speed_of(settings, liquid, given)
        found.append(Figure(f"features at {rate:.0f} Hz", speed, "images/s", ">=", goal))
    settings = nalsm.Settings(train=number, validation=1, test=1, warming=2000, asked=1)
    liquid = learned(settings, device(32, 0.1), Streams(0), given)
    speed, rate = speed_of(settings, liquid, given)
    found.append(
        Figure(f"features on cells of 32 noisy levels at {rate:.0f} Hz", speed, "images/s")
    )
    return found


def speed_of(settings: nalsm.Settings, liquid, given: np.ndarray) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Images a second, the best of some rounds, and the mean rate, Hz."""
    lasted, rate = np.inf, 0.0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        done = features(
            liquid.wired, liquid.weights, reading_rule(settings), given, settings.steps,
            liquid.cells, Streams(0),
        )  # fmt: skip
        lasted = min(lasted, time.perf_counter() - begun)
        rate = float(done.spikes.mean() / settings.duration)
    return len(given) / lasted, rate


def full(quick: bool) -> list[Figure]:
    """The published protocol, or what it would take."""
    begun = time.perf_counter()
    if not quick:
        row = nalsm.run(nalsm.Settings(**FULL), None, Streams(0))[0]
        return [
            Figure("full protocol, published 95.96 +- 0.13", 100 * row["accuracy"], "%"),
            Figure("full protocol", time.perf_counter() - begun, "s"),
        ]
    settings = nalsm.Settings(train=500, validation=1, test=1, asked=1)
    given = images(settings).train[0]
    begun = time.perf_counter()
    liquid = learned(settings, None, Streams(0), given)
    phase = time.perf_counter() - begun
    speed, _ = speed_of(settings, liquid, given)
    whole = phase + sum(FULL.values()) / speed
    return [Figure("full protocol but for its readout, added up, not run", whole, "s")]


if __name__ == "__main__":
    command("nalsm", __doc__, "fewer images; the full protocol is added up, not run", (rates, full))
