"""Spikes where a signal crosses levels, upwards and downwards."""

from typing import Any

from xbarsim.backend import Array, array_namespace, real_array
from xbarsim.encoders.checks import check_series
from xbarsim.errors import SpecError


def threshold_crossing(x: Any, levels: Any) -> Array:
    r"""Onset and offset spikes: one neuron for each level, channel and direction.

    .. math:: \mathrm{on}_t = [x_{t-1} < \ell \le x_t], \qquad
              \mathrm{off}_t = [x_t < \ell \le x_{t-1}]

    Parameters
    ----------
    x : (time, channels). The first step crosses nothing.
    levels : (levels,) rising, in units of x; the same for all channels.

    Returns
    -------
    (time, 2 channels levels) of 0 and 1, uint8: onsets, then offsets; of each the levels of the
    first channel, then those of the next.

    Raises
    ------
    SpecError : a series that is none, or levels that do not rise.

    References
    ----------
    R. Gütig and H. Sompolinsky, "Time-warp-invariant neuronal processing", PLoS Biology 7,
    e1000141 (2009), which codes speech so, with 15 levels for each direction.
    """
    x = check_series("x", x)
    xp = array_namespace(x)
    levels = real_array("levels", levels, xp)
    if levels.ndim != 1 or not levels.size or not xp.isfinite(levels).all():
        raise SpecError(f"levels has shape {levels.shape}; expected (levels,), all of them finite")
    if not (xp.diff(levels) > 0).all():
        raise SpecError("levels must rise from each to the next")
    above = (x[:, :, None] >= levels).reshape(len(x), -1)
    before = xp.concatenate([above[:1], above[:-1]])
    return xp.concatenate([above & ~before, before & ~above], axis=1).astype(xp.uint8)
