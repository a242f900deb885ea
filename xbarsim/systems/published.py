"""What a publication says of a system."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published figure.

    Parameters
    ----------
    metric : which of a system's metrics it is to be held against.
    value : in the unit of that metric.
    words : what it was measured on.
    source : author, year, table or figure.
    spread : standard deviation, None where none is given.
    """

    metric: str
    value: float
    words: str
    source: str
    spread: float | None = None
