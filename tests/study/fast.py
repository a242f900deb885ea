"""Studies whose trials take no time."""

from pathlib import Path

FAST = """
name: fast
seed: 3
device: {sheet: wan_2022}
array: {rows: 4, cols: 4}
tasks: [{name: cell, kind: array}]
sweep:
  axes: {tasks.cell.v_write: [1 V, 2 V, 3 V]}
  trials: 4
run: {engine: inline}
"""


def rows(trial):
    """What a trial gives: numbers of its own, in which every bit counts."""
    number = int(trial.key, 16) / 7.0
    return [{"task": "cell", "age": 1.0, "access.energy": number, "access.margin": 1 / number}]


def logged(trial):
    """The same, with a line in a file for each time that it is run."""
    with Path("executed").open("a") as file:
        file.write(f"{trial.key}\n")
    return rows(trial)
