"""`xbarsim map`: from a file of a trained network to a placement, its table and its floorplan."""

import json
from functools import partial

import numpy as np
import pytest

from xbarsim import Hardware, load_device
from xbarsim.mapping import load_placement, read_model

onnx = pytest.importorskip("onnx")


def write_model(path):
    """784-256-10 with a rectifier between, as ONNX."""
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    arrays = {"w1": (256, 784), "b1": (256,), "w2": (10, 256), "b2": (10,)}
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"], name="fc1", transB=1),
        helper.make_node("Relu", ["h"], ["a"], name="relu"),
        helper.make_node("Gemm", ["a", "w2", "b2"], ["y"], name="fc2", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "mlp",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 784])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 10])],
        [numpy_helper.from_array(rng.standard_normal(shape, dtype=np.float32), name)
         for name, shape in arrays.items()],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)


@pytest.fixture
def command(tmp_path, monkeypatch, command_line):
    """Run ``xbarsim map`` in a folder with a model: (status, output, errors)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    write_model(tmp_path / "mlp.onnx")
    return partial(command_line, "map")


def test_a_model_becomes_a_table_a_placement_and_a_picture(command, tmp_path):
    status, out, _ = command("mlp.onnx", "--out", "placed.json", "--plot", "plan.svg")
    assert status == 0
    assert "30 arrays of 128 x 128" in out and "cells in use: 82.7 %" in out
    rows = [line.split() for line in out.splitlines() if "fc" in line]
    assert [[c for c in row if c != "│"] for row in rows] == [
        ["fc1", "784", "x", "256", "1", "28", "87.5", "%"],
        ["fc2", "256", "x", "10", "1", "2", "15.6", "%"],
    ]
    assert "digital: relu, has no weights: relu" in out
    assert "wrote placed.json" in out and "fc1" in (tmp_path / "plan.svg").read_text("utf-8")
    hardware = Hardware(device=load_device("ideal"))
    assert load_placement("placed.json", read_model("mlp.onnx"), hardware).arrays == 30


def test_a_shape_tells_reads_and_time(command):
    status, out, _ = command("mlp.onnx", "--shape", "784", "--rows", "256", "--cols", "256")
    assert status == 0
    assert "100 ns" in out and "a single one takes 200 ns" in out
    assert "9 arrays of 256 x 256" in out


def test_strategies_are_taken(command):
    status, out, _ = command(
        "mlp.onnx", "--packing", "diagonal", "--copies", "fc2=3", "--order", "short",
        "--grid-cols", "9", "--out", "p.json",
    )  # fmt: skip
    assert status == 0
    with open("p.json", encoding="utf-8") as file:  # noqa: PTH123
        strategy = json.load(file)["strategy"]
    assert strategy == {"packing": "diagonal", "copies": {"fc2": 3}, "max_arrays": None,
                        "order": "short", "grid_cols": 9}  # fmt: skip


def test_arrays_come_from_a_scenario(command):
    status, out, _ = command("mlp.onnx", "--scenario", "digits", "--set", "array.rows=64")
    assert status == 0 and " arrays of 64 x " in out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["mlp.pt"], "mlp.pt: of no kind that is read; expected a file .onnx or .nir"),
        (["none.onnx"], "none.onnx: there is no such file"),
        (["mlp.onnx", "--out", "p.yaml"], "--out: p.yaml does not end in .json"),
        (["mlp.onnx", "--out", "no/p.json"], "there is no folder no"),
        (["mlp.onnx", "--plot", "p.txt"], "--plot: p.txt must end in one of"),
        (["mlp.onnx", "--packing", "tight"], "strategy.packing is 'tight'"),
        (["mlp.onnx", "--copies", "fc1=x"], "--copies: 'fc1=x' is not LAYER=N"),
        (["mlp.onnx", "--copies", "fc9=2"], "no layer 'fc9'"),
        (["mlp.onnx", "--copies", "balance", "--max-arrays", 40], "balance needs an example"),
        (["mlp.onnx", "--max-arrays", 7], "the network needs 30 arrays"),
        (["mlp.onnx", "--shape", "784,q"], "--shape: '784,q' is no shape"),
        (["mlp.onnx", "--shape", "9"], "does not take an example of (1, 9)"),
        (["mlp.onnx", "--rows", 0], "array.rows is 0"),
        (["mlp.onnx", "--encoding", "odd"], "encoding is 'odd'"),
        (["mlp.onnx", "--set", "array.rows=4"], "add --scenario"),
        (["mlp.onnx", "--scenario", "digits", "--rows", 64], "use --set array.rows=64"),
    ],
)
def test_bad_input_is_a_message_and_status_2(command, arguments, named):
    status, _, err = command(*arguments)
    assert status == 2 and named in err
