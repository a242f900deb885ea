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
NUMBER = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?")


def read(page):
    return page.read_text("utf-8")


def blocks(page):
    """Language, what stands behind it, and content of every block of a page."""
    return re.findall(r"^```(\w+)([^\n]*)\n(.*?)^```", read(page), re.DOTALL | re.MULTILINE)


def run_shell(block, behind, monkeypatch):
    """Every line is a command of xbarsim; one that ends with ``status=`` prints its errors."""
    wanted = int(behind.partition("status=")[2] or 0)
    for line in block.strip().splitlines():
        monkeypatch.setattr(sys, "argv", shlex.split(line, comments=True))
        assert sys.argv[0] == "xbarsim", line
        status = 0
        with contextlib.redirect_stderr(io.StringIO()) as errors:
            try:
                cli.main()
            except SystemExit as end:
                status = end.code or 0
        assert status == wanted, errors.getvalue()
        if status:
            print(errors.getvalue(), end="")


def bare(text):
    """The words of a text, with a mark in the place of numbers."""
    return " ".join(NUMBER.sub("#", text).split())


def shown(printed, said):
    """Lines of `printed` that `said` shows; a line ``...`` of it stands for any others."""
    parts = [_lines(part) for part in re.split(r"^\.\.\.\n", said, flags=re.MULTILINE)]
    lines, found, at = _lines(printed), [], 0
    for k, part in enumerate(parts):
        last = len(lines) - len(part)
        places = [at] if k == 0 else [last] if k == len(parts) - 1 else range(at, last + 1)
        alike = (n for n in places if n >= at and _same(lines[n : n + len(part)], part))
        at = next(alike, None)
        assert at is not None, f"{printed}\nhas no\n{part}"
        found += lines[at : at + len(part)]
        at += len(part)
    return "\n".join(found)


def _lines(text):
    return [line for line in text.splitlines() if line.strip()]


def _same(found, said):
    return bare("\n".join(found)) == bare("\n".join(said))


def compare(printed, said, tolerance):
    """Same words, and numbers within the page's ``abs=`` and ``rel=``; equal without these."""
    allowed = {k: float(v) for k, v in (t.split("=") for t in tolerance.split())}
    if re.search(r"^\.\.\.$", said, re.MULTILINE):
        printed, said = shown(printed, said), re.sub(r"^\.\.\.\n", "", said, flags=re.MULTILINE)
    assert bare(printed) == bare(said)
    found, wanted = (list(map(float, NUMBER.findall(text))) for text in (printed, said))
    for one, other in zip(found, wanted, strict=True):
        assert one == pytest.approx(other, **allowed) if allowed else one == other, printed


def run_page(page, tmp_path, monkeypatch):
    """Run a page's blocks in order; what they print is what stands behind them."""
    if "\ntorch.onnx.export(" in read(page):
        pytest.importorskip("onnxscript")
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
                run_shell(content, behind, monkeypatch)
            elif language in ("yaml", "csv") and behind.strip():  # the name of the file it is
                Path(behind.strip()).write_text(content, "utf-8")
        printed = screen.getvalue()
    assert not printed, "what a block prints stands behind it"
