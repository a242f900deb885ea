"""An array grown from blocks of cells, joined alternately side by side and on top of each other."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from math import ceil, log2, prod
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from xbarsim.backend import Array, array_namespace, transposed
from xbarsim.crossbar.blocks import PAIRS, Block, Join, above, beside, cells
from xbarsim.crossbar.wires import OPEN, Lines
from xbarsim.errors import BrokenLinesError, ConvergenceError, SpecError
from xbarsim.parallel import blas_threads, once, single_threaded_blas, spread

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_LEAF = 64  # cells a side of compiled blocks
_ONE = 32  # cells a side of an array that is a single one
_BASE = 128  # cells a side up to which a GPU joins all blocks of a region together
_REGION = 16  # such blocks in a region
TOGETHER = 65536  # cells of small arrays that are grown together; a larger one takes all cores
_ON_GPU = 2**22  # the same on a GPU, which needs much to do at once; about 1 GB
_ALONE = 256  # lines up to which blocks are joined faster by one core than by all

R = TypeVar("R")
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
    compiled : whether leaves are made by compiled code, one by one.
    base : leaves of a base block; those of a region are made at the same time.
    open_right, open_top : whether all these ends are open.
    sources : whether somebody wants the admittance between the left ends of the word lines.
    """

    g: Array
    left: Array
    below: Array
    right: Array
    top: Array
    leaf: Pair
    leaves: Pair
    compiled: bool
    base: Pair
    open_right: bool
    open_top: bool
    sources: bool = False

    def cells(self, at: Pair, size: Pair) -> tuple[slice, slice]:
        """The cells of `size` leaves from leaf `at` on."""
        rows, cols = (
            slice(a * c, (a + s) * c) for a, s, c in zip(at, size, self.leaf, strict=True)
        )
        return rows, cols


#: joins by where the joined block begins and its size, for the way back
Tape: TypeAlias = dict[tuple[Pair, Pair], Join]


def cut(g: Array, lines: Lines, *, compiled: bool = True, sources: bool = False) -> Grid:
    """Cut arrays (k, rows, cols) into leaves of one size.

    Parameters
    ----------
    compiled : whether leaves of numpy's arrays are compiled; cupy's cells are all joined as arrays.
    sources : as in `Grid`.
    """
    xp = array_namespace(g)
    compiled = compiled and xp is np
    if not compiled and bool(xp.isinf(lines.word[:, :-1]).any() | xp.isinf(lines.bit[1:]).any()):
        raise SpecError("wires hold a broken segment (inf ohm): pass g as a numpy array")
    rows, cols = (_cut(side, _LEAF if compiled else 1) for side in g.shape[-2:])
    if compiled and rows[1] * cols[1] == 1:
        rows, cols = _halved(rows[0], cols[0])
    fill_rows, fill_cols = rows[0] * rows[1] - g.shape[-2], cols[0] * cols[1] - g.shape[-1]
    pad = ((fill_rows, 0), (0, fill_cols))

    def filled(array: Array, *sides: Pair) -> Array:
        return xp.pad(array, sides) if fill_rows or fill_cols else array

    return Grid(
        g=filled(g, (0, 0), *pad),
        left=filled(lines.word[:, :-1], *pad),
        below=filled(lines.bit[1:], *pad),
        right=filled(lines.word[:, -1], pad[0]),
        top=filled(lines.bit[0], pad[1]),
        leaf=(rows[0], cols[0]),
        leaves=(rows[1], cols[1]),
        compiled=compiled,
        base=(1, 1) if compiled else (_base(rows[1]), _base(cols[1])),
        open_right=bool(xp.isinf(lines.word[:, -1]).all()),
        open_top=bool(xp.isinf(lines.bit[0]).all()),
        sources=sources,
    )


def _cut(side: int, leaf: int) -> Pair:
    """Size and number (a power of two) of the leaves that cover `side` cells."""
    number = 1 << max(0, ceil(log2(side / leaf)))
    return ceil(side / number), number


