"""The interactive page in a browser: plots, hover, click, sort, filter, brush, keyboard, themes."""

import csv
import io
import shlex

import pandas as pd
import pytest
from report_studies import grid
from ruamel.yaml import YAML

from xbarsim.report import build_report
from xbarsim.scenario import load_scenario
from xbarsim.study import run_study
from xbarsim.study.points import point_scenario

pytestmark = pytest.mark.long

pytest.importorskip("plotly")

SWEPT = """\
name: swept
description: "</script><script>document.title = 'broken'</script>"
seed: 3
device: {sheet: wan_2022}
array: {rows: 4, cols: 4, wires: {r_word: 1 ohm, r_bit: 1 ohm}}
tasks: [{name: cell, kind: array}]
ages: [1 s, 1 day]
sweep:
  axes:
    array.wires: [{r_word: 1 ohm, r_bit: 1 ohm}, null]
    tasks.cell.v_write: [1 V, 1500 mV]
    tasks.cell.scheme: [V/2, V/3]
  trials: 2
run: {engine: inline}
output: {directory: swept}
"""
NO_WEBGL = """const own = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : own.call(this, kind, ...more);
};"""
HOSTILE = "<script>document.title = 'broken'</script>"


class Opened:
    """A page, with all that it complains of and asks for."""

    def __init__(self, browser, path, **settings):
        self.complaints, self.asked = [], []
        self.page = browser.new_page(**({"viewport": {"width": 1400, "height": 1000}} | settings))
        self.page.set_default_timeout(60_000)
        self.page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type == "error" else 0
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def drawn(self, *plots):
        """Scroll to each plot and wait until it has been drawn."""
        for plot in plots:
            self.page.locator(f"#{plot}").scroll_into_view_if_needed()
            self.page.wait_for_function(
                "(id) => typeof explorer === 'object'"
                " && explorer.plots.some((one) => one.begun && one.target.id === id)",
                arg=plot,
            )
            self.idle()
        return self.page

    def idle(self):
        self.page.wait_for_timeout(100)
        self.page.wait_for_function("typeof explorer === 'object' && explorer.isIdle()")

    def text(self, selector):
        return self.page.locator(selector).text_content()

    def fill(self, column, text):
        self.page.get_by_label(f"Filter {column}", exact=True).fill(text)

    def column(self, name):
        """What the rows in sight say under a column."""
        heads = self.page.locator(".trials th .sort").all_text_contents()
        cells = f".trials tr[data-place] td:nth-child({heads.index(name) + 1})"
        return self.page.locator(cells).all_text_contents()


@pytest.fixture(scope="module")
def opened(browser, make_results):
    """Two tasks with markup in their names, a failed trial, two ages; for all tests of a reader."""
    points = grid(array__rows=[32, 64, 128], device__read_noise=[0.0, 0.02])
    failures = [{"point": 1, "trial": 1, "message": HOSTILE}]
    results = make_results(points, trials=3, tasks=("digits", HOSTILE), failures=failures)
    found = Opened(browser, build_report(results, interactive=True))
    found.results = results
    yield found
    assert found.complaints == []
    assert [url.partition(":")[0] for url in found.asked] == ["file", "blob"]  # page, its library
    found.page.close()


@pytest.fixture(autouse=True)
def start_over(request):
    yield
    if "opened" in request.fixturenames:
        page = request.getfixturevalue("opened").page
        page.keyboard.press("Escape")
        if page.locator("#trials-clear").is_visible():
            page.locator("#trials-clear").click()


def test_plots_are_drawn(opened):
    page = opened.drawn("plot-scatter", "plot-parallel", "plot-tornado", "plot-drift")
    rows = opened.results.table
    dots = page.locator("#plot-scatter .scatterlayer .trace .point")
    assert dots.count() >= (rows["task"] == "digits").sum()
    assert page.locator("#plot-scatter .legendtext", has_text="Pareto front").count() == 1
    assert page.locator("#plot-tornado .bars path").count() == 3  # rows, noise, age
    assert page.locator("#plot-drift .scatterlayer path.js-line").count() >= 1
    inked = """() => { const c = document.querySelector('#plot-parallel canvas');
      return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((x) => x > 0) }"""
    assert page.evaluate(inked)


