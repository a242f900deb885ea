"""Switching times against closed forms and independent solutions; `test_jart` holds its tables."""

from math import inf, sinh

import numpy as np
import pytest

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.programming import switching_time
from xbarsim.programming.reading import conductance, state_of
from xbarsim.transient import simulate

NM = 1e-9
# Stanford-PKU with CODATA constants; integrated at a relative tolerance of 1e-9 elsewhere, ns
CLOSING = {1.4: 459.57, 1.6: 54.782, 1.8: 6.6146, 2.0: 0.82502, 2.2: 0.11719}
OPENING = {-1.1: 283.5, -1.3: 13.903, -1.5: 0.82675, -1.7: 0.10892}
AMBIENT = {273.0: 10.013, 298.0: 6.6146, 323.0: 4.6900, 348.0: 3.5127, 373.0: 2.7470}


@pytest.fixture(scope="module")
def stanford():
    return load_device("jiang_2014_hfox_demo", q=1.602176634e-19, k=1.380649e-23)


def test_voltages_and_temperatures_make_one_table(stanford):
    closing = switching_time(stanford, list(CLOSING), stanford.g_max, state=0.9 * NM)
    opening = switching_time(stanford, list(OPENING), 0.2 * NM, state=0.5 * NM)
    np.testing.assert_allclose(closing * 1e9, list(CLOSING.values()), rtol=1e-4)
    np.testing.assert_allclose(opening * 1e9, list(OPENING.values()), rtol=1e-4)
    both = switching_time(
        stanford, [[1.8], [2.0]], stanford.g_max, state=0.9 * NM, temperature=list(AMBIENT)
    )
    assert both.shape == (2, 5)
    np.testing.assert_allclose(both[0] * 1e9, list(AMBIENT.values()), rtol=1e-4)


def test_what_never_happens_takes_for_ever(stanford):
    """Below its threshold, towards the wrong side, beyond a bound."""
    start = stanford.g_max
    assert switching_time(stanford, 1.39, start, state=0.9 * NM) == inf
    assert switching_time(stanford, -1.8, start, state=0.9 * NM) == inf
    assert switching_time(stanford, 1.8, start, state=0.1 * NM) == inf
    assert switching_time(stanford, 0.0, start, state=0.9 * NM) == inf
    # at -1.1 V the gap opens until the field falls below the gate's, not to 1 nm
    assert switching_time(stanford, -1.1, 0.2 * NM, state=1.0 * NM) == inf
    assert switching_time(stanford, 1.8, start, state=start) == 0.0


def test_closed_form_of_a_threshold_law():
    """Time to the full OFF state, k (v/v_off - 1)^alpha t, of the generic VTEAM set."""
    law = load_device("kvatinsky_2015_generic")
    off = switching_time(law, [0.1, 0.5, 1.0], 0.0, state=1.0)
    np.testing.assert_allclose(off, [1.5e-6, 250e-9, 122.45e-9], rtol=1e-4)
    on = switching_time(law, [-0.5, -1.0], 1.0, state=0.0)
    np.testing.assert_allclose(on, [88.889e-12, 4.6875e-12], rtol=1e-4)


def test_a_conductance_is_passed_where_its_state_is(stanford):
    g = float(conductance(stanford, np.array([[0.9 * NM]]), 0.1)[0])
    assert state_of(stanford, g, 0.1) == pytest.approx(0.9 * NM, rel=1e-6)
    found = switching_time(stanford, 1.8, stanford.g_max, conductance_to=g, v_read=0.1)
    assert found == pytest.approx(6.6146e-9, rel=1e-4)


def test_a_relaxing_state_ends_before_a_goal_beyond_its_balance():
    """Du's cell: w goes to 0.1 + lambda tau sinh(8 v) with the time constant tau."""
    law = load_device("du_2017")
    end = 0.1 + 1e-3 * 0.05 * sinh(8 * 1.2)
    goal = 0.1 + 0.5 * (end - 0.1)
    assert switching_time(law, 1.2, 0.1, state=goal) == pytest.approx(0.05 * np.log(2), rel=1e-6)
    assert switching_time(law, 1.2, 0.1, state=end + 0.01) == inf


@pytest.mark.long
def test_several_states_take_as_long_as_a_fine_integration():
    """The ASU law has a filament temperature beside its gap."""
    law = load_device("chen_2015_hfox")
    start, v = [1.6 * NM, 0.0], 1.8
    found = switching_time(law, [v, -1.5], start, state=1.0 * NM, longest=1e-3, tolerance=1e-5)
    assert found[1] == inf
    t = found[0]
    ends = [
        simulate(law, [0.0, f * t], [v, v], state=start, tolerance=1e-6).state[-1, 0]
        for f in (0.99, 1.01)
    ]
    assert ends[0] > 1.0 * NM > ends[1]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "give either state or conductance_to"),
        ({"state": 1e-9, "conductance_to": 1e-6}, "give either"),
        ({"conductance_to": 1e-6}, "needs v_read"),
        ({"conductance_to": 1.0, "v_read": 0.1}, "conductance is 1 S; StanfordPku reaches"),
        ({"state": 1e-9, "v": 9.0}, "v reaches 9 V"),
        ({"state": 1e-9, "v": np.nan}, "must be finite"),
        ({"state": 1e-9, "temperature": -1.0}, "above 0 K"),
        ({"state": 1e-9, "start": 5e-9}, "must be from"),
        ({"state": 1e-9, "start": [1e-9, 0.0]}, "start has 2 states"),
    ],
)
def test_questions_without_an_answer_are_refused(stanford, changed, said):
    settings = {"v": 1.8, "start": stanford.g_max} | changed
    with pytest.raises(SpecError, match=said):
        switching_time(stanford, settings.pop("v"), settings.pop("start"), **settings)
