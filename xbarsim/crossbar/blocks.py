r"""Blocks of cells as seen from their edges, and how two become one.

A block has four ports, each a bundle of line ends: L and R at its word lines, T and B at its bit
lines. At L and B voltages are given and currents asked, at R and T currents are given and voltages
asked; with J the current *into* the block at each port,

.. math::
    \begin{pmatrix} J_L \\ J_B \end{pmatrix} = Y \begin{pmatrix} V_L \\ V_B \end{pmatrix}
        - A^T \begin{pmatrix} J_R \\ J_T \end{pmatrix}, \qquad
    \begin{pmatrix} V_R \\ V_T \end{pmatrix} = A \begin{pmatrix} V_L \\ V_B \end{pmatrix}
        + Z \begin{pmatrix} J_R \\ J_T \end{pmatrix}

By reciprocity Y and Z are symmetric and the two couplings differ in sign only, so ten matrices say
everything: LL, LB, BB of Y, RR, RT, TT of Z, and RL, RB, TL, TB of A. Nothing here is divided by a
wire resistance: zero needs no special case.

Two blocks joined at port x of `a` (R or T) and port y of `b` (L or B) share one bundle of lines,
eliminated by :math:`W = (1 + Z_{xx} Y_{yy})^{-1}`. The eigenvalues of an impedance times an
admittance are not negative, so this exists and is well conditioned at every resistance.
"""

from collections.abc import Iterable
from types import ModuleType

from xbarsim.backend import Array, array_namespace, transposed
from xbarsim.parallel import spread

#: matrices by the ports that they join, each (..., lines of the first, lines of the second)
Block = dict[str, Array]

PAIRS = ("LL", "LB", "BB", "RR", "RT", "TT", "RL", "RB", "TL", "TB")


def cells(g: Array, left: Array, below: Array) -> Block:
    """Every cell a block of its own.

    Parameters
    ----------
    g : (..., rows, cols) S.
    left, below : resistance of the segment to the left of each cell and below it, (rows, cols) ohm.

    Returns
    -------
    Block of matrices (..., rows, cols, 1, 1).
    """
    h = 1.0 / (1.0 + g * (left + below))
    on_word, on_bit = (1.0 + g * below) * h, (1.0 + g * left) * h
    h = g * h
    entries = {
        "LL": h,
        "LB": -h,
        "BB": h,
        "RR": left * on_word,
        "RT": left * below * h,
        "TT": below * on_bit,
        "RL": on_word,
        "RB": left * h,
        "TL": below * h,
        "TB": on_bit,
    }
    return {pair: entry[..., None, None] for pair, entry in entries.items()}


def beside(a: Block, b: Block) -> "Join":
    """`b` to the right of `a`."""
    return Join(a, "R", b, "L", {"L": "a", "R": "b", "T": "ab", "B": "ab"})


def above(a: Block, b: Block) -> "Join":
    """`b` on top of `a`."""
    return Join(a, "T", b, "B", {"L": "ba", "R": "ba", "T": "b", "B": "a"})