def test_the_front_is_what_no_other_trial_beats(opened):
    opened.drawn("plot-scatter")
    drawn = opened.page.evaluate(
        "document.getElementById('plot-scatter').data.find((t) => t.name === 'Pareto front').x"
    )
    rows = opened.results.table.query("task == 'digits'")
    rows = rows[rows["age"] == rows["age"].min()]  # an older chip is no other design
    x, y = rows["energy.total"].to_numpy(), rows["accuracy"].to_numpy()
    beaten = [((x <= a) & (y >= b) & ((x < a) | (y > b))).any() for a, b in zip(x, y, strict=True)]
    assert sorted(drawn) == sorted(x[[not b for b in beaten]])


def test_hover_tells_the_trial_and_a_click_opens_it(opened):
    page = opened.drawn("plot-scatter")
    page.locator("#plot-scatter").scroll_into_view_if_needed()
    dot = page.locator("#plot-scatter .scatterlayer .trace .point").nth(4)
    box = dot.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    page.wait_for_selector("#plot-tip:not([hidden])")
    told = opened.text("#plot-tip")
    page.mouse.down()
    page.mouse.up()
    page.wait_for_selector("#details:not([hidden])")
    point, trial = opened.text("#details-title").removeprefix("Point ").split(", trial ")
    assert f"point {point}trial {trial}" in told
    row = opened.results.table.query(f"task == 'digits' and point == {point}").iloc[0]
    assert f"array.rows {row['array.rows']}" in told and "nJ" in told and " %" in told


def test_hover_over_a_mean_tells_the_mean(opened):
    page = opened.drawn("plot-scatter")
    told = page.evaluate("""() => {
        const rows = explorer.rows([trials.byName.accuracy]);
        const of = (row) => trials.byName.point.value(row);
        const some = rows.filter((row) => of(row) === of(rows[0])
            && trials.byName.age.value(row) === trials.byName.age.value(rows[0]));
        return [explorer.facts(some[0], some), of(some[0]), trials.byName.age.value(some[0])];
    }""")
    facts, point, age = dict(told[0]), told[1], told[2]
    rows = opened.results.table.query(f"task == 'digits' and point == {point} and age == {age}")
    assert facts["mean of"] == f"{len(rows)} trials" and "trial" not in facts
    shown = float(facts["accuracy"].removesuffix(" %")) / 100
    assert abs(shown - rows["accuracy"].mean()) < 1e-4
    assert abs(shown - rows["accuracy"].iloc[0]) > 1e-4


def test_heads_sort_by_number_and_missing_values_come_last(opened):
    head = opened.page.locator("th .sort", has_text="accuracy").first
    head.click()
    rising = [float(text.split()[0]) for text in opened.column("accuracy")]
    assert rising == sorted(rising) and len(rising) > 10
    head.click()
    first = opened.column("accuracy")[0]
    best = opened.results.table["accuracy"].max()
    assert float(first.split()[0]) == pytest.approx(100 * best, rel=1e-3)
    assert opened.page.locator("th[aria-sort=descending]").count() == 1
    opened.page.locator("th .sort", has_text="point").first.click()


