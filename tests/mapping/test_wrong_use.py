"""What is easily given by mistake is refused, by name."""

import sys

import numpy as np
import pytest

from xbarsim import Adc, Hardware, Network, SpecError, Strategy, load_device, map_network
from xbarsim.mapping import Dense, read_model

LAYERS = [Dense(name="dense", weights=np.eye(4), bias=np.zeros(4))]
IDEAL = load_device("ideal")


@pytest.fixture
def chip():
    chip = Network(map_network(LAYERS, Hardware(device=IDEAL)))
    chip.program()
    return chip


def test_lists_are_arrays(chip):
    np.testing.assert_allclose(chip(np.eye(4).tolist()), np.eye(4))


@pytest.mark.parametrize("given", [(), (np.eye(4), np.eye(4))])
def test_another_number_of_inputs_is_told(chip, given):
    with pytest.raises(SpecError, match=rf"takes 1 inputs, x; it is given {len(given)}"):
        chip(*given)


def test_inputs_of_another_size_name_the_layer(chip):
    with pytest.raises(SpecError, match=r"layer dense is given shape \(2, 3\); expected .* 4"):
        chip(np.ones((2, 3)))


@pytest.mark.parametrize("method", ["__call__", "calibrate"])
@pytest.mark.parametrize("x", [np.full((1, 4), "a"), 1j * np.eye(4)], ids=["text", "complex"])
def test_inputs_that_are_no_real_numbers_are_told(x, method, chip):
    with pytest.raises(SpecError, match=r"input x holds values of type .*; expected real numbers"):
        getattr(chip, method)(x)


def test_an_age_that_is_no_number_is_told(chip):
    with pytest.raises(SpecError, match="age is 'x'; it must be a number, in s"):
        chip.age("x")


@pytest.mark.parametrize(
    ("name", "value", "told"), [("adc", 8, "Adc"), ("wires", 2.0, "Wires"), ("dac", Adc(), "Dac")]
)
def test_parts_of_hardware_are_of_their_kind(name, value, told):
    with pytest.raises(SpecError, match=rf"{name} is .*; expected {told} or None"):
        Hardware(device=IDEAL, **{name: value})


def test_a_strategy_is_a_strategy():
    hardware = Hardware(device=IDEAL)
    with pytest.raises(SpecError, match=r"strategy is 'diagonal'; expected Strategy\(\.\.\.\)"):
        map_network(LAYERS, hardware, strategy="diagonal")
    with pytest.raises(SpecError, match=r"hardware is 'ideal'; expected Hardware\(\.\.\.\)"):
        map_network(LAYERS, "ideal", strategy=Strategy())


@pytest.mark.parametrize(("package", "file"), [("onnx", "net.onnx"), ("h5py", "net.nir")])
def test_a_missing_package_is_named_with_how_to_install_it(package, file, tmp_path, monkeypatch):
    (tmp_path / file).write_bytes(b"")
    monkeypatch.setitem(sys.modules, package, None)
    extra = file.removeprefix("net.")
    with pytest.raises(SpecError, match=rf"{package}.* pip install 'xbarsim\[{extra}\]'"):
        read_model(tmp_path / file)
