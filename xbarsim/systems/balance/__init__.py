r"""A reservoir that adapts its inhibition to target rates, and so repairs itself after drift.

Rate neurons that excite or inhibit (Dale's law) hear each other through two arrays, one for each
sign; connections from inhibitory neurons follow a local rule until every neuron has its target
rate, then stay. See `xbarsim.systems.balance.software` for the equations.

References
----------
K. Srinivasan, D. Plenz and M. Girvan, "Boosting reservoir computing with brain-inspired adaptive
dynamics", arXiv 2504.12480 (2025).
"""

from xbarsim.systems.balance.placed import Arrays as Arrays
from xbarsim.systems.balance.settings import Settings as Settings
from xbarsim.systems.balance.system import run as run
from xbarsim.systems.published import Published

#: unit and words of every metric; the leading one of a task first
METRICS = {
    "memory.capacity": ("dimensionless", "linear memory capacity"),
    "memory.capacity.software": ("dimensionless", "the same in software"),
    "memory.capacity.fixed": ("dimensionless", "the same in software at the balance to begin with"),
    "memory.capacity.new": ("dimensionless", "the same when new"),
    "memory.capacity.drifted": ("dimensionless", "the same as drifted, before adapting anew"),
    "nrmse": ("dimensionless", "normalised root mean square error of the next value"),
    "nrmse.software": ("dimensionless", "the same in software"),
    "nrmse.fixed": ("dimensionless", "the same in software at the balance to begin with"),
    "nrmse.new": ("dimensionless", "the same when new"),
    "nrmse.drifted": ("dimensionless", "the same as drifted, before adapting anew"),
    "advantage": ("dimensionless", "how many times as well it does in software if it adapts"),
    "recovered": ("dimensionless", "how well it does when adapted anew, over when new"),
    "rate": ("dimensionless", "mean rate"),
    "rate.drifted": ("dimensionless", "mean rate as drifted"),
    "rate.error": ("dimensionless", "root mean square of rates less their targets"),
    "rate.error.drifted": ("dimensionless", "the same as drifted"),
    "balance": ("dimensionless", "excitation less inhibition of a neuron, mean"),
    "reads": ("dimensionless", "vectors read, each array counted"),
    "writes": ("dimensionless", "pulses of an adapted cell, mean"),
    "writes.most": ("dimensionless", "pulses of the busiest adapted cell"),
    "writes.repair": ("dimensionless", "pulses of a cell to adapt anew, mean"),
    "writes.setup": ("dimensionless", "pulses of a cell before it adapts, mean"),
    "cells.unreached": (
        "dimensionless",
        "cells that began more than a pulse from where they should",
    ),
    "energy.write": ("joule", "energy of all pulses"),
    "energy.read": ("joule", "energy of a step"),
}

_PAPER = (
    "K. Srinivasan, D. Plenz and M. Girvan, Boosting reservoir computing with brain-inspired "
    "adaptive dynamics, arXiv 2504.12480 (2025), abstract"
)
#: what the paper reports in numbers
PUBLISHED = (
    Published(
        metric="advantage",
        value=2.3,
        words="up to 130 % better than reservoirs whose balance is set globally, the most in tasks "
        "such as memory capacity and series prediction",
        source=_PAPER,
    ),
)