@pytest.mark.parametrize(
    ("column", "text", "kept"),
    [
        ("accuracy", "> 0.9", lambda t: t["accuracy"] > 0.9),
        ("accuracy", "> 88% < 92 %", lambda t: (t["accuracy"] > 0.88) & (t["accuracy"] < 0.92)),
        ("energy.total", "<19.5nJ", lambda t: t["energy.total"] < 19.5e-9),
        ("array.rows", "32..64", lambda t: t["array.rows"] <= 64),
        ("array.rows", "!=64", lambda t: t["array.rows"] != 64),
        ("age", "1 day", lambda t: t["age"] == 86400),
        ("task", "DIG", lambda t: t["task"] == "digits"),
        ("task", "!dig", lambda t: t["task"] != "digits"),
    ],
)
def test_filters_leave_what_they_say_in_the_table_and_the_plots(opened, column, text, kept):
    opened.drawn("plot-scatter")
    opened.fill(column, text)
    table = opened.results.table
    left = table[kept(table)]
    extra = text in ("!dig", "32..64", "!=64")  # the failed trial has an array, and no task
    assert opened.text("#trials-count") == f"{len(left) + extra} of {len(table) + 1} rows"
    opened.idle()
    drawn = """document.getElementById('plot-scatter').data
      .filter((trace) => trace.mode === 'markers' && trace.showlegend !== false)
      .flatMap((trace) => trace.customdata).length"""
    assert opened.page.evaluate(drawn) == (left["task"] == "digits").sum()


def test_an_expression_that_makes_no_sense_is_marked_and_filters_nothing(opened):
    opened.fill("accuracy", "> much")
    field = opened.page.get_by_label("Filter accuracy", exact=True)
    assert field.get_attribute("aria-invalid") == "true"
    assert opened.text("#trials-count") == f"{len(opened.results.table) + 1} rows"


def test_a_brush_on_an_axis_filters_everything(opened):
    page = opened.drawn("plot-parallel")
    page.evaluate("explorer.brush('array.rows', -0.01, 0.1)")
    assert set(opened.column("array.rows")) == {"32"}
    opened.idle()
    opened.drawn("plot-drift")
    lines = """new Set(document.getElementById('plot-drift').data[0].customdata
      .filter((row) => row !== null).map((row) => trials.byName.point.value(row))).size"""
    assert page.evaluate(lines) == 2
    page.evaluate("explorer.brush('array.rows')")
    assert opened.text("#trials-count").endswith(f"{len(opened.results.table) + 1} rows")


def test_a_brush_is_drawn_with_the_pointer(opened):
    page = opened.drawn("plot-parallel")
    box = page.locator("#plot-parallel canvas").bounding_box()
    x = box["x"] + 70  # the first axis, from below its middle to its foot
    page.mouse.move(x, box["y"] + 260)
    page.mouse.down()
    page.mouse.move(x, box["y"] + 310, steps=5)
    page.mouse.up()
    page.wait_for_function("trials.isFiltered()")
    assert set(opened.column("array.rows")) == {"32"}


def test_the_tornado_shows_how_far_an_axis_moves_the_mean(opened):
    page = opened.drawn("plot-tornado")
    bars = page.evaluate(
        "(({y, base, x}) => y.map((n, k) => [n, base[k], base[k] + x[k]]))"
        "(document.getElementById('plot-tornado').data[0])"
    )
    rows = opened.results.table.query("task == 'digits'")
    for name, low, high in bars:
        means = rows.groupby(name)["accuracy"].mean()
        assert (low, high) == pytest.approx((means.min(), means.max()))
    assert bars[-1][0] == "array.rows"  # the widest is on top


def test_the_keyboard_opens_moves_and_closes(opened):
    page = opened.page
    page.locator("tr[data-place='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.place") == "2"
    page.keyboard.press("Enter")
    first = opened.text("#details-title")
    assert page.locator("#details").is_visible()
    page.keyboard.press("End")
    assert opened.text("#details-title") != first
    assert page.evaluate("document.activeElement.dataset.place") == str(
        len(opened.results.table)
    )  # the failed trial is the last row
    page.keyboard.press("Escape")
    assert not page.locator("#details").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "TR"


def test_failed_trials_tell_why_and_markup_stays_text(opened):
    opened.fill("error", "script")
    opened.page.locator("tr[data-place='0']").click()
    assert opened.text("#details .error") == f"This trial failed: {HOSTILE}"
    assert opened.page.title() != "broken"
    assert HOSTILE in opened.page.locator("#plot-task option").all_text_contents()


