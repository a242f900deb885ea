"""Store, recall by cue and by content, overwrite, recall again: how much comes back right."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.streams import Streams
from xbarsim.systems.content_memory.memory import ContentMemory, Operation
from xbarsim.systems.content_memory.settings import Settings
from xbarsim.systems.given import check_no_ages
from xbarsim.systems.published import Published

METRICS = {
    "accuracy": ("dimensionless", "share of recalls that are right in every bit or cue"),
    "accuracy.software": ("dimensionless", "the same with ideal cells and reads"),
    "recall.cue": ("dimensionless", "share of contents recalled by their cue without an error"),
    "recall.content": ("dimensionless", "share of pieces of content that find exactly their cues"),
    "recall.forgotten": ("dimensionless", "share of overwritten contents that came back as new"),
    "bits.wrong": ("dimensionless", "share of wrong bits in contents recalled by their cue"),
    "spikes": ("count", "spikes of all neurons an operation"),
    "reads": ("count", "vectors read from the array an operation, from both sides"),
    "writes": ("count", "pulses a cell, mean"),
    "writes.most": ("count", "pulses of the cell that had most"),
    "energy.write": ("joule", "energy of all pulses"),
    "energy.read": ("joule", "energy of cells in all reads"),
}

PUBLISHED = (
    Published(
        metric="accuracy",
        value=1.0,
        words="on SpiNNaker: tests of function passed, of 5 cues and contents of 10 bits",
        source="Casanueva-Morato et al., Neural Networks 178, 106474, 2024: abstract; sizes: code",
    ),
)


class _Right(NamedTuple):
    """Which recalls of a round were right, and how many bits were wrong."""

    cues: Array
    pieces: Array
    wrong: float


def run(
    settings: Settings,
    device: PulsedDevice | Hardware | None,
    streams: Streams,
    ages: Sequence[float] = (),
) -> list[dict[str, float]]:
    """Metrics of one memory, see `METRICS`.

    Contents are stored under cues in random order; all cues are recalled, and as many pieces of
    content as there are bits; some cues get another content; all is recalled again.

    Parameters
    ----------
    device : what cells are; None for ideal ones.
    streams : ``protocol`` says contents and pieces, ``chip`` the cells and all of their noise.
    ages : none but 0 s: cells of whole pulses do not age by themselves.

    Raises
    ------
    SpecError : settings of something else, a device that has no response to pulses, an age.
    """
    if not isinstance(settings, Settings):
        raise SpecError(f"settings is a {type(settings).__name__}; expected Settings")
    check_no_ages(ages)
    found = _metrics(settings, device, streams)  # type: ignore[arg-type]
    quiet = replace(settings, read_noise=0.0)
    ideal = found if device is None and settings == quiet else _metrics(quiet, None, streams)
    return [found | {"accuracy.software": ideal["accuracy"]}] * max(len(ages), 1)


def _metrics(settings: Settings, device: PulsedDevice | None, streams: Streams) -> dict[str, float]:
    memory = ContentMemory(settings, device, streams / "chip")
    rng, operations = (streams / "protocol").rng(), 0
    table = np.zeros((settings.cues, settings.bits), dtype=bool)
    stored = rng.permutation(settings.cues)[: settings.stored]
    again = stored[: round(settings.rewritten * len(stored))]
    rounds = []
    for cues in (stored, again) if len(again) else (stored,):
        table[cues] = [_content(settings, rng) for _ in cues]
        pieces = _pieces(settings, rng)
        work = [Operation("store", int(cue), table[cue]) for cue in cues]
        rounds.append(_round(memory, work, table, pieces))
        operations += len(work) + settings.cues + len(pieces)
    right = np.concatenate([part for one in rounds for part in (one.cues, one.pieces)])
    ledger, array = memory.array.synapses.ledger(), memory.array
    out = {
        "accuracy": float(right.mean()),
        "recall.cue": float(np.mean([one.cues for one in rounds])),
        "recall.content": float(np.mean([one.pieces for one in rounds])),
        "bits.wrong": float(np.mean([one.wrong for one in rounds])),
        "spikes": memory.spikes / operations,
        "reads": array.reads / operations,
        "energy.read": array.read_energy,
    }
    if len(again):
        out["recall.forgotten"] = float(rounds[1].cues[again].mean())
    held = array.synapses.weights
    pulses = held.up + held.down
    out |= {"writes": float(pulses.mean()), "writes.most": float(pulses.max())}
    if ledger["energy"] is not None:
        out["energy.write"] = ledger["energy"]
    return out


def _content(settings: Settings, rng: np.random.Generator) -> Array:
    """A content of so many ones, (bits,) of bool."""
    chosen: Array = rng.permutation(settings.bits) < settings.ones
    return chosen


def _pieces(settings: Settings, rng: np.random.Generator) -> list[Array]:
    """Pieces of content: every bit by itself, or as many random sets of bits."""
    if settings.fragment == 1:
        return list(np.eye(settings.bits, dtype=bool))
    return [rng.permutation(settings.bits) < settings.fragment for _ in range(settings.bits)]


def _round(
    memory: ContentMemory, work: list[Operation], table: Array, pieces: list[Array]
) -> _Right:
    """Store, then recall all."""
    asked = [Operation("recall", cue, None) for cue in range(len(table))]
    asked += [Operation("find", None, piece) for piece in pieces]
    found = memory.run(work + asked)[len(work) :]
    bits = np.array([one.bits for one in found[: len(table)]])
    cues = np.array([one.cues for one in found[len(table) :]])
    wanted = np.array([(table & piece).any(axis=1) for piece in pieces])
    return _Right(
        (bits == table).all(axis=1), (cues == wanted).all(axis=1), float((bits != table).mean())
    )
