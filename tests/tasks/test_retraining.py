"""Networks that go on training with the hardware, as scenarios ask for it."""

import numpy as np
import pytest

import xbarsim as xs
from xbarsim.errors import SpecError
from xbarsim.scenario import load_scenario
from xbarsim.streams import Streams
from xbarsim.study.prepare import _task_key
from xbarsim.tasks import load_dataset, retraining
from xbarsim.tasks.networks import mlp
from xbarsim.tasks.retraining import hardware_aware

SETTINGS = {"epochs": 10, "rate": 3e-3, "batch": 64, "clip": 2.5}


@pytest.fixture(scope="module")
def data():
    return load_dataset("sklearn.digits")


def hardware():
    return xs.Hardware(
        device=xs.load_device("wan_2022"), dac=xs.Dac(bits=8), adc=xs.Adc(bits=8), rows=64, cols=64
    )


def on_chips(graph, data):
    """Mean accuracy of six chips after a day."""
    found = []
    for seed in range(6):
        network = xs.Network(xs.map_network(graph, hardware()), seed)
        network.program()
        network.calibrate(data.x_train[:256])
        network.age(86400.0)
        found.append(np.mean(network(data.x_test).argmax(axis=1) == data.y_test))
    return np.mean(found)


def test_training_on_with_the_hardware_wins_accuracy_back(data):
    pytest.importorskip("torch")
    software = mlp([16], epochs=60)(data, Streams(1))
    again = mlp([16], epochs=60, retrain=hardware_aware(hardware(), **SETTINGS))
    aware = again(data, Streams(1))
    assert [b.weights.shape for b in aware.blocks().values()] == [(16, 64), (10, 16)]
    naive, better = on_chips(software, data), on_chips(aware, data)
    assert better > naive + 0.02


def test_it_is_the_same_again(data):
    pytest.importorskip("torch")
    train = mlp([8], epochs=5, retrain=hardware_aware(hardware(), **SETTINGS | {"epochs": 2}))
    one, other = (train(data, Streams(1)).blocks() for _ in range(2))
    for key, block in one.items():
        np.testing.assert_array_equal(block.weights, other[key].weights)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_a_perceptron_goes_to_torch_and_back(activation, data):
    pytest.importorskip("torch")
    software = mlp([8], epochs=5, activation=activation)(data, Streams(1))
    same = mlp([8], epochs=5, activation=activation, retrain=lambda model, data, streams: model)
    back = same(data, Streams(1))
    x = data.x_test[:50].astype("float32")
    np.testing.assert_allclose(back.run(x), software.run(x), rtol=1e-4, atol=1e-4)


def test_without_torch_it_says_what_to_install(data, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    train = mlp([8], epochs=2, retrain=lambda model, data, streams: model)
    with pytest.raises(SpecError, match=r"hardware_aware are trained by PyTorch, .*\[torch\]"):
        train(data, Streams(0))


def test_without_an_entry_point_it_says_so(monkeypatch):
    monkeypatch.setattr(retraining, "entry_points", lambda **_: [])
    with pytest.raises(SpecError, match=r"no entry point hardware_aware in the group xbarsim"):
        hardware_aware(hardware())


SCENARIO = """
name: aware
description: Hardware-aware training of a small perceptron, point by point of a sweep.
device: {{sheet: wan_2022}}
tasks:
  - name: digits
    kind: classifier
    dataset: {{source: sklearn.digits}}
    network: {{kind: mlp, hidden: [16], epochs: 20{aware}}}
sweep:
  axes:
    array.adc: [{{bits: 4}}, {{bits: 8}}]
"""


@pytest.mark.parametrize("aware", [False, True])
def test_networks_are_trained_for_each_hardware_only_where_it_takes_part(aware, tmp_path):
    given = ", hardware_aware: {epochs: 1}" if aware else ""
    (tmp_path / "s.yaml").write_text(SCENARIO.format(aware=given))
    plan = load_scenario(tmp_path / "s.yaml")
    keys = {_task_key(point, point.tasks[0]) for point in plan.points}
    assert len(keys) == (2 if aware else 1)


def test_a_scenario_runs_with_it(tmp_path):
    pytest.importorskip("torch")
    (tmp_path / "s.yaml").write_text(
        SCENARIO.format(aware=", hardware_aware: {epochs: 3, clip: 2, ages: [1 h]}")
    )
    settings = {"run.engine": "inline"}
    results = xs.run(tmp_path / "s.yaml", tmp_path / "out", settings=settings)
    assert not results.meta["failures"]
    assert results.table["accuracy"].between(0.6, 1).all()


def test_an_age_before_the_devices_first_fails_by_name(tmp_path):
    pytest.importorskip("torch")
    text = SCENARIO.format(aware=", hardware_aware: {epochs: 1, ages: [1 s]}")
    (tmp_path / "s.yaml").write_text(text.replace("wan_2022", "joshi_2020"))
    with pytest.raises(SpecError, match=r"training.ages holds 1 s; .* from 20 s on"):
        xs.run(tmp_path / "s.yaml", tmp_path / "out", settings={"run.engine": "inline"})
