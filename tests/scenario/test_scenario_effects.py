"""Effects, temperature and corners as a scenario says them: keys, units, faults, warnings, runs."""

import numpy as np
import pytest

from xbarsim import run
from xbarsim.crossbar import Wires
from xbarsim.crossbar.laws import DiodeCell
from xbarsim.device import load_device
from xbarsim.documents import read_yaml
from xbarsim.effects import Effects, Flicker, Retention, Stuck, Telegraph
from xbarsim.errors import SpecError
from xbarsim.report.accuracy import accuracy_table
from xbarsim.report.cells_in_use import cells_in_use
from xbarsim.report.view import view_of
from xbarsim.scenario import hardware_of, load_scenario, warnings_of
from xbarsim.scenario.build import law_of
from xbarsim.scenario.cells import bound_device
from xbarsim.scenario.load import physics
from xbarsim.scenario.schema import ArrayTaskSpec, DeviceSpec
from xbarsim.study import read_results

BASE = """\
name: t
seed: 3
device: {sheet: joshi_2020}
array: {rows: 32, cols: 32}
tasks:
  - name: d
    kind: classifier
    dataset: {source: sklearn.digits, test_limit: 60}
    network: {kind: mlp, hidden: [8], epochs: 5}
energy: {inputs: 2}
run: {engine: inline}
"""
WRITTEN = """\
{sheet: jiang_2014_hfox_demo, write: {positive: [1.3 V, 1.8 V], negative: [1 V, 1.5 V], steps: 8,
  width: 10 ns, window: 4 uS, g_min: 6 uS, g_max: 100 uS}}"""


@pytest.fixture
def load(tmp_path):
    def load(text="", device="{sheet: joshi_2020}", **settings):
        file = tmp_path / "s.yaml"
        file.write_text(BASE.replace("{sheet: joshi_2020}", device) + text, "utf-8")
        return load_scenario(file, settings)

    return load


def test_parts_become_the_hardware_they_describe(load):
    effects = """
effects:
  levels: 16
  stuck: {low: 0.01, cluster_length: 2}
  telegraph: {amplitude: 0.1, capture: [1 us, 10 ms], emission: [1 ms, 1 ms]}
  flicker: {amplitude: 1e-5}
  retention: {t_infinity: 1e-12 s, activation_energy: 1.2 eV, g_lost: 2 uS}
  johnson: true
"""
    expected = Effects(
        levels=16,
        stuck=Stuck(low=0.01, cluster_length=2.0),
        telegraph=Telegraph(amplitude=0.1, capture=(1e-6, 0.01), emission=(1e-3, 1e-3)),
        flicker=Flicker(amplitude=1e-5),
        retention=Retention(t_infinity=1e-12, activation_energy=1.2, g_lost=2e-6),
        johnson=True,
    )
    hardware = hardware_of(load(effects + "temperature: 85 degC\n").points[0])
    assert hardware.effects == expected
    assert hardware.surroundings.ambient == pytest.approx(358.15)
    assert hardware.surroundings.data == 298.15


def test_a_scenario_without_effects_has_none(load):
    hardware = hardware_of(load().points[0])
    assert hardware.effects is None
    assert hardware.surroundings.ambient == hardware.surroundings.data


