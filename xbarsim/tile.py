"""A block of weights on wired arrays: program, age, read."""

from collections import Counter

from numpy import ndindex, stack

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.crossbar import Wires, noisy_read, transfer_matrix
from xbarsim.crossbar.johnson import johnson_root, johnson_scale, shot_noise
from xbarsim.device import WrittenCells
from xbarsim.effects import CellEffects, Effects
from xbarsim.effects.reads import Gaussian, Source
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.parallel import once
from xbarsim.partition import Partition
from xbarsim.periphery import full_scale
from xbarsim.streams import Streams

_CELLS_AT_ONCE = 500_000  # cells times inputs for which read noise is drawn together
_NOISE_RTOL = 1e-5  # of the largest output; the noise is far more


class Tile:
    """Weights on as many arrays as they need.

    Inputs become word-line voltages, the arrays' currents are decoded, converted and added up; one
    call is one read of every array for each input vector, with fresh read noise.

    Parameters
    ----------
    weights : (out, in); the largest magnitude takes the whole conductance window.
    hardware : what the arrays are built from.
    seed : root of the tile's random streams, or the streams themselves. Streams used: ``program``
        and ``drift`` (below ``cycle/N`` when programmed for the Nth time), ``read/N`` for the
        Nth read, ``device`` for what tells written cells apart, and ``effects`` (see
        `xbarsim.effects.CellEffects`).

    Raises
    ------
    SpecError : weights that are no finite matrix.

    Notes
    -----
    Converter ranges come from `calibrate`; without it the first inputs that are read set them.
    `ledger` counts what was done since the tile was made.
    """

    def __init__(self, weights: Array, hardware: Hardware, seed: int | Streams = 0) -> None:
        _check_weights(weights)
        xp = array_namespace(weights)
        self.hardware = hardware
        self.streams = seed if isinstance(seed, Streams) else Streams(seed)
        self.outputs, self.inputs = weights.shape
        self.w_max = float(xp.max(xp.abs(weights))) or 1.0
        self.partition = Partition(
            inputs=self.inputs,
            outputs=self.outputs,
            rows=hardware.rows,
            cols=hardware.cols,
            encoding=hardware.encoding,
        )
        self.wires = hardware.wires or Wires()
        self._formed = xp.asarray(self.partition.formed)
        blocks = self.partition.split_weights(weights, xp)
        window = hardware.device.window
        targets = self.partition.code.targets(blocks, self.w_max, window)
        self.effects = CellEffects(
            hardware.effects or Effects(),
            self._formed,
            window,
            self.streams,
            hardware.surroundings,
        )
        self.g_target = self.effects.targets(xp.where(self._formed, targets, 0.0))
        self.ledger: Counter[str] = Counter()  # counts; energies in J
        self._cycle = self._reads = 0
        self._g_programmed: Array | None = None
        self._reference = 0.0
        self._x_scale: float | None = None
        self._i_scale = 1.0
        self._signed = False

    def program(self) -> None:
        """Program fresh devices; the tile is then as old as the device's first age."""
        xp = array_namespace(self.g_target)
        self._cycle += 1
        z = self._draw("program")
        written = self.effects.programmed(self._write(z), self._cycle)
        self._g_programmed = xp.where(self._formed, written, 0.0)
        self.ledger["cells_programmed"] += int(self._formed.sum())
        self.ledger.update(self.effects.counts())
        self.age(self.hardware.device.ages[0])
        if self.hardware.compensation != "none":
            self._reference = self._first_reference()

    def _write(self, z: Array) -> Array:
        """Conductances after programming; where devices say what it cost, that is counted."""
        device = self.hardware.device
        if not isinstance(device, WrittenCells):
            return device.program(self.g_target, z)
        low = device.window[0]
        target = array_namespace(z).where(self._formed, self.g_target, low)
        z_device = (self.streams / "device").normal(target.shape, array_namespace(z))
        done = device.write(target, z, z_device, self.wires)
        self.ledger["write_pulses"] += int(done.pulses[self._formed].sum())
        self.ledger.update({"write_energy": float(done.energy[self._formed].sum())})
        self.ledger["cells_unverified"] += int((~done.verified[self._formed]).sum())
        return done.g

    def age(self, t: float) -> None:
        """Let the tile be `t` seconds old, counted from programming.

        Raises
        ------
        SpecError : the device says nothing of such an age, or the tile was not programmed.
        """
        xp = array_namespace(self.g_target)
        if not 0 <= t < float("inf"):
            raise SpecError(f"age is {t:g} s; it must be finite and at least 0 s")
        z = self._draw("drift")
        aged = self.effects.at_age(self.hardware.device, self._programmed, t, z)
        self.g = xp.where(self._formed, aged, 0.0)
        self.t = t
        for derived in ("transfer", "johnson"):
            self.__dict__.pop(derived, None)

    @once
    def transfer(self) -> Array:
        """Transfer matrix of each array, (down, across, rows, cols) S."""
        return transfer_matrix(self.g, self.wires)

    def calibrate(self, x: Array) -> None:
        """Set converter ranges on typical inputs `x` (..., in)."""
        x = self._checked(x)
        xp = array_namespace(x)
        dac, adc = self.hardware.dac, self.hardware.adc
        if (dac or adc) and not bool(x.any()):
            raise SpecError(
                "converter ranges cannot be set on inputs that are all zero, or on none; call "
                "calibrate with typical inputs first"
            )
        self._signed = bool(xp.min(x) < 0)
        self._x_scale = full_scale(x, dac.percentile if dac else 100.0)
        if adc is not None:
            i = self.partition.code.decode(self.voltages(x)[:, None] @ self.transfer)
            self._i_scale = full_scale(i, adc.percentile)

    def voltages(self, x: Array) -> Array:
        """Word-line voltages for inputs `x` (n, in): (down, n, rows) V."""
        xp = array_namespace(x)
        if self._x_scale is None:
            self.calibrate(x)
        relative = x / self._x_scale
        if self.hardware.dac is not None:
            relative = self.hardware.dac.convert(relative, self._signed)
        return self.partition.split_inputs(relative * self.hardware.v_read, xp)

    def __call__(self, x: Array) -> Array:
        """Outputs (..., out) for inputs `x` (..., in), ``x @ weights.T`` where all is ideal.

        Raises
        ------
        SpecError : wrong shape, inputs that are not finite, or a tile that was not programmed.
        """
        x = array_namespace(x).asarray(x)
        flat = self._checked(x)
        xp = array_namespace(flat)
        if len(flat) == 0:
            return xp.zeros((*x.shape[:-1], self.outputs))
        v = self.voltages(flat)
        i = self.partition.code.decode(self._currents(v))
        adc = self.hardware.adc
        if adc is not None:
            i = adc.convert(i / self._i_scale) * self._i_scale
        y = self.partition.join_outputs(xp.sum(i, axis=0), xp) * self._weight_per_ampere
        self._count(len(flat))
        return y.reshape(*x.shape[:-1], self.outputs)

    @property
    def compensation(self) -> float:
        """Factor by which outputs are rescaled for drift, 1."""
        if self.hardware.compensation == "none":
            return 1.0
        return self._reference / self._reference_current()

    @property
    def _weight_per_ampere(self) -> float:
        span = self.partition.code.span(self.hardware.device.window)
        scale = self._x_scale or 1.0
        return self.w_max / span * scale / self.hardware.v_read * self.compensation

    @property
    def _programmed(self) -> Array:
        if self._g_programmed is None:
            raise SpecError("the tile holds no weights yet; call program() first")
        return self._g_programmed

    def _first_reference(self) -> float:
        """The current that later references are compared with, at the data's temperature, A."""
        heated = self.effects.conduction
        if heated == 1.0:
            return self._reference_current()
        return float(transfer_matrix(self.g / heated, self.wires).sum()) * self.hardware.v_read

    def _reference_current(self) -> float:
        """Sum of all column currents with every word line at full scale, A."""
        return float(self.transfer.sum()) * self.hardware.v_read

    def _draw(self, name: str) -> Array:
        """Draws for every cell that are the tile's until it is programmed anew."""
        xp = array_namespace(self.g_target)
        later = self.streams / "cycle" / self._cycle
        streams = self.streams if self._cycle == 1 else later
        return (streams / name).normal(self.g_target.shape, xp)

    def read_spread(self) -> Array:
        """Standard deviation of each cell in one read, (down, across, rows, cols) S."""
        xp = array_namespace(self.g)
        sigma = self.hardware.device.read_noise(
            self.g, self.hardware.t_read, xp.ones_like(self.g), self.t, self._programmed
        )
        return xp.where(self._formed, xp.abs(sigma), 0.0)

    def _currents(self, v: Array) -> Array:
        """Column currents of every array for voltages (down, n, rows): (down, across, n, cols)."""
        sources = self._sources(v.shape[1])
        if not sources:
            i = v[:, None] @ self.transfer
        elif self.wires.ideal:
            i = v[:, None] @ self.g
            for source in sources:
                i = i + source.currents(v)
        else:
            i = self._changed_currents(v, sources)
        return self._with_amplifier_noise(i, v)

    def _sources(self, n: int) -> list[Source]:
        """What changes the cells while `n` inputs are read."""
        t_read = self.hardware.t_read
        sources = self.effects.sources(self.g, self.t, t_read, n, self._reads)
        sigma = self.read_spread()
        if bool(sigma.any()):
            rng = (self.streams / "read" / self._reads).rng(array_namespace(sigma))
            sources.insert(0, Gaussian(sigma, rng))
        return sources

    def _changed_currents(self, v: Array, sources: list[Source]) -> Array:
        """The same where noise meets wires: each input sees cells of its own, solved exactly."""
        xp = array_namespace(v)
        down, across, rows, cols = self.g.shape
        out = xp.empty((down, across, v.shape[1], cols), dtype=v.dtype)
        step = max(1, _CELLS_AT_ONCE // (rows * cols))
        for r in range(down):
            for c in range(across):
                for start in range(0, v.shape[1], step):
                    part = slice(start, min(start + step, v.shape[1]))
                    dg = sources[0].change(r, c, part)
                    for source in sources[1:]:
                        dg += source.change(r, c, part)
                    read = noisy_read(self.g[r, c], v[r, part], dg, self.wires, _NOISE_RTOL)
                    out[r, c, part] = read.i_out
        return out

    def _with_amplifier_noise(self, i: Array, v: Array) -> Array:
        """Column currents `i` with thermal and shot noise in the bandwidth of a read."""
        bandwidth = 1 / (2 * self.hardware.t_read)
        if self.effects.effects.johnson:
            z = self.effects.rng("johnson", self._reads).standard_normal(i.shape)
            scale = johnson_scale(bandwidth, self.hardware.surroundings.ambient)
            i = i + scale * (z @ self.johnson)
        if self.effects.effects.shot:
            i = i + self._shot_noise(v, bandwidth)
        return i

    @once
    def johnson(self) -> Array:
        """What makes thermal noise of standard normals, (down, across, cols, cols) S^1/2."""
        xp, roots = array_namespace(self.g), []
        for r, c in ndindex(self.g.shape[:2]):
            roots.append(johnson_root(to_numpy(self.g[r, c]), self.wires))
        return xp.asarray(stack(roots)).reshape(*self.g.shape[:2], *roots[0].shape)

    def _shot_noise(self, v: Array, bandwidth: float) -> Array:
        """Shot noise of the column currents of every array, (down, across, n, cols) A."""
        xp, rng = array_namespace(v), self.effects.rng("shot", self._reads)
        down, across, _, cols = self.g.shape

        def draw(shape: tuple[int, ...]) -> Array:
            return to_numpy(rng.standard_normal(shape))

        out = xp.empty((down, across, v.shape[1], cols))
        for r, c in ndindex(down, across):
            g, volts = to_numpy(self.g[r, c]), to_numpy(v[r])
            out[r, c] = xp.asarray(shot_noise(g, volts, self.wires, bandwidth, draw))
        return out

    def _count(self, n: int) -> None:
        down, across, _, _ = self.partition.shape
        converted = n * down * self.outputs
        self._reads += 1
        self.ledger["reads"] += 1
        self.ledger["vectors"] += n
        self.ledger["array_reads"] += n * down * across
        self.ledger["dac_conversions"] += n * self.inputs * across
        self.ledger["adc_conversions"] += converted
        self.ledger["partial_sums"] += converted - n * self.outputs

    def _checked(self, x: Array) -> Array:
        """`x` as (n, in)."""
        xp = array_namespace(x)
        x = xp.asarray(x)
        self._programmed  # noqa: B018  raises on a tile that was never programmed
        if x.ndim < 1 or x.shape[-1] != self.inputs:
            raise SpecError(f"x has shape {x.shape}; its last axis must hold {self.inputs} inputs")
        if not bool(xp.isfinite(x).all()):
            raise SpecError(f"x holds {int((~xp.isfinite(x)).sum())} values that are not finite")
        return x.reshape(-1, self.inputs)


def _check_weights(weights: Array) -> None:
    xp = array_namespace(weights)
    if getattr(weights, "ndim", 0) != 2 or 0 in weights.shape:
        raise SpecError(f"weights have shape {getattr(weights, 'shape', ())}; expected (out, in)")
    bad = ~xp.isfinite(weights)
    if bool(bad.any()):
        first = tuple(int(k) for k in xp.argwhere(bad)[0])
        raise SpecError(
            f"weights{list(first)} is {float(weights[first])} ({int(bad.sum())} such values); "
            "every weight must be finite"
        )
