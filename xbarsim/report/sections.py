"""What each section of the page holds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xbarsim.device import Sheet, StatisticalDevice, SwitchingLaw, load_device, load_sheet
from xbarsim.errors import SpecError
from xbarsim.report.access import access_drawing, access_table
from xbarsim.report.accuracy import accuracy_drawing, accuracy_table
from xbarsim.report.citations import citations
from xbarsim.report.device_card import device_drawing, parameter_table, write_table
from xbarsim.report.drawing import Drawing
from xbarsim.report.energy import balance_sentences, energy_drawing, energy_table
from xbarsim.report.law_card import law_drawing
from xbarsim.report.pareto import pareto_drawing
from xbarsim.report.provenance import provenance_table, scenario_text
from xbarsim.report.summary import Card, cards, failure_table, sentences, warnings
from xbarsim.report.table import Table
from xbarsim.report.tiles import layer_table, tile_drawing
from xbarsim.report.view import View, view_of
from xbarsim.scenario.build import cells_of
from xbarsim.scenario.schema import ArraySpec, DeviceSpec
from xbarsim.study.results import Results
from xbarsim.units import quantity

Block = Drawing | Table | str


#: what a scenario calls the figures of a section
_FIGURES = {"accuracy": "accuracy", "energy": "energy_breakdown", "pareto": "pareto",
            "tiles": "tile_map", "access": "access", "device": "device_card"}  # fmt: skip


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


@dataclass(frozen=True)
class Sections:
    """The sections of a page, in order."""

    all: list[Section]

    @property
    def drawings(self) -> list[Drawing]:
        """Every figure of the page, in order."""
        return [b for section in self.all for b in section.blocks if isinstance(b, Drawing)]


def report_sections(results: Results) -> Sections:
    """The sections of the report on `results`."""
    found = [_summary(results, ["No trial finished."], [])]
    if not results.table.empty:
        view = view_of(results)
        found = [
            _summary(results, sentences(view), cards(view)),
            *_with_wanted_figures(
                results,
                [*_networks(view), *_arrays(view), _device(view)],
            ),
        ]
    scenario = Section(id="scenario", title="Scenario", extra={"text": scenario_text(results)})
    provenance = Section(id="provenance", title="Provenance", blocks=[provenance_table(results)])
    return Sections([*found, scenario, provenance])


def _with_wanted_figures(results: Results, sections: list[Section]) -> Iterator[Section]:
    """The sections with the figures that the scenario lists; all of them if it lists none."""
    wanted = results.scenario.get("report", {}).get("figures", _FIGURES.values())
    for section in sections:
        if _FIGURES[section.id] in wanted:
            yield section
        elif kept := [block for block in section.blocks if not isinstance(block, Drawing)]:
            yield replace(section, blocks=kept)


def _summary(results: Results, texts: list[str], shown: list[Card]) -> Section:
    extra = {
        "cards": shown,
        "warnings": warnings(results),
        "failures": failure_table(results),
    }
    return Section(id="summary", title="Summary", blocks=[*texts], extra=extra)


def _networks(view: View) -> list[Section]:
    if not view.tasks:
        return []
    return [_accuracy(view), _energy(view), *_pareto(view), _tiles(view)]


def _arrays(view: View) -> list[Section]:
    if not view.arrays:
        return []
    pairs = ((access_drawing(view, task), access_table(view, task)) for task in view.arrays)
    return [Section(id="access", title="Writing and reading one cell", blocks=_flat(pairs))]


def _accuracy(view: View) -> Section:
    pairs = ((accuracy_drawing(view, task), accuracy_table(view, task)) for task in view.tasks)
    return Section(id="accuracy", title="Accuracy", blocks=_flat(pairs))


def _energy(view: View) -> Section:
    pairs = ((energy_drawing(view, task), energy_table(view, task)) for task in view.tasks)
    books = " ".join(balance_sentences(view))
    return Section(id="energy", title="Energy per inference", blocks=[*_flat(pairs), books])


def _pareto(view: View) -> list[Section]:
    if view.frame["point"].nunique() < 2:
        return []
    drawings: list[Block] = [pareto_drawing(view, task) for task in view.tasks]
    return [Section(id="pareto", title="Accuracy against energy", blocks=drawings)]


def _tiles(view: View) -> Section:
    drawings = [drawing for task in view.tasks if (drawing := tile_drawing(view, task))]
    if not drawings:
        return Section(id="tiles", title="Tiles", blocks=["The study kept no placement."])
    return Section(id="tiles", title="Tiles", blocks=[*drawings, layer_table(view)])


def _device(view: View) -> Section:
    chosen = dict(view.results.scenario["device"])
    name, write = str(chosen.pop("sheet")), chosen.pop("write", None)
    try:
        sheet, device = load_sheet(name), _cells(view)
        tables: list[Block] = [parameter_table(name, sheet, chosen)]
        drawings: list[Block] = [device_drawing(device, name, _ages(view))]
        if write is not None:
            tables.append(write_table(write))
            drawings += _law(name, chosen, sheet)
    except SpecError as error:
        text = f"The sheet {name} cannot be shown here: {error}"
        return Section(id="device", title=f"Device: {name}", blocks=[text])
    swept = [axis.label for axis in view.axes if "device." in axis.label]
    note = [f"Swept by the scenario, shown at its base value: {', '.join(swept)}."] if swept else []
    return Section(
        id="device",
        title=f"Device: {sheet.title}",
        blocks=[*([sheet.notes] if sheet.notes else []), *note,
                *drawings, *tables],
        extra={"citations": citations(sheet.cite)},
    )  # fmt: skip


def _ages(view: View) -> list[float]:
    return [float(age) for age in view.results.scenario.get("ages") or []]


def _law(name: str, overrides: Mapping[str, Any], sheet: Sheet) -> list[Block]:
    """The law that cells are written by, where its sheet says what switches it."""
    law = load_device(name, **overrides)
    if sheet.sweep is None or not isinstance(law, SwitchingLaw):
        return []
    return [law_drawing(law, name, sheet.sweep)]


def _cells(view: View) -> StatisticalDevice:
    scenario = view.results.scenario
    v_read = scenario.get("array", {}).get("v_read") or ArraySpec().v_read
    return cells_of(DeviceSpec.model_validate(scenario["device"]), quantity(v_read, "volt"))


def _flat(groups: Iterable[Iterable[Block]]) -> list[Block]:
    return [block for group in groups for block in group]
