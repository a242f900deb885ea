"""The sweep grammar: axes, zipped axes and exclusions to a list of points.

An axis is a list, or one of ``{values: [...]}``, ``{linspace: {from, to, num}}``,
``{logspace: {from, to, num}}``, ``{range: {from, to, step}}``. Axes multiply; the axes of one
``zip`` group move together and count as one.
"""

import contextlib
import copy
import itertools
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from xbarsim.errors import SpecError, suggestion

_FORMS = {
    "linspace": ("from", "to", "num"),
    "logspace": ("from", "to", "num"),
    "range": ("from", "to", "step"),
}
_MOST = 100_000
Point = dict[str, Any]  # dotted path → value


def points(sweep: Mapping[str, Any]) -> list[Point]:
    """Every point of a sweep, in order; one empty point where nothing is swept.

    Raises
    ------
    SpecError : every malformed axis, named by its path in the sweep.
    """
    faults: list[str] = []
    groups: list[list[Point]] = []
    for path, axis in sweep.get("axes", {}).items():
        values = _values(axis, f"sweep.axes.{path}", faults)
        groups.append([{path: value} for value in values])
    for k, group in enumerate(sweep.get("zip", [])):
        if group:
            groups.append(_zipped(group, f"sweep.zip.{k}", faults))
    paths = [path for group in groups if group for path in group[0]]
    for path in sorted({p for p in paths if paths.count(p) > 1}):
        faults.append(f"sweep: {path}: swept twice")
    if not faults:
        faults += _unknown_rules(sweep.get("exclude", []), paths)
    if faults:
        raise SpecError(faults)
    _check_size(math.prod(len(group) for group in groups), sweep)
    combined = [
        {k: v for part in parts for k, v in part.items()} for parts in itertools.product(*groups)
    ]
    kept = [p for p in combined if not _excluded(p, sweep.get("exclude", []))]
    if not kept:
        raise SpecError("sweep.exclude: no point is left")
    return kept


def _check_size(count: int, sweep: Mapping[str, Any]) -> None:
    limit = sweep.get("max_points", 1000)
    if count > limit:
        raise SpecError(
            f"sweep: {count} points exceed sweep.max_points ({limit}); raise it or sweep less"
        )


def _zipped(group: Mapping[str, Any], where: str, faults: list[str]) -> list[Point]:
    columns = {path: _values(axis, f"{where}.{path}", faults) for path, axis in group.items()}
    lengths = {path: len(values) for path, values in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{path} has {n}" for path, n in lengths.items())
        faults.append(f"{where}: zipped axes differ in length: {listed}")
        return []
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _unknown_rules(rules: list[Mapping[str, Any]], swept: list[str]) -> list[str]:
    return [
        f"sweep.exclude.{k}.{path}: is not swept{suggestion(path, swept)}"
        for k, rule in enumerate(rules)
        for path in rule
        if path not in swept
    ]


def _excluded(point: Point, rules: list[Mapping[str, Any]]) -> bool:
    return any(all(_same(point[k], v) for k, v in rule.items()) for rule in rules)


def _same(a: Any, b: Any) -> bool:
    """Whether two values are equal, in whatever unit they are written."""
    if a == b or not (isinstance(a, str) and isinstance(b, str)):
        return bool(a == b)
    try:
        number, unit = _split(a)
        return math.isclose(number, _in_unit(b, unit), rel_tol=1e-9)
    except SpecError:
        return False


def _values(axis: Any, where: str, faults: list[str]) -> list[Any]:
    """The values of one axis; faults are appended, and then there are none."""
    try:
        values = _expand(axis)
        if not values:
            raise SpecError("an axis needs at least one value")
        return values
    except SpecError as error:
        faults += [f"{where}: {fault}" for fault in error.faults]
        return []


def _expand(axis: Any) -> list[Any]:
    if isinstance(axis, list):
        return axis
    if not isinstance(axis, Mapping) or len(axis) != 1:
        raise SpecError("expected a list, or one of values, linspace, logspace, range")
    form, settings = next(iter(axis.items()))
    if form == "values":
        return _expand(settings)
    if form not in _FORMS:
        raise SpecError(f"{form}: unknown form{suggestion(str(form), ['values', *_FORMS])}")
    if not isinstance(settings, Mapping) or set(settings) != set(_FORMS[form]):
        raise SpecError(f"{form}: expected exactly the keys {', '.join(_FORMS[form])}")
    return _spaced(form, *(settings[key] for key in _FORMS[form]))


def _spaced(form: str, first: Any, last: Any, third: Any) -> list[Any]:
    start, unit = _split(first)
    stop = _in_unit(last, unit)
    if form == "range":
        step = _in_unit(third, unit)
        if step == 0 or (stop - start) * step < 0:
            raise SpecError(f"range: a step of {third!r} never leads from {first!r} to {last!r}")
        count = math.floor(min((stop - start) / step * (1 + 1e-12), _MOST)) + 1
        _check_count(form, count)
        whole = all(isinstance(x, int) for x in (first, last, third))
        numbers = [start + k * step for k in range(count)]
        return [int(x) for x in numbers] if whole else [_joined(x, unit) for x in numbers]
    if not (isinstance(third, int) and not isinstance(third, bool) and third >= 1):
        raise SpecError(f"{form}: num is {third!r}; it must be a whole number of at least 1")
    _check_count(form, third)
    if form == "logspace" and not (start > 0 and stop > 0):
        raise SpecError(f"logspace: {first!r} and {last!r} must both be above zero")
    space = np.geomspace if form == "logspace" else np.linspace
    return [_joined(float(x), unit) for x in space(start, stop, third)]


def _check_count(form: str, count: int) -> None:
    if count > _MOST:
        raise SpecError(f"{form}: an axis has at most {_MOST} values")


def _split(value: Any) -> tuple[float, str]:
    """Number and unit of a quantity; no unit for a plain number."""
    text = "" if isinstance(value, bool) else str(value).strip()
    found = re.match(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?", text)
    try:
        number = float(found[0] if found else "")
    except ValueError:
        number = math.inf
    if found is None or not math.isfinite(number):
        raise SpecError(f"{value!r} is not a finite number with an optional unit")
    return number, text[found.end() :].strip()


def _in_unit(value: Any, unit: str) -> float:
    """`value` as a number of `unit`."""
    number, own = _split(value)
    if own == unit:
        return number
    if not own or not unit:
        raise SpecError(
            f"{value!r} must be given in the unit of the first value ({unit or 'none'})"
        )
    from xbarsim.units import ratio

    return number * ratio(own, unit)


def _joined(number: float, unit: str) -> Any:
    number = float(f"{number:.12g}")
    return f"{number!r} {unit}" if unit else number


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
    """The value at the dotted `path`, or None where the path ends early."""
    for part in path.split("."):
        if isinstance(data, list):
            data = data[_index(data, part, path)]
        elif isinstance(data, dict):
            data = data.get(part)
        else:
            return None
    return data
