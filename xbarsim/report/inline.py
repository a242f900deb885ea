"""A figure's SVG as it stands in a page: in the page's colours, no byte that draws nothing."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import chain, groupby
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from markupsafe import Markup

from xbarsim.report.style import INK, MUTED, PALETTE, RULE

_THEME = {
    INK: "currentColor",
    MUTED: "var(--muted)",
    RULE: "var(--grid)",
    **{colour: f"var(--c{index})" for index, colour in enumerate(PALETTE, 1)},
}
_COLOUR = re.compile("|".join(_THEME))
_FONT = re.compile("font-family: [^;]*(; )?")  # the page's, from its style sheet
_REFERENCE = re.compile(r"#([\w.-]+)")
_NUMBER = re.compile(r"-?\d+\.\d+")
_NO_TURN = re.compile(r"rotate\(-?0 [^)]*\)")
_CURVED = re.compile(r"[^MLz\d .-]")
_LINE = re.compile(r"([ML])(\S+) ([^MLz\s]+)|z")
_PLACED = {"d", "x", "y", "transform", "points"}


def inline(svg: bytes, name: str, title: str, told: Mapping[str, Sequence[str]]) -> Markup:
    """The picture to put into a page.

    Parameters
    ----------
    svg : a figure as matplotlib wrote it.
    name : begins every id, so that pictures of one page do not share any.
    title : read out in place of the picture.
    told : for ids of groups what each mark in them says under the pointer: one text a mark, or
        one for the whole group.
    """
    root = fromstring(svg)
    for element in list(root.iter()):
        element[:] = [c for c in element if _local(c.tag) not in {"metadata", "style"}]
        element.tag = _local(element.tag)
        element.attrib = {_local(k): v for k, v in element.attrib.items()}
        if element.tag != "text":
            element.text = None
        element.tail = None
    _tell(root, told)
    _rename(root, name)
    for element in root.iter():
        digits = 2 if "id" in element.attrib else 1  # of what is drawn many times, of the rest
        shorter = {k: _short(k, v, digits) for k, v in element.attrib.items()}
        element.attrib = {k: v for k, v in shorter.items() if v}
    _lift_styles(root)
    _unwrap(root)
    *_, width, height = root.attrib["viewBox"].split()
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "width": root.attrib["width"],
        "style": f"aspect-ratio:{width}/{height}",
        "role": "img",
        "aria-label": title,
    }
    _share_styles(root)
    return Markup(tostring(root, encoding="unicode").replace(" />", "/>"))


def _tell(root: Element, told: Mapping[str, Sequence[str]]) -> None:
    groups = {e.get("id"): e for e in root.iter("g")}
    for of, texts in told.items():
        group = groups.get(of)
        if group is None:
            continue
        marks = list(group.iter("use")) or list(group.iter("path"))
        if len(marks) == len(texts):  # else some stand outside of the picture
            for mark, text in zip(marks, texts, strict=True):
                title = SubElement(mark, "title")
                title.text = text


def _rename(root: Element, name: str) -> None:
    """Keep the ids that something refers to, numbered behind what stands for `name`."""
    stem = "f" + blake2b(name.encode(), digest_size=3).hexdigest()
    values = [v for e in root.iter() for k, v in e.attrib.items() if k == "href" or "url(#" in v]
    used = dict.fromkeys(chain.from_iterable(_REFERENCE.findall(value) for value in values))
    ids = {old: f"{stem}-{number}" for number, old in enumerate(used)}
    for element in root.iter():
        if element.get("id") in ids:
            element.set("id", ids[element.attrib["id"]])
        else:
            element.attrib.pop("id", None)
        for key, value in element.attrib.items():
            if key == "href" or "url(#" in value:
                found = _REFERENCE.sub(lambda m: f"#{ids.get(m[1], m[1])}", value)
                element.set(key, found)


def _short(key: str, value: str, digits: int) -> str:
    if key in _PLACED:
        value = _NUMBER.sub(lambda found: f"{round(float(found[0]), digits):g}", value)
        value = _NO_TURN.sub("", value)
        value = value.strip()
        return _straight(re.sub(r"\s*([A-Za-z])\s*", r"\1", value)) if key == "d" else value
    value = _COLOUR.sub(lambda found: _THEME[found[0]], _FONT.sub("", value))
    return re.sub(r"([:;]) ", r"\1", value) if key == "style" else value


def _straight(path: str) -> str:
    """A path of lines with those along an axis written as such."""
    if _CURVED.search(path):
        return path
    parts, at = [], ("", "")
    for found in _LINE.finditer(path):
        command, x, y = found.groups()
        along = {"H": y == at[1], "V": x == at[0]} if command == "L" else {}
        short = {"H": f"H{x}", "V": f"V{y}"}
        parts.append(next((short[k] for k, fits in along.items() if fits), found[0]))
        at = (x, y)
    return "".join(parts)


def _unwrap(element: Element) -> None:
    """Put what groups without a property hold in their place."""
    for child in element:
        _unwrap(child)
    kept = chain.from_iterable(_unwrapped(child) for child in element)
    held = [_joined(list(alike)) for _, alike in groupby(kept, _stroke)]
    runs = groupby(held, lambda each: each.get("clip-path"))
    element[:] = chain.from_iterable(_clipped(clip, list(run)) for clip, run in runs)


def _clipped(clip: str | None, run: list[Element]) -> Iterator[Element]:
    """Neighbours that are clipped alike, in one group."""
    if clip is None or len(run) == 1:
        yield from run
        return
    group = Element("g", {"clip-path": clip})
    for element in run:
        del element.attrib["clip-path"]
        group.append(element)
    group[:] = list(chain.from_iterable(_unwrapped(child) for child in group))
    yield group


def _stroke(element: Element) -> Any:
    """Alike for lines that one path can draw, and unlike anything else."""
    look = element.get("style", "")
    if element.tag != "path" or "fill:none" not in look or "opacity" in look or len(element):
        return id(element)
    return {k: v for k, v in element.attrib.items() if k != "d"}


def _joined(alike: list[Element]) -> Element:
    """One element of those that look alike."""
    alike[0].attrib |= {"d": "".join(e.get("d", "") for e in alike)} if alike[1:] else {}
    return alike[0]


def _unwrapped(child: Element) -> Iterator[Element]:
    if child.tag == "g" and not child.attrib:
        yield from child
    elif child.tag != "defs" or len(child):
        yield child


def _lift_styles(root: Element) -> None:
    """Say of a group what all marks in it look like."""
    for group in root.iter("g"):
        looks = {e.get("style", "") for e in group}
        plain = group.attrib.keys() <= {"clip-path"} and {e.tag for e in group} == {"use"}
        if len(group) > 1 and plain and len(looks) == 1 and "opacity" not in (look := looks.pop()):
            group.set("style", look)
            for element in group:
                element.attrib.pop("style", None)


def _share_styles(root: Element) -> None:
    """Write down once what several elements look like, by a class named after it."""
    styled = [e for e in root.iter() if e.get("style")]
    counts = Counter(e.attrib["style"] for e in styled)
    names = {
        look: f"s{blake2b(look.encode(), digest_size=4).hexdigest()}"
        for look, count in counts.items()
        if count > 1
    }
    for element in styled:
        if (name := names.get(element.attrib["style"])) is not None:
            del element.attrib["style"]
            element.set("class", name)
    if names:
        sheet = Element("style")
        sheet.text = "".join(f".{name}{{{look}}}" for look, name in names.items())
        root.insert(0, sheet)


def _local(name: str) -> str:
    """`name` without its namespace."""
    return name.rpartition("}")[2]
