"""``xbarsim map``: a trained network on arrays."""

from pathlib import Path
from typing import Annotated, Any

import typer

from xbarsim.cli.completion import scenarios
from xbarsim.cli.options import SetOption, plan_of, require_folder
from xbarsim.cli.tables import grid


def map_(
    model: Annotated[Path, typer.Argument(help="A trained network: a file .onnx or .nir.")],
    scenario: Annotated[
        str | None,
        typer.Option(
            help="Scenario, or its name in the gallery, that has the arrays.",
            autocompletion=scenarios,
        ),
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
        require_folder(file)
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
    plan = plan_of(scenario, settings)
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


def _echo_placement(placement: Any, times: Any) -> None:
    """A row for each matrix; what stays digital; arrays, and the share of cells in use."""
    from xbarsim.units import show as with_unit

    hardware, digital = placement.hardware, placement.digital
    columns = ["layer", "matrix", "copies", "arrays", "in use"]
    more = [] if times is None else ["reads", "in series", "time"]
    rows = []
    cells = hardware.rows * hardware.cols
    for key, slots in placement.table.groupby(["layer", "block"], sort=False):
        part, arrays = placement.partitions[key], slots["array"].nunique()
        one = f"{part.inputs // part.groups} x {part.outputs // part.groups}"
        row = [".".join(filter(None, key)),
               one if part.groups == 1 else f"{part.groups} of {one}",
               placement.copies(*key), arrays,
               f"{100 * slots['used_cells'].sum() / (arrays * cells):.1f} %"]  # fmt: skip
        if times is not None:
            own = times[(times["layer"] == key[0]) & (times["block"] == key[1])].iloc[0]
            row += [own["reads"], own["series"], with_unit(own["time"], "second")]
        rows.append([str(cell) for cell in row])
    grid(f"{placement.arrays} arrays of {hardware.rows} x {hardware.cols}", columns + more, rows)
    print(f"cells in use: {100 * placement.utilisation:.1f} %")
    if times is not None:
        interval, latency = (with_unit(times.attrs[n], "second") for n in ("interval", "latency"))
        print(
            f"an inference every {interval} with all layers at work; a single one takes {latency}"
        )
    for (op, why), nodes in digital.groupby(["op", "why"], sort=False):
        print(f"digital: {op}, {why}: {', '.join(nodes['name'])}")
