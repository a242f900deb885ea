"""Lists in pages that are made from what the package holds: ``<!-- listing: NAME -->``."""

import re
from pathlib import Path

from ruamel.yaml import YAML

from xbarsim.device import KINDS, list_devices, load_sheet
from xbarsim.device.sheets import kinds_of
from xbarsim.report.citations import citations

ROOT = Path(__file__).parents[2]
_TITLES = {
    "statistical": "Devices: programmed arrays of cells",
    "switching": "Switching laws",
    "pulsed": "Pulsed cells",
    "stepped": "Stepped cells",
}


def device_sheets():
    """A table of sheets for each kind of device."""
    names = {name: (load_sheet(name), kinds_of(name)) for name in list_devices()}
    parts = []
    for kind in KINDS:
        rows = [
            f"| `{name}` | {sheet.title} | {', '.join(map(_cited, sheet.cite))} |"
            for name, (sheet, kinds) in names.items()
            if kind in kinds
        ]
        head = ["| sheet | what | publications |", "|---|---|---|"]
        parts += [f"## {_TITLES[kind]}", "", *head, *rows, ""]
    return "\n".join(parts)


def _cited(key):
    return f"[{key}](publications.md#{key})"


def publications():
    """Every publication, where ``[key]_`` of a docstring finds it."""
    text = (ROOT / "device_models/references.bib").read_text("utf-8")
    keys = sorted(re.findall(r"^@\w+\{\s*([^,\s]+)", text, re.MULTILINE))
    lines = [f".. [{k}] \\ {_plain(line)}" for k, line in zip(keys, citations(keys), strict=True)]
    return "\n".join(["```{eval-rst}", *lines, "```"])


def _plain(text):
    """A line in which reStructuredText finds no marks, and a link to what has a DOI."""
    text = re.sub(r"([*`|_\\])", r"\\\1", text)
    return re.sub(r"doi:(\S+?)\.?$", r"`doi:\1 <https://doi.org/\1>`__", text)


def bibtex():
    """The entry of this software, from ``CITATION.cff``."""
    cited = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text("utf-8"))
    who = " and ".join(f"{{{one['name']}}}" for one in cited["authors"])
    fields = {
        "author": who,
        "title": f"{{{cited['title']}}}",
        "version": cited["version"],
        "year": cited["date-released"].year,
        "note": f"Software, {cited['license']}",
    }
    lines = [f"  {name:7} = {{{value}}}," for name, value in fields.items()]
    return "\n".join(["```bibtex", "@misc{xbarsim,", *lines, "}", "```"])


LISTINGS = {"device sheets": device_sheets, "publications": publications, "bibtex": bibtex}
