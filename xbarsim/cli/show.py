"""``xbarsim show``: a scenario of the gallery, or a device sheet, in full."""

from pathlib import Path
from typing import Annotated

import typer

from xbarsim.cli.completion import shown
from xbarsim.cli.faults import echo_json
from xbarsim.cli.options import JsonOption


def show(
    name: Annotated[
        list[str],
        typer.Argument(
            help="A scenario of the gallery, or a device sheet, with or without 'device'; sheets "
            "on file end in .yaml.",
            autocompletion=shown,
        ),
    ],
    plot: Annotated[bool, typer.Option("--plot", help="Draw the card of a device sheet.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Where to draw it: .svg, .pdf or .png; NAME.svg by default.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Print a scenario of the gallery, or a device sheet with the source of each parameter.

    A sheet on file is checked before.

    With --json: [bold]kind[/bold], scenario or device, [bold]name[/bold], and what stands in the
    file as [bold]document[/bold].

    Example: [bold]xbarsim show device cuppers_2019 --plot[/bold]
    """
    from xbarsim.device import is_sheet_file, list_devices, load_device, load_sheet
    from xbarsim.documents import yaml_text
    from xbarsim.errors import SpecError, suggestion
    from xbarsim.scenario import gallery

    only_devices = len(name) == 2 and name[0] == "device"
    if len(name) != 1 and not only_devices:
        raise SpecError(f"'{' '.join(name)}' is no name; give one, or 'device' and one")
    if out is not None and not plot:
        raise SpecError(f"--out {out}: says where --plot draws to; add --plot")
    word, scenarios, devices = name[-1], {} if only_devices else gallery(), list_devices()
    if word not in scenarios and word not in devices and not is_sheet_file(word):
        known = [*scenarios, *devices]
        kind = "device" if only_devices else "scenario or device"
        raise SpecError(f"no {kind} '{word}'{suggestion(word, known)}")
    if json and plot:
        raise SpecError("--json: prints what --plot would draw; leave one of the two out")
    if is_sheet_file(word):
        load_device(word)  # says all that is wrong with it
    if json:
        _echo_document(word, scenarios)
    elif plot:
        _draw(word, scenarios, out or Path(f"{Path(word).stem}.svg"))
    elif word in scenarios:
        print(scenarios[word], end="")
    else:
        print(yaml_text(load_sheet(word).model_dump()), end="")


def _echo_document(name: str, scenarios: dict[str, str]) -> None:
    from xbarsim.device import load_sheet
    from xbarsim.documents import read_yaml

    kind = "scenario" if name in scenarios else "device"
    text = scenarios.get(name)
    document = load_sheet(name).model_dump() if text is None else read_yaml(text, name).data
    echo_json({"kind": kind, "name": name, "document": document})


def _draw(name: str, scenarios: dict[str, str], path: Path) -> None:
    from xbarsim.errors import SpecError
    from xbarsim.report.cards import save_card

    if name in scenarios:
        raise SpecError(f"{name} is a scenario; --plot draws the card of a device sheet")
    print(save_card(name, path).caption)
    print(f"wrote {path}")
