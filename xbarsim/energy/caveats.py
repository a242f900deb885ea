"""What to know before believing an estimate of a chip."""

from collections.abc import Iterator

from xbarsim.device import SwitchingLaw
from xbarsim.energy.done import Done
from xbarsim.energy.machine import Machine
from xbarsim.energy.pipeline import settled
from xbarsim.energy.report import EnergyReport, called
from xbarsim.energy.uses import uses
from xbarsim.units import show

_DOMINATE = 0.5  # share of an array's energy from which wires are said to dominate; ours
_SATURATED = 0.05  # share of conversions from which converters are said to saturate; ours


def caveats(reads: EnergyReport, machine: Machine) -> list[str]:
    """Warnings: of node, voltage, reads that do not settle, converters, wires, idle components."""
    done = next(iter(reads.done.values()))
    return [
        *_of_node(done),
        *_of_voltage(done),
        *_of_reads(done),
        *_of_converters(reads, machine),
        *_of_wires(reads),
        *_of_components(reads, machine),
    ]


def _of_node(done: Done) -> list[str]:
    node = done.tile.hardware.node
    if not node.interpolated:
        return []
    return [f"node is {show(node.length, 'meter')}, which lies between nodes of the table"]


def _of_voltage(done: Done) -> list[str]:
    """Devices that know no voltage say nothing of it."""
    hardware = done.tile.hardware
    if not isinstance(hardware.device, SwitchingLaw):
        return []
    low, high = hardware.device.valid
    if low <= hardware.v_read <= high:
        return []
    return [
        f"array.v_read is {show(hardware.v_read, 'volt')}; the device's law holds from "
        f"{show(low, 'volt')} to {show(high, 'volt')}"
    ]


def _of_reads(done: Done) -> list[str]:
    hardware = done.tile.hardware
    needed = settled(hardware, [])
    if hardware.t_read >= needed:
        return []
    return [
        f"array.t_read is {show(hardware.t_read, 'second')}; outputs need about "
        f"{show(needed, 'second')} to settle to half a step: times and energies of arrays "
        "count the longer of the two, read noise t_read"
    ]


def _of_converters(reads: EnergyReport, machine: Machine) -> Iterator[str]:
    """Converters that saturate, or are asked to be faster than their model says."""
    full = [called(*key) for key, done in reads.done.items() if done.clipped > _SATURATED]
    if full:
        yield (
            f"converters saturate: more than {100 * _SATURATED:g} % of conversions go beyond the "
            f"range in {', '.join(full)}"
        )
    done = next(iter(reads.done.values()))
    hardware = done.tile.hardware
    for use in uses(done, machine):
        if use.kind != "adc" or hardware.adc is None:
            continue
        model = machine.component("adc", use.usual)
        takes = machine.cost("adc", hardware.node, [], use.usual, **use.sizes).time
        if takes > (1 + 1e-9) / hardware.adc.rate:
            yield (
                f"adc ({model.name}) takes {show(takes, 'second')}, array.adc.rate allows "
                f"{show(1 / hardware.adc.rate, 'second')}: times count the rate"
            )


def _of_wires(reads: EnergyReport) -> list[str]:
    total = reads.totals()
    share = (total["wires"] + total["terminations"]) / total["source"] if total["source"] else 0.0
    if share <= _DOMINATE:
        return []
    return [f"wires dominate: {100 * share:.0f} % of the arrays' energy is lost in lines"]


def _of_components(reads: EnergyReport, machine: Machine) -> list[str]:
    """Models that were chosen for what the chip does not have."""
    counted = {use.kind for done in reads.done.values() for use in uses(done, machine)}
    counted |= {"word_line", "off_chip", "clock"}
    counted |= {"router", "wire"} if machine.links == "mesh" else set()
    return [
        f"machine.components.{kind} changes nothing: no {kind} is counted on this chip"
        for kind in machine.components
        if kind not in counted
    ]