def test_effects_and_temperature_can_be_swept(load):
    sweep = """
sweep:
  axes:
    effects.stuck.low: [0, 0.01]
    temperature: [300 K, 80 degC]
    effects.retention: [null, {t_infinity: 1 ps, activation_energy: 1 eV}]
"""
    plan = load(sweep)
    assert len(plan.points) == 8
    last = hardware_of(plan.points[-1])
    assert last.effects.stuck.low == 0.01 and last.effects.retention.t_infinity == 1e-12
    assert last.surroundings.ambient == pytest.approx(353.15)
    assert plan.units == {"temperature": "kelvin"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("effects: {stuck: {low: 1.2}}", "effects.stuck.low: 1.2: input should be less than or"),
        ("effects: {stuck: {low: -0.1}}", "effects.stuck.low: -0.1: input should be greater"),
        ("effects: {stuck: {low: 0.7, high: 0.7}}", "effects.stuck.low is 0.7 and high 0.7"),
        ("effects: {stuck: {lwo: 0.7}}", "effects.stuck.lwo: unknown key; did you mean 'low'"),
        ("effects: {levels: 1}", "effects.levels: 1: input should be greater than or equal to 2"),
        ("effects: {levels: many}", "effects.levels: 'many'"),
        ("effects: {telegraph: {amplitude: 0.1}}", "effects.telegraph.capture: missing"),
        ("effects: {telegraph: {amplitude: 0.1, capture: [1 s, 1 ms], emission: [1 s, 1 s]}}",
         "effects.telegraph.capture is 1 s to 1 ms"),
        ("effects: {telegraph: {amplitude: 0.1, capture: [1 V, 1 V], emission: [1 s, 1 s]}}",
         "'1 V' is a voltage"),
        ("effects: {retention: {t_infinity: 1 s, activation_energy: 1 J}}", "activation_energy"),
        ("effects: {johnson: maybe}", "effects.johnson: 'maybe'"),
        ("effects: {disturb: 1}", "effects.disturb: unknown key"),
        ("temperature: -20 K", "temperature: '-20 K' is -20 K; it must lie from 200 K to 500 K"),
        ("temperature: 20 V", "temperature: '20 V' is a voltage"),
    ],
)  # fmt: skip
def test_bad_values_are_named_with_key_value_and_place(text, said, load):
    with pytest.raises(SpecError) as caught:
        load(text)
    assert said in str(caught.value)
    assert "s.yaml:12:" in str(caught.value)


def test_what_is_not_given_does_not_move_the_key_of_a_result(load):
    plain = physics(load().points[0])
    assert not {"effects", "temperature"} & set(plain)
    assert set(plain["device"]) == {"sheet", "law", "parameters"}
    assert physics(load("temperature: 300 K\n").points[0])["temperature"] == 300.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("temperature: 350 K", "programming error, read noise, conductance and drift are those"),
        ("temperature: 350 K\neffects: {thermal_activation: {drift: 0.3 eV}}",
         "programming error, read noise and conductance are those at 298.15 K"),
        ("temperature: 350 K\neffects: {thermal_activation: {drift: 0.3, conductance: 0.2}}",
         "says nothing of 350 K: programming error and read noise are those at 298.15 K"),
    ],
)  # fmt: skip
def test_what_a_temperature_does_not_reach_is_a_warning(text, said, load):
    (warning,) = warnings_of(load(text).points[0])
    assert said in warning


def test_ages_that_heat_brings_past_the_last_measured_extrapolate(load):
    drift = "temperature: 400 K\neffects: {thermal_activation: {drift: 1 eV, conductance: 0.1}}\n"
    last = load_device("joshi_2020").ages[1]
    assert any(
        "extrapolate" in w for w in warnings_of(load(drift + f"ages: [{0.5 * last}]").points[0])
    )
    assert not any("extrapolate" in w for w in warnings_of(load(f"ages: [{0.5 * last}]").points[0]))


def test_the_temperature_of_the_data_needs_no_warning(load):
    assert warnings_of(load("temperature: 298 K").points[0]) == []


def test_laws_are_written_at_the_temperature_of_the_scenario(load):
    cool, warm, own = (
        hardware_of(load(f"temperature: {t}\n", WRITTEN).points[0]).device.library[0]
        for t in ("298 K", "350 K", "null")
    )
    assert np.abs(warm.flow.table - cool.flow.table).max() > 0
    np.testing.assert_array_equal(own.flow.table, cool.flow.table)
    assert warnings_of(load("temperature: 350 K\n", WRITTEN).points[0]) == []


def test_a_law_takes_the_temperature_itself(load):
    with pytest.raises(SpecError, match="effects.thermal_activation: jiang_2014_hfox_demo is a"):
        load("effects: {thermal_activation: {drift: 0.3}}\n", WRITTEN)


def test_a_law_that_knows_no_temperature_says_so(load):
    device = """\
{sheet: kvatinsky_2015_generic, r_on: 10 kohm, r_off: 500 kohm, write: {positive: [25 mV, 100 mV],
  negative: [0.21 V, 0.3 V], steps: 8, width: 1 us, window: 4 uS, g_min: 6 uS, g_max: 80 uS}}"""
    (warning,) = warnings_of(load("temperature: 350 K\n", device).points[0])
    assert warning == (
        "kvatinsky_2015_generic says nothing of 350 K: switching and conduction are those at 300 K"
    )