class Join:
    """Two blocks as one, the bundle of lines between them eliminated.

    Parameters
    ----------
    a, b : the blocks.
    x, y : the port of `a` (R or T) that is joined to the port of `b` (L or B).
    made_of : which blocks the ports of the result consist of, in order.
    """

    def __init__(self, a: Block, x: str, b: Block, y: str, made_of: dict[str, str]) -> None:
        z, y_y = a[x + x], b[y + y]
        self.xp: ModuleType = array_namespace(z)
        self.blocks, self.port, self.made_of = {"a": a, "b": b}, {"a": x, "b": y}, made_of
        p = z.shape[-1]
        m = self.xp.ascontiguousarray(z @ y_y)
        m.reshape(-1, p * p)[:, :: p + 1] += 1.0
        self.w = self.xp.linalg.inv(m)
        self.middles: dict[str, Array] = {}
        self.through: dict[str, Array] = {}
        self.across: dict[str, Array] = {}

    def middle(self, who: str) -> Array:
        """Y W for block `a`, W Z for `b`."""
        if who not in self.middles:
            a, b = (self._edge(p + self.port[p]) for p in "ab")
            self.middles[who] = _symmetric(b @ self.w if who == "a" else self.w @ a)
        return self.middles[who]

    def block(self, pairs: Iterable[str] = PAIRS) -> Block:
        """The joined block; only the matrices of `pairs` are formed."""
        found = {pair: self._assembled(pair) for pair in pairs}
        self.through, self.across = {}, {}
        return found

    def back(self, weight: Block) -> tuple[Block, Block]:
        r"""How a function of the joined block depends on `a` and on `b`.

        Parameters
        ----------
        weight : E of the joined block, symmetric, with the function's change the sum of E times the
            change of K = [[-Y, A^T], [A, Z]]; named as the matrices of a block, a missing one zero.

        Returns
        -------
        E of `a` and of `b`: with u_a = F u the inputs of a block that follow from those of the
        result, F E F^T.
        """
        weights = _Weights(weight, self)
        of_a, of_b = spread(lambda who: self._back(who, weights), "ab")
        return of_a, of_b

    def _back(self, who: str, weights: "_Weights") -> Block:
        """E of one block; what enters it at the joined lines is G times the other ports' inputs."""
        ports, mine = weights.ports("ab"), self.port[who]
        rows = {"a": -self.middle("a"), "b": -transposed(self.w)}
        if who == "b":
            rows = {"a": self.w, "b": -self.middle("b")}
        g = {p: rows[p[0]] @ self._signed_edge(p) for p in ports}
        seen = {q: _total((g[p], weights.of(p, q)) for p in ports) for q in ports}
        out = {}
        for p in weights.ports(who):
            if seen[p] is not None:
                out.update(_named(mine, p[1], seen[p]))
            for q in weights.ports(who):
                known = weights.of(p, q)
                if p[1] + q[1] in PAIRS and known is not None:
                    out[p[1] + q[1]] = known
        found = _total((seen[q], transposed(g[q])) for q in ports)
        if found is not None:
            out[mine + mine] = _symmetric(found)
        return out

    def _signed_edge(self, p: str) -> Array:
        """The edge of a port with the sign that couples a current to a voltage of `b`."""
        return -self._edge(p) if p[0] == "b" and not _voltage_driven(p) else self._edge(p)

    def _assembled(self, pair: str) -> Array:
        """The matrix of `pair` of the result, from the pieces that its ports are made of."""
        first, second = pair[0], pair[1]
        rows, cols = self.made_of[first], self.made_of[second]
        if len(rows) == len(cols) == 1:
            return self._piece(rows + first, cols + second)
        heights = [self._width(who, first) for who in rows]
        widths = [self._width(who, second) for who in cols]
        like = self.w
        out = self.xp.empty((*like.shape[:-2], sum(heights), sum(widths)), dtype=like.dtype)
        top = 0
        for i, who in enumerate(rows):
            start = 0
            for j, other in enumerate(cols):
                view = out[..., top : top + heights[i], start : start + widths[j]]
                if first == second and j < i:
                    above_diagonal = out[..., start : start + widths[j], top : top + heights[i]]
                    view[...] = transposed(above_diagonal)
                else:
                    self._piece(who + first, other + second, view)
                start += widths[j]
            top += heights[i]
        return out

    def _piece(self, p: str, q: str, out: Array | None = None) -> Array:
        """The matrix between port `p` and port `q`, each named by block and port ("aT")."""
        if p[0] != q[0]:
            return self._crossing(p, q, out)
        who, kind = p[0], _voltage_driven(p) + _voltage_driven(q)
        grows = kind == (2 if who == "a" else 0)
        if p in self.through and q not in self.through:
            change = transposed(self.through[p]) @ self._edge(q)
        else:
            change = transposed(self._edge(p)) @ self._through(q)
        base = _matrix(self.blocks[who], p[1], q[1])
        return (self.xp.add if grows else self.xp.subtract)(base, change, out=out)

    def _crossing(self, p: str, q: str, out: Array | None) -> Array:
        """Between ports of different blocks: one way through the joined lines."""
        if p[0] == "a":
            found = self.xp.matmul(transposed(self._edge(p)), self._across(q), out=out)
        else:
            found = self.xp.matmul(transposed(self._across(p)), self._edge(q), out=out)
        from_a, from_b = (p, q) if p[0] == "a" else (q, p)
        if not _voltage_driven(from_a) and _voltage_driven(from_b):
            found *= -1.0
        return found

    def _edge(self, p: str) -> Array:
        """What the joined lines see of port `p`: (joined lines, lines of p)."""
        return _matrix(self.blocks[p[0]], self.port[p[0]], p[1])

    def _through(self, p: str) -> Array:
        if p not in self.through:
            self.through[p] = self.middle(p[0]) @ self._edge(p)
        return self.through[p]

    def _across(self, p: str) -> Array:
        """The edge of a port of `b` carried over to `a`."""
        if p not in self.across:
            self.across[p] = transposed(self.w) @ self._edge(p)
        return self.across[p]

    def _width(self, who: str, port: str) -> int:
        return int(self._edge(who + port).shape[-1])


class _Weights:
    """The weights of a joined block, piece by piece."""

    def __init__(self, weight: Block, join: Join) -> None:
        self.weight = weight
        self.pieces: dict[str, slice] = {}
        for port, whos in join.made_of.items():
            start = 0
            for who in whos:
                if any(port in pair for pair in weight):
                    width = join._width(who, port)
                    self.pieces[who + port] = slice(start, start + width)
                    start += width

    def ports(self, whos: str) -> list[str]:
        return [p for p in self.pieces if p[0] in whos]

    def of(self, p: str, q: str) -> Array | None:
        pair = p[1] + q[1]
        if pair in self.weight:
            return self.weight[pair][..., self.pieces[p], self.pieces[q]]
        if pair[::-1] in self.weight:
            return transposed(self.weight[pair[::-1]][..., self.pieces[q], self.pieces[p]])
        return None


def _total(products: Iterable[tuple[Array | None, Array | None]]) -> Array | None:
    """Sum of the products of matrices; None is zero."""
    terms = [a @ b for a, b in products if a is not None and b is not None]
    for term in terms[1:]:
        terms[0] += term
    return terms[0] if terms else None


def _named(p: str, q: str, matrix: Array) -> Block:
    return {p + q: matrix} if p + q in PAIRS else {q + p: transposed(matrix)}


def _matrix(block: Block, p: str, q: str) -> Array:
    """The matrix between two ports, without the sign of the coupling."""
    return block[p + q] if p + q in block else transposed(block[q + p])


def _voltage_driven(port: str) -> int:
    return port[-1] in "LB"


def _symmetric(matrix: Array) -> Array:
    matrix = matrix + transposed(matrix)
    matrix *= 0.5
    return matrix
