import numpy as np
import pytest
from scipy.linalg import expm

from xbarsim.crossbar import Wires, transfer_matrix
from xbarsim.crossbar.settling import elmore, settled, settling
from xbarsim.errors import SpecError

C_WORD, C_BIT = 2e-16, 0.7e-16
WIRES = [
    Wires(r_word=2.5, r_bit=2.5, r_source=2.5, r_sense=2.5),
    Wires(r_word=300.0, r_bit=500.0, r_source=2e3, r_sense=1e3),
    Wires(r_word=40.0, r_bit=900.0, r_source=30.0, r_sense=50.0, sides=2),
    Wires(r_word=900.0, r_bit=40.0, r_source=30.0, r_sense=500.0, sense_sides=2),
    Wires(r_word=3e3, r_bit=3e3, r_source=1e3, r_sense=1e3, sides=2, sense_sides=2),
]


@pytest.fixture
def g(streams):
    return streams.rng().uniform(1e-6, 1e-4, (6, 5))


class Network:
    """The whole RC network: K x + C x' = B v, i = S^T x; word-line nodes first, all ohms above 0"""

    def __init__(self, g, wires):
        m, n = g.shape
        word, bit = np.arange(m * n).reshape(m, n), m * n + np.arange(m * n).reshape(m, n)
        self.k, self.c = np.zeros((2 * m * n, 2 * m * n)), np.repeat([C_WORD, C_BIT], m * n)
        self.b, self.s = np.zeros((2 * m * n, m)), np.zeros((2 * m * n, n))
        self.join(word, bit, g)
        self.join(word[:, :-1], word[:, 1:], 1 / np.broadcast_to(wires.r_word, (m, n - 1)))
        self.join(bit[:-1], bit[1:], 1 / np.broadcast_to(wires.r_bit, (m - 1, n)))
        for end in [0, -1][: wires.sides]:
            self.hold(self.b, word[:, end], 1 / np.broadcast_to(wires.r_source, m))
        for end in [-1, 0][: wires.sense_sides]:
            self.hold(self.s, bit[end], 1 / np.broadcast_to(wires.r_sense, n))

    def join(self, first, second, siemens):
        for p, q, y in zip(first.ravel(), second.ravel(), siemens.ravel(), strict=True):
            self.k[[p, q], [p, q]] += y
            self.k[[p, q], [q, p]] -= y

    def hold(self, ends, nodes, siemens):
        for line, (p, y) in enumerate(zip(nodes, siemens, strict=True)):
            self.k[p, p] += y
            ends[p, line] += y

    def transient(self):
        """What is left to change of the node voltages per time constant, and these at the end."""
        return -self.k / self.c[:, None], np.linalg.solve(self.k, self.b)

    def share(self, t):
        """Share of the final current after the times `t` (rows, cols), by the modes of decay."""
        root = np.sqrt(self.c)
        rate, modes = np.linalg.eigh(self.k / np.outer(root, root))
        sources, sensed = modes.T @ (self.b / root[:, None]), modes.T @ (self.s / root[:, None])
        parts = np.einsum("ki,kj,k->kij", sources, sensed, 1 / rate)
        return 1 - (parts * np.exp(-rate[:, None, None] * t)).sum(axis=0) / parts.sum(axis=0)

    def mean_arrival(self):
        """Integral over time of what is left of a step response, by running it to its end."""
        decay, final = self.transient()
        none, one = np.zeros_like(decay), np.eye(len(decay))
        slowest = np.abs(np.linalg.eigvals(decay)).min()
        step = expm(np.block([[decay, none], [one, none]]) * (2.0 / slowest))
        state = np.vstack([final, 0 * final])
        for _ in range(20):
            state = step @ state
        return ((self.s.T @ state[len(decay) :]) / (self.s.T @ final)).T


@pytest.mark.parametrize("wires", WIRES, ids=range(len(WIRES)))
def test_elmore_is_the_mean_arrival_of_the_transient(g, wires):
    expected = Network(g, wires).mean_arrival()
    np.testing.assert_allclose(elmore(g, wires, C_WORD, C_BIT), expected, rtol=1e-9)


