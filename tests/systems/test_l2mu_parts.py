"""State space, populations and cells of an L2MU, against closed forms and against PyTorch."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.signal import cont2discrete

import xbarsim as xs
from xbarsim.errors import SpecError
from xbarsim.streams import Streams
from xbarsim.systems.l2mu import Settings
from xbarsim.systems.l2mu.network import in_software
from xbarsim.systems.l2mu.on_tiles import chip, vectors, windows
from xbarsim.systems.l2mu.parameters import MATRICES, Parameters, initial
from xbarsim.systems.l2mu.state_space import continuous, discrete, remembered
from xbarsim.systems.l2mu.verified import Verified, verifying

SMALL = Settings(memory=6, hidden=9, order=3)
IDEAL = xs.Hardware(device=xs.load_device("ideal"), rows=32, cols=32)
INPUTS, CLASSES = 5, 4


def drawn(seed):
    """Parameters with connections of every kind, and inputs (8, 20, 5)."""
    start = initial(SMALL, INPUTS, CLASSES, Streams(seed))
    arrays = {each.name: getattr(start, each.name) for each in fields(start)}
    rng = np.random.default_rng(seed)
    arrays["e_m"] = 0.3 * rng.standard_normal(arrays["e_m"].shape)
    return Parameters(**arrays), 2.0 * (rng.random((8, 20, INPUTS)) < 0.3)


def test_state_space_is_that_of_the_paper():
    a, b = continuous(3)
    np.testing.assert_array_equal(a, [[-1, -1, -1], [3, -3, -3], [-5, 5, -5]])
    np.testing.assert_array_equal(b, [1, -3, 5])


def test_a_memory_of_order_one_is_a_leaky_mean():
    (a,), b = discrete(1, 4.0)
    assert a[0] == pytest.approx(np.exp(-1 / 4), rel=1e-14)
    assert b[0] == pytest.approx(1 - np.exp(-1 / 4), rel=1e-14)


@pytest.mark.parametrize(("order", "theta"), [(4, 7.0), (7, 10.0), (12, 3.3)])
def test_a_step_holds_the_input(order, theta):
    a, b = continuous(order)
    system = a / theta, b[:, None] / theta, np.eye(order), np.zeros((order, 1))
    held = cont2discrete(system, 1.0, "zoh")
    found = discrete(order, theta)
    np.testing.assert_allclose(found[0], held[0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found[1], held[1][:, 0], rtol=0, atol=1e-12)


def test_the_memory_gives_back_the_input_of_a_window_ago():
    theta, t = 200.0, np.arange(2000)

    def u(t):  # as it was half a step earlier: each value is held over the step before t
        return np.sin(2 * np.pi * (t + 0.5) / 400) + 0.5 * np.cos(2 * np.pi * (t + 0.5) / 230)

    worst = []
    for order in (4, 6, 8):
        a, b = discrete(order, theta)
        m, trail = np.zeros(order), []
        for value in u(t - 0.5):
            m = a @ m + b * value
            trail.append(m)
        kept = np.array(trail)[1000:]
        errors = [abs(remembered(kept, r) - u(t[1000:] - r * theta)) for r in (0.25, 0.5, 1.0)]
        worst.append(np.max(errors))
    assert worst[0] > 10 * worst[1] > 50 * worst[2]
    assert worst[2] < 1e-3


@pytest.mark.parametrize("order", [0, 65, 2.0, "4"])
def test_an_order_that_is_none_is_refused(order):
    with pytest.raises(SpecError, match="order is .* whole number from 1 to 64"):
        discrete(order, 7.0)


def test_a_neuron_spikes_above_its_threshold_and_loses_it_one_step_later():
    parameters, _ = drawn(1)
    still = {name: np.zeros_like(getattr(parameters, name)) for name in MATRICES}
    still["w_x"] = np.eye(9, INPUTS)
    net = in_software(
        Parameters(
            **still,
            b_o=parameters.b_o,
            beta=np.array([0.5, 0.5, 0.5, 0.5]),
            threshold=np.array([1.0, 1.0, 1.0, 1.0]),
        ),
        *discrete(3, 7.0),
    )
    x = np.zeros((1, 4, INPUTS))
    x[0, :, 0] = [1.0, 0.75, 0.25, 0.0]  # membranes 1 (not above), 1.25, 0.125 (1 lost), 0.0625
    x[0, :, 1] = [3.0, 0.0, 0.0, 0.0]  # membranes 3, 0.5, 0.25, 0.125
    trains = net(x).trains["h"][0]
    np.testing.assert_array_equal(trains[:, 0], [False, True, False, False])
    np.testing.assert_array_equal(trains[:, 1], [True, False, False, False])


def test_a_network_in_numpy_is_that_which_pytorch_trains():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from xbarsim.systems.l2mu.unrolled import counts_of

    spikes = 0
    for seed in range(5):
        parameters, x = drawn(seed)
        a, b = discrete(3, 7.0)
        learn = {e.name: torch.tensor(getattr(parameters, e.name)) for e in fields(parameters)}
        wanted = counts_of(learn, torch.tensor(a), torch.tensor(b), torch.tensor(x)).numpy()
        np.testing.assert_array_equal(in_software(parameters, a, b)(x).counts, wanted)
        spikes += wanted.sum()
    assert spikes > 500


def plain_counts(torch, p, a, b, x):
    """The same network as sums and products that PyTorch differentiates itself."""

    def step(k, current, before):
        membrane, spikes = before
        beta, threshold = p["beta"][k], p["threshold"][k]
        membrane = beta * membrane + current - threshold * spikes.detach()
        above = membrane - threshold
        smooth = torch.atan(torch.pi * above) / torch.pi
        return membrane, (above > 0).to(x.dtype) + smooth - smooth.detach()

    n, channels, hidden = len(x), len(p["e_x"]), len(p["w_x"])
    sizes = (channels, channels * len(b), hidden, len(p["w_o"]))
    u, m, h, o = ((x.new_zeros(n, size), x.new_zeros(n, size)) for size in sizes)
    counts = x.new_zeros(n, len(p["w_o"]))
    for t in range(x.shape[1]):
        u = step(0, x[:, t] @ p["e_x"].T + h[1] @ p["e_h"].T + m[1] @ p["e_m"].T, u)
        held = m[1].view(n, channels, -1) @ a.T + u[1][..., None] * b
        m = step(1, held.reshape(n, -1), m)
        h = step(2, x[:, t] @ p["w_x"].T + h[1] @ p["w_h"].T + m[1] @ p["w_m"].T, h)
        o = step(3, h[1] @ p["w_o"].T + p["b_o"], o)
        counts = counts + o[1]
    return counts


def test_all_gradients_are_those_of_a_plain_loop():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from xbarsim.systems.l2mu.unrolled import counts_of

    parameters, x = drawn(2)
    a, b = (torch.tensor(each) for each in discrete(3, 7.0))
    told, found = torch.arange(len(x)) % CLASSES, []
    for counts in (counts_of, lambda *given: plain_counts(torch, *given)):
        learn = {
            e.name: torch.tensor(getattr(parameters, e.name)).requires_grad_()
            for e in fields(parameters)
        }
        loss = torch.nn.functional.cross_entropy(counts(learn, a, b, torch.tensor(x)), told)
        loss.backward()
        found.append({name: each.grad.numpy() for name, each in learn.items()})
    for name, gradient in found[0].items():
        assert abs(gradient).max() > 0
        np.testing.assert_allclose(gradient, found[1][name], rtol=1e-9, atol=1e-12)


def test_gradients_are_those_of_an_arc_tangent_and_pass_by_resets():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from xbarsim.systems.l2mu.unrolled import counts_of

    names = [each.name for each in fields(Parameters)]
    shapes = {"e_x": (1, 1), "e_h": (1, 1), "e_m": (1, 1), "w_x": (1, 1), "w_h": (1, 1)}
    shapes |= {"w_m": (1, 1), "w_o": (1, 1), "b_o": (1,)}
    learn = {name: torch.zeros(shapes.get(name, 4), dtype=torch.float64) for name in names}
    learn["beta"] += 0.5
    learn["threshold"] += 1.0
    learn["w_x"] += 1.0
    learn["w_o"] += 2.0
    x = torch.tensor([[[1.5], [0.9]]], dtype=torch.float64, requires_grad=True)
    counts = counts_of(learn, torch.zeros(1, 1).double(), torch.zeros(1).double(), x)
    counts.sum().backward()

    def slope(above):
        return 1 / (1 + (np.pi * above) ** 2)

    hidden = 1.5, 0.5 * 1.5 + 0.9 - 1.0
    assert hidden[0] > 1 > hidden[1]
    output = 2.0, 0.5 * 2.0 - 1.0
    first, second = slope(output[0] - 1) * 2, slope(output[1] - 1) * 2  # of hidden spikes, direct
    early = (first + slope(output[1] - 1) * 0.5 * 2) * slope(hidden[0] - 1)
    late = second * slope(hidden[1] - 1)
    np.testing.assert_allclose(x.grad[0, :, 0], [early + 0.5 * late, late], rtol=1e-12)


def test_what_energy_and_ranges_are_told_of_is_what_the_network_gave():
    """Each matrix, and the state space: the vectors of all steps, in whatever order."""
    parameters, x = drawn(2)
    net, given = in_software(parameters, *discrete(3, 7.0)), {}

    def heard(name, product):
        def told(v):
            given.setdefault(name, []).append(v.reshape(-1, v.shape[-1]).astype(float))
            return product(v)

        return told

    kept = {name: heard(name, product) for name, product in net.products.items()}
    run = replace(net, products=kept, state_space=heard("state", net.state_space))(x)
    told = {name: vectors(name, x, run) for name in MATRICES}
    np.testing.assert_array_equal(_sorted(windows(run, net)), _sorted(given.pop("state")))
    for name in ("e_x", "w_x", "w_o", "w_m"):
        np.testing.assert_array_equal(_sorted(told[name]), _sorted(given[name]))
    for name in (
        "e_h",
        "w_h",
        "e_m",
    ):  # of the step before: the last is told of, a silent first not
        assert len(told[name]) == sum(map(len, given[name]))


def _sorted(rows):
    rows = np.concatenate(rows) if isinstance(rows, list) else np.asarray(rows, float)
    return rows[np.lexsort(rows.T)]


@pytest.mark.parametrize("state_space", ["digital", "tile", "verified"])
def test_ideal_tiles_are_software(state_space):
    parameters, x = drawn(2)
    a, b = discrete(3, 7.0)
    settings = Settings(memory=6, hidden=9, order=3, state_space=state_space)
    made = chip(parameters, a, b, settings, IDEAL, Streams(0))
    wanted, found = in_software(parameters, a, b), made.network
    rng = np.random.default_rng(0)
    for name in MATRICES:
        vectors = rng.random((7, getattr(parameters, name).shape[1]))
        np.testing.assert_allclose(
            found.products[name](vectors), wanted.products[name](vectors), rtol=0, atol=1e-6
        )
    windows = rng.random((7, 4))
    np.testing.assert_allclose(
        found.state_space(windows), wanted.state_space(windows), rtol=0, atol=1e-6
    )
    for name, train in wanted(x).trains.items():
        np.testing.assert_array_equal(found(x).trains[name], train)
        assert train.any()
    np.testing.assert_array_equal(found(x).counts, wanted(x).counts)


def test_verified_cells_lie_near_their_targets():
    device = xs.load_device("gaussian", sigma_absolute=2e-6)
    target = np.linspace(5e-6, 35e-6, 4000)
    z = np.random.default_rng(0).standard_normal(target.shape)
    near = Verified(device=device, near=0.01, tries=1000)  # 0.39 uS
    done = near.write(target, z, z)
    assert done.verified.all()
    assert abs(done.g - target).max() <= 0.01 * 39e-6
    within = 0.1546  # of a normal within 0.39 / 2 standard deviations
    assert done.pulses.mean() == pytest.approx(1 / within, rel=0.06)
    np.testing.assert_array_equal(near.write(target, z, z).g, done.g)
    few = Verified(device=device, near=0.01, tries=3).write(target, z, z)
    assert few.pulses.max() == 3
    assert few.verified.mean() == pytest.approx(1 - (1 - within) ** 3, abs=0.03)
    np.testing.assert_array_equal(few.verified, abs(few.g - target) <= 0.01 * 39e-6)


def test_cells_that_are_written_in_a_way_of_their_own_are_not_verified_again():
    once = verifying(IDEAL, 0.01, 5)
    assert once.device.tries == 5
    with pytest.raises(SpecError, match="in its own way: use tile"):
        verifying(once, 0.01, 5)
