"""A checked scenario to the objects it describes."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.crossbar import Wires
from xbarsim.device import (
    StatisticalDevice,
    SwitchingLaw,
    at_corner,
    load_device,
    load_sheet,
    spreads_of,
)
from xbarsim.effects import Effects, Surroundings, device_age
from xbarsim.effects.thermal import ROOM
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.periphery import Adc, Dac
from xbarsim.scenario.disturbs import has_arrays
from xbarsim.scenario.effects import effects_of
from xbarsim.scenario.schema import ArraySpec, ArrayTaskSpec, DeviceSpec, Scenario
from xbarsim.technology import Node, node
from xbarsim.units import show

if TYPE_CHECKING:
    from xbarsim.crossbar.laws import CellLaw


_ALIKE = 1.0  # K, by which no publication means another temperature


def device_of(scenario: Scenario) -> StatisticalDevice:
    """The cells that a scenario describes, see `cells_of`."""
    return cells_of(scenario.device, scenario.array.v_read, scenario.temperature)


def bound_device(spec: DeviceSpec) -> Any:
    """The device of a sheet with its overrides, at its process corner.

    Raises
    ------
    SpecError : a spread of unknown parameters, or a corner of a device of which nothing says what
        is fast.
    """
    device = load_device(spec.sheet, **spec.overrides)
    if spec.spread is None and spec.library is None and not spec.sigmas:
        return device
    spreads = spreads_of(spec.sheet, device, spec.chosen_spread)
    try:
        return at_corner(device, spreads, spec.sigmas)
    except SpecError as error:
        raise SpecError([f"device.corner: {fault}" for fault in error.faults]) from None


def cells_of(
    spec: DeviceSpec, v_read: float, temperature: float | None = None
) -> StatisticalDevice:
    """A statistical device, or a switching law that is written and read at `v_read` (V).

    Parameters
    ----------
    temperature : of the surroundings in which laws are written and read, K; None for their own.

    Raises
    ------
    SpecError : a law without ``write``, or ``write`` for what is no law; what cannot be written.
    """
    device = bound_device(spec)
    _check_spread(spec, device)
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
    if spec.library is not None:
        raise SpecError(
            f"device.library is {spec.library}; cells of one array that follow parameter sets of "
            "their own cannot be written yet"
        )
    held = json.dumps(vars(device), default=str)  # a file may have changed
    return _written(spec.model_dump_json(), held, v_read, temperature)


def _check_spread(spec: DeviceSpec, device: Any) -> None:
    """Refuse a library of what has no parameters to sample, and a spread that nothing uses."""
    statistical = isinstance(device, StatisticalDevice)
    if statistical and spec.library is not None:
        raise SpecError(
            f"device.library: {spec.sheet} says itself how its cells come out; what differs "
            "between them on top of that stands in effects.spread"
        )
    if spec.library and not spreads_of(spec.sheet, device, spec.chosen_spread):
        raise SpecError(
            f"device.library: nothing says how devices of {spec.sheet} differ; give device.spread"
        )
    if spec.spread is not None and spec.library is None and spec.corner is None:
        use = "device.corner" if statistical else "device.corner or device.library"
        raise SpecError(f"device.spread: nothing uses it; give {use} too")


@lru_cache(maxsize=16)
def _written(
    settings: str, held: str, v_read: float, temperature: float | None
) -> StatisticalDevice:
    """Cells of a law that are written; characterising it takes seconds, so this is kept."""
    from xbarsim.programming import WriteVerify, WrittenDevice, programming_transfer

    spec = DeviceSpec.model_validate_json(settings)
    write = spec.write
    assert write is not None
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
                bound_device(spec), pulses, write.width, v_read, temperature=temperature
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
        wires=wires_of(array),
        rows=array.rows,
        cols=array.cols,
        encoding=array.encoding,
        dac=None if array.dac is None else Dac(**array.dac.model_dump()),
        adc=None if array.adc is None else Adc(**array.adc.model_dump()),
        v_read=array.v_read,
        t_read=array.t_read,
        compensation=array.compensation,
        node=_node(array),
        effects=effects_of(scenario.effects),
        surroundings=surroundings_of(scenario),
    )


def surroundings_of(scenario: Scenario) -> Surroundings:
    """Temperature of the array, and of the device's data.

    Raises
    ------
    SpecError : a switching law, which takes the temperature itself, is given another dependence.
    """
    device = load_device(scenario.device.sheet, **scenario.device.overrides)
    given = scenario.effects is not None and scenario.effects.thermal_activation is not None
    if given and isinstance(device, SwitchingLaw):
        raise SpecError(
            f"effects.thermal_activation: {scenario.device.sheet} is a switching law, which takes "
            "the temperature itself"
        )
    own = float(getattr(device, "ambient", ROOM))
    return Surroundings(ambient=scenario.temperature or own, data=own)


def _node(array: ArraySpec) -> Node:
    try:
        return node(array.technology_node)
    except SpecError as error:
        raise SpecError(f"array.technology_node: {error}") from None


def wires_of(array: ArraySpec) -> Wires | None:
    """The wires of an array; None for ideal ones.

    Raises
    ------
    SpecError : a node that is not known.
    """
    if array.wires is None:
        return None
    if array.wires == "node":
        r_word, r_bit = _node(array).r_segment
        return Wires(r_word=r_word, r_bit=r_bit)
    return Wires(**array.wires.model_dump())


def law_of(task: ArrayTaskSpec, temperature: float | None = None) -> "CellLaw | None":
    """The law of the cells that an array task is about, None for ohmic ones.

    `temperature` (K) is that of the surroundings, for laws that give none of their own.
    """
    from xbarsim.crossbar.laws import DiodeCell, SinhCell, ThresholdSelector

    if task.law is None:
        return None
    kinds = {"sinh": SinhCell, "selector": ThresholdSelector, "diode": DiodeCell}
    given = task.law.model_dump(exclude={"kind"}, exclude_none=True)
    if task.law.kind == "diode" and temperature is not None:
        given = {"temperature": temperature} | given
    found: CellLaw = kinds[task.law.kind](**given)
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
    if not has_arrays(scenario):
        return []
    device = device_of(scenario)
    first, last = device.ages
    effects, at = effects_of(scenario.effects) or Effects(), surroundings_of(scenario)
    ages = ages_of(scenario, device)
    beyond = [show(a, "second") for a in ages if device_age(effects, at, a, first) > last]
    found = _temperature_warnings(scenario)
    if beyond:
        found.append(
            f"{scenario.device.sheet} was measured up to {show(last, 'second')}; "
            f"{', '.join(beyond)} extrapolate"
        )
    return found


def _temperature_warnings(scenario: Scenario) -> list[str]:
    """What stays as it is at another temperature, though the array is not."""
    ambient, sheet = scenario.temperature, scenario.device.sheet
    if ambient is None:
        return []
    device = load_device(sheet, **scenario.device.overrides)
    if isinstance(device, SwitchingLaw):
        own = float(device.ambient)
        if abs(ambient - own) < _ALIKE or _feels(device, sheet, ambient):
            return []
        what = "switching and conduction are"
    else:
        own = surroundings_of(scenario).data
        if abs(ambient - own) < _ALIKE:
            return []
        given = scenario.effects.thermal_activation if scenario.effects else None
        stays = ["programming error", "read noise"]
        stays += [n for n in ("conductance", "drift") if given is None or not getattr(given, n)]
        what = f"{', '.join(stays[:-1])} and {stays[-1]} are"
    return [f"{sheet} says nothing of {ambient:g} K: {what} those at {own:g} K"]


def _feels(law: SwitchingLaw, sheet: str, ambient: float) -> bool:
    """Whether rate or current of a law at its sheet's voltages differ from those of its ambient."""
    sweep = load_sheet(sheet).sweep
    v = np.array([0.5 * sweep.v_low, sweep.v_high]) if sweep else np.array([-1.0, 1.0])
    start = np.asarray(law.initial_state(), dtype=float).reshape(len(law.states), -1)[:, :1]
    low, high = (np.asarray(b, dtype=float)[:, :1] for b in law.bounds(np.zeros(1)))
    middle = np.where(np.isfinite(high - low), 0.5 * (low + high), start)
    state = np.broadcast_to(middle, (len(law.states), 2))
    at = [
        np.concatenate([law.rate(v, state, t), law.current(v, state, t)[None]])
        for t in (np.full(2, float(law.ambient)), np.full(2, ambient))
    ]
    return bool((at[0] != at[1]).any())
