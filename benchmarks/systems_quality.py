"""Measures how well published systems do on simulated devices, beside what was published.

    python benchmarks/systems_quality.py [--quick] [--out DIR]

XBARSIM_DATA must name a folder with the data sets, and PyTorch must be installed. What is measured,
and how, stands in the modules whose parts run here one after the other; every figure is over
several seeds, which are named. Each system has a command of its own, too. All takes some hours on
two cores: with --out, a run that was broken off goes on behind the last part that it finished.
"""

import balance_quality as balance
import content_memory_quality as content_memory
import l2mu_quality as l2mu
import nalsm_quality as nalsm
import symmetric_stdp_quality as symmetric_stdp
import zero_shot_quality as zero_shot
from figures import command
from volatile_quality import five_devices, handwritten

PARTS = (
    *content_memory.PARTS, five_devices, handwritten, *balance.PARTS, *symmetric_stdp.PARTS,
    *nalsm.PARTS, *zero_shot.PARTS, *l2mu.PARTS,
)  # fmt: skip

if __name__ == "__main__":
    command("systems_quality", __doc__, "fewer seeds, images and settings", PARTS, resumes=True)
