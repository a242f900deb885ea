"""YAML 1.2 documents that remember where each value stands, checked against pydantic models.

ruamel.yaml reads ``1e-6`` as a number and ``on`` as text, and knows line and column; every fault of
a document is reported at once, each with line, column, path and the nearest known key.
"""

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from xbarsim.errors import SpecError, suggestion

Place = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


def yaml_text(data: Any, width: int = 80) -> str:
    """Plain data as YAML in blocks, keys in their order, lines up to a `width`."""
    import io

    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = width
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


@dataclass(frozen=True)
class Document:
    """Plain data read from YAML, with the place of each value by its path.

    Parameters
    ----------
    name : what messages call the document.
    data : mappings, lists and scalars.
    places : path → (line, column), from 1.
    told : path → what messages say of a value, and all in it, that came from elsewhere.
    """

    name: str
    data: Any
    places: dict[Place, tuple[int, int]] = field(default_factory=dict)
    told: dict[Place, str] = field(default_factory=dict)

    def where(self, path: Place) -> str:
        """``file:line:column`` of the value at `path`, or of its nearest parent."""
        parents = [path[:length] for length in range(len(path), -1, -1)]
        for parent in parents:
            if parent in self.told:
                return self.told[parent]
        for parent in parents:
            if parent in self.places:
                line, column = self.places[parent]
                return f"{self.name}:{line}:{column}"
            for inside, text in self.told.items():
                if parent and inside[: len(parent)] == parent:  # a part that was made for it
                    return text
        return self.name

    def with_place(self, path: Place, text: str) -> "Document":
        """The same document, of which what stands at `path` came from elsewhere, as `text` says."""
        others = {k: v for k, v in self.told.items() if k[: len(path)] != path}
        return Document(self.name, self.data, self.places, {**others, path: text})

    def with_items(self, path: Place, left: Sequence[int]) -> "Document":
        """The same document, of whose list at `path` only the items `left` are in the data."""
        moved = {(*path, old): (*path, new) for new, old in enumerate(left)}
        size = len(path) + 1

        def stays(place: Place) -> bool:
            return place[: len(path)] != path or len(place) < size or place[:size] in moved

        def now(places: dict[Place, Any]) -> dict[Place, Any]:
            return {
                moved.get(at[:size], at[:size]) + at[size:]: value
                for at, value in places.items()
                if stays(at)
            }

        return Document(self.name, self.data, now(self.places), now(self.told))

    def placed(self, fault: str) -> str:
        """`fault`, a message that begins with a dotted path, with the place of that path."""
        head = fault.split(": ", 1)[0].split(" ", 1)[0]
        best: Place = ()
        for path in (*self.places, *self.told):
            if len(path) > len(best) and head.startswith(
                str(path[0])
            ):  # of many, few are looked at
                dotted = dotted_path(path)
                if head == dotted or head.startswith(f"{dotted}."):
                    best = path
        return f"{self.where(best)}: {fault}"


