"""Small copies of data folders, made here in the formats of the sets."""

import zipfile

import numpy as np
import pytest
from made_recordings import packed, write_ts
from scipy.io import wavfile


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
    recordings = root / "fsdd" / "recordings"
    recordings.mkdir(parents=True)
    for digit in (3, 7):
        for speaker in ("ann", "bob"):
            for repetition in (0, 4, 5, 12):
                sound = rng.integers(-3000, 3000, 900 + 100 * repetition).astype(np.int16)
                wavfile.write(recordings / f"{digit}_{speaker}_{repetition}.wav", 8000, sound)
    (root / "nmnist_small").mkdir()
    with zipfile.ZipFile(root / "nmnist_small" / "nmnist_small.zip", "w") as files:
        for name, first, count in (("train1K.txt", 1, 6), ("test100.txt", 60001, 3)):
            ids = range(first, first + count)
            files.writestr(name, "#sample #class\r\n" + "".join(f"{k}\t{k % 3}\r\n" for k in ids))
            for k in ids:
                x, y, p = rng.integers(34, size=200), rng.integers(34, size=200), k % 2
                ticks = np.sort(rng.integers(300_000, size=200))
                files.writestr(f"{k}.bs2", packed(x, y, np.full(200, p), ticks))
    (root / "braille_events").mkdir()
    lengths = rng.integers(76, 78, 150)
    np.savez(
        root / "braille_events" / "braille_letters.npz",
        taxel=rng.integers(200, 256, (lengths.sum(), 12)).astype(np.uint8),
        offsets=np.r_[0, np.cumsum(lengths)],
        label=np.repeat([0, 1, 2], 50),
        repetition=np.tile(np.arange(50), 3),
        names=np.array(["A", "Space", "Z"]),
    )
    return root
