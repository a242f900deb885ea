"""Pages of the documentation, and how they are run."""

import contextlib
import io
import re
import shlex
import sys
from pathlib import Path

import pytest

from xbarsim import cli

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [
    *(
        DOCS / f"{name}.md"
        for name in (
            "mapping",
            "learning",
            "estimators",
            "reservoirs",
            "plasticity",
            "systems",
            "energy",
        )
    ),
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


def run_page(page, tmp_path, monkeypatch):
    """Run a page's blocks in order; what they print is what stands behind them."""
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
