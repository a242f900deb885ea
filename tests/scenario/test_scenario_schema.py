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