def read_yaml(text: str, name: str) -> Document:
    """The document in `text`; `name` is what messages call it.

    Raises
    ------
    SpecError : the text is not YAML; the message gives line and column.
    """
    import warnings

    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

    yaml = YAML(typ="rt", pure=True)
    yaml.version = (1, 2)
    try:
        with warnings.catch_warnings():  # YAML allows an anchor to be given anew
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            tree = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = " ".join(str(error.problem or error.context).split())
        raise SpecError(f"{at}: not valid YAML: {problem}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        problem = " ".join(str(error).split())
        raise SpecError(f"{name}: not valid YAML: {problem}") from None
    places: dict[Place, tuple[int, int]] = {}
    return Document(name, _plain(tree, (), places), places)


def read_yaml_file(path: Path) -> Document:
    """The document in the file at `path`.

    Raises
    ------
    SpecError : there is no such file, it cannot be read, or it is not YAML.
    """
    return read_yaml(read_text(path), str(path))


def read_text(path: Path) -> str:
    """The text in the file at `path`.

    Raises
    ------
    SpecError : there is no such file, or it cannot be read.
    """
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecError(f"{path}: cannot be read: {reason}") from None


def _plain(node: Any, path: Place, places: dict[Place, tuple[int, int]]) -> Any:
    """`node` without ruamel's types; fills `places` on the way."""
    if hasattr(node, "lc") and path == ():
        places[path] = (node.lc.line + 1, node.lc.col + 1)
    if isinstance(node, Mapping):
        out = {}
        for key, value in node.items():
            at = _key_place(node, key)
            if at is not None:
                places[(*path, key)] = at
            out[key] = _plain(value, (*path, key), places)
        return out
    if isinstance(node, list):
        items, lines = [], getattr(node, "lc")  # noqa: B009  ruamel's own list
        for index, value in enumerate(node):
            line, column = lines.item(index)
            places[(*path, index)] = (line + 1, column + 1)
            items.append(_plain(value, (*path, index), places))
        return items
    if type(node).__name__ == "ScalarBoolean":  # a bool with an anchor, which ruamel makes an int
        return bool(node)
    for kind in (bool, int, float, str):  # ruamel's scalars are subclasses that keep their format
        if isinstance(node, kind):
            return kind(node)
    return node


def _key_place(node: Any, key: Any) -> tuple[int, int] | None:
    """Line and column of `key`, which may stand in a mapping that `node` merges (``<<: *base``)."""
    if key in (node.lc.data or {}):
        line, column = node.lc.key(key)
        return line + 1, column + 1
    for item in getattr(node, "merge", ()):
        merged = item[1] if isinstance(item, tuple) else item  # a tuple before ruamel.yaml 0.19
        if key in merged:
            return _key_place(merged, key)
    return None


def validate(model: type[Model], document: Document) -> Model:
    """`document` as a `model`.

    Raises
    ------
    SpecError : one line for each fault: ``file:line:column: path: what is wrong``.
    """
    if not isinstance(document.data, Mapping):
        found = "the file is empty" if document.data is None else f"found {_shown(document.data)}"
        raise SpecError(f"{document.where(())}: expected keys and values; {found}")
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        found_faults = faults_in(model, document.data, error)
        raise SpecError([f"{document.where(p)}: {text}" for p, text in found_faults]) from None


def parsed(model: type[Model], data: Any, path: str) -> Model:
    """`data` as a `model`.

    Raises
    ------
    SpecError : every fault, each under its dotted path, which begins with `path`.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = [text for _, text in faults_in(model, data, error)]
        own = "the document: "  # of the whole
        told = [t.removeprefix(own) if t.startswith(own) else f".{t}" for t in faults]
        raise SpecError([path + (t if t[:1] == "." else f": {t}") for t in told]) from None


def faults_in(model: type[BaseModel], data: Any, error: ValidationError) -> list[tuple[Place, str]]:
    """Each fault that pydantic found in `data` once: its place, and ``path: what is wrong``."""
    return list(dict.fromkeys(_told(model, data, f) for f in _telling(data, error.errors())))


def _telling(data: Any, faults: Sequence[Any]) -> list[Any]:
    """`faults` less those of union members that the document did not mean.

    Where a mapping stands and one member of the union takes mappings, the faults inside it tell
    more than "should be 'x'" from the members that take a word.
    """
    paths = [_data_path(data, fault["loc"]) for fault in faults]

    def beside(path: Place) -> bool:
        return any(len(other) > len(path) and other[: len(path)] == path for other in paths)

    return [
        fault
        for fault, path in zip(faults, paths, strict=True)
        if not (fault["type"] == "literal_error" and beside(path))
    ]


def _told(model: type[BaseModel], data: Any, fault: Any) -> tuple[Place, str]:
    path = _data_path(data, fault["loc"])
    dotted = dotted_path(path) or "the document"
    kind = fault["type"]
    if kind == "extra_forbidden":
        known = _known_keys(model, fault["loc"][:-1])
        text = f"unknown key{suggestion(str(fault['loc'][-1]), known)}"
    elif kind == "missing":
        dotted = dotted_path((*path, str(fault["loc"][-1])))
        text = "missing; this key is required"
    elif kind in {"union_tag_invalid", "union_tag_not_found"}:
        context = fault["ctx"]
        path = (*path, context["discriminator"].strip("'"))
        dotted = dotted_path(path)
        text = "missing; this key is required"
        if kind == "union_tag_invalid":
            text = f"{context['tag']!r}: expected one of {context['expected_tags']}"
    elif kind == "value_error":
        text = fault["msg"].removeprefix("Value error, ")
    elif kind == "form":  # of a union whose members are told apart by what stands there
        text = fault["msg"]
    else:
        text = fault["msg"]
        if kind in {"model_type", "dict_type"}:
            text = "expected keys and values"
        text = f"{_shown(fault.get('input'))}: {text[0].lower()}{text[1:]}"
    return path, f"{dotted}: {text}"


def _data_path(data: Any, loc: Sequence[str | int]) -> Place:
    """The part of pydantic's `loc` that names places in `data` (it also names union members).

    A member that is told by its ``kind`` may be called like a key inside it.
    """
    path: list[str | int] = []
    entered = True
    for part in loc:
        if entered and isinstance(data, Mapping) and data.get("kind") == part:
            entered = False
        elif _has(data, part):
            data, entered = data[part], True
            path.append(part)
    return tuple(path)


def _has(data: Any, part: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, Mapping) and part in data


def dotted_path(path: Sequence[str | int]) -> str:
    """``("tasks", 0, "name")`` → ``tasks.0.name``."""
    return ".".join(str(part) for part in path)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _known_keys(model: Any, loc: Sequence[str | int]) -> list[str]:
    """Keys that the model at pydantic's `loc` below `model` takes."""
    found = _models_at(model, list(loc), tagged=True)
    return sorted({_alias(m, name) for m in found for name in m.model_fields})


def _alias(model: type[BaseModel], name: str) -> str:
    return model.model_fields[name].alias or name


def _models_at(
    annotation: Any, loc: list[str | int], tagged: bool = False
) -> list[type[BaseModel]]:
    """Models that `loc` leads to below a type annotation.

    `tagged`: `loc` is pydantic's, which tells members of a union apart by their tags; a path that
    a user writes does not, and may lead to several.
    """
    return _models_below(_members(annotation), loc, tagged)


def _models_below(
    members: list[type[BaseModel]], loc: list[str | int], tagged: bool, told: bool = False
) -> list[type[BaseModel]]:
    """The same below members of a union; `told`: their tag has passed, and keys may be alike."""
    if not loc:
        return members
    chosen = [m for m in members if tagged and not told and loc[0] in _tags(m)]
    if chosen:
        return _models_below(chosen, loc[1:], tagged, told=True)
    out: list[type[BaseModel]] = []
    for member in members:
        for name, info in member.model_fields.items():
            if (info.alias or name) == loc[0]:
                out += _models_at(info.annotation, loc[1:], tagged)
    return out or _models_below(members, loc[1:], tagged)  # an index, or the tag of a union


def _tags(model: type[BaseModel]) -> list[Any]:
    """Values that a field of `model` must have, as the one that tells it apart in a union."""
    fields = model.model_fields.values()
    choices = [typing.get_args(f.annotation) for f in fields if f.is_required()]
    return [only[0] for only in choices if len(only) == 1]


def fields_at(
    model: type[BaseModel], path: Sequence[str | int], beside: Mapping[str, Any] | None = None
) -> list[FieldInfo]:
    """Fields that `path` leads to below `model`; several where a union has several members.

    What stands `beside` the field, such as its ``kind``, may leave fewer of them.
    """
    models = _models_at(model, list(path[:-1]))
    last = str(path[-1])
    return [
        m.model_fields[last]
        for m in models
        if last in m.model_fields and (beside is None or _agrees(m, beside))
    ]


def keys_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Keys that may stand at `path` below `model`; none where any key may."""
    models = _models_at(model, list(path))
    if any(m.model_config.get("extra") == "allow" for m in models):
        return []
    return sorted({_alias(m, name) for m in models for name in m.model_fields})


def _agrees(model: type[BaseModel], data: Mapping[str, Any]) -> bool:
    """Whether what tells `model` apart in a union is not otherwise in `data`."""
    only = {
        _alias(model, name): typing.get_args(f.annotation)
        for name, f in model.model_fields.items()
        if f.is_required() and typing.get_origin(f.annotation) is typing.Literal
    }
    return all(data[key] in values for key, values in only.items() if key in data)


def _members(annotation: Any) -> list[type[BaseModel]]:
    """Every model named in a type annotation."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [m for arg in typing.get_args(annotation) for m in _members(arg)]
