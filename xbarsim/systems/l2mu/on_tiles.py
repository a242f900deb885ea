"""An L2MU whose matrices stand on arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.energy import of_tiles
from xbarsim.hardware import Hardware
from xbarsim.streams import Streams
from xbarsim.systems.l2mu.network import Network, Run, multiplied, network
from xbarsim.systems.l2mu.parameters import MATRICES, Parameters
from xbarsim.systems.l2mu.settings import Settings
from xbarsim.systems.l2mu.verified import verifying
from xbarsim.tile import Tile

STATE = "state_space"  # name of its tile
_VECTORS = 4096  # on which converters are ranged, at the most


@dataclass(frozen=True, kw_only=True, eq=False)
class Chip:
    """Tiles by matrix, and the network that reads them.

    Parameters
    ----------
    tiles : one for each of `MATRICES`, and one block for the state space where it is on cells.
    network : the populations between them.
    """

    tiles: Mapping[str, Tile]
    network: Network

    def age(self, t: float) -> None:
        """Let all cells be `t` seconds old."""
        for tile in self.tiles.values():
            tile.age(t)

    def energy(self, x: Array, run: Run) -> float:
        """Energy of reading a recording, arrays and periphery, mean over recordings, J.

        Parameters
        ----------
        x, run : recordings (n, time, channels), and what the network made of them.
        """
        given = {name: vectors(name, x, run) for name in MATRICES}
        if STATE in self.tiles:
            given[STATE] = windows(run, self.network)
        report = of_tiles(dict(self.tiles), given, len(x))
        return report.totals()["total"]


def chip(
    parameters: Parameters,
    a: Array,
    b: Array,
    settings: Settings,
    hardware: Hardware,
    streams: Streams,
) -> Chip:
    """Arrays with fresh devices, programmed.

    Parameters
    ----------
    a, b : of one step of the state space, (order, order) and (order,).
    streams : each tile draws below its name.

    Raises
    ------
    SpecError : hardware that cannot hold a matrix.
    """
    tiles = {
        name: Tile(
            getattr(parameters, name), hardware, streams / name,
            bias=parameters.b_o if name == "w_o" else None,
        )
        for name in MATRICES
    }  # fmt: skip
    block = np.column_stack([a, b])
    if settings.state_space == "verified":
        hardware = verifying(hardware, settings.verify_window, settings.verify_tries)
    if settings.state_space != "digital":
        tiles[STATE] = Tile(block, hardware, streams / STATE)
    for tile in tiles.values():
        tile.program()
    state = tiles.get(STATE, multiplied(block))
    return Chip(tiles=tiles, network=network(parameters, tiles, state))


def calibrate(chip: Chip, x: Array, run: Run) -> None:
    """Range converters on what an ideal network gives each matrix for typical recordings.

    Parameters
    ----------
    x, run : recordings (n, time, channels), and what an ideal network made of them.
    """
    for name in MATRICES:
        chip.tiles[name].calibrate(_some(vectors(name, x, run)), silent=True)
    if STATE in chip.tiles:
        chip.tiles[STATE].calibrate(_some(windows(run, chip.network)), silent=True)


def vectors(name: str, x: Array, run: Run) -> Array:
    """What a matrix was given in all steps of all recordings, (vectors, in)."""
    source = "h" if name == "w_o" else name[-1]
    train = x if source == "x" else run.trains[source]
    return train.reshape(-1, train.shape[2]).astype(x.dtype)


def windows(run: Run, network: Network) -> Array:
    """What the state space was given, as `Network.state_space`: (vectors, order + 1), float32."""
    before = np.zeros_like(run.trains["m"])
    before[:, 1:] = run.trains["m"][:, :-1]
    memory = before.reshape(*before.shape[:2], network.channels, network.order)
    both = np.concatenate([memory, run.trains["u"][..., None]], axis=3)
    return both.reshape(-1, network.order + 1).astype(np.float32)


def _some(x: Array) -> Array:
    """Evenly spread vectors."""
    return x[:: -(-len(x) // _VECTORS)]
