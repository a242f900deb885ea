"""A switching law on the bench: sweeps, switching times, staircases, and what follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import Sweep, SwitchingLaw
from xbarsim.errors import SpecError
from xbarsim.programming.kinetics import switching_time
from xbarsim.programming.merit import Merits, merits
from xbarsim.programming.retention import Retention, retention
from xbarsim.programming.staircases import Staircases, potentiation_depression, symmetry_point
from xbarsim.programming.step_fits import StepFit, step_fits
from xbarsim.programming.summary import table_of
from xbarsim.programming.sweeps import IVSweep, iv_sweeps

if TYPE_CHECKING:
    import pandas as pd

_PIECES = 8  # of a range of amplitudes, again and again
_WEAKEST = 0.02  # least amplitude that is looked at, of the sweep's
_WARMER = (0.0, 40.0, 80.0)  # K above the ambient, where a law depends on it
_FELT = 1e-3  # relative change of a rate that counts as one


@dataclass(frozen=True, kw_only=True)
class Kinetics:
    """Switching times at constant voltage.

    From the state of lowest (highest) conductance of the slowest sweep until the geometric mean of
    both conductances is passed.

    Parameters
    ----------
    temperatures : of the surroundings, (temperatures,) K.
    v_set, v_reset : (voltages,) V.
    t_set, t_reset : (voltages, temperatures) s; infinite where it never happens.
    """

    temperatures: Array
    v_set: Array
    v_reset: Array
    t_set: Array
    t_reset: Array


@dataclass(frozen=True, kw_only=True)
class Characteristics:
    """What experiments say about a law; None where one does not apply.

    Parameters
    ----------
    sweeps : slowest first.
    kinetics : None for laws that do not switch under the sweep.
    identical, incremental : staircases of equal pulses and of pulses that grow.
    merits, fits : of the identical ones; None where these do not move the cell both ways.
    symmetry : conductance at which identical pulses up and down balance, S.
    retention : from the highest conductance, of laws that forget.
    """

    sweeps: tuple[IVSweep, ...]
    kinetics: Kinetics | None
    identical: Staircases | None
    incremental: Staircases | None
    merits: Merits | None
    fits: tuple[StepFit, ...]
    symmetry: float | None
    retention: Retention | None

    @property
    def table(self) -> "pd.DataFrame":
        """One row for each number: `quantity`, `value`, `unit`, `definition`."""
        return table_of(self)


def characterise(
    law: SwitchingLaw,
    sweep: Sweep,
    *,
    faster: Sequence[float] = (1.0, 10.0, 100.0),
    temperatures: Sequence[float] | None = None,
    v_read: float | None = None,
    voltages: int = 13,
    pulses: int = 40,
    points: int = 400,
    noise: float | None = None,
    tolerance: float = 1e-5,
) -> Characteristics:
    """Put a law through the experiments that a device engineer does.

    Pulses are as long as a sweep's period over eight times their number, and so strong that half of
    them switch the cell.

    Parameters
    ----------
    sweep : voltages that switch the law back and forth, `xbarsim.device.load_sheet(name).sweep`.
    faster : frequencies of the sweeps, in that of `sweep`.
    temperatures : of the surroundings for the switching times, K; by default the law's own, and 40
        and 80 K above it if that makes a difference.
    v_read : at which conductances are read, V; a tenth of the highest voltage by default.
    voltages : at which switching times are taken, of each sign.
    pulses : of each staircase.
    points : of each sweep.
    noise : standard deviation of the conductance after a pulse, S, for the number of states.
    tolerance : of the integration.

    Raises
    ------
    SpecError : numbers of nothing; as the experiments.
    ConvergenceError : as the experiments.
    """
    if voltages < 2 or pulses < 4 or not faster or not all(f > 0 for f in faster):
        raise SpecError(
            f"voltages is {voltages}, pulses {pulses} and faster {list(faster)}; there must be 2, "
            "4 and 1 of them or more, and frequencies above 0"
        )
    read = 0.1 * sweep.v_high if v_read is None else v_read
    sweeps = iv_sweeps(
        law, sweep.v_low, sweep.v_high, [sweep.period / f for f in sorted(faster)], points=points,
        v_read=read, tolerance=tolerance,
    )  # fmt: skip
    bench = _Bench(law, sweep, sweeps[0], tolerance)
    kinetics = bench.kinetics(voltages, temperatures)
    identical = incremental = None
    if kinetics is not None:
        identical, incremental = bench.staircases(pulses)
    both_ways = identical is not None and _both_ways(identical)
    return Characteristics(
        sweeps=sweeps,
        kinetics=kinetics,
        identical=identical,
        incremental=incremental,
        merits=merits(identical, noise) if identical is not None and both_ways else None,
        fits=step_fits(identical) if identical is not None and both_ways else (),
        symmetry=bench.symmetry(identical) if identical is not None and both_ways else None,
        retention=bench.retention() if law.volatile else None,
    )


def _both_ways(stairs: Staircases) -> bool:
    low, high = stairs.window
    least = 1e-6 * high
    return bool(stairs.up[-1] - stairs.up[0] > least and stairs.down[0] - stairs.down[-1] > least)


@dataclass(frozen=True)
class _Bench:
    """A law and the slowest sweep of it, from which all voltages and states follow."""

    law: SwitchingLaw
    sweep: Sweep
    slow: IVSweep
    tolerance: float

    @property
    def low(self) -> Array:
        """State of lowest conductance in the sweep, (states,)."""
        return self.slow.state[int(np.argmin(self.slow.g))]

    @property
    def high(self) -> Array:
        """State of highest conductance in the sweep, (states,)."""
        return self.slow.state[int(np.argmax(self.slow.g))]

    @property
    def extremes(self) -> tuple[float, float | None]:
        """Strongest voltage that sets and that resets, V; no such one where a cell forgets."""
        assert self.slow.v_set is not None
        v_set = self.sweep.v_high if self.slow.v_set > 0 else self.sweep.v_low
        other = self.sweep.v_low if v_set > 0 else self.sweep.v_high
        reset = self.slow.v_reset
        return v_set, other if reset is not None and reset * v_set < 0 and other else None

    def times(self, v: Array, start: Array, temperature: Array | None = None) -> Array:
        """Switching times until the middle of the sweep's conductances is passed, s."""
        g = float(np.sqrt(self.slow.g.min() * self.slow.g.max()))
        return switching_time(
            self.law, v, start, conductance_to=g, v_read=self.slow.v_read, temperature=temperature,
            longest=10.0 * self.sweep.period, tolerance=self.tolerance,
        )  # fmt: skip

    def kinetics(self, voltages: int, temperatures: Sequence[float] | None) -> Kinetics | None:
        if self.slow.v_set is None:
            return None
        top, bottom = self.extremes
        v_set = np.linspace(1.0, 0.25, voltages)[::-1] * top
        v_reset = np.linspace(1.0, 0.25, voltages)[::-1] * (0.0 if bottom is None else bottom)
        kelvin = self._temperatures(v_set, temperatures)
        t_reset = np.full((voltages, len(kelvin)), np.inf)
        if bottom is not None:
            t_reset = self.times(v_reset[:, None], self.high, kelvin)
        return Kinetics(
            temperatures=kelvin,
            v_set=v_set,
            v_reset=v_reset if bottom is not None else v_reset[:0],
            t_set=self.times(v_set[:, None], self.low, kelvin),
            t_reset=t_reset if bottom is not None else t_reset[:0],
        )

    def _temperatures(self, v_set: Array, given: Sequence[float] | None) -> Array:
        if given is not None:
            return np.asarray(given, dtype=float)
        ambient = float(self.law.ambient)
        state = np.repeat(self.low[:, None], 2, axis=1)
        cold_warm = ambient + np.array([0.0, _WARMER[-1]])
        cold, warm = np.asarray(self.law.rate(np.repeat(v_set[-1], 2), state, cold_warm)).T
        felt = bool((abs(warm - cold) > _FELT * abs(cold)).any())
        return ambient + np.array(_WARMER if felt else _WARMER[:1])

    def staircases(self, pulses: int) -> tuple[Staircases, Staircases]:
        width = self.sweep.period / (8 * pulses)
        top, bottom = self.extremes
        up = self._amplitude(top, self.low, pulses * width / 2)
        down = 0.0 if bottom is None else self._amplitude(bottom, self.high, pulses * width / 2)
        rest = width if self.law.volatile else 0.0

        def stairs(u: float | tuple[float, float], d: float | tuple[float, float]) -> Staircases:
            return potentiation_depression(
                self.law, u, d, pulses, width=width, v_read=self.slow.v_read, rest=rest,
                start=self.low, tolerance=self.tolerance,
            )  # fmt: skip

        def growing(v: float, end: float | None) -> tuple[float, float]:
            last = 1.3 * v if end is None or abs(1.3 * v) < abs(end) else end
            return 0.7 * v, last

        return stairs(up, down), stairs(growing(up, top), growing(down, bottom))

    def _amplitude(self, strongest: float, start: Array, lasts: float) -> float:
        """Voltage, up to `strongest`, that takes `lasts` seconds to switch."""
        weak, strong = _WEAKEST, 1.0
        for _ in range(4 if len(self.law.states) == 1 else 2):
            shares = np.linspace(weak, strong, _PIECES + 1)
            enough = np.flatnonzero(self.times(shares * strongest, start) <= lasts)
            k = int(enough[0]) if len(enough) else _PIECES
            weak, strong = float(shares[max(k - 1, 0)]), float(shares[k])
        return strong * strongest

    def symmetry(self, stairs: Staircases) -> float | None:
        if self.law.volatile or len(self.law.states) > 1:
            return None
        return symmetry_point(
            self.law, float(stairs.v_up[0]), float(stairs.v_down[0]), width=stairs.width,
            v_read=stairs.v_read,
        )  # fmt: skip

    def retention(self) -> Retention:
        ages = np.append(0.0, np.geomspace(1e-4, 1e2, 49) * self.sweep.period)
        return retention(self.law, self.high, ages, self.slow.v_read, tolerance=self.tolerance)
