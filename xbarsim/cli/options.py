"""Options and arguments that several commands have, and the plan that they ask for."""

from typing import Annotated, Any

import typer

from xbarsim.cli.completion import keys, scenarios

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
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document, of errors too, and nothing else."),
]


def plan_of(scenario: str, settings: list[str] | None) -> Any:
    """The plan of a scenario with `settings` in place of what it says."""
    from xbarsim.scenario import load_scenario
    from xbarsim.scenario.load import parse_setting

    return load_scenario(scenario, dict(parse_setting(text) for text in settings or []))
