"""The JSON Schema that editors check scenario files by."""

import copy

import jsonschema
import pytest

from xbarsim.documents import read_yaml
from xbarsim.errors import SpecError
from xbarsim.scenario import Scenario, gallery, json_schema

MINIMAL = {
    "name": "t",
    "device": {"sheet": "wan_2022"},
    "tasks": [
        {
            "name": "d",
            "kind": "classifier",
            "dataset": {"source": "sklearn.digits"},
            "network": {"kind": "mlp"},
        }
    ],
}


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def with_value(path, value):
    data = copy.deepcopy(MINIMAL)
    node = data
    *parents, last = path.split(".")
    for part in parents:
        node = node[int(part)] if isinstance(node, list) else node.setdefault(part, {})
    node[last] = value
    return data


def test_the_schema_names_its_dialect():
    assert json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", sorted(gallery()))
def test_the_schema_accepts_every_scenario_of_the_gallery(validator, name):
    validator.validate(read_yaml(gallery()[name], name).data)


def test_the_schema_accepts_the_least_scenario(validator):
    validator.validate(MINIMAL)
    assert Scenario.model_validate(MINIMAL).name == "t"


QUANTITIES = ["array.v_read", "array.t_read", "array.wires.r_word", "array.adc.rate",
              "array.technology_node"]  # fmt: skip
TEXTS = ["100 mV", "100 ns", "2 ohm", "10 MHz", "65 nm"]
NUMBERS = [0.1, 1e-7, 2, 1e7, 65e-9]


@pytest.mark.parametrize(("path", "value"), list(zip(QUANTITIES * 2, TEXTS + NUMBERS, strict=True)))
def test_a_quantity_may_be_text_or_a_number(validator, path, value):
    data = with_value(path, value)
    validator.validate(data)
    Scenario.model_validate(data)


@pytest.mark.parametrize("path", QUANTITIES)
@pytest.mark.parametrize("value", [[1], {"value": 1}, True])
def test_a_quantity_may_be_nothing_else(validator, path, value):
    assert not validator.is_valid(with_value(path, value))


LAWS = [
    {"kind": "sinh", "beta": "3 1/V"},
    {"kind": "sinh", "beta": 3},
    {"kind": "selector", "threshold": "1.2 V", "width": "40 mV", "leakage": 1e-6},
    {"kind": "diode", "saturation_current": "1 nA"},
    {"kind": "diode", "saturation_current": 1e-9, "ideality": 1.5, "temperature": "85 degC"},
]


def with_law(law):
    data = copy.deepcopy(MINIMAL)
    data["tasks"].append({"name": "a", "kind": "array", "law": law})
    return data


@pytest.mark.parametrize("law", [None, *LAWS])
def test_cells_of_an_array_task_may_follow_a_law(validator, law):
    validator.validate(with_law(law))
    Scenario.model_validate(with_law(law))


@pytest.mark.parametrize(
    "law",
    [
        "sinh",
        {"beta": 3},
        {"kind": "sinhh", "beta": 3},
        {"kind": "sinh"},
        {"kind": "sinh", "beta": 3, "gamma": 1},
        {"kind": "selector", "threshold": 1, "width": 0.1},
        {"kind": "diode", "saturation_current": 1e-9, "ideality": 0.5},
    ],
)
def test_the_schema_and_the_model_refuse_the_same_laws(validator, law):
    assert not validator.is_valid(with_law(law))
    with pytest.raises((ValueError, SpecError)):
        Scenario.model_validate(with_law(law))


def test_ages_may_be_text_and_numbers_mixed(validator):
    validator.validate(with_value("ages", ["1 s", 3600, "1 day"]))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("array.rows", 0),
        ("array.rows", "many"),
        ("array.rosw", 8),
        ("array.encoding", "offfset"),
        ("array.wires", "nod"),
        ("array.wires.r_wrod", 1),
        ("array.adc.bits", 40),
        ("device", "wan_2022"),
        ("device", {}),
        ("tasks", []),
        ("tasks.0.kind", "regressor"),
        ("tasks.0.dataset.source", "imagenet"),
        ("sweep.trials", 0),
        ("sweep.zip", {}),
        ("run.engine", "slurm"),
        ("report.figures", ["accuarcy"]),
        ("output.confidence", 1),
        ("seed", -1),
        ("name", "a/b"),
        ("schema_version", 2),
        ("colour", "red"),
    ],
)
def test_the_schema_and_the_model_refuse_the_same(validator, path, value):
    data = with_value(path, value)
    assert not validator.is_valid(data)
    with pytest.raises((ValueError, SpecError)):
        Scenario.model_validate(data)


