"""Echo-state networks on arrays beside what ``benchmarks/plain_reservoir.py`` computes anew."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from xbarsim import Adc, Dac, Hardware, load_device
from xbarsim.crossbar import Wires
from xbarsim.reservoirs import EchoState

FILE = Path(__file__).parents[2] / "benchmarks" / "plain_reservoir.py"
STEPS = 2500


@pytest.fixture(scope="module")
def plain():
    spec = importlib.util.spec_from_file_location(FILE.stem, FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[FILE.stem] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[FILE.stem]


def both(plain, u, noise, bits):
    """A fitted network, and its like."""
    hardware = Hardware(
        device=load_device("ideal", read_noise=noise),
        wires=Wires(r_word=3.0, r_bit=3.0),
        dac=Dac(bits=8),
        adc=Adc(bits=bits),
    )
    network = EchoState(40, density=0.3, bias_scaling=0.3, hardware=hardware, random_state=0)
    core = network.fit(u).core_
    neurons = core.neurons
    weights = neurons.recurrent.toarray(), neurons.inputs
    like = plain.Network(*weights, neurons.bias, neurons.leak, core.full)
    rng = np.random.default_rng(1)
    return network, plain.Chip(like, plain.Exact(noise), 3.0, (8, bits), u, rng)


@pytest.fixture(scope="module")
def u():
    return np.random.default_rng(0).uniform(-1, 1, (STEPS, 1))


def test_without_noise_states_are_those_of_the_computation_anew(plain, u):
    network, like = both(plain, u, 0.0, 8)
    tile = network.core_.tiles["reservoir"]
    transfer = tile.partition.encoding.decode(tile.cells.transfer)[0, 0]
    np.testing.assert_allclose(transfer, like.found.transfer, atol=1e-8 * np.abs(transfer).max())
    assert tile.full_scale == pytest.approx(like.range, rel=1e-6)
    off = np.abs(network.transform(u) - like.states(u))
    assert np.median(off) < 1e-8  # what lies between two levels may fall to either side, and
    assert off.max() < 0.1  # goes on from there


@pytest.mark.parametrize(("noise", "bits"), [(0.1, 12), (0.03, 8), (0.03, 5)])
def test_noise_and_rounding_move_states_as_far_as_in_the_computation_anew(plain, u, noise, bits):
    network, like = both(plain, u, noise, bits)
    exact = like.network.states(u)
    ours, theirs = (
        ((x - exact)[50:] ** 2).mean(axis=0) for x in (network.transform(u), like.states(u))
    )
    assert abs(ours.mean() / theirs.mean() - 1) < 0.05
    np.testing.assert_allclose(ours, theirs, rtol=0.25)
    assert theirs.min() > 0


def test_readouts_find_the_same_penalty_and_weights(plain, u):
    target = np.concatenate([np.zeros((20, 1)), u[17:-3] + 0.5 * u[18:-2] ** 2])
    network = EchoState(40, density=0.3, bias_scaling=0.3, random_state=0, washout=20)
    x = network.fit(u, target).transform(u)
    readout = plain.Readout(x[20:], target[20:])
    np.testing.assert_allclose(readout(x), network.predict(u), atol=1e-5)
