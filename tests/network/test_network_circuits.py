"""Blocks that share arrays, and reads too short to settle, against whole circuits by hand."""

import numpy as np
import pytest
from by_hand import V_READ, WINDOW, conductances, laplacian, nodal, numbered, signals
from scipy.linalg import expm

from xbarsim import Hardware, Network, Strategy, load_device, map_network
from xbarsim.crossbar import Wires
from xbarsim.mapping import Dense
from xbarsim.technology import NODES

ARRAY = 40, 44
WIRES = {"r_word": 20.0, "r_bit": 30.0, "r_source": 50.0, "r_sense": 70.0}
SHAPES = {"a": (9, 14), "b": (5, 9), "c": (4, 5)}
SETTLED = {"r_word": 300.0, "r_bit": 500.0, "r_source": 2e3, "r_sense": 1e3}
UNIT = 1 / (V_READ * (WINDOW[1] - WINDOW[0]))


def dense(name, outputs, inputs, positive=False):
    w = np.random.default_rng(outputs).uniform(-1, 1, (outputs, inputs))
    w = np.abs(w) if positive else w
    return Dense(name=name, weights=w, bias=np.zeros(outputs), activation="tanh")


SMALL = {"rows": 14, "cols": 16}  # arrays whose every node is followed in time


def built(**settings):
    size = {"rows": ARRAY[0], "cols": ARRAY[1]} | settings
    return Hardware(device=load_device("ideal"), **size)


def programmed(layers, hardware, **settings):
    network = Network(map_network(layers, hardware, **settings))
    network.program()
    return network


def inputs(layer, n=7):
    return np.random.default_rng(n).uniform(-1, 1, (n, layer.weights.shape[1]))


@pytest.mark.parametrize("kind", ["differential", "balanced", "offset"])
def test_packed_blocks_read_as_the_whole_array_does(kind):
    """All blocks stand in one array that is solved as it is; then all are driven at once."""
    layers = [dense(name, *shape) for name, shape in SHAPES.items()]
    hardware = built(encoding=kind, wires=Wires(**WIRES))
    network = programmed(layers, hardware, strategy=Strategy(packing="diagonal"))
    table = network.placement.table.set_index("layer")
    assert network.placement.arrays == 1
    g, places = np.zeros(ARRAY), {}
    for layer in layers:
        row, col = table.loc[layer.name, ["row0", "col0"]]
        part = conductances(layer.weights / np.abs(layer.weights).max(), kind)
        places[layer.name] = slice(row, row + part.shape[0]), slice(col, col + part.shape[1])
        assert (g[places[layer.name]] == 0).all()
        g[places[layer.name]] = part
    transfer, v = nodal(g, **WIRES), np.zeros((7, ARRAY[0]))
    for layer in layers:
        rows, cols = places[layer.name]
        v[:, rows] = V_READ * inputs(layer)
        alone = V_READ * inputs(layer) @ transfer[rows, cols]
        check(network, layer, kind, alone)
    together = v @ transfer
    for layer in layers:
        check(network, layer, kind, together[:, places[layer.name][1]])


def check(network, layer, kind, i):
    expected = (
        signals(i, kind) * UNIT * np.abs(layer.weights).max() * (2 if kind == "offset" else 1)
    )
    found = network.tiles[layer.name, ""][0](inputs(layer))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


def test_blocks_far_from_the_drivers_lose_more():
    layers = [dense(name, *shape, positive=True) for name, shape in SHAPES.items()]
    alone = programmed(layers, built(wires=Wires(**WIRES)))
    packed = programmed(layers, built(wires=Wires(**WIRES)), strategy=Strategy(packing="diagonal"))
    lost = {}
    for layer in layers:
        x = np.abs(inputs(layer))
        y, z = (net.tiles[layer.name, ""][0](x) for net in (alone, packed))
        lost[layer.name] = 1 - z.sum() / y.sum()
    assert lost["a"] == 0 < 0.005 < lost["b"] < lost["c"]


