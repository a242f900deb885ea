"""Neurons against loops written from NIR's equations, closed forms, and each other."""

import math

import numpy as np
import pytest

from xbarsim.errors import SpecError
from xbarsim.layers import Node
from xbarsim.layers.neurons import integrating, leaky, synaptic
from xbarsim.mapping.graph import Graph

N = 4
KINDS = ["I", "IF", "LI", "LIF", "CubaLI", "CubaLIF"]
OPS = {"CubaLI": "cuba_li", "CubaLIF": "cuba_lif"}


def parameters(seed):
    u = np.random.default_rng(seed).uniform
    return {
        "tau": u(1e-3, 5e-3, N),
        "tau_syn": u(1e-3, 3e-3, N),
        "tau_mem": u(2e-3, 9e-3, N),
        "r": u(0.5, 2.0, N),
        "v_leak": u(-0.2, 0.2, N),
        "w_in": u(0.5, 2.0, N),
        "v_threshold": u(0.3, 0.5, N),
        "v_reset": u(-0.3, 0.0, N),
    }


def graph(kind, p, dt, integrator):
    if kind.startswith("I"):
        arrays = integrating(p["r"] * 0.1)
    elif kind.startswith("LI"):
        arrays = leaky(p["tau"], p["r"], p["v_leak"], dt=dt, integrator=integrator)
    else:
        taus = (p["tau_syn"], p["tau_mem"])
        arrays = synaptic(*taus, p["r"], p["v_leak"], p["w_in"], dt=dt, integrator=integrator)
    if kind.endswith("F"):
        arrays |= {"threshold": p["v_threshold"], "reset": p["v_reset"]}
    op = OPS.get(kind, kind.lower())
    node = Node(name="n", op=op, inputs=("x",), settings={"shape": (N,)}, arrays=arrays)
    return Graph(nodes=(node,), dt=dt)


def euler_by_hand(kind, p, x, dt):
    """Forward Euler of NIR's equations, neuron by neuron."""
    out = np.zeros_like(x)
    for sample in range(x.shape[0]):
        for j in range(N):
            fires = kind.endswith("F")
            rest = 0.0 if kind == "I" else p["v_leak"][j]
            v, i = p["v_reset"][j] if fires else rest, 0.0
            for t in range(x.shape[1]):
                if kind.startswith("I"):
                    v += 0.1 * p["r"][j] * x[sample, t, j]
                elif kind.startswith("LI"):
                    drive = p["r"][j] * x[sample, t, j]
                    v += dt * (p["v_leak"][j] - v + drive) / p["tau"][j]
                else:
                    i += dt * (-i + p["w_in"][j] * x[sample, t, j]) / p["tau_syn"][j]
                    v += dt * (p["v_leak"][j] - v + p["r"][j] * i) / p["tau_mem"][j]
                out[sample, t, j] = float(v > p["v_threshold"][j]) if fires else v
                if fires and v > p["v_threshold"][j]:
                    v = p["v_reset"][j]
    return out


def inputs(steps=200, seed=1):
    return np.random.default_rng(seed).random((3, steps, N)) * 2


@pytest.mark.parametrize("kind", KINDS)
def test_euler_is_the_equation_step_by_step(kind):
    p, x = parameters(0), inputs()
    y = graph(kind, p, 1e-4, "euler").run(x)
    expected = euler_by_hand(kind, p, x, 1e-4)
    assert y.shape == x.shape
    if kind.endswith("F"):
        assert 10 < expected.sum() < expected.size
        np.testing.assert_array_equal(y, expected)
    else:
        np.testing.assert_allclose(y, expected, rtol=1e-12)


@pytest.mark.parametrize("kind", ["LI", "CubaLI"])
def test_exact_is_the_limit_of_euler_with_ever_finer_steps(kind):
    p, x = parameters(2), inputs(20)
    fine = graph(kind, p, 1e-3 / 1024, "euler").run(np.repeat(x, 1024, axis=1))[:, 1023::1024]
    coarser = graph(kind, p, 1e-3 / 256, "euler").run(np.repeat(x, 256, axis=1))[:, 255::256]
    exact = graph(kind, p, 1e-3, "exact").run(x)
    limit = fine + (fine - coarser) / 3  # Richardson: the error is of first order
    np.testing.assert_allclose(exact, limit, atol=1e-6)


@pytest.mark.parametrize("kind", ["LI", "CubaLI"])
def test_euler_s_error_falls_in_proportion_to_the_step(kind):
    p, x = parameters(3), inputs(30)
    errors = []
    for halvings in range(4, 9):
        k = 2**halvings
        y = graph(kind, p, 1e-3 / k, "euler").run(np.repeat(x, k, axis=1))[:, k - 1 :: k]
        errors.append(np.abs(y - graph(kind, p, 1e-3, "exact").run(x)).max())
    slope = np.polyfit(np.arange(5), np.log2(errors), 1)[0]
    assert slope == pytest.approx(-1, abs=0.05)


@pytest.mark.parametrize("kind", ["LI", "CubaLI"])
def test_exact_does_not_depend_on_how_a_held_input_is_cut(kind):
    p, x = parameters(4), inputs(20)
    whole = graph(kind, p, 1e-3, "exact").run(x)
    halves = graph(kind, p, 5e-4, "exact").run(np.repeat(x, 2, axis=1))[:, 1::2]
    np.testing.assert_allclose(whole, halves, rtol=1e-12)


