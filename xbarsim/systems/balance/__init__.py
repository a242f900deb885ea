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
from xbarsim.systems.published import Published, Stands

TITLE = "A reservoir that adapts its inhibition (Srinivasan 2025)"
STANDS_ON: Stands = "both"
UNITS: dict[str, str] = {}

#: unit and words of every metric; the leading one of a task first
METRICS = {
    "memory.capacity": ("count", "linear memory capacity"),
    "memory.capacity.software": ("count", "the same in software"),
    "memory.capacity.fixed": ("count", "the same in software at the balance to begin with"),
    "memory.capacity.new": ("count", "the same when new"),
    "memory.capacity.drifted": ("count", "the same as drifted, before adapting anew"),
    "nrmse": ("count", "normalised root mean square error of the next value"),
    "nrmse.software": ("count", "the same in software"),
    "nrmse.fixed": ("count", "the same in software at the balance to begin with"),
    "nrmse.new": ("count", "the same when new"),
    "nrmse.drifted": ("count", "the same as drifted, before adapting anew"),
    "advantage": ("count", "how many times as well it does in software if it adapts"),
    "recovered": ("dimensionless", "how well it does when adapted anew, over when new"),
    "rate": ("dimensionless", "mean rate"),
    "rate.drifted": ("dimensionless", "mean rate as drifted"),
    "rate.error": ("count", "root mean square of rates less their targets"),
    "rate.error.drifted": ("count", "the same as drifted"),
    "balance": ("count", "excitation less inhibition of a neuron, mean"),
    "reads": ("count", "vectors read, each array counted"),
    "writes": ("count", "pulses of an adapted cell, mean"),
    "writes.most": ("count", "pulses of the busiest adapted cell"),
    "writes.repair": ("count", "pulses of a cell to adapt anew, mean"),
    "writes.setup": ("count", "pulses of a cell before it adapts, mean"),
    "cells.unreached": (
        "count",
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


def data_of(settings: Settings) -> tuple[str, ...]:
    """None: nothing is read from files."""
    return ()


def needs_pulses(settings: Settings) -> str:
    """Why these settings need cells that take pulses; nothing where they do not."""
    if settings.adaptation != "local":
        return ""
    return "adaptation is 'local', which pulses carry out; give some, or take 'design' or 'none'"