@pytest.mark.parametrize(("own", "scenario", "found"), [(None, None, 300.0), (None, 350.0, 350.0),
                                                        (320.0, 350.0, 320.0)])  # fmt: skip
def test_a_diode_is_as_warm_as_the_scenario_unless_it_says_otherwise(own, scenario, found):
    law = {"kind": "diode", "saturation_current": 1e-9, "temperature": own}
    task = ArrayTaskSpec.model_validate({"name": "a", "kind": "array", "law": law})
    assert law_of(task, scenario) == DiodeCell(saturation_current=1e-9, temperature=found)


def test_corners_move_parameters_of_the_device():
    spread = {"g_max": {"relative": 0.05, "fast": 1}}
    slow, typical, by_two = (
        bound_device(DeviceSpec(sheet="joshi_2020", spread=spread, corner=corner)).g_max
        for corner in ("slow", "typical", 2)
    )
    g_max = load_device("joshi_2020").g_max
    assert (slow, typical, by_two) == pytest.approx((0.85 * g_max, g_max, 1.1 * g_max), rel=1e-9)


def test_a_corner_of_a_written_law_writes_other_cells(load):
    beside = "spread: {e_a: {relative: 0.01, fast: -1}}, corner: CORNER, write:"
    slow, fast = (
        hardware_of(load("", WRITTEN.replace("write:", beside).replace("CORNER", c)).points[0])
        for c in ("slow", "fast")
    )
    tables = [hardware.device.library[0].flow.table for hardware in (slow, fast)]
    assert np.abs(tables[1] - tables[0]).max() > 0


@pytest.mark.parametrize(
    ("device", "said"),
    [
        ("{sheet: joshi_2020, corner: fast}", "device.corner: no spread says on which side"),
        ("{sheet: joshi_2020, corner: quick}", "device.corner"),
        ("{sheet: joshi_2020, corner: 9}", "device.corner"),
        ("{sheet: joshi_2020, spread: {g_max: 0.1}}", "device.spread: nothing uses it; give"),
        ("{sheet: joshi_2020, spread: {g_mxa: 0.1}, corner: 1}", "did you mean 'g_max'"),
        ("{sheet: joshi_2020, spread: {g_max: -0.1}, corner: 1}", "device.spread.g_max"),
        ("{sheet: joshi_2020, spread: {g_max: {absolute: 1 V, fast: 1}}, corner: 1}",
         "'1 V' is a voltage"),
        ("{sheet: joshi_2020, spread: {g_max: {fast: 1}}, corner: 1}", "one of 'relative' and"),
        ("{sheet: joshi_2020, library: 8}", "device.library: joshi_2020 says itself"),
        ("{sheet: joshi_2020, library: 1}", "device.library: 1"),
        (WRITTEN.replace("write", "spread: {ambient: 0.1}, library: 8, write"),
         "device.spread.ambient: is the temperature of the surroundings"),
        (WRITTEN.replace("write", "library: 8, write"), "nothing says how devices of jiang"),
    ],
)  # fmt: skip
def test_spreads_and_corners_that_mean_nothing_are_refused(device, said, load):
    with pytest.raises(SpecError) as caught:
        load("", device)
    assert said in str(caught.value)
    assert "s.yaml:3:" in str(caught.value)


