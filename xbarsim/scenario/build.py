"""A checked scenario to the objects it describes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from xbarsim.crossbar import Wires
from xbarsim.device import StatisticalDevice, SwitchingLaw, load_device
from xbarsim.effects import Surroundings
from xbarsim.effects.thermal import ROOM
from xbarsim.encode import Encoding
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.periphery import Adc, Dac, Integrator, SampleHold
from xbarsim.scenario.arrays import ArraySpec
from xbarsim.scenario.cells import device_of
from xbarsim.scenario.effects import effects_of
from xbarsim.scenario.schema import ArrayTaskSpec, Scenario
from xbarsim.technology import Node, node
from xbarsim.units import show

if TYPE_CHECKING:
    from xbarsim.crossbar.laws import CellLaw

T = TypeVar("T")


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
        encoding=_encoding(array),
        scaling=array.scaling,
        bias_rows=array.bias_rows,
        faults=array.faults,
        dac=_dac(array),
        adc=_adc(array),
        integrator=_integrator(array),
        phase_sums=array.phase_sums,
        partial_sums=array.partial_sums,
        v_read=array.v_read,
        t_read=array.t_read,
        settling=array.settling,
        noise=array.noise,
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


def _under(path: str, make: Callable[[], T]) -> T:
    """What `make` gives; its faults begin with a key below `path`, and then with the whole path."""
    try:
        return make()
    except SpecError as error:
        raise SpecError([f"{path}.{fault}" for fault in error.faults]) from None


def _encoding(array: ArraySpec) -> str | Encoding:
    given = array.encoding
    if isinstance(given, str):
        return given
    return _under("array", lambda: Encoding(**given.model_dump()))


def _dac(array: ArraySpec) -> Dac | None:
    given = array.dac
    return None if given is None else _under("array", lambda: Dac(**given.model_dump()))


def _adc(array: ArraySpec) -> Adc | None:
    if array.adc is None:
        return None
    given = array.adc.model_dump()
    held = given.pop("hold")
    hold = None if held is None else _under("array.adc", lambda: SampleHold(**held))
    return _under("array", lambda: Adc(**given, hold=hold))


def _integrator(array: ArraySpec) -> Integrator | None:
    if array.integrator is None:
        return None
    given = array.integrator.model_dump(exclude_none=True)
    return _under("array", lambda: Integrator(**given))


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
