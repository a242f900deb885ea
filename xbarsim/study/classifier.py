"""A trial of a classifier: a trained network on fresh chips, read at every age."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from xbarsim.diagnosis import Chip, loss_shares
from xbarsim.energy import EnergyReport, estimate
from xbarsim.energy.ledger import ChipReport
from xbarsim.energy.pulses import PRESETS
from xbarsim.hardware import Hardware
from xbarsim.mapping import map_network
from xbarsim.network import Network
from xbarsim.scenario.build import ages_of, hardware_of
from xbarsim.scenario.chips import ChipSpec, machine_of
from xbarsim.scenario.schema import ClassifierSpec, Scenario
from xbarsim.streams import Streams
from xbarsim.study.counts import faulty, written
from xbarsim.tasks import Prepared, accuracy, in_pieces


def run_classifier(
    scenario: Scenario, task: ClassifierSpec, file: str, streams: Streams
) -> list[dict[str, Any]]:
    """Rows of a task whose prepared network and data stand in `file`, one for each age."""
    prepared, software = _load(file)
    hardware = hardware_of(scenario)
    network = programmed(prepared, hardware, streams)
    counted = written(network.ledger) | faulty(network.ledger)
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
        rows.append(row | counted | energy | _chip(scenario, report))
    return rows


def programmed(prepared: Prepared, hardware: Hardware, streams: Streams) -> Network:
    """A network on fresh chips, as old as the device's first age."""
    network = Network(map_network(prepared.graph, hardware), streams)
    network.program()
    return network


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


@lru_cache(maxsize=8)
def _load(file: str) -> tuple[Prepared, float]:
    prepared = Prepared.load(Path(file))
    return prepared, prepared.software_accuracy
