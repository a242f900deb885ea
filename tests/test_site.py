"""The documentation site: every page is reached, what it is made of turns out as it should."""

import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import xbarsim as xs
from xbarsim.crossbar import Wires

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
COMING_FROM = (DOCS / "coming_from.md").read_text("utf-8")
CLASSES = {
    **{n: getattr(xs, n) for n in ("Hardware", "Adc", "Dac", "Encoding", "EchoState", "Strategy")},
    "Wires": Wires,
}


@pytest.fixture
def extension(monkeypatch):
    """A module of the site's own extensions, by name."""
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))
    return lambda name: pytest.importorskip(name)


def test_every_page_is_in_the_contents():
    contents = re.findall(r"^```\{toctree\}.*?^```", (DOCS / "index.md").read_text(), re.M | re.S)
    named = set(re.findall(r"^(?:.*<)?([\w/]+)>?$", "\n".join(contents), re.MULTILINE))
    pages = {p.relative_to(DOCS).with_suffix("").as_posix() for p in DOCS.rglob("*.md")}
    pages = {page for page in pages if not page.startswith("_")}
    assert pages - {"index"} - named == set()


def test_sections_keep_what_stands_behind_the_colon(extension):
    said = """\
        Sums.

        Parameters
        ----------
        a, b : two numbers,
            ohm.
        c, d,
            e : others.

        Raises
        ------
        SpecError : none is given.

        Notes
        -----
        As it is : not an item.
        """
    sections = extension("sections")
    lines = sections.sections(sections.joined(inspect.cleandoc(said).splitlines()))
    text = "\n".join(lines)
    assert "``a``, ``b``\n    two numbers,\n    ohm.\n" in text
    assert "``c``, ``d``, ``e``\n    others.\n" in text
    assert "`SpecError`\n    none is given.\n" in text
    assert ".. rubric:: Notes\n\nAs it is : not an item." in text
    assert "---" not in text


def test_links_out_of_the_guides_come_to_pages_of_the_site(extension):
    elsewhere = extension("elsewhere")
    page = DOCS / "tutorials" / "any.md"
    text = "[g](../../scenarios/README.md#digits) [c](../../xbarsim/crossbar) `[k](../mapping.md)` [w](https://a.b/c.md)"
    turned = elsewhere.outside_code(
        text, lambda part: elsewhere._LINK.sub(lambda m: elsewhere.turned(m, page, page), part)
    )
    assert turned == (
        "[g](../gallery.md#digits) [c](../api/xbarsim.crossbar.rst) `[k](../mapping.md)` "
        "[w](https://a.b/c.md)"
    )


def test_every_sheet_and_publication_is_listed(extension):
    listings = extension("listings").LISTINGS
    sheets, publications = listings["device sheets"](), listings["publications"]()
    for name in xs.list_devices():
        assert f"| `{name}` |" in sheets
    for key in re.findall(r"publications\.md#(\w+)", sheets):
        assert f".. [{key}] " in publications


def test_names_that_newcomers_are_given_exist():
    """What ``Class(key=, ...)`` and ``xs.name`` of the page say."""
    calls = re.findall(r"`(\w+)\(([^`)]*=[^`)]*)\)`", COMING_FROM)
    ours = [(name, keys) for name, keys in calls if name in CLASSES]
    assert len(ours) > 30
    for name, keys in ours:
        known = inspect.signature(CLASSES[name]).parameters
        assert set(re.findall(r"(\w+)=", keys)) <= set(known), (name, keys)
    for name in re.findall(r"`xs\.(\w+)", COMING_FROM):
        assert hasattr(xs, name), name
    for name in re.findall(r"`(xbarsim(?:\.\w+)+)", COMING_FROM):
        if not name.startswith("xbarsim.nn"):  # needs PyTorch
            assert pkgutil.resolve_name(name) is not None


def test_every_formula_is_made_when_the_site_is_built(extension):
    mathml = extension("mathml")
    found = 0
    for folder in ("xbarsim", "device_models", "docs"):
        for file in [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.md")]:
            text = file.read_text("utf-8")
            formulas = re.findall(r":math:`([^`]+)`", text)
            blocks = re.findall(
                r"^( *)\.\. math::(.*\n(?:\1 {2,}\S.*\n|\s*\n)*)", text, re.MULTILINE
            )
            blocks = [part for _, block in blocks for part in block.split("\n\n") if part.strip()]
            for formula in [*formulas, *map(mathml.in_lines, blocks)]:
                assert mathml.mathml(formula).startswith("<math"), file
                found += 1
    assert found > 400


@pytest.mark.parametrize("wrong", [r"\unheardof x", r"\left( x", "x_", "a & b"])
def test_a_formula_that_cannot_be_made_is_a_fault(extension, wrong):
    mathml = extension("mathml")
    with pytest.raises(ValueError):
        mathml.mathml(wrong)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ('<script async src="https://cdn.org/a.js"></script>', "https://cdn.org/a.js"),
        ('<link rel="stylesheet" href="//cdn.org/a.css">', "//cdn.org/a.css"),
        ("@import url(https://cdn.org/a.css);", "https://cdn.org/a.css"),
        ("src: url('https://cdn.org/a.woff2')", "https://cdn.org/a.woff2"),
        ('<a href="https://doi.org/10.1/a">', None),
        ('<script src="../_static/a.js"></script>', None),
        ("background: url(data:image/svg+xml;base64,AA)", None),
    ],
)
def test_what_a_page_would_load_from_elsewhere_is_found(extension, text, address):
    assert extension("offline").loaded(text) == ([address] if address else [])


@pytest.mark.slow  # 40 s
def test_the_site_builds_without_a_warning(tmp_path):
    for package in ("sphinx", "myst_parser", "furo", "sphinx_copybutton", "latex2mathml"):
        pytest.importorskip(package)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", DOCS, tmp_path]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "api" / "xbarsim.crossbar.html").is_file()
