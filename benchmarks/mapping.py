"""Times reads of a mapped network beside plain layers of torch, and checks goals.

    python benchmarks/mapping.py [--quick] [--out DIR]

The network is 784-256-128-10 with ReLU between, 256 inputs at once, single precision. Mapped, a
weight is a pair of cells; inputs go through 8-bit converters with a range for each layer, every
cell has fresh read noise in every read, and every output of every array goes through an 8-bit
converter. All run in one process in interleaved rounds of which the fastest counts, on the threads
that the libraries take by themselves. The first call of each, which compiles, is not counted. A
network of the size of ResNet-18 is then placed on wired 256 x 256 arrays, programmed and aged.
"""

import resource
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np
import torch
from cases import fastest
from figures import Figure, command
from threadpoolctl import threadpool_limits
from timing import interleaved

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.layers import Node
from xbarsim.mapping import Graph
from xbarsim.periphery._normals import drawn_at_most, fill
from xbarsim.periphery._products import PANEL, packed, product

SIZES, BATCH = (784, 256, 128, 10), 256
TILE = 128  # rows and columns of an array
LARGE = 784, 512  # of one that holds a layer
F = np.float32
SPAN, SIGMA, V_READ = 39e-6, 0.4e-6, 0.2  # S of the largest weight; S of a cell in a read; V
DAC, ADC = 255, 127  # levels above zero
KEY = np.arange(4, dtype=np.uint32)

Run = Callable[[], object]


def plain() -> tuple[torch.nn.Sequential, torch.Tensor]:
    """Layers of torch with the weights they begin with, and inputs from 0 to 1."""
    torch.manual_seed(0)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in zip(SIZES, SIZES[1:], strict=False):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1]), torch.rand(BATCH, SIZES[0])


def layers_of(net: torch.nn.Sequential, x: torch.Tensor) -> list[tuple[np.ndarray, ...]]:
    """Weights (out, in), biases and inputs of every layer."""
    found = []
    for layer in net:
        if isinstance(layer, torch.nn.Linear):
            arrays = (layer.weight, layer.bias, x)
            found.append(tuple(a.detach().numpy().copy() for a in arrays))
        x = layer(x)
    return found


def ours(
    net: torch.nn.Sequential, x: torch.Tensor, rows: int, cols: int, noise: float = 0.02
) -> Run:
    """The network on arrays of that size, as a user has it."""
    hardware = xs.Hardware(
        device=xs.load_device("wan_2022", read_noise=noise),
        rows=rows,
        cols=cols,
        dac=xs.Dac(bits=8),
        adc=xs.Adc(bits=8),
    )
    network = xs.Network(xs.map_network(net, hardware))
    network.program()
    given = x.numpy().copy()
    network.calibrate(given)
    return partial(network, given)


def in_torch(layers: list[tuple[np.ndarray, ...]]) -> Run:
    """The same on one array a layer, in torch's own operations."""
    ready = []
    for weights, bias, x in layers:
        g = torch.from_numpy(weights.T / abs(weights).max() * SPAN)
        scale = abs(weights).max() / SPAN * x.max() / V_READ
        full = float(abs(x / x.max() * V_READ @ g.numpy()).max())
        ready.append((g, torch.full_like(g, 2 * SIGMA**2), float(x.max()), full, scale, bias))
    x = torch.from_numpy(layers[0][2])

    @torch.inference_mode()
    def run() -> torch.Tensor:
        y = x
        for k, (g, variance, most, full, scale, bias) in enumerate(ready):
            v = (y * (DAC / most)).clamp(0, DAC).round() * (V_READ / DAC)
            i = v @ g
            i += torch.sqrt(v * v @ variance) * torch.randn_like(i)
            level = (i * (ADC / full)).clamp(-ADC, ADC).round()
            y = level * float(full / ADC * scale) + torch.from_numpy(bias)
            y = torch.relu(y) if k < len(ready) - 1 else y
        return y

    return run


def in_aihwkit(net: torch.nn.Sequential, x: torch.Tensor, tile: int | None) -> Run:
    """Inference of aihwkit in torch, without noise of cells: outputs have one of one size."""
    from aihwkit.nn.conversion import convert_to_analog
    from aihwkit.simulator.configs import (
        BoundManagementType,
        NoiseManagementType,
        TorchInferenceRPUConfig,
    )

    config = TorchInferenceRPUConfig()
    config.forward.inp_res = config.forward.out_res = 1 / (2 * ADC)
    config.forward.out_noise = 0.06
    config.forward.noise_management = NoiseManagementType.NONE
    config.forward.bound_management = BoundManagementType.NONE
    config.mapping.max_input_size = tile or 0
    config.mapping.max_output_size = tile // 2 if tile else 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        analog = convert_to_analog(net, config).eval()

    @torch.inference_mode()
    def run() -> torch.Tensor:
        return analog(x)

    return run


