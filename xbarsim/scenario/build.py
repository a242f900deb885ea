"""A checked scenario to the objects it describes."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from xbarsim.crossbar import Wires
from xbarsim.device import StatisticalDevice, SwitchingLaw, load_device
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.periphery import Adc, Dac
from xbarsim.scenario.schema import ArraySpec, ArrayTaskSpec, DeviceSpec, Scenario, WriteSpec
from xbarsim.technology import Node, node
from xbarsim.units import show

if TYPE_CHECKING:
    from xbarsim.crossbar.laws import CellLaw


def device_of(scenario: Scenario) -> StatisticalDevice:
    """The cells that a scenario describes, see `cells_of`."""
    return cells_of(scenario.device, scenario.array.v_read)


def cells_of(spec: DeviceSpec, v_read: float) -> StatisticalDevice:
    """A statistical device, or a switching law that is written and read at `v_read` (V).

    Raises
    ------
    SpecError : a law without ``write``, or ``write`` for what is no law; what cannot be written.
    """
    device = load_device(spec.sheet, **spec.overrides)
    if isinstance(device, StatisticalDevice):
        if spec.write is not None:
            raise SpecError(
                f"device.write: {spec.sheet} already says how its cells come out; only switching "
                "laws are written"
            )
        return device
    if not isinstance(device, SwitchingLaw):
        what = "pulses" if hasattr(device, "pulse") else "steps"
        raise SpecError(
            f"device.sheet: '{spec.sheet}' answers to single {what}; arrays take a statistical "
            "device or a switching law"
        )
    if spec.write is None:
        raise SpecError(
            f"device.sheet: '{spec.sheet}' is a switching law; arrays of it need device.write, how "
            "its cells are written"
        )
    full = [spec.overrides, spec.write.model_dump(), vars(device)]  # a file may have changed
    settings = json.dumps(full, sort_keys=True)
    return _written(spec.sheet, settings, v_read)


@lru_cache(maxsize=16)
def _written(sheet: str, settings: str, v_read: float) -> StatisticalDevice:
    """Cells of a law that are written; characterising it takes seconds, so this is kept."""
    from xbarsim.programming import WriteVerify, WrittenDevice, programming_transfer

    overrides, plain, _ = json.loads(settings)
    write = WriteSpec.model_validate(plain)
    levels = {}
    for name in ("positive", "negative"):
        weakest, strongest = getattr(write, name)
        if not weakest < strongest:
            raise SpecError(
                f"device.write.{name}: {show(weakest, 'volt')} and {show(strongest, 'volt')}; the "
                "weakest pulse comes first"
            )
        levels[name] = np.linspace(weakest, strongest, write.steps)
    pulses = np.concatenate([-levels["negative"][::-1], levels["positive"]])
    try:
        return WrittenDevice(
            transfer=programming_transfer(
                load_device(sheet, **overrides), pulses, write.width, v_read
            ),
            scheme=WriteVerify(
                window=write.window,
                read_noise=write.read_noise,
                pulses=write.pulses,
                read_time=write.t_read,
                passes=write.passes,
            ),
            g_min=write.g_min,
            g_max=write.g_max,
        )
    except SpecError as error:
        raise SpecError([f"device.write: {fault}" for fault in error.faults]) from None


def hardware_of(scenario: Scenario) -> Hardware:
    """The hardware that a scenario (at one point of its sweep) describes.

    Raises
    ------
    SpecError : a value that no single key can be blamed for; the message begins with its path.
    """
    array = scenario.array
    return Hardware(
        device=device_of(scenario),
        wires=_wires(array),
        rows=array.rows,
        cols=array.cols,
        encoding=array.encoding,
        dac=None if array.dac is None else Dac(**array.dac.model_dump()),
        adc=None if array.adc is None else Adc(**array.adc.model_dump()),
        v_read=array.v_read,
        t_read=array.t_read,
        compensation=array.compensation,
        node=_node(array),
    )


def _node(array: ArraySpec) -> Node:
    try:
        return node(array.technology_node)
    except SpecError as error:
        raise SpecError(f"array.technology_node: {error}") from None


def _wires(array: ArraySpec) -> Wires | None:
    if array.wires is None:
        return None
    if array.wires == "node":
        r_word, r_bit = _node(array).r_segment
        return Wires(r_word=r_word, r_bit=r_bit)
    return Wires(**array.wires.model_dump())


def law_of(task: ArrayTaskSpec) -> "CellLaw | None":
    """The law of the cells that an array task is about; None for ohmic ones."""
    from xbarsim.crossbar.laws import DiodeCell, SinhCell, ThresholdSelector

    if task.law is None:
        return None
    kinds = {"sinh": SinhCell, "selector": ThresholdSelector, "diode": DiodeCell}
    found: CellLaw = kinds[task.law.kind](**task.law.model_dump(exclude={"kind"}))
    return found


def ages_of(scenario: Scenario, device: StatisticalDevice) -> list[float]:
    """Ages that each trial is read at, s."""
    return list(scenario.ages) if scenario.ages is not None else [device.ages[0]]


def check_ages(scenario: Scenario, device: StatisticalDevice) -> None:
    """Refuse ages that the device says nothing of.

    Raises
    ------
    SpecError : names each such age.
    """
    first = device.ages[0]
    faults = [
        f"ages.{k}: {show(age, 'second')} precedes the first age that {scenario.device.sheet} "
        f"describes, {show(first, 'second')}"
        for k, age in enumerate(scenario.ages or [])
        if age < first
    ]
    ages = scenario.ages or []
    faults += [
        f"ages.{k}: {show(age, 'second')} stands twice"
        for k, age in enumerate(ages)
        if age in ages[:k]
    ]
    if scenario.ages == []:
        faults.append("ages: an empty list; give at least one age, or leave the key out")
    if faults:
        raise SpecError(faults)


def warnings_of(scenario: Scenario) -> list[str]:
    """What a reader of the results should know before trusting them."""
    device = device_of(scenario)
    last = device.ages[1]
    beyond = [show(a, "second") for a in ages_of(scenario, device) if a > last]
    if not beyond:
        return []
    return [
        f"{scenario.device.sheet} was measured up to {show(last, 'second')}; "
        f"{', '.join(beyond)} extrapolate"
    ]
