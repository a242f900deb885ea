"""How commands end that cannot do what was asked: a message, or the same as JSON.

With ``--json`` standard output holds one document in either case; of an error it is
``{"error": {"status", "message", "faults": [...]}}``, each fault with ``file``, ``line``,
``column``, ``option``, ``path`` and ``message``, null where it does not tell.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from typing import Any, NoReturn, TextIO

import typer

#: what typer raises for a wrong command line
UsageError: Any = typer.BadParameter.__base__

_PLACE = re.compile(r"(?P<file>[^\n]+?):(?P<line>\d+):(?P<column>\d+): ")
_FILE = re.compile(r"(?P<file>[^\s:]+\.ya?ml): ")
_OPTION = re.compile(r"(?P<option>--(?:set|sweep) [^\s:]+): ")
_PATH = re.compile(r"(?P<path>[^\s:]+): |(?P<dotted>[a-z_]\w*(\.[\w/-]+)+) ")


_OUT: ContextVar[TextIO | None] = ContextVar("_OUT", default=None)  # where documents go


def wants_json() -> bool:
    """Whether the command line asks for JSON, right or wrong as it may be."""
    return "--json" in sys.argv[1:]


@contextmanager
def documents_alone() -> Iterator[None]:
    """Where JSON is wanted, what others print, as plug-ins may, goes to standard error."""
    if not wants_json():
        yield
        return
    token = _OUT.set(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _OUT.reset(token)


def echo_json(document: dict[str, Any], indent: int | None = 2) -> None:
    """The one document on standard output, in ASCII; numbers that JSON does not know are null."""
    text = json.dumps(_plain(document), indent=indent, allow_nan=False)
    print(text, file=_OUT.get(), flush=True)


def end(faults: str | Sequence[str], status: int) -> NoReturn:
    """Say what is wrong and exit with `status`."""
    listed = [faults] if isinstance(faults, str) else list(faults)
    message = "\n".join(listed)
    if wants_json():
        told = [fault_of(fault) for fault in listed]
        echo_json({"error": {"status": status, "message": message, "faults": told}})
    else:
        print(message, file=sys.stderr)
    sys.exit(status)


def fault_of(text: str) -> dict[str, Any]:
    """A message like ``file:line:column: path: what is wrong`` in its parts.

    What came from an option has ``option``, as ``--set array.rows``, in place of a file.
    """
    fault: dict[str, Any] = dict.fromkeys(("file", "line", "column", "option", "path"))
    place = _PLACE.match(text) or _OPTION.match(text) or _FILE.match(text)
    if place:
        told = place.groupdict().items()
        fault |= {key: int(part) if key in ("line", "column") else part for key, part in told}
        text = text[place.end() :]
    path = _PATH.match(text) if place else None
    if path:
        fault["path"] = path["path"] or path["dotted"]
        text = text[path.end() :] if path["path"] else text
    return {**fault, "message": text}


def _plain(value: Any) -> Any:
    """`value` of what JSON knows: nan and infinities are null, paths are text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
