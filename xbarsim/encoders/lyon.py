r"""Lyon's passive ear: a cascade of filters with coupled automatic gain control.

Sound runs down a line of notch filters whose frequencies fall; what is heard at each is rectified,
passes four stages of gain control, and has its neighbour's taken away:

.. math:: y_k = x_k (1 - s_k), \qquad
          s_k \leftarrow \min\!\left(\frac{\epsilon}{T} y_k +
          \frac{1 - \epsilon}{3} (s_{k-1} + s_k + s_{k+1}), 1\right), \qquad
          \epsilon = 1 - e^{-1 / \tau f_s}

References
----------
R. F. Lyon, "A computational model of filtering, detection, and compression in the cochlea", ICASSP
1982. M. Slaney, "Lyon's cochlear model", Apple Computer Technical Report 13 (1988), the filters and
every constant below; the limit of the states is that of its program ``sosfilters.c``.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_above_zero
from xbarsim.encoders.checks import check_signal
from xbarsim.errors import SpecError
from xbarsim.units import show

_BREAK = 1000.0  # Hz: bandwidths are constant below and proportional to the frequency above
_ZERO_OFFSET = 1.5  # of the notch above the resonance, in steps of a channel
_SHARPNESS = 5.0  # Q of the notch over that of the resonance
_CORNER = 300.0  # Hz, of the first filter, which stands for outer and middle ear
_TARGETS = np.array([0.0032, 0.0016, 0.0008, 0.0004])
_TIMES = np.array([0.64, 0.16, 0.04, 0.01])  # s
_MOST = 10_000
_SMOOTHING = 3.0  # steps: time constant of the filter before the rate is reduced


@dataclass(frozen=True, kw_only=True)
class LyonEar:
    """The ear.

    Parameters
    ----------
    rate : samples a second of the sound, Hz.
    step : time of a step of the result, s; rounded to whole samples.
    quality : Q of the channels.
    spacing : distance of neighbouring channels over their bandwidth; None for ``quality / 32``.

    Raises
    ------
    SpecError : a setting is out of range, or leaves no channel.
    """

    rate: float
    step: float = 0.01
    quality: float = 8.0
    spacing: float | None = None

    def __post_init__(self) -> None:
        check_above_zero("lyon.rate", self.rate, "Hz")
        check_above_zero("lyon.step", self.step, "s")
        check_above_zero("lyon.spacing", self.gap, "bandwidths")
        if not 0.5 < self.quality < float("inf"):
            raise SpecError(f"lyon.quality is {self.quality:g}; it must be above 0.5 and finite")
        if self.samples < 1:
            raise SpecError(
                f"lyon.step is {show(self.step, 'second')}; it must hold a sample, "
                f"{show(1 / self.rate, 'second')}"
            )
        if self.channels > _MOST:
            raise SpecError(
                f"lyon.spacing is {self.gap:g} bandwidths: {self.channels} channels; at most "
                f"{_MOST}"
            )
        if self.channels < 1:
            raise SpecError(
                f"no channel of lyon.quality {self.quality:g} and spacing {self.gap:g} fits below "
                f"half the rate, {show(self.rate / 2, 'hertz')}"
            )

    @property
    def gap(self) -> float:
        """Distance of neighbouring channels over their bandwidth."""
        return self.quality / 32 if self.spacing is None else self.spacing

    @property
    def samples(self) -> int:
        """Samples of a step."""
        return round(self.step * self.rate)

    @property
    def _top(self) -> float:
        """The highest frequency that leaves the first filter room for its notch, Hz."""
        half = self.rate / 2
        return half - (_ZERO_OFFSET - 1) * self.gap * math.hypot(half, _BREAK) / self.quality

    @property
    def channels(self) -> int:
        """How many fit between the top and the frequency at which Q becomes 1/2."""
        low = _BREAK / np.sqrt(4 * self.quality**2 - 1)
        if self._top <= low:
            return 0
        room = np.arcsinh(self._top / _BREAK) - np.arcsinh(low / _BREAK)
        return int(self.quality / self.gap * room)

    @property
    def centres(self) -> Array:
        """Centre frequencies, falling, (channels,) Hz: a bandwidth times `gap` from each other."""
        place = np.arange(1, self.channels + 1) * self.gap / self.quality
        return _BREAK * np.sinh(np.arcsinh(self._top / _BREAK) - place)

    @property
    def sections(self) -> Array:
        """The filters in their order, two in front of the channels': (2 + channels, 6)."""
        f = self.centres
        width = np.hypot(f, _BREAK) / self.quality
        notch = f + width * self.gap * _ZERO_OFFSET
        sections = np.zeros((2 + len(f), 6))
        sections[0] = 0.0, 1.0, -np.exp(-2 * np.pi * _CORNER / self.rate), 1.0, 0.0, 0.0
        sections[1, :3] = 1.0, 0.0, -1.0
        sections[1, 3:] = _resonance(self._top, f[0] / width[0], self.rate)
        sections[2:, :3] = _resonance(notch, _SHARPNESS * notch / width, self.rate)
        sections[2:, 3:] = _resonance(f, f / width, self.rate)
        gain = np.r_[1.0, f[:-1] / f[1:]]
        gain[0] = gain[min(1, len(f) - 1)]
        sections[:2, :3] /= np.abs(_response(sections[:2], 1j))[:, None]  # 1 at a quarter of rate
        sections[2:, :3] *= (gain / _response(sections[2:], 1.0).real)[:, None]
        return sections

    def __call__(self, x: Any) -> Array:
        """The cochleagram of a sound.

        Parameters
        ----------
        x : (samples,), in [-1, 1]: gain control makes its size matter.

        Returns
        -------
        (steps, channels), not negative.

        Raises
        ------
        SpecError : a sound that is none, or shorter than a step.
        """
        from xbarsim.encoders._sections import gain_controlled, in_cascade, sharpened

        x = check_signal("x", x).astype(np.float64)
        if len(x) < self.samples:
            raise SpecError(f"x has {len(x)} samples; a step of the ear has {self.samples}")
        heard = np.maximum(in_cascade(x, self.sections)[:, 2:], 0.0)
        even = np.empty_like(heard)
        gain_controlled(heard, 1 - np.exp(-1 / (_TIMES * self.rate)), _TARGETS, even)
        return sharpened(even, math.exp(-1 / (_SMOOTHING * self.samples)), self.samples)


def _resonance(f: Any, q: Any, rate: float) -> Array:
    """(1, a1, a2) of pole pairs at `f` (Hz) of quality `q`, (..., 3)."""
    radius = np.exp(-np.pi * f / (q * rate))
    angle = 2 * np.pi * f / rate * np.sqrt(1 - 1 / (4 * q**2))
    return np.stack([np.ones_like(radius), -2 * radius * np.cos(angle), radius**2], axis=-1)


def _response(sections: Array, z: complex) -> Array:
    """What each section makes of the frequency `z` on the unit circle, complex."""
    powers = np.array([1.0, z**-1, z**-2])
    response: Array = (sections[:, :3] @ powers) / (sections[:, 3:] @ powers)
    return response + 0j
