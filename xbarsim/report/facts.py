"""What a figure taken out of its report should not be without, as JSON beside its pictures."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from xbarsim import __version__
from xbarsim.device import load_sheet
from xbarsim.errors import SpecError
from xbarsim.report.citations import citations
from xbarsim.report.drawing import Drawing
from xbarsim.report.text import interval_text
from xbarsim.study.results import Results


def study_facts(results: Results) -> dict[str, Any]:
    """What is known of a study: its name, hash, seed, trials, intervals, files and publications."""
    meta, table = results.meta, results.table
    keys = ["task", "point", "age"]
    counts = [] if table.empty else table.groupby(keys, dropna=False).size().tolist()
    sheet = str(results.scenario["device"]["sheet"]) if "device" in results.scenario else ""
    return {
        "study": results.scenario.get("name", "study"),
        "scenario_hash": meta.get("fingerprint"),
        "model_version": meta.get("model_version"),
        "seed": results.scenario.get("seed"),
        "trials": {
            "finished": meta.get("trials_finished"),
            "failed": meta.get("trials_failed"),
            "left": meta.get("trials_left", 0),
        },
        "intervals": interval_text(results.confidence, counts) if counts else None,
        "device": {"sheet": sheet, "publications": _publications(sheet)} if sheet else None,
        "data": _data_files(results),
        "made_with": meta.get("versions", {}),
    }


def figure_facts(
    drawing: Drawing, studies: Mapping[str, Any], tables: Iterable[str] = ()
) -> dict[str, Any]:
    """What a figure shows, of what, and with which axes.

    Parameters
    ----------
    drawing : the figure.
    studies : from `study_facts`; of a comparison by the letter of each study.
    tables : of its section of the page, beside it.
    """
    return {
        "title": drawing.title,
        "caption": drawing.caption,
        "files": [f"{drawing.name}.svg", f"{drawing.name}.pdf"],
        "panels": [
            {
                "title": axes.get_title(),
                "x": {"label": axes.get_xlabel(), "scale": axes.get_xscale()},
                "y": {"label": axes.get_ylabel(), "scale": axes.get_yscale()},
            }
            for axes in drawing.figure.axes
            if axes.axison and axes.get_visible()
        ],
        "tables": list(tables),
        "drawn_with": f"xbarsim {__version__}",
        **studies,
        **({} if drawing.intervals else {"intervals": None}),
    }


def facts_json(facts: Mapping[str, Any]) -> bytes:
    """Facts as the text of a file."""
    text = json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False, default=str)
    return f"{text}\n".encode()


def _publications(sheet: str) -> list[str]:
    try:
        return citations(load_sheet(sheet).cite)
    except SpecError:  # a sheet that is not installed here
        return []


def _data_files(results: Results) -> list[str]:
    """Where the numbers are: tables beside the page once the study is finished."""
    if results.meta.get("trials_left"):
        return ["results.sqlite"]
    found = ["results.csv", "summary.csv", "results.json"]
    found += ["pareto.csv", "search.csv"] if results.scenario.get("search") else []
    return found + (["sensitivity.csv"] if results.scenario.get("sensitivity") else [])
