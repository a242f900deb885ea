"""Measures how well reservoirs do, in software and on noisy devices, and checks goals.

    python benchmarks/reservoir_quality.py [--quick] [--out DIR]

XBARSIM_DATA must name a folder with the data sets. What is measured, and how, stands in the modules
whose parts run here one after the other; every figure is over several seeds, which are named.
"""

from echo_quality import classes, in_software
from figures import command
from ideal_reservoirs import ideal
from liquid_quality import recordings
from reservoir_curves import ageing, curves
from reservoir_scales import scales
from volatile_quality import five_devices, handwritten, henon

PARTS = (
    ideal, in_software, classes, recordings, five_devices, handwritten, henon, scales, curves,
    ageing,
)  # fmt: skip

if __name__ == "__main__":
    command("reservoir_quality", __doc__, "three seeds, a short search", PARTS, resumes=True)