def test_a_leaky_integrator_s_step_response_is_exponential():
    p, dt = parameters(5), 1e-3
    y = graph("LI", p, dt, "exact").run(np.full((1, 50, N), 0.7))[0]
    t = dt * np.arange(1, 51)[:, None]
    expected = p["v_leak"] + p["r"] * 0.7 * (1 - np.exp(-t / p["tau"]))
    np.testing.assert_allclose(y, expected, rtol=1e-12)


def test_equal_time_constants_of_synapse_and_membrane_give_the_alpha_function():
    tau, dt, one = np.full(N, 2e-3), 1e-4, np.ones(N)
    arrays = synaptic(tau, tau, one, 0 * one, one, dt=dt, integrator="exact")
    node = Node(name="n", op="cuba_li", inputs=("x",), settings={"shape": (N,)}, arrays=arrays)
    x = np.zeros((1, 100, N))
    x[:, 0] = 1.0
    y = Graph(nodes=(node,), dt=dt).run(x)[0, :, 0]

    def held(t):  # response to a step at 0
        return 1 - (1 + t / 2e-3) * np.exp(-t / 2e-3)

    t = dt * np.arange(1, 101)
    np.testing.assert_allclose(y, held(t) - held(t - dt), rtol=1e-9, atol=1e-15)


def test_time_constants_almost_equal_are_no_less_exact_than_equal_ones():
    one = np.ones(1)
    args = (one, 0 * one, one)
    equal = synaptic(one, one, *args, dt=0.5, integrator="exact")["from_synapse"]
    for off in (1e-15, 1e-12, 1e-9, 1e-6):
        near = synaptic(one, one + off, *args, dt=0.5, integrator="exact")["from_synapse"]
        assert near == pytest.approx(equal, rel=2 * off + 1e-15)


def test_a_neuron_fires_at_the_rate_of_the_closed_form():
    tau, r, threshold, reset, drive = 0.02, 1.5, 1.0, 0.2, 1.1
    period = tau * math.log((r * drive - reset) / (r * drive - threshold))
    dt, one = period / 1000, np.ones(1)
    arrays = leaky(tau * one, r * one, 0 * one, dt=dt, integrator="exact")
    arrays |= {"threshold": threshold * one, "reset": reset * one}
    node = Node(name="n", op="lif", inputs=("x",), settings={"shape": (1,)}, arrays=arrays)
    times = np.flatnonzero(Graph(nodes=(node,), dt=dt).run(np.full((1, 20500, 1), drive)))
    intervals = np.diff(times)
    assert len(times) == 20
    assert set(intervals) <= {1000, 1001}  # a spike waits for the end of its step


def test_a_neuron_below_threshold_never_fires():
    one = np.ones(1)
    arrays = leaky(0.01 * one, one, 0 * one, dt=1e-3, integrator="exact")
    arrays |= {"threshold": one, "reset": 0 * one}
    node = Node(name="n", op="lif", inputs=("x",), settings={"shape": (1,)}, arrays=arrays)
    assert not Graph(nodes=(node,), dt=1e-3).run(np.ones((1, 5000, 1))).any()


def test_a_delay_holds_each_value_for_its_own_number_of_steps():
    steps = np.array([0, 2, 3, 2])
    settings = {"shape": (N,), "steps": (0, 2, 3)}
    node = Node(name="d", op="delay", inputs=("x",), settings=settings, arrays={"delay": steps})
    x = inputs(10)
    y = Graph(nodes=(node,), dt=1.0).run(x)
    for j, d in enumerate(steps):
        np.testing.assert_array_equal(y[:, d:, j], x[:, : 10 - d, j])
        assert not y[:, :d, j].any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_keep_the_type_of_the_input(kind, dtype):
    x = inputs(5).astype(dtype)
    assert graph(kind, parameters(0), 1e-4, "exact").run(x).dtype == dtype


def test_whole_numbers_are_taken_as_spikes():
    g = graph("CubaLIF", parameters(0), 1e-4, "exact")
    spikes = inputs(50) > 1
    np.testing.assert_array_equal(g.run(spikes), g.run(spikes.astype(float)))


def test_a_run_leaves_no_state_behind():
    g = graph("CubaLIF", parameters(0), 1e-4, "euler")
    np.testing.assert_array_equal(g.run(inputs()), g.run(inputs()))


def test_samples_do_not_see_each_other():
    g, x = graph("LIF", parameters(0), 1e-4, "euler"), inputs()
    np.testing.assert_array_equal(g.run(x)[1:2], g.run(x[1:2]))


def test_every_step_of_a_node_is_seen():
    g, seen = graph("LI", parameters(0), 1e-4, "euler"), []
    y = g.run(inputs(7), see=lambda node, value: seen.append(value))
    np.testing.assert_array_equal(np.stack(seen, axis=1), y)


def test_neurons_outside_of_time_are_refused():
    arrays = integrating(np.ones(1))
    node = Node(name="n", op="i", inputs=("x",), settings={"shape": (1,)}, arrays=arrays)
    with pytest.raises(SpecError, match="layer n: i runs in time"):
        Graph(nodes=(node,))


def test_an_input_without_time_is_refused():
    g = graph("LI", parameters(0), 1e-4, "euler")
    with pytest.raises(SpecError, match=r"\(n, time, ...\)"):
        g.run(np.ones((2, 0, N)))


def test_a_neuron_refuses_values_of_another_shape():
    g = graph("LI", parameters(0), 1e-4, "euler")
    with pytest.raises(SpecError, match=r"layer n .* \(4,\), but is given \(1,\)"):
        g.run(np.ones((2, 3, 1)))
