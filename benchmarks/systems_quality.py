"""Measures how well published systems do on simulated devices, beside what was published.

    python benchmarks/systems_quality.py [--quick] [--out DIR] [SYSTEM ...]

XBARSIM_DATA must name a folder with the data sets, and PyTorch must be installed. What is measured
of a system, and how, stands in the module of its name, which is a command of its own, too; every
figure is over several seeds, which are named. All takes some hours on two cores: DIR gets a table
of each system as soon as it is measured, and those that it holds are not measured again.
"""

import argparse
from pathlib import Path

import balance_quality
import content_memory_quality
import l2mu_quality
import nalsm_quality
import symmetric_stdp_quality
import volatile_quality
import zero_shot_quality
from figures import held, measure

SYSTEMS = {
    module.__name__: module
    for module in (
        content_memory_quality, volatile_quality, balance_quality, symmetric_stdp_quality,
        nalsm_quality, zero_shot_quality, l2mu_quality,
    )
}  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("systems", nargs="*", type=_known, help="all, if none is named")
    parser.add_argument("--quick", action="store_true", help="fewer seeds, images and settings")
    parser.add_argument("--out", type=Path, help="folder for Markdown, JSON and CSV of each")
    arguments = parser.parse_args()
    for name in arguments.systems or SYSTEMS:
        if not held(name, arguments.quick, arguments.out):
            measure(name, SYSTEMS[name].PARTS, arguments.quick, arguments.out, resumes=True)


def _known(name: str) -> str:
    """A system that is measured."""
    if name not in SYSTEMS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(SYSTEMS)}")
    return name


if __name__ == "__main__":
    main()
