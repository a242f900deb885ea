"""The scenario reference: every part and key of a scenario, as a page of Markdown.

``python -m xbarsim.scenario.reference > docs/scenario.md`` writes the one of the guide.
"""

import inspect
import types
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from xbarsim.scenario.base import Checked, OneOf, quantity_in
from xbarsim.scenario.schema import Scenario
from xbarsim.units import show

_TITLE = """\
# What a scenario may say

Every key of a scenario file, as `xbarsim check` takes it. This page is made from the schema;
editors complete keys and check values from the same (`xbarsim schema > scenario.schema.json`).

A quantity is a number in SI units or text with a unit (`2.5 ohm`, `100 ns`, `25 uS`); `null` says
that a part is not there. Wherever a path is asked for, as in `sweep` or on the command line, it is
written with dots, and items of lists go by their name or their number, as in
`tasks.digits.network.hidden`.
"""
_WORDS = {int: "whole number", float: "number", str: "text", bool: "true or false", Any: "anything",
          type(None): "null"}  # fmt: skip


def scenario_reference() -> str:
    """The page; a section for each part, in the order of the file."""
    sections = [_TITLE]
    seen: dict[type[BaseModel], str] = {}
    _add(Scenario, "", sections, seen)
    return "\n".join(sections)


def _add(
    part: type[BaseModel], path: str, sections: list[str], seen: dict[type[BaseModel], str]
) -> None:
    """The section of a part, then those of the parts in it that have none yet."""
    seen[part] = path or "the file"
    kind = _kind(part)
    level = min(2 + path.replace(".KEY", "").count("."), 4)
    title = f"`{path}`" + (f", {kind[0]} `{kind[1]}`" if kind else "") if path else "The file"
    lines = [f"{'#' * level} {title}", "", _text(part), ""]
    lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
    inner: list[tuple[type[BaseModel], str]] = []
    for name, field in part.model_fields.items():
        key = field.alias or name
        below = f"{path}.{key}".lstrip(".")
        parts = list(dict.fromkeys(_parts(field.annotation)))
        told = [_meaning(field, parts)]
        told += [f"see [`{seen[p]}`](#{_anchor(seen[p], p)})" for p in parts if p in seen]
        inner += [(p, below + _of_items(field.annotation)) for p in parts]
        meaning = "; ".join(text for text in told if text)
        lines.append(f"| `{key}` | {_values(field)} | {_default(field, part)} | {_cell(meaning)} |")
    sections.append("\n".join([*lines, ""]))
    for model, below in inner:
        if model not in seen:
            _add(model, below, sections, seen)


def _kind(part: type[BaseModel]) -> tuple[str, Any] | None:
    """The key that tells a member of a union, and its value there."""
    for name, field in part.model_fields.items():
        values = typing.get_args(field.annotation)
        literal = typing.get_origin(field.annotation) is typing.Literal
        if name in {"kind", "source"} and literal and len(values) == 1:
            return name, values[0]
    return None


def _anchor(path: str, part: type[BaseModel]) -> str:
    """How GitHub and Sphinx call the heading of a section."""
    kind = _kind(part)
    title = path + (f", {kind[0]} {kind[1]}" if kind else "")
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def _text(part: type[BaseModel]) -> str:
    """What a part says of itself."""
    text = inspect.getdoc(part) or ""
    more = {
        "DeviceSpec": "Any other key is a parameter of the sheet (`xbarsim show device NAME`).",
    }.get(part.__name__, "")
    more = "Exactly one of these keys is given." if issubclass(part, OneOf) else more
    return _cell(f"{text}\n\n{more}".strip()).replace("``", "`")


