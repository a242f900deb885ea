"""What the adaptive reservoir is, and what it is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

from xbarsim.checks import check_all, check_count, check_flag, check_number, check_one_of

Adaptation = Literal["local", "design", "none"]
Task = Literal["memory", "narma10", "mackey_glass"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """An excitatory-inhibitory reservoir, how it adapts, and its task.

    Parameters
    ----------
    neurons : N.
    degree : k, how many others each neuron hears.
    excitatory : share of excitatory neurons, and of those that a neuron hears.
    spread : standard deviation of a connection over its mean.
    gain, threshold : c and theta of the logistic rate.
    balance : beta, by which the sum of a neuron's excitatory connections, 1, exceeds that of its
        inhibitory ones before anything adapts.
    input_scale : connections of the input are even from -1/2 to 1/2 of it. The paper's is not known
        to us; ours was chosen after trying five, see ``benchmarks/balance_quality.py``.
    input_share : share of the neurons that hear the input.
    adaptation : ``local``: inhibition follows the local rule, then is frozen; ``design``: it is
        scaled once so that the mean field has the target rates; ``none``.
    rate : mean target rate.
    heterogeneous : whether targets are drawn from a beta distribution with a + b = 4, which is
        Beta(2, 2) at a rate of 1/2, and of that mean (0.2 to 0.8), but without its ends; else all
        are `rate`.
    delta_first, delta_last : rates of the local rule in its two stages.
    steps_first, steps_last : how many steps these last.
    headroom : largest inhibitory connection that pulsed cells can stand for, over the balanced
        mean; ours.
    task : ``memory``: linear memory capacity; ``narma10``, ``mackey_glass``: the next value.
    max_delay : longest delay of the memory capacity.
    train, test, washout : steps on which the readout learns, those on which it is asked, and first
        steps of the former that are left out.

    Raises
    ------
    SpecError : names every field at fault, its value and what is allowed.
    """

    neurons: int = 500
    degree: int = 50
    excitatory: float = 0.8
    spread: float = 0.2
    gain: float = 10.0
    threshold: float = 0.0
    balance: float = 0.0
    input_scale: float = 0.1
    input_share: float = 0.3
    adaptation: Adaptation = "local"
    rate: float = 0.5
    heterogeneous: bool = False
    delta_first: float = 1e-2
    delta_last: float = 1e-3
    steps_first: int = 1500
    steps_last: int = 1500
    headroom: float = 4.0
    task: Task = "memory"
    max_delay: int = 150
    train: int = 3000
    test: int = 2000
    washout: int = 200

    def __post_init__(self) -> None:
        check_all(self._checks())
        check_all((), self._misfits())

    def _checks(self) -> Iterator[tuple[Any, ...]]:
        for name, least in _COUNTS.items():
            yield check_count, name, getattr(self, name), least
        for name, (low, high, above) in _NUMBERS.items():
            yield partial(check_number, above=above), name, getattr(self, name), low, high
        for name, known in (("adaptation", Adaptation), ("task", Task)):
            yield check_one_of, name, getattr(self, name), get_args(known)
        yield check_flag, "heterogeneous", self.heterogeneous

    def _misfits(self) -> Iterator[str]:
        """Settings that do not go together, each of which may be."""
        if self.balance >= 1:
            yield f"balance is {self.balance:g}; it must be below 1, where there is no inhibition"
        if self.heterogeneous and not _DRAWN <= self.rate <= 1 - _DRAWN:
            yield (
                f"rate is {self.rate:g}; where targets are heterogeneous, none of them nearer than "
                f"{EDGE:g} to 0 or 1, it must lie from {_DRAWN:g} to {1 - _DRAWN:g}"
            )
        for kind, number, heard in (
            ("excitatory", self.number_excitatory, self.heard_excitatory),
            ("inhibitory", self.number_inhibitory, self.heard_inhibitory),
        ):
            if not 1 <= heard <= number - 1:
                yield (
                    f"degree is {self.degree}, of which {heard} are {kind}; a neuron can hear 1 to "
                    f"{number - 1} others of the {number} {kind} ones among {self.neurons} neurons"
                )
        if self.adaptation == "local" and self.adapting < _LOOKED_AT:
            yield (
                f"steps_first and steps_last are {self.steps_first} and {self.steps_last}; local "
                f"adaptation takes at least {_LOOKED_AT} steps together"
            )
        first = max(self.washout, self.max_delay if self.task == "memory" else 0)
        if self.train - first < self.neurons + 2:
            yield (
                f"train is {self.train} steps, of which the first {first} are left out; a readout "
                f"of {self.neurons} neurons needs {self.neurons + 2} more"
            )

    @property
    def adapting(self) -> int:
        """Steps of adaptation."""
        return self.steps_first + self.steps_last

    @property
    def number_excitatory(self) -> int:
        """Neurons that excite."""
        return round(self.excitatory * self.neurons)

    @property
    def number_inhibitory(self) -> int:
        """Neurons that inhibit."""
        return self.neurons - self.number_excitatory

    @property
    def heard_excitatory(self) -> int:
        """Excitatory neurons that each neuron hears."""
        return round(self.excitatory * self.degree)

    @property
    def heard_inhibitory(self) -> int:
        """Inhibitory neurons that each neuron hears."""
        return self.degree - self.heard_excitatory

    @property
    def most(self) -> float:
        """Largest inhibitory connection that pulsed cells can stand for."""
        return self.headroom / self.heard_inhibitory


#: distance of target rates from 0 and 1, where they are drawn; ours
EDGE = 0.03
_DRAWN = 0.2  # lowest mean of those, which then is the one asked for to within 0.04
_LOOKED_AT = 200  # last steps of adaptation, in which rates are looked at
_COUNTS = {
    "neurons": 4, "degree": 2, "steps_first": 0, "steps_last": 0, "max_delay": 1, "train": 10,
    "test": 10, "washout": 0,
}  # fmt: skip
_INF = float("inf")
_NUMBERS = {  # from, to, and whether the first itself is too low
    "excitatory": (0.0, 1.0, True),
    "spread": (0.0, _INF, False),
    "gain": (0.0, _INF, True),
    "threshold": (-_INF, _INF, False),
    "balance": (-_INF, _INF, False),
    "input_scale": (0.0, _INF, True),
    "input_share": (0.0, 1.0, True),
    "rate": (1e-6, 1 - 1e-6, False),
    "delta_first": (0.0, 1.0, True),
    "delta_last": (0.0, 1.0, True),
    "headroom": (0.0, _INF, True),
}
