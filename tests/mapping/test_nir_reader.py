"""NIR graphs: what they become, how they run, what is refused."""

import numpy as np
import pytest

from xbarsim.errors import SpecError
from xbarsim.mapping.graph import Graph
from xbarsim.mapping.nir.reader import from_nir
from xbarsim.mapping.read import read_model

nir = pytest.importorskip("nir")

DT = 1e-4


def wired(nodes, edges, shape, out, **arguments):
    nodes = {"in": nir.Input(np.array(shape)), **nodes, "out": nir.Output(np.array(out))}
    return nir.NIRGraph(nodes, edges, type_check=False, **arguments)


def chain(nodes, shape, out):
    names = ["in", *nodes, "out"]
    return wired(nodes, list(zip(names, names[1:], strict=False)), shape, out)


def lif(n, **other):
    p = {"tau": 1e-3, "r": 10.0, "v_leak": 0.0, "v_threshold": 1.0} | other
    return nir.LIF(**{name: np.full(n, value) for name, value in p.items()})


def spikes(*shape, rate=0.3, seed=0):
    return (np.random.default_rng(seed).random(shape) < rate).astype(float)


def weights(*shape, seed=1):
    return np.random.default_rng(seed).normal(0, 1, shape)


def lif_by_hand(current, v, tau=1e-3, r=10.0, threshold=1.0):
    v = v + DT / tau * (r * current - v)
    z = (v > threshold).astype(float)
    return z, v * (1 - z)


def test_a_feed_forward_network_runs_as_written():
    w, b, w2 = weights(5, 3), weights(5), weights(2, 5)
    nodes = {"fc": nir.Affine(w, b), "hidden": lif(5), "read": nir.Linear(w2)}
    nodes["out_li"] = nir.LI(np.full(2, 2e-3), np.ones(2), np.zeros(2))
    x = spikes(4, 60, 3)
    y = from_nir(chain(nodes, (3,), (2,))).run(x)
    v, u = np.zeros((4, 5)), np.zeros((4, 2))
    for t in range(60):
        z, v = lif_by_hand(x[:, t] @ w.T + b, v)
        u = u + DT / 2e-3 * (z @ w2.T - u)
        np.testing.assert_allclose(y[:, t], u, rtol=1e-12, atol=1e-15)


def test_weights_stand_on_tiles_and_neurons_stay_digital():
    nodes = {"fc": nir.Linear(weights(5, 3)), "half": nir.Scale(np.full(5, 0.5)), "z": lif(5)}
    graph = from_nir(chain(nodes, (3,), (5,)))
    assert [n.name for n in graph.weighted] == ["fc"]
    assert [(n.name, n.op) for n in graph.digital] == [("half", "multiply"), ("z", "lif")]


def recurrent_by_hand(x, w, rec, b, steps_back=1):
    v, past, out = np.zeros((len(x), len(w))), [np.zeros((len(x), len(w)))] * steps_back, []
    for t in range(x.shape[1]):
        z, v = lif_by_hand(x[:, t] @ w.T + past[-1] @ rec.T + b, v)
        past = [z, *past[:-1]]
        out.append(z)
    return np.stack(out, axis=1)


RECURRENT = [("in", "w"), ("w", "z"), ("z", "rec"), ("rec", "z"), ("z", "out")]


def recurrent(order=1):
    nodes = {"w": nir.Linear(weights(5, 3)), "z": lif(5)}
    nodes["rec"] = nir.Affine(weights(5, 5, seed=2), weights(5, seed=3))
    return wired(nodes, RECURRENT[::order], (3,), (5,))


@pytest.mark.parametrize("order", [1, -1])
def test_a_recurrent_connection_carries_the_spikes_of_the_step_before(order):
    x = spikes(4, 80, 3)
    y = from_nir(recurrent(order)).run(x)
    expected = recurrent_by_hand(x, weights(5, 3), weights(5, 5, seed=2), weights(5, seed=3))
    assert 0.05 < expected.mean() < 0.95
    np.testing.assert_array_equal(y, expected)


def test_what_reads_a_neuron_outside_of_its_loop_reads_it_at_once():
    graph = recurrent()
    graph.nodes["a_read"] = nir.Linear(np.eye(5))
    graph.edges = [*RECURRENT[:-1], ("z", "a_read"), ("a_read", "out")]
    x = spikes(4, 30, 3)
    np.testing.assert_array_equal(from_nir(graph).run(x), from_nir(recurrent()).run(x))


