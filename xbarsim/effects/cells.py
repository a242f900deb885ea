"""Effects on the cells of arrays, one after the other, each with a random stream of its own."""

from math import exp
from types import ModuleType
from typing import Any

from xbarsim.backend import Array, array_namespace
from xbarsim.constants import BOLTZMANN_VOLTAGE
from xbarsim.effects.lifetime import (
    acceleration,
    closing_window,
    cycles_to_failure,
    retained,
    retention_time,
)
from xbarsim.effects.noise import flicker_spread
from xbarsim.effects.parts import CellSpread, Effects, Endurance, Surroundings
from xbarsim.effects.reads import Gaussian, Source, Traps
from xbarsim.effects.stuck import clustered, stuck_at
from xbarsim.streams import Streams


class CellEffects:
    """What effects do to cells from programming to reads, and what they remember in between.

    A part that is off changes nothing and draws nothing; each part draws from
    ``streams / "effects" / its name``, so that switching one off moves no other. What differs from
    cell to cell (spread, stuck cells, times of retention and failure, traps) is drawn once: the
    array keeps its cells when it is programmed anew.

    Parameters
    ----------
    effects : what happens.
    formed : which cells there are, (..., rows, cols).
    window : lowest and highest conductance that the device can be programmed to, S.
    streams : of the array.
    surroundings : temperatures.
    """

    def __init__(
        self,
        effects: Effects,
        formed: Array,
        window: tuple[float, float],
        streams: Streams,
        surroundings: Surroundings,
    ) -> None:
        self.effects = effects
        self.formed = formed
        self.window = window
        self.surroundings = surroundings
        self._streams = streams / "effects"
        self._faults: list[Array] = []
        self._traps = self._made_traps()

    @property
    def _xp(self) -> ModuleType:
        return array_namespace(self.formed)

    def targets(self, g: Array) -> Array:
        """The nearest conductances that can be programmed, shape of `g`, S."""
        n, (low, high) = self.effects.levels, self.window
        if n is None:
            return g
        step = (high - low) / (n - 1)
        nearest = low + step * self._xp.rint((g - low) / step)
        return self._xp.where(self.formed, nearest, g)

    def programmed(self, g: Array, times: int) -> Array:
        """Conductances that the device gave, after all that happens in programming; as `g`, S.

        Parameters
        ----------
        g : S.
        times : how often the cells have been programmed, this time included.
        """
        if self.effects.cycle_to_cycle:
            z = self._normal("cycle_to_cycle", times)
            g = g * self._xp.exp(self.effects.cycle_to_cycle * z)
        if self.effects.spread is not None:
            g = self._spread(g, self.effects.spread)
        self._faults = []
        if self.effects.endurance is not None:
            g = self._worn(g, self.effects.endurance, times)
        if (stuck := self.stuck_cells()) is not None:
            self._faults.append(stuck)
        self._forget()
        return self._forced(g)

    def device_age(self, t: float, first: float) -> float:
        """`device_age` of these cells, s."""
        return device_age(self.effects, self.surroundings, t, first)

    def at_age(self, device: Any, g: Array, t: float, z: Array) -> Array:
        """Conductances at the age `t` (s), as they are read, of cells that were programmed to `g`.

        Parameters
        ----------
        device : a `StatisticalDevice`; its own ageing draws from `z`.
        """
        aged = device.age(g, self.device_age(t, device.ages[0]), z)
        return self.aged(aged, t) * self.conduction

    def aged(self, g: Array, t: float) -> Array:
        """Conductances that the device has at the age `t` (s), after all that time does; S."""
        part, at = self.effects.retention, self.surroundings
        if part is not None:
            t_lost = retention_time(
                self._normal("retention"),
                part.t_infinity,
                part.activation_energy,
                at.ambient,
                part.spread,
            )
            lost = self.window[0] if part.g_lost is None else part.g_lost
            g = retained(g, t, t_lost, lost)
        if self._traps is not None:
            self._traps.wait_until(t)
        return self._forced(g)

    @property
    def conduction(self) -> float:
        """Factor of all conductances at the array's temperature, 1."""
        activation, at = self.effects.thermal_activation, self.surroundings
        if activation is None:
            return 1.0
        change = 1 / at.data - 1 / at.ambient
        return exp(activation.conductance / BOLTZMANN_VOLTAGE * change)

    def counts(self) -> dict[str, int]:
        """Cells that are stuck and cells that have failed, where there can be such."""
        names = [n for n in ("endurance", "stuck") if getattr(self.effects, n) is not None]
        called = {"stuck": "cells_stuck", "endurance": "cells_failed"}
        return {
            called[name]: int((~self._xp.isnan(fault) & self.formed).sum())
            for name, fault in zip(names, self._faults, strict=True)
        }

    def sources(self, g: Array, t: float, t_read: float, n: int, read: int) -> list[Source]:
        """What changes cells during a read of `n` inputs, each `t_read` seconds long.

        Parameters
        ----------
        g : (down, across, rows, cols) S.
        t : age, s.
        t_read : s.
        n : inputs.
        read : which read this is.
        """
        found: list[Source] = []
        if self.effects.flicker is not None and self.effects.flicker.on:
            band = 1 / (t + t_read), 1 / t_read
            sigma = flicker_spread(self.effects.flicker.amplitude, *band) * g
            found.append(Gaussian(sigma, self.rng("flicker", read)))
        if self._traps is not None:
            found.append(self._traps.read(g, n, t_read, self.rng("telegraph", read)))
        return found

    def rng(self, name: str, read: int) -> Any:
        """The generator of the noise `name` for one read."""
        return (self._streams / name / read).rng(self._xp)

    def _normal(self, *names: str | int) -> Array:
        streams = self._streams
        for name in names:
            streams = streams / name
        return streams.normal(self.formed.shape, self._xp)

    def _spread(self, g: Array, part: CellSpread) -> Array:
        xp, (low, high) = self._xp, self.window
        if part.factor:
            g = g * xp.exp(part.factor * self._normal("spread", "factor"))
        if part.g_min:
            g = xp.maximum(g, low * xp.exp(part.g_min * self._normal("spread", "g_min")))
        if part.g_max:
            g = xp.minimum(g, high * xp.exp(part.g_max * self._normal("spread", "g_max")))
        return g

    def _worn(self, g: Array, part: Endurance, times: int) -> Array:
        """Conductances in windows that have closed; finds the cells that have failed."""
        xp, (low, high) = self._xp, self.window
        cycles, fault = part.cycles + times, xp.full(g.shape, xp.nan)
        if part.scale is not None:
            last = cycles_to_failure(self._normal("endurance"), part.scale, part.shape)
            fault = xp.where(last < cycles, low if part.failed == "low" else high, fault)
        self._faults.append(fault)
        if part.start is None:
            return g
        return closing_window(g, cycles, part.start, part.exponent, 0.5 * (low + high))

    def stuck_cells(self) -> Array | None:
        """What cells that are stuck conduct, S, nan elsewhere; None where none can be stuck."""
        part, xp = self.effects.stuck, self._xp
        if part is None:
            return None
        shape = self.formed.shape
        alike = {"none": shape, "word": (*shape[:-1], 1), "bit": (*shape[:-2], 1, shape[-1])}
        z = (self._streams / "stuck").normal(alike[part.lines], xp)
        z = clustered(z, part.cluster_length)
        nowhere = xp.full(shape, xp.nan)
        return stuck_at(nowhere, z, low=part.low, high=part.high, window=self.window)

    def _forced(self, g: Array) -> Array:
        for fault in self._faults:
            g = self._xp.where(self._xp.isnan(fault), g, fault)
        return g

    def _made_traps(self) -> Traps | None:
        part = self.effects.telegraph
        if part is None or not part.on:
            return None
        return Traps.drawn(part, self.formed, self._streams / "telegraph", self.surroundings)

    def _forget(self) -> None:
        """Programming fills and empties traps at random."""
        if self._traps is not None:
            self._traps.settle()


def device_age(effects: Effects, at: Surroundings, t: float, first: float) -> float:
    """Age (s) at which a device of its data's temperature is like one of the array at `t` (s).

    Time runs faster from the age `first` (s) on, if ``thermal_activation.drift`` is given.
    """
    activation = effects.thermal_activation
    if activation is None or not activation.drift or t <= first:
        return t
    return first + (t - first) * acceleration(activation.drift, at.data, at.ambient)
