"""A scenario file to a plan: points, settings, places of faults, fingerprints."""

import math

import pytest

from xbarsim.crossbar.laws import DiodeCell, SinhCell, ThresholdSelector
from xbarsim.device import list_devices, load_device
from xbarsim.errors import SpecError
from xbarsim.scenario import gallery, hardware_of, load_scenario, warnings_of
from xbarsim.scenario.build import law_of
from xbarsim.scenario.disturbs import has_arrays
from xbarsim.scenario.load import parse_setting

BASE = """\
name: t
device: {sheet: wan_2022}
array:
  rows: 32
  wires: {r_word: 1 ohm}
tasks:
  - name: d
    kind: classifier
    dataset: {source: sklearn.digits}
    network: {kind: mlp, hidden: [8]}
"""  # a key added below begins on line 11

# a scenario with every part that most files have
DESIGN = """\
name: digits-ir-drop
description: How large may an array be before IR drop costs a point of accuracy, and what does it save?
seed: 7
device: {sheet: wan_2022, read_noise: 0.01}      # keys beside `sheet` override it
array:
  rows: 128
  cols: 128
  encoding: differential
  wires: {r_word: 1.5 ohm, r_bit: 1.5 ohm}       # per cell pitch
  dac: {bits: 8}
  adc: {bits: 8}
tasks:
  - {name: digits, kind: classifier, dataset: {source: sklearn.digits}, network: {kind: mlp, hidden: [64]}}
ages: [1 s, 1 h, 1 day, 1 year]
sweep:
  axes:
    device.read_noise: {linspace: {from: 0, to: 0.04, num: 3}}
  zip:
    - {array.rows: [32, 64, 128, 256], array.cols: [32, 64, 128, 256]}
  trials: 10            # fresh devices each, statistics over them
  paired: true          # the same chips at every point (common random numbers)
report: {figures: [accuracy, energy_breakdown, pareto, tile_map]}
"""  # noqa: E501


