"""Read noise of a tile's cells, to first order in their change."""

from numpy import arange, eye, flatnonzero, linspace, ndindex, sqrt, unique, where, zeros
from numpy.polynomial import Polynomial

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.cache import shared
from xbarsim.crossbar.noise_at import noise_at
from xbarsim.crossbar.read_noise import ReadNoise, read_noise
from xbarsim.parallel import spread
from xbarsim.periphery._normals import normals
from xbarsim.tile.cells import Cells, typed

_TOLERANCE = 1e-2  # of the variance of noise through wires
_LOOKED_AT = 16  # signals of an array, on which noise through wires is fitted


def noise_power(cells: Cells, sigma: Array, v: Array, k: int) -> Array:
    """Variance of each signal, or of each column where there are references, A^2.

    Parameters
    ----------
    sigma : standard deviation of each cell, (down, across, rows, cols) S.
    v : voltages as noise sees them, (down, n, rows) V.
    k : number of the source of noise, which has this `sigma` as long as cells are this old.

    Returns
    -------
    (down, across, n, signals or cols).
    """
    if not cells.wires.ideal:
        return _wired_noise(cells, sigma, v, k)
    code, squares = cells.partition.encoding, sigma**2
    power = cells.keep(
        ("noise", k, v.dtype),
        lambda: typed(code.decode_variance(squares) if code.paired else squares, v.dtype),
    )
    return (v**2)[:, None] @ power


def _wired_noise(cells: Cells, sigma: Array, v: Array, k: int) -> Array:
    xp, code, shape = array_namespace(v), cells.partition.encoding, cells.g.shape
    decode = code.decode(eye(shape[3])) if code.paired else None
    g, sigma = to_numpy(cells.g), to_numpy(sigma)

    def one(place: tuple[int, int]) -> ReadNoise:
        told = g[place], sigma[place], cells.circuit.wires_of(*place), decode
        return shared(lambda: read_noise(*told, tolerance=_TOLERANCE), "read noise", *told)

    places = list(ndindex(*shape[:2]))
    arrays = cells.keep(("noise", k), lambda: spread(one, places))
    found = [array.variance(v[r]) for (r, _), array in zip(places, arrays, strict=True)]
    return xp.stack(found).reshape(*shape[:2], *found[0].shape)


def power_near(cells: Cells, v: Array) -> tuple[Array, float]:
    """Variance of signals through wires as a sum over squared inputs, fitted where these are usual.

    Without wires a cell gives an output its own variance for the square of its input. Lines take a
    part of that, and let other inputs have a say; a factor for each signal makes the mean over
    usual inputs what the solved cell voltages give. It is found for some signals of each array, and
    is a square function of their place. `noise_power` is without these approximations.

    Parameters
    ----------
    v : usual voltages, (down, n, rows) V.

    Returns
    -------
    Variance for the square of each voltage, (down, across, rows, signals) S^2, and the root mean
    square over usual inputs and signals of what is wrong with a variance, over the signal's mean.
    """
    code, shape = cells.partition.encoding, cells.g.shape
    g, sigma, v = to_numpy(cells.g), to_numpy(cells.sigma), to_numpy(v)
    seen = where(g > 0, to_numpy(cells.transfer) / where(g > 0, g, 1.0), 0.0)
    power = code.decode_variance((sigma * seen) ** 2)
    decode, squares, count = code.decode(eye(shape[3])), 0.0, 0
    for r, c in ndindex(*shape[:2]):
        rough = v[r] ** 2 @ power[r, c]
        chosen = flatnonzero(rough.any(axis=0))
        if not len(chosen):
            continue
        chosen = chosen[unique(linspace(0, len(chosen) - 1, _LOOKED_AT).astype(int))]
        wires, rough = cells.circuit.wires_of(r, c), rough[:, chosen]
        exact = noise_at(g[r, c], sigma[r, c], wires, v[r], decode[:, chosen])
        factor = exact.mean(axis=0) / rough.mean(axis=0)
        place = Polynomial.fit(chosen, factor, min(2, len(chosen) - 1))
        power[r, c] *= place(arange(power.shape[-1]))
        off = (rough * place(chosen) - exact) / exact.mean(axis=0)
        squares, count = squares + float((off**2).sum()), count + off.size
    return power, float(sqrt(squares / max(count, 1)))


def louder(cells: Cells, v: Array) -> Array:
    """Noise of a cell in a pulse over that in a whole read, of its shape: what devices say.

    Parameters
    ----------
    v : voltages, or what pulses are on the average of a read, V.

    Notes
    -----
    A pulse is a read that is shorter: noise that is white within a read grows as the root of what
    is lacking, slow noise does not. The ratio is that of a cell amid the window.
    """
    hardware, xp = cells.hardware, array_namespace(v)
    dac = hardware.dac
    if dac is None or dac.coding != "pulse_width":
        return xp.ones((), dtype=v.dtype)
    share, index = xp.unique(xp.abs(v) / hardware.v_read, return_inverse=True)
    middle = xp.full(1, 0.5 * sum(hardware.device.window))
    spreads = [
        float(xp.abs(hardware.device.read_noise(middle, t, xp.ones(1), cells.t, middle))[0])
        for t in (hardware.t_read * max(float(s), 1e-6) for s in (*share, 1.0))
    ]
    ratio = xp.asarray(spreads[:-1], dtype=v.dtype) / (spreads[-1] or 1.0)
    return ratio[index].reshape(v.shape)


def signal_normals(cells: Cells, number: int, n: int) -> Array:
    """Standard normals for the signals of `n` inputs in a read: (down, across, n, signals).

    They are what the compiled read of that number draws.
    """
    part = cells.partition
    (down, across), each = part.shape[:2], part.encoding.slices
    if part.stack > 1:
        z = normals(cells.noise_key, number, (down, n, across * part.signals))
        return z.reshape(down, n, across, -1).swapaxes(1, 2)
    z = normals(cells.noise_key, number, (down, n, part.outputs * each))
    out = zeros((down, across, n, part.signals), dtype=z.dtype)
    for piece in part.pieces:
        first, size = int(piece.outputs[0]) * each, len(piece.outputs) * each
        out[piece.row, piece.column, :, :size] = z[piece.row, :, first : first + size]
    return out
