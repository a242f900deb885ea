"""The reservoirs of a scenario as estimators, and what is refused of them."""

import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.device import SwitchingLaw, spreads_of, with_parameters
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.scenario.cells import bound_device
from xbarsim.scenario.disturbs import has_arrays
from xbarsim.scenario.reservoirs import (
    DynamicSpec,
    LiquidStateSpec,
    LorenzSpec,
    ReservoirTaskSpec,
    SequencesSpec,
)
from xbarsim.scenario.schema import DeviceSpec, Scenario
from xbarsim.streams import Streams

if TYPE_CHECKING:
    from xbarsim.reservoirs.estimator import Reservoir

_PROBE_STEPS = 8  # of the series that a reservoir is driven with to see whether it can be made
_PROBED = 2000  # units up to which that is seen before anything runs


def reservoirs_of(scenario: Scenario) -> list[ReservoirTaskSpec]:
    """The tasks of a scenario that are about reservoirs."""
    return [task for task in scenario.tasks if isinstance(task, ReservoirTaskSpec)]


def seed_of(streams: Streams) -> int:
    """The seed of a reservoir and its chip, from the streams of a trial."""
    return (streams / "reservoir").integer()


def estimator_of(
    scenario: Scenario, task: ReservoirTaskSpec, hardware: Hardware | None, seed: int
) -> "Reservoir":
    """The reservoir of a task, not yet fitted.

    Parameters
    ----------
    hardware : of its arrays; None is software.
    seed : from which reservoir, chip and noise follow.
    """
    return _made(task, hardware, seed, scenario.device, scenario.temperature)


def _made(
    task: ReservoirTaskSpec,
    hardware: Hardware | None,
    seed: int,
    device: DeviceSpec,
    temperature: float | None,
) -> "Reservoir":
    spec, given = task.reservoir, task.reservoir.model_dump(exclude={"kind", "readout_on_array"})
    given |= {"random_state": seed, "washout": getattr(task.data, "washout", 0)}
    given["task"] = "classification" if isinstance(task.data, SequencesSpec) else "regression"
    if isinstance(spec, DynamicSpec):
        return _dynamic(spec, given, device, temperature)
    given["hardware"] = hardware
    given["readout_hardware"] = hardware if spec.readout_on_array else None
    return _liquid(spec, given) if isinstance(spec, LiquidStateSpec) else _echo_state(given)


def _echo_state(given: dict[str, Any]) -> "Reservoir":
    from xbarsim.reservoirs.echo_state import EchoState

    layers = given.pop("layers")
    if layers > 1:
        given["units"] = [given["units"]] * layers
    return EchoState(**given)


def _liquid(spec: LiquidStateSpec, given: dict[str, Any]) -> "Reservoir":
    from xbarsim.reservoirs.delays import Delays
    from xbarsim.reservoirs.liquid import LiquidState
    from xbarsim.reservoirs.neuron_models import LIF
    from xbarsim.reservoirs.wiring import DistanceWiring, GaussianWiring, InDegreeWiring

    kinds = {"gaussian": GaussianWiring, "in_degree": InDegreeWiring, "distance": DistanceWiring}
    wiring = spec.wiring.model_dump(exclude={"kind"})
    if "shape" in wiring:
        wiring["shape"] = tuple(wiring["shape"])
    given |= {
        "wiring": kinds[spec.wiring.kind](**wiring),
        "neuron": LIF(**spec.neuron.model_dump()),
        "delays": None if spec.delays is None else Delays(**spec.delays.model_dump()),
    }
    return LiquidState(**given)


def _dynamic(
    spec: DynamicSpec, given: dict[str, Any], device: DeviceSpec, temperature: float | None
) -> "Reservoir":
    from xbarsim.reservoirs.dynamic_reservoir import DynamicReservoir
    from xbarsim.reservoirs.trains import PulseRead, Rails, Train

    law = bound_device(device)
    if not isinstance(law, SwitchingLaw) or not law.volatile:
        what = "keeps its state without voltage" if isinstance(law, SwitchingLaw) else "is none"
        raise SpecError(f"kind: dynamic takes a volatile switching law; '{device.sheet}' {what}")
    if temperature is not None:
        law = with_parameters(law, {"ambient": temperature})
    del given["train"]
    given |= {
        "device": law,
        "spread": spreads_of(device.sheet, law, device.chosen_spread),
        "rails": Rails(v=(spec.rails[0], spec.rails[1])),
        "trains": Train(pulse=spec.train.pulse, period=spec.train.period or spec.train.pulse),
        "read": PulseRead(noise=given.pop("read_noise")),
    }
    return DynamicReservoir(**given)