@pytest.fixture
def write(tmp_path):
    def write(text, name="s.yaml"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.fixture
def load(write):
    def load(text, settings=None):
        return load_scenario(write(text), settings)

    return load


@pytest.fixture
def faults(write, tmp_path):
    def faults(text, settings=None):
        with pytest.raises(SpecError) as caught:
            load_scenario(write(text), settings)
        return [fault.replace(f"{tmp_path}/", "") for fault in caught.value.faults]

    return faults


def swapped(old, new):
    assert BASE.count(old) == 1
    return BASE.replace(old, new)


# what loads


def test_the_scenario_of_the_design_loads(load):
    plan = load(DESIGN)
    assert plan.axes == ["device.read_noise", "array.rows", "array.cols"]
    assert len(plan.points) == 3 * 4
    assert plan.scenario.ages == [1.0, 3600.0, 86400.0, 31557600.0]
    assert plan.scenario.array.wires.r_word == 1.5
    assert plan.scenario.device.overrides == {"read_noise": 0.01}
    assert plan.scenario.report.figures == ["accuracy", "energy_breakdown", "pareto", "tile_map"]
    assert (plan.scenario.sweep.trials, plan.scenario.sweep.paired, plan.scenario.seed) == (
        10, True, 7,
    )  # fmt: skip
    noises = [plan.axis_values(k)["device.read_noise"] for k in range(12)]
    assert noises == [0.0] * 4 + [0.02] * 4 + [0.04] * 4
    assert [plan.axis_values(k)["array.rows"] for k in range(4)] == [32, 64, 128, 256]
    assert all(p.array.rows == p.array.cols for p in plan.points)


def test_the_points_of_the_design_build_their_hardware(load):
    hardware = hardware_of(load(DESIGN).points[-1])
    assert (hardware.rows, hardware.cols) == (256, 256)
    assert hardware.device == load_device("wan_2022", read_noise=0.04)
    assert (hardware.wires.r_word, hardware.dac.bits, hardware.adc.bits) == (1.5, 8, 8)


@pytest.mark.parametrize("name", sorted(gallery()))
def test_every_scenario_of_the_gallery_loads_under_its_own_name(name):
    plan = load_scenario(name)
    assert plan.scenario.name == name
    assert plan.scenario.description
    for point in plan.points:
        if has_arrays(point):
            hardware_of(point)


@pytest.mark.parametrize("sheet", list_devices("statistical"))
def test_every_sheet_can_be_the_device_of_a_scenario(load, sheet):
    plan = load(swapped("wan_2022", sheet))
    assert hardware_of(plan.points[0]).device == load_device(sheet)


WRITTEN = """\
kvatinsky_2015_generic, r_on: 10 kohm, r_off: 500 kohm, write: {positive: [25 mV, 100 mV],
  negative: [0.21 V, 0.35 V], width: 10 ns, window: 1 uS, read_noise: 0.005, g_max: 80 uS}"""


def test_a_switching_law_is_written(load):
    plan = load(swapped("wan_2022", WRITTEN))
    device = hardware_of(plan.points[0]).device
    assert device.window == pytest.approx((2e-6, 80e-6))
    assert device.scheme.window == 1e-6
    assert len(device.library[0].levels) == 128
    assert hardware_of(plan.points[0]).device is device, "characterised once"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (WRITTEN, "kvatinsky_2015_generic", "device.sheet.*switching law; arrays of it need"),
        (WRITTEN, "wan_2022, write: {positive: [1 V, 2 V], negative: [1 V, 2 V], width: 1 us, "
         "window: 1 uS}", "device.write.*already says how its cells come out"),
        ("25 mV, 100 mV", "100 mV, 25 mV", "device.write.positive.*weakest pulse comes first"),
        ("window: 1 uS", "window: 1 us", "device.write.window.*'1 us' is a time"),
        ("g_max: 80 uS}", "g_max: 200 uS}", "device.write: g_min.*within what the law can reach"),
        ("width: 10 ns, ", "", "device.write.width"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_refused(load, old, new, message):
    with pytest.raises(SpecError, match=message):
        load(swapped("wan_2022", WRITTEN.replace(old, new)))


def test_wires_by_node_are_those_of_the_technology_node(load):
    at = {
        nm: hardware_of(
            load(
                swapped("wires: {r_word: 1 ohm}", f"wires: node\n  technology_node: {nm} nm")
            ).scenario
        ).wires
        for nm in (130, 65)
    }
    assert 0 < at[130].r_word < at[65].r_word


def test_a_scenario_without_ages_is_read_at_the_first_the_device_knows(load):
    from xbarsim.scenario.build import ages_of

    scenario = load(BASE).scenario
    assert ages_of(scenario, load_device("wan_2022")) == [1.0]


def test_an_age_past_the_last_measured_is_a_warning_not_a_fault(load):
    plan = load(BASE + "ages: [1 s, 1 day, 1 year]\n")
    (warning,) = warnings_of(plan.points[0])
    assert warning == "wan_2022 was measured up to 2 day; 1 year extrapolate"
    assert warnings_of(load(BASE).points[0]) == []


def test_check_shows_device_overrides_in_si_too(load):
    device = load(swapped("wan_2022", "wan_2022, g_max: 25 uS")).resolved["device"]
    told = {key: value for key, value in device.items() if value is not None}
    assert told == {"sheet": "wan_2022", "g_max": 25e-6}


def test_swept_quantities_are_si_numbers_in_the_table(load):
    plan = load(
        BASE + "sweep: {axes: {device.g_max: [20 uS, 40 uS], array.v_read: [100 mV, 200 mV]}}\n"
    )
    assert [plan.axis_values(k) for k in (0, 3)] == [
        {"device.g_max": 20e-6, "array.v_read": 0.1},
        {"device.g_max": 40e-6, "array.v_read": 0.2},
    ]


def test_swept_parts_and_null_stand_in_the_table_as_text(load):
    plan = load(BASE + "sweep: {axes: {array.adc: [null, {bits: 4}]}}\n")
    values = [plan.axis_values(k)["array.adc"] for k in range(2)]
    assert values[0] == "none"
    assert values[1] == "bits 4"
    assert [p.array.adc and p.array.adc.bits for p in plan.points] == [None, 4]


@pytest.mark.parametrize("path", ["tasks.d.network.epochs", "tasks.0.network.epochs"])
def test_a_swept_list_item_goes_by_name_or_by_index(load, path):
    plan = load(BASE + f"sweep: {{axes: {{{path}: [3, 5]}}}}\n")
    assert [p.tasks[0].network.epochs for p in plan.points] == [3, 5]
    assert [plan.axis_values(k) for k in range(2)] == [{path: 3}, {path: 5}]


def test_ages_are_swept_as_whole_lists(load):
    plan = load(BASE + "sweep: {axes: {ages: [[1 s], [1 s, 1 day]]}}\n")
    assert [p.ages for p in plan.points] == [[1.0], [1.0, 86400.0]]


def test_a_folder_of_a_scenarios_name_does_not_hide_it(tmp_path, monkeypatch):
    (tmp_path / "digits").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_scenario("digits", check=False).scenario.name == "digits"


def test_a_name_that_is_neither_file_nor_gallery_suggests_the_nearest():
    with pytest.raises(SpecError) as caught:
        load_scenario("digist")
    assert str(caught.value) == (
        "no scenario 'digist': there is no such file, and the gallery has no such name; "
        "did you mean 'digits'?"
    )


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SpecError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_scenario(tmp_path / "nowhere.yaml")


# --set


def test_a_setting_replaces_what_the_file_says(load):
    plan = load(BASE, {"array.rows": 64, "tasks.d.network.hidden": [4, 4], "seed": 5})
    assert (plan.scenario.array.rows, plan.scenario.seed) == (64, 5)
    assert plan.scenario.tasks[0].network.hidden == [4, 4]


def test_a_setting_adds_what_the_file_leaves_out(load):
    plan = load(BASE, {"array.adc.bits": 5, "run.engine": "inline"})
    assert (plan.scenario.array.adc.bits, plan.scenario.run.engine) == (5, "inline")


def test_a_setting_takes_its_axis_out_of_the_sweep(load):
    text = BASE + "sweep: {axes: {array.rows: [8, 16], array.cols: [8, 16, 32]}}\n"
    plan = load(text, {"array.rows": 64})
    assert plan.axes == ["array.cols"]
    assert [(p.array.rows, p.array.cols) for p in plan.points] == [(64, 8), (64, 16), (64, 32)]


def test_a_setting_takes_its_axis_out_of_a_zip_group(load):
    text = BASE + "sweep: {zip: [{array.rows: [8, 16], array.cols: [8, 16]}]}\n"
    plan = load(text, {"array.rows": 64})
    assert plan.axes == ["array.cols"]
    assert [(p.array.rows, p.array.cols) for p in plan.points] == [(64, 8), (64, 16)]


def test_setting_all_axes_of_a_zip_group_leaves_one_point(load):
    text = BASE + "sweep: {zip: [{array.rows: [8, 16], array.cols: [8, 16]}]}\n"
    plan = load(text, {"array.rows": 64, "array.cols": 64})
    assert (plan.axes, len(plan.points)) == ([], 1)


def test_setting_a_part_takes_the_axes_inside_it_out_of_the_sweep(load):
    text = BASE + (
        "sweep:\n"
        "  axes: {array.wires.r_source: [1, 2], array.cols: [8, 16]}\n"
        "  zip: [{array.wires.r_word: [1, 2], array.wires.r_bit: [1, 2]}]\n"
    )
    plan = load(text, {"array.wires": "node"})
    assert plan.axes == ["array.cols"]
    assert {p.array.wires for p in plan.points} == {"node"}


def test_a_setting_by_index_takes_out_the_axis_by_name(load):
    text = BASE + "sweep: {axes: {tasks.d.network.epochs: [3, 5]}}\n"
    plan = load(text, {"tasks.0.network.epochs": 7})
    assert [p.tasks[0].network.epochs for p in plan.points] == [7]


def test_a_path_that_only_begins_alike_stays_swept(load):
    text = BASE + "sweep: {axes: {array.wires.r_word: [1, 2]}}\n"
    assert load(text, {"array.wires.r_bit": 3}).axes == ["array.wires.r_word"]


def test_a_rule_of_exclude_goes_with_the_axis_it_names(load):
    text = BASE + "sweep: {axes: {array.rows: [8, 16]}, exclude: [{array.rows: 8}]}\n"
    assert len(load(text, {"array.rows": 8}).points) == 1


def test_a_setting_inside_a_swept_part_is_refused(faults):
    text = BASE + "sweep: {axes: {array.wires: [null, node]}}\n"
    message = "--set array.wires.r_bit: lies inside array.wires, which is swept; set array.wires"
    assert faults(text, {"array.wires.r_bit": 3}) == [f"{message} instead"]


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("array.rows=64", "array.rows", 64),
        ("device.g_max=25 uS", "device.g_max", "25 uS"),
        ("array.rows = 64", "array.rows", 64),
        ("ages=[1 s, 1 h]", "ages", ["1 s", "1 h"]),
        ("array.adc={bits: 4}", "array.adc", {"bits": 4}),
        ("array.adc=null", "array.adc", None),
        ("array.adc=", "array.adc", None),
        ("device.read_noise=1e-3", "device.read_noise", 1e-3),
        ("description=x=y", "description", "x=y"),
    ],
)
def test_the_value_of_a_setting_is_read_as_yaml(text, path, value):
    assert parse_setting(text) == (path, value)


