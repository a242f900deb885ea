"""Numbers that papers report, to stand beside ours."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Published:
    """One number of a paper.

    Parameters
    ----------
    metric : of ours that it belongs to.
    value : as published, in the unit of the metric.
    words : what was measured, and how.
    source : author, title, journal, year, and where it stands.
    spread : standard deviation; None where there is none.
    """

    metric: str
    value: float
    words: str
    source: str
    spread: float | None = None
