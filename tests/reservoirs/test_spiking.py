"""Spiking neurons: closed forms, and the compiled run against plain NumPy."""

import numpy as np
import pytest

from xbarsim import SpecError
from xbarsim.reservoirs.delays import Delays
from xbarsim.reservoirs.liquid_core import Liquid
from xbarsim.reservoirs.neuron_models import LIF, Adaptation, DecayLIF
from xbarsim.reservoirs.wiring import (
    Connections,
    DistanceWiring,
    GaussianWiring,
    InDegreeWiring,
)
from xbarsim.streams import Streams

DT = 1e-3


class Given:
    """A wiring that is given."""

    def __init__(self, inputs, recurrent=None):
        self.inputs = np.atleast_2d(np.asarray(inputs, float))
        n = len(self.inputs)
        self.recurrent = np.zeros((n, n)) if recurrent is None else np.asarray(recurrent, float)

    def draw(self, neurons, channels, streams):
        return Connections(inputs=self.inputs, recurrent=self.recurrent)


def run(neuron, x, wiring=None, **settings):
    wiring = Given([[1.0]]) if wiring is None else wiring
    made = Liquid(
        inputs=x.shape[1], neurons=len(wiring.inputs), wiring=wiring, neuron=neuron, dt=DT,
        streams=Streams(0), **settings,
    )  # fmt: skip
    return made.run([x])[0][0]


def spike_times(neuron, x, **settings):
    return np.flatnonzero(run(neuron, x, **settings)[:, 0])


@pytest.mark.parametrize("current", [1.2, 2.0, 5.0])
def test_intervals_at_constant_current_are_those_of_the_membrane_equation(current):
    """tau ln(I / (I - threshold)) from a reset at 0, in whole steps that it takes to pass."""
    times = spike_times(LIF(tau=20e-3), np.full((500, 1), current))
    interval = np.ceil(20e-3 * np.log(current / (current - 1.0)) / DT)
    assert len(times) > 3 and (np.diff(times) == interval).all()


def test_no_current_below_threshold_over_resistance_ever_fires():
    x = np.full((2000, 1), 0.999)
    assert not len(spike_times(LIF(tau=20e-3), x))
    assert len(spike_times(LIF(tau=20e-3, resistance=1.01), x))


@pytest.mark.parametrize("integrator", ["exact", "euler"])
def test_a_membrane_without_spikes_decays_to_its_rest(integrator):
    neuron = LIF(tau=10e-3, rest=-2.0, threshold=5.0, reset=-3.0, integrator=integrator)
    x = np.zeros((30, 1))
    x[0] = 4.0
    v = run(neuron, x, feature="membrane")[:, 0]
    d = np.exp(-0.1) if integrator == "exact" else 0.9
    np.testing.assert_allclose(v, -2.0 + 4.0 * (1 - d) * d ** np.arange(30), atol=1e-14)


def test_euler_comes_near_the_exact_solution_as_steps_get_short():
    """First order: half a step, half the error."""
    errors = []
    for dt in (2e-3, 1e-3):
        c = [LIF(tau=20e-3, integrator=k).coefficients(dt) for k in ("euler", "exact")]
        errors.append(c[0].decay ** (20e-3 / dt) - c[1].decay ** (20e-3 / dt))
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize("rule", ["held", "integrating"])
@pytest.mark.parametrize("steps", [0, 1, 4])
def test_a_refractory_neuron_fires_at_most_once_in_its_time_and_a_step(steps, rule):
    neuron = DecayLIF(refractory=steps * DT, while_refractory=rule)
    times = spike_times(neuron, np.full((100, 1), 1e3))
    assert (np.diff(times) == steps + 1).all()


def test_a_potential_that_is_held_forgets_what_it_is_given_meanwhile():
    x = np.zeros((6, 1))
    x[:5] = 0.6
    x[0] = 2.0
    held = run(DecayLIF(decay=1.0, refractory=3 * DT), x, feature="membrane")[:, 0]
    goes_on = run(
        DecayLIF(decay=1.0, refractory=3 * DT, while_refractory="integrating"), x,
        feature="membrane",
    )[:, 0]  # fmt: skip
    np.testing.assert_allclose(held, [0, 0, 0, 0, 0.6, 0.6], atol=1e-15)
    np.testing.assert_allclose(goes_on, [0, 0.6, 1.2, 1.8, 0, 0], atol=1e-15)


def test_a_threshold_that_is_reached_and_not_passed_is_none():
    assert not len(spike_times(DecayLIF(), np.ones((1, 1))))
    assert len(spike_times(DecayLIF(), np.full((1, 1), np.nextafter(1.0, 2.0))))


def test_subtraction_keeps_what_is_above_the_threshold():
    """So that the rate is the input: 0.3 of a threshold a step, three spikes in ten."""
    assert len(spike_times(DecayLIF(decay=1.0, subtract=True), np.full((1000, 1), 0.3))) == 299


def test_a_synapse_spreads_a_spike_exponentially():
    x = np.zeros((20, 1))
    x[3] = 1.0
    neuron = DecayLIF(decay=0.0, threshold=9.0, tau_synapse=4e-3)
    v = run(neuron, x, feature="membrane")[:, 0]
    np.testing.assert_allclose(v[3:], np.exp(-np.arange(17) / 4), rtol=1e-13)
    assert not v[:3].any()


