"""``xbarsim doctor``: what works here, what does not, and what to do about it."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from xbarsim.cli.faults import echo_json
from xbarsim.cli.options import JsonOption

if TYPE_CHECKING:
    from xbarsim.cli.health.finding import Finding

_MARKS = {"ok": "ok", "absent": "-", "warning": "warning", "broken": "BROKEN"}


def doctor(
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Examine a Dask cluster too: tcp://host:port."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Examine the installation: versions, what optional packages enable, data, cores, plug-ins.

    Exit status 0 if the base works, 1 if something is broken. With --json: [bold]works[/bold] and
    [bold]findings[/bold], each with about, name, told, state (ok, absent, warning or broken) and
    fix.

    Example: [bold]xbarsim doctor[/bold]
    """
    found = _all(cluster)
    works = not any(finding.state == "broken" for finding in found)
    if json:
        echo_json({"works": works, "findings": [asdict(finding) for finding in found]})
    else:
        _echo(found, works)
    raise typer.Exit(0 if works else 1)


def _all(address: str | None) -> list["Finding"]:
    from xbarsim.cli.health import cluster, data, machine, packages, plugins
    from xbarsim.cli.health.finding import examined

    looks = [
        ("base", packages.base),
        ("optional", packages.optional),
        ("optional", packages.gpu),
        ("plug-ins", plugins.packs),
        ("plug-ins", plugins.others),
        ("machine", machine.workers),
        ("machine", machine.threads),
        ("machine", machine.compiled),
        ("machine", machine.reports),
        ("data", data.data),
    ]
    if address is not None:
        looks.append(("cluster", partial(cluster.cluster, address)))
    return [finding for about, look in looks for finding in examined(about, look)]


def _echo(found: Sequence["Finding"], works: bool) -> None:
    for about in dict.fromkeys(finding.about for finding in found):
        print(f"\n{about}")
        for finding in found:
            if finding.about == about:
                print(f"  {_MARKS[finding.state]:8}{finding.name}: {finding.told}")
                if finding.fix:
                    print(f"          → {finding.fix}")
    broken = sum(finding.state == "broken" for finding in found)
    print("\nall that is needed works" if works else f"\n{broken} broken; see the arrows (→) above")
