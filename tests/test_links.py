"""Links of all texts lead to a file and a heading; identifiers of publications are well formed."""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(ROOT / name / "README.md" for name in ("scenarios", "reports", "benchmarks")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
DEEPEST = 4  # myst_heading_anchors of docs/conf.py
CODE = re.compile(r"^(```+).*?^\1[^\n]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")
DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>{}]*[^\s\"<>{}.,;]")  # as Crossref advises
ARXIV = re.compile(r"\d{4}\.\d{4,5}(v\d+)?|[a-z-]+(\.[A-Z]{2})?/\d{7}")


def without_code(text):
    return CODE.sub("", text)


def anchors(page):
    """What GitHub and MyST call the headings of a page; one that comes again gets a number."""
    text = re.sub(r"^(```+).*?^\1[^\n]*$", "", page.read_text("utf-8"), flags=re.M | re.S)
    found = []
    for level, heading in re.findall(r"^(#+) (.*)$", text, re.MULTILINE):
        plain = re.sub(r"\]\([^)]*\)", "", heading).lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        again = sum(other.partition("!")[0] == name for other, _ in found)
        found.append((f"{name}!{again}" if again else name, len(level)))
    return {name.replace("!", "-") for name, level in found if level <= DEEPEST}


def is_there(target):
    """Whether a file or folder stands there, or the site makes the page from docstrings."""
    if target.parent != ROOT / "docs" / "api":
        return target.exists()
    module = ROOT / target.stem.replace(".", "/")
    return target.stem == "index" or module.is_dir() or module.with_suffix(".py").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for file, place in LINK.findall(without_code(page.read_text("utf-8"))):
        target = Path(os.path.normpath(page.parent / file)) if file else page
        assert is_there(target), file
        made = target.name == "publications.md" and place.isalnum()
        if place and not made:
            assert place in anchors(target), f"{file}#{place}"


def test_what_is_counted_are_links():
    page = ROOT / "README.md"
    found = LINK.findall(without_code(page.read_text("utf-8")))
    assert len(found) > 30 and ("CONTRIBUTING.md", "a-new-device") in found
    assert "a-new-device" in anchors(ROOT / "CONTRIBUTING.md")
    assert "a-new-devices" not in anchors(ROOT / "CONTRIBUTING.md")


def test_identifiers_of_publications_are_well_formed():
    bib = (ROOT / "device_models/references.bib").read_text("utf-8")
    dois = re.findall(r"^\s*doi\s*=\s*[{\"]([^}\"]*)", bib, re.MULTILINE)
    ids = re.findall(r"^\s*eprint\s*=\s*[{\"]([^}\"]*)", bib, re.MULTILINE)
    for page in PAGES:
        text = page.read_text("utf-8")
        dois += re.findall(r"https?://(?:dx\.)?doi\.org/([^\s)>\]]*)", text)
        ids += re.findall(r"arxiv\.org/(?:abs|pdf)/([^\s)>\]]*)", text)
        ids += re.findall(r"arXiv:\s?([^\s,;)\]]*[^\s,;.)\]])", text)
    assert len(dois) > 10
    assert [doi for doi in dois if not DOI.fullmatch(doi)] == []
    assert [one for one in ids if not ARXIV.fullmatch(one)] == []
