"""The tutorial of training in situ runs and prints what it shows."""

import pytest
from pages import DOCS, run_page


@pytest.mark.tutorial
def test_the_page_runs_and_prints_what_it_shows(tmp_path, monkeypatch):
    run_page(DOCS / "tutorials" / "in_situ_training.md", tmp_path, monkeypatch)
