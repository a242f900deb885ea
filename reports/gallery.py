"""The gallery's page, from the scenarios, the reference results and what is said of them.

    python reports/gallery.py [--write]

prints it, or writes ``scenarios/README.md``.

Questions stand in the scenario files, pictures, figures and run times in ``reports/reference``, and
words in ``reports/findings``.
"""

import argparse
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from findings import GROUPS
from findings.entry import Entry, Study
from findings.needs import DATA, needs

from xbarsim.scenario import load_scenario

PAGE = Path(__file__).resolve().parents[1] / "scenarios" / "README.md"
_HEAD = """\
Each file asks one question and runs as it stands: `xbarsim run NAME`. Pictures, figures and run
times are those of the [reference results](../reports/README.md). `xbarsim show NAME` prints the
file, and `--set` changes what it says. What needs `XBARSIM_DATA` reads data sets from the folder
that it [names](../README.md#what-you-can-do); packages are extras of xbarsim (`torch`, `optimize`,
`sensitivity`)."""


def page() -> str:
    """All of it: an index, then a section for each scenario, in groups."""
    index, sections = list[str](), list[str]()
    for title, group in GROUPS.items():
        studies = [Study(entry.name) for entry in group]
        index.append(_wrapped(f"- {title}: {', '.join(map(_indexed, studies))}."))
        sections += [f"## {title}\n", *map(section, group, studies)]
    return "\n".join(["# The gallery\n", f"{_wrapped(_HEAD)}\n", *index, "", *sections])


def _indexed(study: Study) -> str:
    return f"[{study.name}](#{study.name}) ({_time(study.results.meta)})"


def section(entry: Entry, study: Study) -> str:
    """Question, picture, result, command and run time of a scenario."""
    plan = load_scenario(entry.name, check=False)
    result, more = entry.found(study)
    picture = f"![{entry.shows}](../reports/reference/{entry.name}/{entry.picture})"
    paper = f"After {entry.paper}; see [systems](../docs/systems.md)." if entry.paper else ""
    texts = [plan.scenario.description, picture, f"**{result}**", more, paper]
    shown = [text if text is picture else _wrapped(text) for text in texts if text]
    facts = _wrapped(" · ".join(_facts(entry.name, study.results.meta, needs(plan))))
    return "\n\n".join([f"### {entry.name}", *shown, facts]) + "\n"


def _facts(name: str, meta: dict[str, Any], needed: list[str]) -> Iterator[str]:
    yield f"`xbarsim run {name}`"
    _, cores, _ = meta["machine"].split(", ")
    yield f"{_time(meta)} on {cores} of {meta['processor']}, {meta['trials']:,} trials"
    if needed:
        yield f"needs {' and '.join(f'`{what}`' if what == DATA else what for what in needed)}"
    yield f"[scenario]({name}.yaml)"
    yield f"[report](../reports/reference/{name}/report.html)"


def _time(meta: dict[str, Any]) -> str:
    seconds = meta["wall_time_s"]
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _wrapped(text: str) -> str:
    after = "  " if text.startswith("- ") else ""
    return textwrap.fill(
        text, 120, break_long_words=False, break_on_hyphens=False, subsequent_indent=after
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}, print nothing")
    if parser.parse_args().write:
        PAGE.write_text(page(), "utf-8")
    else:
        print(page(), end="")
