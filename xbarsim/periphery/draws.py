"""Draws for converters, some of which serve several columns."""

from types import ModuleType
from typing import Protocol

from xbarsim.backend import Array
from xbarsim.streams import Streams


class Draw(Protocol):
    """Standard normals called `name`, (*lead, ..., n)."""

    def __call__(self, name: str, *lead: int) -> Array:
        """See the class."""


def shared_draws(streams: Streams, shape: tuple[int, ...], share: int, xp: ModuleType) -> Draw:
    """Draws that `share` neighbours along the last axis of `shape` have in common."""
    *stack, n = shape

    def draw(name: str, *lead: int) -> Array:
        z = (streams / name).normal((*lead, *stack, -(-n // share)), xp)
        return xp.repeat(z, share, axis=-1)[..., :n]

    return draw
