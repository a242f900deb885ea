"""Errors a user can act on."""

from collections.abc import Sequence


class XbarsimError(Exception):
    """Whatever xbarsim raises on purpose: the message says what, where and what to do."""


class SpecError(XbarsimError, ValueError):
    """A spec, sheet or scenario holds a value the model cannot take.

    Parameters
    ----------
    faults : one message, or several when all faults of a document are reported at once.
    """

    def __init__(self, faults: str | Sequence[str]) -> None:
        self.faults = [faults] if isinstance(faults, str) else list(faults)
        super().__init__("\n".join(self.faults))


class BrokenLinesError(SpecError):
    """Lines are broken in a way that the transfer matrix cannot take, though `solve` can."""


class ConvergenceError(XbarsimError, RuntimeError):
    """A solver stopped before reaching its tolerance."""


class ResourceError(XbarsimError, MemoryError):
    """A computation would not fit; raised before anything is allocated."""


class DataError(XbarsimError, FileNotFoundError):
    """A data set is missing or is not what it says it is."""


class StudyError(XbarsimError, RuntimeError):
    """A study cannot start, resume or store its results."""


class NoStudyError(StudyError):
    """A folder holds no study, or none yet."""


class TrialsFailed(XbarsimError, RuntimeError):
    """Every trial of a study failed, so that there is nothing to report."""


def suggestion(name: str, known: Sequence[str]) -> str:
    """``; did you mean 'x'?`` for the name nearest to `name`, else the list of known names."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known: {', '.join(sorted(known))}" if known else ""