@pytest.mark.parametrize("text", ["array.rows", "=3", " =3", ""])
def test_a_setting_without_key_or_value_shows_an_example(text):
    with pytest.raises(SpecError) as caught:
        parse_setting(text)
    message = f"--set {text}: expected key=value, for example array.rows=64"
    assert str(caught.value) == message


def test_a_setting_that_is_not_yaml_names_its_path():
    with pytest.raises(SpecError, match=r"--set array\.rows: not valid YAML"):
        parse_setting("array.rows=[1")


# laws of the cells

CELL = """\
name: t
device: {sheet: wan_2022}
tasks:
  - name: cell
    kind: array
    law: LAW
"""


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        ("null", None),
        ("{kind: sinh, beta: 3 1/V}", SinhCell(beta=3.0)),
        (
            "{kind: selector, threshold: 1.2 V, width: 40 mV, leakage: 1e-6}",
            ThresholdSelector(threshold=1.2, width=0.04, leakage=1e-6),
        ),
        (
            "{kind: diode, saturation_current: 2 nA, ideality: 1.5}",
            DiodeCell(saturation_current=2e-9, ideality=1.5, temperature=300.0),
        ),
    ],
)
def test_a_law_is_built_from_its_si_values(load, law, expected):
    assert law_of(load(CELL.replace("LAW", law)).points[0].tasks[0]) == expected


