"""What others have published of a system."""

from dataclasses import dataclass


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
