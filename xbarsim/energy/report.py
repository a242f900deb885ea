"""Activity of a network to energy: arrays from their solved voltages, periphery by its actions."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndindex

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.cache import shared
from xbarsim.checks import check_one_of
from xbarsim.crossbar import Wires
from xbarsim.energy.done import Done
from xbarsim.energy.load import Load, Statistic
from xbarsim.energy.modes import MODES, ArrayEnergy, array_energy
from xbarsim.energy.parts import adc_survey, component
from xbarsim.energy.timing import ACTIVATIONS
from xbarsim.energy.uses import periphery
from xbarsim.errors import SpecError
from xbarsim.layers import WEIGHTED, Node
from xbarsim.mapping import Placement
from xbarsim.mapping.activity import Activity, activity_of
from xbarsim.mapping.graph import Key
from xbarsim.network import Network, ledger_of, thinned
from xbarsim.parallel import once
from xbarsim.tile import Tile

if TYPE_CHECKING:
    import pandas as pd

    from xbarsim.energy.ledger import ChipReport
    from xbarsim.energy.machine import Machine

#: parts of the array, which must balance
ARRAYS = ("cells", "wires", "terminations")
_PERIPHERY = ("dac", "sample_hold", "adc", "shift_add", "activation")
COMPONENTS = (*ARRAYS, "driver", *_PERIPHERY)
#: activations of each value that recurrent layers give
_GATES = {"rnn": 1, "lstm": 5, "gru": 3, "gru_reset_first": 3}
_POWERS = ("source", *ARRAYS)
_VECTORS = 64  # of those a matrix is given that are solved, evenly spread, at the most


@dataclass(frozen=True, kw_only=True, eq=False)
class EnergyReport:
    """Energy of one inference, the mean over the inputs it was estimated on.

    Parameters
    ----------
    table : a row for each matrix, a column for each of `COMPONENTS`, and ``source``, ``total``,
        ``adc_low``, ``adc_high``, ``digital_baseline``, J; ``imbalance`` of the arrays, 1, which is
        0 in modes that share out what sources deliver.
    inputs : number of inputs the mean is over.
    done : what each matrix did in one inference, by the names of its layer and its own.
    placement : where matrices stand; None for tiles of their own.
    example : one inference's inputs, (1, ...) each; none for tiles.
    mode : how the energy of the arrays was found, see `xbarsim.energy.array_energy`.
    sources : what sources give each array of a matrix in an inference, (down, across) J.
    """

    table: "pd.DataFrame"
    inputs: int
    done: Mapping[Key, Done]
    placement: Placement | None = None
    example: tuple[Array, ...] = ()
    mode: str = "exact"
    sources: Mapping[Key, Array] = field(default_factory=dict)

    @once
    def once_through(self) -> Activity:
        """What the network does with the example.

        Raises
        ------
        SpecError : tiles of their own.
        """
        if self.placement is None:
            raise SpecError("tiles of their own are no network that an example could go through")
        return activity_of(self.placement.graph, *self.example)

    def totals(self) -> dict[str, float]:
        """Sums over layers, ``total_low`` and ``total_high`` with the ADC band, J per inference."""
        sums = {str(k): float(v) for k, v in self.table.drop(columns="imbalance").sum().items()}
        rest = sums["total"] - sums["adc"]
        sums["total_low"] = rest + min(sums["adc_low"], sums["adc"])
        sums["total_high"] = rest + max(sums["adc_high"], sums["adc"])
        sums["imbalance"] = float(self.table["imbalance"].max())
        return sums

    def chip(self, machine: "Machine | None" = None) -> "ChipReport":
        """Energy, time and area of the whole chip; see `xbarsim.energy.ledger`."""
        from xbarsim.energy.ledger import chip_report
        from xbarsim.energy.machine import Machine

        return chip_report(self, machine or Machine())


def estimate(network: Network | Placement, *inputs: Array, mode: str = "exact") -> EnergyReport:
    """Energy of reading `inputs`.

    Parameters
    ----------
    network : a programmed network at its present age; a placement is programmed first, with seed 0.
    inputs : (n, ...) for each of the network's inputs. Of the vectors that each matrix is then
        given at most 64, evenly spread, are looked at; a few dozen inputs are enough for a mean.
    mode : ``exact`` solves them in every array; ``ideal`` and ``stat`` are faster, see
        `xbarsim.energy.array_energy`. A statistic is that of `xbarsim.energy.Statistic.of_sums`.

    Raises
    ------
    SpecError : no inputs, inputs that do not fit the network, or an unknown mode.

    Notes
    -----
    Inputs are charged by what carries them: a capacitive DAC for amplitudes, one that times pulses,
    nothing but the word lines for single bits. Each phase of a bit-serial read is a read of the
    arrays and a charge of their word lines.

    Examples
    --------
    >>> import numpy as np
    >>> import xbarsim as xs
    >>> from xbarsim.mapping import Dense
    >>> net = [Dense(name="out", weights=np.eye(8), bias=np.zeros(8))]
    >>> hardware = xs.Hardware(device=xs.load_device("ideal"), adc=xs.Adc(bits=8))
    >>> report = estimate(xs.map_network(net, hardware), np.ones((4, 8)))
    >>> totals = report.totals()  # J for each input
    >>> totals["adc"] > totals["cells"]
    True
    """
    import pandas as pd

    check_one_of("mode", mode, MODES)
    if isinstance(network, Placement):
        network = Network(network)
        network.program()
    if len(inputs) == 0 or len(inputs[0]) == 0:
        raise SpecError("an energy estimate needs at least one input")
    n = len(inputs[0])
    before = {key: ledger_of(copies) for key, copies in network.tiles.items()}
    active: Counter[str] = Counter()
    given = network.vectors(*inputs, see=_activations(active))
    arrays = arrays_held(network.placement)
    rows, did = [], {}
    for (layer, name), vectors in given.items():
        copies = network.tiles[layer, name]
        ledger, was = ledger_of(copies), before[layer, name]
        activity = {action: (ledger[action] - was[action]) / n for action in ledger}
        behind = active.pop(layer, 0) / n
        did[layer, name] = Done(
            copies[0], len(vectors) / n, activity, behind, len(copies), arrays[layer, name],
            copies[0].clipping(thinned(vectors, _VECTORS)),
        )  # fmt: skip
        rows.append(_matrix(did[layer, name], vectors, mode))
    return EnergyReport(
        table=pd.DataFrame([row for row, _ in rows], index=[called(*key) for key in did]),
        inputs=n,
        done=did,
        placement=network.placement,
        example=tuple(x[:1] for x in inputs),
        mode=mode,
        sources={key: each for key, (_, each) in zip(did, rows, strict=True)},
    )


def of_tiles(
    tiles: dict[str, Tile], given: dict[str, Array], steps: int, *, mode: str = "exact"
) -> EnergyReport:
    """Energy of one step of what keeps running on tiles, such as a reservoir.

    Parameters
    ----------
    tiles : programmed, at their present age, by name.
    given : vectors that each is given in all steps together, (vectors, in); at most 64 of them are
        looked at, evenly spread.
    steps : how many these are.
    mode : as in `estimate`.

    Raises
    ------
    SpecError : no steps, vectors that do not fit a tile, or an unknown mode.

    Notes
    -----
    Every vector is taken as one read; activations behind the tiles are counted as one comparison
    for each output.
    """
    import pandas as pd

    check_one_of("mode", mode, MODES)
    if steps < 1:
        raise SpecError("an energy estimate needs at least one step")
    did = {}
    for name, tile in tiles.items():
        vectors = given[name]
        before = tile.ledger.copy()
        tile.count(len(vectors), len(tile.drives(vectors[:1])))
        activity = {k: (tile.ledger[k] - before[k]) / steps for k in tile.ledger}
        tile.ledger = before
        reads = len(vectors) / steps
        did[name, ""] = Done(
            tile, reads, activity, reads * tile.outputs, 1, tile.partition.arrays,
            tile.clipping(thinned(vectors, _VECTORS)),
        )  # fmt: skip
    rows = [_matrix(done, given[name], mode) for (name, _), done in did.items()]
    return EnergyReport(
        table=pd.DataFrame([row for row, _ in rows], index=list(tiles)),
        inputs=steps,
        done=did,
        mode=mode,
        sources={key: each for key, (_, each) in zip(did, rows, strict=True)},
    )


def arrays_held(placement: Placement) -> dict[Key, float]:
    """How many arrays each matrix takes with all its copies; of a shared one an equal part each."""
    on = Counter(slot.array for slot in placement.slots)
    found: dict[Key, float] = dict.fromkeys(placement.partitions, 0.0)
    for slot in placement.slots:
        found[slot.layer, slot.block] += 1 / on[slot.array]
    return found


def called(layer: str, block: str) -> str:
    """One name of a matrix."""
    return f"{layer}.{block}" if block else layer


def _activations(active: Counter[str]) -> Callable[[Node, Array], None]:
    """Counts activations, for the layer with a matrix that ran last before."""
    last = ""

    def see(node: Node, value: Array) -> None:
        nonlocal last
        if node.op in WEIGHTED:
            last = node.home
            active[last] += _GATES.get(node.op, 0) * value.size
        elif node.op in ACTIVATIONS:
            active[last] += value.size

    return see


def _matrix(done: Done, vectors: Array, mode: str) -> tuple[dict[str, float], Array]:
    """Energies of one matrix per inference, and what sources give each array, (down, across), J."""
    reads = done.reads
    arrays, each = _arrays(done.tile, thinned(vectors, _VECTORS), mode)
    row = {name: value * (1 if name == "imbalance" else reads) for name, value in arrays.items()}
    row |= _periphery(done)
    row["total"] = sum(row[name] for name in COMPONENTS)
    return row, reads * each


def _arrays(tile: Tile, x: Array, mode: str) -> tuple[dict[str, float], Array]:
    """Dissipation of all arrays and the drivers' charge; what sources give each; means, J."""
    hardware, total = tile.hardware, dict.fromkeys(_POWERS, 0.0)
    imbalance, across = 0.0, tile.g.shape[1]
    each = np.zeros(tile.g.shape[:2])
    for share, v in _slots(tile, x) if mode == "exact" else _joined(_slots(tile, x)):
        t = share * hardware.t_read
        for r, c in ndindex(*tile.g.shape[:2]):
            wires, known = tile.cells.circuit.wires_of(r, c), _known(tile, r, c, v[r], mode)
            part = _of_array(tile.g[r, c], v[r], wires, t, mode, known)
            for name in _POWERS:
                total[name] += getattr(part, name)
            each[r, c] += part.source
            imbalance = max(imbalance, part.imbalance)
    swing = sum(_mean(_swing(tile, drive.v).sum(axis=(0, -1))) for drive in tile.drives(x)) * across
    line = component("word_line").cost(hardware.node, cells=hardware.cols, swing=swing)
    return {**total, "imbalance": imbalance, "driver": line.energy}, each


