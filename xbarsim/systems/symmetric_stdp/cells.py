"""Weights of at least 0 on cells that take whole pulses, one cell each.

w = w_max (G - G_min) / (G_max - G_min). Whoever gives pulses knows what one does on average in the
middle of the window, not where a cell is; what is not whole is rounded at random.
"""

from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.plasticity.synapses import pulsed_device
from xbarsim.programming.pulse_tables import PulseTables
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.programming.pulsed_weights import PulsedWeights
from xbarsim.streams import Streams


class Held(NamedTuple):
    """Cells as compiled loops have them, one after the other, row by row of their matrix.

    Parameters
    ----------
    up_step, down_step : what one pulse changes a weight by on average.
    per_siemens, reference : w = per_siemens (G - reference).
    each : whether cells are normalised one by one, by their own weights.
    x : states, (cells,); change.
    before : pulses that each has had, (cells,).
    given : pulses up and down, (2, cells), and their `heat`, (cells,) J; grow.
    columns : how many were normalised, (1,); grows.
    """

    tables: PulseTables
    up_step: float
    down_step: float
    per_siemens: float
    reference: float
    each: bool
    x: Array
    before: Array
    given: Array
    heat: Array
    columns: Array


class Weights:
    """A matrix of weights of at least 0, of numbers or on cells.

    Parameters
    ----------
    wanted : weights to begin with, (pre, post).
    device : what cells are; None for numbers.
    top : the largest weight.
    each : whether cells are normalised one by one.
    streams : ``cells`` and ``pulses`` as `xbarsim.programming.PulsedWeights` has it.

    Raises
    ------
    SpecError : a device that has no response to pulses, or whose pulses do nothing one way.

    Attributes
    ----------
    w : the weights, (pre, post); compiled loops change them.
    cells : `PulsedWeights`, which counts; None for numbers.
    columns : how many columns were too large and pulsed down, all times together.
    """

    def __init__(
        self, wanted: Array, device: PulsedDevice | None, *, top: float, each: bool,
        streams: Streams,
    ) -> None:  # fmt: skip
        self.w, self.cells, self._each, self.columns = wanted.copy(), None, each, 0
        if device is not None:
            self.cells = PulsedWeights(
                pulsed_device(device), wanted, w_max=top, reference="lowest", streams=streams
            )
            if not min(self.cells.steps) > 0:
                way = "up" if not self.cells.steps[0] > 0 else "down"
                raise SpecError(f"pulses {way} move no cell in the middle of its window")
            self.w = self.cells.matrix()

    def held(self) -> Held | None:
        """For a compiled loop, after which `settle` counts what it has done."""
        if self.cells is None:
            return None
        cells, n = self.cells, self.cells.x.size
        return Held(
            tables=cells.tables(),
            up_step=cells.steps[0],
            down_step=cells.steps[1],
            per_siemens=cells.scale,
            reference=float(cells.reference.flat[0]),
            each=self._each,
            x=cells.x.reshape(-1).copy(),
            before=(cells.up + cells.down).reshape(-1),
            given=np.zeros((2, n), np.int64),
            heat=np.zeros(n),
            columns=np.zeros(1, np.int64),
        )

    def read(self, sent: Array) -> float:
        """Sum of the conductances that spikes of each row, (pre,), read, S."""
        if self.cells is None:
            return 0.0
        g = self.w / self.cells.scale + float(self.cells.reference.flat[0])
        return float(sent @ g.sum(axis=1))

    def settle(self, held: Held | None) -> None:
        """Take over what a compiled loop has done to the cells."""
        if self.cells is not None and held is not None:
            shape = self.cells.x.shape
            self.columns += int(held.columns[0])
            up, down = held.given.reshape(2, *shape)
            self.cells.took(held.x.reshape(shape), up, down, held.heat.reshape(shape))
