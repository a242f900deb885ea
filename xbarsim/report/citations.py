"""Publications behind a device sheet, from the ``references.bib`` of the installed packs."""

import re
import unicodedata
from collections.abc import Sequence
from importlib.metadata import entry_points
from importlib.resources import files

from xbarsim.device import GROUP

_ENTRY = re.compile(r"^@\w+\{\s*([^,\s]+)\s*,(.*?)^\}", re.MULTILINE | re.DOTALL)
_ACCENT = re.compile(r"\\(['`\"^~v])\{?(\w)\}?")
#: accents of TeX, as combining characters
_MARKS = {"'": "\u0301", "`": "\u0300", '"': "\u0308", "^": "\u0302", "~": "\u0303", "v": "\u030c"}
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?\s*$", re.MULTILINE)


def citations(keys: Sequence[str]) -> list[str]:
    """A line for each key: authors, title, where and when; the key alone if no pack knows it."""
    known = _known()
    return [_line(known[key]) if key in known else key for key in keys]


def _known() -> dict[str, dict[str, str]]:
    out: dict[str, dict[str, str]] = {}
    for pack in entry_points(group=GROUP):
        bibliography = files(pack.load()) / "references.bib"
        if bibliography.is_file():
            for key, body in _ENTRY.findall(bibliography.read_text("utf-8")):
                out[key] = {name.lower(): _plain(text) for name, text in _FIELD.findall(body)}
    return out


def _plain(text: str) -> str:
    text = _ACCENT.sub(_accented, text.replace(r"\_", "_").replace(r"\url", ""))
    return text.replace("{", "").replace("}", "").replace("--", "–")


def _accented(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", found[2] + _MARKS[found[1]])


def _line(entry: dict[str, str]) -> str:
    where = entry.get("journal") or entry.get("booktitle") or entry.get("note", "")
    place = " ".join(part for part in (where, entry.get("volume", "")) if part)
    parts = [
        _authors(entry.get("author", "")),
        entry.get("title", ""),
        ", ".join(part for part in (place, entry.get("pages", "")) if part),
        entry.get("year", ""),
        f"doi:{entry['doi']}" if "doi" in entry else "",
    ]
    return ". ".join(part for part in parts if part) + "."


def _authors(text: str) -> str:
    names = [" ".join(reversed(name.split(", ", 1))) for name in text.split(" and ")]
    return f"{names[0]} et al" if len(names) > 3 else ", ".join(names)
