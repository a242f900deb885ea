"""Sets of sequences by name."""

from collections.abc import Callable
from inspect import signature
from typing import Any

from xbarsim.errors import SpecError
from xbarsim.tasks.sequences.braille import braille
from xbarsim.tasks.sequences.dataset import SequenceDataset
from xbarsim.tasks.sequences.formant_vowels import formant_vowels
from xbarsim.tasks.sequences.images import fashion_mnist, mnist
from xbarsim.tasks.sequences.nmnist import nmnist, nmnist_small
from xbarsim.tasks.sequences.sources import check_known
from xbarsim.tasks.sequences.spike_templates import spike_templates
from xbarsim.tasks.sequences.spoken_digits import fsdd
from xbarsim.tasks.sequences.through_tonic import dvs128, n_tidigits, shd
from xbarsim.tasks.sequences.ucr import basic_motions, japanese_vowels

_LOADERS: dict[str, Callable[..., SequenceDataset]] = {
    loader.__name__: loader
    for loader in (
        spike_templates, formant_vowels, japanese_vowels, basic_motions, fsdd, nmnist_small, nmnist,
        braille, shd, n_tidigits, dvs128, mnist, fashion_mnist,
    )
}  # fmt: skip


def load_sequences(name: str, **options: Any) -> SequenceDataset:
    """The set `name`.

    Parameters
    ----------
    name : ``spike_templates`` and ``formant_vowels`` are made and need no files. From the folder
        that XBARSIM_DATA names come ``japanese_vowels``, ``basic_motions``, ``fsdd`` (spoken
        digits), ``nmnist_small``, ``nmnist``, ``braille``, ``mnist`` and ``fashion_mnist`` (a row a
        step), and, where the package tonic is installed, ``shd``, ``n_tidigits`` and ``dvs128``.
    options : see the functions of these names in `xbarsim.tasks.sequences`.

    Raises
    ------
    DataError : an unknown set, missing files, or files that are not what they should be.
    SpecError : an option that the set does not have, or out of its range.
    """
    check_known(name)
    loader = _LOADERS[name]
    known = list(signature(loader).parameters)
    for option in options:
        if option not in known:
            takes = ", ".join(known) or "none"
            raise SpecError(f"{name} takes no option '{option}'; it takes {takes}")
    return loader(**options)
