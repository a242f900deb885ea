"""Files in the formats of the sets, with contents made here."""

import zipfile

import numpy as np
from scipy.io import wavfile

TS = """\
# a comment
@problemName {name}
@timeStamps false
@missing false
@univariate false
@dimensions {channels}
@equalLength false
@classLabel true {classes}
@data
"""


def packed(x, y, p, ticks):
    """Events as the five bytes of N-MNIST."""
    x, y, p, ticks = (np.asarray(k, np.int64) for k in (x, y, p, ticks))
    rows = [x, y, p << 7 | ticks >> 16, ticks >> 8 & 255, ticks & 255]
    return np.stack(rows, axis=1).astype(np.uint8).tobytes()


def write_ts(path, channels, classes, rng, lengths):
    lines = [TS.format(name=path.stem, channels=channels, classes=" ".join(classes))]
    for k, length in enumerate(lengths):
        rows = rng.normal(size=(channels, length)).round(4).tolist()
        fields = [",".join(map(str, row)) for row in rows]
        lines.append(":".join([*fields, classes[k % len(classes)]]) + "\n")
    path.write_text("".join(lines), "utf-8")


def write_spoken_digits(root, rng, digits):
    """`fsdd` in a data folder: two speakers, two repetitions of each digit for either part."""
    recordings = root / "fsdd" / "recordings"
    recordings.mkdir(parents=True)
    for digit in digits:
        for speaker in ("ann", "bob"):
            for repetition in (0, 4, 5, 12):
                sound = rng.integers(-3000, 3000, 900 + 100 * repetition).astype(np.int16)
                wavfile.write(recordings / f"{digit}_{speaker}_{repetition}.wav", 8000, sound)


def write_events(root, rng, train, test, polarity=lambda k: k % 2, classes=3):
    """`nmnist_small` in a data folder: so many recordings, of one class after the other."""
    (root / "nmnist_small").mkdir()
    with zipfile.ZipFile(root / "nmnist_small" / "nmnist_small.zip", "w") as files:
        for name, first, count in (("train1K.txt", 1, train), ("test100.txt", 60001, test)):
            ids = range(first, first + count)
            rows = "".join(f"{k}\t{k % classes}\r\n" for k in ids)
            files.writestr(name, "#sample #class\r\n" + rows)
            for k in ids:
                x, y = rng.integers(34, size=200), rng.integers(34, size=200)
                ticks = np.sort(rng.integers(300_000, size=200))
                files.writestr(f"{k}.bs2", packed(x, y, np.full(200, polarity(k)), ticks))


def write_letters(root, rng, names):
    """`braille_events` in a data folder: 50 recordings of each letter."""
    (root / "braille_events").mkdir()
    lengths = rng.integers(76, 78, 50 * len(names))
    np.savez(
        root / "braille_events" / "braille_letters.npz",
        taxel=rng.integers(200, 256, (lengths.sum(), 12)).astype(np.uint8),
        offsets=np.r_[0, np.cumsum(lengths)],
        label=np.repeat(np.arange(len(names)), 50),
        repetition=np.tile(np.arange(50), len(names)),
        names=np.array(names),
    )
