"""How a function of the transfer matrix depends on every cell and segment: back down the tree."""

from xbarsim.backend import Array, array_namespace, transposed
from xbarsim.crossbar.blocks import PAIRS, Block, Join
from xbarsim.crossbar.tree import Grid, Pair, Tape, Terminated, grown, halves
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
    tape = Tape()
    whole = Terminated(grid, grown(grid, tape))
    t = whole.transfer()
    root = _root(whole, weight)
    bases: dict[Pair, Block] = {}
    _descend(grid, (0, 0), grid.leaves, root, tape, bases)
    dg, left, below = (xp.empty_like(grid.g) for _ in range(3))

    def strip(item: tuple[Pair, Pair, list[Join]]) -> None:
        at, size, joins = item
        part = (slice(None), *grid.cells(at, size))
        found = _strip_back(grid, at, size, joins, bases)
        for out, piece in zip((dg, left, below), found, strict=True):
            out[part] = piece

    spread(strip, tape.strips)
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


def _descend(
    grid: Grid, at: Pair, size: Pair, weight: Block, tape: Tape, bases: dict[Pair, Block]
) -> None:
    """From E of a block to E of every base block in it."""
    if size == grid.base:
        bases[at] = weight
        return
    at_a, at_b, half = halves(grid, at, size)
    of_a, of_b = tape.joins.pop((at, size)).back(weight)
    _descend(grid, at_a, half, of_a, tape, bases)
    _descend(grid, at_b, half, of_b, tape, bases)


def _strip_back(
    grid: Grid, at: Pair, size: Pair, joins: list[Join], bases: dict[Pair, Block]
) -> tuple[Array, Array, Array]:
    """From E of base blocks side by side to the derivatives by their cells and segments."""
    width = grid.base[1]
    weight = _side_by_side(grid, [bases[at[0], at[1] + k] for k in range(0, size[1], width)])
    for join in reversed(joins):
        weight = _interleaved(join, *join.back(weight))
    part = grid.cells(at, size)
    g, left, below = grid.g[:, *part], grid.left[part], grid.below[part]
    from xbarsim.crossbar._leaf import give_back

    return give_back(weight, g, left, below, grid.leaf)


def _side_by_side(grid: Grid, blocks: list[Block]) -> Block:
    """E of base blocks in one block of matrices (k, 1, number, ., .), zeros filled in."""
    xp = array_namespace(grid.g)
    rows, cols = (b * c for b, c in zip(grid.base, grid.leaf, strict=True))
    lines = {"L": rows, "R": rows, "T": cols, "B": cols}
    out = {}
    for pair in PAIRS:
        shape = (len(grid.g), 1, len(blocks), lines[pair[0]], lines[pair[1]])
        out[pair] = xp.zeros(shape, dtype=grid.g.dtype)
        for k, block in enumerate(blocks):
            if pair in block:
                out[pair][:, 0, k] = block[pair]
    return out


def _interleaved(join: Join, of_a: Block, of_b: Block) -> Block:
    """E of the blocks of a grid, from those of every other one."""
    xp = join.xp
    out = {}
    for pair, first in of_a.items():
        second = of_b[pair]
        k, down, across = first.shape[:3]
        if join.port["a"] == "R":
            whole = xp.empty((k, down, 2 * across, *first.shape[3:]), dtype=first.dtype)
            whole[:, :, ::2], whole[:, :, 1::2] = first, second
        else:
            whole = xp.empty((k, 2 * down, across, *first.shape[3:]), dtype=first.dtype)
            whole[:, 1::2], whole[:, ::2] = first, second
        out[pair] = whole
    return out
