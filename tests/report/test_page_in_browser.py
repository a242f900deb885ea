"""The page in a real browser: it renders, sorts, filters, enlarges, prints, and says no error."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from report_studies import grid

from xbarsim.report import build_report
from xbarsim.report.page import filled
from xbarsim.report.sections import Section
from xbarsim.report.table import Cell, Table
from xbarsim.study.results import Results

pytestmark = pytest.mark.long

Make = Callable[..., Results]
TITLE = "<script>document.title = 'run'</script>"
SWEPT = "#accuracy tbody"


@dataclass
class Opened:
    """A page, and what it complained of and asked for."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def file(make_results: Make) -> Path:
    """The report of a study of 12 points and 2 ages, some of its trials failed, still running."""
    results = make_results(
        grid(array__rows=[32, 64, 128, 256], device__read_noise=[0.0, 0.01, 0.02]),
        trials=3,
        failures=[{"point": 0, "trial": 9, "message": "<img src=x onerror=alert(1)>"}],
        trials_finished=36, trials_failed=1, trials_left=5, running=True,
    )  # fmt: skip
    results.meta["trials"] = 42
    return build_report(replace(results, scenario={**results.scenario, "name": TITLE}))


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Opened]:
    yield from opened_at(browser, file, {"width": 1400, "height": 900})


def opened_at(browser: Any, file: Path, size: dict[str, int]) -> Iterator[Opened]:
    context = browser.new_context(viewport=size, color_scheme="light")
    found = Opened(context.new_page())
    found.page.on("console", lambda said: found.complaints.append(said.text))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("request", lambda asked: found.requests.append(asked.url))
    found.page.goto(file.as_uri())
    yield found
    context.close()
    assert found.complaints == []
    assert [url for url in found.requests if not url.startswith("data:")] == [file.as_uri()]


def shown_rows(page: Any, body: str = SWEPT) -> int:
    return int(page.locator(f"{body} tr:visible").count())


def column(page: Any, place: int) -> list[str]:
    return [str(t) for t in page.locator(f"{SWEPT} tr td:nth-child({place})").all_inner_texts()]


def test_every_figure_is_drawn(opened: Opened) -> None:
    sizes = opened.page.eval_on_selector_all(
        "figure svg",
        "all => all.map(svg => [svg.getBBox().width, svg.querySelectorAll('use, path').length])",
    )
    assert len(sizes) == 8
    assert all(width > 300 and marks > 20 for width, marks in sizes)


def test_markup_of_a_title_stays_text(opened: Opened) -> None:
    assert opened.page.inner_text("h1") == TITLE
    assert opened.page.title() == f"{TITLE} · xbarsim report"


def test_a_mark_says_which_point_it_is_and_its_interval(opened: Opened) -> None:
    titles = opened.page.eval_on_selector_all(
        "#accuracy svg use title", "all => all.map(title => title.textContent)"
    )
    assert len(titles) == 24
    first = opened.page.inner_text(f"{SWEPT} tr:first-child td:nth-last-child(2)")
    assert titles[0].startswith("array.rows = 32, device.read_noise = 0, age = 1 s: ")
    assert titles[0].endswith(first)


def test_a_click_on_a_heading_sorts_by_numbers(opened: Opened) -> None:
    heading = opened.page.locator("#accuracy th").first
    assert column(opened.page, 1)[::3] == ["32", "64", "128", "256"]
    heading.get_by_role("button").click()
    heading.get_by_role("button").click()
    assert column(opened.page, 1)[::3] == ["256", "128", "64", "32"]
    assert heading.get_attribute("aria-sort") == "descending"
    assert opened.page.inner_text("body > [role=status]") == "Sorted by array.rows, descending"


@pytest.mark.parametrize(
    ("term", "rows"),
    [("256", 3), ("array.rows > 64", 6), ("rows <= 64, read_noise >= 0.01", 4), ("rows = 128", 3),
     ("software > 90 %", 12), ("at 1 s > 0.99", 0), ("nowhere", 0)],
)  # fmt: skip
def test_a_filter_takes_text_and_numbers(opened: Opened, term: str, rows: int) -> None:
    opened.page.locator("#accuracy input").fill(term)
    assert shown_rows(opened.page) == rows
    assert opened.page.inner_text("#accuracy output") == f"{rows} of 12 rows"


