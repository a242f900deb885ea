"""Cells that hold inhibitory connections and are adapted by pulses, a row at a time."""

from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.programming import PulsedCells, PulsedDevice
from xbarsim.programming.pulse_tables import tables_of
from xbarsim.streams import Streams

_MOST_PULSES = 10_000  # of a row in one step


class Pulsed(NamedTuple):
    """Cells as the compiled loop takes them, one row after the other; see `give_pulses`.

    Parameters
    ----------
    x, seed, first, member, scale, low, high, step, noise, energy, heat : as `give_pulses` takes
        them.
    g : conductance of the states, (members, 1, nodes) S.
    up, down : pulses that each row has had, (rows,).
    at : which cell of the inhibitory side each is.
    seen : what a change of its conductance adds to the current for a volt, 1.
    weight : by which a pulse moves a connection, the mean.
    """

    x: Array
    seed: Array
    first: Array
    member: Array
    scale: Array
    low: Array
    high: Array
    step: Array
    noise: Array
    energy: Array
    heat: Array
    g: Array
    up: Array
    down: Array
    at: Array
    seen: Array
    weight: float


class PulsedRows:
    """Connections on cells: a row is a neuron, all of whose cells get the same pulses.

    A connection of 0 is the lowest conductance of the device's window, the largest the highest.

    Parameters
    ----------
    device : makes the cells.
    weights : connections to begin with, (rows, heard): cells are brought there, read without error,
        while a pulse is expected to bring them nearer.
    most : largest connection.
    streams : ``cells`` of these says how cells differ, ``pulses`` the noise of their pulses.

    Raises
    ------
    SpecError : pulses that do not move cells, or of which most cells need more than 100,000 to
        begin.

    Attributes
    ----------
    x : states, (rows, heard).
    first : pulses that each cell has had in all, (rows, heard).
    up, down : pulses that each row has had, those before adaptation aside, (rows,).
    heat : energy of all pulses, (rows, heard) J.
    setup : pulses before adaptation, (rows, heard).
    unreached : cells that began more than a mean pulse away from where they should.
    weight : by which a pulse moves a connection, the mean over cells as they begin.
    """

    def __init__(self, device: PulsedDevice, weights: Array, most: float, streams: Streams) -> None:
        self.low, high = device.window
        self.per = most / (high - self.low)  # connection for a siemens
        shape = weights.shape
        self.cells: PulsedCells = device.cells((streams / "cells").normal((device.normals, *shape)))
        self.z = (streams / "pulses").normal(shape)
        wanted = self.low + weights / self.per
        found = self.cells.approach(self.cells.lowest(), wanted, self.z)
        self.x, heat, up, down = found
        self.known = heat is not None
        self.heat = np.zeros(shape) if heat is None else heat
        self.setup = up + down
        self.first = self.setup.copy()
        self.up, self.down = np.zeros((2, shape[0]), dtype=np.int64)
        self.weight = float(self.cells.mean_step(self.x).mean()) * self.per
        if not self.weight > 0:
            raise SpecError("pulses do not move the cells; there is nothing to adapt them with")
        missed = np.abs(self.weights() - weights) > self.weight
        self.unreached = int(missed.sum())
        if self.unreached > missed.size // 2:
            raise SpecError(
                f"{self.unreached} of {missed.size} cells cannot be brought to the connections to "
                f"begin with: after {int(self.setup.max())} pulses at the most they lie "
                f"{np.abs(self.weights() - weights).max():.3g} away, and a pulse moves one by "
                f"{self.weight:.3g}; use a device with larger steps, or a larger headroom"
            )

    def conductances(self) -> Array:
        """Of the cells, (rows, heard) S."""
        return self.cells.read(self.x)

    def weights(self) -> Array:
        """The connections, (rows, heard)."""
        return self.per * (self.conductances() - self.low)

    def check_rate(self, delta: float) -> None:
        """Refuse a rate of the rule that would take more pulses than can be given in a step.

        Raises
        ------
        SpecError : says how many it would be.
        """
        if not delta / self.weight <= _MOST_PULSES:
            raise SpecError(
                f"delta is {delta:g} and a pulse moves a connection by {self.weight:.3g}: up to "
                f"{delta / self.weight:.3g} pulses in a step; at most {_MOST_PULSES} can be given, "
                "so use a smaller delta, or a device with larger steps"
            )

    def compiled(self, at: Array, seen: Array) -> Pulsed:
        """The cells as the loop takes them; it changes them in place."""
        return Pulsed(
            x=self.x.reshape(-1),
            first=self.first.reshape(-1),
            heat=self.heat.reshape(-1),
            up=self.up,
            down=self.down,
            at=at.reshape(-1),
            seen=np.full(self.x.shape, seen).reshape(-1),
            weight=self.weight,
            **tables_of(self.cells, self.z)._asdict(),
        )

    def pulse(self, number: Array) -> None:
        """Give every cell of a row the row's pulses, up where positive, (rows,)."""
        counts = np.repeat(number[:, None], self.x.shape[1], axis=1)
        self.x, heat = self.cells.pulse(self.x, counts, self.z, self.first)
        self.first = self.first + np.abs(counts)
        self.up, self.down = self.up + np.maximum(number, 0), self.down + np.maximum(-number, 0)
        if heat is not None:
            self.heat = self.heat + heat

    def state(self) -> dict[str, Array]:
        """Copies of everything that pulses change."""
        return {name: getattr(self, name).copy() for name in _CHANGING}

    def restore(self, state: dict[str, Array]) -> None:
        """Go to a `state`."""
        for name in _CHANGING:
            setattr(self, name, state[name].copy())


_CHANGING = ("x", "first", "up", "down", "heat")
