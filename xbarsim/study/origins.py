"""What a study's trials depend on beside the scenario's text: code, sheets, data, files."""

import socket
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from xbarsim.device import load_sheet
from xbarsim.device.sheets import GROUP
from xbarsim.errors import StudyError
from xbarsim.scenario import Scenario
from xbarsim.scenario.chips import module_code, plug_in_modules
from xbarsim.scenario.estimators import reservoirs_of
from xbarsim.scenario.load import digest
from xbarsim.scenario.schema import ClassifierSpec, NetworkFileSpec
from xbarsim.scenario.systems import SystemTaskSpec
from xbarsim.systems import data_of
from xbarsim.tasks.datasets import dataset_digest, file_digest

#: kind and name: ("dataset", "mnist")
Origin = tuple[str, str]
#: kind, name, and a hash of it as it was
State = list[str]
#: kinds that every trial reads anew, wherever it runs
READ_BY_TRIALS = ("sheet", "problem", "module")


def origins_of(point: Scenario) -> list[Origin]:
    """All that the trials of a point depend on, beside its text and the code of packages."""
    networks = [task for task in point.tasks if isinstance(task, ClassifierSpec)]
    paths = [t.network.path for t in networks if isinstance(t.network, NetworkFileSpec)]
    return [
        ("sheet", point.device.sheet),
        *(("dataset", task.dataset.source) for task in networks),
        *(("file", path) for path in paths),
        *(("problem", source) for source in sources_of(point)),
        *(("module", name) for name in plug_in_modules(point.energy)),
    ]


def sources_of(point: Scenario) -> list[str]:
    """Data that reservoirs and published systems read."""
    systems = [task for task in point.tasks if isinstance(task, SystemTaskSpec)]
    return [
        *(task.data.source for task in reservoirs_of(point)),
        *(source for task in systems for source in data_of(task.system, task.settings)),
    ]


def require_unchanged(states: Iterable[State]) -> None:
    """Refuse to go on where one of `states` is another by now, or on this machine.

    Raises
    ------
    StudyError : names the first one.
    """
    for kind, name, known in states:
        if state_of([(kind, name)]) != [[kind, name, known]]:
            raise StudyError(
                f"{kind} {name} on {socket.gethostname()} is not what it was when the study began; "
                "have the same there, or run the same command again for trials of what is there now"
            )


def state_of(origins: Iterable[Origin]) -> list[State]:
    """Kind, name and a hash of each of `origins` as it is now.

    Raises
    ------
    DataError : data or a file are missing.
    SpecError : a sheet is not there, or is malformed.
    """
    seen: dict[str, Callable[[str], str]] = {
        "sheet": _sheet,
        "dataset": dataset_digest,
        "file": file_digest,
        "problem": _problem,
        "module": lambda name: digest(module_code(name)),
    }
    return [[kind, name, seen[kind](name)] for kind, name in origins]


def _problem(source: str) -> str:
    from xbarsim.tasks.problems import problem_digest

    return problem_digest(source)


def _sheet(name: str) -> str:
    """A hash of a sheet, and of its law's code where that stands in no pack."""
    sheet = load_sheet(name)
    module, _, law = sheet.model.partition(":")
    bases = getattr(import_module(module), law).__mro__ if "." in module else ()
    return digest([sheet.model_dump(mode="json"), [module_code(b.__module__) for b in bases]])


@cache
def code_digest() -> str:
    """A hash of the code and the sheets that make trials of a scenario: ours, and every pack's."""
    import xbarsim

    return digest([code_of(xbarsim), pack_codes()])


def pack_codes() -> dict[str, str]:
    """For every pack of devices a hash of its code and sheets, by its module's name."""
    packs = [entry.load() for entry in entry_points(group=GROUP)]
    return {pack.__name__: code_of(pack) for pack in sorted(packs, key=lambda pack: pack.__name__)}


def code_of(module: ModuleType) -> str:
    """A hash of the code and sheets in a module's folder, wherever that is; scenarios are apart."""
    found = blake2b(digest_size=10)
    for folder in map(Path, getattr(module, "__path__", ())):
        files = (file for kind in ("*.py", "*.yaml") for file in folder.rglob(kind))
        for path, file in sorted((file.relative_to(folder).as_posix(), file) for file in files):
            if not path.startswith("scenarios/"):
                found.update(path.encode() + b"\0" + _text(file))
    if not hasattr(module, "__path__") and module.__file__:
        found.update(_text(Path(module.__file__)))
    return found.hexdigest()


def _text(file: Path) -> bytes:
    return file.read_bytes().replace(b"\r\n", b"\n")
