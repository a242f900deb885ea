"""The energy of arrays in three modes: balance, statistics of a real network, wires.

    python benchmarks/array_modes.py [--quick] [--out DIR]

measures how well the power of sources and parts balances in solved arrays of any cells; how far the
statistical mode is from the ideal one, and how much faster, on LeNet-5 trained on MNIST (PyTorch
and XBARSIM_DATA are needed); and how far both, with their wire corrections, are from solved arrays
of 64 to 256 cells a side with 0.1 to 2 ohm a segment. `--out` also writes the figure.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from figures import Figure, command
from timing import interleaved

import xbarsim as xs
from xbarsim.crossbar import Wires, source_admittance, transfer_matrix
from xbarsim.crossbar.laws import DiodeCell, SinhCell, ThresholdSelector, TransistorCell
from xbarsim.energy import Load, Statistic, array_energy, dissipation
from xbarsim.energy.load import mean_square
from xbarsim.streams import Streams
from xbarsim.tasks.datasets import load_dataset
from xbarsim.tasks.networks import lenet5

Array = np.ndarray
LOW, HIGH, VOLTS, TIME = 1e-6, 2e-4, 0.2, 1e-7  # S, S, V, s
OHMS, SIDES = (0.1, 0.3, 1.0, 2.0), (64, 128, 256)
RANDOM = ("uniform", "binary", "sparse", "log-uniform", "weight pairs")
#: laws of cells, and gate voltages
LAWS = {
    "sinh": (SinhCell(beta=10.0), None),
    "diode": (DiodeCell(saturation_current=1e-9), None),
    "selector": (ThresholdSelector(threshold=0.1, width=0.02, leakage=1e-3), None),
    "transistor": (TransistorCell(threshold=0.4, transconductance=2e-4), 1.2),
}


@dataclass
class Measured:
    """What the figure shows: errors in % by series, ohm and side; and by layer."""

    wires: dict[tuple[str, float, int], list[float]] = field(default_factory=dict)
    layers: dict[str, list[float]] = field(default_factory=dict)


MEASURED = Measured()


def balance(quick: bool) -> list[Figure]:
    """Sources against parts in solved arrays."""
    rng, worst = np.random.default_rng(0), dict.fromkeys(("ohmic", *LAWS), 0.0)
    for _ in range(4 if quick else 20):
        for name in worst:
            for wires in _lines(rng, side := 64 if name == "ohmic" else 24):
                g, v = rng.uniform(LOW, HIGH, (side, side)), rng.uniform(-0.1, VOLTS, (2, side))
                law, gate = LAWS.get(name, (None, None))
                found = dissipation(g, v, wires, law=law, gate=gate).imbalance
                worst[name] = max(worst[name], found)
    return [
        Figure(f"imbalance of {name} cells, worst", value, "", "<=", allowed)
        for name, value in worst.items()
        for allowed in [1e-9 if name == "ohmic" else 1e-6]
    ]


def _lines(rng: np.random.Generator, side: int) -> Iterator[Wires]:
    """Uniform lines driven and sensed at one end or two; graded ones; broken ones."""
    for sides in (1, 2):
        ends = {"r_source": 30.0, "r_sense": 20.0, "sides": sides, "sense_sides": 3 - sides}
        yield Wires(r_word=2.0, r_bit=3.0, **ends)
        graded = rng.uniform(0, 5, (side, side - 1)), rng.uniform(0, 5, (side - 1, side))
        yield Wires(r_word=graded[0], r_bit=graded[1], **ends)
        for lines in graded:
            lines[rng.random(lines.shape) < 1e-3] = np.inf
        yield Wires(r_word=graded[0], r_bit=graded[1], **ends)


def network(quick: bool) -> list[Figure]:
    """The statistical mode beside the ideal one on a trained network."""
    images, tested = (2_000, 100) if quick else (10_000, 1_000)
    data = load_dataset("mnist")
    data = replace(data, x_train=data.x_train[:images], y_train=data.y_train[:images])
    graph = lenet5(epochs=2)(data, Streams(seed=0))
    hardware = xs.Hardware(
        device=xs.load_device("wan_2022"), rows=128, cols=128, dac=xs.Dac(bits=8)
    )
    built = xs.Network(xs.map_network(graph, hardware))
    built.program()
    built.calibrate(data.x_train[:200])
    seen, asked = (built.vectors(x) for x in (data.x_train[:200], data.x_test[:tested]))
    spent = dict.fromkeys(("ideal", "sampled", "known"), 0.0)
    for key in asked:
        _layer(built.tiles[key][0], seen[key], asked[key], spent)
    means, kept, held = (MEASURED.layers[name] for name in ("means", "kept", "held"))
    what = f"statistics against ideal, {len(kept)} layers of LeNet-5, {tested} test images: "
    return [
        Figure(what + f"products of means (worst {max(map(abs, means)):.2g})", _mean(means), "%"),
        Figure(what + "couplings of 200 training images, mean squares of the test images "
               f"(worst {max(map(abs, kept)):.2g})", _mean(kept), "%", "<=", 3.0),
        Figure(what + "both of 200 training images "
               f"(worst {max(map(abs, held)):.2g})", _mean(held), "%"),
        Figure("ideal over statistics, time, mean squares sampled from the inputs",
               spent["ideal"] / spent["sampled"], "x", ">=", 50.0),
        Figure("ideal over statistics, time, mean squares known",
               spent["ideal"] / spent["known"], "x", ">=", 50.0),
        Figure("ideal, all layers", 1e3 * spent["ideal"], "ms"),
    ]  # fmt: skip


def _layer(tile: xs.tile.Tile, seen: Array, asked: Array, spent: dict[str, float]) -> None:
    """Errors of one layer, %, into `MEASURED`; times of its arrays, s, are added to `spent`."""
    before, v = tile.drives(seen)[0].v, tile.drives(asked)[0].v
    total = dict.fromkeys(("ideal", "means", "kept", "held"), 0.0)
    for r, c in np.ndindex(*tile.g.shape[:2]):
        g, given = tile.g[r, c], {"g": tile.g[r, c], "v": v[r], "wires": Wires(), "t": TIME}
        load, square = Load(g=g, wires=Wires()), float((before[r] ** 2).mean())
        kept, means = Statistic.of(load, before[r]), Statistic(conductance=load.conductance)
        total["ideal"] += array_energy(**given, mode="ideal").source
        total["kept"] += array_energy(**given, mode="stat", known=kept).source
        total["means"] += means.energy(float((v[r] ** 2).mean()), TIME)
        total["held"] += kept.energy(square, TIME)
        spent["ideal"] += _took(partial(array_energy, **given, mode="ideal"))
        spent["sampled"] += _took(partial(array_energy, **given, mode="stat", known=kept))
        spent["known"] += _took(partial(kept.energy, square, TIME))
    for name in ("means", "kept", "held"):
        error = 100 * (total[name] / total["ideal"] - 1)
        MEASURED.layers.setdefault(name, []).append(error)


def wires(quick: bool) -> list[Figure]:
    """Both fast modes beside solved arrays."""
    errors = MEASURED.wires
    for side in SIDES[:2] if quick else SIDES:
        for ohm in OHMS:
            for name, g, before, v in _cases(side, np.random.default_rng(side)):
                _compare(name in RANDOM, g, before, v, ohm, errors)
    what = {
        ("none", "random"): "ideal without wires, random cells",
        ("none", "planned"): "ideal without wires, planned cells",
        ("ideal", "random"): "ideal, random cells",
        ("ideal", "planned"): "ideal, planned cells",
        ("stat", "random"): "statistics, exact coupling, random cells",
        ("stat", "planned"): "statistics, exact coupling, planned cells",
        ("sums", "random"): "statistics of sums, random cells",
        ("sums", "planned"): "statistics of sums, planned cells",
    }
    goal = {"ideal": 10.0, "stat": 10.0, "sums": 10.0}
    found = []
    for (series, cells), said in what.items():
        for (name, ohm, side), values in errors.items():
            if name == f"{series} {cells}":
                told = f"{said}, {side} a side, {ohm:g} ohm (worst of {len(values)})"
                aim = goal.get(series, np.nan) if side == 128 and ohm <= 1 else np.nan
                found.append(Figure(told, max(map(abs, values)), "%", "<=", aim))
    return found


def cost(quick: bool) -> list[Figure]:
    """What each mode takes for one array of 128 x 128 and 64 inputs."""
    rng, ohm = np.random.default_rng(0), 1.0
    g, v = rng.uniform(LOW, HIGH, (128, 128)), rng.uniform(0, VOLTS, (64, 128))
    lines = Wires(r_word=ohm, r_bit=ohm, r_source=ohm, r_sense=ohm)
    load = Load(g=g, wires=lines)
    kept = Statistic.of(load, v)
    runs = {
        "solved": partial(array_energy, g, v, lines, TIME),
        "transfer matrix, for comparison": partial(transfer_matrix, g, lines),
        "source admittance, once": partial(source_admittance, g, lines),
        "ideal, power of a load that is kept": partial(load.power, v),
        "shares of a load, by 8 solves": partial(load.shares, v),
        "statistic of sums, once": lambda: Statistic.of_sums(Load(g=g, wires=lines), v),
        "a statistic that is kept": partial(
            array_energy, g, v, lines, TIME, mode="stat", known=kept
        ),
    }
    took = interleaved(runs, 5 if quick else 25)
    return [Figure(f"128 x 128, 64 inputs: {name}", 1e3 * s, "ms") for name, s in took.items()]


def _compare(
    random: bool,
    g: Array,
    before: Array,
    v: Array,
    ohm: float,
    errors: dict[tuple[str, float, int], list[float]],
) -> None:
    """Errors of one array, %, the statistics made from inputs `before`.

    The source admittance is held against four solved inputs; statistics against it, for all.
    """
    lines = Wires(r_word=ohm, r_bit=ohm, r_source=ohm, r_sense=ohm)
    load = Load(g=g, wires=lines)
    solved, looked_up = float(dissipation(g, v[:4], lines).source.sum()), load.power(v)
    exact, square = float(looked_up.mean()), mean_square(v)
    found = {
        "none": float((v**2 @ g.sum(axis=1)).mean()) / exact,
        "ideal": float(looked_up[:4].sum()) / solved,
        "stat": Statistic.of(load, before).energy(square, 1.0) / exact,
        "sums": Statistic.of_sums(load, before).energy(square, 1.0) / exact,
    }
    for name, ratio in found.items():
        key = (f"{name} {'random' if random else 'planned'}", ohm, len(g))
        errors.setdefault(key, []).append(100 * (ratio - 1))


def _cases(n: int, rng: np.random.Generator) -> Iterator[tuple[str, Array, Array, Array]]:
    """Conductances by name, inputs to learn from, inputs to be asked about."""
    weights = rng.standard_normal((n, n))
    first = np.arange(n) < n // 2
    grids = {
        "uniform": rng.uniform(LOW, HIGH, (n, n)),
        "binary": np.where(rng.random((n, n)) < 0.5, HIGH, LOW),
        "sparse": np.where(rng.random((n, n)) < 0.1, HIGH, LOW),
        "log-uniform": np.exp(rng.uniform(np.log(LOW), np.log(HIGH), (n, n))),
        "weight pairs": LOW + (HIGH - LOW) * np.maximum(weights, 0) / weights.max(),
        "all on": np.full((n, n), HIGH),
        "left half on": np.where(first, HIGH, LOW) * np.ones((n, 1)),
        "right half on": np.where(first, LOW, HIGH) * np.ones((n, 1)),
        "first rows on": np.where(first[:, None], HIGH, LOW) * np.ones(n),
        "last rows on": np.where(first[:, None], LOW, HIGH) * np.ones(n),
        "corner on": np.where(first[:, None] & ~first, HIGH, LOW),
        "far corner on": np.where(~first[:, None] & ~first, HIGH, LOW),
        "two corners on": np.where(first[:, None] == first, HIGH, LOW),
        "rows that differ": np.where(rng.random((n, n)) < rng.random((n, 1)), HIGH, LOW),
    }
    profile = np.linspace(1.0, 0.1, n)
    inputs: dict[str, Callable[[int], Array]] = {
        "dense": lambda k: rng.uniform(0, VOLTS, (k, n)),
        "sparse": lambda k: rng.uniform(0, VOLTS, (k, n)) * (rng.random((k, n)) < 0.1),
        "both signs": lambda k: rng.uniform(-VOLTS, VOLTS, (k, n)),
        "profile": lambda k: rng.uniform(0, VOLTS, (k, n)) * profile,
    }
    for name, g in grids.items():
        for draw in inputs.values():
            yield name, g, draw(1000), draw(1000)


def draw(path: Path) -> None:
    """Errors against the resistance of a segment, and of the network's layers."""
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(9.5, 4.0), layout="constrained")
    left, right = canvas.subplots(1, 2, width_ratios=(3, 2))
    series = {
        "none random": ("no correction, random cells", "C7", "s-"),
        "none planned": ("no correction, planned cells", "C7", "s--"),
        "sums random": ("statistics of sums, random cells", "C1", "o-"),
        "sums planned": ("statistics of sums, planned cells", "C1", "o--"),
        "stat random": ("statistics, exact coupling, random cells", "C0", "^-"),
        "stat planned": ("statistics, exact coupling, planned cells", "C0", "^--"),
    }
    for name, (label, color, style) in series.items():
        worst = [max(map(abs, MEASURED.wires[name, ohm, 128])) for ohm in OHMS]
        left.loglog(OHMS, worst, style, color=color, label=label, markersize=4)
    rest = max(map(abs, MEASURED.wires["ideal planned", 1.0, 128]))
    left.plot([], [], "C2-", label=f"ideal, source admittance: below (at 1 ohm {rest:.0e} %)")
    left.axhline(10, color="k", linewidth=0.8, linestyle=":")
    left.set(xlabel="ohm a segment, 128 x 128", ylabel="worst error of the array's energy, %")
    left.set_xticks(OHMS, [f"{ohm:g}" for ohm in OHMS], minor=False)
    left.minorticks_off()
    left.set_ylim(1, 1000)
    left.legend(fontsize="x-small", loc="upper left")
    at = np.arange(len(MEASURED.layers["means"]))
    bars = {
        "means": "products of means",
        "kept": "with couplings",
        "held": "training images alone",
    }
    for k, (name, label) in enumerate(bars.items()):
        right.bar(at + 0.27 * (k - 1), np.abs(MEASURED.layers[name]), 0.25, label=label)
    right.axhline(3, color="k", linewidth=0.8, linestyle=":")
    right.set(xlabel="layer of LeNet-5", ylabel="error of statistics against ideal, %")
    right.set_xticks(at, [str(k + 1) for k in at])
    right.legend(fontsize="x-small")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    canvas.savefig(path)


def _took(run: Callable[[], object]) -> float:
    """Shortest of five times, s."""
    best = np.inf
    for _ in range(5):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def _mean(errors: list[float]) -> float:
    return float(np.mean(np.abs(errors)))


if __name__ == "__main__":
    command(
        "array_modes",
        __doc__,
        "fewer arrays and images, 256 a side left out",
        (balance, network, cost, wires),
        draw=draw,
    )
