"""The array of the memory: cues on its rows, bits on its columns, read from both sides."""

import numpy as np

from xbarsim.backend import Array
from xbarsim.plasticity import PairSTDP, Synapses
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.streams import Streams
from xbarsim.systems.content_memory.network import DT
from xbarsim.systems.content_memory.settings import Settings


class MemoryArray:
    """C x M cells whose conductance above the lowest of their kind is a weight from 0 to 1.

    In the publication two matrices learn, from cues to contents and back, each by its own spikes.
    Here they are one array, which the first one's rule writes and both sides read.

    STDP is additive, of all pairs; the synapse sees spikes behind it a step later, by its delay,
    and one that comes with a spike before it depresses, without which nothing would be forgotten.
    As on SpiNNaker, changes sum until the neuron before the synapse spikes; then, and when an
    operation ends, they become pulses on its row, whose ends clip weights. Pairs of spikes
    of different operations do not count (ours): on SpiNNaker their depression comes together with
    the potentiation that it is weaker than, here that has been carried out by then.

    A line of cells at the lowest conductance, which is not simulated, is subtracted from reads.
    """

    def __init__(self, settings: Settings, device: PulsedDevice, streams: Streams) -> None:
        shape = settings.cues, settings.bits
        self.synapses = Synapses(device, np.zeros(shape), w_max=1.0, streams=streams)
        self.rule = PairSTDP(
            a_plus=settings.amplitude,
            a_minus=settings.amplitude,
            tau_plus=settings.tau,
            tau_minus=settings.tau,
            together="depress",
        )
        self._settings, self._noise = settings, (streams / "read").rng()
        self.reads, self.read_energy = 0, 0.0
        self.clear()

    def clear(self) -> None:
        """Forget all spikes."""
        self._traces = self.rule.begin(*self.synapses.shape)
        self._summed = np.zeros(self.synapses.shape)

    def learn(self, cues: Array, bits: Array) -> None:
        """Take the cues that spike, and the bits that spiked a step before; write rows of cues."""
        self._traces, wanted = self.rule.step(self._traces, cues, bits, DT)
        self._summed += wanted
        if cues.any():
            self._write(cues)

    def end(self) -> None:
        """End an operation: carry out what is left, and forget all spikes."""
        self._write(np.ones(self.synapses.shape[0], dtype=bool))
        self.clear()

    def _write(self, rows: Array) -> None:
        wanted = np.where(rows[:, None], self._summed, 0.0)
        if wanted.any():
            self.synapses.change(wanted)
        self._summed[rows] = 0.0

    def by_cues(self, cues: Array) -> Array:
        """Sums of weights of these rows, (bits,)."""
        return self._read(cues, self.synapses.matrix())

    def by_bits(self, bits: Array) -> Array:
        """Sums of weights of these columns, (cues,)."""
        return self._read(bits, self.synapses.matrix().T)

    def _read(self, lines: Array, weights: Array) -> Array:
        """Sums over lines of weights (lines, outputs), with the noise of one read."""
        held, settings = self.synapses.weights, self._settings
        some = weights[lines]
        g = some / held.scale + held.reference[0, 0]
        self.reads += 1
        self.read_energy += settings.v_read**2 * settings.t_read * float(g.sum())
        total: Array = some.sum(axis=0)
        if settings.read_noise:
            sigma = settings.read_noise * held.scale * np.sqrt((g * g).sum(axis=0))
            total = total + sigma * self._noise.standard_normal(len(total))
        return total
