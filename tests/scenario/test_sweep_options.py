"""Sweeps of whole scenarios: --sweep, places of faults, conditional columns, unknown paths."""

import pytest

from xbarsim.errors import SpecError
from xbarsim.scenario import load_scenario
from xbarsim.scenario.settings import parse_sweep

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


@pytest.fixture
def load(tmp_path):
    def load(added="", settings=None, **sweeps):
        path = tmp_path / "s.yaml"
        path.write_text(BASE + added, "utf-8")
        return load_scenario(path, settings, {k.replace("__", "."): v for k, v in sweeps.items()})

    return load


@pytest.fixture
def faults(load, tmp_path):
    def faults(added="", settings=None, **sweeps):
        with pytest.raises(SpecError) as caught:
            load(added, settings, **sweeps)
        return [fault.replace(f"{tmp_path}/", "") for fault in caught.value.faults]

    return faults


# reading --sweep


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("a=32,64,128", [32, 64, 128]),
        ("a=64", [64]),
        ("a = 1 ohm, 2 kohm", ["1 ohm", "2 kohm"]),
        ("a=none,node", ["none", "node"]),
        ("a=null, {bits: 4}", [None, {"bits": 4}]),
        ("a={bits: 4}, null", [{"bits": 4}, None]),
        ("a=[1 s],[1 s, 1 day]", [["1 s"], ["1 s", "1 day"]]),
        ("a=[32, 64]", [32, 64]),
        ("a=V/2,V/3", ["V/2", "V/3"]),
        ("a='x,y',z", ["x,y", "z"]),
        ("a=true,false", [True, False]),
        (
            "a={linspace: {from: 0, to: 1, num: 3}}",
            {"linspace": {"from": 0, "to": 1, "num": 3}},
        ),
        (
            "a={random: {num: 3, uniform: {from: 1 ohm, to: 2 ohm}}}",
            {"random": {"num": 3, "uniform": {"from": "1 ohm", "to": "2 ohm"}}},
        ),
        ("a=0:0.04:5", {"linspace": {"from": 0, "to": 0.04, "num": 5}}),
        ("a=1 ohm:1 kohm:4:log", {"logspace": {"from": "1 ohm", "to": "1 kohm", "num": 4}}),
        ("a=1e-3 : 1 : 4", {"linspace": {"from": 1e-3, "to": 1, "num": 4}}),
        ("a=mine:Part,other:Part", ["mine:Part", "other:Part"]),
    ],
)
def test_the_axis_of_an_option_is_read(text, axis):
    assert parse_sweep(text) == ("a", axis)


@pytest.mark.parametrize("text", ["array.rows", "=3", "", "array.rows=", "array.rows= "])
def test_an_option_without_key_or_values_shows_an_example(text):
    with pytest.raises(SpecError) as caught:
        parse_sweep(text)
    assert str(caught.value) == (
        f"--sweep {text}: expected key=values, for example array.rows=32,64,128 or "
        "device.read_noise=0:0.04:5"
    )


def test_an_option_that_is_not_yaml_names_its_path():
    with pytest.raises(SpecError, match=r"--sweep array\.rows: not valid YAML"):
        parse_sweep("array.rows=[1")


def test_spacing_of_another_kind_is_refused():
    with pytest.raises(
        SpecError, match=r"--sweep a: '0:1:3:lin': expected first:last:number or ...:log"
    ):
        parse_sweep("a=0:1:3:lin")


# --sweep in a scenario


def test_an_option_adds_an_axis(load):
    plan = load("sweep: {axes: {array.cols: [8, 16]}}\n", array__rows=[8, 16, 32])
    assert plan.axes == ["array.cols", "array.rows"]
    assert len(plan.points) == 6
    assert len(load(array__rows=[8, 16]).points) == 2


def test_an_option_replaces_the_axis_of_its_path_in_its_turn(load):
    text = "sweep: {axes: {array.rows: [8, 16], array.cols: [8, 16]}, exclude: [{array.rows: 4}]}\n"
    plan = load(text, array__rows=[2, 4])
    assert plan.axes == ["array.rows", "array.cols"]
    assert {p.array.rows for p in plan.points} == {2}


