"""Energy of spikes: what they do to synapses, to neurons and on their way."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from xbarsim.backend import Array, to_numpy
from xbarsim.checks import check_all, check_count, check_number
from xbarsim.energy.neurons import AnalogNeuron, DigitalNeuron
from xbarsim.energy.parts import drivers, links
from xbarsim.energy.parts.neurons import address_bits
from xbarsim.errors import SpecError
from xbarsim.technology import Node
from xbarsim.tile import Tile

if TYPE_CHECKING:
    import pandas as pd

_SENECA = "Tang et al. 2023, SENECA, Table 3 (PMC10326429)"
#: pJ for one synaptic operation, and where that stands; what an operation is differs among them
PUBLISHED = {
    "ODIN": (12.7, _SENECA),
    "ReckOn": (5.3, _SENECA),
    "uBrain": (26.0, _SENECA),
    "TrueNorth": (2.5, _SENECA),
    "TrueNorth, system": (26.0, "often quoted of Merolla et al. 2014; from memory, unverified"),
    "Tianjic": (1.54, _SENECA),
    "NeuronFlow": (20.0, _SENECA),
    "Loihi": (23.6, _SENECA),
    "SpiNNaker": (45.0, _SENECA),
    "SpiNNaker2": (10.0, _SENECA),
    "SENECA": (2.8, _SENECA),
}


@dataclass(frozen=True, kw_only=True)
class Events:
    """Spikes on word lines, of one inference.

    Parameters
    ----------
    arrived : spikes.
    operations : synapses that they reach, each counted.
    cells, lines : energy of the cells and of the word lines, J.

    Raises
    ------
    SpecError : one is negative or not finite.
    """

    arrived: float
    operations: float
    cells: float
    lines: float

    def __post_init__(self) -> None:
        check_all(
            (check_number, name, getattr(self, name), 0.0, inf, unit)
            for name, unit in (("arrived", "dimensionless"), ("operations", "dimensionless"),
                               ("cells", "joule"), ("lines", "joule"))
        )  # fmt: skip

    def __add__(self, other: "Events") -> "Events":
        """Both together."""
        return Events(**{name: value + getattr(other, name) for name, value in vars(self).items()})


def events(
    sent: Array, conductance: Array, fan_out: Array, *, v: float, t: float, capacitance: float = 0.0
) -> Events:
    r"""Spikes as pulses on the word lines of their sources.

    .. math:: E = V^2 t \sum_j G_{ij} + C_W V^2

    Half of the second term heats the driver as the line is charged, half as it is discharged.

    Parameters
    ----------
    sent : spikes of each source in an inference, (sources,).
    conductance : of all cells on its word line, (sources,) S.
    fan_out : its synapses, (sources,).
    v, t : of a pulse, V, s.
    capacitance : of a word line, F; see `parts.drivers.word_line_capacitance`.

    Raises
    ------
    SpecError : shapes that differ, or a number that is negative or not finite.
    """
    check_all(
        [
            (check_number, "v", v, -inf, inf, "volt"),
            (check_number, "t", t, 0.0, inf, "second"),
            (check_number, "capacitance", capacitance, 0.0, inf, "farad"),
        ]
    )
    given = {"sent": sent, "conductance": conductance, "fan_out": fan_out}
    values = {name: np.asarray(to_numpy(value), float) for name, value in given.items()}
    for name, value in values.items():
        if value.ndim != 1 or value.shape != values["sent"].shape:
            raise SpecError(
                f"{name} has shape {value.shape}; expected one number for each source, "
                f"{values['sent'].shape[:1] or '(sources,)'}"
            )
        if not ((value >= 0) & np.isfinite(value)).all():
            raise SpecError(f"{name} holds numbers that are negative or not finite")
    n = float(values["sent"].sum())
    return Events(
        arrived=n,
        operations=float(values["sent"] @ values["fan_out"]),
        cells=float(v**2 * t * (values["sent"] @ values["conductance"])),
        lines=n * capacitance * v**2,
    )


def events_on(
    tile: Tile, vectors: Array, inferences: float, fan_out: Array | None = None
) -> Events:
    """What the vectors that a tile is given do, each number that is not 0 a spike.

    Parameters
    ----------
    tile : programmed, at its present age.
    vectors : of all inferences together, (vectors, in).
    inferences : how many these are.
    fan_out : synapses of each input, (in,); None counts every weight that has cells, also of 0.

    Raises
    ------
    SpecError : no inferences, vectors or a fan-out that do not fit the tile, or nothing but zeros
        on a tile whose converters have no ranges yet.

    Notes
    -----
    Cells see the whole voltage: no wires; `xbarsim.energy.of_tiles` solves them. A spike stands on
    the word line of every array that holds a part of its fan-out, in every phase of a read that
    drives it.
    """
    check_number("inferences", inferences, 0.0, inf, above=True)
    hardware, node = tile.hardware, tile.hardware.node
    rows = to_numpy(tile.g).sum(axis=(1, 3))  # down, rows
    fan = _fan_out(tile) if fan_out is None else np.asarray(to_numpy(fan_out), float)
    if fan.shape != (tile.inputs,):
        raise SpecError(f"fan_out has shape {fan.shape}; the tile has {tile.inputs} inputs")
    cells = lines = 0.0
    one = drivers.word_line_capacitance(node, hardware.cols) * tile.g.shape[1]
    widths = hardware.dac is not None and hardware.dac.coding == "pulse_width"
    for drive in tile.drives(vectors):
        v = np.abs(to_numpy(drive.v))
        squared = v * hardware.v_read if widths else v**2
        cells += float((squared.sum(axis=1) * rows).sum()) * hardware.t_read
        lines += float(((v > 0) * hardware.v_read**2 if widths else v**2).sum()) * one
    spikes = to_numpy(vectors) != 0
    return Events(
        arrived=float(spikes.sum()) / inferences,
        operations=float(spikes.sum(axis=0) @ fan) / inferences,
        cells=cells / inferences,
        lines=lines / inferences,
    )


def _fan_out(tile: Tile) -> Array:
    """Weights of each input that have cells, (in,)."""
    part, code = tile.partition, tile.hardware.code
    formed = to_numpy(tile.cells.formed)[..., code.references :].sum(axis=(1, 3))
    found = np.bincount(part.row_inputs.ravel(), formed.ravel(), minlength=part.inputs + 1)
    return found[: tile.inputs] / code.columns_each


def address_event(
    neurons: int,
    node: Node,
    *,
    hops: float = 1.0,
    pitch: float = 1e-3,
    router: float | None = None,
    wire: float | None = None,
) -> float:
    """One spike as an address on a network, of `parts.neurons.address_bits`, J.

    Parameters
    ----------
    hops : routers on the way, each with a wire behind it.
    pitch : length of that wire, m; 1 mm is assumed.
    router : a bit through a router, J; None is `parts.links.router`.
    wire : a bit along a metre, J/m; None is `parts.links.repeated`, half of the bits changing.

    Raises
    ------
    SpecError : a number that is out of range.
    """
    check_count("neurons", neurons, 1)
    if router is None:
        router = links.router(node, bits=1).energy
    if wire is None:
        wire = links.repeated(node, length=1.0).energy
    check_all(
        [
            (check_number, "hops", hops, 0.0),
            (check_number, "pitch", pitch, 0.0, inf, "meter"),
            (check_number, "router", router, 0.0, inf, "joule"),
            (check_number, "wire", wire, 0.0),
        ]
    )
    return address_bits(neurons) * hops * (router + wire * pitch)


@dataclass(frozen=True, kw_only=True)
class SpikeReport:
    """Energy of one inference of a spiking network.

    Parameters
    ----------
    table : a row for each component: ``energy`` of an inference and ``per_step``, J, and whether
        it is ``always`` taken, without a single spike.
    operations : synaptic, of an inference.
    """

    table: "pd.DataFrame"
    operations: float

    @property
    def energy(self) -> float:
        """The sum of the table, J."""
        return float(self.table["energy"].sum())

    @property
    def per_operation(self) -> float | None:
        """All of it for one synaptic operation, J; None where there was none."""
        return self.energy / self.operations if self.operations else None

    def beside(self) -> "pd.DataFrame":
        """What a synaptic operation takes here and in what was published: pJ and source."""
        import pandas as pd

        rows = {name: {"pJ": pj, "source": source} for name, (pj, source) in PUBLISHED.items()}
        if self.per_operation is not None:
            rows = {"here": {"pJ": self.per_operation * 1e12, "source": "all components"}} | rows
        return pd.DataFrame.from_dict(rows, orient="index")


def of_spikes(
    seen: Events,
    *,
    neurons: int,
    fired: float,
    steps: float,
    duration: float,
    neuron: DigitalNeuron | AnalogNeuron,
    address: float = 0.0,
    others: Mapping[str, float] | None = None,
) -> SpikeReport:
    """Energy of an inference, from what a network counts.

    Parameters
    ----------
    seen : what spikes did to synapses, of all matrices together.
    neurons : how many there are.
    fired : their spikes in an inference.
    steps : of an inference.
    duration : of an inference, s: for so long static currents flow.
    neuron : what one costs.
    address : energy of a spike on its way, J, see `address_event`; 0 where no network carries it.
    others : what else an inference takes, by name, J: converters, a readout.

    Raises
    ------
    SpecError : a number that is out of range, or a name of `others` that is taken.
    """
    import pandas as pd

    check_all(
        [
            (check_count, "neurons", neurons, 1),
            (check_number, "fired", fired, 0.0),
            (check_number, "steps", steps, 1.0),
            (check_number, "duration", duration, 0.0, inf, "second"),
            (check_number, "address", address, 0.0, inf, "joule"),
            *((check_number, k, v, 0.0, inf, "joule") for k, v in (others or {}).items()),
        ]
    )
    rows = {
        "synapses": (seen.cells, False),
        "word_lines": (seen.lines, False),
        "spikes": (fired * neuron.spike, False),
        "addresses": (fired * address, False),
        "updates": (neurons * steps * neuron.update, True),
        "static": (neurons * neuron.static * duration, True),
    }
    if taken := sorted(set(rows) & set(others or {})):
        raise SpecError(f"others has {taken[0]!r}, which is counted already")
    rows |= {name: (value, False) for name, value in (others or {}).items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["energy", "always"])
    table = table.astype({"energy": float})
    table.insert(1, "per_step", table["energy"] / steps)
    return SpikeReport(table=table, operations=seen.operations)
