"""Independent random streams, each found by name rather than by draw order."""

from dataclasses import dataclass
from hashlib import blake2b
from types import ModuleType
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError


@dataclass(frozen=True)
class Streams:
    """A tree of random streams grown from one seed.

    ``Streams(seed) / "layer0" / "read"`` names a stream; what one stream draws moves no other.
    """

    seed: int
    path: tuple[str | int, ...] = ()

    def __post_init__(self) -> None:
        if not (isinstance(self.seed, int | np.integer) and self.seed >= 0):
            raise SpecError(f"seed is {self.seed!r}; it must be a whole number of at least 0")

    def __truediv__(self, name: str | int) -> "Streams":
        """The subtree called `name`."""
        return Streams(self.seed, (*self.path, name))

    def _sequence(self) -> np.random.SeedSequence:
        key = [word for part in self.path for word in _words(part)]
        return np.random.SeedSequence(self.seed, spawn_key=tuple(key))

    def rng(self, xp: ModuleType = np) -> np.random.Generator:
        """A fresh generator at the start of this stream, in library `xp`."""
        sequence = self._sequence()
        seed = sequence if xp is np else int(sequence.generate_state(1)[0])
        rng: np.random.Generator = xp.random.default_rng(seed)
        return rng

    def integer(self) -> int:
        """A 32-bit seed for a library that takes nothing else."""
        return int(self._sequence().generate_state(1)[0])

    def words(self, number: int) -> Any:
        """Random 32-bit words, (number,) of uint32: a key for generators of another kind."""
        return self._sequence().generate_state(number)

    def normal(self, shape: tuple[int, ...], xp: ModuleType = np) -> Array:
        """Standard-normal draws of `shape` from the start of this stream, float64."""
        return self.rng(xp).standard_normal(shape)


def _words(part: str | int) -> list[int]:
    """Four 32-bit words that stand for a name; two names share them as good as never."""
    digest = blake2b(repr(part).encode(), digest_size=16).digest()
    return [int(word) for word in np.frombuffer(digest, "<u4")]