def test_saved_rows_are_those_of_the_csv(opened):
    opened.fill("device.read_noise", "0.02")
    opened.fill("task", "digits")
    with opened.page.expect_download() as download:
        opened.page.locator("#trials-csv").click()
    with download.value.path().open(encoding="utf-8") as file:
        saved = list(csv.DictReader(file))
    table = opened.results.table.query("task == 'digits' and `device.read_noise` == 0.02")
    assert len(saved) == len(table)
    for row, (_, own) in zip(saved, table.iterrows(), strict=True):
        assert all(float(row[name]) == own[name] for name in opened.results.metrics)


def test_plots_follow_the_theme(browser, opened):
    dark = Opened(browser, opened.results.directory / "report.html", color_scheme="dark")
    page = dark.drawn("plot-scatter")
    ink = "document.getElementById('plot-scatter').layout.font.color"
    assert page.evaluate(ink) == "#e6e8eb"
    page.locator(".theme").click()
    dark.idle()
    dark.drawn("plot-scatter")
    assert page.evaluate(ink) == "#1a1d21"
    assert dark.complaints == []
    page.close()


def test_a_browser_without_webgl_draws_some_of_many(browser, make_results):
    points = grid(device__read_noise=[k / 1e4 for k in range(3500)])
    path = build_report(make_results(points, trials=1, ages=(1.0,)), interactive=True)
    many = Opened(browser, path)
    page = many.drawn("plot-scatter")
    assert page.locator("#plot-scatter .gl-container canvas").count() > 0
    assert many.complaints == []
    many.page.close()
    page = browser.new_page()
    page.add_init_script(NO_WEBGL)
    page.goto(path.as_uri())
    page.locator("#plot-scatter").scroll_into_view_if_needed()
    page.wait_for_function("typeof explorer === 'object' && explorer.drawn > 0", timeout=60_000)
    assert "1,750 of 3,500 rows" in page.locator("#plot-scatter-note").text_content()
    page.close()


def test_lines_and_dots_are_those_of_the_chosen_task(opened):
    page = opened.drawn("plot-scatter")
    of = opened.results.table.groupby("task").size()
    told = "explorer.rows([], trials.every).map((row) => trials.byName.task.value(row))"
    for task in ("digits", HOSTILE, "digits"):
        page.locator("#plot-task").select_option(task)
        assert page.evaluate(told) == [task] * of[task]


def test_what_is_out_of_sight_takes_its_room_and_is_printed(browser, make_results):
    points = grid(device__read_noise=[k / 1e3 for k in range(40)])
    page = Opened(browser, build_report(make_results(points), interactive=True)).page
    figures = "[...document.querySelectorAll('.plot svg')]"
    heights = """[...document.querySelectorAll('.plot svg, .scroll')].map(
    e => e.getBoundingClientRect().height)"""
    drawn = f"{figures}.filter(e => e.getBBox().width > 300).length"
    before, seen = page.evaluate(heights), page.evaluate(drawn)
    page.add_style_tag(content="* { content-visibility: visible !important; }")
    count = page.locator(".plot svg").count()
    assert min(before) > 50 and seen < count
    assert page.locator(".long").count() > 0
    assert before == page.evaluate(heights)
    page.reload()
    page.emulate_media(media="print")
    assert page.evaluate(drawn) == count
    page.close()


def test_links_lead_to_the_heads_of_sections(browser, opened):
    page = Opened(browser, opened.results.directory / "report.html", reduced_motion="reduce").page
    for link in page.locator("nav a").all():
        page.evaluate("scrollTo(0, 0)")
        link.click()
        page.wait_for_timeout(100)
        top, left = page.evaluate(
            """id => [document.querySelector(id).getBoundingClientRect().top,
            document.documentElement.scrollHeight - innerHeight - scrollY]""",
            link.get_attribute("href"),
        )
        assert abs(top - 16) < 2 or left < 2
    page.close()


