"""A bank of gammatone filters, as the frequencies of sound stand along the cochlea."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_above_zero, check_count
from xbarsim.encoders.checks import check_signal
from xbarsim.errors import SpecError
from xbarsim.units import show

_EAR_Q = 9.26449  # Glasberg and Moore 1990: ERB = 24.7 (4.37 f / kHz + 1) = 24.7 + f / 9.26449
_MIN_BAND = 24.7  # Hz
_WIDTH = 1.019  # bandwidth of a fourth-order gammatone over its ERB, Patterson et al. 1992


@dataclass(frozen=True, kw_only=True)
class Gammatone:
    r"""Fourth-order gammatone filters at equal distances on the scale of bandwidths.

    .. math:: h(t) \propto t^3 e^{-2 \pi b t} \cos(2 \pi f t), \qquad b = 1.019\,\mathrm{ERB}(f),
              \qquad \mathrm{ERB}(f) = 24.7\,\mathrm{Hz} + f / 9.26449

    Parameters
    ----------
    rate : samples a second of the sound, Hz.
    channels : filters, from 1.
    low, high : centre frequencies of the first and the last, Hz; `high` below half the rate, None
        for 0.45 of it (ours). One filter stands at `low`.

    Raises
    ------
    SpecError : a setting is out of range.

    References
    ----------
    M. Slaney, "An efficient implementation of the Patterson-Holdsworth auditory filter bank", Apple
    Computer Technical Report 35 (1993): four second-order sections. B. R. Glasberg and B. C. J.
    Moore, Hearing Research 47, 103 (1990): ERB, and the scale :math:`21.4 \log_{10}(1 + 4.37 f /
    \mathrm{kHz})` of which its inverse is the slope. R. D. Patterson et al., "Complex sounds and
    auditory images" (1992): 1.019.
    """

    rate: float
    channels: int = 32
    low: float = 100.0
    high: float | None = None

    def __post_init__(self) -> None:
        check_above_zero("gammatone.rate", self.rate, "Hz")
        check_count("gammatone.channels", self.channels, 1, 10_000)
        if not 0 < self.low < self.top < self.rate / 2:
            raise SpecError(
                f"gammatone filters from {show(self.low, 'hertz')} to {show(self.top, 'hertz')} at "
                f"{show(self.rate, 'hertz')} samples: low must be above 0 Hz and below high, high "
                f"below half the rate, {show(self.rate / 2, 'hertz')}"
            )

    @property
    def top(self) -> float:
        """The highest centre frequency, Hz."""
        return 0.45 * self.rate if self.high is None else self.high

    @property
    def centres(self) -> Array:
        """Centre frequencies, rising, (channels,) Hz."""
        offset = _EAR_Q * _MIN_BAND
        return np.geomspace(self.low + offset, self.top + offset, self.channels) - offset

    @property
    def sections(self) -> Array:
        """Four second-order sections each, (channels, 4, 6); the gain at the centre is 1."""
        f, dt = self.centres, 1 / self.rate
        decay = np.exp(-2 * np.pi * _WIDTH * (f / _EAR_Q + _MIN_BAND) * dt)
        cos, sin = np.cos(2 * np.pi * f * dt), np.sin(2 * np.pi * f * dt)
        z = np.exp(2j * np.pi * f * dt)
        sections = np.zeros((len(f), 4, 6))
        sections[:, :, 0], sections[:, :, 3] = 1.0, 1.0
        sections[:, :, 4] = (-2 * decay * cos)[:, None]
        sections[:, :, 5] = (decay**2)[:, None]
        for k, (sign, inner) in enumerate([(1, 1), (-1, 1), (1, -1), (-1, -1)]):
            root = sign * np.sqrt(3 + inner * 2**1.5)
            sections[:, k, 1] = -decay * (cos + root * sin)
            gain = (1 + sections[:, k, 1] / z) / (1 - 2 * decay * cos / z + decay**2 / z**2)
            sections[:, k, :3] /= np.abs(gain)[:, None]
        return sections

    def __call__(self, x: Any) -> Array:
        """A sound through each filter.

        Parameters
        ----------
        x : (samples,).

        Returns
        -------
        (samples, channels), in units of x.

        Raises
        ------
        SpecError : a sound that is none.
        """
        from xbarsim.encoders._sections import side_by_side

        return side_by_side(check_signal("x", x).astype(np.float64), self.sections)
