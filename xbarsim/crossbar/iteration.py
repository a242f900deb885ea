"""Node voltages of one array after another, by line-preconditioned conjugate gradients.

Bit-line voltages are the unknowns; word lines are eliminated exactly, line by line, and the bit
lines with their cells as shunts are the preconditioner. With M the bit lines and N what the word
lines feed back, the iteration needs the inverse of M and N, never M itself, so nothing is divided
by a wire resistance.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from xbarsim.backend import Array, array_namespace, require_memory, to_numpy, transposed
from xbarsim.crossbar.wires import Lines, bounded
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.parallel import blas_threads, once, pieces, spread

_SMALL = 16384  # cells times problems below which threads cost more than they save

#: cells, resistances and drives as `_sweeps.solve_many` takes them
_Circuit: TypeAlias = tuple[Array, Array, Array, tuple[Array, ...]]
#: bit-line voltages, word-line voltages, cell currents, (k, rows, cols)
_Nodes: TypeAlias = tuple[Array, Array, Array]

RTOL = 1e-9  # a bound; the outputs are about ten times closer
MAX_ITERATIONS = 5000
_SHORT = 1e4  # conductance times resistance from which voltages across cells lose decimals
#: V, smallest and largest of sources: their squares neither vanish nor overflow
_LEAST, _MOST = 1e-100, 1e100


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Voltage of every line end, V; of no account (and perhaps nan) where the line is open.

    An end that is not given stands at 0 V: it is driven, not open.

    Parameters
    ----------
    left, right : of word lines, (rows,) or (k, rows), or one number.
    top, bottom : of bit lines, (cols,) or (k, cols), or one number.
    """

    left: Array = 0.0
    right: Array = 0.0
    top: Array = 0.0
    bottom: Array = 0.0


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """A solved array.

    Parameters
    ----------
    v_word, v_bit : node voltages, (k, rows, cols) V.
    i_cell : current of each cell from word line to bit line, sources beside it included, A.
    ends, lines : what it was driven by.
    residual : bound of the error of the current that leaves any bit line, over the largest such
        current, 1; of the problem where it is largest. Where all such currents cancel, over a
        millionth of what the cells of a bit line carry.
    iterations : the most that any problem took.
    """

    v_word: Array
    v_bit: Array
    i_cell: Array
    ends: Ends
    lines: Lines
    residual: float
    iterations: int

    @once
    def i_word_left(self) -> Array:
        """Current into the array at the left ends, (k, rows) A."""
        return _shared(self.lines.word, self.ends.left - self.ends.right, self.i_cell)

    @once
    def i_word_right(self) -> Array:
        """Current into the array at the right ends, (k, rows) A."""
        return self.i_cell.sum(axis=-1) - self.i_word_left

    @once
    def i_top(self) -> Array:
        """Current out of the array at the top ends, (k, cols) A."""
        driven = self.ends.bottom - self.ends.top
        return _shared(self.lines.bit.T, driven, transposed(self.i_cell))

    @once
    def i_bottom(self) -> Array:
        """Current out of the array at the bottom ends, (k, cols) A."""
        return self.i_cell.sum(axis=-2) - self.i_top

    @once
    def i_word(self) -> Array:
        """Currents in the segments of the word lines, from left to right, (k, rows, cols + 1) A."""
        return _passed(self.i_word_left, self.i_cell)

    @once
    def i_bit(self) -> Array:
        """Currents in the segments of the bit lines, downwards, (k, rows + 1, cols) A."""
        return -transposed(_passed(self.i_top, transposed(self.i_cell)))


