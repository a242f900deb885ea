"""An array grown from blocks of cells, joined alternately side by side and on top of each other."""

from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, log2, prod
from types import ModuleType
from typing import TypeAlias

from xbarsim.backend import Array, array_namespace, transposed
from xbarsim.crossbar.blocks import PAIRS, Block, Join, above, beside, cells
from xbarsim.crossbar.wires import OPEN, Lines
from xbarsim.errors import BrokenLinesError, SpecError
from xbarsim.parallel import spread

_LEAF = 16  # cells a side that are joined one by one
_BASE = 128  # cells a side that are joined in one task
_SMALL = 64  # cells a side of an array that one task makes
_TASKS = 16  # base blocks that are made before their region is joined

#: rows and columns of leaves
Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Grid:
    """Arrays cut into leaves of one size.

    Parameters
    ----------
    g : (k, rows, cols) S, filled up at the top and at the right with cells that conduct nothing.
    left, below : resistance of the segment to the left of each cell and below it, (rows, cols) ohm.
    right, top : resistance of the far ends of the lines, (rows,) and (cols,) ohm.
    leaf : cells a leaf.
    leaves : leaves of the array.
    base : leaves of a base block, which is made in one task.
    open_right, open_top : whether all these ends are open.
    """

    g: Array
    left: Array
    below: Array
    right: Array
    top: Array
    leaf: Pair
    leaves: Pair
    base: Pair
    open_right: bool
    open_top: bool

    def cells(self, at: Pair, size: Pair) -> tuple[slice, slice]:
        """The cells of `size` leaves from leaf `at` on."""
        rows, cols = (
            slice(a * c, (a + s) * c) for a, s, c in zip(at, size, self.leaf, strict=True)
        )
        return rows, cols


@dataclass
class Tape:
    """What growing leaves behind for the way back: its joins, and the strips of base blocks."""

    joins: dict[tuple[Pair, Pair], Join] = field(default_factory=dict)
    strips: list[tuple[Pair, Pair, list[Join]]] = field(default_factory=list)


def cut(g: Array, lines: Lines) -> Grid:
    """Cut arrays (k, rows, cols) into leaves of one size."""
    xp = array_namespace(g)
    leaf_side = _LEAF if xp.__name__ == "numpy" else 1
    rows, cols = (_cut(side, leaf_side) for side in g.shape[-2:])
    fill_rows, fill_cols = rows[0] * rows[1] - g.shape[-2], cols[0] * cols[1] - g.shape[-1]
    pad = ((fill_rows, 0), (0, fill_cols))
    return Grid(
        g=xp.pad(g, ((0, 0), *pad)),
        left=xp.pad(lines.word[:, :-1], pad),
        below=xp.pad(lines.bit[1:], pad),
        right=xp.pad(lines.word[:, -1], pad[0]),
        top=xp.pad(lines.bit[0], pad[1]),
        leaf=(rows[0], cols[0]),
        leaves=(rows[1], cols[1]),
        base=(_base(*rows), _base(*cols)),
        open_right=bool(xp.isinf(lines.word[:, -1]).all()),
        open_top=bool(xp.isinf(lines.bit[0]).all()),
    )


def _cut(side: int, leaf: int) -> Pair:
    """Size and number (a power of two) of the leaves that cover `side` cells."""
    number = 1 << max(0, ceil(log2(side / leaf)))
    return ceil(side / number), number


