"""Weights on cells that pulses move, without layers."""

import numpy as np
import pytest

from xbarsim.errors import SpecError
from xbarsim.programming import LevelPulses, PulsedWeights

SHAPE = (5, 7)


def weights(streams, wanted=None, reference="lowest", **changes):
    wanted = np.zeros(SHAPE) if wanted is None else wanted
    device = LevelPulses(**({"levels": 11, "energy": 1e-12} | changes))
    return PulsedWeights(device, wanted, w_max=3.0, reference=reference, streams=streams)


def test_weights_above_the_lowest_conductance_take_the_whole_window(streams):
    one = weights(streams)
    assert (one.matrix() == 0).all()
    assert one.step == pytest.approx(0.3)
    assert one.steps == pytest.approx((0.3, 0.3))
    one.pulse(np.full(SHAPE, 4))
    np.testing.assert_allclose(one.matrix(), 1.2)
    one.pulse(np.full(SHAPE, 40))
    np.testing.assert_allclose(one.matrix(), 3.0)
    assert one.ledger()["pulses"] == 44


@pytest.mark.parametrize(("reference", "w"), [("lowest", 6.0), ("middle", 12.0)])
def test_a_pulse_of_binary_cells_is_the_whole_window(reference, w, streams):
    device = LevelPulses(levels=2, on_off=10.0)
    one = PulsedWeights(device, np.zeros(SHAPE), w_max=6.0, reference=reference, streams=streams)
    assert one.steps == pytest.approx((w, w))


def test_weights_are_set_up_by_counted_pulses(streams):
    one = weights(streams, np.full(SHAPE, 1.5))
    np.testing.assert_allclose(one.matrix(), 1.5)
    assert (one.setup == 5).all()
    assert one.ledger()["energy"] == pytest.approx(5e-12 * one.x.size)


def test_negative_weights_have_no_place_above_the_lowest_conductance(streams):
    with pytest.raises(SpecError, match="the lowest weight is -0.1; none is below 0 where"):
        weights(streams, np.full(SHAPE, -0.1))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("x", np.zeros((2, 2)), r"x of the state is float64 of shape \(2, 2\)"),
        ("up", np.full(SHAPE, -1), "up of the state holds -1, which is below 0"),
        ("energy", np.full(SHAPE, np.inf), "energy of the state holds inf"),
    ],
)
def test_a_state_comes_back_and_a_wrong_one_changes_nothing(name, value, message, streams):
    one = weights(streams, np.full(SHAPE, 1.5), noise=0.2)
    kept = one.state()
    one.pulse(np.full(SHAPE, 3))
    moved = one.matrix()
    with pytest.raises(SpecError, match=message):
        one.restore(kept | {name: value})
    np.testing.assert_array_equal(one.matrix(), moved)
    one.restore(kept)
    one.pulse(np.full(SHAPE, 3))
    np.testing.assert_array_equal(one.matrix(), moved)


def test_a_state_above_another_reference_is_that_of_other_cells(streams):
    one, other = weights(streams), weights(streams, reference="middle")
    with pytest.raises(SpecError, match="of other cells"):
        other.restore(one.state())