def test_adaptation_slows_down_to_the_rate_at_which_threshold_and_input_balance():
    """At a spike in every step of share f: threshold 1 + beta f, and f = input / threshold."""
    neuron = DecayLIF(decay=1.0, subtract=True, adaptation=Adaptation(beta=3.0, tau=0.5))
    times = spike_times(neuron, np.full((6000, 1), 0.5))
    first, last = np.diff(times)[0], (times > 3000).sum() / 3000
    balance = (np.sqrt(1 + 4 * 3.0 * 0.5) - 1) / 6.0
    assert first == 2 and last == pytest.approx(balance, rel=0.02)


@pytest.mark.parametrize("delay", [1, 2, 7])
def test_a_spike_arrives_after_its_delay(delay):
    """Neuron 0 is driven, neuron 1 hears it alone."""
    x = np.zeros((12, 1))
    x[1] = 2.0
    wiring = Given([[1.0], [0.0]], [[0.0, 0.0], [2.0, 0.0]])
    for per in ("neuron", "connection"):
        delays = Delays(shortest=delay * DT, longest=delay * DT, per=per)
        spikes = run(DecayLIF(), x, wiring, delays=delays)
        assert np.argwhere(spikes).tolist() == [[1, 0], [1 + delay, 1]]


def test_a_trace_adds_up_spikes_and_decays():
    x = np.full((5, 1), 2.0)
    trace = run(DecayLIF(), x, feature="trace", tau_trace=2e-3)[:, 0]
    d = np.exp(-0.5)
    np.testing.assert_allclose(trace, [(1 - d ** (k + 1)) / (1 - d) for k in range(5)], rtol=1e-13)


NEURONS = {
    "decay": DecayLIF(),
    "all": LIF(
        tau=10e-3, resistance=20.0, refractory=3e-3, tau_synapse=5e-3,
        adaptation=Adaptation(beta=0.5, share=0.5),
    ),
    "subtract": LIF(
        tau=10e-3, rest=0.1, resistance=20.0, subtract=True, refractory=2e-3,
        while_refractory="integrating", integrator="euler",
    ),
}  # fmt: skip
WIRINGS = {
    "gaussian": GaussianWiring(inputs=0.5, recurrent=0.1),
    "degree": InDegreeWiring(degree=20),
    "distance": DistanceWiring(shape=(5, 5, 8)),
}
DELAYS = {
    "none": None,
    "neuron": Delays(shortest=2e-3, longest=6e-3, per="neuron"),
    "connection": Delays(shortest=1e-3, longest=6e-3),
}


@pytest.mark.parametrize("delays", DELAYS)
@pytest.mark.parametrize("wiring", WIRINGS)
@pytest.mark.parametrize("neuron", NEURONS)
def test_the_compiled_run_is_that_of_numpy(neuron, wiring, delays):
    """The same spikes, potentials within 1e-12, and the same state at the end."""
    rng = np.random.default_rng(0)
    series = [(rng.random((n, 30)) < 0.1) * rng.uniform(0.5, 2, (n, 30)) for n in (50, 20, 33, 7)]
    for feature in ("spikes", "trace", "membrane"):
        made = Liquid(
            inputs=30, neurons=150, wiring=WIRINGS[wiring], neuron=NEURONS[neuron], dt=DT,
            delays=DELAYS[delays], feature=feature, streams=Streams(1),
        )  # fmt: skip
        found, state = made.run(series)
        assert made.activity.rate > 0.01
        active = made.activity
        expected, reference = made.reference(series)
        assert made.activity == active
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)
        for a, b in zip(
            [*state.neurons, state.trace, state.pending],
            [*reference.neurons, reference.trace, reference.pending],
            strict=True,
        ):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LIF(tau=0.0), "neuron.tau is 0 s"),
        (lambda: LIF(tau=float("nan")), "neuron.tau is nan"),
        (lambda: LIF(integrator="rk4"), "neuron.integrator is 'rk4'"),
        (lambda: LIF(tau=1e-3, integrator="euler").coefficients(2e-3), "dt is 2 ms"),
        (lambda: DecayLIF().coefficients(0.0), "dt is 0 s"),
        (lambda: DecayLIF(decay=1.1), "neuron.decay is 1.1"),
        (lambda: DecayLIF(threshold=float("inf")), "neuron.threshold is inf"),
        (lambda: DecayLIF(reset=1.0), "neuron.reset is 1"),
        (lambda: DecayLIF(refractory=-1e-3), "neuron.refractory is -1 ms"),
        (lambda: DecayLIF(while_refractory="off"), "neuron.while_refractory is 'off'"),
        (lambda: DecayLIF(subtract=True, refractory=1e-3), "no reset at which"),
        (lambda: Adaptation(share=2.0), "adaptation.share is 2"),
        (lambda: Adaptation(tau=0.0), "adaptation.tau is 0 s"),
    ],
)
def test_what_cannot_be_is_refused_by_name(make, message):
    with pytest.raises(SpecError, match=message):
        make()
