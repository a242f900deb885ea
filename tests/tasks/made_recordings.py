"""Files in the formats of the sets, with contents made here."""

import numpy as np

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
