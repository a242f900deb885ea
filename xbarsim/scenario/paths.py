"""Dotted paths into a scenario: list items go by index or by their ``name``."""

import contextlib
import copy
from typing import Any

from xbarsim.errors import SpecError, suggestion


def set_path(data: Any, path: str, value: Any) -> None:
    """Put `value` at the dotted `path` in `data`; list items go by index or by their ``name``.

    Raises
    ------
    SpecError : the path leads into something that has no keys.
    """
    parts = path.split(".")
    for part in parts[:-1]:
        data = _step(data, part, path)
    _assign(data, parts[-1], copy.deepcopy(value), path)


def _step(data: Any, part: str, path: str) -> Any:
    if isinstance(data, list):
        return data[_index(data, part, path)]
    if not isinstance(data, dict):
        raise SpecError(f"{path}: '{part}' lies inside {data!r}, a single value")
    if data.get(part) is None:
        data[part] = {}
    return data[part]


def _assign(data: Any, part: str, value: Any, path: str) -> None:
    if isinstance(data, list):
        data[_index(data, part, path)] = value
    elif isinstance(data, dict):
        data[part] = value
    else:
        raise SpecError(f"{path}: '{part}' lies inside {data!r}, a single value")


def _index(items: list[Any], part: str, path: str) -> int:
    names = [item.get("name") for item in items if isinstance(item, dict)]
    if part in names:
        return names.index(part)
    if part.isdigit() and int(part) < len(items):
        return int(part)
    raise SpecError(f"{path}: no item '{part}'{suggestion(part, [str(n) for n in names if n])}")


def place_of(data: Any, path: str) -> tuple[str | int, ...]:
    """The dotted `path` as keys and indices, an item's name replaced by where it stands."""
    out: list[str | int] = []
    for part in path.split("."):
        key: str | int = part
        if isinstance(data, list):
            with contextlib.suppress(SpecError):
                key = _index(data, part, path)
            data = data[key] if isinstance(key, int) else None
        else:
            data = data.get(part) if isinstance(data, dict) else None
        out.append(key)
    return tuple(out)


def get_path(data: Any, path: str) -> Any:
    """The value at the dotted `path`, or None where the path ends early; `data` at an empty one."""
    for part in path.split(".") if path else []:
        if isinstance(data, list):
            try:
                data = data[_index(data, part, path)]
            except SpecError:
                return None
        elif isinstance(data, dict):
            data = data.get(part)
        else:
            return None
    return data
