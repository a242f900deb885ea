"""What each section of the page holds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xbarsim.device import Sheet, SwitchingLaw, load_sheet
from xbarsim.errors import SpecError
from xbarsim.report.access import access_drawing, access_table
from xbarsim.report.accuracy import accuracy_drawing, accuracy_table
from xbarsim.report.cells_in_use import ages_in, cells_in_use, has_cells
from xbarsim.report.chip import (
    chip_drawing,
    chip_sentences,
    chip_table,
    layers_table,
    nearest_table,
    tornado_drawing,
)
from xbarsim.report.citations import citations
from xbarsim.report.device_card import (
    device_drawing,
    effects_tables,
    parameter_table,
    write_table,
)
from xbarsim.report.device_facts import facts_table
from xbarsim.report.disturb import disturb_drawing, disturb_table
from xbarsim.report.drawing import Drawing
from xbarsim.report.drift import drift_blocks
from xbarsim.report.energy import balance_sentences, energy_drawing, energy_table
from xbarsim.report.excerpt import excerpt
from xbarsim.report.ir_drop import ir_drop_blocks
from xbarsim.report.law_card import law_drawing
from xbarsim.report.losses import losses_drawing, losses_of, losses_table, yield_table
from xbarsim.report.parallel_axes import parallel_drawing
from xbarsim.report.pareto import pareto_drawing
from xbarsim.report.programming import programming_drawing, programming_table
from xbarsim.report.provenance import provenance_table, scenario_text
from xbarsim.report.reservoir import reservoir_drawing, reservoir_table
from xbarsim.report.search import search_blocks
from xbarsim.report.sensitivity import sensitivity_blocks
from xbarsim.report.summary import Card, cards, failure_table, sentences, unfinished, warnings
from xbarsim.report.system import published_table, system_drawing, system_table
from xbarsim.report.table import Table
from xbarsim.report.tiles import layer_table, tile_drawing
from xbarsim.report.tornado import tornado_blocks
from xbarsim.report.view import View, view_of
from xbarsim.report.wear import wear_blocks
from xbarsim.report.write_map import write_map_blocks
from xbarsim.scenario.cells import bound_device
from xbarsim.scenario.schema import DeviceSpec
from xbarsim.study.results import Results

Block = Drawing | Table | str


#: what a scenario calls the figures of a section
_FIGURES = {"accuracy": "accuracy", "energy": "energy_breakdown", "pareto": "pareto",
            "programming": "programming", "tiles": "tile_map", "access": "access",
            "disturb": "disturb", "losses": "losses", "reservoir": "reservoir", "system": "system",
            "step_energy": "energy_breakdown", "chip": "chip", "sensitivity": "sensitivity",
            "device": "device_card", "axes": "tornado", "points": "parallel",
            "ir_drop": "ir_drop", "drift": "drift", "wear": "wear"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Section:
    """Paragraphs, figures and tables under one heading.

    Parameters
    ----------
    id : anchor in the page.
    title : the heading.
    blocks : what stands below it, in order; text is a paragraph.
    extra : what the template of this section shows beside the blocks.
    """

    id: str
    title: str
    blocks: Sequence[Block] = field(default_factory=list)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def drawings(self) -> list[Drawing]:
        """Its figures, in order."""
        return [block for block in self.blocks if isinstance(block, Drawing)]

    @property
    def tables(self) -> list[Table]:
        """Its tables, in order."""
        held = [*self.extra.values(), *self.blocks]
        return [block for block in held if isinstance(block, Table)]

    def named(self) -> "Section":
        """The same with a name for each table: its own, or the section's with its number."""
        blocks, number = list(self.blocks), 0
        for k, block in enumerate(blocks):
            if isinstance(block, Table):
                number += 1
                own = self.id + (f"-{number}" if number > 1 else "")
                blocks[k] = replace(block, name=block.name or own)
        return replace(self, blocks=blocks)


@dataclass(frozen=True)
class Sections:
    """The sections of a page, in order."""

    all: list[Section]

    @property
    def drawings(self) -> list[Drawing]:
        """Every figure of the page, in order."""
        return [drawing for section in self.all for drawing in section.drawings]


