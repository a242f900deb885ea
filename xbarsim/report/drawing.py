"""A figure of the report: vector files for a paper, an inline copy in the page's colours."""

import io
import re
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup
from matplotlib.figure import Figure

from xbarsim.parallel import once
from xbarsim.report.style import INK, MUTED, PALETTE, RULE, style

_THEME = {
    INK: "currentColor",
    MUTED: "var(--muted)",
    RULE: "var(--grid)",
    **{colour: f"var(--c{index})" for index, colour in enumerate(PALETTE, 1)},
}
_COLOUR = re.compile("|".join(_THEME))
_FONT = re.compile("'DejaVu Sans'[^;]*")


@dataclass(frozen=True)
class Drawing:
    """A figure with its words.

    Parameters
    ----------
    name : stem of its files, unique in a report.
    figure : what is drawn.
    title : a few words, read out in place of the picture.
    caption : what is shown, how sure it is, how many trials.
    """

    name: str
    figure: Figure
    title: str
    caption: str

    @once
    def svg(self) -> bytes:
        """The figure as SVG, black on transparent, without a date."""
        return self._saved("svg", {"Date": None})

    @once
    def pdf(self) -> bytes:
        """The figure as PDF, black on transparent, without a date."""
        return self._saved("pdf", {"CreationDate": None})

    @once
    def png(self) -> bytes:
        """The figure as PNG, black on white."""
        return self._saved("png", {"Software": None}, facecolor="white", dpi=150)

    @property
    def inline(self) -> Markup:
        """The SVG to put into a page: colours from its theme, type from its fonts, own ids."""
        root = ElementTree.fromstring(self.svg)
        for parent in list(root.iter()):
            for child in [c for c in parent if _local(c.tag) in {"metadata", "style"}]:
                parent.remove(child)
        for element in root.iter():
            element.tag = _local(element.tag)
            element.attrib = {_local(k): self._themed(k, v) for k, v in element.attrib.items()}
        root.attrib = {
            "viewBox": root.attrib["viewBox"],
            "width": root.attrib["width"],
            "role": "img",
            "aria-label": self.title,
        }
        return Markup(ElementTree.tostring(root, encoding="unicode"))

    def _themed(self, key: str, value: str) -> str:
        if key == "id":
            return f"{self.name}-{value}"
        if _local(key) == "href":
            return value.replace("#", f"#{self.name}-", 1)
        value = value.replace("url(#", f"url(#{self.name}-")
        return _FONT.sub("var(--sans)", _COLOUR.sub(lambda found: _THEME[found[0]], value))

    def _saved(self, kind: str, metadata: dict[str, None], **settings: Any) -> bytes:
        buffer = io.BytesIO()
        with style():
            self.figure.savefig(buffer, format=kind, metadata=metadata, **settings)
        return buffer.getvalue()


def _local(name: str) -> str:
    """`name` without its namespace."""
    return name.rpartition("}")[2]
