"""What a content-addressable memory is made of, and what it is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

from xbarsim.checks import check_all, check_count, check_number

_MOST_BITS = 10_000
_above = partial(check_number, above=True)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The memory of the paper's functional tests, and our protocol: store, recall, overwrite.

    Parameters
    ----------
    cues : C, rows of the array; each is one neuron.
    bits : M, columns of the array, at most 10,000; a content is a pattern of so many bits.
    load : share of the cues that get a content.
    density : share of ones in a content; every content has one at least.
    fragment : ones in the piece of content by which cues are recalled.
    rewritten : share of the stored cues that get another content later.
    amplitude : of STDP, up and down, in units of the largest weight; 6 is published. A content that
        is stored takes 1.08 times this in pulses of binary cells, one that is forgotten 0.49 times.
    tau : of STDP, s.
    read_noise : standard deviation of the conductance of a cell from read to read, over it.
    v_read, t_read : pulse that reads cells, V and s, for the energy of reads; assumed.

    Raises
    ------
    SpecError : names every field at fault, its value and what is allowed.
    """

    cues: int = 5
    bits: int = 10
    load: float = 1.0
    density: float = 0.5
    fragment: int = 1
    rewritten: float = 0.5
    amplitude: float = 6.0
    tau: float = 3e-3
    read_noise: float = 0.0
    v_read: float = 0.2
    t_read: float = 100e-9

    def __post_init__(self) -> None:
        check_all(self._checks(), self._misfits())

    def _checks(self) -> Iterator[tuple[Any, ...]]:
        for name in ("cues", "bits", "fragment"):
            yield check_count, name, getattr(self, name), 1
        for name in ("load", "density"):
            yield _above, name, getattr(self, name), 0.0, 1.0
        yield check_number, "rewritten", self.rewritten, 0.0, 1.0
        yield _above, "amplitude", self.amplitude, 0.0
        yield _above, "tau", self.tau, 0.0, inf, "second"
        yield check_number, "read_noise", self.read_noise, 0.0
        yield check_number, "v_read", self.v_read, 0.0, inf, "volt"
        yield check_number, "t_read", self.t_read, 0.0, inf, "second"

    def _misfits(self) -> Iterator[str]:
        if isinstance(self.bits, int) and self.bits > _MOST_BITS:
            yield (
                f"bits is {self.bits}; beyond {_MOST_BITS:,} neurons that inhibition by 6 nA times "
                "the number of bits holds down do not recover before the next operation"
            )
        both = isinstance(self.bits, int) and isinstance(self.fragment, int)
        if both and 1 <= self.bits < self.fragment:
            yield f"fragment is {self.fragment}; it must be at most the number of bits, {self.bits}"

    @property
    def stored(self) -> int:
        """Cues that get a content, one at least."""
        return max(round(self.load * self.cues), 1)

    @property
    def ones(self) -> int:
        """Ones of a content."""
        return max(round(self.density * self.bits), 1)
