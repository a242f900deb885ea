"""`xbarsim fit`: from a file of measurements to a sheet that a scenario runs with."""

from functools import partial

import numpy as np
import pytest

from xbarsim.device import load_device, load_sheet
from xbarsim.scenario.cells import cells_of
from xbarsim.scenario.schema import DeviceSpec, WriteSpec
from xbarsim.transient import simulate

VTEAM = "kvatinsky_2015_generic"
SCENARIO = """\
name: mine
device:
  sheet: my_cell.yaml
  write: {positive: [0.1 V, 0.6 V], negative: [0.3 V, 0.8 V], steps: 4, width: 10 ns, window: 1 mS}
tasks:
  - name: d
    kind: classifier
    dataset: {source: sklearn.digits, test_limit: 40}
    network: {kind: mlp, hidden: [8], epochs: 5}
"""


@pytest.fixture
def fit(tmp_path, monkeypatch, command_line):
    """Run ``xbarsim fit`` in a folder with measurements: (status, output, errors)."""
    monkeypatch.chdir(tmp_path)
    law = load_device(VTEAM, r_on=80.0)
    t = np.linspace(0.0, 10e-9, 10)
    v = 0.5 * np.sin(np.pi * t / t[-1])
    i = simulate(law, t, v).i * (1.0 + 0.01 * np.random.default_rng(0).standard_normal(10))
    rows = "\n".join(f"{a * 1e9},{b},{c * 1e3}" for a, b, c in zip(t, v, i, strict=True))
    (tmp_path / "loop.csv").write_text(f"t (ns),v (V),i (mA)\n{rows}\n", "utf-8")

    return partial(command_line, "fit"), command_line, tmp_path


def test_a_file_becomes_a_sheet_a_picture_and_a_table(fit):
    command, _, folder = fit
    status, out, _ = command("loop.csv", "--sheet", VTEAM, "--free", "r_on", "--out",
                             "my_cell.yaml", "--plot", "my_cell.svg")  # fmt: skip
    assert status == 0
    assert "r_on" in out and "95 % interval" in out
    assert load_device("my_cell.yaml").r_on == pytest.approx(80.0, rel=0.03)
    assert "fitted to loop.csv (sha256" in load_sheet("my_cell.yaml").parameters["r_on"].source
    assert (folder / "my_cell.svg").read_bytes().startswith(b"<?xml")


def test_a_scenario_takes_the_file_as_its_sheet(fit):
    command, run, folder = fit
    command("loop.csv", "--sheet", VTEAM, "--free", "r_on", "--out", "my_cell.yaml")
    (folder / "mine.yaml").write_text(SCENARIO, "utf-8")
    status, out, err = run("check", "mine.yaml")
    assert (status, err) == (0, "")
    assert "sheet: my_cell.yaml" in out
    (folder / "mine.yaml").write_text(SCENARIO.replace("my_cell", "no_cell"), "utf-8")
    status, _, err = run("check", "mine.yaml")
    assert status == 2
    assert "no_cell.yaml: cannot be read" in err


def test_a_fit_may_begin_from_a_file(fit):
    command, _, _ = fit
    command("loop.csv", "--sheet", VTEAM, "--free", "r_on", "--out", "first.yaml")
    status, _, _ = command("loop.csv", "--sheet", "first.yaml", "--free", "r_on", "--out",
                           "second.yaml")  # fmt: skip
    assert status == 0
    assert load_device("second.yaml").r_on == pytest.approx(load_device("first.yaml").r_on)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"data": "none.csv"}, "none.csv: cannot be read"),
        ({"--sheet": "vteam"}, "no device sheet 'vteam'"),
        ({"--sheet": "mine.yaml"}, "mine.yaml: cannot be read"),
        ({"--free": "r_onn"}, "did you mean 'r_on'"),
        ({"--free": ","}, "names no parameter"),
        ({"--out": "cell.txt"}, "does not end in .yaml"),
        ({"--out": "no/cell.yaml"}, "no/cell.yaml: cannot be written"),
        ({"--plot": "cell.doc"}, "must end in one of .svg, .pdf, .png"),
        ({"--plot": "loop.csv"}, "loop.csv exists already"),
        ({"--v-read": "1 s"}, "--v-read: '1 s' is a time"),
        ({"--floor": "-1 A"}, "floor is -1 A"),
        ({"--set": "r_on=0"}, "r_on is 0 ohm; it must be at least 1 mohm"),
        ({"--set": "r_onn=1"}, "did you mean 'r_on'"),
        ({"--confidence": "2"}, "confidence is 2"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_with_status_2(fit, changes, said):
    command, _, folder = fit
    options = {"--sheet": VTEAM, "--free": "r_on", "--out": "cell.yaml"} | changes
    data = options.pop("data", "loop.csv")
    status, _, err = command(data, *(word for pair in options.items() for word in pair))
    assert status == 2
    assert said in err
    assert not (folder / "cell.yaml").exists()


def test_a_sheet_on_file_whose_law_is_not_there_is_refused(fit):
    command, run, folder = fit
    command("loop.csv", "--sheet", VTEAM, "--free", "r_on", "--out", "my_cell.yaml")
    text = (folder / "my_cell.yaml").read_text("utf-8")
    for wrong in ("vteem:Vteam", "device_models.vteam:Vtem", "device_models.vteem:Vteam", "x"):
        (folder / "bad.yaml").write_text(text.replace("device_models.vteam:Vteam", wrong), "utf-8")
        status, _, err = run("fit", "loop.csv", "--sheet", "bad.yaml", "--free", "r_on",
                             "--out", "c.yaml")  # fmt: skip
        assert status == 2
        assert f"bad.yaml:2:1: model: '{wrong}' cannot be found" in err
    (folder / "bad.yaml").write_text(text.replace("device_models.vteam:Vteam", "os:path"), "utf-8")
    status, _, err = run(
        "fit", "loop.csv", "--sheet", "bad.yaml", "--free", "r_on", "--out", "c.yaml"
    )
    assert status == 2
    assert "bad.yaml:2:1: model: 'os:path' is no law" in err


def test_written_cells_follow_a_sheet_that_changes_on_file(fit):
    command, _, folder = fit
    command("loop.csv", "--sheet", VTEAM, "--free", "r_on", "--out", "my_cell.yaml")
    write = WriteSpec(
        positive=[0.1, 0.6], negative=[0.3, 0.8], steps=2, width=1e-8, window=1e-3
    )  # fmt: skip
    spec = DeviceSpec(sheet="my_cell.yaml", write=write)
    before = cells_of(spec, 0.01).window[1]
    text = (folder / "my_cell.yaml").read_text("utf-8")
    r_on = load_device("my_cell.yaml").r_on
    (folder / "my_cell.yaml").write_text(text.replace(repr(r_on), repr(2 * r_on)), "utf-8")
    assert cells_of(spec, 0.01).window[1] == pytest.approx(before / 2, rel=1e-3)
