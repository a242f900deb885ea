"""A trial of a reservoir, which is drawn for it."""

import json
from functools import lru_cache
from typing import Any

from xbarsim.scenario.build import ages_of, hardware_of
from xbarsim.scenario.estimators import estimator_of, seed_of
from xbarsim.scenario.reservoirs import ReservoirTaskSpec
from xbarsim.scenario.schema import Scenario
from xbarsim.streams import Streams
from xbarsim.study.counts import faulty, written
from xbarsim.tasks.problems import Problem, problem_of
from xbarsim.tasks.reservoir import reservoir_rows


def run_reservoir(
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
    counted = written(total) | faulty(total)
    return [{"task": task.name, **row, **counted} for row in rows]


@lru_cache(maxsize=8)
def _problem(described: str, seed: int, energy_inputs: int) -> Problem:
    """What reservoirs learn from data, as JSON: the same in every trial, at every point."""
    data = json.loads(described)
    streams = Streams(seed) / "reservoir" / data["source"]
    return problem_of(streams=streams, energy_inputs=energy_inputs, **data)