def volatile_of(scenario: Scenario) -> list[ReservoirTaskSpec]:
    """The tasks of a scenario whose nodes are its devices themselves."""
    return [task for task in reservoirs_of(scenario) if task.stands_alone]


def check_reservoirs(scenario: Scenario) -> None:
    """Refuse reservoirs that cannot be made, or learn what they are given.

    Raises
    ------
    SpecError : each fault, under its path.
    """
    faults = []
    for k, task in enumerate(scenario.tasks):
        if isinstance(task, ReservoirTaskSpec):
            first = seed_of(Streams(scenario.seed, ("trial", 0)))
            faults += [f"tasks.{k}.{fault}" for fault in _faults(scenario, task, first)]
    if volatile_of(scenario) and not has_arrays(scenario):
        array = None if scenario.array == type(scenario.array)() else scenario.array
        given = {"ages": scenario.ages, "effects": scenario.effects, "array": array}
        faults += [
            f"{key}: volatile devices stand in no array and hold nothing; leave the key out"
            for key, value in given.items()
            if value is not None
        ]
    if faults:
        raise SpecError(faults)


def _faults(scenario: Scenario, task: ReservoirTaskSpec, seed: int) -> list[str]:
    faults, data, spec = [], task.data, task.reservoir
    classes = isinstance(data, SequencesSpec)
    if isinstance(data, SequencesSpec):
        faults += _sequence_faults(data)
    elif data.washout >= data.train:
        faults.append(f"data.washout: {data.washout} steps; it must be less than train")
    if getattr(data, "delays", 0) > getattr(data, "washout", 0):
        faults.append("data.washout: must be at least delays: earlier inputs there are none")
    if not classes and spec.readout != "ridge":
        faults.append(f"reservoir.readout: {spec.readout} is made for classes; use ridge")
    if task.retrain and spec.readout_on_array:
        faults.append("retrain: a readout that stands on arrays is written once; leave one out")
    if task.stands_alone:
        given = {"reservoir.readout_on_array": spec.readout_on_array, "retrain": task.retrain}
        faults += [
            f"{key}: volatile devices stand in no array; leave the key out"
            for key, told in given.items()
            if told
        ]
    if faults or size_of(task) > _PROBED:
        return faults
    device = scenario.device.model_dump_json() if task.stands_alone else ""
    return _not_made(task.model_dump_json(), seed, device, scenario.temperature)


def size_of(task: ReservoirTaskSpec) -> int:
    """Nodes of a reservoir, all layers together."""
    spec = task.reservoir
    if isinstance(spec, DynamicSpec):
        return spec.devices * spec.nodes
    return spec.units * getattr(spec, "layers", 1)


def _sequence_faults(data: SequencesSpec) -> list[str]:
    from xbarsim.tasks.problems import SOUNDS

    if data.features is None or data.source in SOUNDS:
        return []
    return [f"data.features: {data.source} are no sounds; leave the key out"]


def _channels(task: ReservoirTaskSpec) -> int:
    """Channels of the series that a task learns; of sequences as many as any reservoir takes."""
    spec = task.reservoir
    if not isinstance(task.data, SequencesSpec):
        return 3 if isinstance(task.data, LorenzSpec) else 1
    if isinstance(spec, DynamicSpec) and spec.mask == "section":
        return spec.nodes  # which must divide the number of channels
    return 1


@lru_cache(maxsize=256)
def _not_made(described: str, seed: int, device: str, temperature: float | None) -> list[str]:
    """Why a reservoir cannot be made, in software; of `described` and `device`, as JSON."""
    task = ReservoirTaskSpec.model_validate_json(described)
    nodes = DeviceSpec.model_validate_json(device) if device else DeviceSpec(sheet="ideal")
    inputs = _channels(task)
    series = np.linspace(-1, 1, _PROBE_STEPS * inputs).reshape(_PROBE_STEPS, inputs)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of liquids that so few steps leave silent
            _made(task, None, seed, nodes, temperature).fit(series)
    except SpecError as error:
        return [f"reservoir.{fault}" for fault in error.faults]
    return []