def test_an_option_takes_its_path_out_of_zips_samples_and_conditions(load):
    text = """\
sweep:
  zip: [{array.rows: [8, 16], array.cols: [8, 16]}]
  sample: {method: random, num: 2, axes: {array.wires.r_bit: {uniform: {from: 0, to: 1}}}}
  when: [{if: {array.cols: 8}, axes: {array.wires.r_source: [1, 2]}, zip: [{array.v_read: [0.1]}]}]
"""
    plan = load(text, array__rows=[4], array__wires__r_bit=[3], array__wires__r_source=[5])
    assert {(p.array.rows, p.array.cols) for p in plan.points} == {(4, 8), (4, 16)}
    assert {(p.array.wires.r_bit, p.array.wires.r_source) for p in plan.points} == {(3.0, 5.0)}
    assert len(plan.points) == 2


CONDITIONS = """\
sweep:
  axes: {array.rows: [8, 16]}
  when:
    - {if: {array.rows: "> 8"}, axes: {array.cols: [4, 8]}}
    - {if: {array.rows: 8}, axes: {array.v_read: [0.1, 20]}}
  exclude:
    - {array.rows: 16, array.cols: 4}
    - {array.rows: 8, array.v_read: 0.1}
"""


def test_an_option_takes_out_conditional_blocks_that_it_leaves_empty(load):
    text = CONDITIONS.replace("[0.1, 20]", "[0.1, 0.2]")
    assert len(load(text).points) == 2
    plan = load(text, {"array.cols": 6})
    assert [(p.array.rows, p.array.cols) for p in plan.points] == [(8, 6), (16, 6)]
    assert plan.axes == ["array.rows", "array.v_read"]
    swept = load(text, array__cols=[6, 7]).points
    assert [(p.array.rows, p.array.cols) for p in swept] == [(8, 6), (8, 7), (16, 6), (16, 7)]


def test_a_value_that_is_set_decides_conditions(load):
    text = CONDITIONS.replace("[0.1, 20]", "[0.1, 0.2]")
    assert load(text, {"array.rows": "8"}).axes == ["array.v_read"]
    assert load(text, {"array.rows": 9}).axes == ["array.cols"]


def test_faults_stay_at_their_lines_where_an_option_takes_out_what_is_before_them(faults):
    whole, less = faults(CONDITIONS), faults(CONDITIONS, {"array.cols": 6})
    assert (
        whole == less == ["s.yaml:15:36: array.v_read: 20 is 20 V; it must lie from 1 uV to 10 V"]
    )
    unknown = CONDITIONS.replace("8, array.v_read: 0.1", "8, array.v_red: 20")
    assert faults(unknown, {"array.cols": 6})[0].startswith(
        "s.yaml:18:23: sweep.exclude.0.array.v_r"
    )


def test_an_option_by_index_replaces_the_axis_by_name(load):
    text = "sweep: {axes: {tasks.d.network.epochs: [3, 5]}}\n"
    plan = load(text, tasks__0__network__epochs=[7])
    assert [p.tasks[0].network.epochs for p in plan.points] == [7]


def test_an_option_inside_a_swept_part_is_refused(faults):
    text = "sweep: {axes: {array.wires: [null, node]}}\n"
    message = (
        "--sweep array.wires.r_bit: lies inside array.wires, which is swept; sweep array.wires"
    )
    assert faults(text, array__wires__r_bit=[3]) == [f"{message} instead"]


def test_a_path_that_is_both_set_and_swept_is_refused(faults):
    found = faults("", {"array.rows": 8, "tasks.0.name": "e"}, array__rows=[8, 16], tasks__d=[{}])
    assert found == [
        "--sweep array.rows: is also given by --set array.rows; give one",
        "--set tasks.0.name: lies inside tasks.d, which --sweep replaces",
    ]


def test_a_part_may_be_set_and_what_lies_in_it_swept(load):
    plan = load("", {"array.wires": {"r_word": 3}}, array__wires__r_bit=[1, 2])
    assert [(p.array.wires.r_word, p.array.wires.r_bit) for p in plan.points] == [(3, 1), (3, 2)]


