"""The wheel holds what it needs, and runs away from its sources."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
IGNORED = shutil.ignore_patterns(
    ".*", "*.egg-info", "__pycache__", "build", "dist", "reports", "docs"
)
SCENARIO = """\
name: tiny
device: {sheet: wan_2022}
array: {rows: 32, cols: 32}
tasks:
  - name: d
    kind: classifier
    dataset: {source: sklearn.digits, test_limit: 40}
    network: {kind: mlp, hidden: [8], epochs: 5}
ages: [1 s]
energy: {inputs: 2}
run: {engine: inline}
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of a copy of the sources; skipped where its build system cannot be had."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=IGNORED)
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--disable-pip-version-check",
           "--retries=1", "--timeout=10", "-q", "-w", folder, folder / "source"]  # fmt: skip
    for isolation in (["--no-build-isolation"], []):  # without it nothing is fetched
        ended = subprocess.run([*pip, *isolation], capture_output=True, text=True, check=False)
        if ended.returncode == 0:
            return next(folder.glob("*.whl"))
    missing = ("bdist_wheel", "No matching distribution", "BackendUnavailable", "connection")
    if any(word in ended.stderr for word in missing):
        pytest.skip("neither installed nor fetched: the setuptools that pyproject.toml asks for")
    pytest.fail(ended.stderr)


@pytest.fixture(scope="module")
def contents(wheel):
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel in a folder of its own; Python finds its dependencies here, the sources nowhere."""
    folder = tmp_path_factory.mktemp("installed")
    target = folder / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", target,
         "--disable-pip-version-check", "-q", wheel],
        check=True,
    )  # fmt: skip
    # -S leaves out site, hence .pth files, hence the editable install
    start = (
        "import sys; sys.path[1:1] = [{!r}, {!r}, {!r}]; from xbarsim.cli import main; main()"
    ).format(str(target), *(sysconfig.get_path(name) for name in ("purelib", "platlib")))
    away = folder / "away"
    away.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}

    def run(*arguments, code=start):
        return subprocess.run(
            [sys.executable, "-S", "-c", code, *arguments],
            cwd=away,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    run.away, run.target, run.start = away, target, start
    return run


def packaged(pattern):
    return {p.relative_to(ROOT).as_posix() for p in ROOT.glob(pattern)}


@pytest.mark.parametrize(
    "pattern",
    ["device_models/**/*.py", "device_models/parameters/*.yaml", "device_models/references.bib",
     "xbarsim/**/*.py", "xbarsim/py.typed", "xbarsim/report/templates/*"],
)  # fmt: skip
def test_the_wheel_holds_every_module_and_all_data(contents, pattern):
    wanted = packaged(pattern)
    assert wanted
    assert wanted <= contents


def test_the_wheel_holds_the_whole_gallery(contents):
    gallery = {f"xbarsim/{name}" for name in packaged("scenarios/**/*.yaml")}
    assert gallery
    assert gallery <= contents


def test_the_wheel_holds_nothing_else(contents):
    tops = {name.split("/")[0] for name in contents}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"xbarsim", "device_models"}
    assert not [name for name in contents if "test" in name.lower() or name.endswith(".pyc")]


def test_the_wheel_names_its_command_and_its_pack_of_devices(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith("entry_points.txt")]
        text = archive.read(name).decode()
    assert "xbarsim = xbarsim.cli:main" in text
    assert "builtin = device_models" in text


def test_the_wheel_carries_its_licence_and_readme(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith("METADATA")]
        metadata = archive.read(name).decode()
        assert [n for n in archive.namelist() if n.endswith("/LICENSE")]
    headers, _, body = metadata.partition("\n\n")
    assert "Apache-2.0" in headers
    assert "numpy" in headers
    assert len(body.strip()) > 200


def test_what_is_installed_is_what_runs(installed):
    code = installed.start.replace(
        "from xbarsim.cli import main; main()",
        "import xbarsim, device_models; print(xbarsim.__file__); print(device_models.__file__)",
    )
    ended = installed(code=code)
    assert [Path(line).parents[1] for line in ended.stdout.splitlines()] == [installed.target] * 2


def test_the_installed_package_lists_its_gallery_and_devices(installed):
    ended = installed("list")
    assert ended.returncode == 0, ended.stderr
    names = {Path(n).stem for n in packaged("scenarios/*.yaml")}
    names |= {Path(n).stem for n in packaged("device_models/parameters/*.yaml")}
    assert all(name in ended.stdout for name in names)


@pytest.mark.long
def test_the_installed_package_runs_a_scenario_and_writes_its_report(installed):
    (installed.away / "tiny.yaml").write_text(SCENARIO)
    ended = installed("run", "tiny.yaml", "--out", "out")
    assert ended.returncode == 0, ended.stderr
    assert len(pd.read_csv(installed.away / "out" / "results.csv")) == 1
    page = (installed.away / "out" / "report.html").read_text("utf-8")
    assert "tiny" in page


def test_the_installed_package_checks_a_scenario_of_its_gallery_by_name(installed):
    ended = installed("check", "digits")
    assert ended.returncode == 0, ended.stderr
    assert "name: digits" in ended.stdout
