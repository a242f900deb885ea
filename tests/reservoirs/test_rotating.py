"""Rotating neurons: a cyclic reservoir, its circuit, cut and batched, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.reservoirs.rotating import RcNeuron, RotatingCore, RotatingReservoir


def cyclic(w_in, neuron, u):
    """The reservoir whose weights are one cycle, as a matrix."""
    n = len(w_in)
    r = np.roll(np.eye(n), 1, axis=0)
    s, out = np.zeros(n), []
    for value in u:
        s = neuron(neuron.decay * r @ s + neuron.gain * r @ w_in @ value)
        out.append(s)
    return np.array(out)


@pytest.mark.parametrize("slope", [0.0, 0.01, 1.0])
def test_rotors_and_neurons_equal_a_cyclic_reservoir(streams, slope):
    rng = streams.rng()
    w_in, u = rng.normal(size=(37, 3)), rng.normal(size=(200, 3))
    neuron = RcNeuron(slope=slope)
    found, _ = RotatingCore(w_in, neuron).run([u])
    assert abs(found[0] - cyclic(w_in, neuron, u)).max() < 1e-10


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_cutting_and_batching_change_no_bit(lengths, seed):
    rng = np.random.default_rng(seed)
    core = RotatingCore(rng.normal(size=(8, 2)), RcNeuron())
    series = [rng.normal(size=(n, 2)) for n in lengths]
    whole, end = core.run(series)
    state, parts = core.begin(len(series)), [[] for _ in series]
    for cut in (slice(0, 1), slice(1, 4), slice(4, None)):
        found, state = core.run([part[cut] for part in series], state)
        for mine, part in zip(parts, found, strict=True):
            mine.append(part)
    for one, part, mine in zip(whole, parts, series, strict=True):
        assert np.array_equal(one, np.concatenate(part))
        assert np.array_equal(one, core.run([mine])[0][0])
    assert np.array_equal(state.a, end.a)


def test_a_step_of_a_neuron_is_that_of_its_circuit():
    neuron = RcNeuron(dwell=4e-3, r_leak=50e3)
    v, e = 0.3, 0.8

    def rate(_, now):
        return ((e - now) / neuron.r_int - now / neuron.r_leak) / neuron.c_int

    exact = solve_ivp(rate, (0, neuron.dwell), [v], rtol=1e-10, atol=1e-12).y[0, -1]
    assert neuron.decay * v + neuron.gain * e == pytest.approx(exact, rel=1e-8)


def test_the_estimator_learns_a_delay(streams):
    u = streams.rng().uniform(-1, 1, (1500, 1))
    target = np.roll(u[:, 0], 5)
    neuron = RcNeuron(slope=0.5, dwell=1e-3)
    model = RotatingReservoir(60, neuron=neuron, washout=50, random_state=0)
    model.fit(u[:1000], target[:1000])
    assert model.score(u[1000:], target[1000:]) > 0.95


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: RcNeuron(r_int=0.0), "r_int is 0 ohm; it must be above 0"),
        (lambda: RcNeuron(dwell="1 V"), "dwell: .*1 V"),
        (lambda: RcNeuron(slope=None), "slope: None is not a quantity"),
        (lambda: RcNeuron(slope=1.5), "slope is 1.5; it must be from 0 to 1"),
        (lambda: RotatingCore(np.ones(3), RcNeuron()), r"w_in has shape \(3,\)"),
        (lambda: RotatingCore([[np.nan]], RcNeuron()), "expected finite"),
        (lambda: RotatingReservoir(0).fit(np.ones((5, 1)), np.ones(5)), "units is 0"),
        (
            lambda: RotatingReservoir(neuron="relu").fit(np.ones((5, 1)), np.ones(5)),
            "neuron is 'relu'; expected an RcNeuron",
        ),
        (
            lambda: RotatingReservoir(4, input_scaling=0).fit(np.ones((5, 1)), np.ones(5)),
            "input_scaling is 0; it must be above 0",
        ),
        (
            lambda: RotatingReservoir(4, input_scaling="wide").fit(np.ones((5, 1)), np.ones(5)),
            "input_scaling is 'wide'; it must be above 0",
        ),
    ],
)
def test_what_makes_no_reservoir_is_refused(make, said):
    with pytest.raises(SpecError, match=said):
        make()


def test_values_of_a_neuron_may_be_text_with_units():
    assert RcNeuron(r_int="10 kohm", c_int="1 uF", r_leak="0.1 Mohm", dwell="1 ms") == RcNeuron()


def test_a_state_of_other_series_is_refused():
    core = RotatingCore(np.ones((3, 1)), RcNeuron())
    with pytest.raises(SpecError, match="the state is that of 2 series; there are 1"):
        core.run([np.ones((4, 1))], core.begin(2))


def test_inputs_beyond_all_numbers_name_the_step():
    core = RotatingCore(np.ones((3, 1)), RcNeuron())
    with np.errstate(all="ignore"), pytest.raises(ConvergenceError, match="at step 2"):
        core.run([np.array([[0.0], [1.0], [np.inf]])])