@pytest.mark.parametrize(
    ("law", "told"),
    [
        (
            "{kind: selector, treshold: 1 V, width: 1 mV, leakage: 1}",
            [
                "s.yaml:6:5: tasks.0.law.threshold: missing; this key is required",
                "s.yaml:6:27: tasks.0.law.treshold: unknown key; did you mean 'threshold'?",
            ],
        ),
        (
            "{kind: selector, threshold: 1 V, width: 3 A, leakage: 0}",
            [
                "s.yaml:6:43: tasks.0.law.width: '3 A' is a current, expected a quantity in volt",
                "s.yaml:6:55: tasks.0.law.leakage: 0 is 0; it must lie from 1e-12 to 1",
            ],
        ),
        (
            "{kind: sinh, beta: 3 V}",
            [
                "s.yaml:6:23: tasks.0.law.beta: '3 V' is a voltage, expected a quantity in 1/volt",
            ],
        ),
        (
            "{kind: sinh, beta: 2000 1/V}",
            [
                "s.yaml:6:23: tasks.0.law.beta: '2000 1/V' is 2000 1/V; "
                "it must lie from 0.001 1/V to 100 1/V",
            ],
        ),
        (
            "{kind: diode, saturation_current: 1 A}",
            [
                "s.yaml:6:24: tasks.0.law.saturation_current: '1 A' is 1 A; "
                "it must lie from 1 aA to 1 mA",
            ],
        ),
    ],
)
def test_faults_of_a_law_name_its_field(faults, law, told):
    assert faults(CELL.replace("LAW", law)) == told


