"""Measured figures beside their goals: printed, and kept in a folder."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

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
