"""Spiking networks by NIR give on tiles what their equations give."""

import numpy as np
import pytest
from on_tiles import CELLS, layers, on_tiles, same

from xbarsim.mapping import from_nir

nir = pytest.importorskip("nir")

DT, TAU, R = 1e-4, 1e-3, 10.0
LOOP = [("in", "w"), ("w", "z"), ("z", "rec"), ("rec", "z"), ("z", "read"), ("read", "v"),
        ("v", "out")]  # fmt: skip


def graph(nodes, shape, out, edges=None):
    names = ["in", *nodes, "out"]
    nodes = {"in": nir.Input(np.array(shape)), **nodes, "out": nir.Output(np.array(out))}
    edges = edges or list(zip(names, names[1:], strict=False))
    return nir.NIRGraph(nodes, edges, type_check=False)


def lif(n):
    return nir.LIF(**{k: np.full(n, v) for k, v in
                      {"tau": TAU, "r": R, "v_leak": 0.0, "v_threshold": 1.0}.items()})  # fmt: skip


def li(n):
    return nir.LI(np.full(n, 2e-3), np.ones(n), np.zeros(n))


def spikes(*shape):
    return (np.random.default_rng(0).random(shape) < 0.3).astype(np.float32)


def normal(*shape, seed=1):
    return np.random.default_rng(seed).normal(0, 1, shape)


def recurrent(x, w, back, bias, read):
    """The leaky readout of neurons that hear each other's spikes of the step before, and spikes."""
    v, z, u = np.zeros((len(x), len(w))), np.zeros((len(x), len(w))), np.zeros((len(x), len(read)))
    out, spiked = [], 0.0
    for t in range(x.shape[1]):
        current = x[:, t] @ w.T + z @ back.T + bias
        v = v + DT / TAU * (R * current - v)
        z = (v > 1.0).astype(float)
        v = v * (1 - z)
        u = u + DT / 2e-3 * (z @ read.T - u)
        out.append(u)
        spiked += z.mean() / x.shape[1]
    return np.stack(out, axis=1), spiked


@pytest.mark.parametrize("cells", CELLS)
def test_a_recurrent_spiking_network_is_exact_and_lists_its_neurons(cells):
    w, back, bias, read = normal(9, 8), 0.5 * normal(9, 9, seed=2), normal(9), normal(3, 9, seed=4)
    nodes = {"w": nir.Linear(w), "z": lif(9), "rec": nir.Affine(back, bias),
             "read": nir.Linear(read), "v": li(3)}  # fmt: skip
    x = spikes(3, 60, 8)
    wanted, rate = recurrent(x, w, back, bias, read)
    assert 0.05 < rate < 0.95
    found, placed = on_tiles(from_nir(graph(nodes, (8,), (3,), LOOP)), x, **CELLS[cells])
    same(found, wanted)
    assert sorted(layers(placed)) == ["read", "rec", "w"]
    kept = placed.digital.set_index("name")
    assert kept["op"].reindex(["v", "z"]).tolist() == ["li", "lif"]
    assert kept["why"].reindex(["v", "z"]).tolist() == ["keeps a state from step to step"] * 2
    assert set(kept["op"]) <= {"li", "lif", "add"}  # the sum of two edges into z


@pytest.mark.parametrize("cells", CELLS)
def test_a_convolutional_spiking_network_is_exact_and_lists_its_neurons(cells):
    torch = pytest.importorskip("torch")
    f = torch.nn.functional
    w, b, w2, dense = normal(4, 2, 3, 3), normal(4), normal(4, 2, 2, 2), normal(3, 36)
    nodes = {
        "c1": nir.Conv2d((9, 9), w, (2, 2), (1, 1), (1, 1), 1, b),
        "n1": nir.IF(np.ones((4, 5, 5)), np.ones((4, 5, 5)), np.zeros((4, 5, 5))),
        "c2": nir.Conv2d(None, w2, 1, 0, 1, 2, np.zeros(4)),
        "half": nir.Scale(np.full((4, 4, 4), 0.5)),
        "pool": nir.AvgPool2d(np.array([2, 2]), np.array([1, 1]), np.array([0, 0])),
        "flat": nir.Flatten(None, start_dim=0),
        "fc": nir.Linear(dense),
    }
    x = spikes(2, 6, 2, 9, 9)
    found, placed = on_tiles(from_nir(graph(nodes, (2, 9, 9), (3,))), x, **CELLS[cells])
    w, b, w2, dense = (torch.tensor(a) for a in (w, b, w2, dense))
    v, wanted = torch.zeros(2, 4, 5, 5, dtype=torch.float64), []
    for t in range(6):
        v = v + f.conv2d(torch.tensor(x[:, t]).double(), w, b, stride=2, padding=1)
        z = (v > 1).double()
        v = v * (1 - z)
        y = f.avg_pool2d(0.5 * f.conv2d(z, w2, groups=2), 2, 1)
        wanted.append(y.flatten(1) @ dense.T)
    same(found, torch.stack(wanted, 1).numpy())
    assert layers(placed) == ["c1", "c2", "fc"]
    kept = placed.digital.set_index("name")["why"]
    assert kept.drop(["pool", "flat"]).to_dict() == {
        "n1": "keeps a state from step to step", "half": "constants, but no matrix of weights",
    }  # fmt: skip
    assert set(kept[["pool", "flat"]]) == {"has no weights"}


@pytest.mark.parametrize("padding", [0, "same"])
def test_a_convolution_of_series_is_exact(padding):
    torch = pytest.importorskip("torch")
    w, b, x = normal(4, 3, 3), normal(4), spikes(2, 3, 11)
    wanted = torch.conv1d(
        torch.tensor(x).double(), torch.tensor(w), torch.tensor(b), padding=padding
    ).numpy()
    node = nir.Conv1d(11, w, 1, padding, 1, 1, b)
    model = from_nir(graph({"c": node}, (3, 11), wanted.shape[1:]))
    found, _ = on_tiles(model, x[:, None])
    same(found[:, 0], wanted)