def test_a_law_that_does_not_exist_is_told_the_others(faults):
    (fault,) = faults(CELL.replace("LAW", "{kind: sinhh, beta: 3}"))
    assert fault.startswith("s.yaml:6:11: tasks.0.law.kind: 'sinhh'")
    assert "'sinh', 'selector', 'diode'" in fault


def test_laws_and_their_parameters_may_be_swept(load):
    whole = CELL.replace("LAW", "null") + (
        "sweep: {axes: {tasks.cell.law: [null, {kind: sinh, beta: 3}]}}\n"
    )
    plan = load(whole)
    told = [plan.axis_values(k)["tasks.cell.law"] for k in range(2)]
    assert told == ["none", "sinh, beta 3.0"]
    part = CELL.replace("LAW", "{kind: sinh, beta: 3}") + (
        "sweep: {axes: {tasks.cell.law.beta: [1 1/V, 2 1/mV]}}\n"
    )
    with pytest.raises(SpecError, match="'2 1/mV' is 2000 1/V"):
        load(part)
    plan = load(part.replace("1/mV", "1/V"))
    assert plan.units == {"tasks.cell.law.beta": "1/volt"}
    assert [law_of(point.tasks[0]).beta for point in plan.points] == [1.0, 2.0]


# faults in the file


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("  rows: 32", "  rosw: 32", "s.yaml:4:3: array.rosw: unknown key; did you mean 'rows'?"),
        (
            "  rows: 32",
            "  v_read: 20 ns",
            "s.yaml:4:3: array.v_read: '20 ns' is a time, expected a quantity in volt",
        ),
        (
            "r_word: 1 ohm",
            "r_word: -1 ohm",
            "s.yaml:5:11: array.wires.r_word: '-1 ohm' is -1 ohm; "
            "it must lie from 0 ohm to 10 kohm",
        ),
        (
            "r_word: 1 ohm",
            "r_word: 2 Mohm",
            "s.yaml:5:11: array.wires.r_word: '2 Mohm' is 2 Mohm; "
            "it must lie from 0 ohm to 10 kohm",
        ),
        (
            "r_word: 1 ohm",
            "r_word: .nan",
            "s.yaml:5:11: array.wires.r_word: nan is not finite; expected a quantity in ohm",
        ),
        (
            "r_word: 1 ohm",
            "r_wrod: 1 ohm",
            "s.yaml:5:11: array.wires.r_wrod: unknown key; did you mean 'r_word'?",
        ),
        (
            "{sheet: wan_2022}",
            "{sheet: wan_2021}",
            "s.yaml:2:10: device.sheet: no device sheet 'wan_2021'; did you mean 'wan_2022'?",
        ),
        (
            "{sheet: wan_2022}",
            "{sheet: wan_2022, read_nose: 0}",
            "s.yaml:2:27: device.read_nose: unknown key; did you mean 'read_noise'?",
        ),
        (
            "{sheet: wan_2022}",
            "{sheet: wan_2022, g_max: 3 ohm}",
            "s.yaml:2:27: device.g_max: '3 ohm' is a resistance, expected a quantity in siemens",
        ),
        (
            "{sheet: wan_2022}",
            "wan_2022",
            "s.yaml:2:1: device: 'wan_2022': expected keys and values",
        ),
        (
            "{sheet: wan_2022}",
            "{read_noise: 0}",
            "s.yaml:2:1: device.sheet: missing; this key is required",
        ),
        (
            "hidden: [8]",
            "hidden: [8, 0]",
            "s.yaml:10:38: tasks.0.network.hidden.1: 0: input should be greater than or equal to 1",
        ),
        (
            "  rows: 32",
            "  technology_node: 180 nm",
            "s.yaml:4:3: array.technology_node: technology_node is 180 nm; it must lie from 7 nm "
            "to 130 nm (known nodes: 130 nm, 90 nm, 65 nm, 45 nm, 32 nm, 22 nm, 16 nm, 14 nm, "
            "10 nm, 7 nm; those between are interpolated)",
        ),
        (
            "  rows: 32",
            "  cols: 1",
            "s.yaml:4:3: array.cols is 1; the differential encoding needs at least 2",
        ),
        ("name: t", "name: 'a/b'", "s.yaml:1:1: name: 'a/b': string should match pattern"),
    ],
)
def test_a_fault_in_the_file_has_its_line_and_column(faults, old, new, fault):
    (found,) = faults(swapped(old, new))
    assert found.startswith(fault)


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        ("ages: []", "s.yaml:11:1: ages: an empty list; give at least one age"),
        (
            "ages: [1 s, 10 ms]",
            "s.yaml:11:13: ages.1: 10 ms precedes the first age that wan_2022 describes, 1 s",
        ),
        ("ages: [1 s, soon]", "s.yaml:11:13: ages.1: 'soon' is not a quantity; expected one in"),
        ("ages: [1 s, -1 s]", "s.yaml:11:13: ages.1: '-1 s' is -1 s; it must lie from 0 s to"),
        ("sweep:", "s.yaml:11:1: sweep: None: expected keys and values"),
        (
            "run: {workers: 0}",
            "s.yaml:11:7: run.workers: 0: input should be greater than or equal to 1",
        ),
        (
            "output: {directory: 'out/{nme}'}",
            "s.yaml:11:10: output.directory: 'out/{nme}': ",
        ),
        (
            "report: {figures: [accuarcy]}",
            "s.yaml:11:20: report.figures.0: 'accuarcy': input should be 'accuracy'",
        ),
        ("seed: -1", "s.yaml:11:1: seed: -1: input should be greater than or equal to 0"),
    ],
)  # fmt: skip
def test_a_fault_at_the_end_of_the_file_has_its_line_and_column(faults, added, fault):
    found = faults(f"{BASE}{added}\n")
    assert found[0].startswith(fault)


