"""Pages whose text stands elsewhere in the repository, and links that lead out of ``docs``.

Guides are written to be read where they stand, so their links are relative to that place. Here they
come to point at pages of the site; what is no page is offered for download.
"""

import os
import re
from pathlib import Path

from listings import LISTINGS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: page of the site -> file that holds its text
PAGES = {
    "benchmarks": ROOT / "benchmarks/README.md",
    "changelog": ROOT / "CHANGELOG.md",
    "contributing": ROOT / "CONTRIBUTING.md",
    "gallery": ROOT / "scenarios/README.md",
    "overview": ROOT / "README.md",
    "results": ROOT / "reports/README.md",
}
_NAMES = {file: f"{name}.md" for name, file in PAGES.items()}
_CODE = re.compile(r"^(```+|~~~+).*?^\1[^\n]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")
_MARK = re.compile(r"^<!-- listing: ([\w ]+) -->$", re.MULTILINE)


def read(app, docname, source):
    """Put the text of a page in, with its listings, and turn its links."""
    file = PAGES.get(docname, DOCS / f"{docname}.md")
    if not file.is_file():
        return  # written in reStructuredText, by `api_pages`
    if docname in PAGES:
        app.env.note_dependency(str(file))
        source[0] = file.read_text("utf-8")
    text = _MARK.sub(lambda found: LISTINGS[found[1]](), source[0])
    page = DOCS / f"{docname}.md"
    source[0] = outside_code(
        text, lambda part: _LINK.sub(lambda found: turned(found, file, page), part)
    )


def outside_code(text, change):
    """A text whose parts outside blocks and spans of code are changed."""
    out, end = [], 0
    for found in _CODE.finditer(text):
        out += [change(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*out, change(text[end:])])


def turned(found, file, page):
    """A link of `file` as `page` must write it."""
    target = Path(os.path.normpath(file.parent / found[1]))
    if target in _NAMES:
        target = DOCS / _NAMES[target]
    elif target.is_dir() and (target / "__init__.py").is_file():
        target = DOCS / "api" / (".".join(target.relative_to(ROOT).parts) + ".rst")
    return f"]({os.path.relpath(target, page.parent)}{found[2] or ''})"


def setup(app):
    """Join the build."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