def _halved(rows: int, cols: int) -> tuple[Pair, Pair]:
    """Sizes and numbers of the leaves of an array that one could hold: two if worth a task each."""
    if max(rows, cols) <= _ONE:
        return (rows, 1), (cols, 1)
    if rows > cols:
        return _cut(rows, ceil(rows / 2)), (cols, 1)
    return (rows, 1), _cut(cols, ceil(cols / 2))


def _base(leaves: int) -> int:
    """Leaves a side of a base block: two levels below the whole, for outer ports are dropped."""
    return min(_BASE, max(1, leaves // 4))


def grown(grid: Grid, tape: Tape | None = None) -> Block:
    """The whole array as a block; ports that nobody can see from outside are left out.

    Raises
    ------
    SpecError : a cell conducts between a broken word line and a broken bit line.
    ConvergenceError : numbers overflow.
    """
    *upper, parts = levels(grid)
    blocks = spread(lambda part: _grown(grid, *part, None, tape), parts)
    for level in reversed(upper):
        pairs = zip(level, blocks[::2], blocks[1::2], strict=True)
        blocks = [_joined(grid, *part, a, b, tape) for part, a, b in pairs]
    return blocks[0]


def blas_for(shape: Pair) -> "AbstractContextManager[None]":
    """What to grow an array of `shape` within: small ones leave the BLAS at one thread."""
    return single_threaded_blas() if min(shape) <= _ALONE else nullcontext()


def together(number: int, shape: Pair, xp: ModuleType = np) -> tuple[int, int]:
    """How many arrays of a `shape` are grown together, and how many times so many at once."""
    cells = prod(shape)
    if xp is not np:
        return min(number, max(1, _ON_GPU // cells)), 1
    each = min(number, max(1, TOGETHER // cells))
    return each, 1 if cells > TOGETHER else min(blas_threads(), -(-number // each))


def by_parts(
    function: Callable[[slice], R], number: int, shape: Pair, xp: ModuleType = np
) -> list[R]:
    """`function` of some of a number of arrays after others, small ones over the cores."""
    each, _ = together(number, shape, xp)
    over = map if xp is not np or prod(shape) > TOGETHER else spread
    with blas_for(shape):
        return list(over(function, [slice(k, k + each) for k in range(0, number, each)]))


def levels(grid: Grid) -> list[list[tuple[Pair, Pair]]]:
    """The whole, its halves, theirs, until there is a part for each core: corners and sizes."""
    found = [[((0, 0), grid.leaves)]]
    cores = blas_threads() if grid.base == (1, 1) else 1
    while len(found[-1]) < cores and found[-1][0][1] != grid.base:
        found.append(
            [
                (corner, half)
                for at, size in found[-1]
                for *corners, half in [halves(grid, at, size)]
                for corner in corners
            ]
        )
    return found


def _grown(
    grid: Grid, at: Pair, size: Pair, made: dict[Pair, Block] | None, tape: Tape | None
) -> Block:
    """The block of `size` leaves from leaf `at` on, joined from its halves."""
    if size == grid.base and grid.compiled:
        return _leaf(grid, at)
    if made is None and not grid.compiled and prod(size) <= _REGION * prod(grid.base):
        made = _bases(grid, at, size)
    if made is not None and size == grid.base:
        return made[at]
    at_a, at_b, half = halves(grid, at, size)
    a = _grown(grid, at_a, half, made, tape)
    b = _grown(grid, at_b, half, made, tape)
    return _joined(grid, at, size, a, b, tape)


def halves(grid: Grid, at: Pair, size: Pair) -> tuple[Pair, Pair, Pair]:
    """Where the halves of a block begin, the left or the lower one first, and their size."""
    rows, cols = size
    wide = rows * grid.leaf[0] < cols * grid.leaf[1]
    if cols > grid.base[1] and (rows == grid.base[0] or wide):
        return at, (at[0], at[1] + cols // 2), (rows, cols // 2)
    return (at[0] + rows // 2, at[1]), at, (rows // 2, cols)


def _joined(grid: Grid, at: Pair, size: Pair, a: Block, b: Block, tape: Tape | None) -> Block:
    """A block from its halves."""
    join = beside(a, b) if halves(grid, at, size)[2][0] == size[0] else above(a, b)
    if tape is not None:
        tape[at, size] = join
    return join.block(_asked(grid, at, size))


def _asked(grid: Grid, at: Pair, size: Pair) -> list[str]:
    """The matrices that somebody will need of a block: at the outer edges much is known."""
    outer = set()
    if at[1] == 0 and not grid.sources:
        outer.add("LL")
    if at[0] + size[0] == grid.leaves[0]:
        outer.add("BB")
    if grid.open_right and at[1] + size[1] == grid.leaves[1]:
        outer |= {pair for pair in PAIRS if "R" in pair}
    if grid.open_top and at[0] == 0:
        outer |= {pair for pair in PAIRS if "T" in pair}
    return [pair for pair in PAIRS if pair not in outer]


def _bases(grid: Grid, at: Pair, size: Pair) -> dict[Pair, Block]:
    """Every base block of a region, all joined at the same time."""
    part = grid.cells(at, size)
    block = cells(grid.g[:, *part], grid.left[part], grid.below[part])
    height, width = 1, 1
    while (height, width) != grid.base:
        flat = height * grid.leaf[0] >= width * grid.leaf[1]
        if width < grid.base[1] and (height == grid.base[0] or flat):
            join, width = beside(*_every_other(block, "R")), 2 * width
        else:
            join, height = above(*_every_other(block, "T")), 2 * height
        block = join.block()
    return {
        (at[0] + i * height, at[1] + j * width): {pair: m[:, i, j] for pair, m in block.items()}
        for i in range(size[0] // height)
        for j in range(size[1] // width)
    }


def _every_other(block: Block, port: str) -> tuple[Block, Block]:
    """A grid of blocks as the blocks joined at `port` and those that they are joined to."""
    if port == "R":
        return {p: m[:, :, ::2] for p, m in block.items()}, {
            p: m[:, :, 1::2] for p, m in block.items()
        }
    return {p: m[:, 1::2] for p, m in block.items()}, {p: m[:, ::2] for p, m in block.items()}


def _leaf(grid: Grid, at: Pair) -> Block:
    """A compiled leaf."""
    from xbarsim.crossbar._leaf import grow

    part = grid.cells(at, (1, 1))
    try:
        return grow(grid.g[:, *part], grid.left[part], grid.below[part])
    except FloatingPointError:
        raise BrokenLinesError(
            "a cell conducts between a word line and a bit line that are both broken right at it; "
            "call solve, or give one of the two segments 1e8 ohm instead of inf"
        ) from None
    except np.linalg.LinAlgError:
        raise beyond(grid.g) from None


def beyond(g: Array) -> ConvergenceError:
    """What to raise where numbers overflow."""
    single = g.dtype == np.float32
    return ConvergenceError(
        f"{g.dtype} cannot hold the transfer matrix: conductances up to {float(g.max()):.3g} S "
        "and the resistances of the wires overflow together" + ". Pass g as float64" * single
    )


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

    def admittance(self) -> Array:
        """Between the sources, (k, rows, rows) S; asked for with `Grid.sources`."""
        found = self.root["LL"]
        if not self.ends:
            return found
        return found + transposed(self._driven("L", {"R": 1.0, "T": 0.0})) @ self.from_sources

    @once
    def from_sources(self) -> Array:
        """Current into the far ends for unit voltages of the sources, (k, ends, rows) S."""
        return self._solved("L", {"R": 1.0, "T": 0.0})

    @once
    def from_grounds(self) -> Array:
        """The same for unit voltages of the grounds, (k, ends, cols) S."""
        return self._solved("B", {"R": 0.0, "T": 1.0})

    def _solved(self, port: str, own: dict[str, float]) -> Array:
        return self.xp.linalg.solve(self._impedance, self._driven(port, own))

    def _driven(self, port: str, own: dict[str, float]) -> Array:
        """What stands over the far ends, as long as they carry nothing, by volts at `port`."""
        drive = [
            own[end] * self.xp.eye(*self.root[end + port].shape[-2:], dtype=self.grid.g.dtype)
            - self.root[end + port]
            for end in self.ends
        ]
        return self.xp.concatenate(drive, axis=-2)

    @once
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
