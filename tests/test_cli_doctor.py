"""What the doctor finds, and that every fault has its fix."""

import configparser
import importlib
import json
import re
import sys
from importlib.metadata import EntryPoint, PackageNotFoundError
from pathlib import Path

import pytest

from xbarsim.cli.health import data, machine, packages, plugins
from xbarsim.cli.health.finding import examined

ROOT = Path(__file__).parents[1]


def by_name(findings):
    return {finding.name: finding for finding in findings}


def test_a_sound_installation_works(command_line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = command_line("doctor", "--json")
    document = json.loads(out)
    broken = [f for f in document["findings"] if f["state"] == "broken"]
    assert (status, document["works"], broken, err) == (0, True, [], "")
    about = {f["about"] for f in document["findings"]}
    assert about == {"base", "optional", "plug-ins", "machine", "data"}
    names = {f["name"] for f in document["findings"]}
    assert {"python", "xbarsim", "numba", "torch", "cupy", "workers", "memory", "BLAS threads",
            "numba cache", "./reports", "XBARSIM_DATA", "MNIST"} <= names  # fmt: skip
    assert all(f["fix"] for f in document["findings"] if f["state"] != "ok")
    assert list(tmp_path.iterdir()) == []


def test_what_is_broken_ends_with_status_1_and_its_fix(command_line, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def version(name):
        if name == "pint":
            raise PackageNotFoundError
        return "1.0" if name == "scipy" else "99"

    monkeypatch.setattr(packages, "version", version)
    status, out, _ = command_line("doctor")
    assert status == 1
    assert "BROKEN  pint: missing\n          → pip install 'pint>=" in out
    assert "BROKEN  scipy: 1.0; xbarsim needs scipy>=" in out
    assert "2 broken" in out


def test_a_compiled_package_that_cannot_be_imported_is_named(monkeypatch):
    def broken(name):
        raise ImportError(f"{name} needs NumPy 1")

    monkeypatch.setattr(packages, "import_module", broken)
    found = by_name(packages.base())
    assert found["numba"].state == "broken"
    assert "numba needs NumPy 1" in found["numba"].told
    assert "--force-reinstall" in found["numba"].fix


def test_every_extra_of_the_package_is_known_and_no_other():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = set(setup["options.extras_require"]) - {"test", "dev", "docs"}
    named = re.findall(r"xbarsim\[([\w-]+)\]", " ".join(e.install for e in packages.OPTIONAL))
    assert {*named, *packages.GPU_EXTRAS} == extras


def test_a_missing_optional_package_is_no_fault_and_has_its_command(monkeypatch):
    def version(name):
        raise PackageNotFoundError

    monkeypatch.setattr(packages, "version", version)
    found = by_name(packages.optional())
    assert (found["onnx"].state, found["onnx"].fix) == ("absent", "pip install 'xbarsim[onnx]'")


def test_a_cupy_without_a_gpu_says_why(monkeypatch):
    class Runtime:
        def getDeviceCount(self):  # noqa: N802
            raise RuntimeError("cudaErrorNoDevice: no CUDA-capable device is detected")

    class Cupy:
        cuda = type("cuda", (), {"runtime": Runtime()})

    monkeypatch.setattr(packages, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "cupy", Cupy)
    (found,) = packages.gpu()
    assert found.state == "warning"
    assert "no CUDA-capable device" in found.told
    assert "nvidia-smi" in found.fix


def test_a_pack_that_fails_is_named_with_its_error(monkeypatch):
    entry = EntryPoint("theirs", "no_such_pack_of_devices", "xbarsim.device_models")
    monkeypatch.setattr(plugins, "entry_points", lambda group: [entry])
    (found,) = plugins.packs()
    assert (found.name, found.state) == ("device pack theirs", "broken")
    assert "No module named 'no_such_pack_of_devices'" in found.told
    assert "pip uninstall" in found.fix


def test_the_error_of_a_pack_stands_on_one_line(monkeypatch, tmp_path):
    (tmp_path / "burnt_pack.py").write_text("raise RuntimeError('first\\nsecond')", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    entry = EntryPoint("theirs", "burnt_pack", "xbarsim.device_models")
    monkeypatch.setattr(plugins, "entry_points", lambda group: [entry])
    (found,) = plugins.packs()
    assert found.told == "burnt_pack: RuntimeError: first second"


def test_a_trainer_whose_package_is_gone_is_named(monkeypatch):
    entry = EntryPoint("gone", "no_such_package.module:train", "xbarsim.trainers")
    monkeypatch.setattr(
        plugins, "entry_points", lambda group: [entry] if group.endswith("trainers") else []
    )
    (found,) = plugins.others()
    assert (found.name, found.state) == ("trainer gone", "broken")


def test_data_that_are_missing_say_where_to_get_them(monkeypatch, idx_data):
    monkeypatch.setenv("XBARSIM_DATA", str(idx_data))
    found = by_name(data.data())
    assert found["MNIST"].state == "ok"
    assert found["Free Spoken Digit Dataset"].state == "absent"
    assert "https://github.com/Jakobovski" in found["Free Spoken Digit Dataset"].fix
    monkeypatch.delenv("XBARSIM_DATA")
    found = by_name(data.data())
    assert found["XBARSIM_DATA"].fix == "export XBARSIM_DATA=FOLDER"
    assert found["MNIST"].state == "absent"
    assert "https://" in found["MNIST"].fix


def test_fewer_cores_by_the_control_group_than_by_affinity_is_a_warning(monkeypatch):
    monkeypatch.setattr(machine, "allowed_cores", lambda: 64)
    monkeypatch.setattr(machine, "cpu_quota", lambda: 2.5)
    found = by_name(machine.workers())["workers"]
    assert found.state == "warning"
    assert "--workers 2" in found.fix


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "250000 100000"}, 2.5),
        ({"cpu.max": "max 100000"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 0.5),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ({}, None),
    ],
)
def test_the_share_of_the_control_group_is_read_in_both_versions(tmp_path, files, cores):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert machine.cpu_quota(tmp_path) == cores


def test_memory_of_the_control_group_counts(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text("1000")
    (tmp_path / "memory.current").write_text("400")
    assert machine.memory_limit(tmp_path) == 600
    (tmp_path / "memory.max").write_text("max")
    assert machine.memory_limit(tmp_path) == float("inf")
    monkeypatch.setattr(machine, "memory_limit", lambda: 2.0**30)
    monkeypatch.setattr(machine, "allowed_cores", lambda: 8)
    found = by_name(machine.workers())["memory"]
    assert (found.state, found.fix[:11]) == ("warning", "--workers 2")


def test_folders_that_cannot_be_written_are_warnings_with_a_fix(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "writable", lambda folder: False)
    (found,) = machine.reports()
    assert found.state == "warning" and "--out" in found.fix
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    (found,) = machine.compiled()
    assert found.state == "warning" and "NUMBA_CACHE_DIR" in found.fix


def test_a_look_that_fails_is_a_finding():
    def look():
        yield from ()
        raise ValueError("bad")

    (found,) = examined("machine", look)
    assert (found.state, found.told) == ("broken", "cannot be examined: ValueError: bad")


def test_every_module_of_the_doctor_can_be_imported_alone():
    for name in ("data", "machine", "packages", "plugins", "finding"):
        importlib.import_module(f"xbarsim.cli.health.{name}")