def test_a_negative_conductance_names_the_key_and_its_place(faults):
    (fault,) = faults(swapped("{sheet: wan_2022}", "{sheet: wan_2022, g_min: -1 uS}"))
    assert fault.startswith("s.yaml:2:27: device.g_min: ")
    assert fault.endswith("g_min is -1 uS; it must be at least 0 S")


def test_a_window_upside_down_is_placed_at_the_key_that_did_it(faults):
    (fault,) = faults(swapped("{sheet: wan_2022}", "{sheet: wan_2022, g_max: 0.5 uS}"))
    assert fault.startswith("s.yaml:2:27: device.g_max: ")
    assert "must be below" in fault


def test_two_tasks_of_one_name_are_refused(faults):
    task = "  - {name: d, kind: classifier, dataset: {source: mnist}, network: {kind: mlp}}\n"
    assert faults(BASE + task) == ["s.yaml:6:1: tasks: two tasks share a name: d, d"]


def test_no_task_at_all_is_refused(faults):
    (fault,) = faults(BASE[: BASE.index("tasks:")] + "tasks: []\n")
    assert fault.startswith("s.yaml:6:1: tasks: ")


def test_all_faults_are_reported_at_once(faults):
    text = swapped("rows: 32", "rows: 0\n  v_raed: 1 V").replace("hidden: [8]", "hiden: [8]")
    text = text.replace("wan_2022", "wan_2021") + (
        "ages: [1 s, x]\nsweep: {axes: {array.cols: 3, run.workers: [1]}}\n"
    )
    assert sorted(fault.split(": ")[1] for fault in faults(text)) == [
        "ages.1",
        "array.rows",
        "array.v_raed",
        "device.sheet",
        "sweep.axes.array.cols",
        "tasks.0.network.hiden",
    ]


