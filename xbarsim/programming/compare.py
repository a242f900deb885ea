"""A device beside measurements: both on the scale on which a fit compares them."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import StatisticalDevice, SwitchingLaw, with_parameters
from xbarsim.errors import SpecError
from xbarsim.programming.measured import Measured
from xbarsim.transient import simulate
from xbarsim.units import show

_TOLERANCE = 1e-6  # of integration; derivatives are differences of its results
_EDGE = 1e-3  # of a pulse, over its width
_BEYOND = 1e3  # how far beyond the measured times of switching is looked
_NEAR = 0.1  # z at which spreads are taken
_BENT = 0.1  # largest deviation from a straight line in z, over the spread, that is Gaussian
_TIMES = 120  # at which the conductance is looked at there


class Comparison(Protocol):
    """What a fit makes small: the sum of squares of `residuals`.

    ``measured`` is the data on the scale of the comparison, (rows,); ``scale`` says which scale
    that is; ``known_noise`` whether residuals are in units of their own standard deviation; without
    it they are predicted less measured.
    """

    measured: Array
    scale: str
    known_noise: bool

    def predicted(self, devices: Sequence[Any]) -> Array:
        """Of each of several devices on the scale of ``measured``, (rows, devices)."""

    def residuals(self, devices: Sequence[Any]) -> Array:
        """(residuals, devices)."""

    def information(self, devices: Sequence[Any]) -> Array:
        """Whose derivatives J give the information J^T J on parameters, where noise is known."""


class _OfLaw:
    """What laws have in common: residuals are differences, their size is not known before."""

    known_noise = False
    measured: Array
    scale: str

    def predicted(self, devices: Sequence[SwitchingLaw]) -> Array:
        raise NotImplementedError

    def residuals(self, devices: Sequence[SwitchingLaw]) -> Array:
        """Predicted less measured, (rows, devices)."""
        return self.predicted(devices) - self.measured[:, None]

    def information(self, devices: Sequence[SwitchingLaw]) -> Array:
        """`residuals`, for unit variance."""
        return self.residuals(devices)


class SweepComparison(_OfLaw):
    """Currents on the scale of arsinh(i / i0): linear below the floor i0, decades above.

    Parameters
    ----------
    data : a sweep.
    floor : i0, A; by default the current below which a twentieth of the data lies.

    Notes
    -----
    Each curve is of a fresh cell; a cycle goes on where the one before ended.
    """

    def __init__(self, data: Measured, floor: float | None = None) -> None:
        self._data = data
        size = np.abs(data.columns["i"])
        if not size.any():
            raise SpecError("every current is 0; there is nothing to fit")
        self._floor = float(np.quantile(size[size > 0], 0.05)) if floor is None else floor
        if not self._floor > 0:
            raise SpecError(f"floor is {show(self._floor, 'ampere')}; it must be above 0")
        self.measured = np.arcsinh(data.columns["i"] / self._floor)
        self.scale = f"arsinh(i / {show(self._floor, 'ampere')})"

    def predicted(self, devices: Sequence[SwitchingLaw]) -> Array:
        """(rows, devices)."""
        law, t, v = stacked(devices), self._data.columns["t"], self._data.columns["v"]
        out = np.empty((len(t), len(devices)))
        state = start = _fresh(law, len(devices))
        for part, goes_on in zip(self._data.parts, self._data.follows, strict=True):
            trace = simulate(law, t[part], v[part], state=state if goes_on else start,
                             tolerance=_TOLERANCE)  # fmt: skip
            state, out[part] = trace.state[-1], trace.i
        return np.arcsinh(out / self._floor)


class PulseComparison(_OfLaw):
    """Logarithm of the conductance after each pulse; curves begin with a fresh cell.

    Parameters
    ----------
    v_read : of the reads, which are taken not to move the state, V.
    """

    def __init__(self, data: Measured, v_read: float) -> None:
        self._data, self._v_read = data, v_read
        if v_read == 0:
            raise SpecError("v_read is 0 V; a conductance is read at some voltage")
        self.measured = np.log(data.columns["g"])
        self.scale = f"ln(g), read at {show(v_read, 'volt')}"

    def predicted(self, devices: Sequence[SwitchingLaw]) -> Array:
        """(rows, devices)."""
        law, cells = stacked(devices), len(devices)
        if law.volatile:
            raise SpecError(
                f"{type(law).__name__} forgets without voltage, and pulses do not say how long "
                "they are apart; give the whole waveform as columns t, v, i"
            )
        columns, out = self._data.columns, np.empty((len(self._data), cells))
        state = start = _fresh(law, cells)
        v_read, ambient = np.full(cells, self._v_read), np.broadcast_to(law.ambient, cells)
        for part, goes_on in zip(self._data.parts, self._data.follows, strict=True):
            state = state if goes_on else start
            for k in range(part.start, part.stop):
                v, width = columns["v"][k], columns["width"][k]
                t = width * np.array([0.0, _EDGE, 1.0, 1.0 + _EDGE])
                pulse = np.array([0.0, v, v, 0.0])
                state = simulate(law, t, pulse, state=state, tolerance=_TOLERANCE).state[-1]
                out[k] = law.current(v_read, state, ambient) / self._v_read
        return np.log(out)


class SwitchingComparison(_OfLaw):
    """Logarithm of the time at constant voltage until the conductance there passes a level.

    Parameters
    ----------
    g_switch : the level, S; a fresh cell begins on either side of it.

    Notes
    -----
    Times are looked for up to a factor of 1e3 before and behind those measured; where a law does
    not switch within, the nearer end stands.
    """

    def __init__(self, data: Measured, g_switch: float) -> None:
        self._v, self._level = data.columns["v"], g_switch
        if not g_switch > 0:
            raise SpecError(f"g_switch is {show(g_switch, 'siemens')}; it must be above 0")
        if not self._v.all():
            raise SpecError("v is 0 V in some row; nothing switches there")
        self.measured = np.log(data.columns["t_switch"])
        low, high = self.measured.min(), self.measured.max()
        beyond = np.log(_BEYOND)
        self._log_t = np.linspace(low - beyond, high + beyond, _TIMES)
        self.scale = f"ln(t) to {show(g_switch, 'siemens')}"

    def predicted(self, devices: Sequence[SwitchingLaw]) -> Array:
        """(rows, devices)."""
        law, cells = stacked(devices), len(devices)
        start = _fresh(law, cells)
        v, state = (
            self._v[:, None],
            np.broadcast_to(start[:, None], (len(start), len(self._v), cells)),
        )
        t = np.concatenate([[0.0], np.exp(self._log_t)])
        trace = simulate(law, t, np.broadcast_to(v, (len(t), *v.shape)), state=state,
                         tolerance=_TOLERANCE)  # fmt: skip
        passed = np.log(np.maximum(trace.g, 1e-300) / self._level)
        return self._crossing(passed)

    def _crossing(self, above: Array) -> Array:
        """Logarithm of the time at which `above` (points, rows, cells) first changes its sign."""
        changed = (above > 0) != (above[0] > 0)
        k = np.clip(np.argmax(changed, axis=0), 2, None)
        before, after = (np.take_along_axis(above, (k - d)[None], axis=0)[0] for d in (1, 0))
        share = before / np.where(before == after, 1.0, before - after)
        crossed = self._log_t[k - 2] + share * (self._log_t[k - 1] - self._log_t[k - 2])
        crossed = np.where(changed[1], self._log_t[0], crossed)
        return np.where(changed.any(axis=0), crossed, self._log_t[-1])

    def missed(self, predicted: Array) -> int:
        """How many rows of `predicted` (rows,) stand at an end of the times that were looked at."""
        return int(np.sum((predicted <= self._log_t[0]) | (predicted >= self._log_t[-1])))


class ProgrammingComparison:
    r"""Conductances that came of targets, by their likelihood.

    A cell comes out Gaussian, :math:`g = \mu + \sigma z`, with mean and spread of the device at
    each target; at an age, the spreads of programming and ageing add in squares to first order.
    Least squares of :math:`(g - \mu)/\sigma` and :math:`\sqrt{2\ln(\sigma/\sigma_0)}` together is
    the largest likelihood, for any small :math:`\sigma_0`.

    Raises
    ------
    SpecError : `device` does not come out Gaussian, or without spread.
    """

    known_noise = True

    def __init__(self, data: Measured, device: StatisticalDevice) -> None:
        self._target, self.measured = data.columns["target"], data.columns["g"]
        self._ages = data.columns.get("age")
        self._least = 1e-6 * float(self.measured.max())
        self.scale = "likelihood of g"
        mean, spread = self._moments(device)
        far = self._outcome(device, np.ones(len(mean)), np.zeros(len(mean))) - mean
        bent = float(np.median(np.abs(far - self._slopes(device)[0]) / spread))
        if bent > _BENT:
            raise SpecError(
                f"{type(device).__name__} does not come out Gaussian: one standard deviation is "
                f"{100 * bent:.0f} % off a straight line in z; only Gaussian spreads are fitted"
            )

    def predicted(self, devices: Sequence[StatisticalDevice]) -> Array:
        """Means, (rows, devices) S."""
        return np.stack([self._moments(device)[0] for device in devices], axis=1)

    def residuals(self, devices: Sequence[StatisticalDevice]) -> Array:
        """(2 rows, devices)."""
        columns = []
        for device in devices:
            mean, spread = self._moments(device)
            log = np.log(np.maximum(spread / self._least, 1.0))
            columns.append(np.concatenate([(self.measured - mean) / spread, np.sqrt(2.0 * log)]))
        return np.stack(columns, axis=1)

    def information(self, devices: Sequence[StatisticalDevice]) -> Array:
        """Means over the first device's spreads, and logarithms of spreads, as Fisher has it."""
        moments = [self._moments(device) for device in devices]
        spread = moments[0][1]
        return np.stack(
            [np.concatenate([m / spread, np.sqrt(2.0) * np.log(s)]) for m, s in moments], axis=1
        )

    def _moments(self, device: StatisticalDevice) -> tuple[Array, Array]:
        """Mean and standard deviation at each row, S."""
        zero = np.zeros(len(self._target))
        mean = self._outcome(device, zero, zero)
        slopes = self._slopes(device)
        spread = np.sqrt(np.sum(np.square(slopes), axis=0))
        if not (spread > 0).all():
            k = int(np.argmin(spread))
            raise SpecError(
                f"{type(device).__name__} comes out without spread at "
                f"{show(float(self._target[k]), 'siemens')}, so that no measured value has a "
                "likelihood; begin with a spread above 0 (--set)"
            )
        return mean, spread

    def _slopes(self, device: StatisticalDevice) -> list[Array]:
        """Spreads that programming and, at an age, ageing give, S each."""
        zero = np.zeros(len(self._target))
        sides = [(_NEAR, 0.0), (0.0, _NEAR)] if self._ages is not None else [(_NEAR, 0.0)]
        return [
            (self._outcome(device, zero + a, zero + b) - self._outcome(device, zero - a, zero - b))
            / (2 * _NEAR)
            for a, b in sides
        ]

    def _outcome(self, device: StatisticalDevice, z: Array, z_age: Array) -> Array:
        g = device.program(self._target, z)
        if self._ages is None:
            return g
        out = np.empty_like(g)
        for age in np.unique(self._ages):
            rows = self._ages == age
            out[rows] = device.age(g[rows], float(age), z_age[rows])
        return out


def stacked(devices: Sequence[SwitchingLaw]) -> SwitchingLaw:
    """One law whose parameters are arrays (devices,) in the place of several laws."""
    names = vars(devices[0])
    values = {n: [vars(d)[n] for d in devices] for n in names if isinstance(names[n], float)}
    differ = {n: np.array(v) for n, v in values.items() if any(x != v[0] for x in v)}
    return with_parameters(devices[0], differ)


def _fresh(law: SwitchingLaw, cells: int) -> Array:
    """States of fresh cells, (states, cells)."""
    return np.stack([np.broadcast_to(s, cells) for s in law.initial_state()]).astype(float)
