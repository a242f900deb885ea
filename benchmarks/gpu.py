"""Times the same arrays on the host and on a GPU, in one process, and compares their answers.

    python benchmarks/gpu.py [--quick] [--out DIR]

CuPy must be installed. Times are the shortest of several calls after a first one, which compiles;
a call has ended when its answer is in the GPU's memory.
"""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import cupy
import numpy as np
from cases import WIRES
from figures import Figure, command

from xbarsim import Adc, Dac, Hardware, Tile, load_device
from xbarsim.backend import to_numpy
from xbarsim.crossbar import transfer_matrix

SIDES, STACK = (256, 512, 1024), (200, 128)
DEVICE, DAY = "joshi_2020", 86400.0


def shortest(function: Callable[[], Any], calls: int = 3) -> float:
    """Least duration of some calls, s."""
    lasted = []
    for _ in range(calls + 1):
        cupy.cuda.Device().synchronize()
        begun = time.perf_counter()
        function()
        cupy.cuda.Device().synchronize()
        lasted.append(time.perf_counter() - begun)
    return min(lasted[1:])


def beside(
    what: str, on_host: Callable[[], Any], on_gpu: Callable[[], Any], allowed: float
) -> list[Figure]:
    """Both times, and how far the answers are apart over the largest of them."""
    host, gpu = shortest(on_host), shortest(on_gpu)
    exact, found = np.asarray(on_host()), to_numpy(on_gpu())
    apart = float(abs(found - exact).max() / abs(exact).max())
    print(f"{what}: {host:.3g} s, {gpu:.3g} s", file=sys.stderr, flush=True)
    return [
        Figure(f"{what}: on the host", 1e3 * host, "ms"),
        Figure(f"{what}: on the GPU", 1e3 * gpu, "ms"),
        Figure(f"{what}: host over GPU", host / gpu, "x"),
        Figure(f"{what}: furthest apart", apart, "", "<=", allowed),
    ]


def arrays(quick: bool) -> list[Figure]:
    """Transfer matrices of single arrays and of a stack of them."""
    found = []
    shapes = [(side, side) for side in SIDES[: 2 if quick else None]] + [(*STACK, STACK[1])]
    for shape in shapes:
        g = np.random.default_rng(0).uniform(1e-6, 1e-4, shape)
        for dtype, allowed in ((np.float64, 1e-10), (np.float32, 2e-5)):
            narrow = g.astype(dtype)
            there = cupy.asarray(narrow)
            found += beside(
                f"transfer matrix {' x '.join(map(str, shape))}, {np.dtype(dtype).name}",
                lambda: transfer_matrix(narrow, WIRES),  # noqa: B023
                lambda: transfer_matrix(there, WIRES),  # noqa: B023
                allowed,
            )
    return found


def tiles(quick: bool) -> list[Figure]:
    """Reads of a matrix on wired arrays behind converters, with noise; then without."""
    shape, batch = ((256, 256), 256) if quick else ((1024, 1024), 1024)
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal(shape), rng.standard_normal((batch, shape[1]))
    found: list[Figure] = []
    for what, device, age in (("ideal cells", "ideal", 0.0), ("cells with noise", DEVICE, DAY)):
        hardware = Hardware(
            device=load_device(device), wires=WIRES, dac=Dac(bits=8), adc=Adc(bits=8)
        )
        host, gpu = (made(xp, w, x, hardware, age) for xp in (np, cupy))
        allowed = 0.02 if age == 0 else np.nan  # a code of a converter may round the other way
        name = f"reads of {batch} inputs by {shape[0]} x {shape[1]} weights, {what}"
        there = cupy.asarray(x)
        found += beside(name, lambda: host(x), lambda: gpu(there), allowed)  # noqa: B023
    return found


def made(xp: Any, w: np.ndarray, x: np.ndarray, hardware: Hardware, age: float) -> Tile:
    """Programmed, aged, with ranges from the data."""
    tile = Tile(xp.asarray(w), hardware, 0)
    tile.program()
    if age:
        tile.age(age)
    tile.calibrate(xp.asarray(x[:64]))
    return tile


PARTS: Sequence[Callable[[bool], Sequence[Figure]]] = (arrays, tiles)

if __name__ == "__main__":
    command("gpu", __doc__, "small arrays only", PARTS)
