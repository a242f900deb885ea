"""Digital parts: adders, registers, multipliers, and units that published designs are made of.

Energy is scaled after Stillmaker and Baas, area by the same paper; Aladdin's figures are those of
40 nm, a node between two of the table. Times are gate delays behind one another, which is ours.
Scatter 0.7: Aladdin's and Horowitz' adder of 32 bits differ by two.
"""

import math
from dataclasses import replace

from xbarsim.energy.component import Cost, Model
from xbarsim.energy.parts import gates
from xbarsim.technology import Node

_ALADDIN = 40.0  # nm
#: J, of a bit of a register at 40 nm
REGISTER_BIT = 9e-15
_SCATTER = 0.7


def _aladdin(node: Node, scale: float, energy: float, area: float, leakage: float) -> Cost:
    shrink = scale * node.energy_from(_ALADDIN)
    return Cost(
        energy=energy * shrink,
        area=area * scale * node.area_from(_ALADDIN),
        leakage=leakage * shrink,
    )


def _timed(cost: Cost, node: Node, levels: float) -> Cost:
    return replace(cost, time=gates.delay(node, levels))


def _carry(bits: float) -> float:
    """Gates behind one another where a carry runs through a tree."""
    return 4 + 2 * math.log2(max(bits, 1))


def adder(node: Node, bits: float) -> Cost:
    """0.21 pJ, 278 um^2, 2.4 uW for 32 bits; all go with the bits."""
    return _timed(_aladdin(node, bits / 32, 0.21e-12, 278e-12, 2.4e-6), node, _carry(bits))


def register(node: Node, bits: float) -> Cost:
    """9 fJ and 5.98 um^2 a bit, for a read or a write.

    Aladdin gives it no leakage; that of gates of its area is taken.
    """
    cost = _aladdin(node, bits, REGISTER_BIT, 5.98e-12, 0.0)
    return replace(_timed(cost, node, 4), leakage=gates.leakage_of_area(node, cost.area))


def counter(node: Node, bits: float) -> Cost:
    """One step: 0.251 pJ, 495 um^2, 0.32 uW for 32 bits; all go with the bits."""
    return _timed(_aladdin(node, bits / 32, 0.25074e-12, 495.5e-12, 0.321e-6), node, _carry(bits))


def comparator(node: Node, bits: float) -> Cost:
    """29.5 fJ, 71 um^2, 25 nW for 32 bits; all go with the bits."""
    return _timed(_aladdin(node, bits / 32, 29.5e-15, 71e-12, 25.1e-9), node, _carry(bits))


def multiplier(node: Node, bits: float, bits_b: float | None = None) -> Cost:
    """12.68 pJ, 6350 um^2, 80 uW for 32 by 32 bits; all go with the product of the bits."""
    other = bits if bits_b is None else bits_b
    scale = bits * other / 1024
    levels = 2 * _carry(bits + other)
    return _timed(_aladdin(node, scale, 12.68e-12, 6350e-12, 80e-6), node, levels)


def shift_add(node: Node, bits: float = 16) -> Cost:
    """21 fJ, 60 um^2, a cycle of 1.2 GHz for 16 bits at 32 nm; energy and area go with the bits.

    Leakage is not in ISAAC's table; that of gates of its area is taken.
    """
    area = 60e-12 * bits / 16 * node.area_from(32)
    return Cost(
        energy=21e-15 * bits / 16 * node.energy_from(32),
        time=1 / 1.2e9 * node.length / 32e-9,
        area=area,
        leakage=gates.leakage_of_area(node, area),
    )


def neurram_shift_add(node: Node, bits: float = 16, voltage: float = 1.8) -> Cost:  # noqa: ARG001
    """0.1 pJ, 170 um^2, 0.1 uW at 130 nm and 1.8 V whatever the bits; energy with V^2."""
    return Cost(
        energy=0.1e-12 * (voltage / 1.8) ** 2, time=gates.delay(node, 20), area=170e-12,
        leakage=0.1e-6,
    )  # fmt: skip


def jia_shift_add(node: Node, bits: float = 8) -> Cost:
    """2.25 pJ for 8 bits at 65 nm with its clock; goes with the bits. Area as ISAAC's."""
    energy = 2.25e-12 * bits / 8 * node.energy_from(65)
    return replace(shift_add(node, bits), energy=energy)


def product(node: Node, bits: float = 8) -> float:
    """Energy of a multiplication of `bits` by `bits`, J: 0.2 pJ for 8 at 45 nm, with the square.

    3.1 pJ for 32 bits bear the square out.
    """
    return 0.2e-12 * (bits / 8) ** 2 * node.energy_from(45)


