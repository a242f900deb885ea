"""What may stand for a component: names, numbers, objects and classes of users."""

from importlib.metadata import EntryPoint

import pytest

from xbarsim.energy.component import Cost, Fixed, Model, cost_of
from xbarsim.energy.parts import CATALOGUE, PRESETS, STANDARD, component
from xbarsim.errors import SpecError
from xbarsim.technology import NODES, node

NODE = NODES[22]
SIZES = {
    "bits": 8, "rate": 1e8, "rows": 64, "cells": 64, "swing": 0.5, "time": 1e-8, "energy": 1e-12,
    "ways": 8, "voltage": 1.0, "capacity": 4096, "length": 1e-3, "leaves": 16, "pitch": 1e-3,
    "hops": 2, "registers": 64, "area": 1e-9, "count": 100, "neurons": 256,
}  # fmt: skip
ALL = [(kind, name) for kind, models in CATALOGUE.items() for name in models]


class Mine:
    """A converter of a user."""

    name, source, scatter = "mine", "my data sheet", 0.2
    valid = {"bits": (1, 6)}

    def cost(self, node, **sizes):
        return Cost(energy=1e-15 * 2 ** sizes["bits"], time=1e-9, area=1e-12)


class Losing(Mine):
    def cost(self, node, **sizes):
        return Cost(energy=-1e-15)


class Silent(Mine):
    def cost(self, node, **sizes):
        return Cost(energy=None)


class Broken:
    def __init__(self):
        raise RuntimeError("no licence")


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_every_model_answers_with_a_source_at_every_node(kind, name):
    model = component(kind, name)
    assert model.name == name
    assert len(model.source) > 10
    sizes = SIZES | ({"bits": 64} if kind in ("sram", "router", "bus") else {})
    low, high = model.valid.get("node", (7e-9, 130e-9))
    for nm in (7, 14, 22, 28, 40, 55, 65, 130):
        if low <= nm * 1e-9 <= high:
            made = cost_of(kind, model, node(nm * 1e-9), extrapolate=True, **sizes)
            assert made.energy + made.leakage + made.area > 0


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_scatter_is_0_only_where_there_is_nothing_to_scatter(kind, name):
    assert (component(kind, name).scatter > 0) or name in ("floor", "single_bit")


def test_the_standard_model_is_taken_where_none_is_named():
    assert set(STANDARD) == set(CATALOGUE)
    for kind, name in STANDARD.items():
        assert component(kind) is CATALOGUE[kind][name]
    assert STANDARD["adc"] == "plugin"


def test_a_mistyped_model_or_kind_meets_a_suggestion():
    with pytest.raises(SpecError, match=r"adc is 'survay'; did you mean 'survey'\?"):
        component("adc", "survay")
    with pytest.raises(SpecError, match=r"component is 'adcc'; did you mean 'adc'\?"):
        component("adcc")


def test_one_given_cost_leaves_the_models_others():
    base = component("adc", "survey").cost(NODE, bits=8, rate=1e8)
    changed = component("adc", {"model": "survey", "energy": 1e-12})
    made = cost_of("adc", changed, NODE, bits=8, rate=1e8)
    assert (made.energy, made.low, made.high) == (1e-12, None, None)
    assert (made.time, made.area) == (base.time, base.area)
    assert changed.scatter == 0.0
    with pytest.raises(SpecError, match="bits is 20"):
        cost_of("adc", changed, NODE, bits=20, rate=1e8)


def test_a_given_area_keeps_the_band_and_scatter_of_the_energy():
    base = component("adc", "survey").cost(NODE, bits=8, rate=1e8)
    changed = component("adc", {"model": "survey", "area": "100 um^2"})
    made = changed.cost(NODE, bits=8, rate=1e8)
    assert made.area == pytest.approx(100e-12, rel=1e-12, abs=0)
    assert (made.energy, made.low, made.high) == (base.energy, base.low, base.high)
    assert changed.scatter == 1.42


def test_factors_multiply_and_are_told_in_the_name():
    base = component("adc", "survey").cost(NODE, bits=8, rate=1e8)
    changed = component("adc", {"model": "survey", "energy_factor": 2.0, "time_factor": 0.5})
    made = changed.cost(NODE, bits=8, rate=1e8)
    assert (made.energy, made.low, made.time) == (2 * base.energy, 2 * base.low, base.time / 2)
    assert "energy x 2" in changed.name


def test_the_post_layout_preset_is_off_until_named():
    base = component("adder").cost(NODE, bits=16).energy
    preset = {"model": "aladdin", "preset": "neurosim_post_layout"}
    made = component("adder", preset).cost(NODE, bits=16).energy
    assert made == pytest.approx(1.22 * base, rel=1e-12, abs=0)
    assert list(PRESETS) == ["neurosim_post_layout"]


