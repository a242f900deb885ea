"""How a function of the transfer matrix depends on every cell and segment: back down the tree."""

from xbarsim.backend import Array, array_namespace, transposed
from xbarsim.crossbar.blocks import PAIRS, Block
from xbarsim.crossbar.tree import Grid, Pair, Tape, Terminated, grown, halves, levels
from xbarsim.crossbar.wires import Lines
from xbarsim.parallel import spread

#: derivatives by every cell, (k, rows, cols), by all resistances together for the k arrays, and the
#: transfer matrices, (k, rows, cols)
Slopes = tuple[Array, Lines, Array]


def slopes(grid: Grid, weight: Array) -> Slopes:
    """Derivatives of the sum of `weight` times the transfer matrix.

    Parameters
    ----------
    grid : the arrays, made of numpy's.
    weight : (k, rows, cols), as large as the arrays in `grid`.

    Notes
    -----
    Reverse-mode differentiation of the joins of `xbarsim.crossbar.tree`: about twice its cost,
    whatever the number of inputs that `weight` was summed over. All joins are kept meanwhile.
    """
    xp = array_namespace(weight)
    tape: Tape = {}
    whole = Terminated(grid, grown(grid, tape))
    t = whole.transfer()
    root = _root(whole, weight)
    dg, left, below = (xp.empty_like(grid.g) for _ in range(3))

    def down(at: Pair, size: Pair, weight: Block) -> None:
        if size == grid.base:
            part = grid.cells(at, size)
            found = _of_leaf(grid, part, weight)
            for out, piece in zip((dg, left, below), found, strict=True):
                out[:, *part] = piece
            return
        for half in _halves(grid, at, size, weight, tape):
            down(*half)

    *upper, _ = levels(grid)
    parts = [((0, 0), grid.leaves, root)]
    for _ in upper:
        parts = [half for part in parts for half in _halves(grid, *part, tape)]
    spread(lambda part: down(*part), parts)
    far = {"R": xp.zeros(len(grid.right)), "T": xp.zeros(len(grid.top))}
    for port in whole.ends:
        far[port] = xp.einsum("kii->i", root[port + port])
    word = xp.concatenate([left.sum(axis=0), far["R"][:, None]], axis=1)
    bit = xp.concatenate([far["T"][None, :], below.sum(axis=0)], axis=0)
    return dg, Lines(word, bit), t


def _root(whole: Terminated, weight: Array) -> Block:
    """E of the whole array, see `blocks.Join.back`."""
    out = {"LB": 0.5 * weight}
    if not whole.ends:
        return out
    start = 0
    rows: dict[str, tuple[Array, Array]] = {}
    for port in whole.ends:
        lines = whole.root[port + "B"].shape[-2]
        part = slice(start, start + lines)
        rows[port] = (whole.from_sources[..., part, :], whole.from_grounds[..., part, :])
        start += lines
    back = transposed(weight)
    for port, (sources, grounds) in rows.items():
        out[port + "L"] = 0.5 * grounds @ back
        out[port + "B"] = 0.5 * sources @ weight
        for other, (others, other_grounds) in rows.items():
            if port + other in PAIRS:
                pair = sources @ weight @ transposed(other_grounds) + grounds @ transposed(
                    weight
                ) @ transposed(others)
                out[port + other] = 0.5 * pair
    return out


def _halves(
    grid: Grid, at: Pair, size: Pair, weight: Block, tape: Tape
) -> list[tuple[Pair, Pair, Block]]:
    """From E of a block to E of its halves."""
    at_a, at_b, half = halves(grid, at, size)
    of_a, of_b = tape.pop((at, size)).back(weight)
    return [(at_a, half, of_a), (at_b, half, of_b)]


def _of_leaf(grid: Grid, part: tuple[slice, slice], weight: Block) -> tuple[Array, Array, Array]:
    """From E of a leaf to the derivatives by its cells and segments."""
    from xbarsim.crossbar._leaf import give_back

    return give_back(weight, grid.g[:, *part], grid.left[part], grid.below[part])
