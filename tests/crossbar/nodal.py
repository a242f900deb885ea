"""Dense nodal analysis of a wired array, written from the circuit alone.

Every node and every resistor is spelt out; a resistance of zero merges its two nodes. It shares
nothing with the engine and is meant to be read, not to be fast.
"""

import numpy as np


class Circuit:
    """Resistors between named nodes; nodes joined by zero ohm are one."""

    def __init__(self):
        self.parent = {}
        self.conductors = []

    def root(self, node):
        self.parent.setdefault(node, node)
        while self.parent[node] != node:
            node = self.parent[node]
        return node

    def resistor(self, a, b, ohm):
        a, b = self.root(a), self.root(b)
        if ohm == 0:
            self.parent[a] = b
        elif ohm < np.inf:
            self.conductors.append((a, b, 1 / ohm))

    def voltages(self, held):
        """Voltage of every node when the nodes in `held` stand at the given voltages."""
        names = sorted({self.root(n) for n in list(self.parent)}, key=str)
        number = {name: k for k, name in enumerate(names)}
        laplacian = np.zeros((len(names), len(names)))
        for a, b, siemens in self.conductors:
            p, q = number[self.root(a)], number[self.root(b)]
            laplacian[[p, q], [p, q]] += siemens
            laplacian[[p, q], [q, p]] -= siemens
        x = np.zeros(len(names))
        fixed = {number[self.root(node)]: volt for node, volt in held.items()}
        x[list(fixed)] = list(fixed.values())
        free = [k for k in range(len(names)) if k not in fixed]
        if free:
            known = laplacian[np.ix_(free, list(fixed))] @ x[list(fixed)]
            x[free] = np.linalg.solve(laplacian[np.ix_(free, free)], -known)
        return {node: x[number[self.root(node)]] for node in self.parent}


def nodal_analysis(g, v, wires):
    """Output currents (n,), word-line and bit-line voltages (m, n) of one array under one input."""
    m, n = g.shape
    word, bit = np.broadcast_to(wires.r_word, (m, n - 1)), np.broadcast_to(wires.r_bit, (m - 1, n))
    source, sense = np.broadcast_to(wires.r_source, m), np.broadcast_to(wires.r_sense, n)
    circuit = Circuit()
    for i in range(m):
        circuit.resistor(("source", i), ("word", i, 0), source[i])
        for j in range(n - 1):
            circuit.resistor(("word", i, j), ("word", i, j + 1), word[i, j])
        if wires.sides == 2:
            circuit.resistor(("source", i), ("word", i, n - 1), source[i])
    for j in range(n):
        for i in range(m - 1):
            circuit.resistor(("bit", i, j), ("bit", i + 1, j), bit[i, j])
        circuit.resistor(("bit", m - 1, j), ("ground", j), sense[j])
        if wires.sense_sides == 2:
            circuit.resistor(("bit", 0, j), ("ground", j), sense[j])
    for i in range(m):
        for j in range(n):
            if g[i, j] > 0:
                circuit.resistor(("word", i, j), ("bit", i, j), 1 / g[i, j])
    held = {("source", i): v[i] for i in range(m)} | {("ground", j): 0.0 for j in range(n)}
    x = circuit.voltages(held)
    word = np.array([[x["word", i, j] for j in range(n)] for i in range(m)])
    bit = np.array([[x["bit", i, j] for j in range(n)] for i in range(m)])
    return (g * (word - bit)).sum(axis=0), word, bit
