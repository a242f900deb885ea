"""A block of weights on wired arrays: program, age, read."""

from xbarsim.tile.tile import Tile as Tile
