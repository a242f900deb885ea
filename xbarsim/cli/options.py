"""Options and arguments that several commands have, and the plan that they ask for."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xbarsim.cli.completion import keys, scenarios, swept_keys

if TYPE_CHECKING:
    from xbarsim.documents import Document

ScenarioArgument = Annotated[
    str,
    typer.Argument(
        help="A scenario file, or a name from the gallery (xbarsim list).",
        autocompletion=scenarios,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Replace a value, by dotted path; repeatable.",
        autocompletion=keys,
    ),
]
SweepOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sweep",
        metavar="KEY=VALUES",
        help="Sweep a key: a,b,c or first:last:number, with :log at equal ratios; repeatable.",
        autocompletion=swept_keys,
    ),
]
ClusterOption = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Run on the Dask cluster at tcp://host:port."),
]
InteractiveOption = Annotated[
    bool | None,
    typer.Option(
        "--interactive/--no-interactive",
        help="Whether the page holds plots to explore, which takes 5 MB; by default of large "
        "studies.",
        show_default=False,
    ),
]
StudyArgument = Annotated[
    Path, typer.Argument(help="Folder of a study.", file_okay=False, show_default=False)
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document, of errors too, and nothing else."),
]


def plan_of(
    scenario: "str | Document",
    settings: list[str] | None,
    sweeps: list[str] | None = None,
    *,
    check: bool = True,
) -> Any:
    """The plan of a scenario with `settings` and `sweeps` in place of what it says.

    Raises
    ------
    SpecError : every fault of the scenario; a path is set or swept twice.
    """
    from xbarsim.scenario import load_scenario
    from xbarsim.scenario.load import parse_setting, parse_sweep

    given = _once("--set", map(parse_setting, settings or []))
    swept = _once("--sweep", map(parse_sweep, sweeps or []))
    return load_scenario(scenario, given, swept, check=check)


def _once(option: str, pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Path → value, where no path is given twice."""
    from xbarsim.errors import SpecError

    given: dict[str, Any] = {}
    for path, value in pairs:
        if path in given:
            raise SpecError(f"{option} {path}: is given twice; give one")
        given[path] = value
    return given


def point_of(directory: Path, number: int) -> "Document":
    """The scenario of one point of the study in a folder, read as if it stood in a file.

    Raises
    ------
    StudyError : there is no study, or it has no such point.
    """
    from xbarsim.documents import read_yaml
    from xbarsim.report.provenance import yaml_text
    from xbarsim.study.points import point_scenario

    text = yaml_text(point_scenario(results_in(directory), number))
    return read_yaml(text, f"{directory}, point {number}")


def plan_to_run(
    scenario: "str | Document",
    settings: list[str] | None,
    sweeps: list[str] | None,
    out: Path | None,
) -> Any:
    """The same; where `out` holds a study, its points are left to `run_study`, which knows them."""
    from xbarsim.errors import SpecError
    from xbarsim.study.store import STORE

    with suppress(SpecError):  # checked in full it has all its faults
        plan = plan_of(scenario, settings, sweeps, check=False)
        described = plan.scenario
        folder = out or Path(described.output.directory.format(name=described.name))
        if (folder / STORE).exists():
            return plan
    return plan_of(scenario, settings, sweeps)


def results_in(directory: Path) -> Any:
    """Results of the study in a folder, as far as it is; see `xbarsim.study.read_results`."""
    from xbarsim.study import read_results

    return read_results(directory)


def require_folder(file: Path | None) -> None:
    """Refuse a file that will be written where there is no folder; None is no file.

    Raises
    ------
    SpecError : names the folder.
    """
    from xbarsim.errors import SpecError

    if file is not None and not file.parent.is_dir():
        raise SpecError(f"{file}: cannot be written: there is no folder {file.parent}")