def line_solve(
    g: Array,
    lines: Lines,
    ends: Ends,
    *,
    injected: Array | None = None,
    start: Array | None = None,
    rtol: float = RTOL,
    max_iterations: int = MAX_ITERATIONS,
) -> Nodes:
    """Solve k problems, over the cores.

    Parameters
    ----------
    g : conductances, (rows, cols) S of all problems or (k, rows, cols), numpy; taken as float64.
    lines : resistances, with any line end open, joined (0 ohm) or in between.
    ends : voltages of the line ends; k follows from the shapes given.
    injected : current sources beside the cells, from word line to bit line, (k, rows, cols) A.
    start : bit-line voltages to start from, (k, rows, cols) V; zero if None.
    rtol : accepted `Nodes.residual`, above 0 and below 1.

    Raises
    ------
    SpecError : cells conduct between lines none of which leads to a line end, a line without any
        resistance joins two voltages, or shapes disagree.
    ResourceError : it would not fit into memory.
    ConvergenceError : `rtol` is not reached.
    """
    check_rtol(rtol)
    g = np.ascontiguousarray(g, dtype=float)
    rows, cols = g.shape[-2:]
    ends, k = _broadcast(ends, g, injected, start)
    check_paths(g, lines)
    _check_shorts(lines, ends)
    lacking = 8.0 * rows * cols * (3 * k + 6 * min(k, blas_threads()) + 2)
    require_memory(lacking, f"solving an array of {(rows, cols)} for {k} inputs")
    v_bit, v_word, i_cell = np.zeros((k, rows, cols)), *np.empty((2, k, rows, cols))
    if start is not None:
        v_bit[...] = start
    circuit = _circuit(g if g.ndim > 2 else g[None], lines, ends, injected)
    nodes = (v_bit, v_word, i_cell)
    result = _compiled(circuit, nodes, start is not None, rtol, max_iterations)
    steps, worst = result.max(axis=0, initial=0.0).tolist()
    if not worst <= rtol:
        raise ConvergenceError(
            f"an error of {worst:.2g} of the largest bit-line current is left over after "
            f"{steps:.0f} iterations; {rtol:.2g} was asked for: conductances up to "
            f"{float(g.max()):.3g} S and resistances are too far apart"
        )
    worst = max(worst, _rounding(g, lines, nodes))
    if not worst <= rtol:
        raise ConvergenceError(
            f"currents of cells of up to {float(g.max()):.3g} S among resistances of up to "
            f"{lines.extremes[1]:.3g} ohm are differences of voltages that leave an error of "
            f"{worst:.2g} of the largest bit-line current; {rtol:.2g} was asked for"
        )
    return Nodes(
        v_word=v_word,
        v_bit=v_bit,
        i_cell=i_cell,
        ends=ends,
        lines=lines,
        residual=worst,
        iterations=int(steps),
    )


def _rounding(g: Array, lines: Lines, nodes: _Nodes) -> float:
    """Error of the currents from rounding voltages, over the largest bit-line current."""
    largest = float(g.max(initial=0.0))
    if largest * lines.extremes[1] < _SHORT:
        return 0.0
    v_bit, v_word, i_cell = nodes
    volts = np.maximum(np.abs(v_bit), np.abs(v_word)).reshape(len(v_bit), -1).max(axis=1)
    currents = np.abs(i_cell.sum(axis=-2)).max(axis=-1)
    carried = np.abs(i_cell).sum(axis=-2).max(axis=-1)
    currents = np.maximum(currents, 1e-6 * carried)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.finfo(float).eps * largest * volts / currents
    return float(np.nan_to_num(found, nan=0.0).max(initial=0.0))


def check_rtol(rtol: float) -> None:
    """Refuse a tolerance that no answer meets, or any.

    Raises
    ------
    SpecError : it is not above 0 and below 1.
    """
    if not 0 < rtol < 1:
        raise SpecError(f"rtol is {rtol!r}; it must be above 0 and below 1")