def test_faults_of_device_hardware_and_ages_are_reported_together(faults):
    text = swapped("rows: 32", "technology_node: 180 nm") + "ages: [1 ms]\n"
    assert [f.split(": ")[1] for f in faults(text)] == ["array.technology_node", "ages.0"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- 1\n", "hello\n"])
@pytest.mark.parametrize("settings", [None, {"array.rows": 3}])
def test_a_file_that_is_no_scenario_is_refused_as_such(faults, text, settings):
    (fault,) = faults(text, settings)
    assert fault.startswith("s.yaml")
    assert "expected keys and values" in fault


# faults in the sweep, and from --set


@pytest.mark.parametrize(
    ("axis", "fault"),
    [
        ("array.rosw: [1]", "array.rosw: unknown key; did you mean 'rows'?"),
        ("device.read_nose: [0]", "device.read_nose: unknown key; did you mean 'read_noise'?"),
        (
            "device.read_noise: [0, 3 V]",
            "device.read_noise: '3 V' is a voltage, expected a plain number",
        ),
        (
            "device.read_noise: [0, 3]",
            "device.read_noise: read_noise is 3; it must be at least 0 and at most 1",
        ),
        (
            "array.wires.r_bit: [-1 ohm]",
            "array.wires.r_bit: '-1 ohm' is -1 ohm; it must lie from 0 ohm to 10 kohm",
        ),
        (
            "ages: [[1 s], [1 ms]]",
            "ages.0: 1 ms precedes the first age that wan_2022 describes, 1 s",
        ),
        (
            "tasks.d.network.epochs: [1, 0]",
            "tasks.0.network.epochs: 0: input should be greater than or equal to 1",
        ),
        (
            "tasks.0.network.epochs: [1, 0]",
            "tasks.0.network.epochs: 0: input should be greater than or equal to 1",
        ),
        ("tasks.e.network.epochs: [1]", "tasks.e.network.epochs: no item 'e'; known: d"),
        ("tasks.3.network.epochs: [1]", "tasks.3.network.epochs: no item '3'; known: d"),
        ("array.rows.x: [1]", "array.rows.x: 'x' lies inside 32, a single value"),
        ("array.cols: 3", "sweep.axes.array.cols: expected a list, or one of values, linspace, "
                          "logspace, range, random"),
        ("array.cols: []", "sweep.axes.array.cols: an axis needs at least one value"),
        ("run.workers: [1, 2]", "run.workers: cannot be swept; it decides nothing in a result"),
        ("sweep.trials: [1, 2]", "sweep.trials: cannot be swept; it decides nothing in a result"),
        ("name: [a, b]", "name: cannot be swept; it decides nothing in a result"),
    ],
)  # fmt: skip
def test_a_fault_of_an_axis_is_placed_at_the_axis(faults, axis, fault):
    assert faults(f"{BASE}sweep:\n  axes:\n    {axis}\n") == [f"s.yaml:13:5: {fault}"]


def test_a_fault_of_a_zipped_axis_is_placed_at_the_axis(faults):
    text = BASE + "sweep:\n  zip:\n    - {array.rows: [8, 0], array.cols: [8, 16]}\n"
    message = "s.yaml:13:8: array.rows: 0: input should be greater than or equal to 1"
    assert faults(text) == [message]


def test_zipped_axes_of_different_length_are_placed_at_their_group(faults):
    text = BASE + "sweep:\n  zip:\n    - {array.rows: [8], array.cols: [8, 16]}\n"
    assert faults(text) == [
        "s.yaml:13:7: sweep.zip.0: zipped axes differ in length: array.rows has 1, array.cols has 2"
    ]


def test_faults_of_several_axes_are_reported_together_and_once(faults):
    text = BASE + "sweep:\n  axes:\n    array.rows: [8, 0]\n    array.cols: [8, 0, 16]\n"
    assert sorted(f.split(": ")[0] for f in faults(text)) == ["s.yaml:13:5", "s.yaml:14:5"]


def test_too_many_points_are_placed_at_the_sweep(faults):
    text = BASE + "sweep: {axes: {array.rows: [8, 16, 32]}, max_points: 2}\n"
    assert faults(text) == [
        "s.yaml:11:1: sweep: 3 points exceed sweep.max_points (2); raise it or sweep less"
    ]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("array.v_read", "20 ns", "array.v_read: '20 ns' is a time, expected a quantity in volt"),
        ("array.rosw", 1, "array.rosw: unknown key; did you mean 'rows'?"),
        ("device.read_nose", 1, "device.read_nose: unknown key; did you mean 'read_noise'?"),
        (
            "tasks.d.network.epochs",
            0,
            "tasks.0.network.epochs: 0: input should be greater than or equal to 1",
        ),
        ("ages", ["1 ms"], "ages.0: 1 ms precedes the first age that wan_2022 describes, 1 s"),
    ],
)
def test_a_fault_of_a_setting_is_placed_at_the_setting(faults, path, value, fault):
    assert faults(BASE, {path: value}) == [f"--set {path}: {fault}"]


