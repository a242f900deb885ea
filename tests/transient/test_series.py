"""A cell behind a resistor or a transistor."""

import numpy as np
import pytest

from xbarsim.crossbar.laws import TransistorCell
from xbarsim.device import SwitchingLaw, arrays_of, load_device
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.programming import programming_transfer
from xbarsim.transient import simulate
from xbarsim.transient.series import InSeries, Resistor, Transistor, in_series


def test_a_cell_behind_a_resistor_is_a_switching_law():
    assert isinstance(in_series(load_device("cuppers_2019"), 1e3), SwitchingLaw)


@pytest.mark.parametrize("name", ["cuppers_2019", "jiang_2014_hfox_demo", "yakopcic_2013_hp"])
def test_both_carry_the_same_current_and_share_the_voltage(name, streams):
    law, rng = load_device(name), streams.rng()
    low, high = (float(np.asarray(b).reshape(-1)[0]) for b in law.bounds(np.zeros(1)))
    x, v = rng.uniform(low, high, (1, 200)), rng.uniform(-0.8, 0.8, 200)
    v[:3] = 0.0, 1e-300, -1e-12
    both = in_series(law, rng.uniform(10.0, 1e5, 200))
    u = both.cell_voltage(v, x, 300.0)
    i = law.current(u, x, 300.0)
    np.testing.assert_allclose(u + i * both.front.resistance, v, rtol=1e-8, atol=1e-15)
    assert (u * v >= 0).all() and (abs(u) <= abs(v)).all()


def test_jart_behind_5_kiloohm_sets_where_the_specification_computes_it():
    """Computed from the equations at 1e-9: -0.2722 mA, 14.42e26 m-3 after SET at 1.8 V, 1 V/s."""
    law = load_device("cuppers_2019", r_series="5 kohm")  # the law's own key, which is compiled
    t = np.linspace(0.0, 3.6, 145)
    trace = simulate(law, t, abs(t - 1.8) - 1.8, tolerance=1e-3)
    assert trace.i.min() == pytest.approx(-0.2722e-3, rel=2e-3)
    assert np.exp(trace.state[-1, 0]) == pytest.approx(14.42, rel=2e-3)
    both = in_series(load_device("cuppers_2019"), 5e3)
    along = trace.v, trace.state.T, np.full(trace.t.size, 300.0)
    for ours, other in ((both.current, law.current), (both.rate, law.rate)):
        found, expected = ours(*along), other(*along)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9 * abs(expected).max())


def test_a_transistor_limits_the_current():
    law = load_device("kvatinsky_2015_generic")
    front = Transistor(gate=np.array([0.6, 0.8, 1.2]), threshold=0.4, transconductance=1e-4)
    both = InSeries(law=law, front=front)
    x = np.zeros((1, 3))
    weak, strong = (both.current(np.full(3, v), x, 300.0) for v in (2.0, 4.0))
    assert (np.diff(strong) > 0).all()
    np.testing.assert_allclose(strong, weak, rtol=1e-2)  # saturated; the cell alone carries 80 mA
    assert strong.max() < 1e-4


def test_the_transistor_is_that_of_the_circuit():
    cell = TransistorCell(threshold=0.4, transconductance=1e-3, slope_factor=1.3)
    front = Transistor(gate=1.2, threshold=0.4, transconductance=1e-3, slope_factor=1.3)
    law = load_device("kvatinsky_2015_generic", r_on=999.0, r_off=1000.0)
    v = np.linspace(-1.5, 1.5, 31)
    ours = InSeries(law=law, front=front).current(v, np.ones((1, 31)), 300.0)
    np.testing.assert_allclose(
        ours, cell.current(v, np.full(31, 1e-3), np.array(1.2))[0], rtol=1e-6
    )


def test_cells_that_differ_go_through_a_waveform_together(streams):
    law, r = load_device("kvatinsky_2015_generic"), np.array([10.0, 200.0, 3e3])
    t, v = [0.0, 1e-9, 100e-9], [0.0, 1.0, 1.0]
    together = simulate(in_series(law, r), t, v, state=[0.3])
    for k in range(3):
        alone = simulate(in_series(law, float(r[k])), t, v, state=[0.3])
        np.testing.assert_allclose(together.state[:, 0, k], alone.state[:, 0], rtol=1e-9)


def test_what_cannot_be_in_front_or_behind_is_refused():
    with pytest.raises(SpecError, match="resistance is 0.* above 0 ohm"):
        Resistor(resistance=0.0)
    with pytest.raises(SpecError, match="transconductance is -1"):
        Transistor(gate=1.0, threshold=0.4, transconductance=-1.0)
    pickett = load_device("pickett_2009")
    with pytest.raises(SpecError, match="the cell has .* V; Pickett"):
        in_series(pickett, 1e-3).current(np.array([-5.0]), np.full((1, 1), 1.8), 300.0)


def test_a_resistance_from_numpy_is_a_number():
    law = load_device("jiang_2014_hfox_demo")
    for resistance in (np.float64(50.0), np.array(50.0)):
        assert not arrays_of(in_series(law, resistance))
    plain, other = (
        programming_transfer(in_series(law, r), [-1.5, 1.5], 1e-8, 0.2, states=21).g
        for r in (50.0, np.float64(50.0))
    )
    np.testing.assert_array_equal(plain, other)


@pytest.mark.parametrize("wrong", [{"gate": np.nan}, {"threshold": np.inf}])
def test_a_gate_that_is_no_voltage_is_refused(wrong):
    with pytest.raises(SpecError, match="must be finite"):
        Transistor(**{"gate": 1.0, "threshold": 0.4, "transconductance": 1e-3} | wrong)


def test_a_current_that_is_no_number_is_not_taken_for_a_root():
    class Broken:
        def current(self, drop, temperature):
            return np.nan * drop

    both = InSeries(law=load_device("jiang_2014_hfox_demo"), front=Broken())
    with pytest.raises(ConvergenceError, match="no finite current"):
        both.cell_voltage(np.ones(2), np.full((1, 2), 1e-9), 300.0)
