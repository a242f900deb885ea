"""A maker of studies, each in a directory of its own, and a browser for their pages."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from report_studies import study

from xbarsim.study.results import Results


@pytest.fixture(scope="session")
def make_results(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Results]:
    """`study`, in a new directory unless one is given."""

    def make(*args: Any, directory: Path | None = None, **settings: Any) -> Results:
        return study(*args, directory=directory or tmp_path_factory.mktemp("study"), **settings)

    return make


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium of the system, driven by Playwright."""
    playwright = pytest.importorskip("playwright.sync_api")
    if (chromium := shutil.which("chromium")) is None:
        pytest.skip("no chromium on PATH")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()
