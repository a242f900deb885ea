"""Imports point one way: a module may use only those named before it."""

import ast
from pathlib import Path

import pytest

ORDER = [
    "lazy",
    "cache",
    "errors",
    "units",
    "checks",
    "constants",
    "backend",
    "parallel",
    "streams",
    "documents",
    "technology",
    "transistor",
    "device",
    "effects",
    "transient",
    "crossbar",
    "programming",
    "encode",
    "periphery",
    "hardware",
    "partition",
    "tile",
    "layers",
    "mapping",
    "network",
    "quality",
    "diagnosis",
    "energy",
    "encoders",
    "reservoirs",
    "plasticity",
    "tasks",
    "systems",
    "scenario",
    "study",
    "report",
    "api",
    "nn",
    "interop",
    "__init__",
    "cli",
    "__main__",
]
PACKAGE = Path(__file__).parents[1] / "xbarsim"
DEVICES = Path(__file__).parents[1] / "device_models"


def files_of(module):
    path = PACKAGE / module
    return sorted(path.rglob("*.py")) if path.is_dir() else [PACKAGE / f"{module}.py"]


def imported(file):
    """Every module that `file` imports from, by its full name, type checking aside."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found


def test_every_module_has_its_place():
    names = {p.stem if p.suffix else p.name for p in PACKAGE.iterdir() if p.suffix in ("", ".py")}
    assert sorted(names - {"__pycache__"}) == sorted(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_imports_point_one_way(module):
    allowed = set(ORDER[: ORDER.index(module)]) | {module}
    for file in files_of(module):
        ours = {n.split(".")[1] for n in imported(file) if n.startswith("xbarsim.")}
        assert ours <= allowed, f"{file.relative_to(PACKAGE)} imports {ours - allowed}"


@pytest.mark.parametrize("module", ORDER)
def test_engine_names_no_device_model(module):
    for file in files_of(module):
        assert not any(n.startswith("device_models") for n in imported(file)), file


@pytest.mark.parametrize("file", sorted(DEVICES.glob("*.py")), ids=lambda p: p.stem)
def test_device_models_lean_on_the_contract_alone(file):
    ours = {n for n in imported(file) if n.startswith("xbarsim")}
    assert ours <= {"xbarsim.device", "xbarsim.backend", "xbarsim.errors"}