@pytest.mark.parametrize("steps", [1, 3])
def test_a_loop_with_a_delay_has_that_delay_alone(steps):
    graph = recurrent()
    graph.nodes["d"] = nir.Delay(np.full(5, steps * DT))
    graph.edges = [*RECURRENT[:2], ("z", "d"), ("d", "rec"), *RECURRENT[3:]]
    x = spikes(4, 80, 3)
    rec, b = weights(5, 5, seed=2), weights(5, seed=3)
    expected = recurrent_by_hand(x, weights(5, 3), rec, b, steps_back=steps)
    np.testing.assert_array_equal(from_nir(graph).run(x), expected)


def test_in_a_loop_of_two_layers_the_far_one_feeds_back_late():
    w, forth, back = weights(4, 3), weights(4, 4, seed=4), weights(4, 4, seed=5)
    nodes = {"w": nir.Linear(w), "a": lif(4), "forth": nir.Linear(forth), "b": lif(4)}
    nodes["back"] = nir.Linear(back)
    edges = [("b", "back"), ("back", "a"), ("in", "w"), ("w", "a"), ("a", "forth")]
    edges += [("forth", "b"), ("b", "out")]
    x = spikes(4, 80, 3)
    y = from_nir(wired(nodes, edges, (3,), (4,))).run(x)
    va = vb = zb = np.zeros((4, 4))
    for t in range(80):
        za, va = lif_by_hand(x[:, t] @ w.T + zb @ back.T, va)
        zb, vb = lif_by_hand(za @ forth.T, vb)
        np.testing.assert_array_equal(y[:, t], zb)


def test_a_graph_in_a_graph_runs_as_if_it_were_not():
    inner = wired(
        {"z": lif(5), "rec": nir.Affine(weights(5, 5, seed=2), weights(5, seed=3))},
        [("in", "z"), ("z", "rec"), ("rec", "z"), ("z", "out")],
        (5,),
        (5,),
    )
    outer = chain({"w": nir.Linear(weights(5, 3)), "layer": inner}, (3,), (5,))
    graph = from_nir(outer)
    assert [n.name for n in graph.weighted] == ["w", "layer.rec"]
    x = spikes(2, 40, 3)
    np.testing.assert_array_equal(graph.run(x), from_nir(recurrent()).run(x))


def test_two_inputs_are_given_in_the_graph_s_order():
    nodes = {
        "in": nir.Input(np.array([3])),
        "other": nir.Input(np.array([2])),
        "a": nir.Linear(weights(4, 3)),
        "b": nir.Linear(weights(4, 2)),
        "out": nir.Output(np.array([4])),
    }
    edges = [("in", "a"), ("other", "b"), ("a", "out"), ("b", "out")]
    graph = from_nir(nir.NIRGraph(nodes, edges, type_check=False))
    x, y = spikes(2, 5, 3), spikes(2, 5, 2)
    assert graph.inputs == ("in", "other")
    np.testing.assert_allclose(graph.run(x, y), x @ weights(4, 3).T + y @ weights(4, 2).T)


