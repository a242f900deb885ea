"""Zero-shot liquids on the published sets, all of N-MNIST and N-TIDIGITS.

    XBARSIM_DATA=FOLDER python benchmarks/zero_shot_full.py [--quick] [--out DIR]

Neither set comes along. FOLDER holds ``NMNIST/Train/0/00002.bin`` and so on, the unpacked archives
of https://www.garrickorchard.com/datasets/n-mnist, and ``NTIDIGITS18/n-tidigits.hdf5``, which the
package tonic reads and fetches: ``tonic.datasets.NTIDIGITS18(save_to=FOLDER, train=True)``. The
protocol is the published one but for the readout of classification, a ridge, and the epoch, which
is the last and not chosen by the test. Memory: about 1 GB for the recordings of N-MNIST.
"""

from dataclasses import replace

from figures import Figure, command
from zero_shot_quality import CHIP, IMAGES, SOUNDS, of_seeds

from xbarsim.streams import Streams
from xbarsim.systems.zero_shot import PUBLISHED, Settings, run

FULL = {"images": "nmnist", "sounds": "n_tidigits"}


def classes(quick: bool) -> list[Figure]:
    """Images and spoken digits, told by 200 neurons."""
    return [
        figure
        for settings in (IMAGES, SOUNDS)
        for figure in beside(replace(settings, parts=1, **FULL), quick)
    ]


def retrieval(quick: bool) -> list[Figure]:
    """Spoken digits find images."""
    return beside(Settings(all_pairs=not quick, **FULL), quick)


def beside(settings: Settings, quick: bool) -> list[Figure]:
    """Every published metric that there is, and means over pairs."""
    rows = [run(settings, CHIP, Streams(seed))[0] for seed in range(1 if quick else 5)]
    told = {each.metric: f"{each.words}; published {100 * each.value:g}" for each in PUBLISHED}
    told |= {f"accuracy.pairs{k}": f"mean of all pairs{k}" for k in ("", ".software", ".chance")}
    return [of_seeds(f"{name}: {told[name]}", rows, name) for name in told if name in rows[0]]


if __name__ == "__main__":
    command("zero_shot_full", __doc__, "one seed, one pair", (classes, retrieval))