def check_volts(volts: Array, name: str) -> None:
    """Refuse voltages that the solver cannot square.

    Parameters
    ----------
    volts : of the sources of each problem, (..., lines) V.
    name : what the message calls them.

    Raises
    ------
    SpecError : a value is not finite, or the largest of a problem, where it is not 0, lies outside
        1e-100..1e100 V.
    """
    xp = array_namespace(volts)
    largest = xp.asarray(xp.abs(volts).max(axis=-1), dtype=float)
    fits = (largest == 0) | (largest >= _LEAST) & (largest <= _MOST)
    if fits.all():
        return
    if bool(xp.isfinite(volts).all()):
        raise SpecError(
            f"the largest voltage of {name} is {float(largest[~fits].flat[0]):g} V; it must be 0 V "
            f"or within {_LEAST:g}..{_MOST:g} V"
        )
    raise SpecError(f"{name} holds {int((~xp.isfinite(volts)).sum())} voltages that are not finite")


def _circuit(g: Array, lines: Lines, ends: Ends, injected: Array | None) -> _Circuit:
    """Cells, resistances and drives as the compiled solver takes them."""
    word, bit = lines.bounded
    sources = np.empty((0, 0, 0)) if injected is None else np.ascontiguousarray(injected, float)
    right, top = ends.right / word[:, -1], ends.top / bit[0]
    return g, word, bit, (ends.left, right, top, ends.bottom, sources)


def _compiled(circuit: _Circuit, nodes: _Nodes, warm: bool, rtol: float, limit: int) -> Array:
    """Solve all problems in place, the cores sharing them; steps and errors left, (k, 2)."""
    from xbarsim.crossbar._sweeps import factors, factors_room, room, solve_many

    g, word, bit, ends = circuit
    k, shape = len(nodes[0]), g.shape[1:]
    result, alike = np.empty((k, 2)), len(g) == 1
    if nodes[0].size < _SMALL or k == 1:
        own = room(shape)
        solve_many(g, word, bit, ends, nodes, own, own[:2], False, warm, rtol, limit, result)
        return result
    shared = factors_room(shape)
    if alike:
        factors(g[0], word, bit, *shared, np.empty((2, shape[1])))

    def part(chosen: slice) -> None:
        cells = g if alike else g[chosen]
        drive = tuple(side[chosen] if len(side) > 1 else side for side in ends)
        places, own, found = tuple(array[chosen] for array in nodes), room(shape), result[chosen]
        solve_many(cells, word, bit, drive, places, own, shared, alike, warm, rtol, limit, found)

    spread(part, pieces(k))
    return result


def volts_of(ends: Ends, shape: tuple[int, int]) -> dict[str, Array]:
    """The voltages of `ends` by their names, each a number, (lines,) or (k, lines) V, numpy.

    Raises
    ------
    SpecError : one does not fit an array of `shape`.
    """
    rows, cols = shape
    given = {}
    for name, length in (("left", rows), ("right", rows), ("top", cols), ("bottom", cols)):
        given[name] = volts = np.asarray(to_numpy(getattr(ends, name)), float)
        if volts.ndim > 2 or (volts.ndim and volts.shape[-1] != length):
            raise SpecError(f"ends.{name} has shape {volts.shape}; expected (k, {length})")
    return given


def _broadcast(
    ends: Ends, g: Array, injected: Array | None, start: Array | None
) -> tuple[Ends, int]:
    """All ends as (k, lines), and the number of problems.

    Raises
    ------
    SpecError : shapes that disagree.
    """
    rows, cols = g.shape[-2:]
    lines = {"left": rows, "right": rows, "top": cols, "bottom": cols}
    given = volts_of(ends, (rows, cols))
    lengths = {len(volts) for volts in given.values() if volts.ndim == 2}
    for name, array in (("g", g), ("injected", injected), ("start", start)):
        if array is not None and array.shape[-2:] != g.shape[-2:]:
            raise SpecError(f"{name} has shape {array.shape}; expected (k, {g.shape[-2:]})")
        if array is not None and array.ndim == 3:
            lengths.add(len(array))
    k = 0 if 0 in lengths else max(lengths, default=1)
    if lengths - {1, k}:
        raise SpecError(f"g, ends, injected and start are for {sorted(lengths)} problems")
    whole = {name: _filled(given[name], (k, lines[name])) for name in ("left", "top", "bottom")}
    alike = ends.right is ends.left
    return Ends(**whole, right=whole["left"] if alike else _filled(given["right"], (k, rows))), k


