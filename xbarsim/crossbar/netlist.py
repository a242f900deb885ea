"""An array as a SPICE netlist, and the answer ngspice gives to it."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from xbarsim.backend import Array, to_numpy
from xbarsim.crossbar.iteration import Ends
from xbarsim.crossbar.laws import CellLaw, PolynomialCell, SinhCell
from xbarsim.crossbar.solve import lines_with
from xbarsim.crossbar.wires import Lines, Wires, check_conductances
from xbarsim.errors import ConvergenceError, SpecError

#: tolerances near the rounding of doubles; gmin shunts the nonlinear cells
_OPTIONS = ".options reltol=1e-12 abstol=1e-22 vntol=1e-16 gmin=1e-25 itl1=500"
_LEAST = 1e-300  # S, of a cell whose resistance a double holds
_PRINTED = re.compile(r"^(\S+) = (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class SpiceSolution:
    """What ngspice found.

    Parameters
    ----------
    i_out : current out of each bit line, at both of its ends, (cols,) A.
    v_word, v_bit : voltages of the word-line and bit-line nodes, (rows, cols) V; NaN at nodes that
        no element joins to another.
    """

    i_out: Array
    v_word: Array
    v_bit: Array


def write_spice(
    target: str | Path | TextIO,
    g: Array,
    v: Array,
    wires: Wires,
    *,
    law: CellLaw | None = None,
    ends: Ends | None = None,
    title: str = "crossbar array",
) -> None:
    """Write the array `g` driven by `v` as a SPICE netlist with its operating-point analysis.

    Parameters
    ----------
    target : path of the file, or a text file open for writing.
    g : cell conductances, (rows, cols) S; a cell of 0 S is left out.
    v : source voltages, (rows,) V.
    wires : line and terminal resistances. What zero ohm joins is one node; a broken segment is left
        out.
    law : law of the cells, `SinhCell` or `PolynomialCell`; ohmic without.
    ends : what the other line ends stand at, as `xbarsim.crossbar.solve` takes it, for one input.
    title : first line of the netlist.

    Raises
    ------
    SpecError : `g`, `v` or `ends` cannot be solved, a cell has no resistance that a double holds,
        a line joins two `ends` without any resistance, the law has no SPICE form, or the title has
        more than one line.

    Notes
    -----
    Node ``w3_5`` is word line 3 at column 5, ``b3_5`` the bit line beside it; a merged node bears
    the name of its first cell, of its source (``s3``) or of its sense end (``o5``). The current of
    the source ``vo5`` is the output of bit line 5. With `ends`, right ends are ``e3`` and top ends
    ``t5``. Numbers are written so that they read back
    to the last bit. The control block is ngspice's; other simulators skip it.
    """
    g, v = _checked(g, v)
    if "\n" in title:
        raise SpecError(f"title is {title!r}; it must be one line")
    circuit = _lines(wires, ends, g.shape)
    names = node_names(g.shape, wires, ends)
    sources = list(_sources(v, ends, circuit))
    lines = _elements(g, sources, circuit, names, _cell(law), _far(ends))
    if isinstance(target, str | Path):
        with Path(target).open("w", encoding="ascii", errors="replace") as file:
            _write(file, title, lines)
    else:
        _write(target, title, lines)


def solve_with_ngspice(
    g: Array,
    v: Array,
    wires: Wires,
    *,
    law: CellLaw | None = None,
    ends: Ends | None = None,
    program: str = "ngspice",
) -> SpiceSolution:
    """Operating point of the array `g` driven by `v`, by the external program ngspice.

    Parameters
    ----------
    g, v, wires, law, ends : as `write_spice` says.
    program : name or path of ngspice.

    Raises
    ------
    SpecError : as `write_spice` says.
    FileNotFoundError : `program` is not installed.
    ConvergenceError : ngspice gave no operating point; the message ends with its own last words.
    """
    g, v = _checked(g, v)
    with tempfile.TemporaryDirectory() as folder:
        deck = Path(folder) / "array.cir"
        write_spice(deck, g, v, wires, law=law, ends=ends)
        run = subprocess.run(
            [program, "-n", "-b", deck.name], cwd=folder, capture_output=True, text=True
        )
    found = {name: float(value) for name, value in _PRINTED.findall(run.stdout)}
    driven = [name for name, *_ in _sources(v, ends, _lines(wires, ends, g.shape))]
    if not all(f"{name}#branch" in found for name in driven if name[1] in "ot"):
        words = "\n".join((run.stdout + run.stderr).splitlines()[-20:])
        raise ConvergenceError(f"{program} found no operating point; it ended with\n{words}")
    word, bit = node_names(g.shape, wires, ends)
    outputs = [[found.get(f"v{end}{j}#branch", 0.0) for end in "ot"] for j in range(g.shape[1])]
    return SpiceSolution(
        i_out=np.sum(outputs, axis=1),
        v_word=np.vectorize(lambda name: found.get(name, np.nan))(word),
        v_bit=np.vectorize(lambda name: found.get(name, np.nan))(bit),
    )


def node_names(
    shape: tuple[int, int], wires: Wires, ends: Ends | None = None
) -> tuple[Array, Array]:
    """Names of the word-line and bit-line nodes in the netlist; (rows, cols) text each.

    Raises
    ------
    SpecError : an array of resistances or `ends` does not fit `shape`.
    """
    lines, (right, top) = _lines(wires, ends, shape), _far(ends)
    word = _names(lines.word, "w", "s", right)
    return word, _names(lines.bit.T, "b", top, "o", turned=True).T


def _far(ends: Ends | None) -> tuple[str, str]:
    """Nodes at the right and at the top: those at the left and at the bottom without `ends`."""
    return ("s", "o") if ends is None else ("e", "t")


def _lines(wires: Wires, ends: Ends | None, shape: tuple[int, int]) -> Lines:
    lines = lines_with(wires, ends, shape)
    if ends is not None and lines.joins_ends:
        raise SpecError("a line without any resistance joins two of the ends; give it some")
    return lines


def _sources(v: Array, ends: Ends | None, lines: Lines) -> Iterator[tuple[str, str, float]]:
    """Name, node and voltage of every source."""
    rows, cols = lines.word.shape[0], lines.bit.shape[1]
    sides = [("s", v, lines.word[:, 0])]
    if ends is None:
        sides.append(("o", np.zeros(cols), lines.bit[-1]))
    else:
        sides.append(("e", _one(ends.right, rows), lines.word[:, -1]))
        sides.append(("o", _one(ends.bottom, cols), lines.bit[-1]))
        sides.append(("t", _one(ends.top, cols), lines.bit[0]))
    for end, volts, ohms in sides:
        for k in np.flatnonzero(np.isfinite(ohms)):
            yield f"v{end}{k}", f"{end}{k}", float(volts[k])


def _one(volts: Any, lines: int) -> Array:
    """Voltages of line ends for one input, (lines,)."""
    given = np.asarray(to_numpy(volts), dtype=float)
    if given.ndim == 2 and len(given) != 1:
        raise SpecError(f"ends are for {len(given)} inputs; a netlist holds one")
    return np.broadcast_to(given, (1, lines))[0]


def _names(ohm: Array, letter: str, near: str, far: str, *, turned: bool = False) -> Array:
    """Node names along each of the lines `ohm` (lines, cells + 1); (lines, cells) text.

    What is joined to an end of a line is the node `near` or `far`; `turned` puts the number of the
    line last in the names of its cells.
    """
    count, cells = ohm.shape[0], ohm.shape[1] - 1
    names = np.empty((count, cells), dtype=object)
    part = np.cumsum(ohm > 0, axis=1)  # number of the merged node each cell belongs to, from 0
    for k in range(count):
        for j in range(cells):
            if part[k, j] == 0 or part[k, j] == part[k, -1]:
                names[k, j] = f"{far if part[k, j] else near}{k}"
            elif j and part[k, j] == part[k, j - 1]:
                names[k, j] = names[k, j - 1]
            else:
                names[k, j] = f"{letter}{j}_{k}" if turned else f"{letter}{k}_{j}"
    return names


def _checked(g: Any, v: Any) -> tuple[Array, Array]:
    g, v = np.asarray(to_numpy(g), dtype=float), np.asarray(to_numpy(v), dtype=float)
    if g.ndim != 2:
        raise SpecError(f"g has shape {g.shape}; a netlist holds one array, (rows, cols)")
    check_conductances(g)
    if v.shape != g.shape[:1]:
        raise SpecError(f"v has shape {v.shape}; it must be (rows,) = {g.shape[:1]}")
    if not np.isfinite(v).all():
        i = int(np.argmin(np.isfinite(v)))
        raise SpecError(f"v[{i}] is {v[i]:g} V; it must be finite")
    if g.max() > 0 and (least := g[g > 0].min()) < _LEAST:
        raise SpecError(f"g holds {least:g} S; a netlist holds 0 S, or at least {_LEAST:g} S")
    return g, v


def _elements(
    g: Array,
    sources: list[tuple[str, str, float]],
    lines: Lines,
    names: tuple[Array, Array],
    cell: Any,
    far: tuple[str, str],
) -> Iterator[str]:
    """Every line of the netlist between title and analysis."""
    (rows, cols), (word, bit), (right, top) = g.shape, names, far
    for name, node, volt in sources:
        yield f"{name} {node} 0 dc {volt!r}"
    for i in range(rows):
        yield from _segments(f"rw{i}_", lines.word[i], [f"s{i}", *word[i], f"{right}{i}"])
    for j in range(cols):
        yield from _segments(f"rb{j}_", lines.bit[:, j], [f"{top}{j}", *bit[:, j], f"o{j}"])
    for i, j in np.argwhere(g > 0):
        yield cell(f"{i}_{j}", float(g[i, j]), word[i, j], bit[i, j])


def _segments(name: str, ohm: Array, nodes: list[str]) -> Iterator[str]:
    for k in np.flatnonzero((ohm > 0) & np.isfinite(ohm)):
        if nodes[k] != nodes[k + 1]:
            yield f"{name}{k} {nodes[k]} {nodes[k + 1]} {float(ohm[k])!r}"


def _cell(law: CellLaw | None) -> Any:
    """How a cell is written: a function of its number, conductance and two nodes."""
    if law is None:
        return lambda number, g, a, b: f"rc{number} {a} {b} {1 / g!r}"
    if isinstance(law, SinhCell):
        return lambda number, g, a, b: (
            f"bc{number} {a} {b} i={g / law.beta!r}*sinh({law.beta!r}*v({a},{b}))"
        )
    if isinstance(law, PolynomialCell):
        return lambda number, g, a, b: (
            f"bc{number} {a} {b} i={g!r}*{_power_series(law.coefficients, f'v({a},{b})')}"
        )
    raise SpecError(
        f"law is {type(law).__name__}; a netlist can hold SinhCell and PolynomialCell, or ohmic "
        "cells (law=None)"
    )


def _power_series(coefficients: tuple[float, ...], u: str) -> str:
    """The series nested: a power of a negative number is not the same in every SPICE."""
    nested = "1"
    if coefficients:
        nested = f"{coefficients[-1]!r}"
        for a in reversed((1.0, *coefficients[:-1])):
            nested = f"({a!r}+{u}*{nested})"
    return f"{u}*{nested}"


def _write(file: TextIO, title: str, lines: Iterator[str]) -> None:
    file.write(f"* {title}\n")
    file.writelines(f"{line}\n" for line in lines)
    file.write(f"{_OPTIONS}\n.control\nset numdgt=16\nop\nprint all\n.endc\n.end\n")
