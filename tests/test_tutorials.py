"""Tutorials, and the guides to mapping and estimators, run and print what they show."""

import contextlib
import io
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from xbarsim import Hardware, Network, cli, diagnose, layer_quality, load_device, map_network
from xbarsim.mapping import Dense
from xbarsim.mapping.nir.nodes import KINDS
from xbarsim.mapping.onnx.reader import OPERATORS
from xbarsim.mapping.torch.modules import FUNCTIONS, MODULES

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [
    *(DOCS / f"{name}.md" for name in ("mapping", "learning", "estimators", "reservoirs")),
    *sorted((DOCS / "tutorials").glob("*.md")),
]
PACKAGES = "torch|onnx|nir|aihwkit"  # without which a page that imports them is skipped
NUMBER = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?")


def read(page):
    return page.read_text("utf-8")


def blocks(page):
    """Language, what stands behind it, and content of every block of a page."""
    return re.findall(r"^```(\w+)([^\n]*)\n(.*?)^```", read(page), re.DOTALL | re.MULTILINE)


def run_shell(block, monkeypatch):
    for line in block.strip().splitlines():
        monkeypatch.setattr(sys, "argv", shlex.split(line, comments=True))
        with contextlib.suppress(SystemExit):
            cli.main()


def compare(printed, said, tolerance):
    """Same words, and numbers within the page's ``abs=`` and ``rel=``; equal without these."""
    allowed = {k: float(v) for k, v in (t.split("=") for t in tolerance.split())}
    bare, shown = (" ".join(NUMBER.sub("#", text).split()) for text in (printed, said))
    assert bare == shown
    found, wanted = (list(map(float, NUMBER.findall(text))) for text in (printed, said))
    for one, other in zip(found, wanted, strict=True):
        assert one == pytest.approx(other, **allowed) if allowed else one == other, printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs_and_prints_what_it_shows(page, tmp_path, monkeypatch):
    for package in re.findall(
        r"^(?:import|from) (torch|onnx|nir|aihwkit)\b", read(page), re.MULTILINE
    ):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    names, printed = {"__name__": "__main__"}, ""
    for language, behind, content in blocks(page):
        if language == "text":
            compare(printed, content, behind)
            printed = ""
            continue
        assert not printed, "what a block prints stands behind it"
        with contextlib.redirect_stdout(io.StringIO()) as screen:
            if language == "python":
                exec(compile(content, page.name, "exec"), names)
            elif language == "sh":
                run_shell(content, monkeypatch)
        printed = screen.getvalue()
    assert not printed, "what a block prints stands behind it"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for file, place in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)", read(page)):
        target = (page.parent / file) if file else page
        assert target.exists(), file
        if place:
            headings = re.findall(r"^#+ (.*)$", read(target), re.MULTILINE)
            assert place in {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def names_in(paragraph):
    """What stands in backquotes; ``Conv1d..3d`` is three names."""
    found = set()
    for name in re.findall(r"`([^`]+)`", paragraph):
        short = re.fullmatch(r"(\w+)1d\.\.3d", name)
        found |= {f"{short[1]}{n}d" for n in (1, 2, 3)} if short else {name}
    return found


def test_the_guide_lists_exactly_what_is_read():
    paragraphs = [p for p in read(DOCS / "mapping.md").split("\n\n") if p.startswith("`")]
    lists = [names_in(p) for p in paragraphs if re.fullmatch(r"(?:`[^`\s]+`\s*)+", p)]
    assert lists == [set(MODULES), set(FUNCTIONS), set(OPERATORS), {*KINDS, "Input", "Output"}]


def test_the_guide_explains_every_column():
    layer = Dense(name="dense", weights=np.eye(3), bias=np.zeros(3))
    hardware, x = Hardware(device=load_device("wan_2022")), np.eye(3)
    chip = Network(map_network([layer], hardware))
    chip.program()
    tables = (
        chip.placement.table,
        layer_quality(chip, x),
        diagnose([layer], hardware, lambda run: float(run(x).trace()), x, chips=2),
    )
    explained = re.findall(
        r"^\| column \| \|\n\|---\|---\|\n((?:\|.*\n)+)", read(PAGES[0]), re.MULTILINE
    )
    for table, rows in zip(tables, explained, strict=True):
        firsts = "".join(row.split("|")[1] for row in rows.splitlines())
        assert names_in(firsts) == set(table.columns)