def test_a_study_counts_stuck_cells_and_loses_accuracy_to_them(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(BASE + "sweep: {axes: {effects.stuck.low: [0, 0.05, 0.5]}, trials: 3}\n")
    results = run(file, tmp_path / "out")
    summary = results.summary()
    np.testing.assert_allclose(summary["cells.stuck"], [0, 0.05, 0.5], atol=0.02)
    assert (summary["cells.stuck"][0], summary["cells.stuck.half_width"][0]) == (0.0, 0.0)
    assert summary["accuracy"].iloc[2] < summary["accuracy"].iloc[0]
    assert "stuck cells" in (tmp_path / "out" / "report.html").read_text("utf-8")


@pytest.mark.long
def test_points_with_and_without_faults_stand_in_one_table(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(BASE + "sweep: {axes: {effects.stuck: [null, {low: 0.5}]}}\n")
    for results in (run(file, tmp_path / "out"), read_results(tmp_path / "out")):
        stuck = results.summary()["cells.stuck"]
        assert np.isnan(stuck[0]) and stuck[1] > 0.4
    table = accuracy_table(view_of(results), "d")
    assert [len(row) for row in table.rows] == [len(table.columns)] * 2
    assert table.columns[2] == "stuck cells" and table.rows[0][2].text == "–"


@pytest.mark.long
def test_arrays_on_their_own_have_stuck_cells_too(tmp_path):
    text = BASE[: BASE.index("tasks:")] + "run: {engine: inline}\n"
    text += "tasks: [{name: a, kind: array}]\neffects: {stuck: {high: 1}}\n"
    file = tmp_path / "s.yaml"
    file.write_text(text)
    table = run(file, tmp_path / "out").table
    assert table["cells.stuck"].tolist() == [1.0]
    g_max = load_device("joshi_2020").g_max
    assert table["access.energy"].iloc[0] > 0.5 * g_max * 62 * 0.25 * 100e-9


CELLS = """\
name: t
seed: 3
device:
  sheet: jiang_2014_hfox_demo
  spread: {g_0: 0.1}
  library: 6
  write: {positive: [1.3 V, 1.8 V], negative: [1 V, 1.5 V], steps: 8, width: 10 ns, window: 4 uS,
    g_min: 30 uS, g_max: 100 uS}
array: {rows: 8, cols: 8, wires: {r_word: 20 ohm, r_bit: 20 ohm}, v_read: 0.1 V}
tasks:
  - {name: a, kind: array}
run: {engine: inline}
"""


@pytest.mark.long
@pytest.mark.parametrize("through_wires", [False, True])
def test_an_array_task_writes_the_cells_that_the_scenario_describes(through_wires, monkeypatch):
    from xbarsim.programming import WrittenDevice
    from xbarsim.scenario.schema import Scenario
    from xbarsim.study import trial

    text = CELLS.replace("g_max: 100 uS", f"g_max: 100 uS, through_wires: {through_wires}")
    scenario = Scenario.model_validate(read_yaml(text, "s.yaml").data)
    seen = []
    write = WrittenDevice.write
    monkeypatch.setattr(
        WrittenDevice, "write", lambda self, *given: seen.append(given) or write(self, *given)
    )
    trial.run_trial(
        trial.Trial(key="", scenario=scenario.model_dump(), stream=("trial", 0), tasks={})
    )
    ((_, _, z_device, wires),) = seen
    assert len(np.unique(z_device)) == 64
    assert wires == Wires(r_word=20.0, r_bit=20.0)


def test_the_cells_of_a_library_follow_the_seed(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(CELLS, "utf-8")
    one, again, other = (
        hardware_of(load_scenario(file, {"seed": seed}).points[0]).device for seed in (3, 3, 4)
    )
    assert len(one.library) == 6
    tables = [[t.flow.table for t in device.library] for device in (one, again, other)]
    assert all(np.abs(t - tables[0][0]).max() > 0 for t in tables[0][1:])
    assert all((a == b).all() for a, b in zip(*tables[:2], strict=True))
    assert all(np.abs(a - b).max() > 0 for a, b in zip(tables[0], tables[2], strict=True))


@pytest.mark.long
def test_the_device_card_shows_the_cells_of_the_study(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(CELLS, "utf-8")
    view = view_of(run(file, tmp_path / "out"))
    library = hardware_of(load_scenario(file).points[0]).device.library
    assert all((a.flow.table == b.flow.table).all()
               for a, b in zip(cells_in_use(view).library, library, strict=True))  # fmt: skip


def test_disturb_tasks_beside_others_say_what_they_leave_out(tmp_path):
    file = tmp_path / "s.yaml"
    more = "array}\n  - {name: b, kind: disturb, v_write: 1 V, width: 1 ns}\n"
    file.write_text(CELLS.replace("array}\n", more) + "effects: {stuck: {low: 0.1}}\n", "utf-8")
    assert warnings_of(load_scenario(file).points[0]) == [
        "tasks.b: about the law as it is, without device.library and effects"
    ]


def test_laws_that_forget_are_no_cells_of_arrays(load):
    with pytest.raises(SpecError, match="device.sheet: 'chang_2011' forgets without voltage"):
        load("", WRITTEN.replace("jiang_2014_hfox_demo", "chang_2011").replace("g_min: 6 uS, ", ""))