def _filled(volts: Array, shape: tuple[int, int]) -> Array:
    """Voltages of all line ends of all problems; 0 V where they are of no account."""
    whole = np.empty(shape)
    whole[...] = volts
    if np.isnan(whole.sum()):
        whole[np.isnan(whole)] = 0.0
    return whole


def _shared(ohms: Array, driven: Array, i_cell: Array) -> Array:
    """Current at the near ends of lines: what a voltage between the ends drives and cells draw.

    Parameters
    ----------
    ohms : (lines, n + 1), the near end first.
    driven : voltage of the near end over the far one, (k, lines) V.
    i_cell : (k, lines, n) A.
    """
    behind = np.cumsum(bounded(ohms, -1)[:, ::-1], axis=-1)[:, ::-1]
    total = behind[:, 0]
    found = driven / total + np.einsum("kln,ln->kl", i_cell, behind[:, 1:] / total[:, None])
    return np.where(np.isinf(ohms[:, 0]), 0.0, found)


def _passed(near: Array, drawn: Array) -> Array:
    """Currents in segments: `near` (k, lines) less what the nodes before draw, (k, lines, n) A."""
    near = near[..., None]
    return np.concatenate([near, near - np.cumsum(drawn, axis=-1)], axis=-1)


def check_paths(g: Array, lines: Lines) -> None:
    """Refuse cells that conduct between lines without a path to any line end.

    Raises
    ------
    SpecError : names the first such cell.
    """
    if lines.whole:
        return
    word, bit = np.isinf(lines.word), np.isinf(lines.bit)
    conducts = (g if g.ndim == 2 else g.any(axis=0)) > 0
    floating = _floating(conducts, ~word, ~bit) & conducts
    if floating.any():
        i, j = (int(x) for x in np.argwhere(floating)[0])
        raise SpecError(
            f"cell ({i}, {j}) conducts, but neither its word line nor its bit line has a path to a "
            f"driven, grounded or sensed end ({int(floating.sum())} such cells)"
        )


def _check_shorts(lines: Lines, ends: Ends) -> None:
    """Refuse lines without any resistance between two different voltages.

    Raises
    ------
    SpecError : names the first such line.
    """
    if not lines.joins_ends:
        return
    word, bit = lines.joined
    for name, joined, near, far in (
        ("word line", word, ends.left, ends.right),
        ("bit line", bit, ends.top, ends.bottom),
    ):
        shorted = joined & (near != far)
        if shorted.any():
            k, line = (int(x) for x in np.argwhere(shorted)[0])
            raise SpecError(
                f"{name} {line} has no resistance and stands at {near[k, line]:g} V at one end and "
                f"at {far[k, line]:g} V at the other; give it a resistance or both ends one voltage"
            )


def _floating(conducts: Array, word: Array, bit: Array) -> Array:
    """Cells (rows, cols) whose word-line node has no path to a line end."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    m, n = conducts.shape
    w = np.arange(m * n).reshape(m, n)
    b, end = w + m * n, 2 * m * n
    links = [
        (w[:, :-1][word[:, 1:-1]], w[:, 1:][word[:, 1:-1]]),
        (b[:-1][bit[1:-1]], b[1:][bit[1:-1]]),
        (w[conducts], b[conducts]),
    ]
    for nodes in (w[word[:, 0], 0], w[word[:, -1], -1], b[0, bit[0]], b[-1, bit[-1]]):
        links.append((nodes, np.full(len(nodes), end)))
    first, second = (np.concatenate(side) for side in zip(*links, strict=True))
    graph = coo_matrix((np.ones(len(first)), (first, second)), shape=(end + 1, end + 1))
    label = connected_components(graph, directed=False)[1]
    return (label[w] != label[end]).reshape(m, n)
