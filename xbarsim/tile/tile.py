"""A matrix on wired arrays with converters: program, age, read."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from xbarsim.backend import Array, array_namespace, real_array
from xbarsim.crossbar import Wires
from xbarsim.effects import CellEffects
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.parallel import once
from xbarsim.partition import Partition
from xbarsim.streams import Streams
from xbarsim.tile.cells import Cells
from xbarsim.tile.compensation import Reference
from xbarsim.tile.compiled import Read, Stages, compiled_read, stages_of
from xbarsim.tile.held import held
from xbarsim.tile.inputs import Drive, Inputs
from xbarsim.tile.outputs import Outputs
from xbarsim.tile.reading import signals
from xbarsim.tile.weights import (
    check_connected,
    check_weights,
    connected_with_bias_rows,
    largest,
    polarity,
    with_bias_rows,
)


class Tile:
    """Weights on as many arrays as they need.

    Inputs become word-line voltages, the arrays' currents are decoded, converted and added up; one
    call is one read of every array for each input vector, with fresh read noise.

    Parameters
    ----------
    weights : (out, in); the largest magnitude takes the whole conductance window. Of independent
        matrices: (groups * out of one, in of one), see `xbarsim.layers.Block`.
    hardware : what the arrays are built from.
    seed : root of the tile's random streams, or the streams themselves. Streams used: ``program``
        and ``drift`` (below ``cycle/N`` when programmed for the Nth time), ``read/N`` for the
        Nth read, ``device`` for what tells written cells apart, ``dac`` and ``adc`` for what tells
        converters apart, ``driven/N``, ``integrated/N`` and ``converted/N`` for their noise, and
        ``effects`` (see `xbarsim.effects.CellEffects`).
    bias : (out,), added to outputs; None for none.
    groups : independent matrices in `weights`.
    offsets : segments of word line before each array's cells, and of bit line behind them,
        (down, across, 2); None where arrays are not shared.
    connected : which weights there are, of their shape; the cells of others are never formed. None
        for all.

    Raises
    ------
    SpecError : weights that are no finite matrix, or that `hardware` cannot hold; connections of
        another shape, weights without one, or an encoding with references, where a weight without
        cells would not be zero.

    Notes
    -----
    Converter ranges come from `calibrate`; without it the first inputs that are read set them.
    `ledger` counts what was done since the tile was made, `reads` the phases that were read: the
    noise of the next follows from that number. `macs` is how many multiplications and additions one
    read stands for. `before` is how old converters were (s) when the cells were programmed last.
    `changes` counts how often cells, ranges or converters became others. Arithmetic of reads is
    done in the precision of the inputs, float32 or float64. The bias of independent matrices is
    always added digitally.

    Examples
    --------
    >>> import numpy as np
    >>> import xbarsim as xs
    >>> weights = np.array([[1.0, -0.5], [0.25, 0.75]])
    >>> ideal = xs.Tile(weights, xs.Hardware(device=xs.load_device("ideal"), rows=2, cols=4))
    >>> ideal.program()
    >>> ideal(np.array([1.0, 1.0])).round(6)
    array([0.5, 1. ])
    >>> cells = xs.Tile(weights, xs.Hardware(device=xs.load_device("joshi_2020")), seed=1)
    >>> cells.program()
    >>> cells.age(3600.0)  # an hour later: drift
    >>> cells(np.array([1.0, 1.0])) < 1.0
    array([ True,  True])
    """

    def __init__(
        self,
        weights: Array,
        hardware: Hardware,
        seed: int | Streams = 0,
        *,
        bias: Array | None = None,
        groups: int = 1,
        offsets: Array | None = None,
        connected: Array | None = None,
    ) -> None:
        self.changes = 0
        check_weights(weights, bias, groups)
        check_connected(connected, weights, hardware.code)
        self.macs = int(weights.size if connected is None else connected.sum())
        self.hardware = hardware
        self.streams = seed if isinstance(seed, Streams) else Streams(seed)
        self.outputs, self.inputs = weights.shape[0], weights.shape[1] * groups
        rows = hardware.bias_rows if bias is not None and groups == 1 else 0
        self.bias = None if rows else bias
        dale = hardware.code.kind == "single"
        if rows:
            weights = with_bias_rows(weights, bias, rows, signed=not dale)
            connected = connected_with_bias_rows(connected, rows)
        self.w_max = largest(weights, hardware.scaling)
        self.partition = Partition(
            inputs=self.inputs + rows,
            outputs=self.outputs,
            rows=hardware.rows,
            cols=hardware.cols,
            encoding=hardware.code,
            groups=groups,
        )
        scaled = weights / (self.w_max[:, None] if self.w_max.ndim else self.w_max)
        self.cells = Cells(scaled, self.partition, hardware, self.streams, offsets, connected)
        self._inputs = Inputs(
            hardware,
            self.partition,
            self.streams,
            like=self.cells.formed,
            polarity=polarity(weights, groups) if dale else None,
            rows=self.cells.rows,
            bias_rows=rows,
        )
        self._outputs = Outputs(hardware, self.partition, self.streams, self.cells.formed)
        self._reference = Reference(hardware.compensation)
        self.ledger: Counter[str] = Counter()  # counts; energies in J
        self.reads = 0
        self.before = 0.0

    def __getstate__(self) -> dict[str, Any]:
        """What copies and files of a tile hold: all but the compiled read, which is made anew."""
        return {name: value for name, value in self.__dict__.items() if name != "_compiled"}

    @property
    def g(self) -> Array:
        """Conductances at the present age, (down, across, rows, cols) S; 0 S is not formed."""
        self.cells.g_programmed  # noqa: B018  raises on a tile that was never programmed
        return self.cells.g

    @property
    def t(self) -> float:
        """Age, s."""
        return self.cells.t

    @property
    def effects(self) -> CellEffects:
        """What happens to the cells beside what the device says."""
        return self.cells.effects

    @property
    def wires(self) -> Wires:
        """Line resistances of the arrays."""
        return self.cells.wires

    @once
    def compensation(self) -> Array | float:
        """Factor by which outputs are rescaled for drift: one number, or one for each signal."""
        return self._reference.factor(self.cells)

    @once
    def _compiled(self) -> Read | None:
        """What reads the tile as it is now in single precision, if the kernels can."""
        stages = self.stages()
        return None if stages is None else compiled_read(stages)

    def stages(self, wired: Callable[[], Array] | None = None) -> Stages | None:
        """What a read of the tile is as it is now, for kernels; None where they do not know it all.

        `wired` is as `xbarsim.tile.compiled.stages_of` takes it.
        """
        if array_namespace(self.w_max) is not np:
            return None
        bias = np.zeros(self.outputs) if self.bias is None else self.bias
        stages = self.cells, self._inputs, self._outputs
        return stages_of(*stages, self.compensation, self.weight_per_ampere, bias, wired)

    def set_bias(self, bias: Array) -> None:
        """Take another bias (out,), where it is added digitally."""
        if self.bias is None or not np.array_equal(self.bias, bias):
            self.bias = bias
            self._changed()

    def _changed(self) -> None:
        """Forget what followed from cells, ranges or converters as they were."""
        self.changes += 1
        for derived in ("compensation", "_compiled"):
            self.__dict__.pop(derived, None)

    @property
    def full_scale(self) -> Array:
        """Full scale of the converters of outputs, A: one, or (down, across, 1, signals)."""
        return self._outputs.full_scale

    @full_scale.setter
    def full_scale(self, full: Array) -> None:
        self._outputs.full_scale = full
        self._changed()

    @property
    def ranges(self) -> tuple[float | None, bool, Array]:
        """Those of converters: full scale and sign of inputs, full scale of outputs (A)."""
        return self._inputs.full_scale, self._inputs.signed, self._outputs.full_scale

    @ranges.setter
    def ranges(self, ranges: tuple[float | None, bool, Array]) -> None:
        self._inputs.full_scale, self._inputs.signed, self._outputs.full_scale = ranges
        self._changed()

    @property
    def held(self) -> Array:
        """The weights that the cells stand for at this age, compensated: (out, in of a group).

        What reads come to on the average, wires and settling included, converters aside.
        """
        self.cells.g_programmed  # noqa: B018  raises on a tile that was never programmed
        w = held(self.cells, self.compensation)[:, : self.inputs // self.partition.groups]
        if (sign := self._inputs.polarity) is not None:
            w = w * sign[: self.inputs]
        return w * (self.w_max[:, None] if self.w_max.ndim else self.w_max)

    def program(self, cycle: int | None = None) -> None:
        """Program fresh devices; the tile is then as old as the device's first age.

        `cycle` is how often it has then been programmed, once more than before by default; what is
        drawn follows from it.
        """
        if self.cells.cycle:
            self.before += self.t  # converters are not made anew
        self.ledger.update(self.cells.program(cycle))
        self._outputs.age(self.before + self.t)
        self._reference.set(self.cells)
        self._changed()

    def age(self, t: float) -> None:
        """Let the tile be `t` seconds old, counted from programming.

        Raises
        ------
        SpecError : the device says nothing of such an age, or the tile was not programmed.
        """
        self.cells.age(t)
        self._outputs.age(self.before + t)
        self._changed()

    def recalibrate(self) -> None:
        """Measure gain and offset of the converters as they are now; correct them from now on."""
        self.ledger["recalibrations"] += 1
        self._outputs.recalibrate(self.before + self.t, self.ledger["recalibrations"])
        self._changed()

    @property
    def calibrated(self) -> bool:
        """Whether converters have ranges."""
        return self._inputs.full_scale is not None

    def calibrate(self, x: Array, *, silent: bool = False) -> None:
        """Set converter ranges on typical inputs `x` (..., in).

        Parameters
        ----------
        silent : whether inputs may be all zero, which leaves every range at 1.

        Raises
        ------
        SpecError : inputs that do not fit; that are all zero, where there are converters.
        """
        x = self._checked(x)
        self._inputs.calibrate(x, silent)
        if self.hardware.adc is not None or self.hardware.integrator is not None:
            self._outputs.calibrate(self._noiseless(x))
        self._changed()

    def drives(self, x: Array) -> list[Drive]:
        """What stands on the word lines when inputs (n, in) are read, phase by phase."""
        return self._inputs.drives(self._ready(x))

    def voltages(self, x: Array) -> Array:
        """Word-line voltages that stand for inputs `x` (n, in), all phases: (down, n, rows) V."""
        return sum(drive.v * drive.weight for drive in self.drives(x))

    def clipping(self, x: Array) -> float:
        """Share of conversions that exceed the converters' range when `x` (n, in) is read."""
        return self._outputs.clipping(self._noiseless(self._ready(x)))

    def input_clipping(self, x: Array) -> float:
        """Share of the inputs `x` (n, in) that exceed their converters' range."""
        return self._inputs.clipping(self._ready(x))

    def __call__(self, x: Array) -> Array:
        """Outputs (..., out) for inputs `x` (..., in), ``x @ weights.T + bias`` where all is ideal.

        Raises
        ------
        SpecError : wrong shape, inputs that are no finite real numbers, or a tile that was not
            programmed.
        """
        x = real_array("x", x)
        flat = self._checked(x)
        if len(flat) == 0:
            return array_namespace(flat).zeros((*x.shape[:-1], self.outputs), dtype=flat.dtype)
        if not self.calibrated:
            self.calibrate(flat)
        if flat.dtype == "float32" and (read := self._compiled) is not None:
            y = read(flat, self.reads)
            self.reads += 1
            self.count(len(flat), 1)
            return y.reshape(*x.shape[:-1], self.outputs)
        drives = self._inputs.drives(flat, self.reads)
        phases = []
        for drive in drives:
            phases.append((drive.weight, signals(self.cells, drive.v, self.reads)))
            self.reads += 1
        y = self._outputs.convert(phases, self.reads, self.compensation)
        y = y * self.weight_per_ampere.astype(y.dtype)
        if self.bias is not None:
            y = y + self.bias.astype(y.dtype, copy=False)
        self.count(len(flat), len(drives))
        return y.reshape(*x.shape[:-1], self.outputs)

    def _noiseless(self, x: Array) -> list[tuple[float, Array]]:
        """Signals of each phase without noise."""
        return [
            (drive.weight, drive.v[:, None] @ self.cells.signal_transfer(drive.v.dtype))
            for drive in self._inputs.drives(x)
        ]

    @property
    def weight_per_ampere(self) -> Array:
        """What outputs in A are multiplied by to be those of the weights: one, or (out,)."""
        low, high = self.hardware.device.window
        full = self._inputs.full_scale or 1.0
        return self.w_max * (full / ((high - low) * self.hardware.v_read))

    def count(self, vectors: int, phases: int, reads: int = 1) -> None:
        """Enter into the ledger vectors, each read in `phases`, that `reads` reads took."""
        down, across = self.partition.shape[:2]
        converted = vectors * self._outputs.conversions(phases)
        self.ledger["reads"] += reads * phases
        self.ledger["vectors"] += vectors
        self.ledger["array_reads"] += vectors * down * across * phases
        self.ledger["dac_conversions"] += vectors * self.partition.inputs * across
        self.ledger["adc_conversions"] += converted
        self.ledger["partial_sums"] += converted - vectors * self.outputs

    def _ready(self, x: Array) -> Array:
        """`x` as (n, in), on which converters are ranged if they are not yet."""
        x = self._checked(x)
        if not self.calibrated:
            self.calibrate(x)
        return x

    def _checked(self, x: Array) -> Array:
        """`x` as (n, in), float32 or float64."""
        x = real_array("x", x)
        xp = array_namespace(x)
        self.cells.g_programmed  # noqa: B018  raises on a tile that was never programmed
        if x.ndim < 1 or x.shape[-1] != self.inputs:
            raise SpecError(f"x has shape {x.shape}; its last axis must hold {self.inputs} inputs")
        if x.dtype not in (xp.float32, xp.float64):
            x = x.astype(xp.float64)
        if not bool(xp.isfinite(x).all()):
            raise SpecError(f"x holds {int((~xp.isfinite(x)).sum())} values that are not finite")
        return x.reshape(-1, self.inputs)
