"""What the zero-shot liquid is, and what it is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any, Literal, get_args

from xbarsim.checks import check_all, check_count, check_flag, check_number, check_one_of
from xbarsim.errors import SpecError

Task = Literal["retrieval", "images", "sounds"]
Images = Literal["nmnist_small", "nmnist"]
Sounds = Literal["fsdd", "n_tidigits"]
Weights = Literal["formed", "programmed"]
Activation = Literal["gelu", "linear"]

#: digits that images and spoken words may stand for; N. Lin et al. leave out zero, which has two
#: words in N-TIDIGITS
DIGITS = tuple(range(1, 10))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Two frozen liquids, what is trained behind them, and what they are asked.

    Parameters
    ----------
    task : ``retrieval``: spoken digits find images and images find spoken digits, of classes that
        projections learned from and of two that they did not; ``images``, ``sounds``: a linear
        readout tells the ten (or eleven) classes.
    images : ``nmnist_small``, the subset of 1,100 recordings, or ``nmnist``, all 70,000.
    sounds : ``fsdd``, the Free Spoken Digit Dataset as spikes of a cochlea
        (`xbarsim.systems.zero_shot.spikes`), which stands in for ``n_tidigits``, the published set.
    neurons : of each liquid.
    image_decay, sound_decay : of the potential in a step.
    image_weight, sound_weight : standard deviation of input weights over the threshold. A published
        constant c (times the difference of two cells, which in microsiemens has a standard
        deviation of 8.92 on the published chip) and a threshold V stand for 8.92 c / V: the
        defaults are c = 0.3, V = 5 and c = 0.1, V = 5.3, of retrieval; with ``images`` alone the
        paper has c = 0.07 (0.125), with ``sounds`` alone c = 0.08 (0.135). That c counts
        microsiemens is our reading: the published scripts come without the model.
    recurrent : standard deviation of recurrent weights over that of input weights; 1 as published.
    weights : ``formed``: those that forming leaves on arrays, which are never programmed;
        ``programmed``: those of the software, written to the cells.
    share : of cells that forming breaks.
    dimension : of the projections.
    activation : behind them.
    epochs, batch, learning_rate, temperature : of their training, by Adam; as published.
    unseen : the two digits, of 1 to 9, that projections do not learn from.
    all_pairs : whether all 36 pairs are left out in turn, too.
    parts : of ``images`` and ``sounds``: into how many parts all recordings go, of which each is
        asked once by a liquid of its own that learned from the others; 1 for the division of the
        set.
    event_rate : mean rate of the events of a channel of the cochlea of ``fsdd``, Hz; ours.

    Raises
    ------
    SpecError : names every field at fault, its value and what is allowed.
    """

    task: Task = "retrieval"
    images: Images = "nmnist_small"
    sounds: Sounds = "fsdd"
    neurons: int = 200
    image_decay: float = 0.9
    image_weight: float = 0.535
    sound_decay: float = 0.97
    sound_weight: float = 0.168
    recurrent: float = 1.0
    weights: Weights = "formed"
    share: float = 0.5
    dimension: int = 64
    activation: Activation = "gelu"
    epochs: int = 100
    batch: int = 8
    learning_rate: float = 1e-3
    temperature: float = 1.0
    unseen: tuple[int, int] = (8, 9)
    all_pairs: bool = False
    parts: int = 11
    event_rate: float = 100.0

    def __post_init__(self) -> None:
        check_all(self._checks())

    def _checks(self) -> Iterator[tuple[Any, ...]]:
        for name, known in _CHOICES.items():
            yield check_one_of, name, getattr(self, name), get_args(known)
        for name, least in _COUNTS.items():
            yield check_count, name, getattr(self, name), least
        for name, (low, high, unit) in _NUMBERS.items():
            check = partial(check_number, above=name in _ABOVE)
            yield check, name, getattr(self, name), low, high, unit
        yield _check_share, self.share
        yield check_flag, "all_pairs", self.all_pairs
        yield _check_pair, self.unseen


def _check_share(share: Any) -> None:
    check_number("share", share)
    if not 0 < share < 1:
        raise SpecError(f"share is {share:g}; it must be above 0 and below 1")


def _check_pair(pair: object) -> None:
    digits = pair if isinstance(pair, tuple) else ()
    whole = all(isinstance(k, int) and not isinstance(k, bool) and k in DIGITS for k in digits)
    if not (len(digits) == len(set(digits)) == 2 and whole):
        raise SpecError(f"unseen is {pair!r}; it must be two different digits from 1 to 9")


_CHOICES = {
    "task": Task,
    "images": Images,
    "sounds": Sounds,
    "weights": Weights,
    "activation": Activation,
}
_COUNTS = {"neurons": 1, "dimension": 1, "epochs": 1, "batch": 2, "parts": 1}
_NUMBERS = {
    "image_decay": (0.0, 1.0, "dimensionless"),
    "sound_decay": (0.0, 1.0, "dimensionless"),
    "image_weight": (0.0, inf, "dimensionless"),
    "sound_weight": (0.0, inf, "dimensionless"),
    "recurrent": (0.0, inf, "dimensionless"),
    "learning_rate": (0.0, inf, "dimensionless"),
    "temperature": (0.0, inf, "dimensionless"),
    "event_rate": (0.0, 1000.0, "hertz"),
}
_ABOVE = ("image_weight", "sound_weight", "learning_rate", "temperature", "event_rate")