def test_filter_and_sort_are_reached_by_keyboard(opened: Opened) -> None:
    keys = opened.page.keyboard
    opened.page.locator("#accuracy .enlarge").focus()
    keys.press("Tab")
    keys.type("32")
    assert shown_rows(opened.page) == 3
    keys.press("Escape")
    assert shown_rows(opened.page) == 12
    keys.press("Tab")  # the region that scrolls
    assert opened.page.evaluate("document.activeElement.getAttribute('role')") == "region"
    keys.press("Tab")
    keys.press("Enter")
    assert opened.page.locator("#accuracy th").first.get_attribute("aria-sort") == "ascending"


def test_the_first_key_skips_to_the_content(opened: Opened) -> None:
    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    opened.page.keyboard.press("Enter")
    assert opened.page.evaluate("document.activeElement.id") == "main"


def test_a_figure_opens_large_and_goes_back(opened: Opened) -> None:
    small = opened.page.locator("#accuracy svg").bounding_box()["width"]
    opened.page.locator("#accuracy .enlarge").focus()
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("dialog svg").bounding_box()["width"] > 1.2 * small
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#accuracy svg").bounding_box()["width"] == small
    assert opened.page.evaluate("document.activeElement.className") == "enlarge"


def test_controls_have_names_and_headings_go_down_by_one(opened: Opened) -> None:
    names = opened.page.eval_on_selector_all(
        "button, input, a", "all => all.map(e => e.ariaLabel || e.textContent)"
    )
    assert all(name.strip() for name in names)
    levels = opened.page.eval_on_selector_all(
        "h1, h2, h3, h4", "all => all.map(e => Number(e.tagName[1]))"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    for landmark in ("banner", "navigation", "main"):
        assert opened.page.get_by_role(landmark).count() == 1


def test_the_theme_can_be_switched(opened: Opened) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    assert opened.page.evaluate(colour) == "rgb(255, 255, 255)"
    opened.page.locator(".theme").click()
    assert opened.page.evaluate(colour) == "rgb(20, 23, 27)"
    opened.page.locator(".theme").click()
    assert opened.page.evaluate(colour) == "rgb(255, 255, 255)"


def test_print_is_light_and_has_no_controls(opened: Opened) -> None:
    opened.page.locator(".theme").click()
    opened.page.emulate_media(media="print")
    assert opened.page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert opened.page.locator("nav:visible, .theme:visible, input:visible").count() == 0
    assert opened.page.locator(".enlarge:visible, .copy:visible").count() == 0
    assert opened.page.pdf(format="A4").startswith(b"%PDF")


def test_a_phone_scrolls_the_page_one_way_only(browser: Any, file: Path) -> None:
    for found in opened_at(browser, file, {"width": 390, "height": 844}):
        root = "document.documentElement"
        assert found.page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")


def test_ten_thousand_rows_are_filtered(browser: Any, tmp_path: Path) -> None:
    rows = [[Cell(str(k), float(k)), Cell(f"point {k}"), Cell(f"{k / 100:.2f} %", k / 1e4)]
            for k in range(10_000)]  # fmt: skip
    table = Table(caption="Many.", columns=["point", "name", "accuracy"], rows=rows, name="many")
    file = tmp_path / "many.html"
    section = Section(id="many", title="Many", blocks=[table])
    file.write_text(filled("compare.html.j2", name="n", description="", sections=[section]))
    for found in opened_at(browser, file, {"width": 1400, "height": 900}):
        box = found.page.locator("#many input")
        told = found.page.locator("#many output")
        for text, rows in (("accuracy > 0.5", "4999"), ("point 99", "111"), ("", "10000")):
            box.fill(text)
            assert told.inner_text().startswith(rows + " ")
        assert told.inner_text() == "10000 rows, the first 500 shown"
        found.page.locator("#many .all").click()
        assert shown_rows(found.page, "#many tbody") == 10_000
