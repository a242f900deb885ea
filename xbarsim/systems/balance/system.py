"""The reservoir through its life: adapted, asked, drifted, adapted anew."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_age
from xbarsim.energy.report import of_tiles
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.plasticity.synapses import pulsed_device
from xbarsim.programming import PulsedDevice
from xbarsim.streams import Streams
from xbarsim.systems.balance.flips import check_settled, multiplier
from xbarsim.systems.balance.network import Network, network_of
from xbarsim.systems.balance.on_arrays import OnArrays
from xbarsim.systems.balance.placed import Arrays
from xbarsim.systems.balance.problem import Problem, problem_of
from xbarsim.systems.balance.settings import Settings
from xbarsim.systems.balance.software import InSoftware
from xbarsim.systems.balance.targets import check_reachable, designed, scaled, targets_of

_ENERGY_VECTORS = 16  # rates that the energy of a step is the mean over

Row = dict[str, float]


def run(
    settings: Settings,
    device: PulsedDevice | Hardware | Arrays | None,
    streams: Streams,
    ages: Sequence[float] = (),
) -> list[Row]:
    """The system at each age.

    Parameters
    ----------
    settings : what it is, and its task.
    device : None: software. `Hardware`: both arrays are programmed, without pulses, so that the
        local rule is not for it. A pulsed device: its cells hold inhibitory connections and take
        the rule's pulses, everything is read exactly, and nothing drifts. `Arrays`: both.
    streams : ``network``, ``targets``, ``series``, and what `OnArrays` takes.
    ages : s, since the arrays were programmed. The reservoir is adapted when it is new; left alone
        until each of the ages, it is asked as it has drifted, adapted anew, and asked again. None
        given: new, which is written as an age of 0.

    Returns
    -------
    A row for each age, see `xbarsim.systems.balance.METRICS`. The readout is trained anew each
    time. Where nothing drifts or nothing adapts, a row has no ``*.drifted``.

    Raises
    ------
    SpecError : the local rule on a device without pulse response; target rates that cannot be
        reached; an age of which the device says nothing.
    ConvergenceError : adaptation ends in a flip of period 2.
    """
    _check(settings, device)
    for age in ages:
        check_age(age)
    problem = problem_of(settings, streams)
    network, targets = network_of(settings, streams / "network"), targets_of(settings, streams)
    mean = float(problem.adapt.mean()) if len(problem.adapt) else float(problem.u.mean())
    begun = usual = network
    most = settings.most if _pulsed(device) else float("inf")
    if settings.adaptation != "none":
        check_reachable(network, settings, targets, mean, most)
        usual = scaled(network, settings, targets, mean)
    if settings.adaptation == "design":
        network = designed(network, settings, targets, mean, most)
    told = problem, targets, multiplier(usual, settings, targets)
    bound, name = _first(InSoftware(network, settings, targets), *told), problem.metric
    beside = _beside(InSoftware(begun, settings, targets), problem, bound[name])
    if device is None:
        return [{"age": float(age)} | bound | beside for age in ages or (0.0,)]
    chip = OnArrays(network, usual, settings, targets, device, streams, problem.u[: settings.train])
    new = _first(chip, *told) | beside | {f"{name}.software": bound[name]} | _costs(chip, problem)
    return [_at_age(chip, new, float(age), *told) for age in ages or (0.0,)]


def _check(settings: Any, device: Any) -> None:
    if not isinstance(settings, Settings):
        raise SpecError(f"settings is a {type(settings).__name__}; expected Settings")
    if device is not None and not isinstance(device, Hardware | Arrays):
        pulsed_device(device)
    if isinstance(device, Hardware) and settings.adaptation == "local":
        raise SpecError(
            f"adaptation is 'local', and device is a Hardware of {type(device.device).__name__}, "
            "which has no pulse response; use Arrays with pulses (TransferPulses, StepPulses or "
            "FittedPulses of xbarsim.programming), or the adaptation 'design' or 'none'"
        )


def _beside(begun: InSoftware, problem: Problem, score: float) -> Row:
    """How well software does that stays as it begins, beside the `score` of what does not."""
    if begun.settings.adaptation == "none":
        return {}
    fixed = problem.score(begun.run(problem.u))
    return {f"{problem.metric}.fixed": fixed} | _over("advantage", score, fixed, problem)


def _over(name: str, score: float, other: float, problem: Problem) -> Row:
    """How many times as good a score is as another; nothing where one is 0."""
    if score == 0 or other == 0:
        return {}
    return {name: score / other if problem.more else other / score}


def _pulsed(device: Any) -> bool:
    """Whether inhibitory connections stand on cells of a window of their own."""
    return device is not None and not isinstance(device, Hardware)


def _first(chip: Any, problem: Problem, targets: Array, answer: float) -> Row:
    """A new reservoir, adapted where it does, and asked."""
    if chip.settings.adaptation == "local":
        check_settled(chip.adapt(problem.adapt), answer, chip.settings, targets)
    if isinstance(chip, OnArrays):
        chip.keep()
    rates = chip.run(problem.u)
    if chip.settings.adaptation == "design":
        check_settled(rates, answer, chip.settings, targets)
    return _asked(chip, problem, targets, rates)


def _asked(chip: Any, problem: Problem, targets: Array, rates: Array) -> Row:
    """How well it does by its rates in the task, and how these are."""
    s = chip.settings
    after = rates[s.washout :]
    row = {problem.metric: problem.score(rates), "balance": _balance(chip.held())}
    row["rate"] = float(after.mean())
    if s.adaptation != "none":
        row["rate.error"] = float(np.sqrt(((after.mean(axis=0) - targets) ** 2).mean()))
    return row


def _balance(network: Network) -> float:
    """Mean over neurons of their excitatory connections' sum less that of inhibitory ones."""
    sums = (part.weights.sum(axis=1) for part in (network.excitatory, network.inhibitory))
    excite, inhibit = sums
    return float((excite - inhibit).mean())


