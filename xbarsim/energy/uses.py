"""What a matrix on arrays makes each component do, and how many of each there are."""

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

from xbarsim.energy.done import Done
from xbarsim.energy.machine import Machine
from xbarsim.hardware import Hardware

#: bytes below which a buffer is a register file
_SMALL = 1024
SUM = 16  # bits of a sum


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
    """All of a matrix beside its arrays and their drivers."""
    yield from periphery(done)
    yield from _buffers(done, machine)


def periphery(done: Done) -> Iterator[Use]:
    """What every read goes through."""
    hardware = done.tile.hardware
    yield from _inputs(done, hardware)
    yield from _outputs(done, hardware)
    if done.active:
        yield Use("activation", "activation", done.active, _activations(done, hardware), {})


def _inputs(done: Done, hardware: Hardware) -> Iterator[Use]:
    """Encoders of inputs: what a coding of pulses or of single bits needs is no capacitive DAC.

    Word lines above the supply have level shifters, which each input switches once in each phase.
    """
    dac, lines, phases = hardware.dac, hardware.rows * done.arrays, phases_of(done)
    if hardware.v_read > hardware.node.v_dd:
        driven = done.reads * done.tile.partition.inputs * done.tile.partition.across * phases
        volts = {"voltage": float(hardware.v_read)}
        yield Use("level_shifter", "level_shifter", driven, lines, volts)
    if dac is None:
        return
    sliced = dac.coding == "bit_serial"
    bits = dac.slice_bits if sliced else dac.bits
    single = "single_bit" if sliced and bits == 1 else None
    usual = "pulse_width" if dac.coding == "pulse_width" else single
    count = done.activity["dac_conversions"] * phases
    yield Use("dac", "dac", count, lines, {"bits": float(bits)}, usual)


def phases_of(done: Done) -> float:
    """Reads of the arrays for each vector."""
    down, across = done.tile.partition.shape[:2]
    read = done.reads * down * across
    return done.activity["array_reads"] / read if read else 1.0


def _outputs(done: Done, hardware: Hardware) -> Iterator[Use]:
    """Integrators, samples, multiplexers, converters, and the sums of what they give."""
    converted, adc = done.activity["adc_conversions"], hardware.adc
    signals, arrays = _signals(hardware), _sensed(done, hardware)
    adders = _converters(hardware) * arrays
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
    yield Use("shift_add", "shift_add", sums, adders, {"bits": float(SUM)})


def _signals(hardware: Hardware) -> int:
    """Signals of an array, each of a slice of an output."""
    return hardware.code.outputs(hardware.cols) * hardware.code.slices


def _converters(hardware: Hardware) -> int:
    """Converters behind an array; without any, each signal has its own way."""
    each = 1 if hardware.adc is None else hardware.adc.columns_per_adc
    return ceil(_signals(hardware) / each)


def _sensed(done: Done, hardware: Hardware) -> float:
    """Arrays with converters: of those whose currents are added up, one."""
    together = done.tile.partition.down if hardware.partial_sums == "analog" else 1
    return done.arrays / together


def _activations(done: Done, hardware: Hardware) -> float:
    """One behind each converter, once for the arrays whose outputs add up."""
    each = min(_converters(hardware), hardware.code.outputs(hardware.cols))
    return each * done.arrays / done.tile.partition.down


#: models of the kinds of converter that are circuits of their own
_CONVERTERS = {"flash": "flash", "ramp": "ramp"}


def _buffers(done: Done, machine: Machine) -> Iterator[Use]:
    """Vectors are read once for each array that they drive; outputs are written once."""
    tile, accesses = done.tile, machine.word / machine.access
    kind, sizes = buffer_of(tile.hardware, machine)
    inputs = done.reads * tile.inputs * tile.partition.across
    outputs = done.reads * tile.outputs
    yield Use("buffer", kind, inputs * accesses, done.arrays, {**sizes, "writes": 0.0})
    yield Use("buffer", kind, outputs * accesses, 0.0, {**sizes, "writes": 1.0})


def clock_of(done: Done, machine: Machine, time: float) -> Use:
    """The clock of accumulators while values are converted (s in all), gated off otherwise.

    Buffers are clocked by access. Both are assumed.
    """
    hardware = done.tile.hardware
    registers = SUM * _converters(hardware) * _sensed(done, hardware)
    return Use("clock", "clock", time * machine.clock, 1.0, {"registers": float(registers)})


def buffer_of(hardware: Hardware, machine: Machine) -> tuple[str, dict[str, float]]:
    """Kind and sizes of an array's buffer."""
    values = hardware.rows + hardware.code.outputs(hardware.cols)
    size = machine.buffer or max(2 * values * machine.word // 8, 1)
    kind = "register_file" if size < _SMALL else "sram"
    return kind, {"capacity": float(size), "bits": float(machine.access)}
