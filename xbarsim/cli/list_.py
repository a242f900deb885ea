"""``xbarsim list``: the gallery and the device sheets."""

from xbarsim.cli.faults import echo_json
from xbarsim.cli.options import JsonOption
from xbarsim.cli.tables import listing

#: kinds of sheets, and what they are called here
_KINDS = {
    "statistical": "devices",
    "switching": "switching laws",
    "pulsed": "pulsed cells",
    "stepped": "stepped cells",
}


def list_(json: JsonOption = False) -> None:
    """List the scenarios of the gallery and the device sheets.

    With --json: [bold]scenarios[/bold], name to description, and [bold]devices[/bold], name to
    title and kinds.

    Example: [bold]xbarsim list[/bold]
    """
    from xbarsim.device import list_devices, load_sheet
    from xbarsim.device.sheets import kinds_of
    from xbarsim.documents import read_yaml
    from xbarsim.scenario import gallery

    texts = {n: read_yaml(t, n).data.get("description", "") for n, t in gallery().items()}
    titles = {name: load_sheet(name).title for name in list_devices()}
    kinds = {name: kinds_of(name) for name in titles}
    if json:
        devices = {n: {"title": title, "kinds": kinds[n]} for n, title in titles.items()}
        echo_json({"scenarios": texts, "devices": devices})
        return
    listing("scenarios", texts)
    for kind, title in _KINDS.items():
        listing(title, {name: titles[name] for name in titles if kind in kinds[name]})
