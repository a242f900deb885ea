r"""Mel-frequency cepstral coefficients of speech.

Frames of the pre-emphasised signal pass a window; the powers of their spectra are added up under
triangles that stand at equal distances on the mel scale; the cosine transform of their logarithms
gives

.. math:: c_i = \sqrt{\frac{2}{N}} \sum_{j=1}^{N} \ln m_j
          \cos\!\left(\frac{\pi i}{N} (j - 0.5)\right), \qquad
          \mathrm{mel}(f) = 2595 \log_{10}(1 + f / 700\,\mathrm{Hz}).

References
----------
S. Davis and P. Mermelstein, IEEE Trans. Acoust. Speech Signal Process. 28, 357 (1980). S. Young et
al., The HTK Book (version 3.4, 2006), chapter 5: pre-emphasis (5.1), Hamming window (5.2), lifter
(5.12), mel scale (5.13), cosine transform (5.14). The defaults are those usual for speech, as in
the package python_speech_features: windows of 25 ms every 10 ms, 26 filters, 13 coefficients, 0.97,
lifter 22, the log energy of the frame in place of the first.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_above_zero, check_count
from xbarsim.encoders.checks import check_signal
from xbarsim.errors import SpecError
from xbarsim.units import show

_LONGEST = 2**20  # samples of a window


@dataclass(frozen=True, kw_only=True)
class Mfcc:
    """How coefficients are computed.

    Parameters
    ----------
    rate : samples a second of the sound, Hz.
    coefficients : how many, the first included.
    window, step : length of a frame and from one to the next, s.
    filters : triangles, at least as many as coefficients.
    low, high : where the first begins and the last ends, Hz; None for half the rate.
    pre_emphasis : share of the sample before that is taken away, from 0 below 1.
    lifter : L in 1 + L/2 sin(pi i / L), by which coefficients are raised; 0 for none.
    energy : whether the first coefficient is the logarithm of the frame's power.
    floor : least power of a triangle and of a frame, over that of full scale; ours, so that digital
        silence has a logarithm.

    Raises
    ------
    SpecError : a setting is out of range, or a triangle so narrow that no frequency falls into it.
    """

    rate: float
    coefficients: int = 13
    window: float = 0.025
    step: float = 0.01
    filters: int = 26
    low: float = 0.0
    high: float | None = None
    pre_emphasis: float = 0.97
    lifter: float = 22.0
    energy: bool = True
    floor: float = 1e-10

    def __post_init__(self) -> None:
        for name, unit in {
            "rate": "Hz",
            "window": "s",
            "step": "s",
            "floor": "of full scale",
        }.items():
            check_above_zero(f"mfcc.{name}", getattr(self, name), unit)
        for name in ("coefficients", "filters"):
            check_count(f"mfcc.{name}", getattr(self, name), 1, 10_000)
        if self.coefficients > self.filters:
            raise SpecError(
                f"mfcc.coefficients is {self.coefficients}; {self.filters} filters give no more"
            )
        if not 0 <= self.pre_emphasis < 1:
            raise SpecError(f"mfcc.pre_emphasis is {self.pre_emphasis:g}; it must be in [0, 1)")
        if not 0 <= self.lifter < float("inf"):
            raise SpecError(f"mfcc.lifter is {self.lifter:g}; it must be at least 0 and finite")
        if self.frame < 2 or self.hop < 1:
            raise SpecError(
                f"mfcc.window is {show(self.window, 'second')} and mfcc.step "
                f"{show(self.step, 'second')}; they must hold 2 samples and 1, of "
                f"{show(1 / self.rate, 'second')} each"
            )
        if self.frame > _LONGEST:
            raise SpecError(
                f"mfcc.window is {show(self.window, 'second')}: {self.frame} samples; at most "
                f"{_LONGEST}"
            )
        if not 0 <= self.low < self.top <= self.rate / 2:
            raise SpecError(
                f"mfcc filters from {show(self.low, 'hertz')} to {show(self.top, 'hertz')}: low "
                f"must be below high, high at most half the rate, {show(self.rate / 2, 'hertz')}"
            )
        _triangles(self)

    @property
    def frame(self) -> int:
        """Samples of a window."""
        return round(self.window * self.rate)

    @property
    def hop(self) -> int:
        """Samples of a step."""
        return round(self.step * self.rate)

    @property
    def top(self) -> float:
        """Where the last triangle ends, Hz."""
        return self.rate / 2 if self.high is None else self.high

    @property
    def points(self) -> int:
        """Points of the transform: the next power of two, as usual."""
        return 1 << (self.frame - 1).bit_length()

    def __call__(self, x: Any) -> Array:
        """Coefficients of a sound.

        Parameters
        ----------
        x : (samples,), full scale 1; silence behind it fills the last frame.

        Returns
        -------
        (frames, coefficients): one frame, and one more for every step that is begun behind it.

        Raises
        ------
        SpecError : a sound that is none.
        """
        power = self._power(check_signal("x", x).astype(np.float64))
        bands = np.log(np.maximum(power @ _triangles(self).T, self.floor))
        cepstrum = bands @ _cosines(self).T
        if self.energy:
            cepstrum[:, 0] = np.log(np.maximum(power.sum(axis=1), self.floor))
        return cepstrum

    def _power(self, x: Array) -> Array:
        """Power spectra of the frames, |X|^2 over the points of the transform: (frames, bins)."""
        emphasised = x - self.pre_emphasis * np.r_[0.0, x[:-1]]
        frames = 1 + max(0, -(-(len(x) - self.frame) // self.hop))
        padded = np.zeros((frames - 1) * self.hop + self.frame)
        padded[: len(x)] = emphasised
        cut = np.lib.stride_tricks.sliding_window_view(padded, self.frame)[:: self.hop]
        spectrum = np.fft.rfft(cut * np.hamming(self.frame), self.points, axis=1)
        power: Array = (spectrum.real**2 + spectrum.imag**2) / self.points
        return power


def mel(f: Any) -> Any:
    """Pitch of a frequency (Hz), mel."""
    return 2595 * np.log10(1 + np.asarray(f) / 700)


@cache
def _triangles(spec: Mfcc) -> Array:
    """Weights of the frequencies under each triangle, (filters, points / 2 + 1), at most 1.

    Raises
    ------
    SpecError : none falls under one of them.
    """
    corners = np.linspace(mel(spec.low), mel(spec.top), spec.filters + 2)
    place = mel(np.arange(spec.points // 2 + 1) * spec.rate / spec.points)
    left, middle, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rise, fall = (place - left) / (middle - left), (right - place) / (right - middle)
    weights: Array = np.maximum(np.minimum(rise, fall), 0.0)
    empty = np.flatnonzero(weights.max(axis=1) == 0)
    if empty.size:
        raise SpecError(
            f"mfcc.filters is {spec.filters}: no frequency of a transform of {spec.points} points "
            f"falls under filter {empty[0] + 1}; take fewer filters or a longer window"
        )
    return weights


@cache
def _cosines(spec: Mfcc) -> Array:
    """The cosine transform with the lifter, (coefficients, filters)."""
    i = np.arange(spec.coefficients)[:, None]
    cosines = np.cos(np.pi * i / spec.filters * (np.arange(spec.filters) + 0.5))
    lift = 1 + spec.lifter / 2 * np.sin(np.pi * i / spec.lifter) if spec.lifter else 1.0
    table: Array = np.sqrt(2 / spec.filters) * lift * cosines
    return table
