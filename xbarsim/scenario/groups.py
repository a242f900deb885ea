"""Groups of axes that move together, and the rows of values that each has."""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from xbarsim.documents import Place, faults_in
from xbarsim.scenario.axes import count, is_drawn, values
from xbarsim.scenario.conditions import Point
from xbarsim.scenario.sampling import SampleSpec, sampled
from xbarsim.scenario.sweep_spec import BlockSpec, SweepSpec
from xbarsim.streams import Streams


@dataclass(frozen=True, kw_only=True)
class Group:
    """Axes that move together.

    Parameters
    ----------
    where : each swept path → its dotted place in the scenario.
    count : how many rows of values there are.
    rows : makes them.
    """

    where: dict[str, str]
    count: int
    rows: Callable[[], list[Point]]


def sound(sweep: Mapping[str, Any]) -> tuple[SweepSpec, list[str]]:
    """The sweep less the parts that are malformed, and the faults of those."""
    try:
        return SweepSpec.model_validate(sweep), []
    except ValidationError as error:
        told = faults_in(SweepSpec, sweep, error)
    faults = [f"sweep.{text}" for _, text in told]
    rest: Any = copy.deepcopy(dict(sweep))
    for place, _ in told:
        _cut(rest, place)
    try:
        return SweepSpec.model_validate(rest), faults
    except ValidationError:
        return SweepSpec(), faults


def _cut(sweep: dict[str, Any], place: Place) -> None:
    """Take out of a sweep the axis, or else the part, that `place` lies in."""
    part = place[0] if place else None
    if part == "axes" and len(place) > 1:
        sweep.get("axes", {}).pop(place[1], None)
    elif part == "zip" and len(place) > 2:
        sweep["zip"][place[1]].pop(place[2], None)
    else:
        sweep.pop(str(part), None)


def streams_of(data: Mapping[str, Any]) -> Streams:
    """Where random values come from."""
    seed = data.get("seed", 0)
    whole = isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0
    return Streams(seed if whole else 0)  # of another seed the schema says what is wrong


def groups_of(block: BlockSpec, where: str, streams: Streams, faults: list[str]) -> list[Group]:
    """The groups of a sweep or of one of its blocks; faults are appended."""
    streams = streams / where
    out = [
        _together({path: axis}, {path: f"{where}.axes.{path}"}, streams)
        for path, axis in block.axes.items()
    ]
    for k, axes in enumerate(block.zip):
        lengths = {path: count(axis) for path, axis in axes.items()}
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{path} has {n}" for path, n in lengths.items())
            faults.append(f"{where}.zip.{k}: zipped axes differ in length: {listed}")
        elif axes:
            out.append(_together(axes, {p: f"{where}.zip.{k}.{p}" for p in axes}, streams))
    if block.sample is not None:
        out.append(_sample(block.sample, where, streams))
    return out


def _together(axes: Mapping[str, Any], where: dict[str, str], streams: Streams) -> Group:
    return Group(
        where=where,
        count=count(next(iter(axes.values()))),
        rows=partial(_rows, axes, streams),
    )


def _rows(axes: Mapping[str, Any], streams: Streams) -> list[Point]:
    columns = [values(axis, streams / path) for path, axis in axes.items()]
    rows = [dict(zip(axes, row, strict=True)) for row in zip(*columns, strict=True)]
    return _once(rows) if any(is_drawn(axis) for axis in axes.values()) else rows


def _sample(sample: SampleSpec, where: str, streams: Streams) -> Group:
    return Group(
        where={path: f"{where}.sample.axes.{path}" for path in sample.axes},
        count=sample.num,
        rows=lambda: _once(sampled(sample, streams / "sample")),
    )


def _once(rows: list[Point]) -> list[Point]:
    """`rows` without those that were there before: whole numbers and choices come out alike."""
    found: dict[str, Point] = {}
    for row in rows:
        found.setdefault(json.dumps(row, sort_keys=True, default=str), row)
    return list(found.values())
