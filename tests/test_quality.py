import numpy as np
import pytest

from xbarsim import (
    Adc,
    Dac,
    Hardware,
    Network,
    SpecError,
    layer_quality,
    load_device,
    map_network,
)
from xbarsim.crossbar import Wires
from xbarsim.mapping import Dense


@pytest.fixture
def layers(streams):
    rng = streams.rng()
    return [
        Dense(name="a", weights=rng.uniform(-1, 1, (24, 40)), bias=np.zeros(24), activation="relu"),
        Dense(name="b", weights=rng.uniform(-1, 1, (10, 24)), bias=np.zeros(10)),
    ]


@pytest.fixture
def x(streams):
    return (streams / "x").rng().uniform(0, 1, (500, 40))


def quality(layers, x, device="ideal", **settings):
    network = Network(map_network(layers, Hardware(device=load_device(device), **settings)))
    network.program()
    network.calibrate(x)
    return layer_quality(network, x).set_index("layer")


def test_ideal_arrays_add_no_noise(layers, x):
    table = quality(layers, x)
    assert (table["snr"] > 250).all()
    np.testing.assert_allclose(table["gain"], 1.0)
    assert (table[["clipped", "ir_drop"]] == 0).all(axis=None)
    assert (table["vectors"] == 1).all()


def test_each_bit_of_the_converters_is_six_decibels(layers, x):
    snr = [quality(layers, x, adc=Adc(bits=b, percentile=100))["snr"]["a"] for b in (6, 7, 8, 9)]
    np.testing.assert_allclose(np.diff(snr), 6.02, atol=0.6)


@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_read_noise_is_found_as_it_was_put_in(scale, layers, x):
    """Relative noise of every cell against the variance that it makes, by hand; scale of errors."""
    device = load_device("wan_2022", read_noise=0.03, spread_scale=scale)
    network = Network(map_network(layers, Hardware(device=device)))
    network.program()
    network.calibrate(x)
    w, (tile,) = layers[0].weights, network.tiles["a", ""]
    plus, minus = (tile.g[0, 0, :, k::2].T for k in (0, 1))
    per_siemens = np.abs(w).max() / 39e-6
    static = x @ ((plus - minus) * per_siemens - w).T
    noise = x**2 @ ((0.03 * per_siemens) ** 2 * (plus**2 + minus**2)).T
    expected = 10 * np.log10((x @ w.T).var() / (static**2 + noise).mean())
    found = layer_quality(network, x).set_index("layer")["snr"]["a"]
    assert found == pytest.approx(expected, abs=0.15)  # of 12000 outputs
    if scale:  # what is left without noise is another number
        assert 10 * np.log10((x @ w.T).var() / (static**2).mean()) > expected + 0.3


def test_layers_without_inputs_have_no_quality(layers):
    network = Network(map_network(layers, Hardware(device=load_device("ideal"))))
    network.program()
    for given in ((), (np.zeros((0, 40)),)):
        with pytest.raises(SpecError, match="at least one input"):
            layer_quality(network, *given)


def test_share_that_is_clipped_is_counted(layers, x):
    table = quality(layers, x, dac=Dac(bits=8), adc=Adc(bits=8, percentile=90))
    assert table["clipped"]["a"] == pytest.approx(0.1, abs=0.01)


def test_ir_drop_is_what_the_circuit_says(layers, x):
    wires = Wires(r_word=20.0, r_bit=20.0)
    network = Network(map_network(layers, Hardware(device=load_device("ideal"), wires=wires)))
    network.program()
    network.calibrate(x)
    (tile,) = network.tiles["a", ""]
    v = tile.voltages(x)[0]
    lost = 1 - (v @ tile.cells.transfer[0, 0]).sum() / (v @ tile.g[0, 0]).sum()
    assert layer_quality(network, x).set_index("layer")["ir_drop"]["a"] == pytest.approx(lost)
    assert lost > 0.01
