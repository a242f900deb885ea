r"""Rotating neurons: a cyclic reservoir without weights between neurons.

.. math::
    a_k = f(d\,a_{k-1} + \gamma\,(R^{k-1})^\mathsf{T} W_\mathrm{in} u_k), \qquad s_k = R^k a_k

R shifts cyclically by one place. Neurons a stand still with a decay of their own; rotors before
and behind them connect neuron and channel anew in every step (X. Liang et al., "Rotating neurons
for all-analog implementation of cyclic reservoir computing", Nature Communications 13, 1549, 2022).
As f acts on each neuron alone,

.. math:: s_k = f(d\,R\,s_{k-1} + \gamma\,R\,W_\mathrm{in} u_k)

which is a simple cycle reservoir whose one weight is d.
"""

from collections import Counter
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from xbarsim.backend import real_array
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.reservoirs.estimator import Reservoir
from xbarsim.reservoirs.masks import random_mask
from xbarsim.reservoirs.trains import in_si
from xbarsim.streams import Streams
from xbarsim.tile import Tile
from xbarsim.units import show

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class RcNeuron:
    r"""A capacitor that a resistor charges and another one empties, behind a rectifier.

    The input stands for a dwell time t, in which the voltage goes exponentially to where both
    resistors balance (the circuit is the paper's; that it is linear up to the rectifier, and the
    slope of that, are ours):

    .. math::
        d = e^{-t (1/R_i + 1/R_l) / C}, \qquad \gamma = (1 - d)\,\frac{R_l}{R_i + R_l}, \qquad
        f(x) = \max(x, s x)

    Parameters
    ----------
    r_int, c_int : resistor before the capacitor, ohm, and the capacitor, F; 10 kohm and 1 uF are
        those of the paper's Fig. 2.
    r_leak : resistor across it, ohm; 100 kohm is ours, the paper tunes the decay by it.
    dwell : for how long an input stands, s; 1 ms is ours.
    slope : s, what the rectifier lets through of negative voltages, 1; 0.01 is ours.

    Raises
    ------
    SpecError : a value that is not above 0, or a slope outside 0 to 1.

    Values are numbers, or text with a unit such as ``"1 ms"``; the object holds numbers.
    """

    r_int: float = 10e3
    c_int: float = 1e-6
    r_leak: float = 100e3
    dwell: float = 1e-3
    slope: float = 0.01

    def __post_init__(self) -> None:
        units = {"r_int": "ohm", "c_int": "farad", "r_leak": "ohm", "dwell": "second"}
        in_si(self, **units, slope="dimensionless")
        faults = [
            f"{name} is {show(getattr(self, name), unit)}; it must be above 0"
            for name, unit in units.items()
            if not 0 < getattr(self, name) < np.inf
        ]
        if not 0 <= self.slope <= 1:
            faults.append(f"slope is {self.slope:g}; it must be from 0 to 1")
        if faults:
            raise SpecError(faults)

    @property
    def decay(self) -> float:
        """What a step leaves of a neuron, d."""
        return float(np.exp(-self.dwell * (1 / self.r_int + 1 / self.r_leak) / self.c_int))

    @property
    def gain(self) -> float:
        """What it takes of the input, gamma."""
        return (1.0 - self.decay) * self.r_leak / (self.r_int + self.r_leak)

    def __call__(self, x: Array) -> Array:
        """The rectifier f, of each voltage."""
        return np.maximum(x, self.slope * x)


@dataclass(frozen=True)
class RotorState:
    """Neurons a of each series, (n, neurons), and steps each has taken, (n,)."""

    a: Array
    steps: Array


