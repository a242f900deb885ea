"""The example of every command's ``--help`` works as it stands."""

import inspect
import re
import shlex
import shutil

import numpy as np
import pytest

from xbarsim.cli.app import app
from xbarsim.device import load_device
from xbarsim.transient import simulate

pytestmark = pytest.mark.long

CELL = """\
name: {name}
device: {{sheet: ideal}}
array: {{rows: 4, cols: 4}}
tasks: [{{name: cell, kind: array}}]
sweep: {{trials: 2}}
run: {{engine: inline}}
"""
QUICK = {"cuppers_2019": "joshi_2020"}  # cards are tested elsewhere
#: added to a command, so that it takes no minute
MORE = {"run": ["--set", "sweep.trials=1", "--set", "tasks.digits.dataset.test_limit=20",
                   "--set", "tasks.digits.network.epochs=2", "--set", "array.cols=64",
                   "--set", "array.wires.r_word=1", "--set", "array.wires.r_bit=1",
                   "--set", "run.engine=inline"]}  # fmt: skip


def examples():
    """Words of the example of every command, by its name."""
    found = {}
    for command in app.registered_commands:
        said = re.search(r"Example: \[bold\](.*?)\[/bold\]", inspect.getdoc(command.callback), re.S)
        found[command.name] = shlex.split(said[1].partition(" > ")[0]) if said else []
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What examples name: scenarios, studies, a loop and a network."""
    from xbarsim import run

    folder = tmp_path_factory.mktemp("examples")
    for name in ("digits", "adc6", "adc8"):
        file = folder / f"{name}.yaml"
        file.write_text(CELL.format(name=name), "utf-8")
        run(file, folder / "reports" / name, report=False)
        file.unlink()
    law, t = load_device("kvatinsky_2015_generic", r_on=80.0), np.linspace(0.0, 10e-9, 10)
    v = 0.5 * np.sin(np.pi * t / t[-1])
    rows = "\n".join(f"{a},{b},{c}" for a, b, c in zip(t, v, simulate(law, t, v).i, strict=True))
    (folder / "loop.csv").write_text(f"t,v,i\n{rows}\n", "utf-8")
    return folder


@pytest.fixture
def here(folder, tmp_path, monkeypatch):
    """A copy of the folder, in which an example may write what it likes."""
    copy = shutil.copytree(folder, tmp_path / "here")
    monkeypatch.chdir(copy)
    return copy


def written_onnx(path):
    """A network of 28 x 28 pixels; its first matrix is larger than an array."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(0).normal(size=(10, 784)).astype("float32")
    shape = [("x", ["n", 1, 28, 28]), ("y", ["n", 10])]
    given, made = (helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shape)
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w"], ["y"], transB=1),
    ]
    graph = helper.make_graph(
        nodes, "net", [given], [made], [numpy_helper.from_array(weights, "w")]
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset), path)


def interrupted(server):
    """As by Ctrl-C; what is served is tested elsewhere."""
    raise KeyboardInterrupt


def test_every_command_has_an_example_of_itself():
    for name, words in examples().items():
        assert words[:2] == ["xbarsim", name]


@pytest.mark.parametrize("name", examples())
def test_the_example_works(here, command_line, name, monkeypatch):
    words = [QUICK.get(word, word) for word in examples()[name][1:]]
    if name == "run":
        shutil.rmtree("reports")
    if name == "map":
        written_onnx(here / "lenet.onnx")
    if name == "check":
        command_line("init", "my.yaml")
    if name == "watch":
        monkeypatch.setattr("webbrowser.open", lambda address: True)
        monkeypatch.setattr("xbarsim.report.live.server.Server.serve_forever", interrupted)
    if name == "job":
        pytest.importorskip("dask_jobqueue")
    status, out, err = command_line(*words, *MORE.get(name, []))
    assert status == 0, err
    assert out
