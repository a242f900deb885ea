"""Activity of a network to energy: arrays from their solved voltages, periphery by its actions."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xbarsim.backend import Array, to_numpy
from xbarsim.energy import components
from xbarsim.energy.dissipation import dissipation
from xbarsim.errors import SpecError
from xbarsim.layers import Linear
from xbarsim.mapping import Placement
from xbarsim.network import Network
from xbarsim.tile import Tile

if TYPE_CHECKING:
    import pandas as pd

#: parts of the array, which must balance, then of the periphery
COMPONENTS = (
    "cells",
    "wires",
    "terminations",
    "driver",
    "dac",
    "sample_hold",
    "adc",
    "shift_add",
    "activation",
)


@dataclass(frozen=True, kw_only=True)
class EnergyReport:
    """Energy of one inference, the mean over the inputs it was estimated on.

    Parameters
    ----------
    table : a row for each layer, a column for each of `COMPONENTS`, and ``source``, ``total``,
        ``adc_low``, ``adc_high``, ``digital_baseline``, J; ``imbalance`` of the arrays, 1.
    inputs : number of inputs the mean is over.
    """

    table: "pd.DataFrame"
    inputs: int

    def totals(self) -> dict[str, float]:
        """Sums over layers, ``total_low`` and ``total_high`` with the ADC band, J per inference."""
        sums = {str(k): float(v) for k, v in self.table.drop(columns="imbalance").sum().items()}
        rest = sums["total"] - sums["adc"]
        sums["total_low"] = rest + min(sums["adc_low"], sums["adc"])
        sums["total_high"] = rest + max(sums["adc_high"], sums["adc"])
        sums["imbalance"] = float(self.table["imbalance"].max())
        return sums


def estimate(network: Network | Placement, inputs: Array) -> EnergyReport:
    """Energy of reading `inputs`.

    Parameters
    ----------
    network : a programmed network at its present age; a placement is programmed first, with seed 0.
    inputs : (n, in); every input is solved exactly, so a few dozen are enough for a mean.

    Raises
    ------
    SpecError : no inputs, or inputs that do not fit the network.
    """
    import pandas as pd

    if isinstance(network, Placement):
        network = Network(network)
        network.program()
    if len(inputs) == 0:
        raise SpecError("an energy estimate needs at least one input")
    before = [Counter(layer.tile.ledger) for layer in network.layers]
    given = network.layer_inputs(inputs)
    rows = [
        _layer(layer, x, _activity(layer.tile, counts, len(inputs)))
        for layer, x, counts in zip(network.layers, given, before, strict=True)
    ]
    names = [layer.name for layer in network.layers]
    return EnergyReport(table=pd.DataFrame(rows, index=names), inputs=len(inputs))


def _activity(tile: Tile, before: Counter[str], n: int) -> dict[str, float]:
    """What the tile's ledger counted since `before`, for each of `n` inferences."""
    return {action: (count - before[action]) / n for action, count in tile.ledger.items()}


def _layer(layer: Linear, x: Array, activity: dict[str, float]) -> dict[str, float]:
    """Energies of one layer per inference, J."""
    tile = layer.tile
    row = _arrays(tile, x) | _periphery(tile, activity) | _digital(layer, activity)
    row["total"] = sum(row[name] for name in COMPONENTS)
    return row


def _arrays(tile: Tile, x: Array) -> dict[str, float]:
    """Dissipation of all arrays of a tile, mean over the inputs, and the drivers' charge, J."""
    hardware, v = tile.hardware, tile.voltages(x)
    down, across = tile.g.shape[:2]
    parts = [
        dissipation(tile.g[r, c], v[r], tile.wires) for r in range(down) for c in range(across)
    ]
    row: dict[str, float] = {
        name: sum(_mean(getattr(p, name)) for p in parts) * hardware.t_read
        for name in ("source", "cells", "wires", "terminations")
    }
    row["imbalance"] = max(p.imbalance for p in parts)
    swing = _mean(abs(v).sum(axis=(0, -1))) * across
    row["driver"] = components.word_line(hardware.node, hardware.cols, swing)
    return row


def _periphery(tile: Tile, activity: dict[str, float]) -> dict[str, float]:
    """Converters of a tile per inference, J; an ideal converter costs nothing."""
    hardware, conversions = tile.hardware, activity["adc_conversions"]
    row = dict.fromkeys(("dac", "adc", "adc_low", "adc_high", "sample_hold"), 0.0)
    if hardware.dac is not None:
        one = components.dac(hardware.node, hardware.dac.bits)
        row["dac"] = activity["dac_conversions"] * one
    if hardware.adc is not None:
        bits, rate = hardware.adc.bits, hardware.adc.rate
        low, high = components.adc_band(hardware.node, bits, rate)
        row["adc"] = conversions * components.adc(hardware.node, bits, rate)
        row["adc_low"], row["adc_high"] = conversions * low, conversions * high
        row["sample_hold"] = conversions * components.sample_and_hold(hardware.node, bits)
    return row


def _digital(layer: Linear, activity: dict[str, float]) -> dict[str, float]:
    """Partial sums, bias and activation of a layer, and a digital layer's MACs, J per inference."""
    tile, node = layer.tile, layer.tile.hardware.node
    sums = activity["partial_sums"] + tile.outputs  # the bias is one more
    active = tile.outputs if layer.activation != "identity" else 0
    return {
        "shift_add": sums * components.shift_and_add(node),
        "activation": active * components.comparator(node),
        "digital_baseline": tile.inputs * tile.outputs * components.digital_mac(node),
    }


def _mean(values: Any) -> float:
    return float(to_numpy(values).mean())
