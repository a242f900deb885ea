"""What writing one cell of a switching law does to the others, from the file to the page."""

import numpy as np
import pytest

from xbarsim import run
from xbarsim.cli.summary import echo_summary
from xbarsim.crossbar import Wires
from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.programming import write_through_wires
from xbarsim.programming.levels import reach, state_of
from xbarsim.programming.wired_cells import conductance
from xbarsim.scenario import load_scenario
from xbarsim.tasks.disturb import METRICS, disturb_metrics, start_states

WIRES = Wires(r_word=5.0, r_bit=5.0)
PULSE = {
    "levels": (0.1e-3, 0.4e-3), "g_start": None, "cell": None, "scheme": "V/2", "v_write": -1.2,
    "width": 2e-9, "edge": 0.0, "pulses": 1, "window": 0.05, "v_read": 0.2, "epsilon": 0.2,
}  # fmt: skip
SCENARIO = """
name: neighbours
device: {sheet: cuppers_2019}
array: {rows: 4, cols: 3, wires: {r_word: 5 ohm, r_bit: 5 ohm}}
tasks:
  - {name: write, kind: disturb, v_write: -1.2 V, width: 2 ns, levels: [0.1 mS, 0.4 mS]}
sweep: {axes: {tasks.write.scheme: [V/2, V/3]}, trials: 2}
run: {engine: inline}
"""


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """See `test_coupled`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("device_models.jart._MANY", 1)
        yield


@pytest.fixture(scope="module")
def law(compiled):
    return load_device("cuppers_2019")


@pytest.fixture
def u(streams):
    return streams.rng().random((4, 3))


@pytest.fixture
def scenario(tmp_path):
    def write(old="", new=""):
        path = tmp_path / "s.yaml"
        assert old in SCENARIO
        path.write_text(SCENARIO.replace(old, new) if old else SCENARIO)
        return path

    return write


def test_metrics_are_those_of_the_pulse(law, u):
    found = disturb_metrics(law, u, WIRES, **PULSE)
    assert set(found) == set(METRICS)
    state = start_states(law, u, (0, 2), (0.1e-3, 0.4e-3), None, 0.2)
    pulse = write_through_wires(law, state, WIRES, (0, 2), -1.2, 2e-9, epsilon=0.2)
    before, after = (conductance(law, s, 0.2, law.ambient) for s in (state, pulse.state))
    change = np.abs(after / before - 1)
    half = np.append(change[0, :2], change[1:, 2])
    assert found["disturb.g_written"] == after[0, 2]
    assert found["disturb.half_worst"] == half.max()
    assert found["disturb.half_lost"] == (half > 0.05).mean() > 0
    assert found["disturb.others_worst"] == change[1:, :2].max()
    assert found["disturb.energy"] == pytest.approx(pulse.energy_sources, rel=1e-9, abs=0)
    parts = [found[f"disturb.energy_{p}"] for p in ("written", "half", "wires")]
    others = pulse.energy[1:, :2].sum()
    assert sum(parts) + others == pytest.approx(pulse.energy_sources, rel=1e-9, abs=0)


@pytest.mark.long
def test_two_pulses_are_one_of_twice_the_width(law, u):
    two = disturb_metrics(law, u, WIRES, **PULSE | {"pulses": 2, "width": 1e-9, "epsilon": 0.05})
    one = disturb_metrics(law, u, WIRES, **PULSE | {"epsilon": 0.05})
    for name in ("g_written", "half_median", "others_worst", "energy"):
        assert two[f"disturb.{name}"] == pytest.approx(one[f"disturb.{name}"], rel=5e-3, abs=1e-15)


def test_states_stand_for_their_conductances(law, u):
    g = 20e-6 + 0.5e-3 * u
    np.testing.assert_allclose(conductance(law, state_of(law, g, 0.2), 0.2, 293.0), g, rtol=1e-12)
    falling = load_device("kvatinsky_2015_generic")
    g = np.array([1 / 1000.0, 1 / 400.0, 1 / 50.0])
    np.testing.assert_allclose(
        conductance(falling, state_of(falling, g, 0.1), 0.1, 300.0), g, rtol=1e-12
    )


def test_conductances_beyond_reach_are_refused(law):
    low, high = reach(law, 0.2)
    with pytest.raises(SpecError, match=r"a cell of 1 mS is beyond .*15\.25 uS to 617\.7 uS"):
        state_of(law, np.array([low, high, 1e-3]), 0.2)
    with pytest.raises(SpecError, match="has states"):
        reach(load_device("chen_2015_hfox"), 0.2)


def test_the_written_cell_is_found_and_may_be_chosen(law, u):
    state = start_states(law, u, (1, 1), (0.1e-3, 0.4e-3), 50e-6, 0.2)
    g = conductance(law, state, 0.2, 293.0)
    assert g[1, 1] == pytest.approx(50e-6)
    others = np.ones_like(g, dtype=bool)
    others[1, 1] = False
    np.testing.assert_allclose(g[others], (0.1e-3 + 0.3e-3 * u)[others])
    with pytest.raises(SpecError, match=r"cell \(4, 0\) is not in an array of 4 x 3"):
        disturb_metrics(law, u, WIRES, **PULSE | {"cell": (4, 0)})
    with pytest.raises(SpecError, match="at least 2 x 2"):
        disturb_metrics(law, u[:1], WIRES, **PULSE)


@pytest.mark.long
def test_a_scenario_of_a_law_runs_without_saying_how_cells_are_written(scenario, tmp_path, capsys):
    results = run(scenario(), tmp_path / "out")
    table = results.table
    assert len(table) == 4
    assert set(METRICS) <= set(table.columns)
    assert not results.meta["failures"]
    half, third = (table[table["tasks.write.scheme"] == s] for s in ("V/2", "V/3"))
    assert (half["disturb.half_median"].values > third["disturb.half_median"].values).all()
    assert half["disturb.g_written"].nunique() == 2, "another chip each trial"
    summary = results.summary()
    assert "disturb.half_lost.half_width" in summary
    echo_summary(results)
    told = capsys.readouterr().out
    assert "half-selected" in told
    assert "age" not in told
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Writing one cell among others" in page
    assert "half-selected cells that left the window" in page
    assert (tmp_path / "out" / "figures" / "disturb.svg").exists()
    assert (tmp_path / "out" / "figures" / "law.svg").exists()


def test_everything_that_matters_can_be_swept(scenario):
    axes = (
        "{tasks.write.scheme: [V/2, floating], tasks.write.v_write: [-1 V, 1 V], "
        "tasks.write.width: [1 ns, 2 ns], tasks.write.heat: [null, {coupling: 0.1}], "
        "array.rows: [4, 8], array.wires.r_word: [1 ohm, 2 ohm], device.ambient: [293 K, 333 K]}"
    )
    plan = load_scenario(scenario("{tasks.write.scheme: [V/2, V/3]}", axes))
    assert len(plan.points) == 2**7


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cuppers_2019", "wan_2022", "takes a switching law that keeps its state; 'wan_2022'"),
        ("cuppers_2019", "du_2017", "'du_2017' forgets without voltage"),
        ("-1.2 V", "-2.5 V", r"tasks\.0\.v_write: -2\.5 V; JartVcm holds from -2 V to 2 V"),
        ("-1.2 V", "2 ns", "'2 ns' is a time, expected a quantity in volt"),
        ("0.4 mS", "0.8 mS", r"tasks\.0\.levels\.1: 800 uS; JartVcm reaches 15\.25 uS"),
        ("[0.1 mS, 0.4 mS]", "[0.4 mS, 0.1 mS]", r"tasks\.0\.levels: the lower comes first"),
        ("width: 2 ns", "width: 2 ns, level: 0.1 mS", r"tasks\.0\.level: stands beside levels"),
        ("width: 2 ns", "width: 2 ns, cell: [4, 0]", r"tasks\.0\.cell: \[4, 0\] is not in 4 x"),
        ("width: 2 ns", "width: 2 ns, sceme: V/2", "unknown key; did you mean 'scheme'"),
        ("rows: 4", "v_read: 3 V, rows: 4", r"s\.yaml:4:.*array\.v_read: 3 V; JartVcm holds from"),
        ("rows: 4", "rows: 1", "array.rows: a disturb takes at least 2"),
        ("sweep:", "ages: [1 s]\nsweep:", "ages: disturb tasks are about one write"),
        ("sweep:", "effects: {stuck: {low: 0.1}}\nsweep:", "effects: disturb tasks are about"),
        ("cuppers_2019}", "bengel_2020_var, library: 4}", "device.library: disturb tasks are"),
        ("cuppers_2019}", "cuppers_2019, spread: {r_series: 0.1}}", "device.spread: disturb tasks"),
        ("device: {sheet: cuppers_2019}", "device: {sheet: kvatinsky_2015_generic}",
         r"tasks\.0\.levels\.0: 100 uS; Vteam reaches 1 mS to 20 mS"),
        ("width: 2 ns, levels: [0.1 mS, 0.4 mS]", "width: 2 ns, heat: {coupling: 1.2}",
         "coupling.*less than 1"),
    ],
)  # fmt: skip
def test_bad_scenarios_are_refused_by_key(scenario, old, new, message):
    with pytest.raises(SpecError, match=message):
        load_scenario(scenario(old, new))


def test_a_law_without_temperature_needs_a_thermal_resistance(scenario):
    path = scenario("{sheet: cuppers_2019}", "{sheet: kvatinsky_2015_generic}")
    path.write_text(path.read_text().replace("levels: [0.1 mS, 0.4 mS]", "heat: {coupling: 0.1}"))
    with pytest.raises(SpecError, match=r"tasks\.0\.heat\.r_thermal: Vteam has no temperature"):
        load_scenario(path)


def test_arrays_of_a_law_still_need_to_be_written(scenario):
    task = "\n  - {name: cell, kind: array}\nsweep:"
    path = scenario("\nsweep:", task)
    with pytest.raises(SpecError, match=r"device\.write, how its cells are written"):
        load_scenario(path)
