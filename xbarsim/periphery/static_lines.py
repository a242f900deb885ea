"""The static line of a converter: which signal gives which code."""

from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError
from xbarsim.periphery.converters import Converters
from xbarsim.periphery.line import line

_INNER = 0.8  # of full scale: where the output is compared with a straight line; ours


@dataclass(frozen=True, kw_only=True, eq=False)
class StaticLines:
    """What `static_lines` measured of converters (..., n).

    Parameters
    ----------
    inputs : signals over full scale, (points,) 1.
    outputs : what the converters gave, correction included, (points, ..., n) 1.
    offset, gain : of the line of least squares through the outputs within 0.8 of full scale,
        (..., n), steps and 1.
    inl : how far each threshold lies from the line through the first and the last,
        (thresholds, ..., n) steps.
    dnl : how much wider than such a line's step each code is, (thresholds - 1, ..., n) steps; -1
        where a code is missing.
    """

    inputs: Array
    outputs: Array
    offset: Array
    gain: Array
    inl: Array
    dnl: Array


def static_lines(converters: Converters, per_step: int = 64, beyond: float = 0.25) -> StaticLines:
    """Measure static lines with a slow ramp, without noise, by counting codes.

    The signals that give less than a code are counted for every code, which puts thresholds to
    ``1 / per_step`` steps; of a line that turns back it finds thresholds in rising order.

    Parameters
    ----------
    converters : of at least 2 bits.
    per_step : signals in a step.
    beyond : how far the ramp goes beyond full scale on either side, over full scale. Thresholds
        that lie further out are put at its end.

    Raises
    ------
    SpecError : converters of one bit, which have no steps.

    References
    ----------
    Doernberg, Lee and Hodges, IEEE J. Solid-State Circuits 19, 820 (1984); line through the end
    points: Kester, The Data Conversion Handbook, 2005, chapter 2.
    """
    adc = converters.adc
    if adc.bits < 2:
        raise SpecError("adc.bits is 1; a converter of signs has no steps to measure")
    xp = array_namespace(converters.offset0)
    points = int(2 * (1 + beyond) * adc.steps * per_step) + 1
    inputs = xp.linspace(-1 - beyond, 1 + beyond, points)
    signal = inputs.reshape(-1, *(1,) * converters.offset0.ndim)
    signal = xp.broadcast_to(signal, (points, *converters.offset0.shape))
    codes = converters.codes(signal)
    outputs = converters.convert(signal)
    ends = xp.arange(1 - adc.steps, adc.steps + 1)
    below = xp.stack([(codes < end).sum(axis=0) for end in ends])
    straight = below[0] + (below[-1] - below[0]) * _column(xp.linspace(0, 1, len(ends)), below)
    step = (below[-1] - below[0]) / (len(ends) - 1)
    inner = abs(inputs) <= _INNER
    offset, gain = line(inputs[inner], outputs[inner])
    return StaticLines(
        inputs=inputs,
        outputs=outputs,
        offset=offset * adc.steps,
        gain=gain,
        inl=(below - straight) / step,
        dnl=xp.diff(below, axis=0) / step - 1,
    )


def _column(values: Array, like: Array) -> Array:
    """`values` (m,) with as many axes as `like`."""
    return values.reshape(-1, *(1,) * (like.ndim - 1))
