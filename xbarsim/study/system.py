"""A trial of a published system."""

from typing import Any

from xbarsim.scenario.build import ages_of, hardware_of
from xbarsim.scenario.schema import Scenario
from xbarsim.scenario.systems import SystemTaskSpec, pulses_of
from xbarsim.streams import Streams
from xbarsim.systems import device_of, settings_of, system_of


def run_system(scenario: Scenario, task: SystemTaskSpec, streams: Streams) -> list[dict[str, Any]]:
    """A published system; tasks that name the same one have the same chips."""
    system, settings = system_of(task.system), settings_of(task.system, task.settings)
    hardware = None if task.stands_alone else hardware_of(scenario)
    ages = [] if hardware is None else ages_of(scenario, hardware.device)
    device = device_of(system, hardware, pulses_of(task))
    rows = system.run(settings, device, streams / task.system, ages)
    return [
        {"task": task.name, "age": row.get("age", 0.0)}
        | {f"system.{key}": value for key, value in row.items() if key != "age"}
        for row in rows
    ]