def _base(leaf: int, leaves: int) -> int:
    """Leaves a side of a base block: two levels below the whole, at most `_BASE` cells.

    Outer ports of blocks above it are dropped; in small arrays fewer steps matter more.
    """
    size = max(1, leaves // (2 if leaf * leaves <= _SMALL else 4))
    while size > 1 and size * leaf > _BASE:
        size //= 2
    return size


def grown(grid: Grid, tape: Tape | None = None) -> Block:
    """The whole array as a block; ports that nobody can see from outside are left out.

    Raises
    ------
    SpecError : a cell conducts between a broken word line and a broken bit line.
    """
    return _grown(grid, (0, 0), grid.leaves, None, tape)


def _grown(
    grid: Grid, at: Pair, size: Pair, made: dict[Pair, Block] | None, tape: Tape | None
) -> Block:
    """The block of `size` leaves from leaf `at` on, joined from its halves."""
    if made is None and size[0] // grid.base[0] * (size[1] // grid.base[1]) <= _TASKS:
        made = _bases(grid, at, size, tape)
    if made is not None and size == grid.base:
        return made[at]
    at_a, at_b, half = halves(grid, at, size)
    a = _grown(grid, at_a, half, made, tape)
    b = _grown(grid, at_b, half, made, tape)
    join = beside(a, b) if half[0] == size[0] else above(a, b)
    if tape is not None:
        tape.joins[at, size] = join
    return join.block(_asked(grid, at, size))


def halves(grid: Grid, at: Pair, size: Pair) -> tuple[Pair, Pair, Pair]:
    """Where the halves of a block begin, the left or the lower one first, and their size."""
    rows, cols = size
    wide = rows * grid.leaf[0] < cols * grid.leaf[1]
    if cols > grid.base[1] and (rows == grid.base[0] or wide):
        return at, (at[0], at[1] + cols // 2), (rows, cols // 2)
    return (at[0] + rows // 2, at[1]), at, (rows // 2, cols)


def _asked(grid: Grid, at: Pair, size: Pair) -> list[str]:
    """The matrices that somebody will need of a block: at the outer edges much is known."""
    outer = set()
    if at[1] == 0:
        outer.add("LL")
    if at[0] + size[0] == grid.leaves[0]:
        outer.add("BB")
    if grid.open_right and at[1] + size[1] == grid.leaves[1]:
        outer |= {pair for pair in PAIRS if "R" in pair}
    if grid.open_top and at[0] == 0:
        outer |= {pair for pair in PAIRS if "T" in pair}
    return [pair for pair in PAIRS if pair not in outer]


def _bases(grid: Grid, at: Pair, size: Pair, tape: Tape | None) -> dict[Pair, Block]:
    """Every base block of a region, made over the cores, a row of small ones at a time."""
    height, width = grid.base
    step = size[1] if width * grid.leaf[1] < _BASE else width
    corners = [
        (i, j)
        for i in range(at[0], at[0] + size[0], height)
        for j in range(at[1], at[1] + size[1], step)
    ]
    each = map if prod(size) * prod(grid.leaf) <= _SMALL**2 else spread
    made = {}
    strips = each(lambda corner: _strip(grid, corner, (height, step), tape), corners)
    for (i, j), strip in zip(corners, strips, strict=True):
        for k in range(step // width):
            made[i, j + k * width] = {pair: m[:, 0, k] for pair, m in strip.items()}
    return made


def _strip(grid: Grid, at: Pair, size: Pair, tape: Tape | None) -> Block:
    """Base blocks side by side: matrices (arrays, 1, number, ., .)."""
    part = grid.cells(at, size)
    block = leaves(grid.g[:, *part], grid.left[part], grid.below[part], grid.leaf)
    height, width = 1, 1
    joins = []
    while (height, width) != grid.base:
        flat = height * grid.leaf[0] >= width * grid.leaf[1]
        if width < grid.base[1] and (height == grid.base[0] or flat):
            join, width = beside(*_every_other(block, "R")), 2 * width
        else:
            join, height = above(*_every_other(block, "T")), 2 * height
        block = join.block()
        joins.append(join)
    if tape is not None:
        tape.strips.append((at, size, joins))
    return block


def _every_other(block: Block, port: str) -> tuple[Block, Block]:
    """A grid of blocks as the blocks joined at `port` and those that they are joined to."""
    if port == "R":
        return {p: m[:, :, ::2] for p, m in block.items()}, {
            p: m[:, :, 1::2] for p, m in block.items()
        }
    return {p: m[:, 1::2] for p, m in block.items()}, {p: m[:, ::2] for p, m in block.items()}


def leaves(g: Array, left: Array, below: Array, leaf: Pair) -> Block:
    """Blocks of `leaf` cells: matrices (arrays, down, across, ., .).

    Raises
    ------
    SpecError : as `grown`.
    """
    xp = array_namespace(g)
    if xp.__name__ != "numpy":
        if bool(xp.isinf(left).any() | xp.isinf(below).any()):
            raise SpecError("wires hold a broken segment (inf ohm): pass g as a numpy array")
        return cells(g, left, below)
    from xbarsim.crossbar._leaf import grow

    try:
        return grow(g, left, below, leaf)
    except FloatingPointError:
        raise BrokenLinesError(
            "a cell conducts between a word line and a bit line that are both broken right at it; "
            "give one of the two segments a large resistance instead of inf"
        ) from None


@dataclass(frozen=True)
class Terminated:
    """A whole array with the far ends of its lines closed.

    Right ends are fed by the sources as the left ones are, top ends stand at ground as the bottom
    ones do, both through `Grid.right` and `Grid.top`.
    """

    grid: Grid
    root: Block

    @property
    def ends(self) -> str:
        """The ports that are not open."""
        return "R" * (not self.grid.open_right) + "T" * (not self.grid.open_top)

    def transfer(self) -> Array:
        """The transfer matrix, (k, rows, cols) S."""
        t = -self.root["LB"]
        if not self.ends:
            return t
        gain = self.xp.concatenate([self.root[port + "B"] for port in self.ends], axis=-2)
        t = t + transposed(self.from_sources) @ gain
        if "T" in self.ends:
            t = t - transposed(self.from_sources[..., -len(self.grid.top) :, :])
        return t

    @cached_property
    def from_sources(self) -> Array:
        """Current into the far ends for unit voltages of the sources, (k, ends, rows) S."""
        return self._solved("L", {"R": 1.0, "T": 0.0})

    @cached_property
    def from_grounds(self) -> Array:
        """The same for unit voltages of the grounds, (k, ends, cols) S."""
        return self._solved("B", {"R": 0.0, "T": 1.0})

    def _solved(self, port: str, own: dict[str, float]) -> Array:
        drive = [
            own[end] * self.xp.eye(*self.root[end + port].shape[-2:], dtype=self.grid.g.dtype)
            - self.root[end + port]
            for end in self.ends
        ]
        return self.xp.linalg.solve(self._impedance, self.xp.concatenate(drive, axis=-2))

    @cached_property
    def _impedance(self) -> Array:
        """Of the ports that are not open, with their terminations, (k, ends, ends) ohm."""
        pairs = [[first + second for second in self.ends] for first in self.ends]
        rows = [[self._matrix(pair) for pair in row] for row in pairs]
        joined = [self.xp.concatenate(row, axis=-1) for row in rows]
        z = self.xp.ascontiguousarray(self.xp.concatenate(joined, axis=-2))
        far = {"R": self.grid.right, "T": self.grid.top}
        end = self.xp.concatenate([far[port] for port in self.ends])
        end = self.xp.where(self.xp.isinf(end), OPEN[str(z.dtype)], end)
        diagonal = z.reshape(len(z), -1)[:, :: len(end) + 1]
        diagonal += end
        # a line without any resistance stands at its source: whatever it takes changes nothing
        diagonal += diagonal == 0
        return z

    def _matrix(self, pair: str) -> Array:
        return self.root[pair] if pair in self.root else transposed(self.root[pair[::-1]])

    @property
    def xp(self) -> ModuleType:
        """The library that the arrays live in."""
        return array_namespace(self.grid.g)
