"""Trains of pulses: laws against closed forms, maps against laws, and where both signs balance."""

import numpy as np
import pytest

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.programming import potentiation_depression, programming_transfer, symmetry_point

WIDTH = 1e-4


@pytest.fixture(scope="module")
def vteam():
    return load_device("biolek_2021_cnn")


def test_pulses_of_a_threshold_law_move_it_evenly(vteam):
    """Biolek's set: x falls by 1e3 (v/0.8 - 1)^3 a second at positive voltage, no window."""
    found = potentiation_depression(vteam, 1.2, -1.2, 6, width=WIDTH, v_read=0.1, start=1.0)
    resistance = 1 / np.append(found.up, found.down[1:])
    step = 1e3 * 0.5**3 * WIDTH * 8e3
    np.testing.assert_allclose(np.diff(resistance), [-step] * 6 + [step] * 6, rtol=1e-5)
    assert found.down[0] == found.up[-1]


def test_pulses_that_grow_are_those_one_by_one(vteam):
    grown = potentiation_depression(vteam, (0.9, 1.4), (-0.9, -1.4), 5, width=WIDTH, v_read=0.1)
    listed = potentiation_depression(
        vteam, np.linspace(0.9, 1.4, 5), -np.linspace(0.9, 1.4, 5), 5, width=WIDTH, v_read=0.1
    )
    np.testing.assert_array_equal(grown.up, listed.up)
    assert (np.diff(grown.up, 2) > 0).all()


def test_a_volatile_cell_loses_while_it_rests():
    law = load_device("du_2017")
    settings = {"width": 1e-3, "v_read": 0.5, "start": 0.1}
    kept = potentiation_depression(law, 1.5, 0.0, 10, **settings)
    rested = potentiation_depression(law, 1.5, 0.0, 10, rest=9e-3, **settings)
    assert (kept.up[1:] > rested.up[1:]).all()
    # ten pulses of 1.5 V, 1 ms, every 10 ms: w just after the tenth is 0.48430
    w = 0.1 + (0.48430 - 0.1) * np.exp(-9e-3 / 0.05)
    g = law.current(np.array([0.5]), np.array([[w]]), 300.0)[0] / 0.5
    assert rested.up[-1] == pytest.approx(g, rel=2e-3)


def test_a_transfer_gives_the_staircase_of_its_law():
    law = load_device("jiang_2016_hfox_33")
    width, v_up, v_down = 1e-2, 0.62, -0.70
    transfer = programming_transfer(law, [v_down, v_up], width, 0.1)
    looked_up = potentiation_depression(transfer, v_up, v_down, 12, start=1.0e-9)
    settings = {"width": width, "v_read": 0.1, "start": 1.0e-9}
    integrated = potentiation_depression(law, v_up, v_down, 12, **settings)
    np.testing.assert_allclose(looked_up.up, integrated.up, rtol=1e-4)
    np.testing.assert_allclose(looked_up.down, integrated.down, rtol=1e-4)


def test_pulses_up_and_down_balance_at_the_symmetry_point():
    law = load_device("jiang_2016_hfox_33")
    width, v_up, v_down = 1e-2, 0.62, -0.70
    point = symmetry_point(law, v_up, v_down, width=width, v_read=0.1)
    transfer = programming_transfer(law, [v_down, v_up], width, 0.1)
    assert symmetry_point(transfer, v_up, v_down) == pytest.approx(point, rel=1e-9)
    for begin in transfer.window:
        x = np.ascontiguousarray(transfer.state_of(np.array([begin])))
        for _ in range(3000):
            ends = []
            for level in (1, 0):
                transfer.flow.apply(x, level)
                ends.append(float(transfer.read(x)[0]))
        assert np.mean(ends) == pytest.approx(point, rel=1e-3)
        assert ends[0] > ends[1]


def test_steps_that_balance_everywhere_have_no_symmetry_point():
    """Without a window the state follows the flux alone, which a pair of equal pulses undoes."""
    law = load_device("strukov_2008")
    assert symmetry_point(law, 1.0, -1.0, width=5e-3, v_read=0.1) is None


def test_pulses_below_every_threshold_have_no_symmetry_point(vteam):
    assert symmetry_point(vteam, 0.5, -0.5, width=WIDTH, v_read=0.1) is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"width": None}, "a law needs width"),
        ({"pulses": 0}, "pulses is 0"),
        ({"up": [1.0, 1.1, 1.2]}, "up has shape"),
        ({"down": np.nan}, "all finite"),
        ({"rest": -1.0}, "rest of 0 s or more"),
    ],
)
def test_trains_that_are_none_are_refused(vteam, changed, said):
    settings = {"up": 1.2, "down": -1.2, "pulses": 5, "width": WIDTH, "v_read": 0.1} | changed
    with pytest.raises(SpecError, match=said):
        potentiation_depression(vteam, **settings)


def test_a_transfer_has_no_other_pulses_than_its_own(vteam):
    transfer = programming_transfer(vteam, [-1.2, 1.2], WIDTH, 0.1, states=101)
    with pytest.raises(SpecError, match="up has a pulse of 1.1 V; the transfer has 2 levels"):
        potentiation_depression(transfer, 1.1, -1.2, 5)
    with pytest.raises(SpecError, match="knows its width"):
        potentiation_depression(transfer, 1.2, -1.2, 5, width=WIDTH)