def report_sections(results: Results) -> Sections:
    """The sections of the report on `results`."""
    yet = " yet" if results.meta.get("trials_left") else ""
    found = [_summary(results, [f"No trial is finished{yet}."], [])]
    if not results.table.empty:
        view = view_of(results)
        found = [
            _summary(results, sentences(view), cards(view)),
            *_with_wanted_figures(
                results,
                [
                    *_search(view),
                    *_sensitivity(view),
                    *_networks(view),
                    *_reservoirs(view),
                    *_systems(view),
                    *_arrays(view),
                    *_disturbs(view),
                    *_section("axes", "What each axis does", tornado_blocks(view)),
                    *_section("points", "Every point", _points(view)),
                    *_section("ir_drop", "IR drop", _maps(view)),
                    *_section("drift", "Drift over time", drift_blocks(view)),
                    *_section("wear", "Wear", wear_blocks(view)),
                    _device(view),
                ],
            ),
        ]
    scenario = Section(id="scenario", title="Scenario", extra={"text": scenario_text(results)})
    provenance = Section(id="provenance", title="Provenance", blocks=[provenance_table(results)])
    return Sections([section.named() for section in [*found, scenario, provenance]])


def _with_wanted_figures(results: Results, sections: list[Section]) -> Iterator[Section]:
    """The sections with the figures that the scenario lists; all of them if it lists none."""
    wanted = results.scenario.get("report", {}).get("figures")
    for section in sections:
        if wanted is None or _FIGURES[section.id] in wanted:
            yield section
        elif kept := [block for block in section.blocks if not isinstance(block, Drawing)]:
            yield replace(section, blocks=kept)


def _summary(results: Results, texts: list[str], shown: list[Card]) -> Section:
    extra = {
        "unfinished": unfinished(results),
        "cards": shown,
        "warnings": warnings(results),
        "failures": failure_table(results),
    }
    return Section(id="summary", title="Summary", blocks=[*texts], extra=extra)


def _section(name: str, title: str, blocks: Sequence[Block]) -> list[Section]:
    """A section, where there is anything to show."""
    return [Section(id=name, title=title, blocks=blocks)] if blocks else []


def _points(view: View) -> list[Block]:
    tasks = [str(task) for task in view.frame["task"].drop_duplicates()]
    return _flat([[parallel_drawing(view, task) for task in tasks]])


def _maps(view: View) -> list[Block]:
    return [*ir_drop_blocks(view), *write_map_blocks(view)]


def _search(view: View) -> list[Section]:
    """What a search found; it stands for the figure of accuracy against energy."""
    if not view.results.scenario.get("search"):
        return []
    return [Section(id="pareto", title="Pareto front", blocks=search_blocks(view))]


def _sensitivity(view: View) -> list[Section]:
    if not view.results.scenario.get("sensitivity"):
        return []
    return [Section(id="sensitivity", title="Sensitivity", blocks=sensitivity_blocks(view))]


def _networks(view: View) -> list[Section]:
    if not view.tasks:
        return []
    first = [_accuracy(view), *_losses(view), _energy(view)]
    return [*first, *_chip(view), *_pareto(view), *_programming(view), _tiles(view)]


def _reservoirs(view: View) -> list[Section]:
    if not view.reservoirs:
        return []
    pairs = (
        (reservoir_drawing(view, t), excerpt(view, reservoir_table, t)) for t in view.reservoirs
    )
    costs = (
        (energy_drawing(view, t, "step"), excerpt(view, energy_table, t, "step"))
        for t in view.reservoirs
    )
    books = [] if view.tasks else [" ".join(balance_sentences(view))]
    return [
        Section(id="reservoir", title="Reservoirs", blocks=_flat(pairs)),
        Section(id="step_energy", title="Energy per step", blocks=[*_flat(costs), *books]),
    ]


def _systems(view: View) -> list[Section]:
    if not view.systems:
        return []
    groups = (_system(view, task) for task in view.systems)
    return [Section(id="system", title="Published systems", blocks=_flat(groups))]


def _system(view: View, task: str) -> list[Block]:
    published = published_table(view, task)
    beside: list[Block] = [published] if published else []
    return [system_drawing(view, task), *beside, excerpt(view, system_table, task)]


def _arrays(view: View) -> list[Section]:
    if not view.arrays:
        return []
    pairs = (
        (access_drawing(view, task), excerpt(view, access_table, task)) for task in view.arrays
    )
    return [Section(id="access", title="Writing and reading one cell", blocks=_flat(pairs))]


def _disturbs(view: View) -> list[Section]:
    if not view.disturbs:
        return []
    pairs = ((disturb_drawing(view, t), excerpt(view, disturb_table, t)) for t in view.disturbs)
    return [Section(id="disturb", title="Writing one cell among others", blocks=_flat(pairs))]


