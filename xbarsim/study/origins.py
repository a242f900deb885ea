"""What a study's trials depend on beside the scenario's text: code, sheets, data, files."""

from collections.abc import Callable, Iterable
from functools import cache
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from xbarsim.device import load_sheet
from xbarsim.device.sheets import GROUP
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


def state_of(origins: Iterable[Origin]) -> list[list[str]]:
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

    packs = [entry.load() for entry in entry_points(group=GROUP)]
    whole = blake2b(digest_size=10)
    for file in sorted({f for module in (xbarsim, *packs) for f in _files(module)}):
        whole.update(file.as_posix().encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()


def _files(module: ModuleType) -> list[Path]:
    """Code and sheets in the folder of a module; the module alone where it is no package."""
    folders = [Path(folder) for folder in getattr(module, "__path__", ())]
    if not folders:
        return [Path(module.__file__)] if module.__file__ else []
    found = (file for folder in folders for file in folder.rglob("*"))
    return [f for f in found if f.suffix in (".py", ".yaml") and f.is_file()]
