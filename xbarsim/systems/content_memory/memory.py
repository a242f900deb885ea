"""The memory at work: store a content under a cue, recall it, recall cues by a piece of content."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from xbarsim.backend import Array, real_array
from xbarsim.checks import check_one_of
from xbarsim.errors import SpecError
from xbarsim.plasticity import pulsed_device
from xbarsim.programming import LevelPulses
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.streams import Streams
from xbarsim.systems.content_memory.array import MemoryArray
from xbarsim.systems.content_memory.network import FULL, Network
from xbarsim.systems.content_memory.settings import Settings

IDEAL = LevelPulses(levels=2, on_off=np.inf)
STEPS = {"store": 7, "recall": 6, "find": 6}  # of 1 ms, before the next operation may begin
HELD = {"store": 3, "recall": 1, "find": 1}  # in which inputs spike
_FIRST = 5  # steps until outputs begin, the delay of inputs and outputs among them


class Operation(NamedTuple):
    """``store``: cue and content; ``recall``: by the cue; ``find``: cues, by a piece of content."""

    kind: Literal["store", "recall", "find"]
    cue: int | None
    content: Array | None


class Recalled(NamedTuple):
    """What was at the outputs since an operation, when it began, and the steps of spikes.

    Attributes
    ----------
    cues, bits : which neurons spiked, (cues,) and (bits,) of bool.
    times : at which steps after its begin cues and bits spiked.
    """

    cues: Array
    bits: Array
    times: tuple[tuple[int, ...], tuple[int, ...]]


class ContentMemory:
    """A memory on cells of a device.

    Parameters
    ----------
    settings : its size and its reads.
    device : what cells are; None for ideal binary ones.
    streams : ``cells``, ``pulses``, ``rounding`` and ``read`` of these.

    Raises
    ------
    SpecError : a device that has no response to pulses.

    Attributes
    ----------
    array : its `MemoryArray`.
    spikes : of all neurons so far.
    """

    def __init__(self, settings: Settings, device: PulsedDevice | None, streams: Streams) -> None:
        self.settings = settings
        chosen = IDEAL if device is None else pulsed_device(device)
        self.array = MemoryArray(settings, chosen, streams)
        self.network = Network(settings.cues, settings.bits)
        self.spikes, self._t = 0, 0

    def store(self, cue: int, content: Array) -> Recalled:
        """Store a content (bits,) of 0 and 1 under a cue, instead of what was there."""
        return self.run([Operation("store", cue, content)])[0]

    def recall(self, cue: int) -> Array:
        """The content that is stored under a cue, (bits,) of bool."""
        return self.run([Operation("recall", cue, None)])[0].bits

    def find(self, content: Array) -> Array:
        """The cues whose contents share a one with this, (cues,) of bool."""
        return self.run([Operation("find", None, content)])[0].cues

    def run(self, operations: Sequence[Operation]) -> list[Recalled]:
        """Do operations one behind the other, without pause.

        Raises
        ------
        SpecError : a cue that there is not, a content of other bits, or one that is not asked for.
        """
        inputs = [self._inputs(one) for one in operations]
        starts: list[int] = []
        logs: tuple[list[Array], list[Array]] = ([], [])
        for one, (cue, bits) in zip(operations, inputs, strict=True):
            starts.append(len(logs[0]))
            for k in range(STEPS[one.kind]):
                given = (cue, bits) if k < HELD[one.kind] else None
                self._step(given, logs)
            self.array.end()
        for _ in range(_FIRST + 1):  # what is still on its way out
            self._step(None, logs)
        self.array.clear()
        if not operations:
            return []
        cues, bits = (np.array(log) for log in logs)
        found = []
        for start, one in zip(starts, operations, strict=True):
            at = slice(start + _FIRST, start + _FIRST + STEPS[one.kind])
            times = [np.flatnonzero(log[at].any(axis=1)) + _FIRST for log in (cues, bits)]
            first, second = (tuple(int(t) for t in part) for part in times)
            found.append(Recalled(cues[at].any(axis=0), bits[at].any(axis=0), (first, second)))
        return found

    def _inputs(self, one: Operation) -> tuple[Array, Array]:
        """Which cue and which bits are given, (cues,) and (bits,) of bool."""
        cue, bits = np.zeros(self.settings.cues, bool), np.zeros(self.settings.bits, bool)
        if not isinstance(one, Operation):
            raise SpecError(f"operations hold a {type(one).__name__}; expected Operation")
        check_one_of("operation", one.kind, tuple(STEPS))
        if (one.cue is None) != (one.kind == "find") or (one.content is None) != (
            one.kind == "recall"
        ):
            raise SpecError(
                "an operation 'store' takes a cue and a content, 'recall' a cue alone, 'find' a "
                "content alone"
            )
        if one.cue is not None:
            whole = isinstance(one.cue, int | np.integer) and not isinstance(one.cue, bool)
            if not (whole and 0 <= one.cue < self.settings.cues):
                raise SpecError(f"cue is {one.cue!r}; there are cues 0 to {self.settings.cues - 1}")
            cue[one.cue] = True
        if one.content is not None:
            content = real_array("content", one.content)
            if content.shape != bits.shape or not np.isin(content, (0, 1)).all():
                raise SpecError(
                    f"content has shape {content.shape} of {content.dtype}; it takes "
                    f"{len(bits)} bits of 0 or 1"
                )
            bits = content.astype(bool)
        return cue, bits

    def _step(
        self, given: tuple[Array, Array] | None, logs: tuple[list[Array], list[Array]]
    ) -> None:
        """One step; what is at the outputs, a step after it was sent there, goes to the logs."""
        t, neurons = self._t, self.network.neurons
        for name, log in zip(("cue_out", "content_out"), logs, strict=True):
            log.append(neurons[name].spikes)
        before = neurons["content"].spikes
        self.spikes += self.network.step(t)
        cues, asked = neurons["cue"].spikes, neurons["asked"].spikes
        self.array.learn(cues, before)
        if cues.any():
            neurons["content"].send(t, 1, FULL * self.array.by_cues(cues))
        if asked.any():
            neurons["answer"].send(t, 1, FULL * self.array.by_bits(asked))
        self.network.send(t)
        if given is not None:
            for name, spikes in zip(("cue", "content"), given, strict=True):
                neurons[name].send(t, 1, FULL * spikes)
        self._t += 1
