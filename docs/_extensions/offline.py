"""A page of the site that would load something from the network is a warning."""

import re
from pathlib import Path

from sphinx.util import logging

LOG = logging.getLogger(__name__)
_ELSEWHERE = r"[\"']?\s*((?:https?:)?//[^\"'\s>)]+)"
_LOADED = [
    re.compile(rf"<(?:script|img|iframe|source|audio|video|embed)\b[^>]*?\ssrc={_ELSEWHERE}"),
    re.compile(rf"<link\b(?![^>]*rel=[\"'](?:canonical|author|license))[^>]*?\shref={_ELSEWHERE}"),
    re.compile(rf"(?:@import\s+(?:url\()?|\burl\(){_ELSEWHERE}"),
]


def loaded(text):
    """Addresses elsewhere from which a page or a style sheet loads something; links do not."""
    return [found for pattern in _LOADED for found in pattern.findall(text)]


def check(app, error):
    """Look at all that was written."""
    if error is not None or app.builder.format != "html":
        return
    for file in sorted(Path(app.outdir).rglob("*")):
        if file.suffix in (".html", ".css"):
            for address in loaded(file.read_text("utf-8")):
                LOG.warning("%s loads %s", file.relative_to(app.outdir), address)


def setup(app):
    """Join the build."""
    app.connect("build-finished", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