class RotatingCore:
    """Rotors and neurons; a `xbarsim.reservoirs.Core` in software.

    Parameters
    ----------
    w_in : weights of inputs, (neurons, inputs).
    neuron : what a neuron does.

    Raises
    ------
    SpecError : weights of another shape, or not finite.
    """

    def __init__(self, w_in: Any, neuron: RcNeuron) -> None:
        self.w_in = np.asarray(real_array("w_in", w_in, np), dtype=float)
        if self.w_in.ndim != 2 or 0 in self.w_in.shape or not np.isfinite(self.w_in).all():
            raise SpecError(f"w_in has shape {self.w_in.shape}; expected finite (neurons, inputs)")
        self._w_in, self.neuron = csr_array(self.w_in), neuron
        self.features, self.inputs = self.w_in.shape
        self.tiles: dict[str, Tile] = {}
        self.ledger: Counter[str] = Counter()

    def program(self) -> None:
        """Nothing."""

    def calibrate(self, series: list[Array]) -> None:
        """Nothing."""

    def age(self, t: float) -> None:
        """Nothing."""

    def driven(self, series: list[Array]) -> dict[str, Array]:
        """Nothing stands on tiles."""
        return {}

    def begin(self, n: int) -> RotorState:
        """Capacitors empty, rotors where they start."""
        return RotorState(np.zeros((n, self.features)), np.zeros(n, dtype=int))

    def run(
        self, series: list[Array], state: RotorState | None = None
    ) -> tuple[list[Array], RotorState]:
        """What rotors give behind the neurons, (time, neurons), and the state after the last step.

        Raises
        ------
        SpecError : a state of another number of series.
        ConvergenceError : a neuron is not finite; says which and when.
        """
        state = self.begin(len(series)) if state is None else state
        if len(state.a) != len(series):
            raise SpecError(f"the state is that of {len(state.a)} series; there are {len(series)}")
        found, ends = [], np.empty_like(state.a)
        for k, part in enumerate(series):
            given = (self._w_in @ np.asarray(part, dtype=float).T).T
            out, ends[k] = self._turned(given, state.a[k], int(state.steps[k]))
            if not np.isfinite(out).all():
                step, place = np.argwhere(~np.isfinite(out))[0]
                raise ConvergenceError(f"neuron {place} is {out[step, place]} at step {step}")
            found.append(out.astype(part.dtype))
        return found, RotorState(ends, state.steps + [len(part) for part in series])

    def _turned(self, given: Array, a: Array, before: int) -> tuple[Array, Array]:
        """A series (time, neurons) of inputs through rotor, neurons and rotor; and the neurons."""
        d, gain, out = self.neuron.decay, self.neuron.gain, np.empty_like(given)
        for t, u in enumerate(given):
            turned = before + t  # k - 1
            a = self.neuron(d * a + gain * np.roll(u, -turned))
            out[t] = np.roll(a, turned + 1)
        return out, a


class RotatingReservoir(Reservoir):
    """Rotating neurons with a trained readout.

    Parameters
    ----------
    units : neurons.
    neuron : of what kind, an `RcNeuron`.
    input_scaling : size of input weights, which are -1 or 1 times it, each with the same chance.

    Others are those of `xbarsim.reservoirs.estimator`.
    """

    hardware: Any = None

    def __init__(
        self,
        units: int = 100,
        *,
        neuron: RcNeuron = RcNeuron(),  # noqa: B008  frozen
        input_scaling: float = 1.0,
        readout: Any = "ridge",
        readout_hardware: Any = None,
        task: str = "auto",
        pooling: Any = "last",
        washout: int = 0,
        direct: bool = False,
        squares: bool = False,
        age: Any = None,
        dtype: Any = "float64",
        random_state: Any = None,
    ) -> None:
        self.units = units
        self.neuron = neuron
        self.input_scaling = input_scaling
        self.readout = readout
        self.readout_hardware = readout_hardware
        self.task = task
        self.pooling = pooling
        self.washout = washout
        self.direct = direct
        self.squares = squares
        self.age = age
        self.dtype = dtype
        self.random_state = random_state

    def _core(self, largest: Array, streams: Streams) -> RotatingCore:
        if not (isinstance(self.units, int | np.integer) and self.units >= 1):
            raise SpecError(f"units is {self.units!r}; it must be a whole number of at least 1")
        if not isinstance(self.neuron, RcNeuron):
            raise SpecError(f"neuron is {self.neuron!r}; expected an RcNeuron")
        scale = self.input_scaling
        if not isinstance(scale, Real) or not 0 < scale < np.inf:
            raise SpecError(f"input_scaling is {scale!r}; it must be above 0")
        signs = random_mask(self.units, 1, len(largest), (streams / "inputs").rng())
        return RotatingCore(float(scale) * signs[:, 0], self.neuron)
