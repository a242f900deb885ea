"""Reservoirs of volatile devices as estimators of scikit-learn."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import Spread, load_device, spreads_of
from xbarsim.errors import SpecError
from xbarsim.reservoirs.dynamic import DynamicCore
from xbarsim.reservoirs.estimator import Reservoir
from xbarsim.reservoirs.masks import checked_mask, random_mask, section_mask, sequence_mask
from xbarsim.reservoirs.trains import PulseRead, Rails, Read, Train
from xbarsim.streams import Streams
from xbarsim.units import quantity

# of the Henon map in Zhong et al. 2021, Fig. 4; a step of the device's law, see its sheet
_RAILS = Rails(v=(-0.8, 2.5))
_STEP = Train(pulse=4.02e-6, period=4.02e-6)


class DynamicReservoir(Reservoir):
    """Volatile devices with a trained readout; by default those of Zhong et al. 2021, Fig. 4.

    Parameters
    ----------
    device : the sheet of a volatile switching law, or such a law.
    devices, nodes : devices that stand beside each other, and slots of time of each in a step.
    mask : ``random``: every entry one of `levels`, with the same chance; ``sequence``: pieces of a
        maximal sequence; ``section``: each device takes `nodes` channels in turn, so that there are
        channels / nodes devices; or an array (devices, nodes, channels).
    levels : of a random mask.
    rails : `Rails`, voltages between which masked values are placed; None is -0.8 V to 2.5 V.
    trains : a `Train` of pulses, or several, of which each gives features of its own; None are
        pulses of 4.02 us without a pause.
    read : `PulseRead` or `Read`; None is `PulseRead()`, without noise.
    spread : how parameters differ from device to device, by their name in the sheet: standard
        deviation over the value, or what `xbarsim.device.Spread` takes; the sheet's by default.
    cycle : standard deviation from pulse to pulse over the value, by their name in the sheet.

    Others are those of `xbarsim.reservoirs.estimator`; `hardware` is none of them, as devices stand
    alone and not in arrays.
    """

    hardware: Any = None

    def __init__(
        self,
        device: Any = "zhong_2021",
        *,
        devices: int = 25,
        nodes: int = 4,
        mask: Any = "random",
        levels: tuple[float, ...] = (-1.0, 1.0),
        rails: Any = None,
        trains: Any = None,
        read: Any = None,
        spread: Any = None,
        cycle: Any = None,
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
        self.device = device
        self.devices = devices
        self.nodes = nodes
        self.mask = mask
        self.levels = levels
        self.rails = rails
        self.trains = trains
        self.read = read
        self.spread = spread
        self.cycle = cycle
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

    def pulse_energy(self, X: Any) -> float:
        """Energy of pulses and reads of the devices in one step, the mean over those of `X`, J."""
        series, _ = self._series(X)
        core: Any = self.core_
        return float(np.concatenate(core.energy(series)).mean())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        noise = getattr(self.read, "noise", 0.0)
        tags.non_deterministic = bool(noise or self.cycle or self.readout_hardware)
        return tags

    def _core(self, largest: Array, streams: Streams) -> DynamicCore:
        name = self.device if isinstance(self.device, str) else ""
        law = load_device(name) if name else self.device
        spread, cycle = _by_name("spread", self.spread), _by_name("cycle", self.cycle)
        if not (name or all(isinstance(s, Spread) for s in spread.values())):
            raise SpecError("spread of a law that is given itself takes xbarsim.device.Spread(...)")
        rails = _RAILS if self.rails is None else self.rails
        read = PulseRead() if self.read is None else self.read
        for field, value, kinds in (("rails", rails, Rails), ("read", read, Read | PulseRead)):
            if not isinstance(value, kinds):
                raise SpecError(f"{field} is {value!r}; see xbarsim.reservoirs.trains")
        return DynamicCore(
            law=law,
            mask=self._mask(len(largest), streams),
            rails=rails,
            trains=_trains(self.trains),
            read=read,
            spreads=spreads_of(name, law, spread) if name else spread,
            cycle={key: _deviation(key, value) for key, value in cycle.items()},
            streams=streams,
        )

    def _mask(self, inputs: int, streams: Streams) -> Array:
        if not isinstance(self.mask, str):
            return checked_mask(self.mask, inputs)
        if self.mask == "random":
            rng = (streams / "mask").rng()
            return random_mask(self.devices, self.nodes, inputs, rng, self.levels)
        if self.mask == "sequence":
            return sequence_mask(self.devices, self.nodes, inputs)
        if self.mask == "section":
            return section_mask(inputs, self.nodes)
        raise SpecError(f"mask is {self.mask!r}; expected random, sequence, section or an array")


def _trains(trains: Any) -> tuple[Train, ...]:
    trains = _STEP if trains is None else trains
    if not isinstance(trains, Train | tuple | list):
        raise SpecError(f"trains is {trains!r}; expected one or more of xbarsim.reservoirs.trains")
    found = (trains,) if isinstance(trains, Train) else tuple(trains)
    for train in found:
        if not isinstance(train, Train):
            raise SpecError(
                f"trains holds {train!r}; expected xbarsim.reservoirs.trains.Train(...)"
            )
    return found


def _by_name(name: str, given: Any) -> dict[str, Any]:
    named = isinstance(given, Mapping) and all(isinstance(key, str) for key in given)
    if not (named or given is None):
        raise SpecError(f"{name} is {given!r}; expected a deviation of each parameter by its name")
    return dict(given or {})


def _deviation(key: str, value: Any) -> float:
    try:
        return quantity(value, "dimensionless")
    except SpecError as error:
        raise SpecError(f"cycle.{key}: {error}") from None
