"""What can be wrong between the axes and rules of a sweep, beyond what each of them says."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from xbarsim.errors import SpecError, suggestion
from xbarsim.scenario.conditions import Places, Point, check_wanted, matches, value_at
from xbarsim.scenario.groups import Group
from xbarsim.scenario.sweep_spec import SweepSpec, WhenSpec


def overlaps(groups: list[Group], blocks: list[list[Group]], places: Places) -> list[str]:
    """Faults of paths that are swept twice, or that a later axis would replace."""
    of_all = [(path, at) for group in groups for path, at in group.where.items()]
    faults = [*overlapping(of_all, places)]
    for block in blocks:
        own = [(path, at) for group in block for path, at in group.where.items()]
        faults += [f for f in overlapping([*of_all, *own], places) if f not in faults]
    return faults


def overlapping(swept: Sequence[tuple[str, str]], places: Places) -> Iterator[str]:
    """The same of paths, each with its dotted place in the scenario, in order."""
    for (first, there), (second, here) in itertools.combinations(swept, 2):
        if places[first] == places[second]:
            yield f"{here}: swept twice; {there} sweeps it, too"
        elif places.inside(first, second):
            yield f"{here}: replaces {first}, which {there} sweeps; put {second} before it"


def faults_of_rules(
    spec: SweepSpec, groups: list[Group], blocks: list[list[Group]], places: Places
) -> Iterator[str]:
    """Faults of exclusions and conditions that no point is needed for."""
    so_far = [path for group in groups for path in group.where]
    for k, block in enumerate(spec.when):
        for path, wanted in block.if_.items():
            where = f"sweep.when.{k}.if.{path}"
            yield from _faults_of_pair(where, wanted)
            yield from _faults_of_path(where, path, so_far, blocks[k:], places)
        so_far += [path for group in blocks[k] for path in group.where]
        if not blocks[k]:
            yield f"sweep.when.{k}: sweeps nothing; give it axes, zip or sample"
    for k, rule in enumerate(spec.exclude):
        for path, wanted in rule.items():
            where = f"sweep.exclude.{k}.{path}"
            yield from _faults_of_pair(where, wanted)
            if places.carrier(path, so_far) is None:
                yield f"{where}: is not swept{suggestion(path, so_far)}"


def _faults_of_pair(where: str, wanted: Any) -> Iterator[str]:
    try:
        check_wanted(wanted)
    except SpecError as error:
        yield f"{where}: {error}"


def _faults_of_path(
    where: str, path: str, before: list[str], later: list[list[Group]], places: Places
) -> Iterator[str]:
    """Faults of the path that a condition names."""
    below = [p for p in before if places.inside(p, path) and places[p] != places[path]]
    if below:
        yield f"{where}: holds {below[0]}, which is swept; name that"
        return
    for group in (group for block in later for group in block):
        for swept, at in group.where.items():
            if places.inside(path, swept):
                yield f"{where}: is swept by {at}, which does not come before"
                return
    if places.carrier(path, before) is None:
        try:
            places.value(path, {})
        except SpecError as error:
            told = suggestion(path, before) if "unknown" not in str(error) else ""
            said = str(error).partition(": ")[2]
            yield f"{where}: is not swept, and in the file: {said}{told}"


def sweeps_again(path: str, groups: list[Group], places: Places) -> bool:
    """Whether groups sweep `path`, or replace it."""
    return any(places.inside(path, own) for group in groups for own in group.where)


def never_met(found: list[Point], k: int, block: WhenSpec, places: Places) -> Iterator[str]:
    """Says of a condition that no point meets it, and what values there are."""
    for path, wanted in block.if_.items():
        there = [value_at(path, point, places) for point in found]
        if len(block.if_) > 1 and any(matches(value, wanted) for value in there):
            continue
        told = list(dict.fromkeys("none" if v is None else str(v) for v in there))
        listed = ", ".join(told[:8]) + (", ..." if len(told) > 8 else "")
        yield f"sweep.when.{k}.if.{path}: no point has {wanted!r}; there is {listed}"
        return
    yield f"sweep.when.{k}.if: no point has all of these values at once"
