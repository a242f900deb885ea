"""Synapses on cells that take whole pulses: one cell each.

The weight of an excitatory neuron is 3 (G - G_min) / (G_max - G_min), that of an inhibitory one
minus that: arrays of their own, subtracted after the converters. That of an input, which has both
signs, is 6 (G - G_ref) / (G_max - G_min) against a reference in the middle of the window. A change
of weight is divided by what one pulse does on average in the middle of the window, whatever a cell
is at, as a controller that does not read cells has to; what is not whole is rounded at random.
"""

from copy import copy
from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.plasticity.synapses import pulsed_device
from xbarsim.programming.pulse_tables import tables_of
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.streams import Streams
from xbarsim.systems.nalsm.liquid import W_MAX, Wired


class Law(NamedTuple):
    """What the compiled loop asks of cells.

    Parameters
    ----------
    unit : change of weight that a pulse up stands for, by source, (sources,).
    per_siemens, reference : w = per_siemens (G - reference), (sources,).
    member, scale, low, high, step, noise, energy, g, seed : as
        `xbarsim.programming.pulse_tables.PulseTables` has them.
    """

    unit: Array
    per_siemens: Array
    reference: Array
    member: Array
    scale: Array
    low: Array
    high: Array
    step: Array
    noise: Array
    energy: Array
    g: Array
    seed: Array


class Held(NamedTuple):
    """Cells as they are.

    Parameters
    ----------
    x : states, (synapses,).
    before : pulses that each has had, (synapses,).
    first : samples that went before these, each from the same states, with noise of its own.
    """

    law: Law
    x: Array
    before: Array
    first: int


class Cells:
    """A cell for each synapse of a liquid, brought to the weights that it begins with.

    Parameters
    ----------
    streams : ``cells`` of these says how cells differ, ``pulses`` the noise of their pulses.

    Raises
    ------
    SpecError : a device that makes no cells of whole pulses, or whose pulses do nothing.

    Attributes
    ----------
    up, down : pulses of each cell since it was brought to its weight, (synapses,).
    setup : pulses before, (synapses,).
    energy : of all pulses, J; None where the device does not say.
    """

    def __init__(self, device: PulsedDevice, wired: Wired, streams: Streams) -> None:
        device = pulsed_device(device)
        n, net = len(wired.weights), wired.net
        cells = self.cells = device.cells((streams / "cells").normal((device.normals, n)))
        z = (streams / "pulses").normal((n,))
        lowest, highest = device.window
        inputs = np.arange(len(net.low)) >= wired.neurons
        sign = np.where(net.inhibits, -1.0, 1.0)
        slope = np.where(inputs, 2.0, sign) * W_MAX / (highest - lowest)
        reference = np.where(inputs, 0.5 * (lowest + highest), lowest)
        middle = cells.state_of(np.full(n, 0.5 * (lowest + highest)))
        step = float(np.mean([np.abs(way).mean() for way in cells.steps(middle)]))
        if not step > 0:
            raise SpecError(
                "pulses do not move cells in the middle of their window; none can learn"
            )
        source = wired.origin
        self.x, heat, up, down = cells.approach(
            cells.lowest(), reference[source] + wired.weights / slope[source], z
        )
        self.setup, self.up, self.down = up + down, np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.energy = None if heat is None else float(heat.sum())
        self.law = Law(
            unit=slope * step,
            per_siemens=slope,
            reference=reference,
            **tables_of(cells, z)._asdict(),
        )
        self._slope, self._reference = slope[source], reference[source]

    def weights(self) -> Array:
        """Of the states that cells are in, (synapses,)."""
        found: Array = self._slope * (self.conductances() - self._reference)
        return found

    def conductances(self) -> Array:
        """Of the states that cells are in, S, (synapses,)."""
        found: Array = self.cells.read(self.x)
        return found

    def held(self, first: int = 0) -> Held:
        """For the compiled loop, which changes states and pulses before where weights are kept."""
        return Held(law=self.law, x=self.x, before=self.setup + self.up + self.down, first=first)

    def copy(self) -> "Cells":
        """The same cells, whose pulses are counted apart from now on."""
        return copy(self)

    def count(self, done: Array, heat: float) -> None:
        """Add pulses up and down (2, synapses), and their energy, J."""
        self.up, self.down = self.up + done[0], self.down + done[1]
        if self.energy is not None:
            self.energy += heat
