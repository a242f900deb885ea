"""Times the exact circuit beside its peers on the same arrays, in one process, and checks goals.

    python benchmarks/crossbar.py [--sizes 64,128] [--quick] [--full] [--out DIR]

Every figure is the fastest of interleaved rounds, on the threads that the libraries take by
themselves. Errors are against the nodal equations solved in extended precision.
"""

import argparse
import sys
from pathlib import Path

import machine
import ours
import peers
import report
from cases import Case
from goals import Results

SIZES = "64,128,256,512,1024,2048"
#: largest arrays of the nonlinear solve and of the gradient
LARGEST_EXTRA = 512


def main() -> None:
    """Measure, print, save."""
    arguments = _arguments()
    if arguments.memory_of:
        print(*machine.memory_of(arguments.memory_of))
        return
    about = machine.description()
    results = Results()
    results.single |= machine.rates()
    for side in (int(size) for size in arguments.sizes.split(",")):
        print(f"{side} cells a side", file=sys.stderr)
        results.by_side[side] = measure(side, full=arguments.full)
    results.single |= ours.read()
    if not arguments.quick:
        results.single |= ours.stack() | machine.memory()
    print(report.markdown(about, results))
    if arguments.out:
        report.save(arguments.out, about, results)


def measure(side: int, *, full: bool) -> dict[str, float]:
    """Every figure of one size."""
    case = Case(side)
    figures = ours.linear(case)
    if side <= LARGEST_EXTRA:
        figures |= ours.nonlinear(case) | ours.gradient(case)
    for peer in peers.chosen(side, full=full):
        figures |= peer(case)
    return figures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", help=f"cells a side; {SIZES}, and with --quick 64,128,256")
    parser.add_argument("--quick", action="store_true", help="no stack of arrays, no memory")
    parser.add_argument("--full", action="store_true", help="badcrossbar also at 1024 (many GB)")
    parser.add_argument("--out", type=Path, help="folder for Markdown, JSON, CSV and a figure")
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.sizes = arguments.sizes or ("64,128,256" if arguments.quick else SIZES)
    return arguments


if __name__ == "__main__":
    main()