@pytest.mark.parametrize(
    ("path", "axis", "fault"),
    [
        ("array.rosw", [1], "array.rosw: unknown key; did you mean 'rows'?"),
        ("array.rows", [0], "array.rows: 0: input should be greater than or equal to 1"),
        ("array.rows", [], "sweep.axes.array.rows: an axis needs at least one value"),
        (
            "array.rows",
            {"lnspace": {}},
            "sweep.axes.array.rows.lnspace: unknown key; did you mean 'linspace'?",
        ),
        (
            "array.v_read",
            {"linspace": {"from": "1 s", "to": "2 s", "num": 2}},
            "array.v_read: '1.0 s' is a time, expected a quantity in volt",
        ),
        ("tasks.e.name", ["x"], "tasks.e.name: no item 'e'; known: d"),
        ("run.workers", [1, 2], "run.workers: cannot be swept; it decides nothing in a result"),
    ],
)
def test_a_fault_of_an_option_is_placed_at_the_option(faults, path, axis, fault):
    assert faults("", None, **{path: axis})[0] == f"--sweep {path}: {fault}"


def test_options_leave_a_file_that_is_no_scenario_to_the_schema(tmp_path):
    path = tmp_path / "s.yaml"
    for text in ("- 1\n", "sweep: 3\n", "sweep: {axes: 3}\n", "sweep: {zip: 3, when: 4}\n"):
        path.write_text(text, "utf-8")
        with pytest.raises(SpecError):
            load_scenario(path, None, {"array.rows": [1]})


# unknown paths: refused with the nearest name, swept or set, in lists and unions too

UNKNOWN = [
    ("arry.rows", "arry: unknown key; did you mean 'array'?"),
    ("array.wires.r_wordd", "array.wires.r_wordd: unknown key; did you mean 'r_word'?"),
    ("array.adc.bitz", "array.adc.bitz: unknown key; did you mean 'bits'?"),
    ("array.adc.hold.drop", "array.adc.hold.drop: unknown key; did you mean 'droop'?"),
    ("tasks.d.network.hiden", "tasks.0.network.hiden: unknown key; did you mean 'hidden'?"),
    ("tasks.0.dataset.sorce", "tasks.0.dataset.sorce: unknown key; did you mean 'source'?"),
    (
        "tasks.d.network.hardware_aware.epoch",
        "tasks.0.network.hardware_aware.epoch: unknown key; did you mean 'epochs'?",
    ),
    ("device.read_nose", "device.read_nose: unknown key; did you mean 'read_noise'?"),
    ("device.write.widht", "device.write.widht: unknown key; did you mean 'width'?"),
    ("effects.stuck.lo", "effects.stuck.lo: unknown key; did you mean 'low'?"),
    ("energy.chip.clok", "energy.chip.clok: unknown key; did you mean 'clock'?"),
    ("ages.3", "ages.3: no item '3'"),
]


@pytest.mark.parametrize(("path", "fault"), UNKNOWN)
def test_an_unknown_path_is_refused_with_the_nearest_name(faults, path, fault):
    ages = "ages: [1 s]\n"
    swept = faults(f"{ages}sweep:\n  axes:\n    {path}: [1]\n")
    assert f"s.yaml:14:5: {fault}" in swept
    of_set, of_sweep = faults(ages, {path: 1}), faults(ages, None, **{path: [1]})
    assert any(told in (f"--set {path}: {fault}", f"--set {fault}") for told in of_set)
    assert f"--sweep {path}: {fault}" in of_sweep


# all at once, each in its place


def test_faults_of_every_part_of_a_sweep_are_reported_at_once(faults):
    found = faults("""\
sweep:
  axes:
    array.rosw: [1, 2]
    array.rows: {linspace: {from: 8, to: 16, nmu: 3}}
    array.cols: [8, 0]
  zip:
    - {device.g_max: [40 uS, 3 ohm], array.v_read: []}
  sample:
    method: sobol
    num: 100
    axes: {array.t_read: {loguniform: {from: 1 ns, to: 1 V}}}
  when:
    - if: {array.encoding: differential}
      axes: {array.adc.bits: [4, 99]}
  trails: 3
""")
    assert sorted(found) == [
        "s.yaml:13:5: array.rosw: unknown key; did you mean 'rows'?",
        "s.yaml:14:18: sweep.axes.array.rows.linspace.num: missing; this key is required",
        "s.yaml:14:46: sweep.axes.array.rows.linspace.nmu: unknown key; did you mean 'num'?",
        "s.yaml:15:5: array.cols: 0: input should be greater than or equal to 1",
        "s.yaml:17:38: sweep.zip.0.array.v_read: an axis needs at least one value",
        "s.yaml:17:8: device.g_max: '3 ohm' is a resistance, expected a quantity in siemens",
        "s.yaml:21:27: sweep.sample.axes.array.t_read.loguniform: 'V' cannot be converted to 'ns'",
        "s.yaml:24:14: array.adc.bits: 99: input should be less than or equal to 16",
        "s.yaml:25:3: sweep.trails: unknown key; did you mean 'trials'?",
    ]