def test_all_settings_that_lead_nowhere_are_reported_at_once(faults):
    assert faults(BASE, {"tasks.x.name": 0, "array.rows.x": 0}) == [
        "--set tasks.x.name: no item 'x'; known: d",
        "--set array.rows.x: 'x' lies inside 32, a single value",
    ]


def test_a_setting_cures_the_fault_it_replaces(load):
    assert load(swapped("rows: 32", "rows: 0"), {"array.rows": 8}).scenario.array.rows == 8


# fingerprints

SPREAD_OUT = """\
# the same scenario, written by another hand
array: {wires: {r_word: 0.001 kohm, r_bit: 0}, "rows": 3.2e1, cols: 128}
tasks:
- network:
    hidden:
    - 8
    kind: mlp
  dataset: {source: sklearn.digits}
  kind: classifier
  name: d
seed: 0
name: t
device:
  sheet: wan_2022
"""


def test_formatting_and_defaults_do_not_change_the_fingerprint(load):
    assert load(SPREAD_OUT).fingerprint == load(BASE).fingerprint


@pytest.mark.parametrize(
    "added",
    ["description: other words", "run: {workers: 3, engine: inline}", "schema_version: 1",
     "output: {directory: elsewhere, confidence: 0.9}", "report: {figures: [accuracy]}",
     "sweep: {max_points: 5}", "sweep: {}", "ages: null"],
)  # fmt: skip
def test_what_decides_no_number_does_not_change_the_fingerprint(load, added):
    assert load(f"{BASE}{added}\n").fingerprint == load(BASE).fingerprint


@pytest.mark.parametrize(
    "text",
    [
        swapped("rows: 32", "rows: 33"),
        swapped("1 ohm", "1.001 ohm"),
        swapped("wan_2022", "wan_2022, read_noise: 0.01"),
        swapped("wan_2022", "ideal"),
        swapped("[8]", "[9]"),
        BASE + "seed: 1\n",
        BASE + "ages: [1 s, 1 day]\n",
        BASE + "sweep: {trials: 2}\n",
        BASE + "sweep: {paired: false}\n",
        BASE + "sweep: {axes: {array.cols: [64]}}\n",
        BASE + "energy: {inputs: 3}\n",
    ],
)
def test_what_decides_a_number_changes_the_fingerprint(load, text):
    assert load(text).fingerprint != load(BASE).fingerprint


def test_a_device_override_has_one_fingerprint_however_it_is_written(load):
    prints = {
        load(swapped("wan_2022", f"wan_2022, g_max: {text}")).fingerprint
        for text in ("30 uS", "30e-6 S", "3e-5", "0.03 mS", "30 µS")
    }
    assert len(prints) == 1


def test_the_resolved_scenario_loads_again_as_itself(write, load):
    from xbarsim.documents import yaml_text  # what `xbarsim check` prints

    plan = load(DESIGN)
    again = load_scenario(write(yaml_text(plan.resolved), "again.yaml"))
    assert again.fingerprint == plan.fingerprint
    assert again.points == plan.points


def test_resolved_values_are_plain_and_finite(load):
    def leaves(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            return [leaf for item in value for leaf in leaves(item)]
        return [value]

    for leaf in leaves(load(DESIGN).resolved["array"]):
        assert leaf is None or isinstance(leaf, str | int | float)
        assert not isinstance(leaf, float) or math.isfinite(leaf)


def test_structured_values_of_an_axis_are_told_without_their_defaults():
    wires = [None, "node", {"r_word": "1 ohm", "r_bit": 2}]
    hidden = [[64], [32, 16]]
    axes = {"array.wires": wires, "tasks.digits.network.hidden": hidden}
    plan = load_scenario("digits", {"sweep.zip": [], "sweep.axes": axes})
    told = [tuple(plan.axis_values(k).values()) for k in range(len(plan.points))]
    assert [t[0] for t in told[::2]] == ["none", "node", "r_word 1.0, r_bit 2.0"]
    assert [t[1] for t in told[:2]] == ["64", "32, 16"]