def parts(layers: list[tuple[np.ndarray, ...]]) -> dict[str, Run]:
    """What the largest layer's work is made of; our own on one thread."""
    weights, _, x = layers[0]
    v, g = x[: BATCH // 2], packed(weights.T[None].copy())[0]
    i = np.empty((len(v), len(g) * PANEL), F)
    z = np.empty(drawn_at_most(i.size), F)
    out, matrix = np.empty((BATCH, len(weights)), F), weights.T.copy()
    return {
        "product": lambda: product(v, g, i),
        "normals": lambda: fill(KEY, 0, 0, 0, i.size, z),
        "BLAS": lambda: np.matmul(x, matrix, out=out),
    }


def inferred(net: torch.nn.Sequential, x: torch.Tensor, mode: Callable[[], object]) -> object:
    """A plain pass."""
    with mode():  # type: ignore[attr-defined]
        return net(x)


def figures(rounds: int) -> list[Figure]:
    """Everything that is measured."""
    net, x = plain()
    layers = layers_of(net, x)
    runs: dict[str, Run] = {
        "no_grad": partial(inferred, net, x, torch.no_grad),
        "inference_mode": partial(inferred, net, x, torch.inference_mode),
        "one array a layer": ours(net, x, *LARGE),
        f"{TILE} x {TILE} arrays": ours(net, x, TILE, TILE),
        "one array a layer, no noise": ours(net, x, *LARGE, noise=0.0),
        f"{TILE} x {TILE} arrays, no noise": ours(net, x, TILE, TILE, noise=0.0),
        "one array a layer, in torch's operations": in_torch(layers),
    }
    if find_spec("aihwkit"):
        runs["one array a layer, aihwkit"] = in_aihwkit(net, x, None)
        runs[f"{TILE} x {TILE} arrays, aihwkit"] = in_aihwkit(net, x, TILE)
    pieces = parts(layers)
    for run in (*runs.values(), *pieces.values()):
        run()
    lasted = interleaved(runs, rounds)
    with threadpool_limits(1, user_api="blas"):
        alone = fastest({"BLAS": pieces["BLAS"]})["BLAS"]
    rates = fastest(pieces)
    base = min(lasted.pop("no_grad"), lasted.pop("inference_mode"))
    goals = {"one array a layer": 2.2, f"{TILE} x {TILE} arrays": 2.5}
    flops, cells = 2 * BATCH * SIZES[0] * SIZES[1], BATCH // 2 * SIZES[1]
    return [
        Figure("plain layers of torch", base * 1e6, "us"),
        *(
            Figure(name, seconds / base, "times that", "<=", goals.get(name, np.nan))
            for name, seconds in lasted.items()
        ),
        Figure("products, ours, one thread", flops / 2 / rates["product"] / 1e9, "Gflop/s"),
        Figure("products, NumPy's BLAS, one thread", flops / alone / 1e9, "Gflop/s"),
        Figure("products, NumPy's BLAS, its threads", flops / rates["BLAS"] / 1e9, "Gflop/s"),
        Figure("normals, one thread", rates["normals"] / cells * 1e9, "ns a draw"),
    ]


def resnet18() -> Graph:
    """Matrices of the sizes of ResNet-18's, 11.7 M weights; it is placed and written, not run."""
    sizes = [(64, 3, 7), *[(64, 64, 3)] * 4]
    for n in (128, 256, 512):
        sizes += [(n, n // 2, 3), (n, n, 3), (n, n // 2, 1), (n, n, 3), (n, n, 3)]
    rng, nodes = np.random.default_rng(0), []
    for k, (out, channels, side) in enumerate(sizes):
        w = rng.standard_normal((out, channels, side, side)).astype(F)
        pad = ((side // 2, side // 2),) * 2
        settings = {"stride": (1, 1), "padding": pad, "dilation": (1, 1), "groups": 1}
        nodes.append(
            Node(
                name=f"conv{k}", op="conv", inputs=("x",), arrays={"weights": w}, settings=settings
            )
        )
    w = rng.standard_normal((1000, 512)).astype(F)
    nodes.append(Node(name="fc", op="linear", inputs=("x",), arrays={"weights": w}))
    return Graph(nodes=tuple(nodes))


def large() -> list[Figure]:
    """Placing, programming and ageing a large network on wired arrays."""
    hardware = xs.Hardware(
        device=xs.load_device("joshi_2020"), rows=256, cols=256, wires=Wires(r_word=1.0, r_bit=1.0)
    )
    graph, begun = resnet18(), time.perf_counter()
    placement = xs.map_network(graph, hardware)
    placed = time.perf_counter()
    network = xs.Network(placement)
    network.program()
    network.age(86400.0)
    for tile in network.all_tiles:
        tile.cells.transfer  # noqa: B018  computed when it is first asked for
    aged = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 2**30
    return [
        Figure(f"placing ResNet-18 on {placement.arrays} arrays", placed - begun, "s", "<=", 10.0),
        Figure(
            "programming it and ageing it by a day, wires exact", aged - placed, "s", "<=", 60.0
        ),
        Figure("most memory of the process", peak, "GiB", "<=", 8.0),
    ]


def measured(quick: bool) -> list[Figure]:
    """Everything."""
    return [*figures(100 if quick else 1000), *large()]


if __name__ == "__main__":
    command("mapping", __doc__, "fewer rounds", (measured,))
