"""What a scenario may say of the published systems, and what is refused of them."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from xbarsim.device import SteppingCells, load_device
from xbarsim.errors import SpecError
from xbarsim.scenario.base import Part, Quantity
from xbarsim.scenario.quantities import Conductance, Name
from xbarsim.systems import SYSTEMS, settings_of, system_of

if TYPE_CHECKING:
    from xbarsim.programming import PulsedDevice
    from xbarsim.scenario.schema import Scenario

Share = Annotated[float, Field(ge=0, le=1)]


class LevelCellsSpec(Part):
    """Cells that take whole pulses; `xbarsim.programming.LevelPulses` says how."""

    kind: Literal["levels"]
    levels: Annotated[int, Field(ge=2, le=100_000)] = 64
    g_max: Conductance = 100e-6
    on_off: Annotated[float, Field(gt=1, allow_inf_nan=False)] = Field(
        default=10.0, description="a large number for cells that can be shut"
    )
    noise: Annotated[float, Field(ge=0)] = Field(
        default=0.0, description="of a step over the step, from pulse to pulse"
    )
    spread: Annotated[float, Field(ge=0)] = Field(
        default=0.0, description="of the size of steps over it, from cell to cell"
    )
    window_spread: Annotated[float, Field(ge=0)] = Field(
        default=0.0, description="of the logarithm of both ends of the window, from cell to cell"
    )
    stuck_low: Share = 0.0
    stuck_high: Share = 0.0
    energy: Annotated[float, Quantity("joule", 0.0, 1.0)] | None = Field(
        default=None, description="of a pulse"
    )


class StepCellsSpec(Part):
    """Cells whose step is published; `xbarsim.programming.StepPulses` says how."""

    kind: Literal["steps"]
    sheet: str = Field(description="of a law of steps, such as tang_2018 and kim_2019")
    g_min: Conductance
    g_max: Conductance
    energy: Annotated[float, Quantity("joule", 0.0, 1.0)] | None = Field(
        default=None, description="of a pulse"
    )


CellsSpec = Annotated[LevelCellsSpec | StepCellsSpec, Field(discriminator="kind")]


class SystemTaskSpec(Part):
    """A published system on devices; its metrics are its own.

    Keys of `settings` are those of the system's ``Settings``, see `xbarsim.systems`. Systems whose
    weights are programmed or formed stand on the scenario's arrays; those that learn by pulses, on
    `cells`.
    """

    name: Name
    kind: Literal["system"]
    system: Literal[SYSTEMS]  # type: ignore[valid-type]
    settings: dict[str, Any] = Field(
        default={}, description="what differs from the published system"
    )
    cells: CellsSpec | None = Field(
        default=None,
        description="that take pulses; null: ideal ones, or none where arrays alone will do",
    )

    @property
    def stands_alone(self) -> bool:
        """Whether it stands on no array of the scenario."""
        return system_of(self.system).STANDS_ON == "pulses"


def pulses_of(task: SystemTaskSpec) -> "PulsedDevice | None":
    """What the cells of a system are; None for ideal ones.

    Raises
    ------
    SpecError : a sheet that has no response to pulses, numbers that cannot be.
    """
    from xbarsim.programming import LevelPulses, StepPulses

    if task.cells is None:
        return None
    given = task.cells.model_dump(exclude={"kind"})
    if isinstance(task.cells, LevelCellsSpec):
        return LevelPulses(**given)
    law = load_device(given.pop("sheet"))
    if not isinstance(law, SteppingCells):
        raise SpecError(
            f"sheet is {task.cells.sheet}, a {type(law).__name__}; it must say the step of a "
            "pulse, as tang_2018 and kim_2019 do"
        )
    return StepPulses(law=law, **given)


def check_systems(scenario: "Scenario") -> None:
    """Refuse settings that a system does not take, and what would be given in vain.

    Raises
    ------
    SpecError : each fault, under its path.
    """
    tasks = [(k, one) for k, one in enumerate(scenario.tasks) if isinstance(one, SystemTaskSpec)]
    faults = [f"tasks.{k}.{fault}" for k, task in tasks for fault in _faults(task)]
    if tasks and all(getattr(task, "stands_alone", False) for task in scenario.tasks):
        array = None if scenario.array == type(scenario.array)() else scenario.array
        given = {"ages": scenario.ages, "effects": scenario.effects, "array": array}
        faults += [
            f"{key}: cells of whole pulses stand in no array of the scenario; leave the key out: "
            "what such cells are, cells of the task says"
            for key, value in given.items()
            if value is not None
        ]
    if faults:
        raise SpecError(faults)


def _faults(task: SystemTaskSpec) -> list[str]:
    """What is wrong with a task, under its key."""
    system, faults, settings = system_of(task.system), [], None
    try:
        settings = settings_of(task.system, task.settings)
    except SpecError as error:
        faults += [f"settings.{fault}" for fault in error.faults]
    try:
        pulses_of(task)
    except SpecError as error:
        faults += [f"cells.{fault}" for fault in error.faults]
    if task.cells is not None and system.STANDS_ON == "hardware":
        faults.append(
            f"cells: {task.system} stands on the arrays of the scenario and takes no pulses; leave "
            "the key out"
        )
    told = settings is not None and task.cells is None and system.STANDS_ON == "both"
    if told and (needs := system.needs_pulses(settings)):  # type: ignore[attr-defined]
        faults.append(f"cells: none are given, and {needs}")
    return faults
