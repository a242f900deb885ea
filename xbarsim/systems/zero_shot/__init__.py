r"""Zero-shot learning with liquids of memristors that are formed and never programmed.

Two liquids of neurons hear spoken digits and see handwritten ones; their random weights are those
that dielectric breakdown leaves in arrays. What is trained is one layer behind each, which brings
the features of a sound and of an image of the same digit together. Sounds then find images, also of
digits that these layers did not learn from. See `xbarsim.systems.zero_shot.settings.Settings`.

A sound of an unseen digit tells nothing of how its image looks, so that over all pairs of unseen
digits retrieval stands near chance; single pairs may lie far on either side of it. The published
scripts keep the epoch that does best in the test, among those in which the pair (8, 9) reaches
85 %; here nothing is chosen by the test, except for ``accuracy.best_epoch``, which shows what that
choice is worth.

References
----------
N. Lin et al., "Resistive memory-based zero-shot liquid state machine for multimodal event data
learning", Nature Computational Science (2025), arXiv:2307.00771; scripts (without the model):
https://github.com/MrLinNing/MemristorLSM.
"""

from xbarsim.systems.published import Published, Stands
from xbarsim.systems.zero_shot.protocol import PAIRS as PAIRS
from xbarsim.systems.zero_shot.protocol import run as run
from xbarsim.systems.zero_shot.settings import Settings as Settings

TITLE = "Zero-shot liquids of RRAM that is formed and never programmed (Lin 2025)"
STANDS_ON: Stands = "hardware"
#: SI units of settings that are quantities
UNITS = {"event_rate": "hertz"}

_RETRIEVAL = {
    "accuracy": "unseen digits: sounds find an image of theirs",
    "accuracy.reverse": "unseen digits: images find a sound of theirs",
    "accuracy.seen": "seen digits: sounds find an image of theirs",
    "accuracy.seen.reverse": "seen digits: images find a sound of theirs",
    "accuracy.best_epoch": "unseen digits, at the epoch that is best for them",
    "accuracy.pairs": "unseen digits: mean of all pairs",
    "accuracy.pairs.lowest": "unseen digits: the worst of all pairs",
    "accuracy.pairs.highest": "unseen digits: the best of all pairs",
    "accuracy.pairs.deviation": "unseen digits: standard deviation over all pairs",
    "accuracy.pairs.seen": "seen digits: mean where all pairs are left out in turn",
}
_CLASSES = {
    "accuracy.images": "images told",
    "accuracy.sounds": "spoken digits told",
}
_PARTS = {
    "": "",
    ".error": ": standard error over parts",
    ".software": ", in software",
    ".software.error": ", in software: standard error over parts",
    ".lost": ": what arrays lose on software",
    ".lost.error": ": standard error of what arrays lose, over parts",
}
#: unit and words of every metric, the leading one of a task first
METRICS = (
    {
        f"{name}{side}": ("dimensionless", f"{words}{more}")
        for name, words in _RETRIEVAL.items()
        for side, more in {"": "", ".software": ", in software"}.items()
    }
    | {
        "accuracy.chance": ("dimensionless", "unseen digits: what chance is right with"),
        "accuracy.seen.chance": ("dimensionless", "seen digits: what chance is right with"),
        "accuracy.pairs.chance": ("dimensionless", "unseen digits: mean chance of all pairs"),
    }
    | {
        f"{name}{part}": ("dimensionless", f"{words}{more}")
        for name, words in _CLASSES.items()
        for part, more in _PARTS.items()
    }
    | {
        "spikes": ("count", "spikes a recording of each kind"),
        "reads": ("count", "reads of single arrays a recording of each kind"),
        "writes": ("count", "programmings of a cell after forming"),
        "writes.most": ("count", "programmings of the busiest cell after forming"),
        "energy.read": ("joule", "energy of a recording of each kind"),
    }
)

_PAPER = "Lin et al., Nature Computational Science (2025), arXiv:2307.00771"
_SCRIPTS = _PAPER + ", and the pages of its scripts"
#: what was published on N-MNIST and N-TIDIGITS; the epoch, and the unseen accuracy with it, was
#: chosen by the test
PUBLISHED = (
    Published(
        metric="accuracy",
        value=0.875,
        words="retrieval, sounds find images, unseen digits 8 and 9, arrays",
        source=_PAPER,
    ),
    Published(
        metric="accuracy.software",
        value=0.88,
        words="retrieval, sounds find images, unseen digits 8 and 9, dimension 64",
        source=_SCRIPTS,
    ),
    Published(
        metric="accuracy.seen",
        value=0.6742,
        words="retrieval, sounds find images, digits 1 to 7, arrays",
        source=_PAPER,
    ),
    Published(
        metric="accuracy.seen.software",
        value=0.661,
        words="retrieval, sounds find images, digits 1 to 7, dimension 64",
        source=_SCRIPTS,
    ),
    Published(
        metric="accuracy.images",
        value=0.8966,
        words="all of N-MNIST, 200 neurons, constant 0.07, arrays",
        source=_PAPER,
    ),
    Published(
        metric="accuracy.images.software",
        value=0.8911,
        words="all of N-MNIST, 200 neurons, constant 0.07",
        source=_PAPER,
    ),
    Published(
        metric="accuracy.sounds",
        value=0.7011,
        words="N-TIDIGITS, 200 neurons, constant 0.08, arrays",
        source=_PAPER,
    ),
    Published(
        metric="accuracy.sounds.software",
        value=0.7079,
        words="N-TIDIGITS, 200 neurons, constant 0.08",
        source=_PAPER,
    ),
)


def data_of(settings: Settings) -> tuple[str, ...]:
    """Images, sounds or both."""
    both = {"images": settings.images, "sounds": settings.sounds}
    return tuple(both.values()) if settings.task == "retrieval" else (both[settings.task],)
