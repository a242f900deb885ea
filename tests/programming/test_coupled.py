"""Cells between wires: against a plain circuit and integrator, and what must hold of any array."""

import numpy as np
import pytest

from xbarsim.crossbar import Wires
from xbarsim.crossbar.iteration import Ends
from xbarsim.crossbar.passive import half_select, write_voltage
from xbarsim.crossbar.wires import lines_of
from xbarsim.device import load_device
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.programming import Crosstalk, couple, write_through_wires
from xbarsim.programming.wired_cells import WiredCells, conductance
from xbarsim.transient import simulate

IDEAL = Wires()
WIRED = Wires(r_word=50.0, r_bit=30.0, r_source=100.0, r_sense=80.0)
SCHEMES = ["V/2", "V/3", "floating", "grounded"]
V_SET = -1.2  # V; the selected cell below switches after half a nanosecond
SHORT, WIDTH = 0.2e-9, 2e-9


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """The law of few cells is compiled too, which tests of it hold equal, for the sake of time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("device_models.jart._MANY", 1)
        yield


@pytest.fixture(scope="module")
def law(compiled):
    return load_device("cuppers_2019")


@pytest.fixture(scope="module")
def vteam():
    return load_device("kvatinsky_2015_generic")


def jart(n):
    """States of the concentrations `n`, in 1e26 m^-3."""
    return np.log(np.asarray(n, dtype=float))[None]


SMALL = jart([[0.3, 0.008], [2.0, 0.06]])
SELECTED = (0, 1)


def logs(law, state):
    return np.log(conductance(law, state, 0.2, law.ambient))


def plain_voltages(law, state, wires, v_word, v_bit, start):
    """Voltages across cells, word lines driven at the left and bit lines at the bottom.

    Kirchhoff's current law at every node, and a solver for any equations.
    """
    from scipy.optimize import root

    shape = state.shape[1:]
    ambient = np.full(shape, law.ambient)

    def missed(x):
        word, bit = x.reshape(2, *shape)
        i = law.current(word - bit, state, ambient)
        out_word, out_bit = -i, i.copy()
        for lines, out, ohm in ((word, out_word, wires.r_word), (bit.T, out_bit.T, wires.r_bit)):
            along = (lines[:, :-1] - lines[:, 1:]) / ohm
            out[:, :-1] -= along
            out[:, 1:] += along
        out_word[:, 0] += (v_word - word[:, 0]) / wires.r_source
        out_bit[-1] += (v_bit - bit[-1]) / wires.r_sense
        return 1e3 * np.stack([out_word, out_bit]).reshape(-1)

    found = root(missed, start, method="hybr", options={"xtol": 1e-13})
    assert np.abs(missed(found.x)).max() < 1e-9
    return found.x


@pytest.fixture(scope="module")
def reference(law):
    """States after a short and a longer pulse, all cells integrated together, tightly."""
    from scipy.integrate import solve_ivp

    bias = half_select(2, 2, SELECTED, V_SET, "V/2")
    shape, ambient = (2, 2), np.full((2, 2), law.ambient)
    low, high = (float(b[0, 0]) for b in law.bounds(np.zeros(1)))
    nodes = [np.concatenate([np.repeat(bias.v_word, 2), np.tile(bias.v_bit, 2)])]

    def rate(t, x):
        state = np.clip(x, low, high).reshape(1, *shape)
        nodes[0] = plain_voltages(law, state, WIRED, bias.v_word, bias.v_bit, nodes[0])
        word, bit = nodes[0].reshape(2, *shape)
        return law.rate(word - bit, state, ambient).reshape(-1)

    found = solve_ivp(
        rate, (0, WIDTH), SMALL.reshape(-1), "LSODA", [SHORT, WIDTH], rtol=1e-9, atol=1e-10
    )
    assert found.success
    return found.y.T.reshape(2, 1, *shape)


def missed(law, width, epsilon, expected):
    """Largest error of the logarithm of a conductance."""
    found = write_through_wires(
        law, SMALL, WIRED, SELECTED, V_SET, width, epsilon=epsilon, tolerance=1e-9
    )
    return np.abs(logs(law, found.state) - logs(law, expected)).max()


@pytest.mark.long
def test_small_steps_lead_where_all_equations_together_do(law, reference):
    """The error falls as the square of epsilon while the cell is on its way."""
    errors = [missed(law, SHORT, e, reference[0]) for e in (0.1, 0.05, 0.025, 0.0125)]
    slope = np.polyfit(np.arange(4), np.log2(errors), 1)[0]
    assert -2.6 < slope < -1.6
    assert errors[0] < 1e-3


@pytest.mark.long
def test_a_cell_that_runs_away_is_followed(law, reference):
    """It is written, a half-selected one doubles its concentration, and both agree."""
    before, after = np.exp(SMALL[0]), np.exp(reference[1][0])
    assert after[SELECTED] > 1000 * before[SELECTED]
    assert after[0, 0] > 2 * before[0, 0]
    assert missed(law, WIDTH, 0.2, reference[1]) < 2e-3
    assert missed(law, WIDTH, 0.05, reference[1]) < 3e-4


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("wires", [IDEAL, WIRED], ids=["ideal", "wired"])
def test_what_sources_give_cells_and_wires_take(law, scheme, wires):
    found = write_through_wires(law, SMALL, wires, SELECTED, V_SET, WIDTH, scheme, epsilon=0.2)
    taken = found.energy.sum() + found.energy_wires
    assert found.imbalance < 1e-9
    assert found.energy_sources == pytest.approx(taken, rel=1e-9)
    assert (found.energy >= 0).all()
    assert (found.energy_wires == 0) == wires.ideal


@pytest.mark.parametrize("edge", [0.0, 5e-9])
@pytest.mark.parametrize("scheme", ["V/2", "V/3", "grounded"])
def test_without_wires_cells_go_as_if_alone(law, scheme, edge):
    bias = half_select(2, 2, SELECTED, V_SET, scheme)
    u = bias.v_word[:, None] - bias.v_bit
    t, height = np.array([0.0, WIDTH]), np.ones(2)
    if edge:
        t, height = np.cumsum([0, edge, WIDTH, edge]), np.array([0.0, 1.0, 1.0, 0.0])
    alone = simulate(law, t, height[:, None, None] * u, state=SMALL, tolerance=1e-8)
    found = write_through_wires(
        law, SMALL, IDEAL, SELECTED, V_SET, WIDTH, scheme, edge=edge, tolerance=1e-8
    )
    np.testing.assert_allclose(found.state, alone.state[-1], atol=1e-6)
    np.testing.assert_allclose(found.energy, alone.energy[-1], rtol=5e-3)
    np.testing.assert_allclose(found.v_peak, u, atol=1e-12)


def test_a_pulse_of_no_voltage_changes_no_bit(law):
    found = write_through_wires(law, SMALL, WIRED, SELECTED, 0.0, 1e-3, edge=1e-9)
    assert np.array_equal(found.state, SMALL)
    assert found.energy_sources == 0
    assert not found.v_peak.any()


def test_voltage_after_a_rest_acts_as_at_once(law):
    word = np.array([[0, 0, 0, V_SET, V_SET], [0, 0, 0, V_SET / 2, V_SET / 2]]).T
    bit = np.array([[0, 0, 0, V_SET / 2, V_SET / 2], [0, 0, 0, 0, 0]]).T
    lines = lines_of(WIRED, (2, 2))

    def after(t, first):
        ends = Ends(left=word[first:], bottom=bit[first:])
        return couple(law, SMALL, lines, t, ends, epsilon=0.1)

    times = np.array([0.0, 1.0, 2.0, 2.0 + 1e-9, 2.0 + WIDTH])
    late, early = after(times, 0), after(times[2:] - 2.0, 2)
    np.testing.assert_allclose(late.state, early.state, atol=1e-4)


def test_the_transposed_array_does_the_same(law):
    """Rows for columns, the voltage turned about: the law sees the same cells."""
    mirrored = Wires(r_word=30.0, r_bit=50.0, r_source=80.0, r_sense=100.0)
    state = jart(10 ** np.random.default_rng(3).uniform(-1.5, 0.5, (3, 2)))
    bias = half_select(3, 2, (0, 1), V_SET, "V/2")
    t = np.array([0.0, 10e-9])
    found = couple(law, state, bias.lines(WIRED), t, bias.ends, epsilon=0.1)
    # driven at the left and at the bottom, so that the mirrored array is read from its far corner
    flipped = state[:, ::-1, ::-1].transpose(0, 2, 1)
    ends = Ends(left=-bias.v_bit[::-1], bottom=-bias.v_word[::-1])
    other = couple(law, flipped, lines_of(mirrored, (2, 3)), t, ends, epsilon=0.1)
    again = other.state.transpose(0, 2, 1)[:, ::-1, ::-1]
    np.testing.assert_allclose(found.state, again, atol=1e-9)
    assert other.energy_sources == pytest.approx(found.energy_sources, rel=1e-9)


def test_voltages_at_the_end_are_those_of_the_circuit(law):
    found = write_through_wires(law, SMALL, WIRED, SELECTED, V_SET, WIDTH)
    cells = WiredCells(law=law, state=found.state.reshape(1, -1), temperature=np.full(4, 293.0))
    g = conductance(law, found.state, 0.2, law.ambient)
    access = write_voltage(g, WIRED, SELECTED, V_SET, law=cells)
    np.testing.assert_allclose(found.v_cell, access.v_cell, atol=1e-9)
    np.testing.assert_allclose(found.v_word - found.v_bit, found.v_cell, atol=1e-12)


def test_a_law_of_several_states_and_parameters_by_cell(vteam):
    """The ASU cell has a gap and a temperature; the VTEAM cells differ."""
    asu = load_device("chen_2015_hfox")
    start = np.broadcast_to(np.asarray(asu.initial_state())[:, None, None], (2, 1, 2))
    found = write_through_wires(asu, start, IDEAL, (0, 0), 2.0, 5e-9, epsilon=0.2)
    alone = simulate(asu, np.array([0.0, 5e-9]), np.array([[2.0, 1.0]] * 2), state=start[:, 0])
    np.testing.assert_allclose(found.state[:, 0], alone.state[-1], rtol=1e-5)
    import dataclasses

    differ = dataclasses.replace(vteam, v_off=np.array([[0.3, 0.7]]), v_on=-0.3)
    found = write_through_wires(differ, np.full((1, 1, 2), 0.4), IDEAL, (0, 0), 1.0, 1e-9)
    moved = found.state[0, 0] - 0.4
    assert moved[0] == pytest.approx(vteam.k_off * (1.0 / 0.3 - 1) * 1e-9, rel=1e-6)
    assert moved[1] == 0.0, "half of 1 V is below its threshold"


@pytest.mark.long
def test_steps_share_no_more_than_epsilon_and_are_counted(law):
    fine, coarse = (
        write_through_wires(law, SMALL, WIRED, SELECTED, V_SET, WIDTH, epsilon=e)
        for e in (0.02, 0.2)
    )
    way = np.abs(logs(law, fine.state) - logs(law, SMALL)).max()
    assert len(fine.t) - 1 >= way / 0.02
    assert len(coarse.t) < len(fine.t) <= fine.solves
    assert fine.t[0] == 0.0
    assert fine.t[-1] == WIDTH


class TestHeat:
    NEIGHBOURS = jart([[20.0, 0.008]])  # the one hot and at its limit, the other half selected

    def test_no_coupling_changes_no_bit(self, law):
        cold = write_through_wires(law, SMALL, WIRED, SELECTED, V_SET, WIDTH, epsilon=0.1)
        none = write_through_wires(
            law, SMALL, WIRED, SELECTED, V_SET, WIDTH, epsilon=0.1,
            crosstalk=Crosstalk(r_thermal=1.572e7, coupling=0.0, time_constant=1e-9),
        )  # fmt: skip
        assert np.array_equal(cold.state, none.state)
        assert np.array_equal(cold.energy, none.energy)
        assert not none.rise_peak.any()

    @pytest.mark.long
    @pytest.mark.parametrize("given", ["filament", "resistance"])
    @pytest.mark.parametrize(("kelvin", "seconds"), [(40, 643.57e-6), (80, 45.894e-6)])
    def test_a_hot_neighbour_hastens_a_half_selected_cell(self, law, kelvin, seconds, given):
        """SET at -0.6 V in 17.223 ms at 293 K, at 333 K and 373 K as the law alone takes."""
        v, full, cold = np.array([-1.2]), jart([20.0]), np.array([293.0])
        power = -1.2 * float(law.current(v, full, cold)[0])
        own = float(law.temperature(v, full, cold)[0]) - 293.0
        heat = {
            "filament": Crosstalk(coupling=kelvin / own, reach=1),
            "resistance": Crosstalk(r_thermal=kelvin / (0.1 * power), coupling=0.1, reach=1),
        }[given]
        ends = []
        for share in (0.99, 1.01):
            found = write_through_wires(
                law, self.NEIGHBOURS, IDEAL, (0, 0), -1.2, share * seconds, crosstalk=heat
            )
            ends.append(float(np.exp(found.state[0, 0, 1])))
        assert found.rise_peak[0, 1] == pytest.approx(kelvin, rel=0.02)
        assert ends[0] < 1.0 < ends[1]
        alone = write_through_wires(law, self.NEIGHBOURS, IDEAL, (0, 0), -1.2, seconds)
        assert np.exp(alone.state[0, 0, 1]) < 0.0085

    def test_a_law_without_a_temperature_needs_a_resistance(self, vteam):
        start = np.full((1, 2, 2), 0.5)
        with pytest.raises(SpecError, match="r_thermal: Vteam has no temperature of its own"):
            write_through_wires(
                vteam, start, IDEAL, (0, 0), 0.1, 1e-9, crosstalk=Crosstalk(coupling=0.1)
            )
        heat = Crosstalk(coupling=0.1, r_thermal=1e5)
        found = write_through_wires(vteam, start, IDEAL, (0, 0), 0.1, 1e-9, crosstalk=heat)
        assert found.rise[0, 1] > 0.0

    def test_heat_arrives_with_its_time_constant(self, law):
        tau = 2e-9
        heat = Crosstalk(r_thermal=1e6, coupling=0.1, reach=1, time_constant=tau)
        at_once = Crosstalk(r_thermal=1e6, coupling=0.1, reach=1)
        write = (law, self.NEIGHBOURS, IDEAL, (0, 0), -1.2)
        steady = write_through_wires(*write, tau, crosstalk=at_once).rise[0, 1]
        warming = write_through_wires(*write, tau, crosstalk=heat).rise[0, 1]
        assert warming == pytest.approx(steady * (1 - np.exp(-1)), rel=1e-3)

    def test_following_a_ramp_is_exact(self):
        """Rise under a steady value that climbs by 3 K/s, from 5 K, after 2 s with tau 0.7 s."""
        heat = Crosstalk(r_thermal=1.0, coupling=0.1, time_constant=0.7)
        found = heat.after(np.array([1.0]), np.array([5.0]), np.array([11.0]), 2.0)
        exact = 11.0 - 3 * 0.7 + (1.0 - 5.0 + 3 * 0.7) * np.exp(-2.0 / 0.7)
        assert found[0] == pytest.approx(exact, rel=1e-12)

    def test_runaway_is_refused(self, law):
        heat = Crosstalk(r_thermal=1e10, coupling=0.9)
        with pytest.raises(ConvergenceError, match=r"heat .* does not settle|not solved"):
            write_through_wires(law, SMALL, IDEAL, SELECTED, V_SET, WIDTH, crosstalk=heat)


class TestHalfSelected:
    @pytest.mark.long
    @pytest.mark.parametrize(
        ("n", "half", "third"),
        [(0.008, 0.4772, 272.1), (0.06, 91.87e-9, 2.926e-3), (0.3, 0.485e-9, 8.389e-6),
         (2.0, 214.8e-9, 8.610e-3)],
    )  # fmt: skip
    def test_times_until_ln_n_has_moved_by_a_tenth(self, law, n, half, third):
        """JART at V/2 and V/3 of -1 V; the array is almost ideal, and its other cells as they are.

        At V/3 the far cell stands at +V/3 and the others on the lines of the selected at -V/3.
        """
        state = jart([[n, 0.008], [0.008, n]])
        wires = Wires(r_word=1e-3, r_bit=1e-3)
        for scheme, seconds in (("V/2", half), ("V/3", third)):
            found = write_through_wires(law, state, wires, (0, 1), -1.0, seconds, scheme)
            moved = found.state[0] - state[0]
            assert moved[0, 0] == pytest.approx(0.1, rel=5e-3)
            assert moved[1, 1] == pytest.approx(0.1, rel=5e-3)

    @pytest.mark.parametrize("scheme", ["V/2", "V/3"])
    @pytest.mark.parametrize(
        ("sheet", "v", "x"),
        [("kvatinsky_2015_pt_hf_ti", -0.9, 0.5), ("jiang_2014_hfox_demo", 1.6, 0.9e-9)],
    )
    def test_below_a_threshold_nothing_moves(self, sheet, v, x, scheme):
        law = load_device(sheet)
        state = np.full((1, 3, 3), x)
        found = write_through_wires(law, state, WIRED, (0, 2), v, 1e-6, scheme)
        still = np.ones((3, 3), dtype=bool)
        still[0, 2] = False
        assert np.array_equal(found.state[0][still], state[0][still])


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"scheme": "V/4"}, "no scheme 'V/4'; did you mean 'V/"),
            ({"v_write": np.nan}, "must be finite"),
            ({"selected": (0, 2)}, r"the cells of this array go from \(0, 0\) to \(1, 1\)"),
            ({"width": 0.0}, "width is 0 s"),
            ({"width": np.nan}, "width is nan"),
            ({"edge": -1e-9}, "edge -1 ns"),
            ({"epsilon": 0.0}, "epsilon is 0"),
            ({"v_read": 0.0}, "v_read is 0 V"),
            ({"v_read": 2.5}, "v_read is 2.5 V; .*JartVcm holds from -2 V to 2 V"),
            ({"tolerance": 1.0}, "tolerance is 1"),
            ({"temperature": np.full(3, 300.0)}, r"temperature has shape \(3,\)"),
            ({"state": SMALL[0]}, r"expected \(states, rows, cols\)"),
            ({"state": SMALL + 9.0}, r"state ln_n of cell \(0, 0\) is 7\.79603; it must be from"),
            ({"state": np.full((1, 2, 2), np.nan)}, "is nan; it must be from"),
        ],
    )
    def test_bad_input_is_named(self, law, change, message):
        given = {"state": SMALL, "selected": SELECTED, "v_write": V_SET, "width": WIDTH} | change
        with pytest.raises(SpecError, match=message):
            write_through_wires(law, wires=WIRED, **given)

    def test_a_cell_beyond_the_law_is_named_with_its_voltage(self, law):
        with pytest.raises(SpecError, match=r"cell \(0, 1\) stands at -2\.\d+ V.*from -2 V to 2 V"):
            write_through_wires(law, SMALL, WIRED, SELECTED, -2.6, WIDTH)

    def test_line_voltages_are_waveforms(self, law):
        lines = lines_of(WIRED, (2, 2))
        with pytest.raises(SpecError, match=r"ends\.left: v\[1, 0\] is nan"):
            couple(
                law, SMALL, lines, np.array([0, 1e-9]), Ends(left=np.array([[0, 0], [np.nan, 0]]))
            )
        with pytest.raises(SpecError, match="times must ascend"):
            couple(law, SMALL, lines, np.array([1e-9, 0]), Ends(left=-1.0))

    @pytest.mark.parametrize("change", [{"coupling": 1.0}, {"r_thermal": -1.0}, {"reach": -1},
                                        {"time_constant": -1e-9}])  # fmt: skip
    def test_heat_that_cannot_be(self, change):
        with pytest.raises(SpecError):
            Crosstalk(**{"r_thermal": 1e6, "coupling": 0.1} | change)


@pytest.mark.parametrize("kelvin", [0.0, -300.0, np.nan])
def test_surroundings_without_a_temperature_are_refused(law, kelvin):
    with pytest.raises(SpecError, match="above 0 K"):
        write_through_wires(law, np.zeros((1, 2, 2)), WIRED, (0, 0), V_SET, SHORT,
                            temperature=kelvin)  # fmt: skip
