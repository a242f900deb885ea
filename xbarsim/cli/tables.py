"""Tables on the screen."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any


def listing(title: str, rows: dict[str, str]) -> None:
    """Names in bold, and what each is."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2))
    for name, text in rows.items():
        table.add_row(f"[bold]{name}[/bold]", escape(text))
    _console().print(table)


def grid(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    left: Collection[int] = (0,),
    wrap: bool = False,
) -> None:
    """A table with heads. Columns in `left` are words, which may wrap; others do if `wrap`."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for k, column in enumerate(columns):
        words = k in left
        table.add_column(
            column,
            justify="left" if words else "right",
            no_wrap=not (words or wrap),
            overflow="fold" if words or wrap else "ellipsis",
        )
    for cells in rows:
        table.add_row(*map(escape, cells))
    _console().print(table)


def _console() -> Any:
    from rich.console import Console

    return Console()
