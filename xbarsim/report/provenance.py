"""The scenario as text, and how, where and when it was run."""

import io
from typing import Any

from xbarsim.report.table import Cell, Table
from xbarsim.report.text import value_text
from xbarsim.study.results import Results

#: shown further up on the page
_ELSEWHERE = {"warnings", "failures", "running", "proposals"}


def scenario_text(results: Results) -> str:
    """The resolved scenario as YAML."""
    return yaml_text(results.scenario)


def yaml_text(data: dict[str, Any]) -> str:
    """Plain data as YAML."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.allow_unicode = True
    yaml.width = 96
    buffer = io.StringIO()
    yaml.dump(data, buffer)
    return buffer.getvalue()


def provenance_table(results: Results) -> Table:
    """A row for each fact about the run; nested facts a row each."""
    return Table(
        caption="How these results were made.",
        columns=["what", "value"],
        rows=[
            [Cell(name), Cell(text)]
            for key, value in results.meta.items()
            if key not in _ELSEWHERE
            for name, text in _facts(str(key), value)
        ],
    )


def _facts(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [fact for key, item in value.items() for fact in _facts(f"{name} · {key}", item)]
    return [(name.replace("_", " "), value_text(value))]