def _at_age(
    chip: OnArrays, new: Row, age: float, problem: Problem, targets: Array, answer: float
) -> Row:
    """The row of an age: as new, or drifted, adapted anew, and asked before and after that."""
    name, row = problem.metric, {"age": age} | new
    if not chip.tiles or age <= chip.tiles["excitatory"].hardware.device.ages[0]:
        if chip.tiles and age > 0:
            chip.age(age)  # refuses an age that the device does not know
        return row
    chip.age(age)
    drifted = _asked(chip, problem, targets, chip.run(problem.u))
    row |= {f"{name}.new": new[name]} | drifted
    if chip.settings.adaptation != "local":
        return row | _costs(chip, problem)
    row |= {f"{key}.drifted": value for key, value in drifted.items() if key != "balance"}
    before = _writes(chip)
    check_settled(chip.adapt(problem.adapt), answer, chip.settings, targets)
    row |= _asked(chip, problem, targets, chip.run(problem.u))
    row |= _costs(chip, problem)
    row |= _over("recovered", row[name], new[name], problem)
    row["writes.repair"] = row["writes"] - before
    return row


def _writes(chip: OnArrays) -> float:
    return 0.0 if chip.rows is None else float((chip.rows.up + chip.rows.down).mean())


def _costs(chip: OnArrays, problem: Problem) -> Row:
    """Pulses, reads and energies up to now."""
    row: Row = {}
    if chip.rows is not None:
        each = chip.rows.up + chip.rows.down
        row |= {"writes": float(each.mean()), "writes.most": float(each.max())}
        row["writes.setup"] = float(chip.rows.setup.mean())
        row["cells.unreached"] = float(chip.rows.unreached)
        if chip.rows.known:
            row["energy.write"] = float(chip.rows.heat.sum())
    if chip.tiles:
        row["reads"] = float(chip.ledger()["array_reads"])
        row["energy.read"] = _read_energy(chip, problem)
    return row


def _read_energy(chip: OnArrays, problem: Problem) -> float:
    """Energy of one step, J."""
    rates = InSoftware(chip.held(), chip.settings, chip.targets).run(problem.u[:200])
    chosen = np.split(rates[-_ENERGY_VECTORS:], [chip.network.excitatory.senders], axis=1)
    given = dict(zip(chip.tiles, chosen, strict=True))
    return of_tiles(chip.tiles, given, _ENERGY_VECTORS).totals()["total"]
