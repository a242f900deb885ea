"""The page on components: followed step by step, and its table held against the catalogue."""

import sys
from math import exp

import pytest
from pages import DOCS, blocks, read, run_page

from xbarsim.energy.component import UNITS
from xbarsim.energy.parts import CATALOGUE, STANDARD
from xbarsim.technology import node
from xbarsim.units import show

PAGE = DOCS / "components.md"
SIZES = {
    "bits": 8, "rate": 1e8, "rows": 64, "cells": 64, "swing": 0.5, "time": 1e-8, "energy": 1e-12,
    "ways": 8, "voltage": 1.0, "capacity": 4096, "length": 1e-3, "leaves": 16, "pitch": 1e-3,
    "hops": 2, "registers": 64, "area": 1e-9, "count": 100, "neurons": 256,
}  # fmt: skip


def ranged(name, valid):
    if name not in valid:
        return name
    unit = UNITS.get(name, "dimensionless")
    low, high = (show(value, unit) for value in valid[name])
    return f"{name} {low}" if low == high else f"{name} {low} to {high}"


def row(kind, name, model):
    sizes = [ranged(size, model.valid) if needed else f"({ranged(size, model.valid)})"
             for size, needed in model.sizes.items()]  # fmt: skip
    if "node" in model.valid:
        sizes.append(ranged("node", model.valid))
    at = node(max(45e-9, model.valid.get("node", (0, 0))[0]) if name != "zigzag" else 28e-9)
    cost = model.cost(at, **SIZES)
    zero = [part for part in ("energy", "time", "area", "leakage") if getattr(cost, part) == 0]
    shown = f"**{name}**" if STANDARD[kind] == name else name
    scatter = f"{model.scatter:g} (x {exp(model.scatter):.2g})" if model.scatter else "0"
    parts = (kind, shown, ", ".join(sizes), scatter, ", ".join(zero), model.source)
    return "| " + " | ".join(parts) + " |"


def rows():
    return [row(kind, *item) for kind, models in CATALOGUE.items() for item in models.items()]


def test_the_table_is_the_catalogue():
    shown = [line for line in read(PAGE).splitlines() if line.startswith("| ")]
    start = next(n for n, line in enumerate(shown) if line.startswith("| kind |"))
    assert shown[start + 1 : start + 1 + len(rows())] == rows()


@pytest.fixture
def followed(tmp_path, monkeypatch):
    """The page's first block saved under the name that it gives."""
    (code,) = [content for _, behind, content in blocks(PAGE) if behind.strip() == "my_parts.py"]
    (tmp_path / "my_parts.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("my_parts", None)


@pytest.mark.usefixtures("followed")
def test_the_page_runs_and_prints_what_it_shows(tmp_path, monkeypatch):
    run_page(PAGE, tmp_path, monkeypatch)
