"""Dotted paths of a scenario out of its JSON Schema."""

from collections.abc import Iterator
from typing import Any

from xbarsim.cli.remembered import Keys

Schema = dict[str, Any]


def keys_of(schema: Schema) -> Keys:
    """Every key at which a value may stand that is not made of keys itself.

    Items of a list go by their number; of several the first is named, as ``tasks.0.name``.
    """
    found: Keys = {}
    for path, node in _below(schema, schema, "", ()):
        about = found.setdefault(path, {"told": node.get("description", ""), "words": []})
        about["words"] += [word for word in _words(node, schema) if word not in about["words"]]
    return found


def _below(
    node: Schema, root: Schema, path: str, above: tuple[str, ...]
) -> Iterator[tuple[str, Schema]]:
    """Paths and what the schema says of each; `above`: parts that are being followed."""
    for member, names in _members(node, root, above):
        for key, child in member.get("properties", {}).items():
            below = f"{path}.{key}".lstrip(".")
            inside = list(_below(child, root, below, names))
            if not inside or _words(child, root):
                yield below, child
            yield from inside
        if isinstance(member.get("items"), dict):
            yield from _below(member["items"], root, f"{path}.0", names)


def _members(
    node: Schema, root: Schema, above: tuple[str, ...] = ()
) -> Iterator[tuple[Schema, tuple[str, ...]]]:
    """`node` and all that it stands for: references are followed, each once on the way down."""
    yield node, above
    name = node.get("$ref", "").rpartition("/")[2]
    if name and name not in above:
        yield from _members(root["$defs"][name], root, (*above, name))
    for choice in ("anyOf", "oneOf", "allOf"):
        for member in node.get(choice, []):
            yield from _members(member, root, above)


def _words(node: Schema, root: Schema) -> list[str]:
    """Words that may stand as the value."""
    members = [member for member, _ in _members(node, root)]
    words = [word for m in members for word in m.get("enum", [m.get("const")])]
    words += ["true", "false"] if any(m.get("type") == "boolean" for m in members) else []
    return [word for word in words if isinstance(word, str)]
