"""Signals of arrays for voltages on their word lines, with the noise of one read."""

from collections.abc import Sequence

import numpy as np
from numpy import ndindex

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.crossbar import noisy_read
from xbarsim.crossbar.johnson import johnson_scale, shot_noise
from xbarsim.effects.reads import Drops, Gaussian, Source
from xbarsim.tile.cells import Cells, typed
from xbarsim.tile.noise import louder, noise_power, signal_normals

_CELLS_AT_ONCE = 500_000  # cells times inputs for which read noise is drawn together
_NOISE_RTOL = 1e-5  # of the largest output; the noise is far more


def signals(cells: Cells, v: Array, number: int) -> Array:
    """What each converter is given in one read, (down, across, n, signals) A.

    Parameters
    ----------
    v : word-line voltages, (down, n, rows) V.
    number : which read of the tile this is; its noise follows from that.
    """
    code, sources = cells.partition.encoding, _sources(cells, v.shape[1], number)
    exact = cells.hardware.noise == "exact" and not cells.wires.ideal
    noises = [] if exact else [source for source in sources if isinstance(source, Gaussian)]
    drops = [source for source in sources if isinstance(source, Drops)]
    anew = sources if exact else [] if cells.wires.ideal else drops
    if anew:
        i = code.decode(_solved_anew(cells, v, anew))
        if cells.hardware.settling:  # what changes does so all the time; the rest settles
            steady = typed(code.decode(cells.steady), v.dtype)
            i += v[:, None] @ (cells.signal_transfer(v.dtype) - steady)
    else:
        i = v[:, None] @ cells.signal_transfer(v.dtype)
        for drop in drops:
            i += code.decode(drop.currents(v))
    for k, noise in enumerate(noises):
        i += _first_order(cells, v, noise, k, number)
    for noise in _amplifier_noise(cells, v, number):
        i += code.decode(noise)
    return i


def _sources(cells: Cells, n: int, number: int) -> list[Source]:
    """What changes the cells while `n` inputs are read."""
    found = cells.effects.sources(cells.g, cells.t, cells.hardware.t_read, n, number)
    if cells.noisy:
        rng = (cells.streams / "read" / number).rng(array_namespace(cells.g))
        found.insert(0, Gaussian(cells.sigma, rng))
    return found


def _first_order(cells: Cells, v: Array, source: Gaussian, k: int, number: int) -> Array:
    """Noise of the signals to first order in that of the cells, (down, across, n, signals) A."""
    code, xp = cells.partition.encoding, array_namespace(v)
    loud = v * louder(cells, v) if source.sigma is cells.sigma else v
    variance = noise_power(cells, source.sigma, loud, k)
    if xp is np and code.paired and source.sigma is cells.sigma:
        z = signal_normals(cells, number, loud.shape[1])  # what the compiled read draws
    else:
        z = source.normals(variance.shape, variance.dtype)
    noise = xp.sqrt(xp.maximum(variance, 0.0)) * z
    return noise if code.paired else code.decode(noise)


def _solved_anew(cells: Cells, v: Array, sources: Sequence[Source]) -> Array:
    """Column currents where each input sees cells of its own: (down, across, n, cols) A."""
    xp = array_namespace(v)
    down, across, rows, cols = cells.g.shape
    out = xp.empty((down, across, v.shape[1], cols), dtype=v.dtype)
    step = max(1, _CELLS_AT_ONCE // (rows * cols))
    for r, c in ndindex(down, across):
        for start in range(0, v.shape[1], step):
            part = slice(start, min(start + step, v.shape[1]))
            dg = xp.zeros(())
            for source in sources:
                change = source.change(r, c, part)
                if isinstance(source, Gaussian) and source.sigma is cells.sigma:
                    change = change * louder(cells, v[r, part])[..., None]
                dg = dg + change
            out[r, c, part] = noisy_read(
                cells.g[r, c], v[r, part], dg, cells.circuit.wires_of(r, c), _NOISE_RTOL
            ).i_out
    return out


def _amplifier_noise(cells: Cells, v: Array, number: int) -> list[Array]:
    """Thermal and shot noise in the bandwidth of a read, (down, across, n, cols) A."""
    found, effects = [], cells.effects
    bandwidth = 1 / (2 * cells.hardware.t_read)
    if effects.effects.johnson:
        shape = (*cells.g.shape[:2], v.shape[1], cells.g.shape[3])
        z = effects.rng("johnson", number).standard_normal(shape)
        scale = johnson_scale(bandwidth, cells.hardware.surroundings.ambient)
        found.append(scale * (z @ cells.johnson))
    if effects.effects.shot:
        found.append(_shot_noise(cells, v, bandwidth, number))
    return found


def _shot_noise(cells: Cells, v: Array, bandwidth: float, number: int) -> Array:
    xp, rng = array_namespace(v), cells.effects.rng("shot", number)
    down, across, _, cols = cells.g.shape

    def draw(shape: tuple[int, ...]) -> Array:
        return to_numpy(rng.standard_normal(shape))

    out = xp.empty((down, across, v.shape[1], cols))
    for r, c in ndindex(down, across):
        g, volts = to_numpy(cells.g[r, c]), to_numpy(v[r])
        out[r, c] = xp.asarray(shot_noise(g, volts, cells.circuit.wires_of(r, c), bandwidth, draw))
    return out
