"""Tasks that are about a switching law itself: what they take, and what is refused."""

from typing import TYPE_CHECKING

from xbarsim.device import SwitchingLaw, with_parameters
from xbarsim.errors import SpecError
from xbarsim.scenario.arrays import ArraySpec
from xbarsim.scenario.cells import bound_device
from xbarsim.scenario.effects import effects_of
from xbarsim.scenario.schema import DisturbSpec, Scenario
from xbarsim.units import show

if TYPE_CHECKING:
    from xbarsim.programming import Crosstalk


def disturbs_of(scenario: Scenario) -> list[DisturbSpec]:
    """The tasks that are about a switching law itself, however its cells are written."""
    return [task for task in scenario.tasks if isinstance(task, DisturbSpec)]


def has_arrays(scenario: Scenario) -> bool:
    """Whether any task is about arrays that hold what they were written to."""
    return any(
        not (isinstance(task, DisturbSpec) or getattr(task, "stands_alone", False))
        for task in scenario.tasks
    )


def without_effect(scenario: Scenario) -> list[str]:
    """What is given about cells that are written, which disturb tasks do not look at."""
    effects, device = effects_of(scenario.effects), scenario.device
    unused = device.corner is None and device.library is None
    given = {
        "device.write": device.write is not None,
        "device.library": device.library is not None,
        "device.spread": device.spread is not None and unused,
        "effects": effects is not None and bool(effects.on),
    }
    return [key for key, told in given.items() if told]


def law_device_of(scenario: Scenario) -> SwitchingLaw:
    """The switching law of a scenario whose tasks are about one.

    Raises
    ------
    SpecError : the sheet is of another kind, or the law moves without voltage.
    """
    device = bound_device(scenario.device)
    name = disturbs_of(scenario)[0].name
    if not isinstance(device, SwitchingLaw) or device.volatile:
        what = "forgets without voltage" if isinstance(device, SwitchingLaw) else "is none"
        raise SpecError(
            f"device.sheet: tasks.{name} takes a switching law that keeps its state; "
            f"'{scenario.device.sheet}' {what}"
        )
    if scenario.temperature is None:
        return device
    return with_parameters(device, {"ambient": scenario.temperature})


def crosstalk_of(task: DisturbSpec) -> "Crosstalk | None":
    """Heat between the cells of a disturb task."""
    from xbarsim.programming import Crosstalk

    return None if task.heat is None else Crosstalk(**task.heat.model_dump())


def levels_of(task: DisturbSpec) -> tuple[float, float] | None:
    """Lowest and highest conductance that cells hold, S; None is all that the law reaches."""
    if task.level is not None:
        return task.level, task.level
    return (task.levels[0], task.levels[1]) if task.levels else None


def check_disturbs(scenario: Scenario) -> None:
    """Refuse disturb tasks that cannot run; whatever does not need a solved circuit.

    Raises
    ------
    SpecError : each fault, under its path.
    """
    tasks = disturbs_of(scenario)
    if not tasks:
        return
    law, array, faults = law_device_of(scenario), scenario.array, []
    if not has_arrays(scenario):
        if scenario.ages is not None:
            faults.append("ages: disturb tasks are about one write; leave the key out")
        faults += [
            f"{key}: disturb tasks are about a law as it is; leave the key out"
            for key in without_effect(scenario)
        ]
    if array.rows < 2 or array.cols < 2:
        faults.append(f"array.{'rows' if array.rows < 2 else 'cols'}: a disturb takes at least 2")
    low, high = law.valid
    if not low <= array.v_read <= high:
        faults.append(
            f"array.v_read: {show(array.v_read, 'volt')}; {type(law).__name__} holds from "
            f"{show(low, 'volt')} to {show(high, 'volt')}"
        )
    for k, task in enumerate(scenario.tasks):
        if isinstance(task, DisturbSpec) and not faults:
            faults += _disturb_faults(f"tasks.{k}", task, law, array)
    if faults:
        raise SpecError(faults)


def _disturb_faults(path: str, task: DisturbSpec, law: SwitchingLaw, array: ArraySpec) -> list[str]:
    from xbarsim.programming.levels import reach

    (least, most), faults = law.valid, []
    if not least <= task.v_write <= most:
        faults.append(
            f"{path}.v_write: {show(task.v_write, 'volt')}; {type(law).__name__} holds from "
            f"{show(least, 'volt')} to {show(most, 'volt')}"
        )
    if task.cell and not (task.cell[0] < array.rows and task.cell[1] < array.cols):
        faults.append(f"{path}.cell: {task.cell} is not in {array.rows} x {array.cols} cells")
    if crosstalk := crosstalk_of(task):
        try:
            crosstalk.check(law)
        except SpecError as error:
            faults += [f"{path}.heat.{fault}" for fault in error.faults]
    try:
        low, high = reach(law, array.v_read)
    except SpecError as error:
        return [*faults, *(f"device.sheet: {fault}" for fault in error.faults)]
    given = {"level": task.level, "g_start": task.g_start}
    given |= {f"levels.{k}": g for k, g in enumerate(task.levels or [])}
    faults += [
        f"{path}.{key}: {show(g, 'siemens')}; {type(law).__name__} reaches "
        f"{show(low, 'siemens')} to {show(high, 'siemens')} at {show(array.v_read, 'volt')}"
        for key, g in given.items()
        if g is not None and not low <= g <= high
    ]
    if task.levels and task.level is not None:
        faults.append(f"{path}.level: stands beside levels; give one of them")
    if task.levels and task.levels[0] > task.levels[1]:
        faults.append(f"{path}.levels: the lower comes first")
    return faults
