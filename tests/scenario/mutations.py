"""Scenario files that went wrong as files do: another value, a missing key, a stray sign."""

import copy
import random
from functools import cache
from typing import Any

from xbarsim.documents import read_yaml, yaml_text
from xbarsim.errors import SpecError

#: values that stand where they do not belong
ODD: list[Any] = [
    None, "", [], {}, -1, 0, 1, 2.5, 1e308, -1e308, 10**30, float("nan"), float("inf"), True,
    False, "abc", "1 ohm", "1e400 ohm", "nan V", "-5 V", "3 s", "1 furlong", "µ", "a.b", "𝒳" * 5,
    "x" * 500, "2024-01-01", "0x10", "1_000", "~", "\0", "{}", "{x}", "%", "../x", "/", "tasks.0",
    [1], [[]], [None], ["a", "b"], {"a": 1}, {"kind": "mlp"}, {"kind": "zzz"}, {"values": []},
    {1: 2},
    {None: 1}, {True: 1}, {"linspace": {"from": 0, "to": 1, "num": 3}},
    {"linspace": {"from": 0, "to": 1, "num": -3}}, {"range": {"from": 0, "to": 1e9, "step": 1}},
    {"uniform": {"from": 0, "to": 1}}, {"uniform": {"from": 1, "to": 0}},
    {"choice": []}, {"normal": {"mean": 0, "sd": -1}}, {"integers": {"from": 1, "to": 10**20}},
]  # fmt: skip
#: paths, and values and axes for them, of options on the command line
PATHS = [
    "array.rows", "array.cols", "array.v_read", "array.adc.bits", "array.wires", "temperature",
    "tasks.cell.scheme", "tasks.0", "tasks", "ages", "seed", "sweep", "sweep.when", "sweep.when.0",
    "sweep.when.0.if", "sweep.sample.num", "sweep.sample", "sweep.exclude.0", "search",
    "search.points", "search.axes", "sensitivity", "sensitivity.num", "run.cluster", "a..b", "",
]  # fmt: skip
VALUES: list[Any] = [
    *ODD, 8, [4, 8], [0.1, 0.2], ["V/2", "V/3"],
    {"random": {"num": 2, "uniform": {"from": 1, "to": 2}}},
]  # fmt: skip
#: keys that are added where they may not belong
KEYS: list[Any] = [
    "a", "kind", "sweep", "name", 3, "axes", "if", "sample", "when", "zip", "search", "num",
    "sensitivity", "random", "seed", "cluster", "array.rows", "tasks.cell", "a..b", "",
]  # fmt: skip
_SIGNS = [
    *"{}[]:,&*!|>%@`\t\n\0-?#'\"0e.~=\x85\u2028é",
    "<<: ", "!!python/object ", "&a ", "*a", "? ", "--- ", "%YAML 1.1\n", "1e", ": :",
]  # fmt: skip


def mutated(text: str, rng: random.Random) -> str:
    """`text`, a scenario, with one fault or a few."""
    if rng.random() < 0.3:
        return _garbled(text, rng)
    data = copy.deepcopy(_data(text))
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        _spoil(data, rng)
    return yaml_text(data)


@cache
def _data(text: str) -> Any:
    return read_yaml(text, "scenario").data


def _spoil(data: Any, rng: random.Random) -> None:
    """Change one place of `data`."""
    places = _places(data)
    if not places:
        return
    parent, key = rng.choice(places)
    how = rng.choice(["odd", "odd", "odd", "gone", "moved", "renamed", "added"])
    if how == "odd":
        parent[key] = copy.deepcopy(rng.choice(ODD))
    elif how == "gone":
        del parent[key]
    elif how == "moved":
        other, its = rng.choice(places)
        parent[key] = copy.deepcopy(other[its])
    elif how == "added":
        _add(parent, rng)
    elif isinstance(parent, dict):
        parent[_misspelt(str(key), rng)] = parent.pop(key)


def _places(data: Any) -> list[tuple[Any, Any]]:
    """Every mapping or list below `data` with each of its keys."""
    if not isinstance(data, dict | list):
        return []
    keys = list(data) if isinstance(data, dict) else list(range(len(data)))
    return [found for key in keys for found in [(data, key), *_places(data[key])]]


def _add(parent: Any, rng: random.Random) -> None:
    value = copy.deepcopy(rng.choice(ODD))
    if isinstance(parent, list):
        parent.append(value)
    else:
        parent[rng.choice(KEYS)] = value


def _misspelt(key: str, rng: random.Random) -> Any:
    k = rng.randrange(len(key) + 1)
    return rng.choice([key[:k] + key[k + 1 :], f"{key[:k]}x{key[k:]}", f"{key}.a", key.upper(), 7])


def _garbled(text: str, rng: random.Random) -> str:
    """`text` with signs and lines that were lost, doubled or put in."""
    for _ in range(rng.choice([1, 1, 2, 5])):
        k, lines = rng.randrange(len(text) + 1), text.split("\n")
        row = rng.randrange(len(lines))
        how = rng.choice(["lost", "sign", "doubled", "without", "moved", "cut"])
        if how == "lost":
            text = text[:k] + text[k + rng.randrange(1, 20) :]
        elif how == "sign":
            text = text[:k] + rng.choice(_SIGNS) + text[k:]
        elif how == "cut":
            text = text[:k]
        else:
            changed = {"doubled": [lines[row]] * 2, "without": [], "moved": ["  " + lines[row]]}
            text = "\n".join([*lines[:row], *changed[how], *lines[row + 1 :]])
    return text


def options(rng: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """What ``--set`` and ``--sweep`` may say beside a file: mostly nothing."""

    def some() -> dict[str, Any]:
        number = rng.choice([0, 0, 0, 1, 2])
        return {rng.choice(PATHS): copy.deepcopy(rng.choice(VALUES)) for _ in range(number)}

    return some(), some()


def cases(texts: list[str], first: int, number: int) -> list[tuple[int, str]]:
    """`number` spoilt scenarios with their seeds, less those that cannot be written as YAML."""
    out = []
    for seed in range(first, first + number):
        rng = random.Random(seed)
        try:
            out.append((seed, mutated(rng.choice(texts), rng)))
        except (SpecError, ValueError, TypeError):  # yaml_text refuses what is no YAML
            continue
    return out
