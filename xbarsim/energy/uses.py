"""What a matrix on arrays makes each component do, and how many of each there are."""

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

from xbarsim.energy.estimate import Done
from xbarsim.energy.machine import Machine
from xbarsim.hardware import Hardware

#: bytes below which a buffer is a register file
_SMALL = 1024
_ACCUMULATOR = 16  # bits of a sum


class Use(NamedTuple):
    """One component in one matrix.

    Parameters
    ----------
    component : its name in the ledger.
    kind : of model.
    actions : in one inference.
    instances : how many there are.
    sizes : what the model takes.
    usual : model where none is chosen; None for the standard one.
    """

    component: str
    kind: str
    actions: float
    instances: float
    sizes: dict[str, float]
    usual: str | None = None


def uses(done: Done, machine: Machine) -> Iterator[Use]:
    """The periphery of a matrix beside its drivers."""
    hardware, arrays = done.tile.hardware, done.tile.partition.arrays * done.copies
    yield from _inputs(done, hardware, arrays)
    yield from _outputs(done, hardware, arrays)
    if done.active:
        yield Use("activation", "activation", done.active, arrays, {})
    yield from _buffers(done, machine, arrays)


def _inputs(done: Done, hardware: Hardware, arrays: int) -> Iterator[Use]:
    """Encoders of inputs: what a coding of pulses or of single bits needs is no capacitive DAC.

    Word lines above the supply have level shifters, which each input switches once.
    """
    dac = hardware.dac
    if hardware.v_read > hardware.node.v_dd:
        driven = done.reads * done.tile.inputs * done.tile.partition.across
        volts = {"voltage": float(hardware.v_read)}
        yield Use("level_shifter", "level_shifter", driven, hardware.rows * arrays, volts)
    if dac is None:
        return
    usual = {"pulse_width": "pulse_width", "bit_serial": "single_bit"}.get(dac.coding)
    bits = 1.0 if dac.coding == "bit_serial" else float(dac.bits)
    count = done.activity["dac_conversions"]
    yield Use("dac", "dac", count, hardware.rows * arrays, {"bits": bits}, usual)


def _outputs(done: Done, hardware: Hardware, arrays: int) -> Iterator[Use]:
    """Integrators, samples, multiplexers, converters, and the sums of what they give."""
    converted, adc = done.activity["adc_conversions"], hardware.adc
    signals = hardware.code.outputs(hardware.cols) * hardware.code.slices
    adders = _adders(hardware) * arrays
    if hardware.integrator is not None:
        yield Use("integrator", "integrator", converted, signals * arrays, {})
    if adc is not None:
        bits = float(adc.bits)
        yield Use("sample_hold", "sample_hold", converted, signals * arrays, {"bits": bits})
        if adc.columns_per_adc > 1:
            yield Use("mux", "mux", converted, adders, {"ways": float(adc.columns_per_adc)})
        sizes = {"bits": bits, "rate": float(adc.rate), "rows": float(hardware.rows)}
        yield Use("adc", "adc", converted, adders, sizes, _CONVERTERS.get(adc.kind))
    biases = done.reads * done.tile.outputs if done.tile.bias is not None else 0.0
    sums = done.activity["partial_sums"] + biases
    yield Use("shift_add", "shift_add", sums, adders, {"bits": float(_ACCUMULATOR)})


def _adders(hardware: Hardware) -> int:
    """Of an array: one behind each converter, or signal where nothing converts."""
    signals = hardware.code.outputs(hardware.cols) * hardware.code.slices
    return signals if hardware.adc is None else ceil(signals / hardware.adc.columns_per_adc)


#: models of the kinds of converter that are circuits of their own
_CONVERTERS = {"flash": "flash", "ramp": "ramp"}


def _buffers(done: Done, machine: Machine, arrays: int) -> Iterator[Use]:
    """Vectors are read once for each array that they drive; outputs are written once."""
    tile, accesses = done.tile, machine.word / machine.access
    kind, sizes = buffer_of(tile.hardware, machine)
    inputs = done.activity["dac_conversions"] if tile.hardware.dac else done.reads * tile.inputs
    outputs = done.reads * tile.outputs
    yield Use("buffer", kind, inputs * accesses, arrays, {**sizes, "writes": 0.0})
    yield Use("buffer", kind, outputs * accesses, 0.0, {**sizes, "writes": 1.0})


def clock_of(done: Done, machine: Machine, time: float) -> Use:
    """The clock of accumulators while values are converted (s in all), gated off otherwise.

    Buffers are clocked by access. Both are assumed.
    """
    registers = _ACCUMULATOR * _adders(done.tile.hardware) * done.tile.partition.arrays
    cycles = time * machine.clock * done.copies
    return Use("clock", "clock", cycles, float(done.copies), {"registers": float(registers)})


def buffer_of(hardware: Hardware, machine: Machine) -> tuple[str, dict[str, float]]:
    """Kind and sizes of an array's buffer."""
    values = hardware.rows + hardware.code.outputs(hardware.cols)
    size = machine.buffer or max(2 * values * machine.word // 8, 1)
    kind = "register_file" if size < _SMALL else "sram"
    return kind, {"capacity": float(size), "bits": float(machine.access)}