def test_a_convolutional_network_gives_what_torch_gives():
    torch = pytest.importorskip("torch")
    f = torch.nn.functional
    w, b, w2 = weights(4, 2, 3, 3), weights(4), weights(6, 2, 2, 2)
    dense, scale = weights(3, 6), weights(6, 3, 3)
    nodes = {
        "c1": nir.Conv2d((9, 9), w, (2, 2), (1, 1), (1, 1), 1, b),
        "n1": nir.IF(np.ones((4, 5, 5)), np.ones((4, 5, 5)), np.zeros((4, 5, 5))),
        "sum": nir.SumPool2d(np.array([2, 2]), np.array([1, 1]), np.array([0, 0])),
        "mean": nir.AvgPool2d(np.array([2, 2]), np.array([1, 1]), np.array([1, 1])),
        "c2": nir.Conv2d(None, w2, 1, "same", 1, 2, np.zeros(6)),
        "pool": nir.AvgPool2d(np.array([3, 3]), np.array([1, 1]), np.array([0, 0])),
        "s": nir.Scale(scale),
        "flat": nir.Flatten(None, start_dim=1),
        "last": nir.Flatten(None, start_dim=0),
    }
    out = {"fc": nir.Linear(np.repeat(dense, 9, axis=1))}
    x = spikes(2, 6, 2, 9, 9)
    y = from_nir(chain(nodes | out, (2, 9, 9), (3,))).run(x)
    t = [torch.tensor(a) for a in (w, b, w2, dense, scale)]
    v = torch.zeros(2, 4, 5, 5, dtype=torch.float64)
    for step in range(6):
        v = v + f.conv2d(torch.tensor(x[:, step]), t[0], t[1], stride=2, padding=1)
        z = (v > 1).double()
        v = v * (1 - z)
        pooled = f.avg_pool2d(4 * f.avg_pool2d(z, 2, 1), 2, 1, padding=1)
        same = f.pad(pooled, (0, 1, 0, 1))
        c = f.avg_pool2d(f.conv2d(same, t[2], groups=2), 3, 1) * t[4]
        expected = c.flatten(1) @ t[3].repeat_interleave(9, 1).T
        np.testing.assert_allclose(y[:, step], expected.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("padding", [0, 2, "valid", "same"])
def test_a_convolution_of_series_gives_what_torch_gives(padding):
    torch = pytest.importorskip("torch")
    w, b = weights(4, 2, 3), weights(4)
    node = nir.Conv1d(11, w, 1, padding, 2, 1, b)
    expected = torch.conv1d(
        torch.tensor(x := spikes(2, 2, 11)),
        torch.tensor(w),
        torch.tensor(b),
        padding=padding,
        dilation=2,
    ).numpy()
    graph = from_nir(chain({"c": node}, (2, 11), expected.shape[1:]))
    np.testing.assert_allclose(graph.run(x[:, None])[:, 0], expected, rtol=1e-9, atol=1e-12)


def test_a_threshold_is_a_step_without_memory():
    node = nir.Threshold(np.array([0.5, 1.0, 2.0]))
    x = np.random.default_rng(0).normal(1, 1, (2, 20, 3))
    y = from_nir(chain({"t": node}, (3,), (3,))).run(x)
    np.testing.assert_array_equal(y, x > np.array([0.5, 1.0, 2.0]))


def test_an_input_of_an_integrator_is_a_pulse_or_a_current():
    node = nir.I(np.full(2, 3.0))
    x = spikes(1, 30, 2)
    total = 3 * np.cumsum(x, axis=1)
    graph = chain({"i": node}, (2,), (2,))
    np.testing.assert_allclose(from_nir(graph).run(x), total)
    np.testing.assert_allclose(from_nir(graph, charge="current", dt=0.01).run(x), 0.01 * total)


def test_an_integrator_and_a_threshold_fire_first_when_an_integrate_and_fire_neuron_does():
    one, x = np.ones(3), spikes(1, 40, 3)
    apart = chain({"i": nir.I(one), "t": nir.Threshold(4 * one)}, (3,), (3,))
    together = chain({"n": nir.IF(one, 4 * one, 0 * one)}, (3,), (3,))
    first = [from_nir(g).run(x).argmax(axis=1) for g in (apart, together)]
    np.testing.assert_array_equal(*first)


def test_parameters_of_one_value_or_one_a_channel_spread_over_the_node():
    def net(*shape):
        p = {"tau": 1e-3, "r": 20.0, "v_leak": 0.0, "v_threshold": 0.5}
        node = nir.LIF(**{name: np.full(shape, value) for name, value in p.items()})
        return from_nir(chain({"z": node}, (2, 3, 3), (2, 3, 3)))

    x = spikes(2, 20, 2, 3, 3)
    full = net(2, 3, 3).run(x)
    assert full.any()
    for shape in ((), (1,), (2, 1, 1)):
        np.testing.assert_array_equal(net(*shape).run(x), full)


def test_tensors_that_exporters_leave_in_a_graph_are_read():
    torch = pytest.importorskip("torch")
    node = nir.Linear(torch.nn.Parameter(torch.ones(2, 3)))
    np.testing.assert_allclose(from_nir(chain({"w": node}, (3,), (2,))).run(np.ones((1, 1, 3))), 3)


def test_euler_approaches_the_exact_integrator():
    one = np.ones(3)
    node = nir.CubaLI(2e-3 * one, 5e-3 * one, one, 0 * one, one)
    graph, x = chain({"n": node}, (3,), (3,)), spikes(2, 20, 3)
    exact = from_nir(graph, dt=1e-3, integrator="exact").run(x)
    errors = []
    for k in (16, 32, 64):
        y = from_nir(graph, dt=1e-3 / k).run(np.repeat(x, k, axis=1))[:, k - 1 :: k]
        errors.append(np.abs(y - exact).max())
    np.testing.assert_allclose(np.diff(np.log2(errors)), -1, atol=0.1)


def test_a_file_and_the_graph_it_was_written_from_run_alike(tmp_path):
    inner = wired({"z": lif(5)}, [("in", "z"), ("z", "out")], (5,), (5,))
    nodes = {
        "w": nir.Affine(weights(5, 3), weights(5)),
        "layer": inner,
        "d": nir.Delay(np.full(5, DT)),
    }
    graph = chain(nodes, (3,), (5,))
    nir.write(tmp_path / "net.nir", graph)
    x = spikes(2, 20, 3)
    for path in (tmp_path / "net.nir", str(tmp_path / "net.nir")):
        np.testing.assert_array_equal(from_nir(path).run(x), from_nir(graph).run(x))
        assert isinstance(read_model(path), Graph)


def test_a_convolution_s_padding_by_name_is_read_from_a_file(tmp_path):
    node = nir.Conv1d(11, weights(4, 2, 3), 1, "same", 1, 1, weights(4))
    nir.write(tmp_path / "net.nir", chain({"c": node}, (2, 11), (4, 11)))
    assert from_nir(tmp_path / "net.nir").nodes[0].settings["padding"] == ((1, 1),)


def test_a_file_without_reset_voltages_resets_to_0(tmp_path):
    h5py = pytest.importorskip("h5py")
    nir.write(tmp_path / "net.nir", chain({"z": lif(2, v_reset=0.5)}, (2,), (2,)))
    with h5py.File(tmp_path / "net.nir", "a") as file:
        del file["node/nodes/z/v_reset"]
    assert not from_nir(tmp_path / "net.nir").nodes[0].arrays["reset"].any()


def test_a_graph_is_recognised_as_a_model():
    assert read_model(chain({"z": lif(2)}, (2,), (2,))).dt == DT


def refused(match, nodes, shape=(3,), out=(3,), **arguments):
    with pytest.raises(SpecError, match=match):
        from_nir(chain(nodes, shape, out), **arguments)


def test_shapes_that_do_not_fit_are_refused_with_both_nodes():
    wide = {"w": nir.Linear(weights(5, 3)), "z": lif(4)}
    refused(r"node z \(LIF\) is given shape \(5,\) by node w \(Linear\)", wide, out=(4,))
    refused(r"node w \(Linear\) .* \(4,\) by node in", {"w": nir.Linear(weights(5, 3))}, (4,), (5,))
    refused(r"node out \(Output\) .* by node z", {"z": lif(3)}, out=(2,))
    conv = {"c": nir.Conv2d(None, weights(2, 3, 5, 5), 1, 0, 1, 1, np.zeros(2))}
    refused(r"node c .* \(2, 8, 8\) by node in .* 3 channels", conv, (2, 8, 8), (2, 4, 4))
    refused(r"node c .* window \(5, 5\) does not fit", conv, (3, 4, 4), (2, 1, 1))


def test_sums_of_different_shapes_are_refused_with_both_nodes():
    nodes = {"a": nir.Linear(weights(4, 3)), "b": nir.Linear(weights(5, 3)), "z": lif(4)}
    edges = [("in", "a"), ("in", "b"), ("a", "z"), ("b", "z"), ("z", "out")]
    with pytest.raises(SpecError, match=r"\(5,\) by node b .* \(4,\) by a"):
        from_nir(wired(nodes, edges, (3,), (4,)))


@pytest.mark.parametrize("key", ["tau", "r", "v_leak", "v_threshold", "v_reset"])
def test_values_that_are_not_finite_are_refused(key):
    refused(
        rf"node z \(LIF\): {key} holds 3 values that are not finite", {"z": lif(3, **{key: np.nan})}
    )


@pytest.mark.parametrize("tau", [0.0, -1e-3])
def test_time_constants_of_nothing_are_refused(tau):
    refused(r"node z \(LIF\): tau is .*; expected more than 0", {"z": lif(3, tau=tau)})


def test_a_step_too_long_for_euler_is_refused_but_not_by_the_exact_integrator():
    refused("tau is 0.001 s, shorter than the step dt of 0.002 s", {"z": lif(3)}, dt=2e-3)
    from_nir(chain({"z": lif(3)}, (3,), (3,)), dt=2e-3, integrator="exact")
    from_nir(chain({"z": lif(3)}, (3,), (3,)), dt=1e-3)


def test_delays_that_are_no_whole_number_of_steps_are_refused():
    refused("delay is 0.00015 s; expected a whole number", {"d": nir.Delay(np.full(3, 1.5 * DT))})
    refused("delay is -0.0001 s; expected a whole number", {"d": nir.Delay(np.full(3, -DT))})


def test_a_loop_in_which_nothing_takes_time_is_refused():
    nodes = {"a": nir.Linear(weights(3, 3)), "b": nir.Linear(weights(3, 3))}
    edges = [("in", "a"), ("a", "b"), ("b", "a"), ("b", "out")]
    with pytest.raises(SpecError, match="a, a.sum, b: a loop in which nothing takes time"):
        from_nir(wired(nodes, edges, (3,), (3,)))


def test_unknown_types_are_refused_with_their_name():
    class LIFNeuron(nir.LIF):
        pass

    p = {k: np.ones(3) for k in ("tau", "r", "v_leak", "v_threshold")}
    refused(r"node z \(LIFNeuron\): .* not supported; known: Affine, ", {"z": LIFNeuron(**p)})


def test_edges_that_lead_nowhere_are_refused():
    with pytest.raises(SpecError, match="names 'y', which is not there"):
        from_nir(wired({}, [("in", "y")], (3,), (3,)))
    with pytest.raises(SpecError, match="stands twice"):
        from_nir(wired({}, [("in", "out"), ("in", "out")], (3,), (3,)))
    with pytest.raises(SpecError, match=r"node z \(LIF\) is given nothing"):
        from_nir(wired({"z": lif(3)}, [("in", "out")], (3,), (3,)))


def test_other_than_one_output_is_refused():
    two = wired({"o": nir.Output(np.array([3]))}, [("in", "out"), ("in", "o")], (3,), (3,))
    with pytest.raises(SpecError, match="2 nodes of type Output; expected one"):
        from_nir(two)
    with pytest.raises(SpecError, match="graph g has 2 nodes of type Output"):
        from_nir(chain({"g": two}, (3,), (3,)))


@pytest.mark.parametrize("name", ["integrator", "charge"])
def test_unknown_choices_are_refused(name):
    refused(f"{name} is 'rk4'; known: ", {"z": lif(3)}, **{name: "rk4"})


@pytest.mark.parametrize("dt", [0.0, -1.0, np.nan, np.inf])
def test_steps_of_no_length_are_refused(dt):
    refused("expected a time step of more than 0", {"z": lif(3)}, dt=dt)


def test_files_that_are_not_nir_are_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    with pytest.raises(SpecError, match="no such file"):
        from_nir(tmp_path / "none.nir")
    (tmp_path / "text.nir").write_text("not a network")
    with pytest.raises(SpecError, match="text.nir: not a NIR file"):
        from_nir(tmp_path / "text.nir")
    with h5py.File(tmp_path / "other.nir", "w") as file:
        file["numbers"] = np.ones(3)
    with pytest.raises(SpecError, match="other.nir: not a NIR file"):
        from_nir(tmp_path / "other.nir")
    nir.write(tmp_path / "neuron.nir", lif(3))
    with pytest.raises(SpecError, match="neuron.nir: holds a LIF; expected a NIRGraph"):
        from_nir(tmp_path / "neuron.nir")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_files_are_refused(tmp_path, share):
    nir.write(tmp_path / "net.nir", recurrent())
    whole = (tmp_path / "net.nir").read_bytes()
    (tmp_path / "net.nir").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(SpecError, match="net.nir: not a NIR file, or a truncated one"):
        from_nir(tmp_path / "net.nir")


def test_what_is_no_graph_is_refused():
    with pytest.raises(SpecError, match="cannot read a int"):
        from_nir(3)