def test_many_trials_begin_as_means_of_their_points(browser, make_results):
    points = grid(device__read_noise=[k / 1e4 for k in range(400)])
    many = Opened(browser, build_report(make_results(points, trials=4), interactive=True))
    page = many.drawn("plot-scatter")
    assert page.locator("#plot-dots").input_value() == "points"
    assert page.locator("#plot-scatter .scatterlayer .trace .point").count() >= 400
    page.locator("#plot-dots").select_option("trials")
    many.idle()
    assert "3,200 rows" in many.text("#plot-scatter-note")
    assert many.complaints == []
    page.close()


def test_a_library_that_does_not_start_leaves_the_table(browser, opened):
    page = browser.new_page()
    page.add_init_script("URL.createObjectURL = () => 'blob:null/nothing';")
    page.goto((opened.results.directory / "report.html").as_uri())
    page.wait_for_function("document.querySelector('.wait').textContent.includes('did not start')")
    assert page.locator(".trials tr[data-place]").count() > 0
    page.close()


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A real study in a folder whose name wants quotes."""
    folder = tmp_path_factory.mktemp("real study")
    file = folder / "swept.yaml"
    file.write_text(SWEPT, "utf-8")
    results = run_study(load_scenario(file), folder / "it's swept")
    return results, build_report(results)


def test_the_small_page_has_the_table_and_the_details_without_the_library(browser, swept):
    results, path = swept
    assert path.stat().st_size <= 300_000
    small = Opened(browser, path)
    assert small.page.locator("#plot-scatter, #plotly-source").count() == 0
    assert small.text("#trials-count") == f"{len(results.table)} rows"
    assert small.page.title().startswith("swept") and small.complaints == []
    small.page.close()


def test_a_page_apart_from_its_study_names_the_folder_of_the_study(browser, swept, tmp_path):
    results, _ = swept
    apart = Opened(browser, build_report(results, tmp_path))
    apart.page.locator("tr[data-place='0']").click()
    words = shlex.split(apart.text("[data-part=command]"))
    assert words[:4] == ["xbarsim", "run", str(results.directory), "--point"]
    apart.page.close()


def test_the_command_and_the_scenario_give_the_row_again(
    browser, swept, command_line, tmp_path, monkeypatch
):
    monkeypatch.setattr("xbarsim.report.build_report", lambda results, **_: results.directory)
    results, path = swept
    small = Opened(browser, path)
    for point in (1, 6):
        small.fill("point", str(point))
        small.page.locator("tr[data-place='0']").click()
        text = small.text("[data-part=scenario]")
        told = YAML(typ="safe", pure=True).load(io.StringIO(text))
        assert told == point_scenario(results, point)
        saved, again = tmp_path / f"{point}.yaml", tmp_path / f"again {point}"
        saved.write_text(text, "utf-8")
        words = shlex.split(small.text("[data-part=command]"))
        assert words[0] == "xbarsim"
        assert command_line(*words[1:], "--quiet")[0] == 0
        assert command_line("run", saved, "--out", again, "--quiet")[0] == 0
        for folder in (path.parent.with_name(f"{path.parent.name}-point-{point}"), again):
            alone = pd.read_csv(folder / "results.csv")
            own = results.table.query(f"point == {point}").reset_index(drop=True)
            pd.testing.assert_frame_equal(
                alone[["trial", "age", "key", *results.metrics]],
                own[["trial", "age", "key", *results.metrics]], check_exact=True,
            )  # fmt: skip
        small.page.keyboard.press("Escape")
    assert small.complaints == []
    small.page.close()


def test_a_small_page_that_would_be_too_large_says_how_to_see_the_rows(make_results):
    results = make_results(trials=100)
    path = build_report(results)
    text = path.read_text("utf-8")
    assert "trials-data" not in text and "xbarsim report STUDY --interactive" in text
    assert path.stat().st_size <= 300_000