def _parts(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every part that a value may be or hold."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for argument in typing.get_args(annotation):
        yield from _parts(argument)


def _of_items(annotation: Any) -> str:
    """What stands in a path for an item: of a list its number, of a mapping its key."""
    bare = _bare(annotation)
    origin = typing.get_origin(bare)
    if origin is list:
        return "[]" + _of_items(typing.get_args(bare)[0])
    if origin is dict:
        return ".KEY" + _of_items(typing.get_args(bare)[1])
    if origin in (typing.Union, types.UnionType):
        holding = (a for a in typing.get_args(bare) if any(_parts(a)))
        return next((m for a in holding if (m := _of_items(a))), "")
    return ""


def _bare(annotation: Any) -> Any:
    """An annotation without what is said beside the type."""
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation


def _values(field: FieldInfo) -> str:
    words = _type(field.annotation, field.metadata)
    return _cell(words)


def _type(annotation: Any, metadata: Any = ()) -> str:
    """A type and its range in plain words."""
    if typing.get_origin(annotation) is typing.Annotated:
        inner, *more = typing.get_args(annotation)
        return _type(inner, [*more, *metadata])
    quantity = next((m for m in metadata if hasattr(m, "limits")), None)
    if quantity is not None:
        unit = "number" if quantity.unit == "dimensionless" else f"quantity in {quantity.unit}"
        return f"{unit}, {quantity.limits}"
    checked = next((m for m in metadata if isinstance(m, Checked)), None)
    if checked is not None:
        return _of_schema(checked.schema)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return " or ".join(f"`{_yaml(value)}`" for value in arguments)
    if origin in (typing.Union, types.UnionType):
        return ", or ".join(dict.fromkeys(_type(a) for a in arguments))
    if origin is list:
        return f"list of {_type(arguments[0])}" + _limits(metadata, " items")
    if origin is dict:
        return f"mapping to {_type(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        kind = _kind(annotation)
        return f"part `{kind[1]}`" if kind else "part"
    return _WORDS.get(annotation, "value") + _limits(metadata)


def _of_schema(schema: dict[str, Any]) -> str:
    """A range that stands in JSON Schema, in plain words."""
    kind = {"integer": "whole number", "array": "list of numbers"}.get(schema.get("type", ""))
    if "anyOf" in schema:
        return "number, with a unit or without"
    words = kind or "number"
    if "exclusiveMinimum" in schema:
        words += f" above {schema['exclusiveMinimum']}"
    elif "minimum" in schema:
        words += f" from {schema['minimum']} to {schema['maximum']}"
    return words


def _limits(metadata: Any, of: str = "") -> str:
    """``, from 1 to 16`` where that is so."""
    found: dict[str, Any] = {}
    for item in metadata:
        for inner in getattr(item, "metadata", None) or [item]:
            for key in ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern"):
                value = getattr(inner, key, None)
                if value is not None and (key == "pattern" or abs(value) < 2**53):
                    found[key] = value
    words = []
    low = found.get("ge", found.get("min_length"))
    high = found.get("le", found.get("max_length"))
    if low is not None and low == high:
        return f", {low}{of}"
    if low is not None:
        words.append(f"from {low}")
    if "gt" in found:
        words.append(f"above {found['gt']}")
    if high is not None:
        words.append(f"to {high}" if low is not None else f"up to {high}")
    if "lt" in found:
        words.append(f"below {found['lt']}")
    if "pattern" in found:
        words.append("of letters, digits, - and _")
    return f", {' '.join(words)}{of}" if words else ""


def _default(field: FieldInfo, part: type[BaseModel]) -> str:
    """The default as a file would write it; quantities with their unit."""
    default = field.default
    if default is PydanticUndefined:
        return "required"
    if default is None and issubclass(part, OneOf):
        return ""
    quantity = quantity_in(field)
    if quantity is not None and isinstance(default, int | float):
        return f"`{show(float(default), quantity.unit)}`"
    if isinstance(default, BaseModel):
        return "its own"
    return (
        "all of them" if isinstance(default, list) and len(default) > 5 else f"`{_yaml(default)}`"
    )


def _yaml(value: Any) -> str:
    named = {None: "null", True: "true", False: "false"}
    if isinstance(value, bool) or value is None:
        return named[value]
    return f"{value:g}" if isinstance(value, float) else str(value).replace("'", "") or '""'


def _meaning(field: FieldInfo, parts: list[type[BaseModel]]) -> str:
    """What a key says; of one that says nothing, what its part does."""
    if field.description or len(parts) != 1:
        return field.description or ("says which part this is" if field.is_required() else "")
    first = (inspect.getdoc(parts[0]) or "").split("\n\n")[0].rstrip(".")
    return " ".join(first.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|") if "\n" not in text else text


if __name__ == "__main__":
    print(scenario_reference(), end="")
