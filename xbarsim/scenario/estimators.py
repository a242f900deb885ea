"""The reservoirs of a scenario as estimators, and what is refused of them."""

import json
import warnings
from functools import lru_cache
from typing import Any

import numpy as np

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.reservoirs.estimator import Reservoir
from xbarsim.scenario.reservoirs import (
    DynamicSpec,
    LiquidStateSpec,
    ReservoirTaskSpec,
    SequencesSpec,
)
from xbarsim.scenario.schema import Scenario
from xbarsim.streams import Streams

_PROBE_STEPS = 8  # of the series that a reservoir is driven with to see whether it can be made
_PROBED = 2000  # units up to which that is seen before anything runs


def reservoirs_of(scenario: Scenario) -> list[ReservoirTaskSpec]:
    """The tasks of a scenario that are about reservoirs."""
    return [task for task in scenario.tasks if isinstance(task, ReservoirTaskSpec)]


def seed_of(streams: Streams) -> int:
    """The seed of a reservoir and its chip, from the streams of a task in a trial."""
    return (streams / "reservoir").integer()


def estimator_of(
    task: ReservoirTaskSpec, hardware: Hardware | None, seed: int, washout: int = 0
) -> Reservoir:
    """The reservoir of a task, not yet fitted.

    Parameters
    ----------
    hardware : of its arrays; None is software.
    seed : from which reservoir, chip and noise follow.
    washout : first steps of series that the readout does not learn from.
    """
    spec, given = task.reservoir, task.reservoir.model_dump(exclude={"kind", "readout_on_array"})
    given |= {"random_state": seed, "washout": washout}
    given["task"] = "classification" if isinstance(task.data, SequencesSpec) else "regression"
    given["readout_hardware"] = hardware if spec.readout_on_array else None
    if isinstance(spec, DynamicSpec):
        return _dynamic(spec, given)
    given["hardware"] = hardware
    return _liquid(spec, given) if isinstance(spec, LiquidStateSpec) else _echo_state(given)


def _echo_state(given: dict[str, Any]) -> Reservoir:
    from xbarsim.reservoirs.echo_state import EchoState

    return EchoState(**given)


def _liquid(spec: LiquidStateSpec, given: dict[str, Any]) -> Reservoir:
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


def _dynamic(spec: DynamicSpec, given: dict[str, Any]) -> Reservoir:
    from xbarsim.reservoirs.dynamic_reservoir import DynamicReservoir
    from xbarsim.reservoirs.trains import PulseRead, Rails, Train

    given |= {
        "rails": Rails(v=(spec.rails[0], spec.rails[1])),
        "trains": Train(**spec.train.model_dump()),
        "read": PulseRead(noise=given.pop("read_noise")),
    }
    del given["train"]
    return DynamicReservoir(**given)


def volatile_devices(scenario: Scenario) -> list[dict[str, Any]]:
    """Every parameter of the devices that are nodes themselves: a sheet may change under a name."""
    sheets = [t.reservoir.device for t in reservoirs_of(scenario) if _is_dynamic(t)]  # type: ignore[union-attr]
    found: list[dict[str, Any]] = [json.loads(json.dumps(vars(load_device(s)))) for s in sheets]
    return found


def _is_dynamic(task: ReservoirTaskSpec) -> bool:
    return isinstance(task.reservoir, DynamicSpec)


def check_reservoirs(scenario: Scenario) -> None:
    """Refuse reservoirs that cannot be made, or learn what they are given.

    Raises
    ------
    SpecError : each fault, under its path.
    """
    faults = []
    for k, task in enumerate(scenario.tasks):
        if isinstance(task, ReservoirTaskSpec):
            first = seed_of(Streams(scenario.seed, ("trial", 0)) / task.name)
            faults += [f"tasks.{k}.{fault}" for fault in _faults(task, first)]
    if faults:
        raise SpecError(faults)


def _faults(task: ReservoirTaskSpec, seed: int) -> list[str]:
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
    if isinstance(spec, DynamicSpec) and not spec.readout_on_array:
        faults.append(
            "reservoir.readout_on_array: volatile devices stand alone, so that nothing would stand "
            "on the scenario's arrays; set it to true"
        )
    if faults or size_of(task) > _PROBED:
        return faults
    return _not_made(task.model_dump_json(), seed)


def size_of(task: ReservoirTaskSpec) -> int:
    """Nodes of a reservoir, all layers together."""
    spec = task.reservoir
    if isinstance(spec, DynamicSpec):
        return spec.devices * spec.nodes
    return sum(spec.units) if isinstance(spec.units, list) else spec.units


def _sequence_faults(data: SequencesSpec) -> list[str]:
    from xbarsim.tasks.problems import SOUNDS

    if data.features is None or data.source in SOUNDS:
        return []
    return [f"data.features: {data.source} are no sounds; leave the key out"]


@lru_cache(maxsize=256)
def _not_made(described: str, seed: int) -> list[str]:
    """Why a reservoir cannot be made, in software, of one input; of `described`, as JSON."""
    task = ReservoirTaskSpec.model_validate_json(described)
    if isinstance(task.reservoir, DynamicSpec) and task.reservoir.mask == "section":
        inputs = task.reservoir.nodes  # which must divide the number of channels
    else:
        inputs = 1
    series = np.linspace(-1, 1, _PROBE_STEPS * inputs).reshape(_PROBE_STEPS, inputs)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of liquids that so few steps leave silent
            estimator_of(task, None, seed).fit(series)
    except SpecError as error:
        return [f"reservoir: {fault}" for fault in error.faults]
    return []
