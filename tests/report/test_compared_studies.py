"""Two studies side by side."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from xbarsim.errors import StudyError
from xbarsim.report import compare_studies, write_comparison
from xbarsim.report.compare.effects import cost
from xbarsim.report.compare.sentences import notes, sentences
from xbarsim.report.compare.significance import difference, holm, judged
from xbarsim.study import Results, read_results
from xbarsim.study.results import write_results


def study(folder, *, seed=7, bits=6, points=(1.0, 2.0), chips=10, gain=0.0, energy=1e-9, noise=0,
          **changed):  # fmt: skip
    """Chips that are the same for the same seed, which read `gain` better."""
    rows = []
    for point, volts in enumerate(points):
        for trial in range(chips):
            own = np.random.default_rng([seed, trial])
            read = np.random.default_rng([noise, trial, point])
            rows.append({
                "task": "digits", "point": point, "trial": trial, "age": 1.0,
                "array.v_read": volts, "seed": seed,
                "accuracy": 0.9 + gain + 0.02 * own.standard_normal()
                + 0.004 * read.standard_normal(),
                "accuracy.software": 0.97, "energy.total": energy,
            })  # fmt: skip
    scenario = {
        "name": "s", "seed": seed, "device": {"sheet": "wan_2022"},
        "array": {"adc": {"bits": bits}, "wires": {"r_word": 1.0}},
        "tasks": [{"name": "digits", "kind": "classifier"}], "ages": [1.0],
        "sweep": {"axes": {"array.v_read": list(points)}, "trials": chips, "paired": True},
    }  # fmt: skip
    meta = {"model_version": 5, "versions": {"numpy": "2.0"}, "trials_failed": 0, "trials_left": 0}
    made = Results(
        directory=folder, scenario=scenario, axes=["array.v_read"],
        units={"array.v_read": "volt"}, table=pd.DataFrame(rows), placements=pd.DataFrame(),
        meta=meta,
    )  # fmt: skip
    return replace(made, **changed)


def row_of(table, metric):
    (row,) = table[table["metric"] == metric].to_dict("records")
    return row


def test_a_parameter_that_differs_is_named_with_its_effect_and_significance(tmp_path):
    found = compare_studies(
        study(tmp_path), study(tmp_path, bits=8, gain=0.012, energy=1.14e-9, noise=1)
    )
    assert found.settings[["kind", "path", "a", "b"]].values.tolist() == [
        ["model", "array.adc.bits", 6, 8]
    ]
    row = row_of(found.overall, "accuracy")
    assert row["test"] == "paired t"
    assert row["verdict"] == "differs"
    assert abs(row["difference"] - 0.012) < row["half_width"] < 0.006
    (told,) = sentences(found)
    assert re.fullmatch(
        r"array\.adc\.bits 6 → 8 raises accuracy of digits by 1\.\d+ ± 0\.\d+ points "
        r"\(paired over 10 chips, p [=<] \S+\) and costs 14\.0\xa0% more energy \(the same in each "
        r"of 10 chips\), on average over 2 points; accuracy differs at \w+ of them\.",
        told,
    )


def test_a_sentence_names_every_setting_that_may_be_the_cause(tmp_path):
    found = compare_studies(study(tmp_path), study(tmp_path, bits=8, seed=8, energy=2e-8))
    (told,) = sentences(found)
    assert told.startswith("B, with seed 7 → 8 and array.adc.bits 6 → 8, makes no difference")
    assert "costs 20 times the energy" in told


def test_units_of_settings_are_told(tmp_path):
    a = study(tmp_path)
    scenario = json.loads(json.dumps(a.scenario))
    scenario["array"]["wires"]["r_word"] = 2500.0
    found = compare_studies(a, replace(a, scenario=scenario))
    assert sentences(found)[1].startswith("Settings do: array.wires.r_word 1 Ω → 2.5 kΩ;")


def test_equal_studies_do_not_differ(tmp_path):
    found = compare_studies(study(tmp_path), study(tmp_path))
    assert found.equal
    assert found.settings.empty
    assert found.differing.empty
    assert set(found.table["verdict"]) == {"the same to the bit"}
    assert sentences(found) == [
        "The studies do not differ: every metric of 10 chips at 2 points is the same to the bit."
    ]


def test_no_difference_that_chips_can_show_is_not_called_the_same(tmp_path):
    found = compare_studies(study(tmp_path), study(tmp_path, noise=1))
    assert not found.equal
    assert row_of(found.overall, "accuracy")["verdict"] == "not shown"
    assert "makes no difference to accuracy of digits that 10 chips can show" in sentences(found)[0]


def test_rounding_is_told_apart(tmp_path):
    a = study(tmp_path)
    table = a.table.assign(accuracy=a.table["accuracy"] * (1 + 1e-15))
    found = compare_studies(a, replace(a, table=table))
    assert found.equal
    assert "the same but for rounding" in sentences(found)[0]


def test_points_that_differ_with_equal_means_are_not_called_the_same(tmp_path):
    a = study(tmp_path, noise=0)
    sign = a.table["point"].map({0: 0.25, 1: -0.25})
    table = a.table.assign(accuracy=0.5)
    found = compare_studies(
        replace(a, table=table), replace(a, table=table.assign(accuracy=0.5 + sign))
    )
    assert row_of(found.overall, "accuracy")["verdict"] == "not shown"
    assert not found.equal
    assert "accuracy differs at 2 of them" in sentences(found)[0]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seed": 8}, "seeds differ (7 and 8)"),
        ({"meta": {"model_version": 4}}, "versions of the models differ (5 and 4)"),
    ],
)
def test_chips_that_are_not_the_same_are_not_paired(tmp_path, change, why):
    a, b = study(tmp_path), study(tmp_path, bits=8, noise=1, **change)
    found = compare_studies(a, b)
    assert why in notes(found)[0]
    row = row_of(found.table[found.table["point"] == 0], "accuracy")
    x, y = (s.table.loc[s.table["point"] == 0, "accuracy"] for s in (a, b))
    theirs = stats.ttest_ind(y, x, equal_var=False)
    low, high = theirs.confidence_interval(0.95)
    assert row["test"] == "Welch's t"
    assert row["p"] == pytest.approx(theirs.pvalue, rel=1e-9)
    assert row["difference"] - row["half_width"] == pytest.approx(low, rel=1e-9)
    assert row["difference"] + row["half_width"] == pytest.approx(high, rel=1e-9)


def test_paired_figures_are_those_of_scipy(tmp_path):
    a, b = study(tmp_path), study(tmp_path, noise=1)
    b = replace(b, table=b.table[b.table["trial"] != 3])  # a chip that one lacks counts in neither
    found = compare_studies(a, b)
    row = row_of(found.table[found.table["point"] == 1], "accuracy")
    x, y = (s.table[(s.table["point"] == 1) & (s.table["trial"] != 3)]["accuracy"] for s in (a, b))
    theirs = stats.ttest_rel(y, x)
    assert (row["n_a"], row["n_b"]) == (9, 9)
    assert row["p"] == pytest.approx(theirs.pvalue, rel=1e-9)
    low, high = theirs.confidence_interval(0.95)
    assert 2 * row["half_width"] == pytest.approx(high - low, rel=1e-9)


def _verdicts(a, b, *, paired, drawn=True):
    rows = [difference(x, y, paired=paired, drawn=drawn) for x, y in zip(a, b, strict=True)]
    return judged(pd.DataFrame(rows), 0.95)


@pytest.mark.long
@pytest.mark.parametrize("paired", [True, False])
def test_studies_of_the_same_chips_seldom_seem_to_differ(paired, streams):
    draw = (streams / str(paired)).rng()
    alone, any_ = 0, 0
    for _ in range(400):
        common = draw.standard_normal((12, 8)) if paired else 0.0
        a, b = (common + draw.standard_normal((12, 8)) for _ in "ab")
        table = _verdicts(a, b, paired=paired)
        alone += int((table["p"] <= 0.05).sum())
        any_ += bool((table["verdict"] == "differs").any())
    error = np.sqrt(0.05 * 0.95 / 4800)
    assert abs(alone / 4800 - 0.05) < 4 * error  # uncorrected, at the level
    assert any_ / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)  # corrected, even one of twelve
    assert any_ > 0


def test_counted_accuracies_of_few_chips_raise_no_false_alarm(streams):
    draw = streams.rng()
    images = 50
    a, b = (draw.binomial(images, 0.98, (4000, 3)) / images for _ in "ab")
    rows = [difference(x, y, paired=True, drawn=True) for x, y in zip(a, b, strict=True)]
    table = judged(pd.DataFrame(rows), 0.95)
    assert (table["test"] == "sign").sum() > 50  # all three alike off: a t test would be sure
    assert (table["p"] <= 0.05).mean() < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 4000)


def test_a_known_effect_is_found_as_often_as_theory_says(streams):
    draw, chips, effect = streams.rng(), 10, 1.2
    b = draw.standard_normal((2000, chips)) + effect
    rows = [difference(np.zeros(chips), y, paired=True, drawn=True) for y in b]
    found = judged(pd.DataFrame(rows), 0.95)
    shift, critical = effect * np.sqrt(chips), stats.t.ppf(0.975, chips - 1)
    power = stats.nct.sf(critical, chips - 1, shift) + stats.nct.cdf(-critical, chips - 1, shift)
    error = np.sqrt(power * (1 - power) / len(b))
    assert 0.8 < power < 0.95
    assert abs((found["p"] <= 0.05).mean() - power) < 4 * error
    covered = (found["difference"] - effect).abs() <= found["half_width"]
    assert abs(covered.mean() - 0.95) < 4 * np.sqrt(0.05 * 0.95 / len(b))


def test_yields_are_tested_exactly():
    a, b = np.array([0.0] * 9 + [1.0]), np.array([1.0] * 8 + [0.0, 1.0])
    paired = difference(a, b, paired=True, drawn=True)
    apart = difference(a, b, paired=False, drawn=True)
    assert paired["p"] == pytest.approx(2 * 0.5**8)
    assert apart["p"] == pytest.approx(stats.fisher_exact([[1, 9], [9, 1]]).pvalue)


def test_holms_correction_is_that_of_the_paper():
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.005])
    np.testing.assert_allclose(holm(p), [0.03, np.nan, 0.06, 0.06, 0.02])


def test_one_chip_has_no_interval_and_says_so(tmp_path):
    found = compare_studies(study(tmp_path, chips=1), study(tmp_path, chips=1, noise=1))
    row = row_of(found.overall, "accuracy")
    assert row["verdict"] == "one chip"
    assert np.isnan([row["half_width"], row["p"]]).all()
    assert any("one chip there is no interval" in note for note in notes(found))


def test_an_axis_that_one_study_alone_sweeps_is_matched_by_what_the_other_gives(tmp_path):
    a = study(tmp_path, points=(0.3, 0.1 + 0.2, 0.5))  # the first two agree to 12 digits
    b = study(tmp_path, points=(0.3,), noise=1)
    table = b.table.drop(columns="array.v_read")
    scenario = b.scenario | {"array": b.scenario["array"] | {"v_read": 0.3}}
    found = compare_studies(a, replace(b, axes=[], table=table, scenario=scenario))
    assert found.points["in"].tolist() == ["both", "A"]
    assert not found.settings["path"].isin(["array.v_read"]).any()
    assert any("1 point in common; left out are 1 of A alone" in note for note in notes(found))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": (3.0,)}, "no point has the same values of all axes; of each array.v_read"),
        ({"table": pd.DataFrame(columns=["task", "point"])}, "no trial is finished"),
    ],
)
def test_studies_that_cannot_be_compared_say_why(tmp_path, change, message):
    with pytest.raises(StudyError, match=re.escape(message)):
        compare_studies(study(tmp_path), study(tmp_path, **change))


def test_axes_that_agree_are_no_reason(tmp_path):
    a, b = study(tmp_path), study(tmp_path, points=(3.0,))
    for each, levels in ((a, [1, 2]), (b, [2, 1])):
        each.table["array.rows"] = [levels[k % 2] for k in range(len(each.table))]
    a, b = (replace(each, axes=[*each.axes, "array.rows"]) for each in (a, b))
    with pytest.raises(StudyError, match=r"of each array\.v_read is [^;]*$"):
        compare_studies(a, b)


def test_a_small_share_of_energy_is_no_zero():
    row = {"verdict": "differs", "relative": 3.1e-5, "n_a": 8, "n_b": 8, "test": "paired t",
           "p_holm": 0.006}  # fmt: skip
    assert cost(row).startswith("costs 0.003\u00a0% more energy (paired over 8 chips")
    assert cost(row | {"relative": -0.14}).startswith("costs 14.0\u00a0% less energy")


def test_studies_of_other_tasks_have_nothing_in_common(tmp_path):
    a = study(tmp_path)
    with pytest.raises(StudyError, match="tasks are digits in the one and letters in the other"):
        compare_studies(a, replace(a, table=a.table.assign(task="letters")))


def test_the_page_stands_alone_and_its_table_holds_every_figure(tmp_path):
    a = study(tmp_path)
    b = study(tmp_path, bits=8, gain=0.02, noise=1)
    b = replace(b, scenario=b.scenario | {"name": "<script>alert(1)</script>"})
    found = compare_studies(a, b)
    page = write_comparison(found, tmp_path / "out").read_text("utf-8")
    assert "<script>alert" not in page
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    assert page.count("<figure>") == 1
    table = pd.read_csv(tmp_path / "out" / "compare.csv")
    whole, each = table[table["point"].isna()], table[table["point"].notna()]
    accuracy = each[each["metric"] == "accuracy"]
    assert accuracy["array.v_read"].tolist() == [1.0, 2.0]
    assert accuracy["difference"].mean() == pytest.approx(row_of(whole, "accuracy")["difference"])
    assert (tmp_path / "out" / "figures" / "compare.pdf").stat().st_size > 0


def test_what_is_left_out_is_told(tmp_path):
    a = study(tmp_path)
    part = a.table[a.table["trial"] < 4].assign(nrmse=0.1)
    b = replace(a, table=part, meta=a.meta | {"trials_left": 11, "trials_failed": 1})
    told = notes(compare_studies(a, b))
    assert "B is not whole: 1 trial failed and 11 trials left." in told
    assert "Left out: metric of B alone: nrmse." in told


@pytest.mark.parametrize(("key", "told"), [("old", False), ("new", True)])
def test_trials_that_are_others_for_no_setting_are_noticed(tmp_path, key, told):
    a = study(tmp_path)
    a, b = (replace(a, table=a.table.assign(key=name)) for name in ("old", key))
    assert any("No setting differs, but" in n for n in notes(compare_studies(a, b))) == told


@pytest.fixture
def folders(tmp_path):
    made = {"a": study(tmp_path / "a"), "b": study(tmp_path / "b", bits=8, gain=0.02, noise=1)}
    for made_study in made.values():
        made_study.directory.mkdir()
        write_results(made_study)
    return tmp_path / "a", tmp_path / "b"


def test_folders_are_compared_on_the_command_line(folders, command_line):
    status, out, err = command_line("compare", *folders)
    assert (status, err) == (0, "")
    assert "array.adc.bits 6 → 8 raises accuracy of digits" in out
    status, out, _ = command_line("compare", folders[0], folders[0])
    assert status == 0
    assert "The studies do not differ" in out


def test_scripts_get_one_document(folders, command_line, tmp_path):
    status, out, _ = command_line("compare", *folders, "--json", "--out", tmp_path / "page")
    document = json.loads(out)
    assert status == 0
    assert not document["equal"]
    assert document["settings"][0]["path"] == "array.adc.bits"
    assert {row["metric"] for row in document["overall"]} == {
        "accuracy", "accuracy.software", "energy.total"
    }  # fmt: skip
    assert document["page"].endswith("compare.html")


def test_a_page_is_not_written_into_a_study(folders):
    found = compare_studies(*map(read_results, folders))
    with pytest.raises(StudyError, match="holds a study"):
        write_comparison(found, folders[0])


def test_a_folder_without_a_study_is_refused(folders, command_line, tmp_path):
    status, _, err = command_line("compare", folders[0], tmp_path / "none")
    assert status == 2
    assert "holds no study" in err
