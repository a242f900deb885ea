"""Constants of calibrated macros: few, and those that the fit gives."""

import numpy as np
import pytest

from xbarsim.energy.macros import fit, load, names
from xbarsim.energy.macros.description import Constant
from xbarsim.energy.macros.prediction import check_constants, log_errors, predicted
from xbarsim.errors import SpecError

CALIBRATED = [n for n in names() if load(n).set == "calibrated"]


@pytest.mark.parametrize("name", CALIBRATED)
def test_constants_in_the_file_are_those_of_the_fit(name):
    fitted = fit(name)
    assert {k: c.value for k, c in load(name).constants.items()} == pytest.approx(fitted, rel=1e-3)


@pytest.mark.parametrize("name", CALIBRATED)
def test_constants_are_five_at_most_and_a_third_of_the_points(name):
    macro = load(name)
    assert len(macro.constants) <= min(5, macro.counted / 3)
    check_constants(macro)


@pytest.mark.parametrize("name", CALIBRATED)
def test_every_constant_matters(name):
    macro = load(name)
    values = {k: c.value for k, c in macro.constants.items()}
    base = log_errors(macro, values)
    for key in values:
        moved = log_errors(macro, values | {key: values[key] * 0.9})
        assert np.abs(moved - base).max() > 0.01


def test_points_that_the_model_made_give_its_constants_back(tmp_path):
    text = ["name: made", "title: made", "citation: nobody", "sources: [made]", "set: calibrated",
            "model: ladder", "technology_node: 22 nm", "v_dd: 0.8 V", "rows: 8", "cols: 8",
            "converters: 8", "converter_bits: 8", "rows_on: 8", "constants:"]  # fmt: skip
    true = {"c_mac": 50.0, "v_swing": 0.85, "k_rate": 7.0}
    text += [f"  {k}: {{value: {v * 1.2}, unit: u, meaning: m}}" for k, v in true.items()]
    text += ["points:"]
    wang = load("wang_2022")
    for point in wang.points:
        told = predicted(wang, point, true)
        values = ", ".join(f"{k}: {told[k]:.12g}" for k in point.published)
        text.append(f"  - {{at: {{volt: {point.at['volt']}}}, published: {{{values}}}}}")
    path = tmp_path / "made.yaml"
    path.write_text("\n".join(text))
    assert fit(path) == pytest.approx(true, rel=1e-4)


def test_too_many_constants_for_the_points_are_refused():
    macro = load("wang_2022")
    extra = {f"k{i}": Constant(value=1, unit="u", meaning="m") for i in range(3)}
    with pytest.raises(SpecError, match="constants are 6; with 10 points there must be 1 to 3"):
        check_constants(macro.model_copy(update={"constants": {**macro.constants, **extra}}))


def test_a_macro_without_constants_cannot_be_fitted():
    with pytest.raises(SpecError, match="constants are 0"):
        fit("yoon_2022")


def test_an_unknown_model_quantity_or_missing_setting_is_refused():
    macro = load("wang_2022")
    with pytest.raises(SpecError, match="model is 'ladders'; did you mean 'ladder'"):
        predicted(macro.model_copy(update={"model": "ladders"}), macro.points[0])
    bare = macro.points[0].model_copy(update={"at": {}})
    with pytest.raises(SpecError, match="volt is missing"):
        predicted(macro, bare)
    odd = macro.points[0].model_copy(update={"published": {"tops_per_wat": 1.0}})
    with pytest.raises(SpecError, match="ladder has no tops_per_wat; did you mean 'tops_per_watt'"):
        log_errors(macro.model_copy(update={"points": [odd]}))


def test_word_lines_of_neurram_come_without_a_constant():
    macro = load("wan_2022")
    none = dict.fromkeys(macro.constants, 1e-30)
    ratios = [
        predicted(macro, p, none)["fj_per_op_word_lines"] / p.published["fj_per_op_word_lines"]
        for p in macro.points
        if "fj_per_op_word_lines" in p.published
    ]
    assert np.mean(np.abs(np.array(ratios) - 1)) < 0.03
    assert np.max(np.abs(np.array(ratios) - 1)) < 0.07
