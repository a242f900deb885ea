"""What a matrix on arrays did, from which its energy follows."""

from typing import NamedTuple

from xbarsim.tile import Tile


class Done(NamedTuple):
    """What a matrix did in one inference, the mean over inputs.

    Parameters
    ----------
    tile : one of its copies.
    reads : vectors that it was given.
    activity : what its tiles counted, see `xbarsim.Tile.ledger`.
    active : activations of a value behind it.
    copies : how often it stands.
    arrays : on which all of these stand; of an array that several share an equal part.
    clipped : share of conversions beyond the converters' range.
    """

    tile: Tile
    reads: float
    activity: dict[str, float]
    active: float
    copies: int
    arrays: float
    clipped: float
