"""The protocol: train, put on arrays, let age, tell letters."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from xbarsim.checks import check_age
from xbarsim.device import WrittenCells
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.streams import Streams
from xbarsim.systems.l2mu.network import Run, in_software
from xbarsim.systems.l2mu.on_tiles import STATE, Chip, calibrate, chip
from xbarsim.systems.l2mu.parameters import Parameters
from xbarsim.systems.l2mu.recordings import Asked
from xbarsim.systems.l2mu.settings import Settings
from xbarsim.systems.l2mu.state_space import discrete
from xbarsim.systems.l2mu.trained import trained

Rows = list[dict[str, float]]

_TYPICAL = 64  # recordings on which converters are ranged
_SOLVED = 8  # recordings whose energy is estimated


def run(settings: Settings, device: Any, streams: Streams, ages: Sequence[float] = ()) -> Rows:
    """How many letters of the test are told, in software and on a chip.

    Parameters
    ----------
    device : the arrays' hardware; None for software alone.
    streams : of the trial: the chip's, below ``chip``, and the network's unless settings say.
    ages : of the cells, s; none for cells at the device's first age, which stand as 0 s.

    Returns
    -------
    A row of `METRICS` for each age, under ``age``.

    Raises
    ------
    SpecError : settings or hardware that are none, hardware that cannot hold a matrix, an age that
        is none or that the device does not describe, an unknown letter, or no PyTorch where there
        is something to train.
    DataError : recordings, or the file with trained parameters, are missing or broken.
    """
    if not isinstance(settings, Settings):
        raise SpecError(f"settings is a {type(settings).__name__}; expected Settings")
    for age in ages:
        check_age(age)
    if device is not None and not isinstance(device, Hardware):
        raise SpecError(
            f"an L2MU runs on hardware (xbarsim.Hardware), not on {type(device).__name__}: no "
            "weight changes after training"
        )
    parameters, data = trained(settings, streams)
    ideal = in_software(parameters, *discrete(settings.order, settings.theta))
    told = ideal(data.test.x)
    software = _share(told, data.test)
    fixed = {"accuracy.software": software, "spikes.software": told.spikes / len(data.test.y)}
    if settings.validation is not None:
        fixed["accuracy.validation"] = _share(ideal(data.validation.x), data.validation)
    fixed["parameters"] = float(sum(np.size(w) for w in vars(parameters).values()))
    if device is None:
        own = {"accuracy": software, "spikes": fixed["spikes.software"]}
        return [{"age": float(age)} | own | fixed for age in ages or (0.0,)]
    made, error = _made(settings, parameters, device, streams / "chip")
    typical = data.train.x[:: -(-len(data.train.x) // _TYPICAL)]
    calibrate(made, typical, ideal(typical))
    fixed |= _written(made, device) | {"state.error": error}
    return [_row(made, data.test, fixed, age) for age in ages or (None,)]


def _made(
    settings: Settings, parameters: Parameters, hardware: Hardware, streams: Streams
) -> tuple[Chip, float]:
    """A chip, and the error of its state space, root mean square over the largest number."""
    a, b = discrete(settings.order, settings.theta)
    block = np.column_stack([a, b])
    largest = abs(block).max()
    z = (streams / "state_error").normal(block.shape)
    wrong = block + settings.state_error * largest * z
    made = chip(parameters, wrong[:, :-1], wrong[:, -1], settings, hardware, streams)
    held = made.tiles[STATE].held if STATE in made.tiles else wrong
    return made, float(np.sqrt(((held - block) ** 2).mean()) / largest)


def _row(made: Chip, test: Asked, fixed: dict[str, float], age: float | None) -> dict[str, float]:
    if age is not None:
        made.age(age)
    before = _reads(made)
    told = made.network(test.x)
    n, right = len(test.y), _share(told, test)
    few = Run(
        counts=told.counts[:_SOLVED],
        trains={name: train[:_SOLVED] for name, train in told.trains.items()},
        spikes=told.spikes,
    )
    return {
        "age": float(age or 0.0),
        "accuracy": right,
        "accuracy.lost": fixed["accuracy.software"] - right,
        "spikes": told.spikes / n,
        "reads": (_reads(made) - before) / n,
        "energy.read": made.energy(test.x[:_SOLVED], few),
    } | fixed


def _share(told: Run, asked: Asked) -> float:
    return float((told.classes == asked.y).mean())


def _reads(made: Chip) -> float:
    return float(sum(tile.ledger["array_reads"] for tile in made.tiles.values()))


def _written(made: Chip, hardware: Hardware) -> dict[str, float]:
    """What programming took, as far as the device says."""
    ledgers = {name: tile.ledger for name, tile in made.tiles.items()}
    cells = {name: ledger["cells_programmed"] for name, ledger in ledgers.items()}
    found = {"cells": float(sum(cells.values()))}
    if isinstance(hardware.device, WrittenCells):
        pulses = sum(ledger["write_pulses"] for ledger in ledgers.values())
        found["writes"] = pulses / found["cells"]
        found["energy.write"] = float(sum(ledger["write_energy"] for ledger in ledgers.values()))
    if STATE in ledgers and ledgers[STATE]["write_pulses"]:
        found["writes.state"] = ledgers[STATE]["write_pulses"] / cells[STATE]
        found["state.unverified"] = ledgers[STATE]["cells_unverified"] / cells[STATE]
    return found
