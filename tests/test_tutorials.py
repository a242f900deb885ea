"""Tutorials, and the guides to mapping and estimators, run and print what they show."""

import re

import numpy as np
import pytest
from pages import DOCS, PAGES, compare, read, run_page

from xbarsim import Hardware, Network, diagnose, layer_quality, load_device, map_network
from xbarsim.mapping import Dense
from xbarsim.mapping.nir.nodes import KINDS
from xbarsim.mapping.onnx.reader import OPERATORS
from xbarsim.mapping.torch.modules import FUNCTIONS, MODULES

ELSEWHERE = "in_situ_training"  # the longest, which another process may run meanwhile


@pytest.mark.tutorial
@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")  # PyTorch's, when it writes ONNX
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.stem != ELSEWHERE], ids=lambda page: page.stem
)
def test_a_page_runs_and_prints_what_it_shows(page, tmp_path, monkeypatch):
    run_page(page, tmp_path, monkeypatch)


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


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("a 1\n...\nd 4\n", True),
        ("...\nb 2\nc 3\n...\n", True),
        ("a 1\n...\n", True),
        ("...\nd 4\n", True),
        ("a 1\n...\nd 5\n", False),
        ("...\nc 3\n", False),
        ("b 2\n...\n", False),
        ("a 1\nc 3\n...\n", False),
        ("...\nc 3\n...\nb 2\n...\n", False),
    ],
)
def test_three_points_stand_for_any_lines(said, same):
    printed = "a 1\nb 2\nc 3\nd 4\n"
    if same:
        compare(printed, said, "")
    else:
        with pytest.raises(AssertionError):
            compare(printed, said, "")
