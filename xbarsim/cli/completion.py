"""What the shell offers at the tab key: scenarios, device sheets, and keys of a scenario.

It must be there at once, so nothing heavy is imported; what takes long to find is remembered, see
`xbarsim.cli.remembered`. A completion never fails: where something is broken nothing is offered.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import typer

from xbarsim.cli.remembered import Keys, remembered

#: parts of a scenario that cannot be swept: they decide nothing in a result
_NOT_SWEPT = ("schema_version", "name", "description", "sweep", "run", "output", "report",
              "search", "sensitivity")  # fmt: skip
_SHEET = re.compile(r"\bsheet: *[\"']?([\w.-]+)")


def scenarios(incomplete: str) -> list[str]:
    """Names of the gallery, and scenario files beside what was begun."""
    folder = Path(incomplete).parent if incomplete[-1:] != "/" else Path(incomplete)
    with suppress(OSError):
        entries = [p for p in folder.iterdir() if p.suffix in {".yaml", ".yml"} or p.is_dir()]
        below = sorted(f"{p}/" if p.is_dir() else str(p) for p in entries if p.name[0] != ".")
        return _begun([*gallery_names(), *below], incomplete)
    return _begun(gallery_names(), incomplete)


def gallery_names(incomplete: str = "") -> list[str]:
    """Names of the scenarios that ship."""
    names = [entry.name for entry in files("xbarsim.scenarios").iterdir()]
    return _begun(sorted(n[:-5] for n in names if n.endswith(".yaml")), incomplete)


def sheets(incomplete: str) -> list[str]:
    """Names of the device sheets of all packs."""
    found = [sheet.stem for pack in _packs() for sheet in (pack / "parameters").glob("*.yaml")]
    return _begun(sorted(found), incomplete)


def shown(incomplete: str) -> list[str]:
    """What ``xbarsim show`` takes."""
    return [*gallery_names(incomplete), *sheets(incomplete)]


def keys(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """``KEY=`` for every key of a scenario, and ``KEY=WORD`` where words are to choose from."""
    with suppress(Exception):  # whatever a pack of somebody else does
        words = [ctx.params.get("scenario"), *ctx.args]  # before an option's value: not parsed
        scenario = next((word for word in words if word), None)
        return _offered({**_of_schema(), **_of_device(scenario)}, incomplete)
    return []


def swept_keys(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The same for what can be swept."""
    found = keys(ctx, incomplete)
    return [(key, told) for key, told in found if re.split("[.=]", key)[0] not in _NOT_SWEPT]


def _begun(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _offered(known: Keys, incomplete: str) -> list[tuple[str, str]]:
    key, equals, _ = incomplete.partition("=")
    if equals:
        words = known.get(key, {}).get("words", [])
        return [(f"{key}={word}", "") for word in words if f"{key}={word}".startswith(incomplete)]
    return [(f"{k}=", about["told"]) for k, about in known.items() if k.startswith(incomplete)]


def _of_schema() -> Keys:
    """Keys that every scenario may have."""

    def made() -> Keys:
        from xbarsim.cli.schema_keys import keys_of
        from xbarsim.scenario import json_schema

        return keys_of(json_schema())

    return remembered("schema", (Path(__file__).parents[1] / "scenario").glob("*.py"), made)


def _of_device(scenario: str | None) -> Keys:
    """Parameters of the sheet that a scenario names first."""
    text = _text_of(scenario) if scenario else ""
    sheet = _SHEET.search(text)
    sources = [pack / "parameters" / f"{sheet[1]}.yaml" for pack in _packs()] if sheet else []
    if not (sheet and any(source.is_file() for source in sources)):
        return {}

    def made() -> Keys:
        from xbarsim.device import device_parameters

        units = device_parameters(sheet[1]).items()
        return {f"device.{key}": {"told": unit, "words": []} for key, unit in units}

    code = [file for pack in _packs() for file in pack.glob("*.py")]
    return remembered(f"device-{sheet[1]}", [*sources, *code], made)


def _text_of(scenario: str) -> str:
    file = Path(scenario)
    if not file.suffix and scenario in gallery_names():
        return (files("xbarsim.scenarios") / f"{scenario}.yaml").read_text("utf-8")
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text("utf-8")
    return ""


def _packs() -> list[Path]:
    """Folders of the device packs, found without importing them."""
    found = []
    for entry in entry_points(group="xbarsim.device_models"):
        with suppress(ImportError, ValueError):
            spec = find_spec(entry.value)
            found += list(spec.submodule_search_locations or []) if spec else []
    return [Path(folder) for folder in found]
