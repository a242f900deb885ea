"""Arrays of cells written down again from Ohm and Kirchhoff, with nothing of the engine in it.

Weights are (out, in), conductances (rows, cols) S: an input is a row. Arrays are driven at column 0
and sensed at the last row.
"""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

V_READ = 0.2  # V
WINDOW = 1e-6, 40e-6  # S
_MEANS = {"differential": 1.0, "balanced": 1.0, "offset": 2.0}  # of a difference of columns


def conductances(w, kind, window=WINDOW):
    """(in, cols) of weights (out, in) over the largest."""
    low, high = window
    if kind == "differential":
        parts = [np.maximum(w, 0), np.maximum(-w, 0)]
    elif kind == "balanced":
        parts = [(1 + w) / 2, (1 - w) / 2]
    else:
        parts = [(1 + w) / 2]
    cells = np.stack(parts, axis=1).reshape(-1, w.shape[1])
    if kind == "offset":
        cells = np.vstack([np.full(w.shape[1], 0.5), cells])
    return low + (high - low) * cells.T


def signals(i, kind):
    """What is converted: differences of columns, (..., out) A."""
    if kind == "offset":
        return i[..., 1:] - i[..., :1]
    return i[..., 0::2] - i[..., 1::2]


def pieces(w, kind, rows, cols):
    """The parts of a matrix that arrays hold, as inputs and outputs of each."""
    out, n = w.shape
    held = cols - 1 if kind == "offset" else cols // 2
    ins = np.array_split(np.arange(n), -(-n // rows))
    outs = np.array_split(np.arange(out), -(-out // held))
    return [(i, o) for i in ins for o in outs]


def nodal(g, r_word, r_bit, r_source=0.0, r_sense=0.0):
    """Currents (rows, cols) A into the sensed ends for 1 V on each row alone; all else grounded."""
    m, n = g.shape
    word, bit = numbered(m, n)
    ends = word.size + bit.size
    source, ground = ends + np.arange(m), ends + m + np.arange(n)
    if r_source == 0:
        word[:, 0] = source
    if r_sense == 0:
        bit[-1] = ground
    found = [
        (word, bit, g),
        (word[:, :-1], word[:, 1:], 1 / r_word),
        (bit[:-1], bit[1:], 1 / r_bit),
    ]
    if r_source:
        found.append((source, word[:, 0], 1 / r_source))
    if r_sense:
        found.append((bit[-1], ground, 1 / r_sense))
    k = laplacian(found, ends + m + n)
    used = np.setdiff1d(np.concatenate([word.ravel(), bit.ravel()]), np.r_[source, ground])
    used = used[k.diagonal()[used] > 0]
    inner = splu(k[used][:, used].tocsc()).solve(-k[used][:, source].toarray())
    into = k[ground][:, used] @ inner + k[ground][:, source].toarray()
    return -np.asarray(into).T


def numbered(m, n):
    """Numbers of the nodes of word lines and of bit lines at each cell, (m, n) each."""
    return np.arange(m * n).reshape(m, n), m * n + np.arange(m * n).reshape(m, n)


def laplacian(resistors, size):
    """Conductances between nodes, from (node, node, siemens) that broadcast."""
    flat = [np.broadcast_arrays(*part) for part in resistors]
    p, q, y = (np.concatenate([part[k].ravel() for part in flat]) for k in range(3))
    rows, cols = np.concatenate([p, q, p, q]), np.concatenate([p, q, q, p])
    return sparse.csr_array((np.concatenate([y, y, -y, -y]), (rows, cols)), (size, size))


def steps(bits, signed):
    return 2 ** (bits - 1) - 1 if signed else 2**bits - 1


def quantised(x, full, bits, signed):
    """To the nearest level; in the unit of `x`."""
    n = steps(bits, signed)
    return np.round(np.clip(x / full, -1.0 if signed else 0.0, 1.0) * n) * full / n


def gaussian(rng, absolute, relative=0.0):
    """What programming makes of conductances: normal errors, cut off at zero."""

    def programmed(g):
        spread = np.hypot(absolute, relative * g)
        return np.maximum(g + spread * rng.standard_normal(g.shape), 0)

    return programmed


class Layer:
    """A matrix on arrays, read through wires and converters.

    `cells` makes the conductances of an array of what they should be, `bits` are those of the
    converters of inputs and of signals; None is exact.
    """

    def __init__(self, w, b, kind, size, cells=lambda g: g, ohm=0.0, bits=None, window=WINDOW):
        self.kind, self.b, self.bits, self.full = kind, b, bits, None
        self.unit = _MEANS[kind] * np.abs(w).max() / (V_READ * (window[1] - window[0]))
        self.parts = []
        for ins, outs in pieces(w, kind, *size):
            g = cells(conductances(w[np.ix_(outs, ins)] / np.abs(w).max(), kind, window))
            self.parts.append((ins, outs, nodal(g, ohm, ohm) if ohm else g))

    def signals(self, x):
        """Outputs and their signals, (inputs, outputs), of each array."""
        if self.full is not None:
            x = quantised(x, self.full[0], self.bits[0], False)
        return [(o, signals(V_READ * x[:, i] @ t, self.kind)) for i, o, t in self.parts]

    def calibrate(self, x):
        if self.bits is None:
            return
        self.full = np.abs(x).max(), 1.0
        self.full = self.full[0], max(np.abs(s).max() for _, s in self.signals(x))

    def __call__(self, x):
        y = np.tile(self.b, (len(x), 1))
        for outs, s in self.signals(x):
            if self.bits is not None:
                s = quantised(s, self.full[1], self.bits[1], True)
            y[:, outs] += self.unit * s
        return y


class Perceptron:
    """Rectified layers, the last one as it is; `layers` are weights and biases of each."""

    def __init__(self, layers, kind, size, **settings):
        self.exact = layers
        self.layers = [Layer(w, b, kind, size, **settings) for w, b in layers]

    def calibrate(self, x):
        """Ranges from what layers are given in software."""
        for layer, (w, b) in zip(self.layers, self.exact, strict=True):
            layer.calibrate(x)
            x = np.maximum(x @ w.T + b, 0)

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = np.maximum(layer(x), 0)
        return self.layers[-1](x)
