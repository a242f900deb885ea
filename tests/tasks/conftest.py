"""Small copies of data folders, made here in the formats of the sets."""

import numpy as np
import pytest
from made_recordings import write_events, write_letters, write_spoken_digits, write_ts


@pytest.fixture(scope="session")
def made_sequences(tmp_path_factory):
    """A folder as XBARSIM_DATA names it; nothing in it is a recording."""
    root, rng = tmp_path_factory.mktemp("sequences"), np.random.default_rng(0)
    for folder, name, channels, classes in (
        ("japanese_vowels", "JapaneseVowels", 12, "123"),
        ("basic_motions", "BasicMotions", 6, ["Standing", "Running"]),
    ):
        (root / folder).mkdir()
        for part, lengths in {"TRAIN": (7, 12, 9), "TEST": (8, 29)}.items():
            write_ts(root / folder / f"{name}_{part}.ts", channels, list(classes), rng, lengths)
    write_spoken_digits(root, rng, (3, 7))
    write_events(root, rng, 6, 3)
    write_letters(root, rng, ("A", "Space", "Z"))
    return root
