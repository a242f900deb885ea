"""Series that go through volatile devices, slot after slot."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import ConvergenceError
from xbarsim.periphery._normals import normals
from xbarsim.reservoirs.memristor import faded, heat, pulsed
from xbarsim.reservoirs.trains import PulseRead, Read

if TYPE_CHECKING:
    from xbarsim.reservoirs.dynamic import DynamicCore, DynamicState

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Passage:
    """Some series that go through devices, those at the places `at` of all; fills `cells`.

    `keys` of noise are kept as they are found.
    """

    core: "DynamicCore"
    state: "DynamicState"
    at: slice
    cells: Array
    heating: bool
    keys: dict[tuple[str, int], Array] = field(default_factory=dict)

    def through(self, series: list[Array]) -> list[Array]:
        """Features of each series, or the energy of each step, (time, 1) J."""
        lengths = np.array([len(part) for part in series])
        order = np.argsort(-lengths, kind="stable")
        width = 1 if self.heating else self.core.features
        found = np.zeros((len(series), int(lengths.max()), width))
        v = np.zeros((*found.shape[:2], self.core.devices, self.core.nodes))
        volts = self.core.voltages(np.concatenate(series))
        ends = np.cumsum(lengths)
        for k, place in enumerate(order):
            v[k, : lengths[place]] = volts[ends[place] - lengths[place] : ends[place]]
        now = self.cells[:, :, self.at][:, :, order]
        for t in range(found.shape[1]):
            n = int((lengths > t).sum())
            with np.errstate(invalid="ignore", over="ignore", divide="ignore"):  # `step` looks
                found[:n, t], now[:, :, :n] = self.step(v[:n, t], now[:, :, :n], order[:n], t)
        self.cells[:, :, self.at.start + order] = now
        out: list[Array] = [found] * len(series)
        for k, place in enumerate(order):
            out[place] = found[k, : lengths[place]]
        return out

    def step(self, v: Array, cells: Array, places: Array, t: int) -> tuple[Array, Array]:
        """What is read or taken in step `t` of this run, and the cells after it."""
        trains = [self.train(k, v, cells[k], places, t) for k in range(len(self.core.trains))]
        after = np.stack([cell for _, cell in trains])
        if self.heating:
            return np.sum([taken for taken, _ in trains], axis=0)[:, None], after
        found = np.concatenate([read.reshape(len(v), -1) for read, _ in trains], axis=1)
        if not np.isfinite(found).all():
            who = int(places[np.argwhere(~np.isfinite(found))[0, 0]]) + self.at.start
            why = "; a parameter may scatter too far" if self.core.memristor.cycle else ""
            raise ConvergenceError(f"a current is not finite in step {t} of series {who}{why}")
        return found, after

    def train(self, k: int, v: Array, cells: Array, places: Array, t: int) -> tuple[Array, Array]:
        """Currents over full scale, (n, devices, reads), or heat, (n,) J; and the cells after."""
        core, read, train = self.core, self.core.read, self.core.trains[k]
        currents, taken = [], np.zeros(len(v))
        for m in range(core.nodes):
            probe = read if isinstance(read, Read) and read.stands(m, core.nodes) else None
            law = core.memristor.drawn(self.scatter(k, m, places, t))
            taken += self.taken(law, v[:, :, m], train.pulse, cells)
            cells = pulsed(law, v[:, :, m], train.pulse, cells)
            if isinstance(read, PulseRead):
                currents.append(law.current(v[:, :, m], cells, law.ambient))
            pause = train.period - train.pulse - (probe.width if probe else 0.0)
            cells = faded(law, max(pause, 0.0), cells)
            if probe:
                at = np.full((1, 1), probe.v)
                taken += self.taken(law, at, probe.width, cells)
                cells = pulsed(law, at, probe.width, cells)
                currents.append(law.current(at, cells, law.ambient))
        if self.heating:
            return taken, cells
        return self.measured(np.stack(currents, axis=-1), k, places, t), cells

    def taken(self, law: Any, v: Array, dt: float, cells: Array) -> Array | float:
        """Heat of a pulse, (n,) J, where it is asked for."""
        return heat(law, v, dt, cells).sum(axis=-1) if self.heating else 0.0

    def measured(self, currents: Array, k: int, places: Array, t: int) -> Array:
        """Over full scale, with the noise of reads."""
        found = currents / self.core.full_scale
        if self.core.read.noise:
            z = self.normals("read", k, 0, places, t, currents[0].size)
            found *= 1.0 + self.core.read.noise * z.reshape(currents.shape)
        return found

    def scatter(self, k: int, m: int, places: Array, t: int) -> Array | None:
        """Normals of a pulse, (parameters, n, devices)."""
        varied = len(self.core.memristor.cycle)
        if not varied:
            return None
        z = self.normals("pulse", k, m, places, t, varied * self.core.devices)
        return np.moveaxis(z.reshape(len(places), varied, -1), 1, 0)

    def normals(self, name: str, k: int, m: int, places: Array, t: int, width: int) -> Array:
        """Normals of train `k` and slot `m` that follow from place and step: (n, width)."""
        key = self.keys.get((name, k))
        if key is None:
            key = (self.core.streams / name / self.state.draw / k).words(4)
            self.keys[name, k] = key
        begun = self.state.steps[self.at]
        out = np.empty((len(places), width))
        for steps in np.unique(begun[places]):
            number = (int(steps) + t) * self.core.nodes + m
            z = normals(key, number, (1, len(begun), width), self.at.start)[0]
            mine = begun[places] == steps
            out[mine] = z[places[mine]]
        return out