def _of_array(
    g: Array, v: Array, wires: Wires, t: float, mode: str, known: Load | Statistic | None
) -> ArrayEnergy:
    def made() -> ArrayEnergy:
        return array_energy(g, v, wires, t, mode=mode, known=known)

    if mode != "exact" or wires.ideal:
        return made()
    return shared(made, "energy", g, v, wires, t)


def _joined(slots: list[tuple[float, Array]]) -> list[tuple[float, Array]]:
    """Slots one after another as one: power grows with the square of voltages, so shares are roots.

    As many slots as there are stand in the mean over vectors, so the sum is that often the mean.
    """
    if len(slots) <= 1:
        return slots
    xp = array_namespace(slots[0][1])
    scaled = [share**0.5 * v for share, v in slots]
    return [(float(len(slots)), xp.concatenate(scaled, axis=1))]


def _known(tile: Tile, r: int, c: int, v: Array, mode: str) -> Load | Statistic | None:
    """What modes other than the exact one know of an array: its load is kept while it is so old."""
    if mode == "exact":
        return None

    def made() -> Load:
        return Load(g=tile.g[r, c], wires=tile.cells.circuit.wires_of(r, c))

    load: Load = tile.cells.keep(("load", r, c), made)
    return load if mode == "ideal" else Statistic.of_sums(load, v)


