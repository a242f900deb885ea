"""The scenarios that ship with the package."""

from importlib.resources import files
from pathlib import Path

from xbarsim.documents import Document, read_yaml, read_yaml_file
from xbarsim.errors import SpecError, suggestion


def gallery() -> dict[str, str]:
    """Name and text of every scenario of the gallery."""
    folder = files("xbarsim.scenarios")
    found = {p.name[:-5]: p for p in folder.iterdir() if p.name.endswith(".yaml")}
    return {name: found[name].read_text("utf-8") for name in sorted(found)}


def find_scenario(source: str | Path) -> Document:
    """The document of a scenario: a file, or a name from the gallery.

    Raises
    ------
    SpecError : there is neither such a file nor such a name, or the file is not YAML.
    """
    path = Path(source)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        return read_yaml_file(path)
    known = gallery()
    if str(source) not in known:
        raise SpecError(
            f"no scenario '{source}': there is no such file, and the gallery has no such name"
            f"{suggestion(str(source), list(known))}"
        )
    return read_yaml(known[str(source)], f"{source}.yaml")