class Transient:
    """The charging of an array of (rows, cols) S from a step of its sources, node by node."""

    def __init__(self, g, c_word, c_bit, r_word, r_bit, r_source, r_sense):
        m, n = g.shape
        word, bit = numbered(m, n)
        size = word.size + bit.size
        source, ground = size + np.arange(m), size + m + np.arange(n)
        parts = [(word, bit, g), (word[:, :-1], word[:, 1:], 1 / r_word),
                 (bit[:-1], bit[1:], 1 / r_bit), (source, word[:, 0], 1 / r_source),
                 (bit[-1], ground, 1 / r_sense)]  # fmt: skip
        k = laplacian(parts, size + m + n).toarray()
        inner, ends = np.arange(size), source
        c = np.repeat([c_word, c_bit], m * n)[:, None]
        self.final = -np.linalg.solve(k[:size, :size], k[np.ix_(inner, ends)])
        self.decay = -k[:size, :size] / c
        self.sensed = -k[np.ix_(ground, inner)]

    def at(self, t):
        """Currents (rows, cols) A for a step of 1 V of each row, `t` seconds later."""
        left = expm(self.decay * t) @ self.final
        return (self.sensed @ (self.final - left)).T


class Corner:
    """The circuit of a block in the driven and sensed corner of a whole array, as `Transient`."""

    def __init__(self, g, node):
        self.rows, self.cols = g.shape
        whole = np.zeros(tuple(SMALL.values()))
        whole[-self.rows :, : self.cols] = g
        self.circuit = Transient(whole, node.c_word, node.c_bit, **SETTLED)

    def at(self, t):
        return self.circuit.at(t)[-self.rows :, : self.cols]


def test_a_read_settles_as_the_whole_circuit_does():
    """Within the error of two moments, which is largest for the first arrivals; then in full."""
    layer, node = dense("a", 3, 6, positive=True), NODES[130]
    x = np.abs(inputs(layer))
    g = conductances(layer.weights / layer.weights.max(), "differential")
    circuit = Corner(g, node)
    np.testing.assert_allclose(circuit.at(1e-3), nodal(g, **SETTLED), rtol=1e-9)
    gains, wires = [], Wires(**SETTLED)
    full = programmed([layer], built(wires=wires, **SMALL)).tiles["a", ""][0](x)
    times = [2e-12, 1e-11, 4e-11, 1.6e-10, 6e-10, 2e-9, 1e-7]
    for t in times:
        hardware = built(wires=wires, settling=True, t_read=t, **SMALL)
        found = programmed([layer], hardware).tiles["a", ""][0](x)
        expected = signals(V_READ * x @ circuit.at(t), "differential") * UNIT
        expected *= layer.weights.max()
        gains.append((found * full).sum() / (full**2).sum())
        exact = (expected * full).sum() / (full**2).sum()
        assert gains[-1] == pytest.approx(exact, abs=0.17 if exact < 0.35 else 0.035)
    assert (np.diff(gains) > 0).all()
    assert gains[0] < 0.2
    np.testing.assert_allclose(found, full, rtol=1e-9)


def test_a_network_that_reads_in_haste_gives_what_its_circuits_give():
    """Less the shorter the reads of both its layers are, and what is settled in the end."""
    layers = [dense("a", 6, 12, positive=True), dense("b", 4, 6, positive=True)]
    node, wires = NODES[130], Wires(**SETTLED)
    parts = [conductances(one.weights / one.weights.max(), "differential") for one in layers]
    circuits = [Corner(g, node) for g in parts]
    x, sizes = 0.2 * np.abs(inputs(layers[0], 50)), []
    settled = programmed(layers, built(wires=wires, **SMALL))(x)
    for t in (2e-11, 5e-11, 1e-10, 2e-10, 1e-6):
        found = programmed(layers, built(wires=wires, settling=True, t_read=t, **SMALL))(x)
        y = x
        for one, circuit in zip(layers, circuits, strict=True):
            i = V_READ * y @ circuit.at(t)
            y = np.tanh(signals(i, "differential") * UNIT * one.weights.max())
        np.testing.assert_allclose(found, y, rtol=0, atol=0.05 * settled.max())
        sizes.append(found.mean())
    assert (np.diff(sizes) > 0.01).all()
    np.testing.assert_allclose(found, settled, rtol=0, atol=1e-9)
