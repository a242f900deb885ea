r"""The neurons of the memory and the synapses between them that stay as they are.

Neurons integrate exponential currents exactly over steps of 1 ms: with R = tau_m / C_m,

.. math::

    I \leftarrow e^{-\Delta t/\tau_s} I + \frac{\tau_s}{\Delta t}(1 - e^{-\Delta t/\tau_s})\,w,
    \qquad V \leftarrow V_\infty - e^{-\Delta t/\tau_m}(V_\infty - V), \quad
    V_\infty = V_\mathrm{rest} + R I

spike from the threshold on, and lose the step after a spike. What cues and contents have in common
goes through the array, which is not here.

One spike on an inhibitory line outweighs all that excites a neuron, so that several count as one,
and potentials end 10 mV below rest: both ours, so that neurons of large memories recover before the
next operation. A memory of the published size does the same without.

References
----------
D. Casanueva-Morato et al., Neural Networks 178, 106474, 2024, with the numbers of their published
configuration. Neurons: O. Rhodes et al., "sPyNNaker: A software package for running PyNN
simulations on SpiNNaker", Frontiers in Neuroscience 12, 816, 2018.
"""

from math import exp
from typing import Literal, NamedTuple

import numpy as np

from xbarsim.backend import Array

DT = 1e-3  # s
NANO = 1e-9
FULL = 6.0 * NANO  # A, of one synapse, the largest of the array among them

_TAU_SYN, _THRESHOLD = 0.3e-3, 3e-3  # s; V above rest, which is reset, too
_FLOOR = -10e-3  # V, from rest
_SLOW, _FAST = (3e-3, 0.27e-9), (0.5e-3, 0.14e-9)  # tau_m, s, and C_m, F
_WAIT = 1  # steps after a spike
_LONGEST = 4  # slots that delays of at most 3 steps take

To = Literal["same", "others", "all"]


class Link(NamedTuple):
    """Synapses of one weight, A, from neurons to the same, to all others or to all of a population.

    Those to others are inhibitory lines, on which several spikes are one.

    Attributes
    ----------
    by_bits : whether the weight is multiplied by the number of bits.
    """

    source: str
    target: str
    weight: float
    delay: int
    to: To
    by_bits: bool = False


#: Populations: their kind of neuron, and whether there is one a cue, one a bit or one alone.
POPULATIONS = {
    "cue": (_SLOW, "cues"),  # cues as they are given: cueCueR
    "content": (_SLOW, "bits"),  # contents as given, or recalled by a cue: contCueR
    "gate": (_FAST, "bits"),  # lets contents pass where no cue was given: contCond
    "helper": (_FAST, "one"),  # contCondInt
    "asked": (_SLOW, "bits"),  # contents by which cues are recalled: contContR
    "answer": (_FAST, "cues"),  # cues recalled by a content: cueContR
    "cue_out": (_SLOW, "cues"),  # mergeCue
    "content_out": (_SLOW, "bits"),  # mergeCont
}
LINKS = (
    Link("cue", "answer", FULL, 2, "same"),
    Link("cue", "answer", -FULL, 3, "others", by_bits=True),
    Link("content", "gate", 9.0 * NANO, 1, "same"),
    Link("cue", "gate", -FULL, 2, "all"),
    Link("gate", "asked", FULL, 1, "same"),
    Link("content", "helper", FULL, 1, "all"),
    Link("helper", "gate", 2.0 * NANO, 1, "all"),
    Link("answer", "answer", -FULL, 2, "others", by_bits=True),
    Link("cue", "cue_out", FULL, 3, "same"),
    Link("answer", "cue_out", FULL, 1, "same"),
    Link("content", "content_out", FULL, 3, "same"),
    Link("asked", "content_out", FULL, 1, "same"),
)


class Neurons:
    """One population: potentials above rest (V), currents (A), what arrives in the next steps."""

    def __init__(self, size: int, kind: tuple[float, float]) -> None:
        tau, capacitance = kind
        self._keep, self._resistance = exp(-DT / tau), tau / capacitance
        self._fade = exp(-DT / _TAU_SYN)
        self._share = _TAU_SYN / DT * (1.0 - self._fade)
        self._v, self._current = np.zeros((2, size))
        self._waits = np.zeros(size, dtype=np.int64)
        self._arriving = np.zeros((_LONGEST, size))
        self.spikes = np.zeros(size, dtype=bool)

    def send(self, t: int, delay: int, weights: Array) -> None:
        """Let currents (size,) A arrive `delay` steps after step `t`."""
        self._arriving[(t + delay) % _LONGEST] += weights

    def step(self, t: int) -> None:
        """Take what arrives in step `t`; `spikes` are those of the step."""
        arriving = self._arriving[t % _LONGEST]
        self._current = self._fade * self._current + self._share * arriving
        arriving[:] = 0.0
        to = self._resistance * self._current
        ready = self._waits == 0
        self._v = np.where(ready, np.maximum(to - self._keep * (to - self._v), _FLOOR), self._v)
        self.spikes = ready & (self._v >= _THRESHOLD)
        self._v[self.spikes] = 0.0
        self._waits = np.where(self.spikes, _WAIT, np.maximum(self._waits - 1, 0))


class Network:
    """All populations of a memory of so many cues and bits."""

    def __init__(self, cues: int, bits: int) -> None:
        sizes = {"cues": cues, "bits": bits, "one": 1}
        self.neurons = {
            name: Neurons(sizes[number], kind) for name, (kind, number) in POPULATIONS.items()
        }
        self.bits = bits

    def step(self, t: int) -> int:
        """All neurons take what arrives; how many spike."""
        for population in self.neurons.values():
            population.step(t)
        return sum(int(population.spikes.sum()) for population in self.neurons.values())

    def send(self, t: int) -> None:
        """What spiked in step `t` goes on by all links."""
        for link in LINKS:
            spikes, target = self.neurons[link.source].spikes, self.neurons[link.target]
            number = int(spikes.sum())
            if not number:
                continue
            weight = link.weight * (self.bits if link.by_bits else 1)
            to: dict[str, Array] = {"same": spikes, "others": number > spikes, "all": number}
            target.send(t, link.delay, weight * to[link.to])
