"""Accuracy of a small perceptron on noisy and wired arrays, against `by_hand`.

That shares no code with the engine. Means over chips are compared within the standard error of
both; what is not random is compared to rounding.
"""

import numpy as np
import pytest
from by_hand import WINDOW, Perceptron, gaussian

from xbarsim import Adc, Dac, Hardware, Network, load_device, map_network
from xbarsim.crossbar import Wires

SIZE = 30, 24  # rows and columns: no layer fits on one array, and parts are uneven
CHIPS, MORE, FEW = 80, 240, 24  # of the engine, by hand, and of both where a chip takes long
Z = 4.0  # standard errors
KINDS = ["differential", "balanced", "offset"]
NOISE = {
    "sigma_absolute": [1e-6, 2e-6, 4e-6, 7e-6, 12e-6],
    "sigma_relative": [0.05, 0.1, 0.2, 0.35, 0.6],
}
OHMS = [1.0, 10.0, 30.0, 100.0, 300.0]


def hardware(kind, sigma=(0.0, 0.0), ohm=0.0, **settings):
    device = load_device("gaussian", sigma_absolute=sigma[0], sigma_relative=sigma[1])
    wires = Wires(r_word=ohm, r_bit=ohm) if ohm else None
    return Hardware(device=device, rows=SIZE[0], cols=SIZE[1], encoding=kind, wires=wires,
                    **settings)  # fmt: skip


def programmed(digits, built, seed=0):
    network = Network(map_network(digits.model, built), seed)
    network.program()
    network.calibrate(digits.typical)
    return network


def looked_at(digits, outputs):
    return digits.accuracy(outputs), digits.error(outputs)


def simulated(digits, built, chips=CHIPS):
    """Accuracy and error of each chip, (chips, 2)."""
    placed = map_network(digits.model, built)
    found = []
    for seed in range(chips):
        network = Network(placed, seed)
        network.program()
        network.calibrate(digits.typical)
        found.append(looked_at(digits, network(digits.x)))
    return np.array(found)


def computed(digits, kind, sigma, chips=MORE, **settings):
    found = []
    for seed in range(chips):
        rng = np.random.default_rng([seed, 77])
        net = Perceptron(digits.layers, kind, SIZE, cells=gaussian(rng, *sigma), **settings)
        net.calibrate(digits.typical)
        found.append(looked_at(digits, net(digits.x)))
    return np.array(found)


def distance(a, b):
    """Between means, in standard errors of both."""
    variance = a.var(axis=0, ddof=1) / len(a) + b.var(axis=0, ddof=1) / len(b)
    return np.abs(a.mean(axis=0) - b.mean(axis=0)) / np.sqrt(variance)


def falls(values):
    return (np.diff(values) < 0).all()


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("law", NOISE)
def test_programming_noise_costs_what_the_same_noise_on_the_weights_costs(law, kind, digits):
    means = [(digits.accuracy(digits.exact), 0.0)]
    for size in NOISE[law]:
        sigma = (size, 0.0) if law == "sigma_absolute" else (0.0, size)
        found = simulated(digits, hardware(kind, sigma))
        expected = computed(digits, kind, sigma)
        assert (distance(found, expected) < Z).all(), size
        means.append(found.mean(axis=0))
    accuracy, error = np.transpose(means)
    assert falls(accuracy) and falls(-error)
    assert accuracy[-1] < accuracy[0] - 0.02


def test_noise_that_differs_by_a_tenth_would_be_noticed(digits):
    found = simulated(digits, hardware("differential", (4e-6, 0.0)))
    other = computed(digits, "differential", (4.4e-6, 0.0))
    assert distance(found, other)[1] > Z


def test_conductances_that_could_be_negative_would_be_noticed(digits):
    """Half of the cells that stand at the lowest conductance are cut off by strong noise."""
    sigma = (12e-6, 0.0)
    network = programmed(digits, hardware("differential", sigma))
    cells = network.tiles["dense0", ""][0].cells
    low = cells.g[cells.formed & (cells.g_target == WINDOW[0])]
    assert (low >= 0).all()
    cut = (low == 0).mean()
    assert cut == pytest.approx(0.467, abs=0.03)  # of a normal below -1/12


@pytest.mark.parametrize("kind", KINDS)
def test_wires_cost_what_nodal_analysis_says(kind, digits):
    means = [digits.accuracy(digits.exact)]
    for ohm in OHMS:
        found = programmed(digits, hardware(kind, ohm=ohm))(digits.x)
        expected = Perceptron(digits.layers, kind, SIZE, ohm=ohm)(digits.x)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())
        assert digits.accuracy(found) == digits.accuracy(expected)
        means.append(digits.accuracy(found))
    # of one ohm the table gains an image or loses one, by chance
    assert falls(means[2:]) and abs(means[1] - means[0]) <= 2 / len(digits.x)
    assert means[-1] < means[0] - 0.05


@pytest.mark.parametrize("bits", [3, 5, 8])
@pytest.mark.parametrize("ohm", [0.0, 30.0])
def test_converters_round_as_an_independent_quantiser_does(bits, ohm, digits):
    converters = {"dac": Dac(bits=bits), "adc": Adc(bits=bits + 1, percentile=100.0)}
    found = programmed(digits, hardware("differential", ohm=ohm, **converters))(digits.x)
    net = Perceptron(digits.layers, "differential", SIZE, ohm=ohm, bits=(bits, bits + 1))
    net.calibrate(digits.typical)
    np.testing.assert_allclose(found, net(digits.x), rtol=0, atol=1e-9 * np.abs(found).max())
    assert digits.error(found) > 1e-3


def test_fewer_bits_cost_more(digits):
    found = []
    for bits in (8, 5, 4, 3, 2):
        converters = {"dac": Dac(bits=bits), "adc": Adc(bits=bits, percentile=100.0)}
        network = programmed(digits, hardware("differential", **converters))
        found.append(looked_at(digits, network(digits.x)))
    accuracy, error = np.transpose(found)
    assert falls(-error) and falls(accuracy[1:])


@pytest.mark.parametrize("kind", KINDS)
def test_noise_wires_and_converters_together_cost_what_they_do_by_hand(kind, digits):
    sigma = 3e-6, 0.1
    converters = {"dac": Dac(bits=5), "adc": Adc(bits=6, percentile=100.0)}
    found = simulated(digits, hardware(kind, sigma, 20.0, **converters), FEW)
    expected = computed(digits, kind, sigma, FEW, ohm=20.0, bits=(5, 6))
    assert (distance(found, expected) < Z).all()
