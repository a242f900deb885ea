"""A figure of the report: vector files for a paper, an inline copy in the page's colours."""

import io
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from xbarsim.parallel import once
from xbarsim.report.hover import told
from xbarsim.report.inline import inline
from xbarsim.report.style import style


@dataclass(frozen=True)
class Drawing:
    """A figure with its words.

    Parameters
    ----------
    name : stem of its files, unique in a report.
    figure : what is drawn.
    title : a few words, read out in place of the picture.
    caption : what is shown, how sure it is, how many trials.
    intervals : whether it shows intervals of means over trials.
    """

    name: str
    figure: Figure
    title: str
    caption: str
    intervals: bool = True

    @once
    def svg(self) -> bytes:
        """The figure as SVG, black on transparent, without a date."""
        told(self.figure)  # so that its marks have their ids
        return self._saved("svg", {"Date": None})

    @once
    def pdf(self) -> bytes:
        """The figure as PDF, black on transparent, without a date."""
        return self._saved("pdf", {"CreationDate": None})

    @once
    def png(self) -> bytes:
        """The figure as PNG, black on white."""
        return self._saved("png", {"Software": None}, facecolor="white", dpi=150)

    @once
    def inline(self) -> Markup:
        """The SVG to put into a page: colours from its theme, own ids, words on its marks."""
        return inline(self.svg, self.name, self.title, told(self.figure))

    def _saved(self, kind: str, metadata: dict[str, None], **settings: Any) -> bytes:
        buffer = io.BytesIO()
        with style():
            self._laid_out.savefig(buffer, format=kind, metadata=metadata, **settings)
        return buffer.getvalue()

    @once
    def _laid_out(self) -> Figure:
        """The figure, once it is known where its parts stand: saving it would ask twice."""
        engine = self.figure.get_layout_engine()
        if engine is not None:
            engine.execute(self.figure)
            self.figure.set_layout_engine("none")
        return self.figure
