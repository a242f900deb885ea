r"""Copies of matrices: reads of a layer that go on side by side.

A matrix with several copies is given that many vectors at once. A stage of the pipeline takes

.. math:: t = \sum_\text{calls} \lceil n / c \rceil \,
    (n_\text{phases}\, t_\text{read} + n_\text{conversions} / f_\text{ADC})

with n vectors that are known at once in a call, c copies, a read for each slice of a bit-serial
input, and the conversions that one converter makes one after the other. It is the latency model of
NeuroSim and ISAAC (Shafiee et al., ISCA 2016): drivers, decoders and digital work are taken to keep
up, and conversions not to overlap with the next read.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError, suggestion
from xbarsim.hardware import Hardware
from xbarsim.mapping.activity import Activity
from xbarsim.mapping.graph import Key
from xbarsim.mapping.strategy import Strategy
from xbarsim.partition import Partition


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long one read of a matrix takes.

    Parameters
    ----------
    phases : reads for one vector, one after the other.
    conversions : that one converter makes for it, one after the other.
    time : s.
    """

    phases: int
    conversions: int
    time: float


def pace(partition: Partition, hardware: Hardware, signed: bool) -> Pace:
    """How long a read of the matrix on `partition` takes; ideal converters take no time."""
    dac, adc, code = hardware.dac, hardware.adc, partition.encoding
    phases = 1 if dac is None else len(dac.phases(np.zeros(1), signed))
    if adc is None:
        return Pace(phases=phases, conversions=0, time=phases * hardware.t_read)
    signals = max(len(piece.outputs) for piece in partition.pieces) * code.slices
    conversions = min(adc.columns_per_adc, signals)
    conversions *= phases if hardware.phase_sums == "digital" else 1
    time = phases * hardware.t_read + conversions / adc.rate
    return Pace(phases=phases, conversions=conversions, time=time)


def in_series(calls: Counter[int], copies: int) -> int:
    """Reads one after the other, of a matrix that stands `copies` times."""
    return sum(number * -(-vectors // copies) for vectors, number in calls.items())


def copies_of(
    strategy: Strategy,
    partitions: Mapping[Key, Partition],
    hardware: Hardware,
    activity: Activity | None,
    arrays: Callable[[Mapping[Key, int]], int],
) -> dict[Key, int]:
    """How often each matrix stands.

    Parameters
    ----------
    arrays : how many arrays such numbers of copies need.

    Raises
    ------
    SpecError : copies of a layer that is not there; balance without an example.
    """
    if strategy.copies == "balance":
        if activity is None:
            raise SpecError("strategy.copies balance needs an example input: map_network(example=)")
        return balanced(strategy.max_arrays or 1, partitions, hardware, activity, arrays)
    if strategy.copies == "one":
        return dict.fromkeys(partitions, 1)
    assert isinstance(strategy.copies, Mapping)
    layers = list(dict.fromkeys(layer for layer, _ in partitions))
    faults = [
        f"strategy.copies: no layer {layer!r} on arrays{suggestion(layer, layers)}"
        for layer in strategy.copies
        if layer not in layers
    ]
    if faults:
        raise SpecError(faults)
    return {key: strategy.copies.get(key[0], 1) for key in partitions}


def balanced(
    max_arrays: int,
    partitions: Mapping[Key, Partition],
    hardware: Hardware,
    activity: Activity,
    arrays: Callable[[Mapping[Key, int]], int],
) -> dict[Key, int]:
    """Copies for the shortest interval of the pipeline that `max_arrays` allow.

    What adding a copy to the slowest stage, again and again while there are arrays, ends with: of
    all durations that a stage can have, the shortest that every stage keeps with its fewest copies,
    found by bisection.
    """
    times = {
        key: pace(part, hardware, activity.signed[key]).time * _series(activity.calls[key])
        for key, part in partitions.items()
    }
    floor = max(float(t[-1]) for t in times.values())
    goals = np.unique(np.concatenate(list(times.values())))
    goals = goals[goals >= floor]

    def fewest(goal: float) -> dict[Key, int]:
        return {key: 1 + int(np.argmax(t <= goal)) for key, t in times.items()}

    low, high = 0, len(goals) - 1  # at the last goal there is one copy of each
    while low < high:
        middle = (low + high) // 2
        if arrays(fewest(goals[middle])) <= max_arrays:
            high = middle
        else:
            low = middle + 1
    return fewest(goals[high])


def _series(calls: Counter[int]) -> npt.NDArray[np.int64]:
    """Reads one after the other with 1, 2, ... copies, up to what makes a difference."""
    copies = np.arange(1, max(calls, default=1) + 1)
    total = np.zeros(len(copies), dtype=np.int64)
    for vectors, number in calls.items():
        total += number * -(-vectors // copies)
    return total
