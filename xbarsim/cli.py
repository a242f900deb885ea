"""The command line. Exit status: 0 success, 1 a trial failed (the others are kept), 2 bad input."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from xbarsim.errors import TrialsFailed, XbarsimError

app = typer.Typer(
    help="Memristor crossbars, from device physics to network accuracy and energy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

ScenarioArgument = Annotated[
    str, typer.Argument(help="A scenario file, or a name from the gallery (xbarsim list).")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Replace a value, by dotted path; repeatable."),
]


def main() -> None:
    """Run the command line; every foreseen error is a message, never a traceback."""
    try:
        app()
    except TrialsFailed as error:
        _fail(str(error), 1)
    except XbarsimError as error:
        _fail(str(error), 2)
    except MemoryError as error:
        _fail(f"out of memory: {error}; make layers or arrays smaller, or use fewer workers", 2)
    except OSError as error:
        _fail(f"{error.filename or 'a file'}: {error.strerror or error}", 2)
    except KeyboardInterrupt:
        _fail("stopped", 130)


def _fail(message: str, status: int) -> None:
    print(message, file=sys.stderr)
    sys.exit(status)


@app.command()
def run(
    scenario: ScenarioArgument,
    set_: SetOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder for results and report.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes.")] = None,
    extend: Annotated[
        bool, typer.Option("--extend", help="Add to the results of a scenario that has changed.")
    ] = False,
) -> None:
    """Run a scenario and write its report; what is already there is not run again.

    Example: [bold]xbarsim run digits --set array.rows=64 --set array.cols=64[/bold]
    """
    from xbarsim.report import build_report
    from xbarsim.study import run_study

    plan = _plan(scenario, set_)
    try:
        with _progress() as progress:
            results = run_study(plan, out, workers=workers, extend=extend, progress=progress)
        _echo_summary(results)
        print(f"report: {build_report(results)}")
    except KeyboardInterrupt:  # here: typer would end without a word
        _fail("stopped; every finished trial is stored. Run the same command to go on", 130)
    if results.meta["failures"]:
        first = results.meta["failures"][0]
        _fail(
            f"{len(results.meta['failures'])} of {results.meta['trials']} trials failed; the "
            f"first, point {first['point']} trial {first['trial']}: {first['message']}",
            1,
        )


@app.command()
def report(
    directory: Annotated[Path, typer.Argument(help="Folder of a study that has been run.")],
) -> None:
    """Write the report of a finished study again.

    Example: [bold]xbarsim report reports/digits[/bold]
    """
    from xbarsim.errors import StudyError
    from xbarsim.report import build_report
    from xbarsim.study import read_results

    if not (directory / "results.json").is_file():
        raise StudyError(f"{directory}: holds no results.json; run a scenario first")
    try:
        results = read_results(directory)
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"{directory / 'results.json'}: not the results of a study ({error}); "
            "run the scenario again, which keeps finished trials"
        ) from None
    print(f"report: {build_report(results)}")


@app.command()
def check(scenario: ScenarioArgument, set_: SetOption = None) -> None:
    """Check a scenario and show it resolved, in SI units, without running it.

    Example: [bold]xbarsim check my.yaml --set array.adc.bits=6[/bold]
    """
    plan = _plan(scenario, set_)
    from xbarsim.documents import yaml_text

    print(yaml_text(plan.resolved), end="")
    trials = plan.scenario.sweep.trials
    print(f"# {len(plan.points)} points x {trials} trials = {len(plan.points) * trials} runs")
    from xbarsim.scenario import warnings_of
    from xbarsim.scenario.effects import effects_of

    found = [effects for p in plan.points if (effects := effects_of(p.effects)) is not None]
    on = dict.fromkeys(name for effects in found for name in effects.on)
    if on:
        print(f"# effects: {', '.join(on)}; each draws from a stream of its own")
    for warning in dict.fromkeys(w for p in plan.points for w in warnings_of(p)):
        print(f"# warning: {warning}")


@app.command("list")
def list_() -> None:
    """List the scenarios of the gallery and the device sheets.

    Example: [bold]xbarsim list[/bold]
    """
    from xbarsim.device import list_devices, load_sheet
    from xbarsim.documents import read_yaml
    from xbarsim.scenario import gallery

    texts = {n: read_yaml(t, n).data.get("description", "") for n, t in gallery().items()}
    _table("scenarios", texts)
    _table("devices", {name: load_sheet(name).title for name in list_devices("statistical")})
    _table("switching laws", {n: load_sheet(n).title for n in list_devices("switching")})
    _table("pulsed cells", {n: load_sheet(n).title for n in list_devices("pulsed")})
    _table("stepped cells", {n: load_sheet(n).title for n in list_devices("stepped")})


@app.command()
def show(
    name: Annotated[
        list[str],
        typer.Argument(
            help="A scenario of the gallery, or a device sheet, with or without 'device'; sheets "
            "on file end in .yaml."
        ),
    ],
    plot: Annotated[bool, typer.Option("--plot", help="Draw the card of a device sheet.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Where to draw it: .svg, .pdf or .png; NAME.svg by default.")
    ] = None,
) -> None:
    """Print a scenario of the gallery, or a device sheet with the source of each parameter.

    Example: [bold]xbarsim show device cuppers_2019 --plot[/bold]
    """
    from xbarsim.device import is_sheet_file, list_devices, load_sheet
    from xbarsim.documents import yaml_text
    from xbarsim.errors import SpecError, suggestion
    from xbarsim.scenario import gallery

    only_devices = len(name) == 2 and name[0] == "device"
    if len(name) != 1 and not only_devices:
        raise SpecError(f"'{' '.join(name)}' is no name; give one, or 'device' and one")
    if out is not None and not plot:
        raise SpecError(f"--out {out}: says where --plot draws to; add --plot")
    word, scenarios, devices = name[-1], {} if only_devices else gallery(), list_devices()
    if word not in scenarios and word not in devices and not is_sheet_file(word):
        known = [*scenarios, *devices]
        kind = "device" if only_devices else "scenario or device"
        raise SpecError(f"no {kind} '{word}'{suggestion(word, known)}")
    if plot:
        _draw(word, scenarios, out or Path(f"{Path(word).stem}.svg"))
    elif word in scenarios:
        print(scenarios[word], end="")
    else:
        print(yaml_text(load_sheet(word).model_dump()), end="")


def _draw(name: str, scenarios: dict[str, str], path: Path) -> None:
    from xbarsim.errors import SpecError
    from xbarsim.report.cards import save_card

    if name in scenarios:
        raise SpecError(f"{name} is a scenario; --plot draws the card of a device sheet")
    print(save_card(name, path).caption)
    print(f"wrote {path}")


@app.command()
def fit(
    data: Annotated[list[Path], typer.Argument(help="CSV files of one kind of measurement.")],
    sheet: Annotated[str, typer.Option(help="Device sheet, or file, that the fit begins from.")],
    out: Annotated[Path, typer.Option(help="The sheet to write, a file that ends in .yaml.")],
    free: Annotated[
        str, typer.Option(metavar="A,B,...", help="Parameters to fit; 'all' is every number.")
    ],
    plot: Annotated[
        Path | None, typer.Option(help="Picture of data and fit: .svg, .pdf or .png.")
    ] = None,
    set_: SetOption = None,
    starts: Annotated[int, typer.Option(min=1, help="Searches, from places around.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of those places.")] = 0,
    confidence: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
    v_read: Annotated[str, typer.Option(help="Voltage at which pulsed cells were read.")] = "0.1 V",
    g_switch: Annotated[
        str | None, typer.Option(help="Conductance that counts as switched, for times.")
    ] = None,
    floor: Annotated[
        str | None,
        typer.Option(help="Current above which decades count; below, differences do."),
    ] = None,
) -> None:
    """Fit a device sheet to measurements and write it, with confidence intervals.

    Columns say what was measured: [bold]t, v, i[/bold] a sweep, [bold]v, width, g[/bold] the
    conductance after each pulse, [bold]v, t_switch[/bold] switching times, [bold]target, g[/bold]
    what came of programming. Units stand in the heads, as in "t (ms)"; without one numbers are SI.

    Example: [bold]xbarsim fit loop.csv --sheet kvatinsky_2015_generic --free r_on,r_off
    --out my_cell.yaml --plot my_cell.svg[/bold]
    """
    from xbarsim.errors import SpecError
    from xbarsim.programming.fit import fit_device
    from xbarsim.programming.measured import read_measured
    from xbarsim.programming.sheet_out import write_sheet
    from xbarsim.report.fit_figure import check_picture, write_picture
    from xbarsim.scenario.load import parse_setting
    from xbarsim.units import quantity

    if out.suffix != ".yaml":
        raise SpecError(f"--out: {out} does not end in .yaml")
    for file in (out, plot):
        if file is not None and file.exists():
            raise SpecError(f"{file} exists already; choose another name")
        if file is not None and not file.parent.is_dir():
            raise SpecError(f"{file}: cannot be written: there is no folder {file.parent}")
    if plot is not None:
        check_picture(plot)
    given = {"--v-read": (v_read, "volt"), "--g-switch": (g_switch, "siemens"),
             "--floor": (floor, "ampere")}  # fmt: skip
    numbers: dict[str, Any] = {}
    for option, (text, unit) in given.items():
        try:
            numbers[option] = None if text is None else quantity(text, unit)
        except SpecError as error:
            raise SpecError(f"{option}: {error}") from None
    found = fit_device(
        read_measured(data),
        sheet,
        None if free == "all" else [name.strip() for name in free.split(",") if name.strip()],
        overrides=dict(parse_setting(text) for text in set_ or []),
        confidence=confidence,
        starts=starts,
        seed=seed,
        v_read=numbers["--v-read"],
        g_switch=numbers["--g-switch"],
        floor=numbers["--floor"],
    )
    _echo_fit(found)
    write_sheet(found, out)
    print(f"wrote {out}; use it as a sheet: {out}")
    if plot is not None:
        write_picture(found, plot)
        print(f"wrote {plot}")


@app.command("map")
def map_(
    model: Annotated[Path, typer.Argument(help="A trained network: a file .onnx or .nir.")],
    scenario: Annotated[
        str | None, typer.Option(help="Scenario, or its name in the gallery, that has the arrays.")
    ] = None,
    set_: SetOption = None,
    rows: Annotated[int | None, typer.Option(help="Rows of an array; 128 by default.")] = None,
    cols: Annotated[int | None, typer.Option(help="Columns of an array; 128 by default.")] = None,
    encoding: Annotated[str | None, typer.Option(help="How weights stand in cells.")] = None,
    packing: Annotated[
        str, typer.Option(help="none, or diagonal: small pieces share arrays.")
    ] = "none",
    copies: Annotated[
        str, typer.Option(metavar="one|balance|LAYER=N,...", help="How often matrices stand.")
    ] = "one",
    max_arrays: Annotated[int | None, typer.Option(help="Arrays that there are.")] = None,
    order: Annotated[str, typer.Option(help="Of arrays on the grid: row, snake, short.")] = "snake",
    grid_cols: Annotated[int | None, typer.Option(help="Arrays in a row of the grid.")] = None,
    shape: Annotated[
        list[str] | None,
        typer.Option(
            metavar="A,B,...",
            help="Shape of an input, without the batch: reads and their time are told. Once for "
            "each input of the network.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the placement, .json.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Floorplan: .svg, .pdf or .png.")] = None,
) -> None:
    """Place a trained network on arrays: which layer stands where, and what stays digital.

    Example: [bold]xbarsim map lenet.onnx --rows 256 --cols 256 --packing diagonal --shape 1,28,28
    --plot floorplan.svg[/bold]
    """
    from xbarsim.errors import SpecError
    from xbarsim.mapping import Strategy, map_network, read_model, save_placement, schedule
    from xbarsim.report.fit_figure import check_picture

    if model.suffix not in (".onnx", ".nir"):
        raise SpecError(f"{model}: of no kind that is read; expected a file .onnx or .nir")
    if not model.is_file():
        raise SpecError(f"{model}: there is no such file")
    if out is not None and out.suffix != ".json":
        raise SpecError(f"--out: {out} does not end in .json")
    if plot is not None:
        check_picture(plot)
    for file in (out, plot):
        if file is not None and not file.parent.is_dir():
            raise SpecError(f"{file}: cannot be written: there is no folder {file.parent}")
    strategy = Strategy(
        packing=packing,  # type: ignore[arg-type]
        copies=_copies(copies),
        max_arrays=max_arrays,
        order=order,  # type: ignore[arg-type]
        grid_cols=grid_cols,
    )
    hardware = _arrays(scenario, set_, {"rows": rows, "cols": cols, "encoding": encoding})
    example = tuple(_example(text) for text in shape or [])
    placement = map_network(read_model(model), hardware, strategy=strategy, example=example or None)
    _echo_placement(placement, schedule(placement, *example) if example else None)
    if out is not None:
        save_placement(placement, out)
        print(f"wrote {out}")
    if plot is not None:
        _write_floorplan(placement, plot)
        print(f"wrote {plot}")


def _copies(text: str) -> Any:
    """``one``, ``balance``, or numbers by layer."""
    from xbarsim.errors import SpecError

    if "=" not in text:
        return text
    numbers = {}
    for part in text.split(","):
        layer, _, number = part.rpartition("=")
        if not (layer and number.strip().isdecimal()):
            raise SpecError(f"--copies: {part!r} is not LAYER=N")
        numbers[layer.strip()] = int(number)
    return numbers


def _arrays(scenario: str | None, settings: list[str] | None, given: dict[str, Any]) -> Any:
    """Hardware of a scenario's first point, or of ideal cells in arrays of the given size."""
    from xbarsim.device import load_device
    from xbarsim.errors import SpecError
    from xbarsim.hardware import Hardware
    from xbarsim.scenario.build import hardware_of

    given = {name: value for name, value in given.items() if value is not None}
    if scenario is None:
        if settings:
            raise SpecError("--set: replaces values of a scenario; add --scenario")
        return Hardware(device=load_device("ideal"), **given)
    if given:
        name, value = next(iter(given.items()))
        raise SpecError(f"--{name}: the scenario has it; use --set array.{name}={value}")
    plan = _plan(scenario, settings)
    if len(plan.points) > 1:
        print(f"# the arrays of {scenario} at the first of its {len(plan.points)} points")
    return hardware_of(plan.points[0])


