"""The cells of a tile's arrays: programmed, aged, and what they make of voltages."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from numpy import ndindex, stack

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.checks import check_age
from xbarsim.crossbar import Wires
from xbarsim.crossbar.johnson import johnson_root
from xbarsim.device import WrittenCells
from xbarsim.effects import CellEffects, Effects
from xbarsim.encode import mended_pairs, row_order
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.parallel import once
from xbarsim.partition import Partition
from xbarsim.streams import Streams
from xbarsim.tile.circuit import Circuit


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
    connected : weights that there are, of their shape; None for all.

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
        connected: Array | None = None,
    ) -> None:
        xp = array_namespace(weights)
        self.hardware = hardware
        self.streams = streams
        self.partition = partition
        self.circuit = Circuit(hardware=hardware, offsets=offsets)
        self.formed = xp.asarray(partition.formed)
        if connected is not None:
            there = xp.moveaxis(partition.split_weights(connected, xp), -1, -2)
            self.formed = self.formed & there.repeat(partition.encoding.columns_each, axis=-1)
        self.cycle = 0
        self._programmed: Array | None = None
        window = hardware.device.window
        effects = hardware.effects or Effects()
        self.effects = CellEffects(effects, self.formed, window, streams, hardware.surroundings)
        blocks = partition.split_weights(weights, xp)
        targets = xp.where(self.formed, partition.encoding.targets(blocks, window), 0.0)
        self.rows, targets = self._around_faults(targets)
        self.g_target = self.effects.targets(targets)

    def program(self, cycle: int | None = None) -> Counter[str]:
        """Program fresh devices; they are then as old as the device's first age. Counts of it.

        `cycle` is how often the cells have then been programmed, once more than before by default.
        """
        xp = array_namespace(self.g_target)
        self.cycle = self.cycle + 1 if cycle is None else cycle
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
        for derived in ("transfer", "steady", "_settled", "johnson", "sigma", "noisy"):
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

    @property
    def wires(self) -> Wires:
        """Line resistances of an array whose cells stand at its corner."""
        return self.circuit.wires

    @once
    def transfer(self) -> Array:
        """Transfer matrix of each array in a read, (down, across, rows, cols) S."""
        return self.steady * self._settled if self.hardware.settling else self.steady

    @once
    def steady(self) -> Array:
        """`transfer` as it is when everything has settled."""
        return self.circuit.steady(self.g)

    @once
    def _settled(self) -> Array:
        return self.circuit.settled(self.g)

    def cooled(self) -> Array:
        """`transfer` as it were at the temperature of the device's data."""
        g = self.g / self.effects.conduction
        steady = self.circuit.steady(g)
        return steady * self.circuit.settled(g) if self.hardware.settling else steady

    def signal_transfer(self, dtype: Any) -> Array:
        """What each signal is per volt on each word line, (down, across, rows, signals) S."""
        return self.keep(
            ("transfer", dtype),
            lambda: typed(self.partition.encoding.decode(self.transfer), dtype),
        )

    def keep(self, name: Any, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for cells of this age."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    @once
    def noise_key(self) -> Array:
        """Four words that name the stream of read noise."""
        return (self.streams / "read").words(4)

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
            roots.append(johnson_root(to_numpy(self.g[r, c]), self.circuit.wires_of(r, c)))
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


def typed(array: Array, dtype: Any) -> Array:
    """`array` contiguous, of a type."""
    return array_namespace(array).ascontiguousarray(array.astype(dtype, copy=False))
