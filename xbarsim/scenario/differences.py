"""What differs between two scenarios, as plain data."""

from collections.abc import Iterator
from typing import Any, NamedTuple


class Difference(NamedTuple):
    """A value that differs: its dotted path, the old and the new one, None where there is none."""

    path: str
    old: Any
    new: Any


def differences(old: Any, new: Any, path: str = "") -> Iterator[Difference]:
    """Every value that differs between two documents of plain data.

    Items of lists go by their ``name`` where all have one of their own, as dotted paths do, and by
    their place where lists are equally long; other lists are one value.
    """
    old, new = _keyed(old, new)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from differences(old.get(key), new.get(key), f"{path}.{key}".lstrip("."))
    elif old != new:
        yield Difference(path, old, new)


def _keyed(old: Any, new: Any) -> tuple[Any, Any]:
    """Lists as mappings, where their items can be told apart."""
    if not (isinstance(old, list) and isinstance(new, list)):
        return old, new
    named = _by_name(old), _by_name(new)
    if all(named):
        return named
    return (dict(enumerate(old)), dict(enumerate(new))) if len(old) == len(new) else (old, new)


def _by_name(items: list[Any]) -> dict[str, Any]:
    """Items by name; empty where not every one has a name of its own."""
    found = {str(item["name"]): item for item in items if isinstance(item, dict) and "name" in item}
    return found if len(found) == len(items) else {}
