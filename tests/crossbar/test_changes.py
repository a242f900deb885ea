import numpy as np
import pytest

from xbarsim.crossbar import Wires, solve, transfer_matrix
from xbarsim.crossbar.drift import ageing_transfer
from xbarsim.crossbar.low_rank import updated_transfer
from xbarsim.crossbar.noise import first_order_read, sensitivity
from xbarsim.errors import SpecError

WIRES = Wires(r_word=5.0, r_bit=5.0, r_sense=20.0, sides=2)


@pytest.fixture
def g(streams):
    return streams.rng().uniform(1e-6, 1e-4, (24, 30))


@pytest.mark.parametrize("count", [1, 5, 12, 40])
def test_changed_cells_give_the_matrix_of_the_changed_array(g, count, streams):
    rng = streams.rng()
    flat = rng.choice(g.size, count, replace=False)
    cells = [(int(k) // 30, int(k) % 30) for k in flat]
    new = rng.uniform(0, 1e-3, count)
    changed = g.copy()
    changed.flat[flat] = new
    expected = transfer_matrix(changed, WIRES)
    found = updated_transfer(transfer_matrix(g, WIRES), g, WIRES, cells, new)
    assert np.abs(found.t - expected).max() < 1e-8 * np.abs(expected).max()
    assert found.error <= 1e-8
    assert found.exact == (count > 12)


@pytest.mark.parametrize("stale", [True, False])
def test_a_change_that_misses_the_tolerance_is_computed_anew(g, stale):
    """Either as the matrix is not that of the array, or as the tolerance is out of reach."""
    t = transfer_matrix(g, WIRES) * (1 + 1e-6 * stale)
    changed = g.copy()
    changed[3, 4] = 1e-3
    found = updated_transfer(t, g, WIRES, [(3, 4)], [1e-3], rtol=1e-8 if stale else 1e-13)
    assert found.exact and found.error == 0
    np.testing.assert_array_equal(found.t, transfer_matrix(changed, WIRES))


def test_a_change_is_read_from_lists(g):
    t, cells, new = transfer_matrix(g, WIRES), [(0, 1), (3, 4)], [1e-4, 0.0]
    found = updated_transfer(t.tolist(), g.tolist(), WIRES, [[0, 1], [3, 4]], new)
    np.testing.assert_array_equal(found.t, updated_transfer(t, g, WIRES, cells, new).t)
    np.testing.assert_array_equal(updated_transfer(t, g, WIRES, [], []).t, t)


def test_matrices_of_another_shape_are_refused(g):
    with pytest.raises(SpecError, match=r"t has shape \(30, 24\)"):
        updated_transfer(g.T, g, WIRES, [(0, 0)], [1e-5])


@pytest.mark.parametrize(
    ("cells", "new", "match"),
    [
        ([(24, 0)], [1e-5], r"cells\[0\] is \(24, 0\)"),
        ([(0, 0), (0, 0)], [1e-5, 1e-5], "twice"),
        ([(0, 0)], [-1e-5], "at least 0 S"),
        ([(0, 0)], [1e-5, 1e-5], "one value for each cell"),
        ([(0.5, 0)], [1e-5], r"cells\[0\] is \(0.5, 0\); .* whole numbers"),
    ],
)
def test_changes_that_cannot_be_are_refused(g, cells, new, match):
    with pytest.raises(SpecError, match=match):
        updated_transfer(g, g, WIRES, cells, np.array(new))


def test_a_matrix_at_any_age_is_as_exact_as_was_asked(g, streams):
    nu = streams.rng().uniform(0, 0.1, g.shape)

    def at(age):
        return g * age**-nu

    ageing = ageing_transfer(at, WIRES, (1.0, 1e6), rtol=1e-8)
    assert ageing.interpolates
    assert len(ageing.nodes) <= 17
    for age in (1.0, 3.3, 700.0, 4e5, 1e6):
        expected = transfer_matrix(at(age), WIRES)
        assert np.abs(ageing(age) - expected).max() < 1e-7 * np.abs(expected).max()


def test_what_interpolation_would_miss_is_computed_anew(g):
    def at(age):
        return g * (1.5 + np.sign(age - 77.7))

    ageing = ageing_transfer(at, WIRES, (1.0, 1e4), rtol=1e-6)
    assert not ageing.interpolates
    np.testing.assert_allclose(ageing(78.0), transfer_matrix(at(78.0), WIRES), rtol=1e-12)


def test_a_factor_common_to_all_cells_is_an_age_too(g):
    scaled = ageing_transfer(lambda factor: factor * g, WIRES, (0.1, 10.0), rtol=1e-9)
    expected = transfer_matrix(0.37 * g, WIRES)
    assert scaled.interpolates
    assert np.abs(scaled(0.37) - expected).max() < 1e-8 * np.abs(expected).max()


@pytest.mark.filterwarnings("error")
def test_an_array_without_cells_ages_to_nothing(g):
    ageing = ageing_transfer(lambda age: 0 * g, WIRES, (1.0, 100.0))
    assert ageing.interpolates and ageing.error == 0
    assert not ageing(7.0).any()


@pytest.mark.parametrize("ages", [(0.0, 1.0), (2.0, 1.0), (1.0, np.inf)])
def test_ages_must_ascend(g, ages):
    with pytest.raises(SpecError, match="ages are"):
        ageing_transfer(lambda age: g, WIRES, ages)


def test_ages_outside_are_refused(g):
    ageing = ageing_transfer(lambda age: g, WIRES, (1.0, 100.0))
    with pytest.raises(SpecError, match="known from 1 to 100 s"):
        ageing(101.0)


def test_first_order_is_good_to_second(g, streams):
    rng = streams.rng()
    v, z = rng.uniform(-1, 1, (3, 24)), rng.standard_normal((3, *g.shape)) * g
    errors = []
    for spread in (1e-2, 1e-3):
        expected = np.stack([solve(g + spread * z[k], v[k], WIRES).i_out for k in range(3)])
        found = solve(g, v, WIRES).i_out + sensitivity(g, v, WIRES).change(spread * z)
        errors.append(np.abs(found - expected).max())
    assert errors[1] < errors[0] / 50


def outputs(g, v, dg, wires=WIRES):
    """Of the arrays as they really are; a cell never conducts less than nothing."""
    return np.stack(
        [solve(np.maximum(g + d, 0), u, wires).i_out for u, d in zip(v, dg, strict=True)]
    )


def relative(found, expected):
    return (np.abs(found - expected).max(axis=1) / np.abs(expected).max(axis=1)).max()


def test_a_read_beyond_first_order_is_solved_anew(g, streams):
    rng = streams.rng()
    v, z = rng.uniform(-1, 1, (3, 24)), rng.standard_normal((3, *g.shape)) * g
    dg = np.array([3e-4, 0.5, 3e-4])[:, None, None] * z
    found = first_order_read(g, v, dg, WIRES, rtol=1e-5)
    assert found.exact.tolist() == [False, True, False]
    assert relative(found.i_out, outputs(g, v, dg)) < found.error <= 1e-5


@pytest.mark.parametrize("ohm", [0.0, 5.0, 500.0])
@pytest.mark.parametrize("spread", [1e-3, 1e-2, 0.05])
def test_first_order_stays_within_the_error_that_it_states(g, streams, spread, ohm):
    rng = streams.rng()
    wires = Wires(r_word=ohm, r_bit=ohm, r_sense=20.0, sides=2)
    v, sign = rng.uniform(-1, 1, (4, 24)), rng.choice([-1.0, 1.0], (4, *g.shape))
    sign[1], sign[2] = 1.0, -1.0  # all changes work together
    dg = spread * sign * g
    found = first_order_read(g, v, dg, wires, rtol=0.9)
    assert not found.exact.any()
    assert relative(found.i_out, outputs(g, v, dg, wires)) < found.error


def test_changes_whose_first_orders_cancel_are_not_taken_for_small(g, streams):
    rng = streams.rng()
    v = rng.uniform(0, 1, (2, 24))
    dg = np.stack([1e-3 * g, 0.8 * g * rng.choice([-1.0, 1.0], g.shape)])
    change = sensitivity(g, v, WIRES).change(dg)[1]
    # one cell of each bit line takes up what the others change, to first order
    unit = np.zeros((30, *g.shape))
    unit[np.arange(30), 5, np.arange(30)] = g[5]
    response = sensitivity(g, v[[1] * 30], WIRES).change(unit)
    dg[1] -= np.einsum("j,jmn->mn", np.linalg.solve(response.T, change), unit)
    dg[1] = np.clip(dg[1], -0.8 * g, 0.8 * g)
    found = first_order_read(g, v, dg, WIRES, rtol=1e-5)
    assert relative(found.i_out, outputs(g, v, dg)) < found.error <= 1e-5


def test_cells_of_a_first_order_read_never_conduct_less_than_nothing(g, streams):
    v, z = streams.rng().uniform(-1, 1, (3, 24)), streams.rng().standard_normal((3, *g.shape)) * g
    found = first_order_read(g, v, 3 * z, WIRES, rtol=1e-7)
    assert found.exact.all()
    assert relative(found.i_out, outputs(g, v, 3 * z)) < found.error <= 1e-7


@pytest.mark.filterwarnings("error")
def test_a_first_order_read_without_voltages_or_inputs_is_nothing(g):
    none = first_order_read(g, np.zeros((2, 24)), np.stack([0.5 * g, 2 * g]), WIRES)
    assert not none.i_out.any() and none.error == 0
    assert first_order_read(g, np.empty((0, 24)), np.empty((0, *g.shape)), WIRES).i_out.size == 0


def test_changes_for_another_number_of_inputs_are_refused(g):
    with pytest.raises(SpecError, match=r"dg has shape \(2, 24, 30\); expected \(3, 24, 30\)"):
        first_order_read(g, np.ones((3, 24)), np.stack([g, g]), WIRES)


def test_covariance_is_that_of_resolving_many_draws(streams):
    rng = streams.rng()
    g, v = rng.uniform(1e-6, 1e-4, (16, 12)), rng.uniform(0, 1, 16)
    wires = Wires(r_word=50.0, r_bit=50.0)
    sigma = 0.02 * g
    draws = 20_000
    t = transfer_matrix(g + sigma * rng.standard_normal((draws, *g.shape)), wires)
    expected = np.cov(v @ t, rowvar=False)
    found = sensitivity(g, v, wires).covariance(sigma)[0]
    # the standard error of a covariance is at most sqrt(2 / draws) = 1 % of the largest
    assert np.abs(found - expected).max() < 0.05 * np.abs(expected).max()
    naive = np.diag((v**2) @ sigma**2)
    assert np.abs(naive - expected).max() > 0.3 * np.abs(expected).max()