def _example(text: str) -> Any:
    """A random input of a shape like ``1,28,28``, for one inference."""
    import numpy as np

    from xbarsim.errors import SpecError

    sizes = text.replace("x", ",").split(",")
    if not all(size.strip().isdecimal() and int(size) for size in sizes):
        raise SpecError(f"--shape: {text!r} is no shape, like 1,28,28")
    drawn = np.random.default_rng(0).standard_normal((1, *map(int, sizes)))
    return drawn.astype(np.float32)


def _write_floorplan(placement: Any, path: Path) -> None:
    from xbarsim.errors import StudyError
    from xbarsim.report.style import style

    try:
        with style():
            placement.plot().figure.savefig(path, facecolor="white", dpi=150)
    except OSError as error:
        raise StudyError(f"{path}: cannot be written: {error.strerror or error}") from None


@app.command()
def validate(
    macros: Annotated[
        list[str] | None,
        typer.Argument(help="Published macros, or files in their form; none: all that ship."),
    ] = None,
    refit: Annotated[
        bool, typer.Option("--fit", help="Fit and print the constants of calibrated macros.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for validation.md, .csv and .svg.")
    ] = None,
) -> None:
    """Print the energy models beside measured chips, with error statistics.

    Example: [bold]xbarsim validate --out validation[/bold]
    """
    from xbarsim.energy.macros import fit, markdown, save, with_constants
    from xbarsim.energy.macros import validate as beside_silicon
    from xbarsim.errors import SpecError

    if refit and out is not None:
        raise SpecError(f"--out {out}: --fit writes no files; leave one of the two out")
    if refit:
        for name in macros or with_constants():
            print(name, ", ".join(f"{key} {value:.4g}" for key, value in fit(name).items()))
        return
    table = beside_silicon(macros or None)
    print(markdown(table))
    if out is not None:
        save(table, out)


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="Where to write the scenario.")],
    like: Annotated[
        str, typer.Option(help="The scenario of the gallery to start from.")
    ] = "digits",
) -> None:
    """Write a scenario file to start from.

    Example: [bold]xbarsim init my.yaml --like pcm_year[/bold]
    """
    from xbarsim.errors import SpecError, StudyError, suggestion
    from xbarsim.scenario import gallery

    texts = gallery()
    if like not in texts:
        raise SpecError(f"no scenario '{like}' in the gallery{suggestion(like, list(texts))}")
    if file.exists():
        raise StudyError(f"{file} exists already; choose another name")
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", file.stem).strip("-.") or like
    text = texts[like].replace(f"name: {like}\n", f"name: {name}\n", 1)
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise StudyError(f"{file}: cannot be written: {error.strerror}") from None
    print(f"wrote {file}; run it with: xbarsim run {file}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors.

    Example: [bold]xbarsim schema > scenario.schema.json[/bold]
    """
    import json

    from xbarsim.scenario import json_schema

    print(json.dumps(json_schema(), indent=2))


def _plan(scenario: str, settings: list[str] | None) -> Any:
    from xbarsim.scenario import load_scenario
    from xbarsim.scenario.load import parse_setting

    return load_scenario(scenario, dict(parse_setting(text) for text in settings or []))


def _table(title: str, rows: dict[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2))
    for name, text in rows.items():
        table.add_row(f"[bold]{name}[/bold]", text)
    Console().print(table)


_WIDEST = 24  # letters of a cell of the summary that stands on one line
#: heading and column of the metrics that the screen shows, in so far as a study has them
_METRICS = [
    ("accuracy", "accuracy"),
    ("software", "accuracy.software"),
    ("NRMSE", "nrmse"),
    ("software", "nrmse.software"),
    ("memory capacity", "memory.capacity"),
    ("software", "memory.capacity.software"),
    ("energy", "energy.total"),
    ("programming", "write.energy"),
    ("stuck cells", "cells.stuck"),
    ("failed cells", "cells.failed"),
    ("cell voltage", "access.v_selected"),
    ("write energy", "access.energy"),
    ("read margin", "access.margin"),
    ("written cell", "disturb.g_written"),
    ("half-selected lost", "disturb.half_lost"),
    ("unselected lost", "disturb.others_lost"),
    ("write energy", "disturb.energy"),
]

_NUMBERS = ("nrmse", "memory.", "system.memory.", "system.nrmse")  # no shares
_UNITS = {"access.v_selected": "volt", "disturb.g_written": "siemens"}


def _told(row: Any, metric: str) -> str:
    """A metric of a row of the summary; a dash where its task does not have it."""
    from xbarsim.units import show as with_unit

    value, half = row[metric], row[f"{metric}.half_width"]
    if value != value:
        return "–"
    if "energy" in metric:
        return with_unit(value, "joule")
    if metric in _UNITS:
        return with_unit(value, _UNITS[metric])
    told = half == half and not metric.endswith(".software") and not metric.startswith("cells.")
    if metric.startswith(_NUMBERS):
        return f"{value:.3g}{f' ± {half:.2g}' if told else ''}"
    interval = f" ± {100 * half:.2f}" if told else ""
    return f"{100 * value:.2f}{interval} %"


def _echo_summary(results: Any) -> None:
    """The metrics of every point, a table for each task that has metrics of its own."""
    summary, name = results.summary(), results.scenario["name"]
    known = [metric for _, metric in _METRICS if metric in summary]
    of_task = {
        task: tuple(m for m in [*known, *_of_system(results, task, part)] if part[m].notna().any())
        for task, part in summary.groupby("task", sort=False)
    }
    for metrics in dict.fromkeys(of_task.values()):
        tasks = [task for task, theirs in of_task.items() if theirs == metrics]
        title = name if len(tasks) == len(of_task) else f"{name}: {', '.join(tasks)}"
        _echo_tasks(results, summary[summary["task"].isin(tasks)], metrics, title)


def _of_system(results: Any, task: str, part: Any) -> list[str]:
    """Columns that say how well a published system does, on devices and in software."""
    from xbarsim.systems import system_of

    given = next(each for each in results.scenario["tasks"] if each["name"] == task)
    if given["kind"] != "system":
        return []
    found = [f"system.{name}" for name in system_of(given["system"]).METRICS]
    there = [name for name in found if name in part and part[name].notna().any()]
    return [name for name in there if name in (there[0], f"{there[0]}.software")]


def _echo_tasks(results: Any, summary: Any, told: tuple[str, ...], title: str) -> None:
    """The metrics `told` of tasks that all have them, on one screen."""
    from rich.console import Console
    from rich.table import Table

    from xbarsim.units import show as with_unit

    shown = summary.head(40)
    table = Table(title=title, title_justify="left")
    shown_metrics = [m for m in _METRICS if m[1] in told]
    shown_metrics += [
        (m.removeprefix("system.").replace(".", " "), m) for m in told if m.startswith("system.")
    ]
    tasks = ["task"] if summary["task"].nunique() > 1 else []
    ages = [] if "disturb.energy" in told else ["age"]
    axes = _leading(summary, results.axes)
    metrics = [words.replace(" ", "\n") for words, _ in shown_metrics]
    rows = [
        [
            *(row[task] for task in tasks),
            *(with_unit(row[age], "second") for age in ages),
            *(f"{row[a]:g}" if isinstance(row[a], float) else str(row[a]) for a in axes),
            *(_told(row, metric) for _, metric in shown_metrics),
        ]
        for _, row in shown.iterrows()
    ]
    for k, column in enumerate([*tasks, *ages, *_short(axes), *metrics]):
        wide = any(len(row[k]) > _WIDEST for row in rows)
        table.add_column(column, justify="left" if wide else "right", no_wrap=not wide)
    for cells in rows:
        table.add_row(*cells)
    Console().print(table)
    if len(summary) > len(shown):
        print(f"... {len(summary) - len(shown)} more in {results.directory / 'summary.csv'}")


def _echo_fit(found: Any) -> None:
    """Estimates with their intervals, and what to know before trusting them."""
    from rich.console import Console
    from rich.table import Table

    from xbarsim.units import show as with_unit

    table = Table(title=f"{found.sheet}, {len(found.data)} rows", title_justify="left")
    for column in ("parameter", "start", "fit", "standard error",
                   f"{100 * found.confidence:g} % interval"):  # fmt: skip
        table.add_column(column, justify="left" if column == "parameter" else "right")
    for e in found.estimates:
        start, value, error, low, high = (
            with_unit(x, e.unit) for x in (e.start, e.value, e.error, e.low, e.high)
        )
        table.add_row(e.name, start, value, error, f"{low} to {high}")
    Console().print(table)
    print(f"compared on {found.scale}: residual rms {found.rms:.3g}, R^2 {found.r_squared:.6g}")
    if found.data.ignored:
        print(f"columns not used: {', '.join(found.data.ignored)}")
    for warning in found.warnings:
        print(f"warning: {warning}")


def _echo_placement(placement: Any, times: Any) -> None:
    """A row for each matrix; what stays digital; arrays, and the share of cells in use."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from xbarsim.units import show as with_unit

    hardware, digital = placement.hardware, placement.digital
    columns = ["layer", "matrix", "copies", "arrays", "in use"]
    more = [] if times is None else ["reads", "in series", "time"]
    table = Table(title=f"{placement.arrays} arrays of {hardware.rows} x {hardware.cols}",
                  title_justify="left")  # fmt: skip
    for column in columns + more:
        left = column == "layer"
        table.add_column(column, justify="left" if left else "right", no_wrap=not left)
    cells = hardware.rows * hardware.cols
    for key, slots in placement.table.groupby(["layer", "block"], sort=False):
        part, arrays = placement.partitions[key], slots["array"].nunique()
        one = f"{part.inputs // part.groups} x {part.outputs // part.groups}"
        row = [escape(".".join(filter(None, key))),
               one if part.groups == 1 else f"{part.groups} of {one}",
               placement.copies(*key), arrays,
               f"{100 * slots['used_cells'].sum() / (arrays * cells):.1f} %"]  # fmt: skip
        if times is not None:
            own = times[(times["layer"] == key[0]) & (times["block"] == key[1])].iloc[0]
            row += [own["reads"], own["series"], with_unit(own["time"], "second")]
        table.add_row(*map(str, row))
    Console().print(table)
    print(f"cells in use: {100 * placement.utilisation:.1f} %")
    if times is not None:
        interval, latency = (with_unit(times.attrs[n], "second") for n in ("interval", "latency"))
        print(
            f"an inference every {interval} with all layers at work; a single one takes {latency}"
        )
    for (op, why), nodes in digital.groupby(["op", "why"], sort=False):
        print(f"digital: {op}, {why}: {', '.join(nodes['name'])}")


def _leading(summary: Any, axes: list[str]) -> list[str]:
    """`axes` without those that move together with one before them."""
    leading: list[str] = []
    for axis in axes:
        levels = summary[axis].nunique()
        alike = (a for a in leading if summary[a].nunique() == levels)
        if not any(len(summary[[a, axis]].drop_duplicates()) == levels for a in alike):
            leading.append(axis)
    return leading


def _short(paths: list[str]) -> list[str]:
    """Last parts of dotted paths, or the whole paths where those are not distinct."""
    last = [path.rsplit(".", 1)[-1] for path in paths]
    return last if len(set(last)) == len(last) else paths


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar for each stage, on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        stages: dict[str, Any] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in stages:
                stages[what] = bar.add_task(what, total=total)
            bar.update(stages[what], completed=done, total=total)

        yield progress
