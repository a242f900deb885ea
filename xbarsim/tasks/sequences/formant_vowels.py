"""Vowels from a source and three resonances: sounds without files, in place of spoken digits."""

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_count, check_within
from xbarsim.streams import Streams
from xbarsim.tasks.sequences.dataset import SequenceDataset
from xbarsim.tasks.sequences.sounds import Features, featured

_RATE = 8000.0  # Hz, as telephones and the spoken digits have
#: formants of men, Hz: Peterson and Barney 1952, table II
VOWELS = {
    "heed": (270, 2290, 3010), "hid": (390, 1990, 2550), "head": (530, 1840, 2480),
    "had": (660, 1720, 2410), "hod": (730, 1090, 2440), "hawed": (570, 840, 2410),
    "hood": (440, 1020, 2240), "who'd": (300, 870, 2240), "hud": (640, 1190, 2390),
    "heard": (490, 1350, 1690),
}  # fmt: skip
_BANDS = (60.0, 90.0, 150.0)  # Hz
_DRAWS = 5


def formant_vowels(
    *,
    features: Features = "mfcc",
    train: int = 400,
    test: int = 200,
    noise: float = 0.2,
    seed: int = 0,
) -> SequenceDataset:
    """Ten vowels of voices that differ in pitch, length of the vocal tract and duration.

    Parameters
    ----------
    features : see `xbarsim.tasks.sequences.featured`.
    train, test : sounds, shared out evenly over the vowels.
    noise : standard deviation of white noise over the root mean square of the voice.
    seed : of voices and noise.

    Raises
    ------
    SpecError : a setting is out of range.

    References
    ----------
    Formants: G. E. Peterson and H. L. Barney, J. Acoust. Soc. Am. 24, 175 (1952), table II, men.
    Resonators in a row: D. H. Klatt, J. Acoust. Soc. Am. 67, 971 (1980). Bandwidths and what voices
    differ by are ours: pitch 90 to 220 Hz, falling by up to a fifth, formants times 0.85 to 1.2,
    0.2 to 0.4 s.
    """
    check_count("train", train, 1, 1_000_000)
    check_count("test", test, 0, 1_000_000)
    check_within("noise", noise, 0.0, 100.0)
    streams = Streams(seed) / "formant_vowels"
    labels = np.r_[np.arange(train), np.arange(test)] % len(VOWELS)
    voices = (streams / "voices").rng().random((train + test, _DRAWS))
    rng = (streams / "noise").rng()
    sounds = []
    for label, u in zip(labels, voices, strict=True):
        sound = voiced(list(VOWELS.values())[label], u)
        sounds.append(sound + noise * np.sqrt(np.mean(sound**2)) * rng.standard_normal(len(sound)))
    series, channels, rate = featured(sounds, _RATE, features)
    return SequenceDataset(
        x_train=series[:train],
        y_train=labels[:train],
        x_test=series[train:],
        y_test=labels[train:],
        channels=channels,
        classes=tuple(VOWELS),
        rate=rate,
    )


def voiced(formants: tuple[int, ...], u: Array) -> Array:
    """A vowel at 8 kHz, (samples,), of peak 0.5 to 1.

    Parameters
    ----------
    formants : Hz.
    u : uniform draws: pitch, its fall, length of the vocal tract, duration, size; (5,).
    """
    from scipy.signal import lfilter

    samples = round(_RATE * (0.2 + 0.2 * u[3]))
    t = np.arange(samples) / samples
    pitch = 90 * (220 / 90) ** u[0] * (1 - 0.2 * u[1] * t)
    phase = np.cumsum(pitch) / _RATE
    sound = np.diff(np.floor(phase), prepend=-1.0)  # one pulse a period, from the first sample
    for f, band in zip(formants, _BANDS, strict=True):
        radius = np.exp(-np.pi * band / _RATE)
        angle = 2 * np.pi * f * (0.85 + 0.35 * u[2]) / _RATE
        a = [1.0, -2 * radius * np.cos(angle), radius**2]
        sound = lfilter([sum(a)], a, sound)  # its gain at 0 Hz is 1
    sound = sound * np.sin(np.pi * t) ** 0.5  # rises and falls; ours
    louder: Array = (0.5 + 0.5 * u[4]) * sound / np.abs(sound).max()
    return louder
