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
from xbarsim.crossbar.laws import CellLaw, PolynomialCell, SinhCell
from xbarsim.crossbar.wires import Lines, Wires, check_conductances, lines_of
from xbarsim.errors import ConvergenceError, SpecError

#: tolerances near the rounding of doubles; gmin shunts the nonlinear cells
_OPTIONS = ".options reltol=1e-12 abstol=1e-22 vntol=1e-16 gmin=1e-25 itl1=500"
_PRINTED = re.compile(r"^(\S+) = (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class SpiceSolution:
    """What ngspice found.

    Parameters
    ----------
    i_out : current into each virtual ground, (cols,) A.
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
    title : first line of the netlist.

    Raises
    ------
    SpecError : `g` or `v` cannot be solved, the law has no SPICE form, or the title has more than
        one line.

    Notes
    -----
    Node ``w3_5`` is word line 3 at column 5, ``b3_5`` the bit line beside it; a merged node bears
    the name of its first cell, of its source (``s3``) or of its sense end (``o5``). The current of
    the 0-V source ``vo5`` is the output of bit line 5. Numbers are written so that they read back
    to the last bit. The control block is ngspice's; other simulators skip it.
    """
    g, v = _checked(g, v)
    if "\n" in title:
        raise SpecError(f"title is {title!r}; it must be one line")
    lines = _elements(g, v, lines_of(wires, g.shape), node_names(g.shape, wires), _cell(law))
    if isinstance(target, str | Path):
        with Path(target).open("w", encoding="ascii", errors="replace") as file:
            _write(file, title, lines)
    else:
        _write(target, title, lines)


def solve_with_ngspice(
    g: Array, v: Array, wires: Wires, *, law: CellLaw | None = None, program: str = "ngspice"
) -> SpiceSolution:
    """Operating point of the array `g` driven by `v`, by the external program ngspice.

    Parameters
    ----------
    g, v, wires, law : as `write_spice` says.
    program : name or path of ngspice.

    Raises
    ------
    SpecError : as `write_spice` says.
    FileNotFoundError : `program` is not installed.
    ConvergenceError : ngspice gave no operating point; the message ends with its own last words.
    """
    with tempfile.TemporaryDirectory() as folder:
        deck = Path(folder) / "array.cir"
        write_spice(deck, g, v, wires, law=law)
        run = subprocess.run(
            [program, "-n", "-b", deck.name], cwd=folder, capture_output=True, text=True
        )
    found = {name: float(value) for name, value in _PRINTED.findall(run.stdout)}
    rows, cols = g.shape
    outputs = [f"vo{j}#branch" for j in range(cols)]
    if not all(name in found for name in outputs):
        words = "\n".join((run.stdout + run.stderr).splitlines()[-20:])
        raise ConvergenceError(f"{program} found no operating point; it ended with\n{words}")
    word, bit = node_names((rows, cols), wires)
    return SpiceSolution(
        i_out=np.array([found[name] for name in outputs]),
        v_word=np.vectorize(lambda name: found.get(name, np.nan))(word),
        v_bit=np.vectorize(lambda name: found.get(name, np.nan))(bit),
    )


def node_names(shape: tuple[int, int], wires: Wires) -> tuple[Array, Array]:
    """Names of the word-line and bit-line nodes in the netlist; (rows, cols) text each.

    Raises
    ------
    SpecError : an array of resistances does not fit `shape`.
    """
    lines = lines_of(wires, shape)
    return _names(lines.word, "w", "s"), _names(lines.bit.T, "b", "o", turned=True).T


def _names(ohm: Array, letter: str, end: str, *, turned: bool = False) -> Array:
    """Node names along each of the lines `ohm` (lines, cells + 1); (lines, cells) text.

    Both ends of a line, where joined, are the node `end`; `turned` puts the number of the line last
    in the names of its cells.
    """
    count, cells = ohm.shape[0], ohm.shape[1] - 1
    names = np.empty((count, cells), dtype=object)
    part = np.cumsum(ohm > 0, axis=1)  # number of the merged node each cell belongs to, from 0
    for k in range(count):
        for j in range(cells):
            if part[k, j] == 0 or part[k, j] == part[k, -1]:
                names[k, j] = f"{end}{k}"
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
    return g, v


def _elements(
    g: Array, v: Array, lines: Lines, names: tuple[Array, Array], cell: Any
) -> Iterator[str]:
    """Every line of the netlist between title and analysis."""
    (rows, cols), (word, bit) = g.shape, names
    for i in range(rows):
        yield f"vs{i} s{i} 0 dc {float(v[i])!r}"
    for j in range(cols):
        yield f"vo{j} o{j} 0 dc 0"
    for i in range(rows):
        yield from _segments(f"rw{i}_", lines.word[i], [f"s{i}", *word[i], f"s{i}"])
    for j in range(cols):
        yield from _segments(f"rb{j}_", lines.bit[:, j], [f"o{j}", *bit[:, j], f"o{j}"])
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
