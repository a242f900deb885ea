"""What changes cells from one input of a read to the next."""

from typing import Any, TypeAlias

from xbarsim.backend import Array, array_namespace, require_memory
from xbarsim.effects.lifetime import acceleration
from xbarsim.effects.normal import normal_cdf
from xbarsim.effects.parts import Surroundings, Telegraph
from xbarsim.effects.telegraph import following, next_state, occupancy, spread_times
from xbarsim.streams import Streams


class Gaussian:
    """Independent normal changes of every cell for every input.

    Parameters
    ----------
    sigma : standard deviations, (down, across, rows, cols) S.
    rng : a generator.
    """

    def __init__(self, sigma: Array, rng: Any) -> None:
        self.sigma = sigma
        self._rng = rng

    def normals(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """Standard normals, of which a sum over cells may take one."""
        return self._rng.standard_normal(shape, dtype=dtype)

    def change(self, r: int, c: int, part: slice) -> Array:
        """Change of the cells of array (r, c) for a `part` of the inputs, (k, rows, cols) S.

        Arrays are asked in order, and in each the inputs in order.
        """
        sigma = self.sigma[r, c]
        return sigma * self._rng.standard_normal((part.stop - part.start, *sigma.shape))


class Drops:
    """Conductance that cells lose while their traps are occupied.

    Parameters
    ----------
    occupied : (n, traps).
    drop : of each trap, (traps,) S.
    place : array down, array across, row and column of each trap, (4, traps), in this order.
    shape : (down, across, rows, cols).
    """

    def __init__(self, occupied: Array, drop: Array, place: Array, shape: tuple[int, ...]) -> None:
        self._occupied = occupied
        self._drop = drop
        self._place = place
        self._shape = shape

    def currents(self, v: Array) -> Array:
        """Change of the column currents without wires, (down, across, n, cols) A.

        `v` are the voltages, (down, n, rows) V.
        """
        xp = array_namespace(v)
        down, across, _, cols = self._shape
        out = xp.zeros((down, across, v.shape[1], cols))
        for r in range(down):
            for c in range(across):
                traps, (rows, columns) = self._of(r, c)
                lost = v[r][:, rows] * (self._occupied[:, traps] * self._drop[traps])
                sums = xp.asarray(columns[None] == xp.arange(cols)[:, None], dtype=lost.dtype)
                out[r, c] = -(lost @ sums.T)
        return out

    def change(self, r: int, c: int, part: slice) -> Array:
        """As `Gaussian.change`."""
        xp = array_namespace(self._drop)
        traps, (rows, cols) = self._of(r, c)
        out = xp.zeros((part.stop - part.start, *self._shape[2:]))
        out[:, rows, cols] = -(self._occupied[part][:, traps] * self._drop[traps])
        return out

    def _of(self, r: int, c: int) -> tuple[slice, Array]:
        """Traps of an array, and where in it they are."""
        xp = array_namespace(self._place)
        number = self._place[0] * self._shape[1] + self._place[1]
        first, last = (
            int(xp.searchsorted(number, xp.asarray(r * self._shape[1] + c), side=side))
            for side in ("left", "right")
        )
        return slice(first, last), self._place[2:, first:last]


#: changes of cells during one read
Source: TypeAlias = Gaussian | Drops


class Traps:
    """Traps in some cells, and whether each is occupied now.

    Parameters
    ----------
    place : as in `Drops`.
    relative : drop of the conductance while a trap is occupied, over the conductance, (traps,).
    tau_capture, tau_emission : mean times that empty and occupied traps wait, (traps,) s.
    streams : of the traps.
    """

    def __init__(
        self,
        place: Array,
        relative: Array,
        tau_capture: Array,
        tau_emission: Array,
        streams: Streams,
    ) -> None:
        self._place = place
        self._relative = relative
        self._times = tau_capture, tau_emission
        self._streams = streams
        self._moves = 0
        self._clock: float | None = None
        self.settle()

    @classmethod
    def drawn(
        cls, part: Telegraph, formed: Array, streams: Streams, surroundings: Surroundings
    ) -> "Traps":
        """Traps in a share of the `formed` cells, (down, across, rows, cols)."""
        xp = array_namespace(formed)
        z = {
            name: (streams / name).normal(formed.shape, xp)
            for name in ("place", "amplitude", "capture", "emission")
        }
        has = formed & (normal_cdf(z["place"]) < part.share)
        sooner = acceleration(part.activation_energy, surroundings.data, surroundings.ambient)
        capture, emission = (
            spread_times(z[name][has], *getattr(part, name)) / sooner
            for name in ("capture", "emission")
        )
        relative = xp.minimum(part.amplitude * xp.exp(part.spread * z["amplitude"][has]), 1.0)
        return cls(xp.stack(xp.nonzero(has)), relative, capture, emission, streams)

    def settle(self) -> None:
        """Fill traps as they are in equilibrium."""
        self._occupied = normal_cdf(self._draw()) < occupancy(*self._times)
        self._clock = None

    def wait_until(self, t: float) -> None:
        """Let traps go on until the array is `t` seconds old.

        Notes
        -----
        In equilibrium a trap looks the same forwards and backwards, so that an earlier age is as
        far away as a later one.
        """
        if self._clock is not None and t != self._clock:
            waited = abs(t - self._clock)
            self._occupied = next_state(self._occupied, waited, *self._times, self._draw())
        self._clock = t

    def read(self, g: Array, n: int, t_read: float, rng: Any) -> Drops:
        """What `n` inputs see, each `t_read` seconds after the one before; the traps go on."""
        traps = len(self._relative)
        require_memory(18.0 * n * traps, f"the states of {traps} traps over {n} inputs")
        z = rng.standard_normal((n, traps))
        occupied = following(self._occupied, z, t_read, *self._times)
        self._occupied = occupied[-1]
        drop = self._relative * g[tuple(self._place)]
        return Drops(occupied, drop, self._place, g.shape)

    def _draw(self) -> Array:
        self._moves += 1
        xp = array_namespace(self._relative)
        return (self._streams / "moves" / self._moves).normal(self._relative.shape, xp)
