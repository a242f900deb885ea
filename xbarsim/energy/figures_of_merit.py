"""Figures of a whole chip: efficiency, throughput, density, beside digital logic."""

from math import nan
from typing import TYPE_CHECKING

from xbarsim.energy.baseline import digital_baseline
from xbarsim.mapping.count import multiply_adds

if TYPE_CHECKING:
    from xbarsim.energy.ledger import ChipReport

#: unit of each figure that is no count, and what it is
UNITS = {
    "energy": ("joule", "of one inference: all actions, and leakage over the actual time"),
    "energy_dynamic": ("joule", "of all actions"),
    "energy_leakage": ("joule", "of leakage"),
    "latency": ("second", "of one inference"),
    "interval": ("second", "from one inference to the next"),
    "throughput": ("hertz", "inferences in a second"),
    "power": ("watt", "mean, at full throughput"),
    "area": ("meter**2", "with routing"),
    "macs": ("count", "products with weights, each with its sum, in an inference"),
    "tops": ("1e12/second", "operations, two a product"),
    "tops_per_watt": ("1e12/joule", "operations a joule, of the bits that there are"),
    "tops_per_watt_1b": ("1e12/joule", "the same times bits of inputs and of weights"),
    "tops_per_mm2": ("1e12/second/mm**2", "operations a second and area"),
    "joule_per_mac": ("joule", "energy of a product"),
    "energy_delay": ("joule*second", "energy times latency"),
    "energy_digital": (
        "joule",
        "of the same products in digital int8 logic, with operands from SRAM",
    ),
    "energy_array": ("joule", "that the arrays' sources deliver"),
}


def merits(report: "ChipReport") -> dict[str, float]:
    """Figures by the names of `UNITS`; those of time are left out where there are no stages."""
    ledger, stages, machine = report.ledger, report.stages, report.machine
    dynamic, leakage = float(ledger["energy"].sum()), float(ledger["leakage"].sum())
    area = machine.routing * float(ledger["area"].sum())
    macs = products(report)
    found = {"energy_dynamic": dynamic, "area": area, "macs": macs}
    time = {}
    if stages is not None:
        interval, latency = stages.attrs["interval"], stages.attrs["latency"]
        time = {"latency": latency, "interval": interval, "throughput": 1 / interval}
        found["energy_leakage"] = leakage * (interval if machine.pipelined else latency)
    energy = dynamic + found.get("energy_leakage", 0.0)
    bits = input_bits(report) * weight_bits(report)
    found |= time | {
        "energy": energy,
        "tops_per_watt": 2e-12 * macs / energy if energy > 0 else nan,
        "joule_per_mac": energy / macs,
        "energy_digital": digital(report, macs),
        "energy_array": float(report.reads.table["source"].sum()),
    }
    found["tops_per_watt_1b"] = bits * found["tops_per_watt"]
    if time:
        pace = time["throughput"] if machine.pipelined else 1 / time["latency"]
        found |= {
            "power": energy * pace,
            "tops": 2e-12 * macs * pace,
            "tops_per_mm2": 2e-12 * macs * pace / (1e6 * area) if area > 0 else nan,
            "energy_delay": energy * time["latency"],
        }
    return {name: found[name] for name in UNITS if name in found and found[name] == found[name]}


def products(report: "ChipReport") -> float:
    """Products of an inference: those of the network as it is, with stride and padding."""
    reads = report.reads
    if reads.placement is not None:
        return float(sum(multiply_adds(reads.placement.graph, reads.example).values()))
    return float(sum(done.reads * done.tile.macs for done in reads.done.values()))


def digital(report: "ChipReport", macs: float) -> float:
    """Energy of the same products in digital logic, see `xbarsim.energy.baseline`, J."""
    node = next(iter(report.reads.done.values())).tile.hardware.node
    return digital_baseline({"all": macs}, node, reuse=report.machine.digital_reuse).energy


def input_bits(report: "ChipReport") -> int:
    """Of the converters at the inputs; of words where these are exact."""
    dac = next(iter(report.reads.done.values())).tile.hardware.dac
    return report.machine.word if dac is None else dac.bits


def weight_bits(report: "ChipReport") -> int:
    """As `Machine.weight_bits` says."""
    if report.machine.weight_bits is not None:
        return report.machine.weight_bits
    code = next(iter(report.reads.done.values())).tile.hardware.code
    return report.machine.word if code.cell_bits is None else code.cell_bits * code.slices
