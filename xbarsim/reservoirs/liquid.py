"""Liquid-state machines as estimators of scikit-learn."""

import warnings
from typing import Any

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.reservoirs.core import Core
from xbarsim.reservoirs.delays import Delays
from xbarsim.reservoirs.estimator import Reservoir
from xbarsim.reservoirs.liquid_core import Liquid
from xbarsim.reservoirs.neuron_models import DecayLIF, Spiking
from xbarsim.reservoirs.wiring import GaussianWiring, Wiring
from xbarsim.streams import Streams
from xbarsim.units import quantity

_MANY = 0.5  # of the neurons: saturated ones of which fitting warns; ours


class LiquidState(Reservoir):
    """Spiking neurons connected at random, and a linear readout.

    Series are spikes (0 or 1), counts of them, or currents; a step is `dt`.

    Parameters
    ----------
    units : neurons.
    wiring : who is connected with whom and how strongly: `GaussianWiring`, `InDegreeWiring`,
        `DistanceWiring` of `xbarsim.reservoirs.wiring`, or `FormedWiring` of
        `xbarsim.reservoirs.forming`, which leaves weights to the forming of devices. None is
        ``GaussianWiring()``.
    neuron : `DecayLIF` or `LIF` of `xbarsim.reservoirs.neuron_models`, with refractory times,
        synapses and adaptation; None is ``DecayLIF()``.
    delays : of spikes between neurons, `xbarsim.reservoirs.delays.Delays`; None for one step.
    dt : a step, s, or text such as ``"1 ms"``.
    feature : of each neuron: ``spikes``, ``trace`` or ``membrane``, see
        `xbarsim.reservoirs.liquid_core.Liquid`. Averaged over sections (`pooling`), spikes are
        rates: counts over the steps of a section.
    tau_trace : time constant of ``trace``, s, or text.
    hardware, readout, readout_hardware, task, pooling, washout, direct, squares, age, dtype,
        random_state : see `xbarsim.reservoirs.estimator`, where attributes and errors are, too.

    Warns
    -----
    UserWarning : in `fit`: no neuron spiked, or more than half of them spiked nearly as often as
        they can. ``core_.activity`` says how active they were.

    References
    ----------
    W. Maass, T. Natschlaeger and H. Markram, Neural Computation 14, 2531 (2002).
    """

    def __init__(
        self,
        units: int = 500,
        *,
        wiring: Wiring | None = None,
        neuron: Spiking | None = None,
        delays: Delays | None = None,
        dt: Any = 1e-3,
        feature: str = "spikes",
        tau_trace: Any = 20e-3,
        hardware: Hardware | None = None,
        readout: Any = "ridge",
        readout_hardware: Hardware | None = None,
        task: str = "auto",
        pooling: Any = 1,
        washout: int = 0,
        direct: bool = False,
        squares: bool = False,
        age: Any = None,
        dtype: Any = "float64",
        random_state: Any = None,
    ) -> None:
        self.units = units
        self.wiring = wiring
        self.neuron = neuron
        self.delays = delays
        self.dt = dt
        self.feature = feature
        self.tau_trace = tau_trace
        self.hardware = hardware
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

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Draw and program a liquid for series `X`, and train a readout for targets `y`.

        See `xbarsim.reservoirs.estimator.Reservoir.fit`.
        """
        super().fit(X, y, sample_weight)
        assert isinstance(self.core_, Liquid) and self.core_.activity is not None
        activity = self.core_.activity
        if activity.rate == 0:
            warnings.warn(
                "no neuron of the liquid spiked on the series of training, so that all features "
                "of spikes are 0; use larger input weights (wiring) or a lower neuron.threshold",
                UserWarning,
                stacklevel=2,
            )
        elif activity.saturated > _MANY:
            warnings.warn(
                f"{activity.saturated:.0%} of the liquid's neurons spiked at nine tenths of their "
                "highest rate or above on the series of training, so that they tell little; use "
                "smaller weights (wiring), more inhibition or a higher neuron.threshold",
                UserWarning,
                stacklevel=2,
            )
        return self

    def _core(self, largest: Array, streams: Streams) -> Core:
        neuron = DecayLIF() if self.neuron is None else self.neuron
        wiring = GaussianWiring() if self.wiring is None else self.wiring
        for name, value, kind in (
            ("neuron", neuron, Spiking),
            ("delays", self.delays, Delays | None),
        ):
            if not isinstance(value, kind):
                raise SpecError(f"{name} is {value!r}; expected one of xbarsim.reservoirs, or None")
        if not hasattr(wiring, "draw"):
            raise SpecError(f"wiring is {wiring!r}; expected one of xbarsim.reservoirs, or None")
        return Liquid(
            inputs=len(largest),
            neurons=self.units,
            wiring=wiring,
            neuron=neuron,
            dt=_seconds("dt", self.dt),
            delays=self.delays,
            feature=self.feature,
            tau_trace=_seconds("tau_trace", self.tau_trace),
            hardware=self.hardware,
            streams=streams,
            dtype=self.dtype,
        )


def _seconds(name: str, value: Any) -> float:
    try:
        return quantity(value, "second")
    except SpecError as error:
        raise SpecError(f"{name}: {error}") from None
