"""What a scenario may say of the published systems, and what is refused of them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.programming import LevelPulses, PulsedDevice, StepPulses
from xbarsim.scenario.base import Part, Quantity
from xbarsim.scenario.quantities import Conductance, Name
from xbarsim.systems import SYSTEMS, settings_of, system_of

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
        default=None, description="that take pulses; null: ideal ones, of any weight"
    )

    @property
    def stands_alone(self) -> bool:
        """Whether it stands on no array of the scenario."""
        return system_of(self.system).STANDS_ON == "pulses"


def pulses_of(task: SystemTaskSpec) -> PulsedDevice | None:
    """What the cells of a system are; None for ideal ones.

    Raises
    ------
    SpecError : a sheet that has no response to pulses, numbers that cannot be.
    """
    if task.cells is None:
        return None
    given = task.cells.model_dump(exclude={"kind"})
    if isinstance(task.cells, LevelCellsSpec):
        return LevelPulses(**given)
    return StepPulses(law=load_device(given.pop("sheet")), **given)


def check_systems(scenario: Any) -> None:
    """Refuse settings that a system does not take, and what nothing in the scenario looks at.

    Raises
    ------
    SpecError : each fault, under its path.
    """
    faults = []
    for k, task in enumerate(scenario.tasks):
        if isinstance(task, SystemTaskSpec):
            try:
                settings_of(task.system, task.settings)
            except SpecError as error:
                faults += [f"tasks.{k}.settings.{fault}" for fault in error.faults]
            if task.cells is not None and system_of(task.system).STANDS_ON == "hardware":
                faults.append(
                    f"tasks.{k}.cells: {task.system} learns by no pulses and stands on the "
                    "scenario's device and array; leave the key out"
                )
                continue
            try:
                pulses_of(task)
            except SpecError as error:
                faults += [f"tasks.{k}.cells.{fault}" for fault in error.faults]
    faults += _unused(scenario)
    if faults:
        raise SpecError(faults)


def _unused(scenario: Any) -> list[str]:
    """What is given about arrays where all tasks are systems on cells of their own."""
    if not all(isinstance(task, SystemTaskSpec) and task.stands_alone for task in scenario.tasks):
        return []
    array = None if scenario.array == type(scenario.array)() else scenario.array
    given = {"ages": scenario.ages, "effects": scenario.effects, "array": array}
    return [
        f"{key}: systems that learn by pulses stand on cells of their own, in no array, and cells "
        "under pulses hold; leave the key out"
        for key, value in given.items()
        if value is not None
    ]