def test_all_costs_alone_are_a_component_for_any_size():
    numbers = {"energy": "2 pJ", "time": "1 ns", "area": 1e-9, "leakage": 0}
    made = component("adc", numbers)
    assert isinstance(made, Fixed)
    found = made.cost(NODE, bits=8)
    assert (found.energy, found.time) == pytest.approx((2e-12, 1e-9), rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("given", "told"),
    [({"energy": 1e-12}, "adc: time, area, leakage missing"),
     ({"model": "survey", "energy": -1e-12}, r"adc\.energy is -1 pJ; it must be at least 0 J"),
     ({"model": "survey", "area": "3 ohm"}, r"adc\.area: '3 ohm' is a resistance"),
     ({"model": "survey", "energy": None}, r"adc\.energy: None is not a quantity"),
     ({"model": "survey", "energy": float("nan")}, r"adc\.energy: nan is not finite"),
     ({"model": "survey", "enrgy": 1.0}, r"adc\.enrgy is not known; did you mean 'energy'"),
     ({"model": "survey", "scatter": -1.0}, r"adc\.scatter is -1"),
     ({"model": "survey", "energy_factor": -1.0}, r"adc\.energy_factor is -1"),
     ({"model": "survey", "preset": "x"}, r"adc\.preset is 'x'; known: neurosim_post_layout"),
     ({"model": "survey", "energy": 1e-12, "energy_factor": 2},
      r"adc\.energy_factor changes energy, but adc\.energy is given"),
     ({"model": "survey", "energy": 1e-12, "preset": "neurosim_post_layout"},
      r"adc\.preset changes energy, but"),
     ({"model": "nothing"}, "adc is 'nothing'"),
     ({"energy": 0, "time": 0, "area": 0, "leakage": 0, "area_factor": 2},
      r"adc\.area_factor needs a model")],
)  # fmt: skip
def test_bad_numbers_are_refused_by_name(given, told):
    with pytest.raises(SpecError, match=told):
        component("adc", given)


def test_all_faults_of_a_mapping_are_told_at_once():
    with pytest.raises(SpecError) as caught:
        component("adc", {"energy": -1, "leakage": "x", "colour": 3})
    assert len(caught.value.faults) == 4


def test_an_object_or_a_path_to_a_class_is_a_component():
    assert component("adc", mine := Mine()) is mine
    made = component("adc", f"{__name__}:Mine")
    assert isinstance(made, Mine)
    assert cost_of("adc", made, NODE, bits=4).energy == 16e-15
    changed = component("adc", {"model": f"{__name__}:Mine", "leakage": "1 nW"})
    assert cost_of("adc", changed, NODE, bits=4).leakage == 1e-9
    with pytest.raises(SpecError, match="bits is 8; the model was made for 1 to 6"):
        cost_of("adc", made, NODE, bits=8)
    with pytest.raises(SpecError, match=r"adc \(mine\) has no cost for these sizes: 'bits'"):
        cost_of("adc", made, NODE)


def test_an_entry_point_is_found_by_kind_and_name(monkeypatch):
    entry = EntryPoint("adc.fast", f"{__name__}:Mine", "xbarsim.components")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [entry])
    assert isinstance(component("adc", "fast"), Mine)
    with pytest.raises(SpecError, match="dac is 'fast'"):
        component("dac", "fast")
    with pytest.raises(SpecError, match=r"'fasst'; did you mean 'fast'\?"):
        component("adc", "fasst")


@pytest.mark.parametrize(
    ("given", "told"),
    [("no_such_module:Mine", "adc: 'no_such_module:Mine' cannot be had: ModuleNotFoundError"),
     (f"{__name__}:Nobody", "cannot be had: AttributeError"),
     (f"{__name__}:Broken", "cannot be had: RuntimeError: no licence"),
     (3.0, "adc: float has no name, source, scatter, valid, cost"),
     (Mine, "adc: Mine is a class; give an object of it")],
)  # fmt: skip
def test_what_is_no_component_is_refused(given, told):
    with pytest.raises(SpecError, match=told):
        component("adc", given)


@pytest.mark.parametrize(
    ("part", "value"), [("name", ""), ("source", None), ("scatter", -1.0), ("valid", [1])]
)
def test_a_plug_in_with_a_bad_attribute_is_refused_by_name(part, value):
    broken = Mine()
    setattr(broken, part, value)
    with pytest.raises(SpecError, match=f"{part} of Mine"):
        component("adc", broken)


@pytest.mark.parametrize(
    ("made", "told"),
    [(Losing(), r"adc \(mine\): energy is -1 fJ; it must be finite and at least 0"),
     (Silent(), r"adc \(mine\): energy is None; it must be finite"),
     (Model(name="m", source="s", costs=lambda node: Cost(area=-1.0)), r"area is -1 meter\*\*2"),
     (Model(name="m", source="s", costs=lambda node: Cost(low=2e-12, high=1e-12)),
      "low is 2 pJ; it must be at most high, 1 pJ"),
     (Model(name="m", source="s", costs=lambda node: Cost(energy=1e-12, low=1e-13)),
      "high is missing; quantiles are given both or not at all"),
     (Model(name="m", source="s", costs=lambda node: Cost(energy=1e-12, low=0.0, high=2e-12)),
      "low is 0 J; it must be above 0 J"),
     (Model(name="m", source="s", costs=lambda node: 3.0), "gives 3.0; expected")],
)  # fmt: skip
def test_costs_that_are_negative_or_missing_are_refused_when_asked(made, told):
    with pytest.raises(SpecError, match=told):
        cost_of("adc", made, NODE, bits=4)
