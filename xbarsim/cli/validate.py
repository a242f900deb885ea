"""``xbarsim validate``: the energy models beside measured chips."""

from pathlib import Path
from typing import Annotated

import typer


def validate(
    macros: Annotated[
        list[str] | None,
        typer.Argument(help="Published macros, or files in their form; none: all that ship."),
    ] = None,
    refit: Annotated[
        bool, typer.Option("--fit", help="Fit and print the constants of calibrated macros.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for validation.md, .csv and .svg.")
    ] = None,
) -> None:
    """Print the energy models beside measured chips, with error statistics.

    Example: [bold]xbarsim validate --out validation[/bold]
    """
    from xbarsim.energy.macros import fit, markdown, save, with_constants
    from xbarsim.energy.macros import validate as beside_silicon
    from xbarsim.errors import SpecError

    if refit and out is not None:
        raise SpecError(f"--out {out}: --fit writes no files; leave one of the two out")
    if refit:
        for name in macros or with_constants():
            print(name, ", ".join(f"{key} {value:.4g}" for key, value in fit(name).items()))
        return
    table = beside_silicon(macros or None)
    print(markdown(table))
    if out is not None:
        save(table, out)
