"""The sweep grammar: axes, zipped axes, samples, conditions and exclusions to a list of points.

Axes multiply; the axes of one ``zip`` group move together and count as one, and so do those of a
sample. Blocks of ``when`` multiply only the points that meet their condition, in their order. All
is counted before it is made.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

from xbarsim.documents import Place
from xbarsim.errors import SpecError
from xbarsim.scenario.conditions import Places, matches, meets
from xbarsim.scenario.conditions import Point as Point
from xbarsim.scenario.groups import Group, groups_of, sound, streams_of
from xbarsim.scenario.paths import get_path as get_path
from xbarsim.scenario.paths import set_path as set_path
from xbarsim.scenario.sweep_faults import faults_of_rules, never_met, overlaps, sweeps_again
from xbarsim.scenario.sweep_spec import SweepSpec, WhenSpec

_FEW = 200  # values of an axis that are looked at for their own faults


def points(sweep: Mapping[str, Any], data: Mapping[str, Any] | None = None) -> list[Point]:
    """Every point of a sweep, in order; one empty point where nothing is swept.

    Parameters
    ----------
    sweep : as a scenario has it.
    data : the scenario as plain data; its seed decides random values, and conditions may name what
        stands in it.

    Raises
    ------
    SpecError : everything that is wrong, each named by its path in the scenario; more points than
        ``max_points``, before any is made.
    """
    places = Places(data or {})
    spec, faults = sound(sweep)
    streams = streams_of(places.data)
    groups = groups_of(spec, "sweep", streams, faults)
    blocks = [
        groups_of(block, f"sweep.when.{k}", streams, faults) for k, block in enumerate(spec.when)
    ]
    faults += overlaps(groups, blocks, places)
    if not faults:
        faults += [*faults_of_rules(spec, groups, blocks, places)]
    if faults:
        raise SpecError(faults)
    _check_size(math.prod(group.count for group in groups), spec)
    found = _product(groups)
    for k, (block, own) in enumerate(zip(spec.when, blocks, strict=True)):
        found = _with_block(found, k, block, own, spec, places)
    kept = [p for p in found if not any(_excludes(rule, p, places) for rule in spec.exclude)]
    if not kept:
        raise SpecError("sweep.exclude: no point is left")
    return kept


def spread(sweep: Mapping[str, Any], data: Mapping[str, Any]) -> list[Point]:
    """Few points that hold every value of every sound axis, however faulty the sweep is elsewhere.

    For the faults of the values themselves, where `points` has none to give. Axes of more than
    `_FEW` values are left out, and so are those of conditions that none of the points meets.
    """
    spec, faults = sound(sweep)
    streams, places = streams_of(data), Places(data)
    found = _diagonal(groups_of(spec, "sweep", streams, faults)) or [{}]
    for k, block in enumerate(spec.when):
        own = _diagonal(groups_of(block, f"sweep.when.{k}", streams, faults))
        met = next((point for point in found if meets(block.if_, point, places)), None)
        found += [{**met, **extra} for extra in own if met is not None]
    return found


def _diagonal(groups: list[Group]) -> list[Point]:
    """As many points as the longest group has rows; the last of shorter ones stays."""
    rows = [group.rows() for group in groups if group.count <= _FEW]
    longest = max(map(len, rows), default=0)
    return [_merged(group[min(k, len(group) - 1)] for group in rows) for k in range(longest)]


def swept_paths(found: list[Point]) -> list[str]:
    """Every path that a point has, in the order in which they appear."""
    return list(dict.fromkeys(path for point in found for path in point))


def _check_size(number: int, spec: SweepSpec) -> None:
    if number > spec.max_points:
        raise SpecError(
            f"sweep: {number} points exceed sweep.max_points ({spec.max_points}); raise it or "
            "sweep less"
        )


def _product(groups: list[Group]) -> list[Point]:
    return [_merged(parts) for parts in itertools.product(*(group.rows() for group in groups))]


def _merged(parts: Any) -> Point:
    return {path: value for part in parts for path, value in part.items()}


def _with_block(
    found: list[Point],
    k: int,
    block: WhenSpec,
    groups: list[Group],
    spec: SweepSpec,
    places: Places,
) -> list[Point]:
    """`found`, the points that meet the condition of a block multiplied by its axes."""
    met = [meets(block.if_, point, places) for point in found]
    if not any(met):
        raise SpecError([*never_met(found, k, block, places)])
    size = math.prod(group.count for group in groups)
    _check_size(sum(size if yes else 1 for yes in met), spec)
    carried = {path for point, yes in zip(found, met, strict=True) if yes for path in point}
    twice = sorted(path for path in carried if sweeps_again(path, groups, places))
    if twice:
        raise SpecError([f"sweep.when.{k}: {path}: swept twice at a point" for path in twice])
    more = _product(groups)
    return [
        {**point, **extra}
        for point, yes in zip(found, met, strict=True)
        for extra in (more if yes else [{}])
    ]


def _excludes(rule: Mapping[str, Any], point: Point, places: Places) -> bool:
    """Whether a point carries every path of a rule, with what the rule says there."""
    return all(
        places.carrier(path, point) is not None and matches(places.value(path, point), wanted)
        for path, wanted in rule.items()
    )


def axis_place(sweep: Any, path: str, point: Point, data: Mapping[str, Any]) -> Place:
    """Where the axis stands that sets `path` at a point, as keys and indices in the scenario."""
    sweep = sweep if isinstance(sweep, Mapping) else {}
    found = [("sweep", *place) for place in _axis_places(sweep, path)]
    blocks = sweep.get("when")
    for k, block in enumerate(blocks if isinstance(blocks, list) else []):
        own = [("sweep", "when", k, *place) for place in _axis_places(block, path)]
        if own and (not found or _met(block, point, data)):
            found = own
    return found[0] if found else ("sweep",)


def _axis_places(block: Any, path: str) -> Iterator[Place]:
    block = block if isinstance(block, Mapping) else {}
    sample = block.get("sample")
    forms: list[tuple[Place, Any]] = [(("axes",), block.get("axes"))]
    zipped = block.get("zip")
    forms += [(("zip", k), g) for k, g in enumerate(zipped if isinstance(zipped, list) else [])]
    forms += [(("sample", "axes"), sample.get("axes") if isinstance(sample, Mapping) else None)]
    yield from ((*at, path) for at, axes in forms if isinstance(axes, Mapping) and path in axes)


def _met(block: Mapping[str, Any], point: Point, data: Mapping[str, Any]) -> bool:
    rule = block.get("if")
    return isinstance(rule, Mapping) and meets(rule, point, Places(data))
