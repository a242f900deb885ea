"""``xbarsim init``: a scenario file to start from."""

import re
from pathlib import Path
from typing import Annotated

import typer

from xbarsim.cli.completion import gallery_names


def init(
    file: Annotated[Path, typer.Argument(help="Where to write the scenario.")],
    like: Annotated[
        str,
        typer.Option(
            help="The scenario of the gallery to start from.", autocompletion=gallery_names
        ),
    ] = "digits",
) -> None:
    """Write a scenario file to start from.

    Example: [bold]xbarsim init my.yaml --like pcm_year[/bold]
    """
    from xbarsim.errors import SpecError, StudyError, suggestion
    from xbarsim.scenario import gallery

    texts = gallery()
    if like not in texts:
        raise SpecError(f"no scenario '{like}' in the gallery{suggestion(like, list(texts))}")
    if file.exists():
        raise StudyError(f"{file} exists already; choose another name")
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", file.stem).strip("-.") or like
    text = texts[like].replace(f"name: {like}\n", f"name: {name}\n", 1)
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise StudyError(f"{file}: cannot be written: {error.strerror}") from None
    print(f"wrote {file}; run it with: xbarsim run {file}")
