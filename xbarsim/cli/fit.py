"""``xbarsim fit``: a device sheet from measurements."""

from pathlib import Path
from typing import Annotated, Any

import typer

from xbarsim.cli.completion import sheets
from xbarsim.cli.options import SetOption, require_folder
from xbarsim.cli.tables import grid


def fit(
    data: Annotated[list[Path], typer.Argument(help="CSV files of one kind of measurement.")],
    sheet: Annotated[
        str,
        typer.Option(
            help="Device sheet, or file, that the fit begins from.", autocompletion=sheets
        ),
    ],
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
        require_folder(file)
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


def _echo_fit(found: Any) -> None:
    """Estimates with their intervals, and what to know before trusting them."""
    from xbarsim.units import show as with_unit

    interval = f"{100 * found.confidence:g} % interval"
    columns = ["parameter", "start", "fit", "standard error", interval]
    rows = []
    for e in found.estimates:
        start, value, error, low, high = (
            with_unit(x, e.unit) for x in (e.start, e.value, e.error, e.low, e.high)
        )
        rows.append([e.name, start, value, error, f"{low} to {high}"])
    grid(f"{found.sheet}, {len(found.data)} rows", columns, rows, wrap=range(len(columns)))
    print(f"compared on {found.scale}: residual rms {found.rms:.3g}, R^2 {found.r_squared:.6g}")
    if found.data.ignored:
        print(f"columns not used: {', '.join(found.data.ignored)}")
    for warning in found.warnings:
        print(f"warning: {warning}")
