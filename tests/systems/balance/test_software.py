from dataclasses import replace

import numpy as np
import pytest
from small import SMALL

from xbarsim.systems.balance.network import network_of
from xbarsim.systems.balance.software import InSoftware, schedule
from xbarsim.systems.balance.targets import targets_of


def plain(network, settings, targets, u, delta):
    """Rates and inhibitory matrix, written out."""
    excite, inhibit = network.excitatory.matrix(), network.inhibitory.matrix()
    there, senders = inhibit > 0, network.excitatory.senders
    r, found = np.full(settings.neurons, 0.5), []
    for step, d in zip(u, delta, strict=True):
        v = excite @ r[:senders] - inhibit @ r[senders:] + network.inputs * step
        r = 1.0 / (1.0 + np.exp(-settings.gain * (v - settings.threshold)))
        inhibit = np.where(there, np.maximum(inhibit + d * (r - targets)[:, None], 0.0), 0.0)
        found.append(r)
    return np.array(found), inhibit


def test_the_compiled_loop_is_the_plain_one(streams):
    network, u = network_of(SMALL, streams), (streams / "u").rng().uniform(-1, 1, 600)
    targets = (streams / "targets").rng().uniform(0.3, 0.95, SMALL.neurons)
    reservoir = InSoftware(network, SMALL, targets)
    rates, inhibit = plain(network, SMALL, targets, u, schedule(SMALL))
    np.testing.assert_allclose(reservoir.adapt(u), rates, atol=1e-9)
    np.testing.assert_allclose(reservoir.held().inhibitory.matrix(), inhibit, atol=1e-9)
    assert (reservoir.weights == 0).any()  # some were held at 0


def test_rates_come_to_their_targets(streams):
    settings = SMALL
    network, u = network_of(settings, streams), (streams / "u").rng().uniform(-1, 1, 2000)
    targets = targets_of(settings, streams)
    reservoir = InSoftware(network, settings, targets)
    before = reservoir.run(u)[200:].mean(axis=0) - targets
    reservoir.adapt(u[: settings.adapting])
    after = reservoir.run(u)[200:].mean(axis=0) - targets
    assert np.abs(before).mean() > 0.05
    assert np.abs(after).max() < 0.02


@pytest.mark.parametrize("kind", ["excitatory", "inhibitory"])
def test_every_neuron_hears_as_many_others_and_never_itself(kind, streams):
    network = network_of(SMALL, streams)
    synapses, first = getattr(network, kind), 0 if kind == "excitatory" else 80
    heard = {"excitatory": 16, "inhibitory": 4}[kind]
    assert all(len(set(row)) == heard for row in synapses.index)
    assert synapses.index.max() < synapses.senders
    neuron = np.arange(100)[:, None]
    assert not (synapses.index.astype(int) + first == neuron).any()
    assert synapses.weights.sum(axis=1).mean() == pytest.approx(1.0, abs=0.02)


def test_the_balance_is_excitation_less_inhibition(streams):
    network = network_of(replace(SMALL, balance=-0.5), streams)
    assert network.inhibitory.weights.sum(axis=1).mean() == pytest.approx(1.5, abs=0.03)
    assert network.excitatory.weights.sum(axis=1).mean() == pytest.approx(1.0, abs=0.02)
