"""The page as a whole: what stands in it, what it never loads, what is written beside it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_studies import grid

from xbarsim.errors import StudyError
from xbarsim.report import build_report
from xbarsim.report.facts import study_facts
from xbarsim.report.summary import warnings
from xbarsim.study.prepare import MODEL_VERSION
from xbarsim.study.results import Results

SECTIONS = ["summary", "accuracy", "energy", "pareto", "tiles", "axes", "ir_drop", "drift",
            "device", "trials", "scenario", "provenance"]  # fmt: skip
NAMES = {"accuracy", "energy", "pareto", "tiles", "tornado", "ageing", "drift", "device"}
Make = Callable[..., Results]


class Page(HTMLParser):
    """Sections, ids, loaded addresses and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.svg: list[dict[str, str | None]] = []
        self.words: list[str] = []
        self.tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tag = tag
        self.tags.add(tag)
        self.ids += [values["id"] or ""] if "id" in values else []
        self.addresses += [v or "" for k, v in attrs if k in {"src", "href", "xlink:href"}]
        if tag == "section":
            self.sections.append(values["id"] or "")
        if tag == "svg":
            self.svg.append(values)

    def handle_data(self, data: str) -> None:
        if self.tag not in {"script", "style"}:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def built(results: Results) -> Page:
    return Page(build_report(results).read_text("utf-8"))


@pytest.fixture(scope="module")
def standard(make_results: Make) -> Path:
    return build_report(make_results())


@pytest.fixture(scope="module")
def page(standard: Path) -> Page:
    return Page(standard.read_text("utf-8"))


@pytest.fixture(scope="module")
def hostile(make_results: Make) -> Page:
    """Two tasks, categories, markup and dollar signs in every text that data can bring."""
    points = grid(array__compensation=[None, "<i>$x$</i>"], array__signed=[True, False])
    results = make_results(
        points,
        trials=2,
        tasks=("<script>alert(1)</script>", "iris"),
        warnings=["<b>bold</b>"],
        failures=[{"point": 0, "trial": 1, "message": "<img src=x>"}],
    )
    return built(replace(results, scenario={**results.scenario, "name": "</title><script>"}))


def test_every_section_is_there_in_order(page: Page) -> None:
    assert page.sections == SECTIONS


def test_the_page_loads_nothing(standard: Path, page: Page) -> None:
    assert all(a.startswith(("#", "data:,")) for a in page.addresses)
    text = standard.read_text("utf-8")
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert not page.tags & {"iframe", "object", "embed", "img"}


def test_ids_are_unique_and_references_resolve(standard: Path, page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    text = standard.read_text("utf-8")
    used = {a[1:] for a in page.addresses if a.startswith("#")}
    used |= set(re.findall(r"url\(#([^)]*)\)", text))
    assert used <= set(page.ids)


def test_pictures_have_a_role_and_a_name(page: Page) -> None:
    assert len(page.svg) == len(NAMES)
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in page.svg)


def test_pictures_take_every_colour_from_the_theme(standard: Path) -> None:
    pictures = re.findall(r"<svg.*?</svg>", standard.read_text("utf-8"), re.DOTALL)
    assert not any(re.search(r"#[0-9a-f]{6}\b", p.replace("url(#", "")) for p in pictures if p)


@pytest.mark.parametrize("kind", ["svg", "pdf", "json"])
def test_figures_are_written_as_vectors_with_their_facts(standard: Path, kind: str) -> None:
    files = {p.stem: p for p in (standard.parent / "figures").glob(f"*.{kind}")}
    assert set(files) == NAMES
    start = {"svg": b"<?xml", "pdf": b"%PDF", "json": b"{"}[kind]
    assert all(p.read_bytes().startswith(start) for p in files.values())


@pytest.mark.long
def test_the_same_results_give_the_same_bytes(standard: Path, make_results: Make) -> None:
    again = build_report(make_results())
    for path in [standard, *standard.parent.glob("figures/*"), *standard.parent.glob("tables/*")]:
        assert path.read_bytes() == (again.parent / path.relative_to(standard.parent)).read_bytes()


def test_text_from_data_is_escaped(hostile: Page) -> None:
    assert not hostile.tags & {"b", "i", "img"}
    assert "<script>alert(1)</script> reaches between" in hostile.text
    assert hostile.sections == SECTIONS


def test_each_task_has_its_figures(hostile: Page) -> None:
    assert len(hostile.svg) == 2 * 5 + 2
    assert len(hostile.ids) == len(set(hostile.ids))


def test_warnings_and_failures_are_shown(hostile: Page) -> None:
    assert "<b>bold</b>" in hostile.text
    assert "<img src=x>" in hostile.text


