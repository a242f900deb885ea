"""Device packs, trainers and components of all installed packages."""

from collections.abc import Iterator
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec

from xbarsim.cli.health.finding import Finding

_found = partial(Finding, about="plug-ins")


def packs() -> Iterator[Finding]:
    """Device packs; one that fails makes every command fail that looks for a sheet."""
    from xbarsim.device.sheets import GROUP, sheet_names

    found = entry_points(group=GROUP)
    if not found:
        yield _found(
            name="device packs",
            told="none, not even our own",
            state="broken",
            fix="pip install --force-reinstall xbarsim",
        )
    for entry in found:
        try:
            told = f"{len(sheet_names(entry.load()))} sheets from {entry.value}"
            yield _found(name=f"device pack {entry.name}", told=told)
        except Exception as error:  # whatever a pack of somebody else does
            told = f"{entry.value}: {type(error).__name__}: {' '.join(str(error).split())}"
            yield _found(
                name=f"device pack {entry.name}", told=told, state="broken", fix=_mend(entry)
            )


def others() -> Iterator[Finding]:
    """Trainers and components of chips; they are not imported, as that may take long."""
    from xbarsim.energy.parts.given import GROUP as COMPONENTS
    from xbarsim.tasks.retraining import GROUP as TRAINERS

    yield from _entries("trainer", TRAINERS)
    yield from _entries("component", COMPONENTS)


def _entries(kind: str, group: str) -> Iterator[Finding]:
    """Whether the package of every entry point of a group is there."""
    for entry in entry_points(group=group):
        name = f"{kind} {entry.name}"
        if find_spec(entry.module.partition(".")[0]) is None:
            yield _found(
                name=name, told=f"{entry.module} cannot be found", state="broken", fix=_mend(entry)
            )
        else:
            yield _found(name=name, told=entry.value)


def _mend(entry: EntryPoint) -> str:
    package = entry.dist.name if entry.dist else entry.value
    return f"pip install --upgrade {package}, or pip uninstall {package}"