def test_a_fault_of_a_conditional_axis_is_placed_at_the_block_that_gave_it(faults):
    found = faults("""\
sweep:
  axes: {array.encoding: [differential, offset]}
  when:
    - if: {array.encoding: differential}
      axes: {array.cols: [8]}
    - if: {array.encoding: offset}
      axes: {array.cols: [0]}
""")
    assert found == ["s.yaml:17:14: array.cols: 0: input should be greater than or equal to 1"]


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        (
            "{if: {array.encoding: diferential}, axes: {array.cols: [8]}}",
            "s.yaml:13:13: sweep.when.0.if.array.encoding: no point has 'diferential'; there is "
            "differential",
        ),
        (
            "{if: {array.encodng: differential}, axes: {array.cols: [8]}}",
            "s.yaml:13:13: sweep.when.0.if.array.encodng: is not swept, and in the file: unknown "
            "key; did you mean 'encoding'?",
        ),
    ],
)
def test_a_condition_that_never_matches_is_placed(faults, block, fault):
    assert faults(f"sweep:\n  when:\n    - {block}\n") == [fault]


# columns of conditional axes


def test_a_point_shows_what_the_file_says_where_it_does_not_carry_an_axis(load):
    plan = load("""\
sweep:
  axes: {array.encoding: [differential, {kind: offset, cell_bits: 2}]}
  when:
    - if: {array.encoding: differential}
      axes: {array.rows: [64, 128], array.adc.bits: [4]}
    - if: {array.encoding.kind: offset}
      axes: {array.encoding.slices: [1, 2]}
""")
    assert plan.axes == ["array.encoding", "array.rows", "array.adc.bits", "array.encoding.slices"]
    assert [tuple(plan.axis_values(k).values()) for k in range(4)] == [
        ("differential", 64, 4, "none"),
        ("differential", 128, 4, "none"),
        ("offset, cell_bits 2", 32, "none", 1),
        ("offset, slices 2, cell_bits 2", 32, "none", 2),
    ]


def test_a_sample_in_a_file_is_read_in_si(load):
    plan = load("""\
seed: 3
sweep:
  sample:
    method: latin_hypercube
    num: 4
    axes:
      array.wires.r_bit: {uniform: {from: 0 ohm, to: 4 ohm}}
      array.encoding: {choice: [differential, offset]}
      array.rows: {integers: {from: 16, to: 512, log: true}}
""")
    assert sorted(int(p.array.wires.r_bit) for p in plan.points) == [0, 1, 2, 3]
    assert sorted(p.array.encoding for p in plan.points) == ["differential"] * 2 + ["offset"] * 2
    assert plan.units == {"array.wires.r_bit": "ohm"}


def test_the_resolved_sweep_loads_again_as_itself(load, tmp_path):
    from xbarsim.documents import yaml_text

    plan = load("""\
sweep:
  axes: {array.cols: {range: {from: 8, to: 16, step: 8}}, array.encoding: [differential, offset]}
  sample: {method: sobol, num: 4, axes: {array.v_read: {uniform: {from: 0.1 V, to: 200 mV}}}}
  when: [{if: {array.encoding: offset}, axes: {seed: {random: {num: 2, choice: [1, 2, 3]}}}}]
""")
    path = tmp_path / "again.yaml"
    path.write_text(yaml_text(plan.resolved), "utf-8")
    again = load_scenario(path)
    assert again.fingerprint == plan.fingerprint
    assert again.points == plan.points


def test_new_parts_of_a_sweep_decide_the_fingerprint_only_where_they_are_given(load):
    plain = load("sweep: {axes: {array.cols: [8, 16]}}\n")
    assert load("sweep: {axes: {array.cols: [8, 16]}, when: []}\n").fingerprint == plain.fingerprint
    assert set(plain.identity["sweep"]) == {"axes", "zip", "exclude", "trials", "paired"}