def _swing(tile: Tile, v: Array) -> Array:
    """How far each word line goes, V: a pulse of any width to the full read voltage."""
    dac, xp = tile.hardware.dac, array_namespace(v)
    if dac is None or dac.coding != "pulse_width":
        return xp.abs(v)
    return (v != 0) * tile.hardware.v_read


def _slots(tile: Tile, x: Array) -> list[tuple[float, Array]]:
    """What stands on the word lines, and for which share of a read: (down, n, rows) V."""
    dac, drives = tile.hardware.dac, tile.drives(x)
    if dac is None or dac.coding != "pulse_width":
        return [(1.0, drive.v) for drive in drives]
    xp, full = array_namespace(x), tile.hardware.v_read
    on = xp.abs(drives[0].v) / full
    times = xp.unique(xp.concatenate([xp.zeros(1, on.dtype), on.reshape(-1)]))
    return [
        (float(b - a), xp.sign(drives[0].v) * full * (on > a))
        for a, b in zip(times[:-1], times[1:], strict=True)
    ]


def _periphery(done: Done) -> dict[str, float]:
    """Converters, sums and activations of a matrix per inference, J; an ideal converter is free."""
    hardware = done.tile.hardware
    row = dict.fromkeys((*_PERIPHERY, "adc_low", "adc_high"), 0.0)
    for use in periphery(done):
        if use.component in _PERIPHERY:
            one = component(use.kind, use.usual).cost(hardware.node, **use.sizes)
            row[use.component] += use.actions * one.energy
        if use.component == "adc":
            ends = adc_survey.band(hardware.node, use.sizes["bits"], use.sizes["rate"])
            row["adc_low"], row["adc_high"] = (use.actions * end for end in ends)
    mac = component("mac").cost(hardware.node, bits=8).energy
    return row | {"digital_baseline": done.reads * done.tile.macs * mac}


def _mean(values: Any) -> float:
    return float(to_numpy(values).mean())
