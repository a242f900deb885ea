"""One trial: fresh chips for every task of a point, read at every age."""

import json
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from xbarsim.device import programmed
from xbarsim.diagnosis import Chip, loss_shares
from xbarsim.effects import CellEffects, Effects
from xbarsim.energy import EnergyReport, estimate
from xbarsim.energy.ledger import ChipReport
from xbarsim.energy.pulses import PRESETS
from xbarsim.mapping import map_network
from xbarsim.network import Network
from xbarsim.scenario import hardware_of
from xbarsim.scenario.build import ages_of, law_of, wires_of
from xbarsim.scenario.chips import ChipSpec, machine_of
from xbarsim.scenario.disturbs import crosstalk_of, law_device_of, levels_of
from xbarsim.scenario.estimators import estimator_of, seed_of
from xbarsim.scenario.reservoirs import ReservoirTaskSpec
from xbarsim.scenario.schema import ArrayTaskSpec, ClassifierSpec, DisturbSpec, Scenario
from xbarsim.scenario.systems import SystemTaskSpec, pulses_of
from xbarsim.streams import Streams
from xbarsim.systems import device_of, settings_of, system_of
from xbarsim.tasks import Prepared, accuracy, in_pieces
from xbarsim.tasks.array import array_metrics
from xbarsim.tasks.disturb import disturb_metrics
from xbarsim.tasks.problems import Problem, problem_of
from xbarsim.tasks.reservoir import reservoir_rows


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a worker needs to run a trial anywhere.

    Parameters
    ----------
    key : hash of all that decides the result.
    scenario : the point, as plain data.
    stream : names that lead from the seed to this trial's streams.
    tasks : for each task the file of its prepared network and data.
    """

    key: str
    scenario: dict[str, Any]
    stream: tuple[str | int, ...]
    tasks: dict[str, str]


def run_trial(trial: Trial) -> list[dict[str, Any]]:
    """Rows of metrics, one for each task and age: task, age, ``accuracy*``, ``energy.*``, ..."""
    scenario = Scenario.model_validate(trial.scenario)
    streams = Streams(scenario.seed, trial.stream)
    rows = []
    for task in scenario.tasks:
        own = streams / task.name
        if isinstance(task, ArrayTaskSpec):
            rows += _run_array(scenario, task, own)
        elif isinstance(task, DisturbSpec):
            rows += _run_disturb(scenario, task, own)
        elif isinstance(task, ReservoirTaskSpec):
            rows += _run_reservoir(scenario, task, streams)
        elif isinstance(task, SystemTaskSpec):
            rows += _run_system(scenario, task, streams)
        else:
            rows += _run_task(scenario, task, trial.tasks[task.name], own)
    return rows


def _run_task(
    scenario: Scenario, task: ClassifierSpec, file: str, streams: Streams
) -> list[dict[str, Any]]:
    prepared, software = _load(file)
    hardware = hardware_of(scenario)
    network = Network(map_network(prepared.graph, hardware), streams)
    network.program()
    written = _written(network.ledger) | _faulty(network.ledger)
    network.calibrate(prepared.x_calibrate)
    rows = []
    for age in ages_of(scenario, hardware.device):
        network.age(age)
        row: dict[str, Any] = {"task": task.name, "age": age}
        reads = network.reads
        row["accuracy"] = accuracy(in_pieces(network), prepared.x_test, prepared.y_test)
        row["accuracy.software"] = software
        if task.specification is not None:
            row["accuracy.meets"] = float(row["accuracy"] >= task.specification)
        row |= _losses(task, prepared, network, streams, reads)
        row["n_test"] = len(prepared.y_test)
        few, mode = prepared.x_test[: scenario.energy.inputs], scenario.energy.mode
        report = estimate(network, few, mode=mode)
        energy = {f"energy.{k}": v for k, v in report.totals().items()}
        rows.append(row | written | energy | _chip(scenario, report))
    return rows


def _chip(scenario: Scenario, report: EnergyReport) -> dict[str, Any]:
    """Figures of the whole chip, energy and area by component, where the scenario asks; warnings.

    ``warnings`` are for all of the study, see `xbarsim.study.collect`.
    """
    if scenario.energy.chip is None:
        return {}
    chip = report.chip(machine_of(scenario.energy.chip))
    parts, spread = chip.by("component"), chip.uncertainty()
    found: dict[str, Any] = {f"chip.{name}": value for name, value in chip.summary.items()}
    found["warnings"] = list(chip.warnings)
    found |= {f"chip.energy_{q.lower()}": float(spread.quantiles[q]) for q in ("P10", "P90")}
    for column in ("energy", "area", "leakage"):
        found |= {f"chip.{column}.{name}": float(v) for name, v in parts[column].items() if v}
    for end in ("low", "high"):
        found |= {f"chip.{end}.{name}": float(v) for name, v in spread.tornado[end].items()}
    found |= {f"chip.layer_energy.{k}": v for k, v in _by_layer(chip).items()}
    if chip.stages is not None:
        times = chip.stages.groupby("layer", sort=False)["time"].sum()
        found |= {f"chip.layer_time.{k}": float(v) for k, v in times.items()}
    return found | _kept(scenario.energy.chip, chip)


def _by_layer(chip: ChipReport) -> dict[str, float]:
    """Energy of each layer; what is no layer's is the chip's own."""
    energies = chip.by("layer")["energy"]
    return {str(name) or "(chip)": float(v) for name, v in energies.items()}


def _kept(asked: ChipSpec, chip: ChipReport) -> dict[str, float]:
    """What programming and refresh cost, where the scenario says how cells are written."""
    if asked.writing is None:
        return {}
    kept = chip.keeping(asked.tolerance, PRESETS[asked.writing])
    found = {
        "chip.write_energy": kept.write.energy,
        "chip.write_time": kept.write.time,
        "chip.refresh_interval": kept.refresh.interval,
        "chip.upkeep_energy": kept.upkeep.energy,
    }
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _losses(
    task: ClassifierSpec, prepared: Prepared, network: Network, streams: Streams, reads: list[int]
) -> dict[str, float]:
    """What each effect costs of the accuracy, where the task asks; they add up to the loss."""
    if not task.diagnosis:
        return {}
    chip = Chip(
        model=prepared.graph,
        hardware=network.placement.hardware,
        streams=streams,
        score=lambda run: accuracy(in_pieces(run), prepared.x_test, prepared.y_test),
        x_calibrate=prepared.x_calibrate,
        age=network.t,
        reads=reads,
    )
    return {f"loss.{name}": cost for name, cost in loss_shares(chip, task.diagnosis).items()}


def _faulty(total: Counter[str]) -> dict[str, float]:
    """Shares of cells that are stuck, and that have failed, where there can be such."""
    return {
        f"cells.{what}": total[f"cells_{what}"] / total["cells_programmed"]
        for what in ("stuck", "failed")
        if f"cells_{what}" in total
    }


def _written(total: Counter[str]) -> dict[str, float]:
    """What programming all cells cost, where their devices say so."""
    if "write_pulses" not in total:
        return {}
    cells = total["cells_programmed"]
    return {
        "write.energy": total["write_energy"],
        "write.pulses": total["write_pulses"] / cells,
        "write.unverified": total["cells_unverified"] / cells,
    }


def _run_array(scenario: Scenario, task: ArrayTaskSpec, streams: Streams) -> list[dict[str, Any]]:
    """A passive array of cells that are on or off with equal chance."""
    hardware = hardware_of(scenario)
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
    faulty = {name.replace("_", "."): n / on.size for name, n in effects.counts().items()}
    return [
        {"task": task.name, "age": age}
        | faulty
        | array_metrics(
            effects.at_age(hardware.device, written, age, z),
            window,
            hardware.wires,
            scheme=task.scheme,
            v_write=task.v_write,
            t_write=task.t_write,
            v_read=hardware.v_read,
            law=law_of(task, scenario.temperature),
        )
        for age in ages_of(scenario, hardware.device)
    ]


def _run_disturb(scenario: Scenario, task: DisturbSpec, streams: Streams) -> list[dict[str, Any]]:
    """An array of a switching law in which one cell is written."""
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


def _run_reservoir(
    scenario: Scenario, task: ReservoirTaskSpec, streams: Streams
) -> list[dict[str, Any]]:
    """A reservoir that is drawn for this trial, on a fresh chip and in software.

    Tasks that say the same of it have the same one.
    """
    hardware = None if task.stands_alone else hardware_of(scenario)
    described = task.data.model_dump_json()
    problem = _problem(described, scenario.seed, scenario.energy.inputs)
    seed = seed_of(streams)
    chip = estimator_of(scenario, task, hardware, seed)
    software = None if hardware is None else estimator_of(scenario, task, None, seed)
    ages = [0.0] if hardware is None else ages_of(scenario, hardware.device)
    rows = reservoir_rows(chip, software, problem, ages, retrain=task.retrain)
    total = chip.ledger
    written = _written(total) | _faulty(total)
    return [{"task": task.name, **row, **written} for row in rows]


def _run_system(scenario: Scenario, task: SystemTaskSpec, streams: Streams) -> list[dict[str, Any]]:
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


@lru_cache(maxsize=8)
def _problem(described: str, seed: int, energy_inputs: int) -> Problem:
    """What reservoirs learn from data, as JSON: the same in every trial, at every point."""
    data = json.loads(described)
    streams = Streams(seed) / "reservoir" / data["source"]
    return problem_of(streams=streams, energy_inputs=energy_inputs, **data)


@lru_cache(maxsize=8)
def _load(file: str) -> tuple[Prepared, float]:
    prepared = Prepared.load(Path(file))
    return prepared, prepared.software_accuracy
