"""What a scenario may say of the published systems, and what is refused of them."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from xbarsim.errors import SpecError
from xbarsim.scenario.base import Part
from xbarsim.scenario.quantities import Name
from xbarsim.systems import SYSTEMS, settings_of


class SystemTaskSpec(Part):
    """A published system on the arrays of the scenario; its metrics are its own.

    Keys of `settings` are those of the system's ``Settings``, see `xbarsim.systems`.
    """

    name: Name
    kind: Literal["system"]
    system: Literal[SYSTEMS]  # type: ignore[valid-type]
    settings: dict[str, Any] = Field(
        default={}, description="what differs from the published system"
    )


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
