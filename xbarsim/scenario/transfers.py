"""Characterised laws: each once, for all points, workers and runs that share a folder."""

import os
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Any

from xbarsim.backend import Array
from xbarsim.cache import Kept, content, shared_file
from xbarsim.device import SwitchingLaw
from xbarsim.errors import SpecError
from xbarsim.scenario.chips import module_code

if TYPE_CHECKING:
    from xbarsim.programming import ProgrammingTransfer


def transfer_of(
    law: SwitchingLaw,
    levels: Array,
    width: float,
    v_read: float,
    states: int,
    temperature: float | None,
) -> "ProgrammingTransfer":
    """What `xbarsim.programming.programming_transfer` gives, to the bit; nobody can change it.

    It is taken from what was characterised before: in this process, or in a folder that is shared,
    see `xbarsim.cache.sharing`. What is new is written there.
    """
    from xbarsim.programming import programming_transfer

    told = (levels, width, v_read, states, temperature)
    key = content("programming transfer", _code(law), law, *told)

    def made() -> "ProgrammingTransfer":
        return _fixed(
            programming_transfer(law, levels, width, v_read, states=states, temperature=temperature)
        )

    if key is None:
        return made()
    file = shared_file(f"transfer-{key}.npz")
    found = _transfers.of(key, lambda: _read(file) or _saved(file, made()))
    if file is not None and not file.exists():  # it was made before there was the folder
        _saved(file, found)
    return found


def _size(transfer: "ProgrammingTransfer") -> int:
    return int(transfer.flow.table.nbytes + transfer.energy.nbytes)


_transfers = Kept(256 * 2**20, _size)


def _fixed(transfer: "ProgrammingTransfer") -> "ProgrammingTransfer":
    for array in (transfer.levels, transfer.flow.table, transfer.energy, transfer.g):
        array.setflags(write=False)
    return transfer


def _read(file: Path | None) -> "ProgrammingTransfer | None":
    """The transfer in a file; None where there is none, or it is not whole."""
    from xbarsim.programming import load_transfer

    if file is None or not file.exists():
        return None
    try:
        return _fixed(load_transfer(file)[0])
    except SpecError:
        return None


def _saved(file: Path | None, transfer: "ProgrammingTransfer") -> "ProgrammingTransfer":
    """`transfer`, and `file` with it, whole or not at all; it is made anew where it has no room."""
    from xbarsim.programming import save_transfer

    if file is not None:
        partial = file.with_name(f".{file.stem}-{os.getpid()}-{get_ident()}.npz")
        with suppress(OSError):
            try:
                save_transfer(partial, transfer, {"key": file.stem})
                partial.replace(file)
            finally:
                partial.unlink(missing_ok=True)
    return transfer


def _code(law: Any) -> list[str]:
    """Our version, and hashes of the code of a law's class and of those of its parts."""
    parts = [getattr(law, field.name) for field in fields(law)] if is_dataclass(law) else []
    inner = [_code(part) for part in parts if is_dataclass(part)]
    own = [_version(), _class_code(law.__class__)]
    return [*own, *(each for one in inner for each in one)]


@cache
def _version() -> str:
    return version("xbarsim")


@cache
def _class_code(law: type) -> str:
    """A hash of the modules that a class and its bases stand in."""
    code = "".join(module_code(each.__module__) for each in law.__mro__)
    return blake2b(code.encode(), digest_size=8).hexdigest()
