"""``xbarsim watch``: a study in the browser while it grows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from xbarsim.cli.faults import echo_json
from xbarsim.cli.options import JsonOption, StudyArgument


def watch(
    directory: StudyArgument,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of this machine; 0 is any that is free.")
    ] = 0,
    open_: Annotated[
        bool, typer.Option("--open/--no-open", help="Open it in the browser at once.")
    ] = False,
    every: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.0, help="Time between two pages, at least."),
    ] = 3.0,
    json: JsonOption = False,
) -> None:
    """Serve the report of a study on this machine, made anew as trials come, until Ctrl-C.

    The study is only read. Its folder may come later, and one that has ended can be watched too.
    With --json: [bold]directory[/bold] and [bold]address[/bold], on one line, as soon as it is
    served.

    Example: [bold]xbarsim watch reports/digits --open[/bold]
    """
    from xbarsim.report.live.growing import Growing, require_watchable
    from xbarsim.report.live.server import Server

    require_watchable(directory)
    with Server(Growing(directory, every), port) as server, _until_interrupted(json):
        if json:
            echo_json({"directory": directory, "address": server.address}, indent=None)
        else:
            print(f"watching {directory}: {server.address} (Ctrl-C ends this)", flush=True)
        if open_:
            import webbrowser

            webbrowser.open(server.address)
        server.serve_forever()


@contextmanager
def _until_interrupted(silent: bool) -> Iterator[None]:
    """Ctrl-C is how it ends, and no failure."""
    try:
        yield
    except KeyboardInterrupt:
        if not silent:
            print("\nno longer watched; the study is as it was")
