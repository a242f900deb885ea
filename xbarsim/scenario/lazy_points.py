"""The points of a sweep, each checked when it is first looked at."""

from collections.abc import Callable, Iterator, Sequence

from xbarsim.errors import SpecError
from xbarsim.lazy import Items
from xbarsim.scenario.schema import Scenario
from xbarsim.scenario.sweep import Point


class Points(Items[Scenario]):
    """The scenario at every point of a sweep.

    A point takes milliseconds to check, so that it is made when it is asked for, and kept.

    Parameters
    ----------
    swept : dotted path → value, for each point.
    make : gives the checked scenario at a point; raises SpecError.
    """

    def __init__(self, swept: Sequence[Point], make: Callable[[Point], Scenario]) -> None:
        self.swept = swept
        self._make = make
        self._made: dict[int, Scenario] = {}

    def __len__(self) -> int:
        return len(self.swept)

    def item(self, number: int) -> Scenario:
        """The scenario at a point; raises SpecError."""
        if number not in self._made:
            self._made[number] = self._make(self.swept[number])
        return self._made[number]

    def others(self, swept: Sequence[Point]) -> "Points":
        """Other points of the same scenario."""
        return Points(swept, self._make)

    def only(self, numbers: Sequence[int]) -> "Points":
        """Some of the points, by their numbers here; what was made of them is kept."""
        chosen = Points([self.swept[number] for number in numbers], self._make)
        chosen._made = {k: self._made[n] for k, n in enumerate(numbers) if n in self._made}
        return chosen

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def checked(self) -> Iterator[int]:
        """Check every point in order; yields how many are done.

        Raises
        ------
        SpecError : at the end, every fault of every point once.
        """
        faults: dict[str, None] = {}
        for number in range(len(self)):
            try:
                self[number]
            except SpecError as error:
                faults |= dict.fromkeys(error.faults)
            yield number + 1
        if faults:
            raise SpecError(list(faults))
