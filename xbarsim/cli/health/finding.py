"""One thing that was looked at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at, and what to do about it.

    Parameters
    ----------
    about : the part it belongs to.
    name : what was looked at.
    told : what was found.
    state : ``ok``; ``absent``, something optional; ``warning``, it works but worse than it could;
        ``broken``.
    fix : what to do, a command where there is one; empty if all is well.
    """

    about: str
    name: str
    told: str
    state: Literal["ok", "absent", "warning", "broken"] = "ok"
    fix: str = ""


def examined(about: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """What `look` finds; where it fails itself that is a finding, and what it found stays."""
    found: list[Finding] = []
    try:
        found.extend(look())
    except Exception as error:  # a doctor names what is broken, whatever it be
        told = f"cannot be examined: {type(error).__name__}: {error}"
        fix = "pip install --force-reinstall xbarsim"
        found.append(Finding(about=about, name=about, told=told, state="broken", fix=fix))
    return found