@pytest.mark.parametrize("shape", [(6, 5), (5, 6), (1, 4), (4, 1), (12, 12)])
@pytest.mark.parametrize("wires", WIRES, ids=range(len(WIRES)))
def test_both_moments_are_those_of_the_whole_network(streams, shape, wires):
    g = streams.rng().uniform(1e-6, 1e-4, shape)
    net = Network(g, wires)
    inverse = np.linalg.inv(net.k)
    moments = [net.s.T @ inverse @ net.b]
    power = inverse
    for _ in range(2):
        power = power @ (net.c[:, None] * inverse)
        moments.append((net.s.T @ power @ net.b) / moments[0])
    mean, half_square = (m.T for m in moments[1:])
    found = settling(g, wires, C_WORD, C_BIT)
    np.testing.assert_allclose(found.tau, mean, rtol=1e-9)
    np.testing.assert_allclose(found.variance, 2 * half_square - mean**2, rtol=1e-8)


def test_wires_that_differ_line_by_line_are_taken_one_by_one(g, streams):
    rng = (streams / "wires").rng()
    wires = Wires(
        r_word=rng.uniform(1, 500, (6, 4)), r_bit=rng.uniform(1, 500, (5, 5)),
        r_source=rng.uniform(1, 500, 6), r_sense=rng.uniform(1, 500, 5), sides=2,
    )  # fmt: skip
    expected = Network(g, wires).mean_arrival()
    np.testing.assert_allclose(elmore(g, wires, C_WORD, C_BIT), expected, rtol=1e-9)


@pytest.mark.parametrize("wires", WIRES, ids=range(len(WIRES)))
@pytest.mark.parametrize(
    ("times", "single", "gamma"),
    [(0.5, 0.54, 0.55), (1, 0.36, 0.28), (2, 0.14, 0.10), (3, 0.06, 0.08), (5, 0.06, 0.06)],
)
def test_share_is_within_the_stated_error_of_the_transient(g, wires, times, single, gamma):
    found = settling(g, wires, C_WORD, C_BIT)
    t = times * found.tau
    exact = Network(g, wires).share(t)
    one_pole = settled(times, np.ones((6, 5)))  # in units of each output's own tau
    both = settled(times, np.ones((6, 5)), found.variance / found.tau**2)
    assert np.abs(one_pole - exact).max() < single
    assert np.abs(both - exact).max() < gamma


def test_variance_makes_a_realistic_read_several_times_better(streams):
    """Short lines with terminals that dominate: the delay is what a single pole does not know."""
    g = streams.rng().uniform(1e-6, 1e-4, (8, 8))
    wires = Wires(r_word=2.5, r_bit=2.5, r_source=100.0, r_sense=100.0)
    found = settling(g, wires, C_WORD, C_BIT)
    t = float(np.median(found.tau))
    exact = Network(g, wires).share(np.full(g.shape, t))
    single = np.abs(settled(t, found.tau) - exact).max()
    gamma = np.abs(settled(t, found.tau, found.variance) - exact).max()
    assert gamma < 0.5 * single
    assert gamma < 0.02


def test_sources_alone_charge_their_lines_through_what_the_cells_leave(g):
    found = settling(g, Wires(r_source=1e3), C_WORD, C_BIT)
    tau = 1e3 * 5 * C_WORD / (1 + 1e3 * g.sum(axis=1))
    np.testing.assert_allclose(found.tau, np.broadcast_to(tau[:, None], g.shape), rtol=1e-9)
    np.testing.assert_allclose(found.variance, found.tau**2, rtol=1e-8)  # one pole


def test_without_wires_or_capacitance_nothing_takes_time(g):
    for wires, c in ((Wires(), 1e-15), (WIRES[0], 0.0)):
        found = settling(g, wires, c, c)
        assert not found.tau.any()
        assert not found.variance.any()
        assert (settled(0.0, found.tau, found.variance) == 1).all()
        assert (settled(0.0, found.tau) == 1).all()