def mac(node: Node, bits: float = 8) -> Cost:
    """A multiplication of `bits` and an addition of 32: 0.2 + 0.1 pJ, 282 + 137 um^2 at 45 nm.

    The multiplication is `product`. Arithmetic only, no operand traffic. Leakage is that of gates
    of its area.
    """
    square = (bits / 8) ** 2
    energy = product(node, bits) / node.energy_from(45) + 0.1e-12
    return _horowitz(node, energy, 282e-12 * square + 137e-12, bits)


def mac_fp16(node: Node) -> Cost:
    """1.1 + 0.4 pJ, 1640 + 1360 um^2 at 45 nm, 16-bit floating point."""
    return _horowitz(node, 1.5e-12, 3000e-12, 16)


def mac_fp32(node: Node) -> Cost:
    """3.7 + 0.9 pJ, 7700 + 4184 um^2 at 45 nm, 32-bit floating point."""
    return _horowitz(node, 4.6e-12, 11884e-12, 32)


def mac_aladdin(node: Node, bits: float = 8) -> Cost:
    """Aladdin's `multiplier` and `adder` of 32 bits: three times as much as `mac`."""
    one, two = multiplier(node, bits), adder(node, 32)
    return Cost(
        energy=one.energy + two.energy, time=one.time + two.time, area=one.area + two.area,
        leakage=one.leakage + two.leakage,
    )  # fmt: skip


def _horowitz(node: Node, energy: float, area: float, bits: float) -> Cost:
    scaled = area * node.area_from(45)
    return Cost(
        energy=energy * node.energy_from(45),
        time=gates.delay(node, 2 * _carry(2 * bits) + _carry(32)),
        area=scaled,
        leakage=gates.leakage_of_area(node, scaled),
    )


_NODES = {"node": (7e-9, 130e-9)}
_BITS = {"bits": (1.0, 64.0), **_NODES}
_SHAO = "Aladdin, Shao et al. 2014, as in hwcomponents-library; time ours"
_HOROWITZ = "Horowitz, ISSCC 2014, from memory, partly verified; time and leakage ours"
ADDER = Model(name="aladdin", costs=adder, source=_SHAO, scatter=_SCATTER, valid=_BITS)
REGISTER = Model(name="aladdin", costs=register, source=_SHAO, scatter=_SCATTER, valid=_BITS)
COUNTER = Model(name="aladdin", costs=counter, source=_SHAO, scatter=_SCATTER, valid=_BITS)
COMPARATOR = Model(name="aladdin", costs=comparator, source=_SHAO, scatter=_SCATTER, valid=_BITS)
MULTIPLIER = Model(
    name="aladdin", costs=multiplier, source=_SHAO, scatter=1.0,
    valid={**_BITS, "bits_b": (1, 64)},
)  # fmt: skip
SHIFT_ADD = Model(
    name="isaac", costs=shift_add, scatter=_SCATTER, valid=_BITS,
    source="ISAAC, Shafiee et al. 2016, as in hwcomponents-library; leakage ours",
)  # fmt: skip
SHIFT_ADD_NEURRAM = Model(
    name="neurram", costs=neurram_shift_add, scatter=0.3,
    valid={"bits": (1, 32), "voltage": (1.2, 2.5), "node": (130e-9, 130e-9)},
    source="NeuRRAM, Wan et al. 2022, as in hwcomponents-library; time ours",
)  # fmt: skip
SHIFT_ADD_JIA = Model(
    name="jia", costs=jia_shift_add, scatter=_SCATTER, valid=_BITS,
    source="Jia et al., IEEE JSSC 55, 2609 (2020), as in hwcomponents-library; clock "
    "included; area, time and leakage as ISAAC's",
)  # fmt: skip
MAC = Model(
    name="horowitz", costs=mac, source=_HOROWITZ, scatter=_SCATTER,
    valid={"bits": (2, 32), **_NODES},
)  # fmt: skip
MAC_FP16 = Model(name="fp16", costs=mac_fp16, source=_HOROWITZ, scatter=_SCATTER, valid=_NODES)
MAC_FP32 = Model(name="fp32", costs=mac_fp32, source=_HOROWITZ, scatter=_SCATTER, valid=_NODES)
MAC_ALADDIN = Model(
    name="aladdin", costs=mac_aladdin, source=_SHAO, scatter=_SCATTER,
    valid={"bits": (2, 32), **_NODES},
)  # fmt: skip
