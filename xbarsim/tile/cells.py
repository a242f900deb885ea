"""The cells of a tile's arrays: programmed, aged, and what they make of voltages."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from numpy import eye, ndindex, stack, zeros

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.crossbar import Wires, transfer_matrix
from xbarsim.crossbar.johnson import johnson_root
from xbarsim.crossbar.read_noise import ReadNoise, read_noise
from xbarsim.crossbar.settling import settled, settling
from xbarsim.device import WrittenCells
from xbarsim.effects import CellEffects, Effects
from xbarsim.encode import mended_pairs, row_order
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.parallel import once, spread
from xbarsim.partition import Partition
from xbarsim.periphery._normals import normals
from xbarsim.periphery.checks import check_age
from xbarsim.streams import Streams

_ALL = slice(None)  # every array
_TOLERANCE = 1e-2  # of the variance of noise through wires


class Cells:
    """Conductances on as many arrays as a matrix needs.

    Parameters
    ----------
    weights : (out, in of a group) over the largest, in [-1, 1].
    partition : where they stand.
    hardware : what the arrays are built from.
    streams : of the tile.
    offsets : segments of word line before each array's cells, and of bit line behind them,
        (down, across, 2); None for none.

    Notes
    -----
    Arrays are numbered (down, across): those of one `down` share their inputs.
    """

    def __init__(
        self,
        weights: Array,
        partition: Partition,
        hardware: Hardware,
        streams: Streams,
        offsets: Array | None = None,
    ) -> None:
        xp = array_namespace(weights)
        self.hardware = hardware
        self.streams = streams
        self.partition = partition
        self.wires = hardware.wires or Wires()
        self.offsets = None if self.wires.ideal else offsets
        self.formed = xp.asarray(partition.formed)
        self.cycle = 0
        self._programmed: Array | None = None
        window = hardware.device.window
        effects = hardware.effects or Effects()
        self.effects = CellEffects(effects, self.formed, window, streams, hardware.surroundings)
        blocks = partition.split_weights(weights, xp)
        targets = xp.where(self.formed, partition.encoding.targets(blocks, window), 0.0)
        self.rows, targets = self._around_faults(targets)
        self.g_target = self.effects.targets(targets)

    def program(self) -> Counter[str]:
        """Program fresh devices; they are then as old as the device's first age. Counts of it."""
        xp = array_namespace(self.g_target)
        self.cycle += 1
        written, counts = self._write(self._draw("program"))
        written = self.effects.programmed(written, self.cycle)
        self._programmed = xp.where(self.formed, written, 0.0)
        counts["cells_programmed"] += int(self.formed.sum())
        counts.update(self.effects.counts())
        self.age(self.hardware.device.ages[0])
        return counts

    def age(self, t: float) -> None:
        """Let cells be `t` seconds old, counted from programming.

        Raises
        ------
        SpecError : the device says nothing of such an age, or cells were not programmed.
        """
        xp = array_namespace(self.g_target)
        check_age(t)
        z = self._draw("drift")
        aged = self.effects.at_age(self.hardware.device, self.g_programmed, t, z)
        self.g = xp.where(self.formed, aged, 0.0)
        self.t = t
        for derived in ("transfer", "steady", "johnson", "sigma", "noisy"):
            self.__dict__.pop(derived, None)
        self._kept: dict[Any, Any] = {}  # what reads need of these cells at this age

    @property
    def g_programmed(self) -> Array:
        """Conductances right after programming, (down, across, rows, cols) S.

        Raises
        ------
        SpecError : nothing has been programmed.
        """
        if self._programmed is None:
            raise SpecError("the tile holds no weights yet; call program() first")
        return self._programmed

    @once
    def transfer(self) -> Array:
        """Transfer matrix of each array in a read, (down, across, rows, cols) S."""
        return self._transfers(self.g)

    def cooled(self) -> Array:
        """`transfer` as it were at the temperature of the device's data."""
        return self._transfers(self.g / self.effects.conduction)

    @once
    def steady(self) -> Array:
        """`transfer` as it is when everything has settled."""
        return self._steady(self.g)

    def _transfers(self, g: Array) -> Array:
        return self._steady(g) * self._settled(g) if self.hardware.settling else self._steady(g)

    def _steady(self, g: Array) -> Array:
        groups = self.by_wires()
        if len(groups) == 1:
            return transfer_matrix(g, groups[0][0])
        out = array_namespace(g).empty_like(g)
        for wires, arrays in groups:
            out[arrays] = transfer_matrix(g[arrays], wires)
        return out

    def _settled(self, g: Array) -> Array:
        """Share of each transfer that is there at the end of a read; of g's shape.

        All of an array's lines are charged, those beyond its cells too.
        """
        xp, hardware = array_namespace(g), self.hardware
        node, (down, across, rows, cols) = hardware.node, g.shape
        out = xp.empty_like(g)
        for r, c in ndindex(down, across):
            before, behind = (0, 0) if self.offsets is None else self.offsets[r, c]
            last = hardware.rows - behind
            part = slice(last - rows, last), slice(before, before + cols)
            whole = xp.zeros((hardware.rows, hardware.cols))
            whole[part] = g[r, c]
            arrives = settling(whole, self.wires, node.c_word, node.c_bit)
            out[r, c] = settled(hardware.t_read, arrives.tau[part], arrives.variance[part])
        return out

    def by_wires(self) -> list[tuple[Wires, Any]]:
        """The wires of arrays, and which arrays (an index of the first two axes) have them."""
        if self.offsets is None:
            return [(self.wires, _ALL)]
        found: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for r, c in ndindex(*self.offsets.shape[:2]):
            before, behind = (int(n) for n in self.offsets[r, c])
            found.setdefault((before, behind), []).append((r, c))
        return [
            (self._longer(*offset), tuple(zip(*places, strict=True)))
            for offset, places in found.items()
        ]

    def wires_of(self, r: int, c: int) -> Wires:
        """The wires of one array, as far as its cells see them."""
        if self.offsets is None:
            return self.wires
        return self._longer(*(int(n) for n in self.offsets[r, c]))

    def _longer(self, before: int, behind: int) -> Wires:
        wires = self.wires
        return replace(
            wires,
            r_source=wires.r_source + before * wires.r_word,
            r_sense=wires.r_sense + behind * wires.r_bit,
        )

    def signal_transfer(self, dtype: Any) -> Array:
        """What each signal is per volt on each word line, (down, across, rows, signals) S."""
        return self._keep(
            ("transfer", dtype),
            lambda: _typed(self.partition.encoding.decode(self.transfer), dtype),
        )

    def louder(self, v: Array) -> Array:
        """Noise of a cell in a pulse over that in a whole read, of its shape: what devices say.

        Parameters
        ----------
        v : voltages, or what pulses are on the average of a read, V.

        Notes
        -----
        A pulse is a read that is shorter: noise that is white within a read grows as the root of
        what is lacking, slow noise does not. The ratio is that of a cell amid the window.
        """
        hardware, xp = self.hardware, array_namespace(v)
        dac = hardware.dac
        if dac is None or dac.coding != "pulse_width":
            return xp.ones((), dtype=v.dtype)
        share, index = xp.unique(xp.abs(v) / hardware.v_read, return_inverse=True)
        middle = xp.full(1, 0.5 * sum(hardware.device.window))
        spread = [
            float(xp.abs(hardware.device.read_noise(middle, t, xp.ones(1), self.t, middle))[0])
            for t in (hardware.t_read * max(float(s), 1e-6) for s in (*share, 1.0))
        ]
        ratio = xp.asarray(spread[:-1], dtype=v.dtype) / (spread[-1] or 1.0)
        return ratio[index].reshape(v.shape)

    def noise_power(self, sigma: Array, loud: Array, k: int) -> Array:
        """Variance of each signal, or of each column where there are references, A^2.

        Parameters
        ----------
        sigma : standard deviation of each cell, (down, across, rows, cols) S.
        loud : voltages as noise sees them, (down, n, rows) V.
        k : number of the source of noise, which has this `sigma` as long as cells are this old.

        Returns
        -------
        (down, across, n, signals or cols).
        """
        if not self.wires.ideal:
            return self._wired_noise(sigma, loud, k)
        code, squares = self.partition.encoding, sigma**2
        power = self._keep(
            ("noise", k, loud.dtype),
            lambda: _typed(code.decode_variance(squares) if code.paired else squares, loud.dtype),
        )
        return (loud**2)[:, None] @ power

    def _wired_noise(self, sigma: Array, loud: Array, k: int) -> Array:
        xp, code, shape = array_namespace(loud), self.partition.encoding, self.g.shape
        decode = code.decode(eye(shape[3])) if code.paired else None
        g, sigma = to_numpy(self.g), to_numpy(sigma)

        def one(place: tuple[int, int]) -> ReadNoise:
            wires = self.wires_of(*place)
            return read_noise(g[place], sigma[place], wires, decode, tolerance=_TOLERANCE)

        places = list(ndindex(*shape[:2]))
        arrays = self._keep(("noise", k), lambda: spread(one, places))
        found = [array.variance(loud[r]) for (r, _), array in zip(places, arrays, strict=True)]
        return xp.stack(found).reshape(*shape[:2], *found[0].shape)

    def _keep(self, name: Any, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for cells of this age."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    @once
    def noise_key(self) -> Array:
        """Four words that name the stream of read noise."""
        return (self.streams / "read").words(4)

    def normals(self, number: int, n: int) -> Array:
        """Standard normals for the signals of `n` inputs in a read: (down, across, n, signals)."""
        part = self.partition
        down, across, most = part.column_outputs.shape
        each = part.encoding.slices
        if part.stack > 1:
            z = normals(self.noise_key, number, (down, n, across * most * each))
            return z.reshape(down, n, across, -1).swapaxes(1, 2)
        z = normals(self.noise_key, number, (down, n, part.outputs * each))
        out = zeros((down, across, n, most * each), dtype=z.dtype)
        for piece in part.pieces:
            first, size = int(piece.outputs[0]) * each, len(piece.outputs) * each
            out[piece.row, piece.column, :, :size] = z[piece.row, :, first : first + size]
        return out

    @once
    def noisy(self) -> bool:
        """Whether any cell has read noise of its own."""
        return bool(self.sigma.any())

    @once
    def sigma(self) -> Array:
        """Standard deviation of each cell in one read, (down, across, rows, cols) S."""
        xp = array_namespace(self.g)
        sigma = self.hardware.device.read_noise(
            self.g, self.hardware.t_read, xp.ones_like(self.g), self.t, self.g_programmed
        )
        return xp.where(self.formed, xp.abs(sigma), 0.0)

    @once
    def johnson(self) -> Array:
        """What makes thermal noise of standard normals, (down, across, cols, cols) S^1/2."""
        xp, roots = array_namespace(self.g), []
        for r, c in ndindex(self.g.shape[:2]):
            roots.append(johnson_root(to_numpy(self.g[r, c]), self.wires_of(r, c)))
        return xp.asarray(stack(roots)).reshape(*self.g.shape[:2], *roots[0].shape)

    def _around_faults(self, targets: Array) -> tuple[Array | None, Array]:
        """The row of targets that each row holds, (down, rows), and the targets there."""
        faults = self.hardware.faults
        stuck = self.effects.stuck_cells() if faults != "ignore" else None
        if stuck is None:
            return None, targets
        xp = array_namespace(targets)
        rows, stuck = None, xp.where(self.formed, stuck, xp.nan)
        if faults in ("swap", "both") and self.partition.together == 1:
            rows = xp.stack([self._order(t, s) for t, s in zip(targets, stuck, strict=True)])
            targets = xp.take_along_axis(targets, rows[:, None, :, None], axis=2)
        if faults in ("mend", "both"):
            targets = self._mended(targets, stuck)
        return rows, targets

    def _order(self, targets: Array, stuck: Array) -> Array:
        """The order of the rows of arrays side by side that share their inputs."""
        xp = array_namespace(targets)
        used = targets.any(axis=(0, 2))
        wanted, held = (xp.concatenate(list(each), axis=-1)[used] for each in (targets, stuck))
        order = xp.arange(targets.shape[1])
        order[used] = order[used][xp.asarray(row_order(wanted, held))]
        return order

    def _mended(self, targets: Array, stuck: Array) -> Array:
        code, xp = self.partition.encoding, array_namespace(targets)
        first, each = code.references, code.columns_each // code.slices
        body = mended_pairs(
            targets[..., first:], stuck[..., first:], each, code.paired, self.hardware.device.window
        )
        mended = xp.concatenate([targets[..., :first], body], axis=-1)
        return xp.where(self.formed, mended, 0.0)

    def _write(self, z: Array) -> tuple[Array, Counter[str]]:
        """Conductances after programming; where devices say what it cost, that is counted."""
        device, counts = self.hardware.device, Counter[str]()
        if not isinstance(device, WrittenCells):
            return device.program(self.g_target, z), counts
        xp = array_namespace(z)
        target = xp.where(self.formed, self.g_target, device.window[0])
        z_device = (self.streams / "device").normal(target.shape, xp)
        done = device.write(target, z, z_device, self.wires)
        tried = self.formed
        if self.hardware.faults != "ignore" and (stuck := self.effects.stuck_cells()) is not None:
            tried = tried & xp.isnan(stuck)  # known to be stuck: no pulse is spent on them
        counts["write_pulses"] += int(done.pulses[tried].sum())
        counts.update({"write_energy": float(done.energy[tried].sum())})
        counts["cells_unverified"] += int((~done.verified[tried]).sum())
        return done.g, counts

    def _draw(self, name: str) -> Array:
        """Draws for every cell that are the tile's until it is programmed anew."""
        xp = array_namespace(self.g_target)
        later = self.streams / "cycle" / self.cycle
        streams = self.streams if self.cycle == 1 else later
        return (streams / name).normal(self.g_target.shape, xp)


def _typed(array: Array, dtype: Any) -> Array:
    return array_namespace(array).ascontiguousarray(array.astype(dtype, copy=False))
