"""Lines that carry spikes from neurons to synapses, each with a delay of whole steps.

A liquid's spikes travel on lines: one for each neuron where delays are those of axons, one for each
delay that a neuron's synapses have where they are those of connections. On arrays a line is a word
line. Without delays a spike arrives in the next step, which is the shortest delay there is.
"""

from dataclasses import dataclass
from math import inf
from typing import Literal, NamedTuple, get_args

import numpy as np

from xbarsim.backend import Array, require_memory
from xbarsim.checks import check_number
from xbarsim.errors import SpecError
from xbarsim.streams import Streams
from xbarsim.units import show

Per = Literal["neuron", "connection"]
_MOST = 4096  # steps; what waits on the way is kept for each


@dataclass(frozen=True, kw_only=True)
class Delays:
    """Times that spikes travel, drawn evenly between two bounds.

    Parameters
    ----------
    shortest, longest : s; rounded to whole steps, of which there is at least one.
    per : ``neuron``: all spikes of a neuron have one delay; ``connection``: each synapse its own.
    """

    shortest: float
    longest: float
    per: Per = "connection"

    def __post_init__(self) -> None:
        check_number("delays.shortest", self.shortest, 0.0, inf, "second")
        check_number("delays.longest", self.longest, 0.0, inf, "second")
        if self.shortest > self.longest:
            raise SpecError(
                f"delays reach from {show(self.shortest, 'second')} to "
                f"{show(self.longest, 'second')}; the first must not exceed the second"
            )
        if self.per not in get_args(Per):
            raise SpecError(f"delays.per is {self.per!r}; known: {', '.join(get_args(Per))}")

    def steps(self, neurons: int, dt: float, streams: Streams) -> Array:
        """Delay from each neuron, (neurons,), or to each from each, (neurons, neurons); steps.

        Raises
        ------
        SpecError : more steps than can be kept.
        """
        if self.longest / dt > _MOST:
            raise SpecError(
                f"delays.longest is {show(self.longest, 'second')}, {self.longest / dt:.0f} steps "
                f"of {show(dt, 'second')}; at most {_MOST} can be kept"
            )
        shape = (neurons,) if self.per == "neuron" else (neurons, neurons)
        u = (streams / "delays").rng().random(shape)
        times = self.shortest + (self.longest - self.shortest) * u
        return np.maximum(np.rint(times / dt), 1).astype(np.int64)


class Lines(NamedTuple):
    """Lines in the order of the neurons that they come from, then of their delay.

    Parameters
    ----------
    first : the first line of each neuron and the number of lines, (neurons + 1,).
    source, delay : neuron and steps of each line, (lines,).
    weights : (neurons, lines).
    """

    first: Array
    source: Array
    delay: Array
    weights: Array

    @property
    def longest(self) -> int:
        """The longest delay, steps."""
        return int(self.delay.max(initial=1))


def lines(recurrent: Array, steps: Array | None) -> Lines:
    """Lines for weights (to, from) with the delays that `Delays.steps` gives; None for one step.

    Raises
    ------
    ResourceError : more lines than the memory holds.
    """
    neurons = len(recurrent)
    if steps is None or steps.ndim == 1:
        delay = np.ones(neurons, np.int64) if steps is None else steps
        every = np.arange(neurons)
        return Lines(np.arange(neurons + 1), every, delay, recurrent)
    kinds = [np.unique(steps[recurrent[:, k] != 0, k]) for k in range(neurons)]
    count = sum(len(kind) for kind in kinds)
    what = f"a liquid of {neurons} neurons with {count} lines of their own delay"
    require_memory(24.0 * neurons * count, what)
    source, delay, columns = [], [], []
    for k in range(neurons):
        connected = recurrent[:, k] != 0
        for d in kinds[k]:
            source.append(k)
            delay.append(d)
            columns.append(np.where(connected & (steps[:, k] == d), recurrent[:, k], 0.0))
    weights = np.stack(columns, axis=1) if columns else np.zeros((neurons, 0))
    first = np.searchsorted(source, np.arange(neurons + 1))
    return Lines(first, np.array(source, np.int64), np.array(delay, np.int64), weights)
