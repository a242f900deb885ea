"""What trials need before they run: trained networks on file, and that all fits into memory."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from xbarsim.cache import sharing
from xbarsim.errors import StudyError
from xbarsim.hardware import Hardware
from xbarsim.partition import Partition
from xbarsim.scenario import Plan, Scenario, hardware_of
from xbarsim.scenario.cells import share_transfers
from xbarsim.scenario.disturbs import disturbs_of, has_arrays
from xbarsim.scenario.estimators import reservoirs_of, size_of
from xbarsim.scenario.load import digest, physics
from xbarsim.scenario.schema import (
    ArrayTaskSpec,
    ClassifierSpec,
    DisturbSpec,
    MlpSpec,
    NetworkFileSpec,
)
from xbarsim.streams import Streams
from xbarsim.study.engines import Failure, Start
from xbarsim.study.engines.calls import one_blas_thread
from xbarsim.tasks.datasets import SIZES, dataset_digest, file_digest
from xbarsim.tasks.retraining import hardware_aware

if TYPE_CHECKING:
    from xbarsim.tasks import Prepared
    from xbarsim.tasks.networks import Train

#: part of every trial's key; raised when the same scenario would give other numbers
MODEL_VERSION = 5

Progress = Callable[[str, int, int], None]  # what is being done, how much is done, of how many

#: folder of a study, beside that of its networks, for what its trials have in common
SHARED = "shared"

_SOLVED = 20  # numbers a cell that solving a passive array or reading one with noise takes
_COUPLED = 100  # the same of cells that move while the circuit is solved


class Tasks:
    """The prepared tasks of a plan, by point and name.

    Parameters
    ----------
    files : where each is stored, by its key.
    prepared : the same, read.
    """

    def __init__(self, files: dict[str, Path], prepared: "dict[str, Prepared]") -> None:
        self.files = files
        self.prepared = prepared

    def file(self, point: Scenario, task: ClassifierSpec) -> Path:
        """Where the task of a point is stored."""
        return self.files[_task_key(point, task)]

    def __getitem__(self, at: tuple[Scenario, ClassifierSpec]) -> "Prepared":
        return self.prepared[_task_key(*at)]


def networks_of(point: Scenario) -> list[ClassifierSpec]:
    """The tasks of a point that need a trained network."""
    return [task for task in point.tasks if isinstance(task, ClassifierSpec)]


def prepare_tasks(
    plan: Plan, folder: Path, progress: Progress, start: Start | None = None
) -> Tasks:
    """Train every network that the plan needs and `folder` does not hold, once each.

    Several are trained at once by the workers that `start` gives; without, one after another.
    """
    wanted = {_task_key(p, task): (p, task) for p in plan.points for task in networks_of(p)}
    files = {key: folder / f"{key}.npz" for key in wanted}
    prepared = {key: found for key, file in files.items() if (found := stored(file))}
    missing = {key: pair for key, pair in wanted.items() if key not in prepared}
    if missing:
        progress("training networks", 0, len(missing))
    for done, (key, found) in enumerate(_trained(missing, start), 1):
        prepared[key] = found
        _save(found, files[key])
        progress("training networks", done, len(missing))
    return Tasks(files, {key: prepared[key] for key in wanted})


def _trained(
    missing: dict[str, tuple[Scenario, ClassifierSpec]], start: Start | None
) -> Iterator[tuple[str, "Prepared"]]:
    """Every network by its key, as soon as it is trained."""
    keys, pairs = list(missing), list(missing.values())
    if start is None or len(pairs) < 2:
        yield from zip(keys, map(_prepare, pairs), strict=True)
        return
    for index, found in start()(_prepare, pairs):
        if isinstance(found, Failure):
            found = _prepare(pairs[index])  # here, where it raises what it raises
        yield keys[index], found


def _prepare(pair: tuple[Scenario, ClassifierSpec]) -> "Prepared":
    point, task = pair
    return prepare_task(task, point)


def _save(prepared: "Prepared", file: Path) -> None:
    try:
        prepared.save(file)
    except OSError as error:
        raise StudyError(
            f"{file}: cannot be written: {error.strerror}; what is finished is kept, so make room "
            "and run the same command again"
        ) from None


def stored(file: Path) -> "Prepared | None":
    """What `file` holds; None where there is no such file or it is not whole."""
    from xbarsim.tasks import Prepared

    try:
        return Prepared.load(file)
    except Exception:  # a damaged file fails in whatever way its damage happens to ask for
        return None


def stored_digest(file: Path) -> str | None:
    """Hash of the network in `file`, None where there is no such file or it is not whole."""
    found = stored(file)
    return None if found is None else found.digest


def prepare_task(task: ClassifierSpec, point: Scenario) -> "Prepared":
    """The trained network and data of a task of a point."""
    from xbarsim.tasks import prepare_classifier

    streams, limit = Streams(point.seed) / "task" / task.name, task.dataset.test_limit
    train = _train(task, point)
    with one_blas_thread():
        return prepare_classifier(task.dataset.source, train, streams, test_limit=limit)


def _train(task: ClassifierSpec, point: Scenario) -> "Train":
    """What gives the network of a task."""
    from xbarsim.tasks.networks import from_file, lenet5, mlp

    network = task.network
    if isinstance(network, NetworkFileSpec):
        return from_file(network.path, network.shape)
    settings = network.model_dump(exclude={"kind", "hardware_aware"})
    if network.hardware_aware is not None:
        given = network.hardware_aware.model_dump()
        settings["retrain"] = hardware_aware(hardware_of(point), **given)
    return mlp(**settings) if isinstance(network, MlpSpec) else lenet5(**settings)


def _task_key(point: Scenario, task: ClassifierSpec) -> str:
    data, network = dataset_digest(task.dataset.source), task.network
    file = file_digest(network.path) if isinstance(network, NetworkFileSpec) else ""
    described = task.model_dump(mode="json", include={"name", "dataset", "network"})
    key = [MODEL_VERSION, point.seed, described, data, file]
    if getattr(network, "hardware_aware", None) is not None:
        beside = ("tasks", "ages", "energy")
        key.append({k: v for k, v in physics(point).items() if k not in beside})
    return digest(key)


def largest_need(plan: Plan) -> tuple[float, str]:
    """Bytes that the largest network or array of a plan takes, and which that is."""
    needs = (need for point in plan.points for need in _needs(point))
    return max(needs, key=lambda need: need[0], default=(0.0, ""))


def share_laws(plan: Plan, folder: Path) -> None:
    """Have every law that the plan writes characterised in `folder`, for all workers."""
    if any(point.device.write is not None for point in plan.points):
        with suppress(OSError):  # workers can do without
            folder.mkdir(exist_ok=True)
        with sharing(folder=folder):
            share_transfers(p for p in plan.points if has_arrays(p))


def _needs(point: Scenario) -> Iterator[tuple[float, str]]:
    """Bytes that each network and array of a point takes, and what to call it."""
    for spec in reservoirs_of(point):
        if not spec.stands_alone:
            units = size_of(spec)
            name = f"tasks.{spec.name}: a reservoir of {units} units"
            yield _needed(units, units, hardware_of(point)), name
    if any(isinstance(task, ArrayTaskSpec | DisturbSpec) for task in point.tasks):
        rows, cols = point.array.rows, point.array.cols
        needed = _COUPLED if disturbs_of(point) else _SOLVED
        yield 8.0 * needed * rows * cols, f"an array of {rows} x {cols}"
    for task in networks_of(point):
        hardware = hardware_of(point)
        for k, (inputs, outputs) in enumerate(_sizes(task)):
            name = f"tasks.{task.name}: layer {k} of {inputs} x {outputs} weights"
            yield _needed(inputs, outputs, hardware), name


def _sizes(task: ClassifierSpec) -> list[tuple[int, int]]:
    """Inputs and outputs of the matrices that will be trained."""
    from xbarsim.tasks.networks import lenet5_sizes, mlp_sizes

    first, last = SIZES[task.dataset.source]
    if isinstance(task.network, MlpSpec):
        return mlp_sizes(first, task.network.hidden, last)
    return lenet5_sizes() if task.network.kind == "lenet5" else []


def _needed(inputs: int, outputs: int, hardware: Hardware) -> float:
    """Bytes that training a layer, and solving one of its arrays with all nodes, takes at least."""
    down, across, rows, cols = Partition(
        inputs=inputs,
        outputs=outputs,
        rows=hardware.rows,
        cols=hardware.cols,
        encoding=hardware.code,
    ).shape
    wired = hardware.wires is not None and not hardware.wires.ideal
    solved = _SOLVED * rows * cols if wired else 0
    return 8.0 * (solved + 6 * down * across * rows * cols + 6 * inputs * outputs)
