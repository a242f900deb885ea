"""Reservoirs of volatile devices: the device itself is the node.

A step's channels are masked into voltages that devices get one after the other, `nodes` of them; a
device keeps what it was given for a while, and its current, under the pulse or in a read behind it,
is a feature. Several trains of pulses, of other widths and pauses, may be tried on one set of
devices: the same steps come once in each of them, from rest.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from xbarsim.device import Spread, sampled
from xbarsim.errors import SpecError
from xbarsim.parallel import spread
from xbarsim.reservoirs._passage import Passage
from xbarsim.reservoirs.memristor import DynamicMemristor
from xbarsim.reservoirs.trains import PulseRead, Rails, Read, Train
from xbarsim.streams import Streams
from xbarsim.tile import Tile
from xbarsim.units import show

Array = npt.NDArray[Any]

_TOGETHER = 2**16  # devices of all series that one task takes through a step


@dataclass(frozen=True)
class DynamicState:
    """Cells (trains, states, n, devices), steps taken (n,), and the name of the noise."""

    cells: Array
    steps: Array
    draw: int


class DynamicCore:
    """Parallel volatile devices with a mask each; a `xbarsim.reservoirs.Core`.

    Parameters
    ----------
    law : a volatile switching law, one cell.
    mask : (devices, nodes, channels), see `xbarsim.reservoirs.masks`.
    rails : of the voltages.
    trains : of pulses; features of one follow those of another.
    read : how features are read.
    spreads : how parameters differ from device to device, by their name in sheets.
    cycle : how they differ from pulse to pulse, see `DynamicMemristor`.
    streams : ``device`` draws devices, ``pulse`` and ``read`` what scatters from pulse to pulse.
    dtype : of features.

    Attributes
    ----------
    full_scale : current of which features are parts: the largest of a device without spread, with
        its state at either bound, A.

    Raises
    ------
    SpecError : a voltage outside of what the law describes, a period that does not hold pulse and
        read, and what the parts refuse.
    """

    def __init__(
        self,
        *,
        law: Any,
        mask: Array,
        rails: Rails,
        trains: tuple[Train, ...],
        read: Read | PulseRead,
        spreads: Mapping[str, Spread],
        cycle: Mapping[str, float],
        streams: Streams,
    ) -> None:
        self.trains, self.read = trains, read
        self.devices, self.nodes, self.inputs = (int(size) for size in mask.shape)
        self._masking = csr_array(mask.reshape(-1, self.inputs))
        self._rails, self.streams = rails, streams
        DynamicMemristor(law=law, cycle=cycle)  # refuses before devices are drawn
        z = (streams / "device").normal((len(spreads), self.devices))
        self.memristor = DynamicMemristor(law=sampled(law, spreads, z), cycle=cycle)
        self._check()
        self.full_scale = self._largest(law)
        self.tiles: dict[str, Tile] = {}
        self.ledger: Counter[str] = Counter()
        self._begun = 0

    @property
    def reads(self) -> int:
        """How often a device is read in a step of one train."""
        return 1 if isinstance(self.read, Read) and self.read.last else self.nodes

    @property
    def features(self) -> int:
        """Trains x devices x reads."""
        return len(self.trains) * self.devices * self.reads

    @property
    def duration(self) -> float:
        """How long a step takes, all trains one after the other, s."""
        return self.nodes * float(sum(train.period for train in self.trains))

    def program(self) -> None:
        """Nothing: devices are as they were made, and hold nothing."""

    def age(self, t: float) -> None:
        """Nothing: what devices were given fades by itself."""

    def calibrate(self, series: list[Array]) -> None:
        """Let the rails stand for the ends of what is masked, unless `Rails.u` says so."""
        if self._rails.u is None:
            masked = np.concatenate([self._masked(part) for part in series])
            low, high = float(masked.min()), float(masked.max())
            if not low < high:
                raise SpecError(
                    f"all masked values are {low:g}; they must differ to span the rails"
                )
            self._rails = Rails(v=self._rails.v, u=(low, high))

    def begin(self, n: int) -> DynamicState:
        """Devices at rest for `n` series, and noise that was not there before."""
        self._begun += 1
        one = self.memristor.rested(n, self.devices)
        return DynamicState(np.stack([one] * len(self.trains)), np.zeros(n, int), self._begun)

    def driven(self, series: list[Array]) -> dict[str, Array]:
        """Nothing stands on tiles."""
        return {}

    def run(
        self, series: list[Array], state: DynamicState | None = None
    ) -> tuple[list[Array], DynamicState]:
        """Currents over `full_scale` in each step, (time, features), and the state after the last.

        Raises
        ------
        SpecError : masked values cannot be placed between the rails, as neither `Rails.u` nor
            calibration says how.
        ConvergenceError : a current is not finite; says whose and when.
        """
        found, after = self._run(series, state, heating=False)
        return [part.astype(u.dtype) for part, u in zip(found, series, strict=True)], after

    def energy(self, series: list[Array], state: DynamicState | None = None) -> list[Array]:
        """Energy of pulses and reads in each step, all devices together: (time,) J of each series.

        Raises
        ------
        SpecError, ConvergenceError : as `run`.
        """
        return [part[:, 0] for part in self._run(series, state, heating=True)[0]]

    def _run(
        self, series: list[Array], state: DynamicState | None, heating: bool
    ) -> tuple[list[Array], DynamicState]:
        state = self.begin(len(series)) if state is None else state
        if len(state.steps) != len(series):
            raise SpecError(
                f"the state is that of {len(state.steps)} series; there are {len(series)}"
            )
        at_once = max(1, _TOGETHER // self.devices)
        places = [slice(k, k + at_once) for k in range(0, len(series), at_once)]
        cells = state.cells.copy()

        def part(at: slice) -> list[Array]:
            return Passage(self, state, at, cells, heating).through(series[at])

        found = [one for some in spread(part, places) for one in some]
        steps = np.array([len(one) for one in series])
        if not heating:
            slots = int(steps.sum()) * len(self.trains) * self.devices
            self.ledger += Counter(pulses=slots * self.nodes, reads=slots * self.reads)
        return found, DynamicState(cells, state.steps + steps, state.draw)

    def voltages(self, u: Array) -> Array:
        """Voltages of steps `u`, (n, channels): (n, devices, nodes) V."""
        if self._rails.u is None:
            raise SpecError(
                "u is None in the rails; calibrate on typical series, or give both ends"
            )
        (low, high), (down, up) = self._rails.v, self._rails.u
        v = low + (self._masked(u) - down) * ((high - low) / (up - down))
        return np.clip(v, low, high).reshape(-1, self.devices, self.nodes)

    def _masked(self, u: Array) -> Array:
        """By a sparse product, whose sums have one order whatever the number of steps."""
        found: Array = (self._masking @ np.asarray(u, dtype=float).T).T
        return found

    def _check(self) -> None:
        low, high = self.memristor.law.valid
        read = self.read if isinstance(self.read, Read) else None
        for v in (*self._rails.v, *([read.v] if read else [])):
            if not low <= v <= high:
                raise SpecError(
                    f"a voltage is {show(v, 'volt')}; {type(self.memristor.law).__name__} holds "
                    f"from {show(low, 'volt')} to {show(high, 'volt')}"
                )
        if not self.trains:
            raise SpecError("there are no trains of pulses; expected at least one")
        for train in self.trains:
            if read and train.pulse + read.width > train.period:
                raise SpecError(
                    f"period is {show(train.period, 'second')}; it must hold a pulse of "
                    f"{show(train.pulse, 'second')} and a read of {show(read.width, 'second')}"
                )

    def _largest(self, law: Any) -> float:
        v = np.array([self.read.v] if isinstance(self.read, Read) else self._rails.v)
        fresh = np.reshape(np.asarray(law.initial_state(), dtype=float), (-1, 1))
        largest = 0.0
        for bound in law.bounds(v):  # a gap carries most where it is least
            end = np.repeat(np.asarray(bound, dtype=float)[:, :1], len(v), axis=1)
            end = np.where(np.isfinite(end), end, fresh)
            largest = max(largest, float(abs(law.current(v, end, law.ambient)).max()))
        if not 0 < largest < np.inf:
            raise SpecError(f"devices carry {largest:g} A at most; there is nothing to read")
        return largest
