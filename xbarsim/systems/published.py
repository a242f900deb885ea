"""What others have published of a system, and what it stands on."""

from dataclasses import dataclass
from typing import Literal

#: cells that take whole pulses, arrays that are programmed, or both
Stands = Literal["pulses", "hardware", "both"]


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published figure.

    Parameters
    ----------
    metric : which of the system's metrics it is.
    value : in SI; shares from 0 to 1.
    words : of what, and how it was measured.
    source : author, year, table or figure.
    spread : standard deviation, where one was published.
    """

    metric: str
    value: float
    words: str
    source: str
    spread: float | None = None