def test_one_trial_of_one_point_has_no_interval_and_no_pareto(make_results: Make) -> None:
    page = built(make_results([{}], ages=(1.0,), trials=1, device={"sheet": "ideal"}))
    assert page.sections == [s for s in SECTIONS if s not in {"pareto", "axes", "drift"}]
    assert "one trial, no interval" in page.text
    assert not re.search(r"\bnan\b", page.text, re.IGNORECASE)


def test_only_the_figures_that_the_scenario_lists_are_drawn(make_results: Make) -> None:
    results = make_results(trials=2)
    scenario = {**results.scenario, "report": {"figures": ["tile_map"]}}
    page = built(replace(results, scenario=scenario))
    assert page.sections == [s for s in SECTIONS if s != "pareto"]
    assert [svg["aria-label"] for svg in page.svg] == ["Floorplan of the arrays of digits"]


def test_a_study_in_which_nothing_finished_shows_its_failures(make_results: Make) -> None:
    failures = [{"point": 0, "trial": 0, "message": "out of memory"}]
    results = make_results([{}], failures=failures)
    page = built(replace(results, table=results.table.head(0)))
    assert page.sections == ["summary", "scenario", "provenance"]
    assert "out of memory" in page.text


def test_a_directory_that_cannot_be_written_is_named(make_results: Make, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    results = make_results([{}], ages=(1.0,), trials=1, directory=blocked)
    with pytest.raises(StudyError, match=f"{re.escape(str(blocked))}.*cannot be written: .+"):
        build_report(replace(results, table=results.table.head(0)))


def test_a_page_is_written_elsewhere_but_not_over_another_study(
    make_results: Make, tmp_path: Path
) -> None:
    results = make_results([{}], ages=(1.0,), trials=1)
    results = replace(results, table=results.table.head(0))
    assert build_report(results, tmp_path / "a" / "b") == tmp_path / "a" / "b" / "report.html"
    assert (tmp_path / "a" / "b" / "report.html").is_file()
    assert not (results.directory / "report.html").exists()
    (results.directory / "results.json").touch()
    assert build_report(results, results.directory).is_file()
    (tmp_path / "results.json").touch()
    with pytest.raises(StudyError, match="holds a study; choose another folder with --out"):
        build_report(results, tmp_path)


def test_a_figure_keeps_the_facts_of_its_caption(standard: Path, page: Page) -> None:
    facts = json.loads((standard.parent / "figures" / "accuracy.json").read_text("utf-8"))
    assert facts["caption"] in page.text and facts["title"].startswith("Accuracy of digits")
    assert (facts["study"], facts["seed"], facts["trials"]["finished"]) == ("digits-ir-drop", 7, 40)
    assert facts["intervals"] == "95 % Student-t interval of the mean over 5 trials"
    assert facts["panels"][0]["y"] == {"label": "accuracy / %", "scale": "linear"}
    assert [panel["title"] for panel in facts["panels"]] == ["age = 1 s", "age = 1 day"]
    assert facts["device"]["publications"][0].startswith("Weier Wan et al.")
    assert facts["made_with"] == {"xbarsim": "0.1.0", "numpy": "2.0.0"}
    assert facts["data"] == ["results.csv", "summary.csv", "results.json"]
    assert all((standard.parent / name).is_file() for name in facts["tables"])


def test_facts_hold_the_hash_and_the_version_of_the_study(make_results: Make) -> None:
    results = make_results([{}], fingerprint="c812", model_version=1, trials_left=3)
    facts = study_facts(results)
    assert (facts["scenario_hash"], facts["model_version"]) == ("c812", 1)
    assert facts["data"] == ["results.sqlite"]  # tables are written in the end


def test_the_page_of_a_network_is_small(standard: Path) -> None:
    assert standard.stat().st_size < 300_000


def test_a_study_of_which_half_failed_shows_the_rest(make_results: Make) -> None:
    failures = [{"point": k, "trial": 1, "message": "ConvergenceError"} for k in range(2)]
    points = grid(array__rows=[32, 64])
    results = make_results(points, trials=2, ages=(1.0,), failures=failures, trials_failed=2)
    half = results.table[results.table["trial"] == 0]
    page = built(replace(results, table=half))
    assert "2 trials failed; figures and tables hold the rest." in page.text
    assert "one trial, no interval" in page.text
    assert page.sections == [name for name in SECTIONS if name not in ("axes", "drift")]


def test_trials_of_other_models_are_told_of(make_results: Make) -> None:
    told = warnings(make_results([{}], model_version=1, versions={"xbarsim": "0.0.9"}))
    assert told[0].startswith("The trials are of model version 1 (xbarsim 0.0.9)")
    assert warnings(make_results([{}], model_version=MODEL_VERSION)) == []
