"""What systems refuse of what they are given."""

from collections.abc import Sequence
from typing import Any

from xbarsim.checks import check_age
from xbarsim.errors import DataError, SpecError
from xbarsim.units import show


def check_no_ages(ages: Sequence[float]) -> None:
    """Refuse ages of cells that take pulses and hold what these leave.

    Raises
    ------
    SpecError : an age that is none, or not 0 s.
    """
    for age in ages:
        check_age(age)
    late = [age for age in ages if age != 0]
    if late:
        raise SpecError(
            f"ages holds {show(late[0], 'second')}; cells of whole pulses stay as they were left, "
            "so that 0 s is their only age"
        )


def check_enough(settings: Any, source: str, **there: int) -> None:
    """Refuse more images of a set than there are.

    Parameters
    ----------
    settings : whose fields say how many are asked for.
    source : name of the set.
    there : how many there are, by the name of the field.

    Raises
    ------
    DataError : names the field, the set, and how many there are.
    """
    for name, most in there.items():
        if getattr(settings, name) > most:
            raise DataError(
                f"settings.{name} is {getattr(settings, name)}; of the {source} set that "
                f"XBARSIM_DATA names there are {most} for that"
            )
