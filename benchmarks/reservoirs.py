"""Times echo-state reservoirs beside reservoirpy, in software and on arrays, and checks goals.

    python benchmarks/reservoirs.py [--quick] [--out DIR]

Reservoirs of 500 to 2000 units, sparse (10 %) or dense, leak 0.5, one input, the same matrices for
everybody. reservoirpy's node keeps its state in double precision whatever matrices it is given:
its own time in double precision is what both of ours are divided into, and that with matrices in
single precision stands beside it. Arrays have read noise of 1 % drawn each step, wires of 1 ohm a
segment, analogue RRAM a day old. All run in one process in interleaved rounds of which the
fastest counts. The first calls, which compile, are not counted.
"""

import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from figures import Figure, command
from scipy import sparse
from timing import PAUSE, interleaved

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.reservoirs.echo import EchoCore, Neurons
from xbarsim.streams import Streams

Run = Callable[[], object]
DAY = 86400.0


def neurons(n: int, density: float) -> Neurons:
    """Units with random weights of spectral radius 0.9 or about."""
    rng = np.random.default_rng(0)
    w = sparse.random_array((n, n), density=density, rng=rng, data_sampler=rng.standard_normal)
    w = w.tocsr() * (0.9 / np.sqrt(density * n))
    return Neurons(
        recurrent=w if density < 1 else w.toarray(),
        inputs=rng.uniform(-1, 1, (n, 1)),
        bias=np.zeros(n),
        leak=np.full(n, 0.5),
    )


def series(n: int, density: float) -> np.ndarray:
    """An input for about as long a run at any size."""
    steps = int(min(4000, max(1000, 5e7 / (density * n * n))))
    return np.random.default_rng(1).uniform(-1, 1, (steps, 1))


def ours(made: Neurons, u: np.ndarray, dtype: str, hardware: xs.Hardware | None = None) -> Run:
    """A run of our reservoir from rest."""
    core = EchoCore(made, hardware, Streams(0), np.abs(u).max(axis=0), dtype)
    u = u.astype(dtype)
    core.program()
    core.calibrate([u])
    if hardware is not None:
        core.age(DAY)
    return lambda: core.run([u])


def theirs(made: Neurons, u: np.ndarray, dtype: str) -> Run:
    """The same by reservoirpy."""
    from reservoirpy.nodes import Reservoir

    n = len(made.bias)
    w = made.recurrent.astype(dtype)
    node = Reservoir(units=n, W=w, Win=made.inputs.astype(dtype), bias=np.zeros(n, dtype), lr=0.5)
    u = u.astype(dtype)
    return lambda: node.run(u)


def arrays(rows: int, cols: int) -> xs.Hardware:
    """Noisy arrays with wires."""
    return xs.Hardware(
        device=xs.load_device("wan_2022", read_noise=0.01),
        wires=Wires(r_word=1.0, r_bit=1.0),
        rows=rows,
        cols=cols,
        dac=xs.Dac(bits=8),
        adc=xs.Adc(bits=8),
    )


def software(quick: bool) -> list[Figure]:
    """Ideal updates beside reservoirpy."""
    found = []
    for n, density, goals in (
        (500, 0.1, (2.5, 3.5)),
        (2000, 0.1, (2.5, 3.5)),
        (500, 1.0, (2.2, np.nan)),
        (2000, 1.0, (1.0, np.nan)),
    ):
        made, u = neurons(n, density), series(n, density)
        runs = {dtype: ours(made, u, dtype) for dtype in ("float64", "float32")}
        if find_spec("reservoirpy"):
            runs |= {f"reservoirpy {t}": theirs(made, u, t) for t in ("float64", "float32")}
        lasted = interleaved(runs, 7 if quick else 30, PAUSE)
        what = f"{n} units, {density:.0%} of the connections"
        for name, seconds in lasted.items():
            found.append(Figure(f"{what}: {name}", seconds / len(u) * 1e6, "us a step"))
        if "reservoirpy float64" in lasted:
            peer, peer32 = lasted["reservoirpy float64"], lasted["reservoirpy float32"]
            ratio = peer / lasted["float64"]
            found += [
                Figure(f"{what}: float64", ratio, "x reservoirpy", ">=", goals[0]),
                Figure(f"{what}: float32", peer32 / lasted["float32"], "x reservoirpy (matrices in "
                       "float32)", ">=", goals[1]),
                Figure(f"{what}: float32", peer / lasted["float32"], "x reservoirpy in float64"),
            ]  # fmt: skip
        if (n, density) == (2000, 1.0):
            speed = n * n * 8 / (lasted["float64"] / len(u))
            found.append(Figure(f"{what}: matrix read", speed / 1e9, "GB/s"))
            found.append(
                Figure("of the bandwidth of sums over it", speed / bandwidth(n), "", ">=", 0.8)
            )
    return found


def bandwidth(n: int) -> float:
    """Bytes a second at which all threads add up a matrix of that size, over and over."""
    from xbarsim.parallel import blas_threads, spread

    matrix = np.random.default_rng(0).standard_normal((n, n))
    parts = np.array_split(matrix, blas_threads())
    best = np.inf
    for _ in range(50):
        begun = time.perf_counter()
        spread(lambda part: part.sum(), parts)
        best = min(best, time.perf_counter() - begun)
    return matrix.nbytes / best


def on_arrays(quick: bool) -> list[Figure]:
    """Updates on noisy arrays with wires, over ideal ones."""
    found = []
    for n, density, most in ((500, 0.1, 1.3), (1000, 0.1, 1.3), (500, 1.0, 2.0), (1000, 1.0, 2.0)):
        made, u = neurons(n, density), series(n, density)
        sides = {"one array": (n + 1, 2 * n)}
        if not quick:
            sides["arrays of 256 x 256"] = 256, 256
            sides["arrays of 128 x 128"] = 128, 128
        for dtype in ("float64", "float32"):
            runs = {"ideal": ours(made, u, dtype)}
            runs |= {name: ours(made, u, dtype, arrays(*side)) for name, side in sides.items()}
            lasted = interleaved(runs, 7 if quick else 30, PAUSE)
            for name in sides:
                ratio = lasted[name] / lasted["ideal"]
                what = f"{n} units, {density:.0%} of the connections, {dtype}, on {name}"
                found.append(Figure(what, ratio, "x ideal", "<=", most))
    return found


def batch(quick: bool) -> list[Figure]:
    """Sixty-four series at once."""
    made, steps = neurons(500, 0.1), 500
    u = np.random.default_rng(1).uniform(-1, 1, (64, steps, 1)).astype(np.float32)
    core = EchoCore(made, None, Streams(0), np.ones(1), "float32")
    runs = {"all": lambda: core.run(list(u))}
    lasted = interleaved(runs, 5 if quick else 20, PAUSE)["all"]
    rate = 64 * steps / lasted
    return [Figure("64 series, 500 units, 10 %, float32", rate, "steps/s", ">=", 250_000)]


if __name__ == "__main__":
    command("reservoirs", __doc__, "fewer rounds, one array only", (software, on_arrays, batch))
