"""What a publication says of a system."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published figure.

    Parameters
    ----------
    metric : of the system's `METRICS`.
    value : in the unit of the metric.
    words : what was measured.
    source : author, title, journal, year, and where in it.
    spread : standard deviation where the publication has one.
    """

    metric: str
    value: float
    words: str
    source: str
    spread: float | None = None
