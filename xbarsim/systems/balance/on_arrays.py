"""The reservoir with its connections on arrays, of which the inhibitory one may take pulses."""

from collections import Counter
from dataclasses import replace
from typing import Any, cast

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.network import thinned
from xbarsim.programming import PulsedDevice
from xbarsim.reservoirs.on_tile import activate, stages_near
from xbarsim.streams import Streams
from xbarsim.systems.balance._arrays import Side, arrays_run, exact, index_type
from xbarsim.systems.balance.network import Network
from xbarsim.systems.balance.placed import Arrays, PlacedCells, tile_of
from xbarsim.systems.balance.rows import Pulsed, PulsedRows
from xbarsim.systems.balance.settings import Settings
from xbarsim.systems.balance.software import InSoftware, schedule
from xbarsim.tile import Tile
from xbarsim.tile.compiled import in_type, joined

_BLOCK = 250  # steps of adaptation before arrays with cells that have moved are solved anew
_CALIBRATION = 256  # rates on which converters are ranged
_USUAL = 16  # of them, on which noise through wires is fitted


class OnArrays:
    """A reservoir that is read from arrays.

    Parameters
    ----------
    network : connections to begin with.
    usual : connections as they will be about, by which converters are ranged.
    settings : of the neurons and the rule.
    targets : rates, (N,).
    device : arrays that are programmed; cells that take pulses, read exactly; or both.
    streams : ``excitatory`` and ``inhibitory`` tiles, ``cells``, and ``rounding`` of pulses.
    u : usual inputs, (steps,).

    Raises
    ------
    SpecError : connections that begin larger than cells can stand for, and as `PulsedRows` says.

    Notes
    -----
    Rates stand on the word lines: those of excitatory neurons on the arrays of one tile, those of
    inhibitory ones on another's; a step is a read of both, whose converted outputs are subtracted.
    The input is added digitally. A change of a cell adds to the currents at once, to first order;
    wires and the variance of read noise follow every 250 steps. What compiled loops do not know,
    see `xbarsim.tile.Tile.stages`, is read by the tiles, step by step, cells put there at each.
    """

    def __init__(
        self,
        network: Network,
        usual: Network,
        settings: Settings,
        targets: Array,
        device: Hardware | PulsedDevice | Arrays,
        streams: Streams,
        u: Array,
    ) -> None:
        self.network, self.settings, self.targets = network, settings, targets
        self.streams, self.steps = streams, 0
        hardware = device.hardware if isinstance(device, Arrays) else device
        pulses = device.pulses if isinstance(device, Arrays) else device
        self.rows: PulsedRows | None = None
        if isinstance(pulses, PulsedDevice):
            weights, most = network.inhibitory.weights, settings.most
            if weights.max() > most:
                raise SpecError(
                    f"headroom is {settings.headroom:g}, so that cells stand for connections up to "
                    f"{most:.4g}; at balance {settings.balance:g} the largest begins at "
                    f"{weights.max():.4g}"
                )
            self.rows = PulsedRows(pulses, weights, most, streams / "cells")
        self.tiles: dict[str, Tile] = {}
        self.placed: PlacedCells | None = None
        if isinstance(hardware, Hardware):
            self._build(hardware, pulses if isinstance(pulses, PulsedDevice) else None)
            self._calibrate(usual, u)
        self.keep()

    def _build(self, hardware: Hardware, pulses: PulsedDevice | None) -> None:
        network, streams = self.network, self.streams
        matrix = network.excitatory.matrix()
        self.tiles["excitatory"] = tile_of(matrix, hardware, streams / "excitatory")
        self.tiles["excitatory"].program()
        if pulses is None:
            matrix = network.inhibitory.matrix()
            self.tiles["inhibitory"] = tile_of(matrix, hardware, streams / "inhibitory")
            self.tiles["inhibitory"].program()
            return
        self.placed = PlacedCells(
            network.inhibitory, self.settings.most, hardware, streams / "inhibitory", pulses.window
        )
        self.tiles["inhibitory"] = self.placed.tile

    def _calibrate(self, usual: Network, u: Array) -> None:
        """Range converters on rates and connections as they will be about."""
        rates = InSoftware(usual, self.settings, self.targets).run(u)[len(u) // 2 :]
        chosen = thinned(rates, _CALIBRATION)
        if self.placed is not None and self.rows is not None:
            weights = np.minimum(usual.inhibitory.weights, self.settings.most)
            self.placed.put(self.rows.low + weights / self.rows.per)
        parts = np.split(chosen, [self.network.excitatory.senders], axis=1)
        for tile, part in zip(self.tiles.values(), parts, strict=True):
            tile.calibrate(part)
        self._usual = [thinned(part, _USUAL) for part in parts]
        self._put()

    def _put(self) -> None:
        """Let the tile hold the cells as pulses have left them."""
        if self.placed is not None and self.rows is not None:
            self.placed.put(self.rows.conductances())

    def adapt(self, u: Array) -> Array:
        """Let the local rule follow the rates under the inputs `u` (steps,): rates (steps, N).

        Raises
        ------
        SpecError : as `PulsedRows.check_rate` says.
        """
        assert self.rows is not None
        delta = schedule(self.settings)
        self.rows.check_rate(float(delta.max()))
        states, before, block = [], np.full(len(self.targets), 0.5), len(u)
        if self.tiles:
            block = _BLOCK
        for k in range(0, len(u), block):
            part = slice(k, k + block)
            self._put()
            states.append(self._run(u[part], delta[part], before))
            before = states[-1][-1]
        self._put()
        return np.concatenate(states)

    def keep(self) -> None:
        """Take the reservoir as it is now for a new one, to which `age` goes back."""
        self._new = None if self.rows is None else self.rows.state()
        self._done = self.steps, [(tile.reads, tile.ledger.copy()) for tile in self.tiles.values()]

    def run(self, u: Array) -> Array:
        """Rates (steps, N) under the inputs `u` (steps,)."""
        return self._run(u, np.zeros(len(u)), np.full(len(self.targets), 0.5))

    def age(self, t: float) -> None:
        """Let the new reservoir be `t` seconds old; pulses move its cells from where they are then.

        Raises
        ------
        SpecError : the device says nothing of such an age.
        """
        if not self.tiles:
            return
        if self.rows is not None and self._new is not None:
            self.rows.restore(self._new)
            self._put()
        self.steps, done = self._done
        for tile, (reads, ledger) in zip(self.tiles.values(), done, strict=True):
            tile.reads, tile.ledger = reads, ledger.copy()
            tile.age(t)
        if self.rows is not None and self.placed is not None:
            self.rows.x = self.rows.cells.state_of(self.placed.conductances())

    def held(self) -> Network:
        """The network that the cells stand for now, wires included, converters aside."""
        found = self.network
        if self.rows is not None:
            inhibitory = replace(found.inhibitory, weights=self.rows.weights())
            found = replace(found, inhibitory=inhibitory)
        for kind, tile in self.tiles.items():
            synapses = getattr(found, kind)
            weights = np.take_along_axis(tile.held, synapses.index.astype(np.int64), axis=1)
            found = replace(found, **{kind: replace(synapses, weights=weights)})
        return found

    def ledger(self) -> Counter[str]:
        """What both tiles have done."""
        return sum((tile.ledger for tile in self.tiles.values()), Counter[str]())

    def _run(self, u: Array, delta: Array, before: Array) -> Array:
        states = u[:, None] * self.network.inputs
        chance = np.empty((0, 0))
        if delta.any():
            chance = (self.streams / "rounding" / self.steps).rng().random(states.shape)
        self.steps += len(u)
        (excitatory, _), (inhibitory, places) = self._sides()
        if excitatory is None or inhibitory is None:
            self._step_by_step(states, before, delta, chance)
            return states
        reads = np.array([tile.reads for tile in self.tiles.values()] or [0, 0])
        s, loop = self.settings, cast(Any, arrays_run)
        loop(
            excitatory, inhibitory, s.number_excitatory, reads, states, before, s.gain, s.threshold,
            self.targets, delta, chance, self._compiled(places),
        )  # fmt: skip
        for tile in self.tiles.values():
            tile.reads += len(u)
            tile.count(len(u), 1, len(u))
        return states

    def _compiled(self, places: Array | None) -> Pulsed | None:
        """The cells that take pulses, as the loop takes them.

        `places` says which cell of the side each of the tile's is, see `side_of`.
        """
        if self.rows is None:
            return None
        if self.placed is None or places is None:
            at = np.arange(self.rows.x.size)
            return self.rows.compiled(at, np.array(self.rows.per))
        neuron = np.arange(len(self.targets))[:, None]
        at = places[self.placed.array, neuron, self.placed.line]
        return self.rows.compiled(at, self.placed.seen())

    def _sides(self) -> list[tuple[Side | None, Array | None]]:
        """Both sides, and where the cells of their tiles are in them."""
        if not self.tiles:
            held = self.held()
            return [(exact(held.excitatory), None), (exact(held.inhibitory), None)]
        pairs = zip(self.tiles.values(), self._usual, strict=True)
        return [side_of(tile, usual) for tile, usual in pairs]

    def _step_by_step(self, states: Array, before: Array, delta: Array, chance: Array) -> None:
        """The same as `arrays_run`, each step a call of the tiles."""
        s, senders = self.settings, self.network.excitatory.senders
        for t, row in enumerate(states):
            row += self.tiles["excitatory"](before[None, :senders])[0]
            row -= self.tiles["inhibitory"](before[None, senders:])[0]
            row[:] = activate("logistic", s.gain * (row - s.threshold))
            if delta[t] > 0 and self.rows is not None:
                wanted = delta[t] * (row - self.targets) / self.rows.weight
                self.rows.pulse(np.floor(wanted + chance[t]).astype(np.int64))
                self._put()
            before = row


def side_of(tile: Tile, usual: Array) -> tuple[Side | None, Array | None]:
    """What compiled loops read of a tile as it is now; None where they do not know all of it.

    The other is which of the side's cells stands where, (arrays, outputs, rows).
    """
    stages, _ = stages_near(tile, usual)
    if stages is None:
        return None, None
    cells = tile.cells
    formed = joined(cells, cells.partition.encoding.decode_variance(cells.formed.astype(float)))
    there = ((formed > 0) | (stages.mean != 0)).swapaxes(1, 2)
    places = np.cumsum(there).reshape(there.shape) - 1
    down, output, row = np.nonzero(there)
    unused = there.shape[2] - np.diff(stages.edges)  # inputs stand on the last rows
    drivers, converters = in_type(stages, np.float64)
    variance, key = stages.variance, stages.key
    return Side(
        starts=np.concatenate([[0], there.sum(axis=2).cumsum()]).astype(np.uint32),
        index=(stages.edges[down] + row - unused[down]).astype(index_type(tile.inputs)),
        mean=stages.mean[down, row, output].astype(np.float64),
        variance=np.empty(0)
        if variance is None
        else variance[down, row, output].astype(np.float64),
        drivers=drivers,
        converters=converters,
        key=np.empty(0, np.uint32) if key is None else key,
    ), places
