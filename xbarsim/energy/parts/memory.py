"""Memories: registers, SRAM, eDRAM on the chip, and those beside it.

An access is a read; `writes` is the share of accesses that write.
"""

from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import gates, logic
from xbarsim.technology import Node

_KB = 1024.0


def register_file(node: Node, bits: float, capacity: float = 256) -> Cost:
    """9 fJ for each bit of an access at 40 nm, with the node's length; below 1 kB.

    Area and leakage are those of Aladdin's registers (`logic.register`), of `capacity` bytes.
    """
    area = logic.register(node, 8 * capacity).area
    return Cost(
        energy=logic.REGISTER_BIT * bits * node.length / 40e-9,
        time=gates.delay(node, 10), area=area,
        leakage=gates.leakage_of_area(node, area),
    )  # fmt: skip


def sram(node: Node, capacity: float, bits: float = 64, writes: float = 0.0) -> Cost:
    """Power laws in node, capacity and width, fitted to 180 runs of CACTI.

    RAM of low operating power at 320 K. Leakage is 27 uW a kilobyte at 32 nm, known to a factor of
    two, and scaled as the energy of logic, which is ours.

    Parameters
    ----------
    capacity : bytes.
    bits : of an access.
    """
    n, kb, wide = node.length / 32e-9, capacity / _KB, bits / 64
    read = 2.37e-12 * n**1.68 * (kb / 16) ** 0.56 * wide**0.63
    write = 2.65e-12 * n**1.97 * (kb / 16) ** 0.44 * wide**0.78
    return Cost(
        energy=(1 - writes) * read + writes * write,
        time=0.683e-9 * n**1.26 * (kb / 16) ** 0.26 * wide**-0.11,
        area=0.0309e-6 * n**1.92 * (kb / 16) ** 0.96 * wide**0.10,
        leakage=27e-6 * kb * node.energy_from(32),
    )


def small_read(node: Node, bits: float = 8) -> float:
    """Read of `bits` from an SRAM of 8 kB, J: 10 pJ for 64 bits at 45 nm (Horowitz 2014), scaled.

    Scaled as logic is; that memories scale so, too, is ours.
    """
    return 10e-12 * bits / 64 * node.energy_from(45)


def edram(node: Node, bits: float = 256, capacity: float = 64 * _KB) -> Cost:
    """20.45 pJ for 256 bits, 0.083 mm^2 for 64 kB at 32 nm; energy with bits, area with capacity.

    The energy stems from the unit's whole power, so that refresh and leakage are within it and
    leakage is 0. Time: 1 ns at 32 nm, assumed.
    """
    return Cost(
        energy=20.45e-12 * bits / 256 * node.energy_from(32),
        time=1e-9 * node.length / 32e-9,
        area=0.083e-6 * capacity / (64 * _KB) * node.area_from(32),
    )


def _beside(name: str, picojoule: float, bandwidth: float, source: str) -> Model:
    def costs(node: Node, bits: float) -> Cost:  # noqa: ARG001
        """A transfer of `bits`; another chip, whose area and leakage are not counted."""
        return Cost(energy=picojoule * 1e-12 * bits, time=bits / 8 / bandwidth)

    return Model(name=name, costs=costs, source=source, scatter=0.5)


_TABLE = "hwcomponents-cacti; bandwidth: nominal peak of a device, from memory; scatter assumed"
#: pJ a bit and bytes a second; two figures for one link of ISAAC disagree by a factor of 250
OFF_CHIP = (
    _beside("lpddr4", 8, 12.8e9, _TABLE),
    _beside("ddr3", 40, 12.8e9, _TABLE),
    _beside("hbm2", 6.25, 256e9, _TABLE),
    _beside("hbm3", 4.05, 819e9, _TABLE),
    _beside("hbm4", 3.2, 2048e9, _TABLE),
    _beside("hypertransport", 10.4 / (4 * 6.4e9 * 8) * 1e12, 6.4e9,
            "ISAAC, Shafiee et al. 2016: 10.4 W at 4 x 6.4 GB/s; scatter assumed"),
    _beside("hypertransport_low", 26 / 128, 6.4e9,
            "hwcomponents-library: 26 pJ for 128 bits of the same link; scatter assumed"),
)  # fmt: skip

REGISTER_FILE = Model(
    name="registers", costs=register_file, scatter=0.7,
    valid={"bits": (1, 1024), "capacity": (1, 1024), "node": (7e-9, 130e-9)},
    source="Aladdin, Shao et al. 2014, 9 fJ a bit at 40 nm with the node's length; scatter assumed",
)  # fmt: skip
SRAM = Model(
    name="cacti", costs=sram, scatter=0.22,
    valid={"capacity": (_KB, 256 * _KB), "bits": (32, 256), "writes": (0, 1),
           "node": (22e-9, 90e-9)},
    source="power laws fitted to 180 runs of CACTI, rms 25 % (reads) and 19 % (writes)",
)  # fmt: skip
EDRAM = Model(
    name="isaac", costs=edram, scatter=0.7,
    valid={"bits": (1, 1024), "capacity": (_KB, 4096 * _KB), "node": (7e-9, 130e-9)},
    source="ISAAC, Shafiee et al. 2016, as in hwcomponents-library; time and scatter assumed",
)  # fmt: skip
