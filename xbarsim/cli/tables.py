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
    wrap: Collection[int] | None = None,
) -> None:
    """A table with heads. Columns in `left` are words; those in `wrap` may wrap, which words do.

    Where the screen is narrow all columns may, within words too, so that nothing is lost.
    """
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    console = _console()
    narrow = console.width < 80
    for k, column in enumerate(columns):
        wraps = narrow or k in (left if wrap is None else wrap)
        table.add_column(
            column,
            justify="left" if k in left else "right",
            no_wrap=not wraps,
            overflow="fold" if wraps else "ellipsis",
        )
    for cells in rows:
        table.add_row(*map(escape, cells))
    console.print(table)


def _console() -> Any:
    from rich.console import Console

    return Console()