def _accuracy(view: View) -> Section:
    groups = (_accuracy_of(view, task) for task in view.tasks)
    return Section(id="accuracy", title="Accuracy", blocks=_flat(groups))


def _accuracy_of(view: View, task: str) -> list[Block | None]:
    return [accuracy_drawing(view, task), excerpt(view, accuracy_table, task),
            excerpt(view, yield_table, task)]  # fmt: skip


def _losses(view: View) -> list[Section]:
    tasks = [task for task in view.tasks if losses_of(view.task(task))]
    if not tasks:
        return []
    pairs = ((losses_drawing(view, task), excerpt(view, losses_table, task)) for task in tasks)
    return [Section(id="losses", title="What costs accuracy", blocks=_flat(pairs))]


def _energy(view: View) -> Section:
    pairs = ((energy_drawing(view, task), excerpt(view, energy_table, task)) for task in view.tasks)
    books = " ".join(balance_sentences(view))
    return Section(id="energy", title="Energy per inference", blocks=[*_flat(pairs), books])


def _chip(view: View) -> list[Section]:
    tasks = [task for task in view.tasks if "chip.energy" in view.task(task)]
    if not tasks:
        return []
    groups = (
        (
            chip_drawing(view, task),
            excerpt(view, chip_table, task),
            chip_sentences(view, task),
            layers_table(view, task),
            tornado_drawing(view, task),
            nearest_table(view, task),
        )
        for task in tasks
    )
    return [Section(id="chip", title="The whole chip", blocks=_flat(groups))]


def _pareto(view: View) -> list[Section]:
    if view.frame["point"].nunique() < 2 or view.results.scenario.get("search"):
        return []
    drawings: list[Block] = [pareto_drawing(view, task) for task in view.tasks]
    return [Section(id="pareto", title="Accuracy against energy", blocks=drawings)]


def _programming(view: View) -> list[Section]:
    if not view.written:
        return []
    pairs = (
        (programming_drawing(view, t), excerpt(view, programming_table, t)) for t in view.written
    )
    return [Section(id="programming", title="Programming", blocks=_flat(pairs))]


def _tiles(view: View) -> Section:
    drawings = [drawing for task in view.tasks if (drawing := tile_drawing(view, task))]
    if not drawings:
        return Section(id="tiles", title="Tiles", blocks=["The study kept no placement."])
    return Section(id="tiles", title="Tiles", blocks=[*drawings, layer_table(view)])


def _device(view: View) -> Section:
    chosen = dict(view.results.scenario["device"])
    name = str(chosen.pop("sheet"))
    beside = {key: chosen.pop(key, None) for key in DeviceSpec.model_fields if key != "sheet"}
    try:
        sheet, drawn = load_sheet(name), _device_drawings(view, name)
        tables: list[Block] = [*_facts(view, sheet), parameter_table(name, sheet, chosen)]
        if beside["write"] is not None:
            tables.append(write_table(beside["write"]))
        tables += effects_tables(view.results.scenario)
    except SpecError as error:
        text = f"The sheet {name} cannot be shown here: {error}"
        return Section(id="device", title=f"Device: {name}", blocks=[text])
    swept = [axis.label for axis in view.axes if "device." in axis.label]
    note = [f"Swept by the scenario, shown at its base value: {', '.join(swept)}."] if swept else []
    return Section(
        id="device",
        title=f"Device: {sheet.title}",
        blocks=[*([sheet.notes] if sheet.notes else []), *note,
                *drawn, *tables],
        extra={"citations": citations(sheet.cite)},
    )  # fmt: skip


def _device_drawings(view: View, name: str) -> list[Drawing]:
    """What the device does: as cells of arrays, and as the law that it is."""
    spec, drawn = DeviceSpec.model_validate(view.results.scenario["device"]), []
    if has_cells(view):
        drawn.append(device_drawing(cells_in_use(view), name, ages_in(view)))
    law, sweep = bound_device(spec), load_sheet(name).sweep
    if isinstance(law, SwitchingLaw) and sweep is not None:
        drawn.append(law_drawing(law, name, sweep))
    return drawn


def _facts(view: View, sheet: Sheet) -> list[Table]:
    """The cells at a glance, where tasks stand on arrays of them."""
    if not has_cells(view):
        return []
    return [facts_table(cells_in_use(view), sheet, ages_in(view), view.results.scenario)]


def _flat(groups: Iterable[Iterable[Block | None]]) -> list[Block]:
    return [block for group in groups for block in group if block is not None]
