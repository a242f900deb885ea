"""Which points a rule matches: equal values in whatever unit, or comparisons."""

import copy
import operator
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from xbarsim.documents import dotted_path, fields_at, keys_at
from xbarsim.errors import SpecError, suggestion
from xbarsim.scenario.amounts import alike, same, split
from xbarsim.scenario.paths import get_path, place_of, set_path
from xbarsim.scenario.schema import Scenario

Point = dict[str, Any]  # dotted path → value

_COMPARISONS = {
    ">=": operator.ge, "<=": operator.le, "!=": None, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


def matches(value: Any, wanted: Any) -> bool:
    """Whether `value` is what is wanted: the same, or as a comparison such as ``> 64`` says."""
    compared = _comparison(wanted)
    if compared is None:
        return same(value, wanted)
    sign, other = compared
    if sign == "!=":
        return not same(value, other)
    numbers = None if isinstance(value, bool) else alike(value, other)
    return numbers is not None and bool(_COMPARISONS[sign](*numbers))  # type: ignore[misc]


def check_wanted(wanted: Any) -> None:
    """Refuse a comparison with what is no number.

    Raises
    ------
    SpecError : says what stands there.
    """
    compared = _comparison(wanted)
    if compared is not None and compared[0] != "!=":
        try:
            split(compared[1])
        except SpecError as error:
            raise SpecError(f"{wanted!r}: {error}") from None


def _comparison(wanted: Any) -> tuple[str, Any] | None:
    """Sign and value of a comparison; None for what is none."""
    found = (
        re.fullmatch(r"\s*(>=|<=|!=|>|<)\s*(.+?)\s*", wanted) if isinstance(wanted, str) else None
    )
    return (found[1], _scalar(found[2])) if found else None


def _scalar(text: str) -> Any:
    """`text` as YAML reads it: a number, true, null, or text."""
    from xbarsim.documents import read_yaml

    try:
        return read_yaml(f"value: {text}", "a comparison").data["value"]
    except SpecError:
        return text


class Places:
    """Where paths of a sweep stand in a scenario, and what stands there at a point.

    Parameters
    ----------
    data : the scenario as plain data; items of its lists go by index or by their name.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self._found: dict[str, tuple[str | int, ...]] = {}

    def __getitem__(self, path: str) -> tuple[str | int, ...]:
        if path not in self._found:
            self._found[path] = place_of(self.data, path)
        return self._found[path]

    def inside(self, path: str, other: str) -> bool:
        """Whether `path` is `other` or lies inside it."""
        return self[path][: len(self[other])] == self[other]

    def carrier(self, path: str, swept: Iterable[str]) -> str | None:
        """The last of the `swept` paths that sets what stands at `path`; None for none."""
        return next((p for p in reversed(list(swept)) if self.inside(path, p)), None)

    def value(self, path: str, point: Point) -> Any:
        """What stands at `path` at a point, by the point or else by the file or its default.

        Raises
        ------
        SpecError : nothing says.
        """
        carrier = self.carrier(path, point)
        if carrier is None:
            return stated(self.data, path)
        if self[path] == self[carrier]:
            return point[carrier]
        data = copy.deepcopy(dict(self.data))
        set_path(data, carrier, point[carrier])
        return stated(data, path)


def meets(rule: Mapping[str, Any], point: Point, places: Places) -> bool:
    """Whether a point has, of its own or from the file, all that a rule says."""
    return all(matches(value_at(path, point, places), wanted) for path, wanted in rule.items())


def value_at(path: str, point: Point, places: Places) -> Any:
    """What stands at a path of a condition; None where other points alone have it."""
    try:
        return places.value(path, point)
    except SpecError:
        return None


def stated(data: Mapping[str, Any], path: str) -> Any:
    """What a scenario says at `path`, or the default there; None inside a part that is not there.

    Raises
    ------
    SpecError : no key is called so, or nothing says its value.
    """
    place, node = place_of(data, path), data
    _check_known(place)
    for k, part in enumerate(place):
        if not isinstance(node, dict | list):
            return None
        if isinstance(node, list) and not isinstance(part, int):
            raise SpecError(f"{path}: no item '{part}'")
        if isinstance(node, dict) and part not in node:
            return get_path(_default(node, place[: k + 1]), dotted_path(place[k + 1 :]))
        node = node[part]
    return node


def _check_known(place: tuple[str | int, ...]) -> None:
    """Refuse a place that the schema does not have; inside a part that takes any key, none is."""
    for k in range(len(place)):
        if fields_at(Scenario, place[: k + 1]) or isinstance(place[k], int):
            continue
        if known := keys_at(Scenario, place[:k]):
            said = f"unknown key{suggestion(str(place[k]), known)}"
            raise SpecError(f"{dotted_path(place[: k + 1])}: {said}")
        return


def _default(beside: Mapping[str, Any], place: tuple[str | int, ...]) -> Any:
    """The default of the key at `place`, as plain data; None where there is none."""
    fields = fields_at(Scenario, place, beside)
    if not fields:
        raise SpecError(f"{dotted_path(place)}: the file says none")
    default = fields[0].get_default(call_default_factory=True)
    if default is PydanticUndefined:
        return None
    return default.model_dump(mode="json") if isinstance(default, BaseModel) else default
