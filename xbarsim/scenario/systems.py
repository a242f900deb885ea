"""What a scenario may say of the published systems, and what is refused of them."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from xbarsim.errors import SpecError
from xbarsim.scenario.base import Part, Quantity
from xbarsim.scenario.quantities import Conductance, Name
from xbarsim.systems import SYSTEMS, settings_of, system_of

Share = Annotated[float, Field(ge=0, le=1)]


class CellsSpec(Part):
    """Cells that take whole pulses; `xbarsim.programming.LevelPulses` says how."""

    levels: Annotated[int, Field(ge=2, le=1_000_000)] = 64
    g_max: Conductance = 100e-6
    on_off: Annotated[float, Field(gt=1)] = 10.0
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


def check_systems(tasks: Iterable[Any]) -> None:
    """Refuse settings that a system does not take.

    Raises
    ------
    SpecError : each fault, under its path.
    """
    faults = []
    for k, task in enumerate(tasks):
        if isinstance(task, SystemTaskSpec):
            try:
                settings_of(task.system, task.settings)
            except SpecError as error:
                faults += [f"tasks.{k}.settings.{fault}" for fault in error.faults]
    if faults:
        raise SpecError(faults)
