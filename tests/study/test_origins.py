"""The code that trials are made of, here and on the workers of a cluster."""

import importlib
import shutil
import sys
from types import SimpleNamespace

import pytest

from xbarsim.study import origins
from xbarsim.study.engines.remote import versions


@pytest.fixture
def pack(tmp_path, monkeypatch):
    """A pack of devices that somebody else has installed; `versions` is asked anew."""
    (tmp_path / "their_pack").mkdir()
    (tmp_path / "their_pack" / "__init__.py").write_text("LAW = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("their_pack")
    entries = [SimpleNamespace(load=lambda: module)]
    monkeypatch.setattr(origins, "entry_points", lambda group: entries)
    versions.cache_clear()
    yield tmp_path / "their_pack"
    del sys.modules["their_pack"]
    versions.cache_clear()


def test_workers_with_another_version_of_a_pack_are_told_apart(pack):
    mine = versions()
    (pack / "__init__.py").write_text("LAW = 2\n")
    versions.cache_clear()
    theirs = versions()
    told = mine.differences(theirs)
    assert told == f"packs of devices {theirs.packs}, not {mine.packs}"
    assert theirs.packs.startswith("their_pack ") and theirs.code == mine.code


def test_code_is_told_by_what_it_says_and_not_by_where_it_stands(pack, tmp_path):
    before = origins.code_of(importlib.import_module("their_pack"))
    shutil.copytree(pack, tmp_path / "elsewhere" / "their_pack")
    moved = SimpleNamespace(__path__=[str(tmp_path / "elsewhere" / "their_pack")])
    assert origins.code_of(moved) == before
    (tmp_path / "elsewhere" / "their_pack" / "sheet.yaml").write_text("title: new")
    assert origins.code_of(moved) != before
