"""What to know before believing an estimate of a chip."""

from xbarsim.energy.estimate import Done, EnergyReport, called
from xbarsim.energy.pipeline import settled
from xbarsim.units import show

_CLIPPED = 0.01  # share of conversions from which converters are said to saturate; ours
_DOMINATE = 0.5  # share of an array's energy from which wires are said to dominate; ours


def caveats(reads: EnergyReport) -> list[str]:
    """Warnings: of the node, of reads that do not settle, of wires, of converters."""
    done = next(iter(reads.done.values()))
    return [*_of_node(done), *_of_reads(done), *_of_wires(reads), *_of_converters(reads)]


def _of_node(done: Done) -> list[str]:
    node = done.tile.hardware.node
    if not node.interpolated:
        return []
    return [f"node is {show(node.length, 'meter')}, which lies between nodes of the table"]


def _of_reads(done: Done) -> list[str]:
    hardware = done.tile.hardware
    needed = 0.0 if hardware.adc is None else settled(hardware, [])
    if hardware.settling or hardware.t_read >= needed:
        return []
    return [
        f"array.t_read is {show(hardware.t_read, 'second')}; outputs need about "
        f"{show(needed, 'second')} to settle to half a step: read times count the longer of the "
        "two, energies t_read"
    ]


def _of_wires(reads: EnergyReport) -> list[str]:
    total = reads.totals()
    share = (total["wires"] + total["terminations"]) / total["source"] if total["source"] else 0.0
    if share <= _DOMINATE:
        return []
    return [f"wires dominate: {100 * share:.0f} % of the arrays' energy is lost in lines"]


def _of_converters(reads: EnergyReport) -> list[str]:
    beyond = {called(*key): done.clipped for key, done in reads.done.items()}
    return [
        f"converters of {name} saturate: {100 * share:.1f} % of their conversions are clipped"
        for name, share in beyond.items()
        if share > _CLIPPED
    ]