UNIFORM = {"uniform": {"from": "1 ohm", "to": "3 ohm"}}
GOOD_SWEEPS = [
    {"axes": {"array.rows": [8, 16], "array.cols": {"values": [8]}}},
    {"axes": {"a": {"linspace": {"from": "0 V", "to": "1 V", "num": 3}}}},
    {"axes": {"a": {"range": {"from": 0, "to": 1, "step": 0.1}}}},
    {"axes": {"a": {"random": {"num": 3, **UNIFORM}}}},
    {"axes": {"a": {"random": {"num": 3, "choice": [1, "x"]}}}},
    {"axes": {"a": {"random": {"num": 3, "choice": {"values": [1, 2], "weights": [1, 0.5]}}}}},
    {"zip": [{"a": [1, 2], "b": {"logspace": {"from": 1, "to": 2, "num": 2}}}]},
    {"sample": {"method": "sobol", "num": 8, "axes": {"a": UNIFORM}}},
    {"sample": {"method": "halton", "num": 8, "seed": 3, "axes": {
        "a": {"normal": {"mean": "25 degC", "sd": "5 K"}},
        "b": {"lognormal": {"median": 1, "sigma": 0.3}},
        "c": {"truncnormal": {"mean": 1, "sd": 0.3, "from": 0, "to": 2}},
        "d": {"triangular": {"from": 0, "to": 2, "mode": 1}},
        "e": {"beta": {"a": 1, "b": 2}},
        "f": {"integers": {"from": 1, "to": 64, "log": True}}}}},
    {"when": [{"if": {"array.encoding": "offset"}, "axes": {"a": [1]}, "sample": None}]},
    {"exclude": [{"array.rows": "> 128"}]},
]  # fmt: skip
BAD_SWEEPS = [
    {"axes": {"a": 3}},
    {"axes": {"a": []}},
    {"axes": {"a": {}}},
    {"axes": {"a": {"values": [], "linspace": {"from": 0, "to": 1, "num": 2}}}},
    {"axes": {"a": {"linspce": {"from": 0, "to": 1, "num": 2}}}},
    {"axes": {"a": {"linspace": {"from": 0, "to": 1, "nmu": 2}}}},
    {"axes": {"a": {"linspace": {"from": 0, "to": 1, "num": 0}}}},
    {"axes": {"a": {"linspace": {"from": 0, "to": [1], "num": 2}}}},
    {"axes": {"a": {"random": UNIFORM}}},
    {"axes": {"a": {"random": {"num": 3}}}},
    {"axes": {"a": {"random": {"num": 3, **UNIFORM, "choice": [1]}}}},
    {"axes": {"a": {"random": {"num": 3, "choice": {"values": []}}}}},
    {"axes": {"a": {"random": {"num": 3, "choice": {"values": [1], "weights": [-1]}}}}},
    {"zip": [{"a": 1}]},
    {"sample": {"method": "sobl", "num": 8, "axes": {"a": UNIFORM}}},
    {"sample": {"method": "random", "axes": {"a": UNIFORM}}},
    {"sample": {"method": "random", "num": 8, "axes": {}}},
    {"sample": {"method": "random", "num": 8, "axes": {"a": [1, 2]}}},
    {"sample": {"method": "random", "num": 8, "axes": {"a": {"normal": {"mean": 0}}}}},
    {"sample": {"method": "random", "num": 8, "axes": {"a": {"lognormal": {
        "median": 1, "sigma": 0}}}}},
    {"sample": {"method": "random", "num": 8, "axes": {"a": {"integers": {
        "from": 1.5, "to": 2}}}}},
    {"when": [{"axes": {"a": [1]}}]},
    {"when": [{"if": {}, "axes": {"a": [1]}}]},
    {"when": [{"if": {"b": 1}, "axis": {"a": [1]}}]},
    {"repeats": 3},
]  # fmt: skip


@pytest.mark.parametrize("sweep", GOOD_SWEEPS)
def test_every_form_of_a_sweep_is_in_the_schema(validator, sweep):
    data = MINIMAL | {"sweep": sweep}
    validator.validate(data)
    validator.validate(Scenario.model_validate(data).model_dump(mode="json"))


@pytest.mark.parametrize("sweep", BAD_SWEEPS)
def test_the_schema_and_the_model_refuse_the_same_sweeps(validator, sweep):
    data = MINIMAL | {"sweep": sweep}
    assert not validator.is_valid(data)
    with pytest.raises((ValueError, SpecError)):
        Scenario.model_validate(data)


def test_editors_are_told_the_forms_of_an_axis_and_of_a_distribution():
    parts = json_schema()["$defs"]
    assert set(parts["AxisForm"]["properties"]) == {
        "values", "linspace", "logspace", "range", "random",
    }  # fmt: skip
    assert set(parts["Distribution"]["properties"]) >= {"uniform", "integers", "choice"}
    assert set(parts["Uniform"]["required"]) == {"from", "to"}
    of_axes = parts["SweepSpec"]["properties"]["axes"]["additionalProperties"]
    assert {"$ref": "#/$defs/AxisForm"} in of_axes["oneOf"]


@pytest.mark.parametrize("key", ["name", "device", "tasks"])
def test_the_schema_requires_what_the_model_requires(validator, key):
    data = {k: v for k, v in MINIMAL.items() if k != key}
    assert not validator.is_valid(data)


def test_every_quantity_describes_its_unit_and_range():
    array = json_schema()["$defs"]["ArraySpec"]["properties"]
    assert "volt" in array["v_read"]["description"]
    assert "second" in array["t_read"]["description"]


def test_a_description_of_every_default_is_valid(validator):
    validator.validate(Scenario.model_validate(MINIMAL).model_dump(mode="json"))
