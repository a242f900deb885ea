"""Trials of single arrays: passive ones, and those in which one cell is written."""

from collections.abc import Callable
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import programmed
from xbarsim.effects import CellEffects, Effects
from xbarsim.hardware import Hardware
from xbarsim.scenario.build import ages_of, hardware_of, law_of, wires_of
from xbarsim.scenario.disturbs import crosstalk_of, law_device_of, levels_of
from xbarsim.scenario.schema import ArrayTaskSpec, DisturbSpec, Scenario
from xbarsim.streams import Streams


def run_array(scenario: Scenario, task: ArrayTaskSpec, streams: Streams) -> list[dict[str, Any]]:
    """A passive array of cells that are on or off with equal chance."""
    from xbarsim.tasks.array import array_metrics

    hardware = hardware_of(scenario)
    at_age, faulty = cells_of(hardware, streams)
    return [
        {"task": task.name, "age": age}
        | faulty
        | array_metrics(
            at_age(age),
            hardware.device.window,
            hardware.wires,
            scheme=task.scheme,
            v_write=task.v_write,
            t_write=task.t_write,
            v_read=hardware.v_read,
            law=law_of(task, scenario.temperature),
        )
        for age in ages_of(scenario, hardware.device)
    ]


def cells_of(
    hardware: Hardware, streams: Streams
) -> tuple[Callable[[float], Array], dict[str, float]]:
    """Conductances of the cells of a passive array at an age, and shares of faulty ones."""
    shape, window = (hardware.rows, hardware.cols), hardware.device.window
    on = (streams / "data").rng().random(shape) < 0.5
    effects = CellEffects(
        hardware.effects or Effects(), np.ones(shape, bool), window, streams, hardware.surroundings
    )
    targets = effects.targets(np.where(on, window[1], window[0]))
    z_write, z_device = ((streams / name).normal(shape) for name in ("programming", "device"))
    written = programmed(hardware.device, targets, z_write, z_device, hardware.wires)
    written = effects.programmed(written, 1)
    z = (streams / "ageing").normal(shape)

    def at_age(age: float) -> Array:
        return effects.at_age(hardware.device, written, age, z)

    return at_age, {name.replace("_", "."): n / on.size for name, n in effects.counts().items()}


def run_disturb(scenario: Scenario, task: DisturbSpec, streams: Streams) -> list[dict[str, Any]]:
    """An array of a switching law in which one cell is written."""
    from xbarsim.tasks.disturb import disturb_metrics

    array, law = scenario.array, law_device_of(scenario)
    found = disturb_metrics(
        law,
        (streams / "data").rng().random((array.rows, array.cols)),
        wires_of(array),
        levels=levels_of(task),
        g_start=task.g_start,
        cell=(task.cell[0], task.cell[1]) if task.cell else None,
        scheme=task.scheme,
        v_write=task.v_write,
        width=task.width,
        edge=task.edge,
        pulses=task.pulses,
        window=task.window,
        v_read=array.v_read,
        epsilon=task.epsilon,
        crosstalk=crosstalk_of(task),
    )
    return [{"task": task.name, "age": 0.0} | found]
