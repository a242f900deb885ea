"""A figure's SVG as it stands in a page: colours of the page's theme, no byte that draws nothing."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import chain
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
    _unwrap(root)
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "width": root.attrib["width"],
        "role": "img",
        "aria-label": title,
    }
    _share_styles(root)
    return Markup(tostring(root, encoding="unicode"))


def _tell(root: Element, told: Mapping[str, Sequence[str]]) -> None:
    groups = {e.get("id"): e for e in root.iter("g")}
    for of, texts in told.items():
        group = groups.get(of)
        if group is None:
            continue
        marks = [group] if len(texts) == 1 else list(group.iter("use"))
        if len(marks) == len(texts):  # else some stand outside of the picture
            for mark, text in zip(marks, texts, strict=True):
                title = SubElement(mark, "title")
                title.text = text


def _rename(root: Element, name: str) -> None:
    """Keep the ids that something refers to, numbered behind `name`."""
    values = [v for e in root.iter() for k, v in e.attrib.items() if k == "href" or "url(#" in v]
    used = dict.fromkeys(chain.from_iterable(_REFERENCE.findall(value) for value in values))
    ids = {old: f"{name}-{number}" for number, old in enumerate(used)}
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
        return re.sub(r"\s*([A-Za-z])\s*", r"\1", value).strip() if key == "d" else value.strip()
    value = _COLOUR.sub(lambda found: _THEME[found[0]], _FONT.sub("", value))
    return re.sub(r"([:;]) ", r"\1", value) if key == "style" else value


def _unwrap(element: Element) -> None:
    """Put what groups without a property hold in their place."""
    for child in element:
        _unwrap(child)
    element[:] = list(chain.from_iterable(_unwrapped(child) for child in element))


def _unwrapped(child: Element) -> Iterator[Element]:
    if child.tag == "g" and not child.attrib and child.find("title") is None:
        yield from child
    elif child.tag != "defs" or len(child):
        yield child


def _share_styles(root: Element) -> None:
    """Write down once what several elements look like, by a class named after it."""
    styled = [e for e in root.iter() if "style" in e.attrib]
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
