"""Measured figures beside their goals: printed, and kept in a folder."""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree

import machine
import numpy as np


@dataclass
class Figure:
    """One measured thing; `goal` is nan where nothing is aimed at."""

    what: str
    value: float
    unit: str
    sign: str = ">="
    goal: float = np.nan

    def row(self) -> str:
        """A line of the table."""
        if not np.isfinite(self.goal):
            return f"| {self.what} | {self.value:.3g} {self.unit} | | |"
        met = self.value >= self.goal if self.sign == ">=" else self.value <= self.goal
        aim = f"{self.sign} {self.goal:g} {self.unit}"
        return f"| {self.what} | {self.value:.3g} {self.unit} | {aim} | {'yes' if met else 'no'} |"


Part = Callable[[bool], Sequence[Figure]]


def mean(
    what: str,
    values: Sequence[float],
    unit: str = "%",
    sign: str = ">=",
    goal: float = np.nan,
    of: str = "seeds",
) -> Figure:
    """A mean, with each value and the standard error in words.

    Parameters
    ----------
    of : what values are of, one each.
    """
    told = ", ".join(f"{round(value, 9):.4g}" for value in values)
    if len(values) > 1:
        told += f"; standard error {np.std(values, ddof=1) / len(values) ** 0.5:.2g}"
    return Figure(f"{what} ({of} {told})", float(np.mean(values)), unit, sign, goal)


def publish(
    name: str, about: Mapping[str, str], found: Sequence[Figure], folder: Path | None
) -> None:
    """Print a table; write it to `folder` as Markdown, with the numbers as JSON and CSV."""
    text = "\n".join([
        *(f"- {key}: {value}" for key, value in about.items()), "",
        "| what | measured | goal | met |", "| --- | --- | --- | --- |",
        *(figure.row() for figure in found),
    ])  # fmt: skip
    print(text)
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(text + "\n", "utf-8")
    plain = [asdict(figure) for figure in found]
    (folder / f"{name}.json").write_text(json.dumps(plain, indent=1), "utf-8")
    with (folder / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(plain[0]))
        writer.writeheader()
        writer.writerows(plain)


def command(
    name: str,
    about: str,
    quick: str,
    parts: Sequence[Part],
    *,
    resumes: bool = False,
    draw: Callable[[Path], None] | None = None,
) -> None:
    """A benchmark's command line: measure, print, save.

    Parameters
    ----------
    name : of the files.
    about : of the benchmark, of which the first line is shown by ``--help``.
    quick : what ``--quick`` leaves out.
    parts : give the figures, quickly or not, one part after the other.
    resumes : whether parts that are in the folder already are not measured again.
    draw : a picture of what was measured, into a file; it is called what the other files are.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=quick)
    more = "; parts that it holds are not measured again" if resumes else ""
    parser.add_argument("--out", type=Path, help=f"folder for Markdown, JSON and CSV{more}")
    arguments = parser.parse_args()
    measure(name, parts, arguments.quick, arguments.out, resumes=resumes)
    if draw is not None and arguments.out is not None:
        draw(arguments.out / f"{_file(name, arguments.quick)}.svg")


def measure(
    name: str, parts: Sequence[Part], quick: bool, out: Path | None, *, resumes: bool = False
) -> None:
    """Measure parts one after the other; print and save what was found.

    Parameters
    ----------
    resumes : whether parts are kept as they are measured, and those that were are taken from there.
    """
    kept = out / f"{name}.parts" if resumes and out else None
    found = [figure for part in parts for figure in _measured(part, name, quick, kept)]
    told = machine.description()
    if torch := sys.modules.get("torch"):
        told |= {"torch": torch.__version__, "torch's threads": str(torch.get_num_threads())}
    publish(_file(name, quick), told, found, out)
    if kept is not None:
        rmtree(kept)


def held(name: str, quick: bool, out: Path | None) -> bool:
    """Whether a folder has what was measured under a name."""
    return out is not None and (out / f"{_file(name, quick)}.json").exists()


def _file(name: str, quick: bool) -> str:
    """What files are called."""
    return f"{name}.quick" if quick else name


def _measured(part: Part, name: str, quick: bool, kept: Path | None) -> list[Figure]:
    """Figures of a part, which is named on the screen before, shown once it is over, and kept."""
    print((part.__doc__ or "").splitlines()[0], file=sys.stderr)
    home = name if part.__module__ == "__main__" else part.__module__
    file = kept and kept / f"{home}.{part.__name__}{'.quick' if quick else ''}.json"
    if file is not None and file.exists():
        print(f"taken from {file}", file=sys.stderr)
        return [Figure(**figure) for figure in json.loads(file.read_text("utf-8"))]
    found = list(part(quick))
    print(*(figure.row() for figure in found), sep="\n", file=sys.stderr, flush=True)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps([asdict(figure) for figure in found], indent=1), "utf-8")
    return found
