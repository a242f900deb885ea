"""The protocol: retrieval or classification on arrays at every age, beside software."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_age
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.streams import Streams
from xbarsim.systems.zero_shot.classification import divisions, told_right
from xbarsim.systems.zero_shot.liquids import FrozenLiquid
from xbarsim.systems.zero_shot.recordings import Kind, Recordings, recordings_of
from xbarsim.systems.zero_shot.retrieval import Both, Pair, Row, asked, learn
from xbarsim.systems.zero_shot.settings import DIGITS, Settings

KINDS: tuple[Kind, Kind] = ("sounds", "images")
PAIRS: tuple[Pair, ...] = tuple((a, b) for a in DIGITS for b in DIGITS if a < b)


def run(
    settings: Settings,
    device: Hardware | None,
    streams: Streams,
    ages: Sequence[float] = (),
) -> list[Row]:
    """The system at each age.

    Parameters
    ----------
    settings : what it is, and its task.
    device : of the arrays of both liquids; None is software alone.
    streams : ``sounds`` and ``images`` are the liquids and chips, ``projections`` what is trained,
        ``parts`` how recordings are parted; software takes the same.
    ages : s, since the arrays were formed or programmed. What is trained is trained at the earliest
        of them. None given: as devices begin, which is written as an age of 0.

    Returns
    -------
    A row for each age, see `xbarsim.systems.zero_shot.METRICS`.

    Raises
    ------
    SpecError : settings or a device that cannot be.
    DataError : missing files; says how to get them.
    ConvergenceError : the loss of the projections is not finite.
    """
    _check(settings, device, ages)
    told: Sequence[float | None] = sorted({float(age) for age in ages}) or (None,)
    row = _retrieval if settings.task == "retrieval" else _classification
    of_age = dict(zip(told, row(settings, device, streams, told), strict=True))
    return [{"age": float(age or 0.0)} | of_age[age] for age in ages or (None,)]


def _check(settings: Any, device: Any, ages: Sequence[float]) -> None:
    if not isinstance(settings, Settings):
        raise SpecError(f"settings is a {type(settings).__name__}; expected Settings")
    if device is not None and not isinstance(device, Hardware):
        raise SpecError(
            f"device is a {type(device).__name__}; liquids stand on arrays, of which nothing is "
            "changed by pulses: expected Hardware, or None"
        )
    for age in ages:
        check_age(age)


def _retrieval(
    settings: Settings, device: Hardware | None, streams: Streams, ages: Sequence[float | None]
) -> list[Row]:
    """Metrics of retrieval at each age."""
    software = _retrieved(settings, None, streams, (None,))
    rows = software * len(ages)
    if device is not None:
        rows = _retrieved(settings, device, streams, ages)
    bound = {f"{name}.software": software[0][name] for name in software[0] if _is_result(name)}
    return [row | bound for row in rows]


def _is_result(metric: str) -> bool:
    return metric.startswith("accuracy") and not metric.endswith(".chance")


def _retrieved(
    settings: Settings, device: Hardware | None, streams: Streams, ages: Sequence[float | None]
) -> list[Row]:
    """The same of one side, arrays or software; means over pairs of unseen classes."""
    of = recordings_of(settings, "sounds"), recordings_of(settings, "images")
    liquids = [
        FrozenLiquid(settings, kind, device, streams / kind, _to_learn(part))
        for kind, part in zip(KINDS, of, strict=True)
    ]
    features = [
        Both(*(each.features(part.x, age) for each, part in zip(liquids, of, strict=True)))
        for age in ages
    ]
    pairs = {settings.unseen, *(PAIRS if settings.all_pairs else ())}
    found = {
        pair: _of_pair(settings, features, of, pair, streams / "projections" / pair[0] / pair[1])
        for pair in sorted(pairs)
    }
    out = []
    for k, age in enumerate(ages):
        rows = {pair: found[pair][k] for pair in found}
        row = rows[settings.unseen] | (_over_pairs(rows) if settings.all_pairs else {})
        costs = [each.costs(part.x, age) for each, part in zip(liquids, of, strict=True)]
        out.append(row | _costs(settings, costs))
    return out


def _of_pair(
    settings: Settings,
    features: list[Both],
    of: tuple[Recordings, Recordings],
    pair: Pair,
    streams: Streams,
) -> list[Row]:
    """Metrics at each age where a pair of classes is left out."""
    made, best = learn(features[0], of, pair, settings, streams)
    return [asked(made, f, of, pair) | {"accuracy.best_epoch": best} for f in features]


def _to_learn(part: Recordings) -> list[Array]:
    return [part.x[k] for k in np.flatnonzero(~part.test)]


def _over_pairs(of_pair: dict[Pair, Row]) -> Row:
    """What all pairs have in common."""
    rows = [of_pair[pair] for pair in PAIRS]
    right = np.array([row["accuracy"] for row in rows])
    found = {"": right.mean(), ".lowest": right.min(), ".highest": right.max()}
    found[".deviation"] = right.std(ddof=1)
    for name in ("chance", "seen"):
        found[f".{name}"] = np.mean([row[f"accuracy.{name}"] for row in rows])
    return {f"accuracy.pairs{name}": float(value) for name, value in found.items()}


def _classification(
    settings: Settings, device: Hardware | None, streams: Streams, ages: Sequence[float | None]
) -> list[Row]:
    """Metrics of a linear readout at each age."""
    software, costs = _classified(settings, None, streams, (None,))
    right = np.repeat(software, len(ages), axis=1)
    if device is not None:
        right, costs = _classified(settings, device, streams, ages)
    rows, task = [], f"accuracy.{settings.task}"
    for k, own in enumerate(right.T):
        told = {"": own, ".software": software[:, 0], ".lost": software[:, 0] - own}
        row = {f"{task}{name}": float(share.mean()) for name, share in told.items()}
        if len(own) > 1:
            error = {name: share.std(ddof=1) / np.sqrt(len(own)) for name, share in told.items()}
            row |= {f"{task}{name}.error": float(value) for name, value in error.items()}
        rows.append(row | costs[k % len(costs)])
    return rows


def _classified(
    settings: Settings, device: Hardware | None, streams: Streams, ages: Sequence[float | None]
) -> tuple[Array, list[Row]]:
    """What share is told right, (parts, ages), each part by a chip of its own.

    The other is what a recording costs at each age, of the first part.
    """
    kind: Kind = "images" if settings.task == "images" else "sounds"
    recordings = recordings_of(settings, kind)
    found: list[Array] = []
    costs: list[Row] = []
    for k, division in enumerate(divisions(recordings, settings.parts, streams)):
        own = streams / kind / k
        right, liquid = told_right(settings, kind, device, own, recordings, division, ages)
        found.append(right)
        if not costs:
            costs = [_costs(settings, [liquid.costs(recordings.x, age)]) for age in ages]
    return np.array(found), costs


def _costs(settings: Settings, found: list[Row]) -> Row:
    """Those of a recording of each kind, together."""
    row = {name: sum(each[name] for each in found) for name in found[0]}
    if "energy" in row:
        row["energy.read"] = row.pop("energy")
        row["writes"] = row["writes.most"] = float(settings.weights == "programmed")
    return row