def test_what_transfers_nothing_takes_no_time(g):
    g[:, 2] = 0
    tau = elmore(g, Wires(r_source=10.0), C_WORD, C_BIT)
    assert not tau[:, 2].any()
    assert (tau[:, 3] > 0).all()


def test_exchanging_sources_and_sense_ends_leaves_the_delay(g):
    wires = Wires(r_word=30.0, r_bit=90.0, r_source=500.0, r_sense=200.0, sides=2)
    other = Wires(r_word=90.0, r_bit=30.0, r_source=200.0, r_sense=500.0, sense_sides=2)
    turned = elmore(g[::-1, ::-1].T, other, C_BIT, C_WORD)[::-1, ::-1].T
    np.testing.assert_allclose(elmore(g, wires, C_WORD, C_BIT), turned, rtol=1e-9)


def test_a_stack_is_its_arrays_one_by_one(streams):
    g = streams.rng().uniform(1e-6, 1e-4, (2, 3, 7, 4))
    found = settling(g, WIRES[1], C_WORD, C_BIT)
    for k in np.ndindex(2, 3):
        alone = settling(g[k], WIRES[1], C_WORD, C_BIT)
        assert (found.tau[k] == alone.tau).all()
        assert (found.variance[k] == alone.variance).all()


def test_precision_is_that_of_the_cells(g):
    exact = settling(g.astype(np.float32).astype(float), WIRES[1], C_WORD, C_BIT)
    found = settling(g.astype(np.float32), WIRES[1], C_WORD, C_BIT)
    assert found.tau.dtype == found.variance.dtype == np.float32
    assert settled(1e-13, found.tau, found.variance).dtype == np.float32
    np.testing.assert_allclose(found.variance, exact.variance, rtol=1e-6)
    expected = settled(1e-13, exact.tau, exact.variance)
    np.testing.assert_allclose(settled(1e-13, found.tau, found.variance), expected, rtol=1e-5)


def test_delays_go_with_the_capacitance_at_any_size(streams):
    """Large enough to be solved in parts."""
    g = streams.rng().uniform(1e-6, 1e-4, (60, 70))
    once, twice = (settling(g, WIRES[0], n * C_WORD, n * C_BIT) for n in (1, 2))
    np.testing.assert_allclose(twice.tau, 2 * once.tau, rtol=1e-12)
    np.testing.assert_allclose(twice.variance, 4 * once.variance, rtol=1e-12)
    assert (once.variance > 0).all()


def test_settled_rises_from_nothing_to_everything(g):
    found = settling(g, WIRES[1], C_WORD, C_BIT)
    for variance in (None, found.variance):
        shares = [settled(t, found.tau, variance) for t in np.linspace(0, 20 * found.tau.max(), 50)]
        assert not shares[0].any()
        assert (np.diff(shares, axis=0) >= 0).all()
        assert (shares[-1] > 0.9999).all()
    t = transfer_matrix(g, WIRES[1])
    assert (t * settled(1e-13, found.tau, found.variance) < t).all()


def test_one_pole_is_the_gamma_of_that_variance(g):
    tau = elmore(g, WIRES[1], C_WORD, C_BIT)
    np.testing.assert_allclose(settled(2e-13, tau, tau**2), settled(2e-13, tau), rtol=1e-12)


def test_what_is_not_physical_is_refused(g):
    with pytest.raises(SpecError, match="c_word is -1e-15 F"):
        elmore(g, WIRES[0], -1e-15, C_BIT)
    with pytest.raises(SpecError, match="c_bit is inf F"):
        settling(g, WIRES[0], C_WORD, np.inf)
    broken = np.full((6, 4), 2.5)
    broken[2, 1] = np.inf
    with pytest.raises(SpecError, match="broken segment"):
        elmore(g, Wires(r_word=broken), C_WORD, C_BIT)
    with pytest.raises(SpecError, match="g has shape"):
        elmore(g[0], WIRES[0], C_WORD, C_BIT)
    with pytest.raises(SpecError, match="t_read is -1"):
        settled(-1.0, g)
