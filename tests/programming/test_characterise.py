"""A law on the bench, and what its table says."""

import numpy as np
import pytest

from xbarsim.device import load_device, load_sheet
from xbarsim.errors import SpecError
from xbarsim.programming import characterise, retention, statistical_retention

FEW = {"points": 80, "pulses": 8, "voltages": 3, "tolerance": 1e-4}


def on_the_bench(name, **settings):
    return characterise(load_device(name), load_sheet(name).sweep, **(FEW | settings))


def test_experiments_that_apply_fill_the_table():
    found = on_the_bench("jiang_2016_hfox_33", noise=1e-7)
    table = found.table
    assert list(table.columns) == ["quantity", "value", "unit", "definition"]
    assert np.isfinite(table["value"]).all()
    value = table.set_index("quantity")["value"]
    assert value["number of states"] == pytest.approx(value["dynamic range"] / 1e-7)
    assert value["asymmetry"] == pytest.approx(
        abs(value["nonlinearity, potentiation"] - value["nonlinearity, depression"])
    )
    assert value["on/off ratio"] == pytest.approx(found.merits.g_max / found.merits.g_min)
    assert 0 < value["symmetry point"] < 1e-4
    assert "time to lose half" not in value


def test_a_law_that_feels_heat_is_taken_at_three_temperatures():
    warm = on_the_bench("cuppers_2019").kinetics
    np.testing.assert_allclose(warm.temperatures, [293.0, 333.0, 373.0])
    finite = np.isfinite(warm.t_set).all(axis=1)
    assert finite.any() and (np.diff(warm.t_set[finite], axis=1) < 0).all()
    assert len(on_the_bench("strukov_2008").kinetics.temperatures) == 1
    chosen = on_the_bench("cuppers_2019", temperatures=[260.0]).kinetics
    assert chosen.temperatures.tolist() == [260.0]


def test_a_law_that_forgets_says_how_fast():
    """Du's state fades with a time constant of 50 ms, and the conductance with it."""
    found = on_the_bench("du_2017")
    value = found.table.set_index("quantity")["value"]
    assert value["time to lose half"] == pytest.approx(0.05 * np.log(2), rel=0.35)
    assert found.symmetry is None


def test_a_law_that_its_sweep_does_not_switch_has_no_staircase():
    sweep = load_sheet("kvatinsky_2015_pt_hf_ti").sweep.model_copy(
        update={"v_low": -0.3, "v_high": 0.3}
    )
    found = characterise(load_device("kvatinsky_2015_pt_hf_ti"), sweep, **FEW)
    assert found.kinetics is found.identical is found.merits is found.symmetry is None
    assert found.fits == ()
    assert len(found.table) == 8  # areas of three sweeps, and the conductance


@pytest.mark.parametrize("changed", [{"voltages": 1}, {"pulses": 3}, {"faster": [0.0]}])
def test_experiments_of_nothing_are_refused(changed):
    with pytest.raises(SpecError, match="there must be 2, 4 and 1"):
        on_the_bench("strukov_2008", **changed)


def test_states_fade_by_their_closed_form():
    law, ages = load_device("du_2017"), np.array([0.0, 0.01, 0.1])
    found = retention(law, np.array([[0.3, 0.9]]), ages, 0.5)
    w = 0.1 + (np.array([0.3, 0.9]) - 0.1) * np.exp(-ages[:, None] / 0.05)
    g = law.current(np.full(w.shape, 0.5), w[None], 300.0) / 0.5
    np.testing.assert_allclose(found.g, g, rtol=1e-5)


def test_states_that_stay_keep_their_conductance():
    found = retention(load_device("cuppers_2019"), np.array([[0.0, 2.0]]), [1.0, 3e7], 0.2)
    assert (found.g[0] == found.g[1]).all()


def test_cells_of_an_array_keep_one_history(streams):
    device = load_device("joshi_2020")
    z = streams.normal((2, 3, 500))
    found = statistical_retention(device, [5e-6, 1e-5, 2e-5], [20.0, 3600.0, 3.15e7], z)
    assert found.g.shape == (3, 3, 500)
    assert (np.diff(np.median(found.g, axis=2), axis=0) < 0).all()
    np.testing.assert_array_equal(found.g[0, 1], device.program(np.full(500, 1e-5), z[0, 1]))


@pytest.mark.parametrize("ages", [[1.0, 1.0], [-1.0, 1.0], [], [np.inf]])
def test_ages_that_do_not_ascend_are_refused(ages):
    with pytest.raises(SpecError, match="ages"):
        retention(load_device("du_2017"), np.array([[0.3]]), ages, 0.5)
