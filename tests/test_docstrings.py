"""Examples in docstrings of the package run and give what they show."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PUBLIC = [  # what users call first
    "xbarsim.api.run",
    "xbarsim.device.load_device",
    "xbarsim.crossbar.transfer_matrix",
    "xbarsim.crossbar.solve",
    "xbarsim.tile.Tile",
    "xbarsim.mapping.map_network",
    "xbarsim.network.Network",
    "xbarsim.energy.estimate",
    "xbarsim.study.read_results",
    "xbarsim.report.compare_studies",
    "xbarsim.transient.simulate",
    "xbarsim.reservoirs.echo_state.EchoState",
]


def modules():
    """Names of modules in whose files an example stands."""
    for package in ("xbarsim", "device_models"):
        for file in sorted((ROOT / package).rglob("*.py")):
            if ">>> " in file.read_text("utf-8"):
                parts = file.relative_to(ROOT).with_suffix("").parts
                yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def found(name):
    return [t for t in doctest.DocTestFinder().find(import_module(name)) if t.examples]


@pytest.mark.parametrize("name", list(modules()))
def test_examples_give_what_they_show(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tests = found(name)
    assert tests
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in tests:
        said = []
        runner.run(test, out=said.append, clear_globs=False)
        assert not runner.failures, "".join(said)


@pytest.mark.parametrize("name", PUBLIC)
def test_what_users_call_first_has_an_example(name):
    module, _, attribute = name.rpartition(".")
    assert ">>> " in getattr(import_module(module), attribute).__doc__
