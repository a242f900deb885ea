"""What layers go through while they are trained."""

from dataclasses import dataclass
from typing import Literal, get_args

from xbarsim.constants import YEAR
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.units import show

Cells = Literal["moments", "each", "circuit"]

_LONGEST = 1e11  # s


@dataclass(frozen=True, kw_only=True)
class HardwareAware:
    """Non-idealities in the forward pass of training; gradients pass straight through them.

    Parameters
    ----------
    cells : how weights become what arrays hold, drawn anew in every pass. ``moments``: each weight
        is normally distributed with the mean and the spread that the device has at the weight's
        value. ``each``: every cell is programmed and aged, with the chip's own faults.
        ``circuit``: the same, and the lines' resistances are solved exactly; the gradient is that
        of the circuit (adjoint).
    ages : the cells' age in a pass, s, is one of these, drawn at random; None for five, spaced as
        their logarithms, from the device's first age to a year.
    amplify : factor of the spread of ``moments``; training with more noise than there is may help
        or hurt.
    read_noise : whether each output has the read noise of its cells (without wires).
    converters : whether inputs and outputs are clipped and rounded as converters do, with the noise
        of conversions.
    clip : weights beyond so many times the root mean square of their matrix count as that much, in
        training and on chips, which leaves cells more of the window (Joshi et al., Nature
        Communications 11, 2473 (2020), Methods, clip weights in training at a multiple of their
        spread); None for no clipping.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.

    Notes
    -----
    Noise injected in training, with straight-through gradients: Joshi et al. 2020; Rasch et al.,
    Nature Communications 14, 5282 (2023). Rounding: Bengio et al., arXiv:1308.3432 (2013). In
    training a read is one phase of amplitudes, and converters have no errors of their own but
    noise; programmed chips have them all.
    """

    cells: Cells = "moments"
    ages: tuple[float, ...] | None = None
    amplify: float = 1.0
    read_noise: bool = True
    converters: bool = True
    clip: float | None = None

    def __post_init__(self) -> None:
        faults = []
        if self.cells not in get_args(Cells):
            faults.append(f"training.cells is {self.cells!r}; known: {', '.join(get_args(Cells))}")
        if self.ages is not None and not _are_ages(self.ages):
            faults.append(
                f"training.ages is {self.ages!r}; expected a sequence of ages in s, from 0 s to "
                f"{_LONGEST:g} s"
            )
        if not (_number(self.amplify) and 0 <= self.amplify <= 100):
            faults.append(f"training.amplify is {self.amplify!r}; it must lie from 0 to 100")
        for name in ("read_noise", "converters"):
            if getattr(self, name) not in (True, False):
                faults.append(
                    f"training.{name} is {getattr(self, name)!r}; it must be true or false"
                )
        if self.clip is not None and not (_number(self.clip) and self.clip > 0):
            faults.append(f"training.clip is {self.clip!r}; it must be above 0, or None")
        if faults:
            raise SpecError(faults)

    def ages_of(self, hardware: Hardware) -> tuple[float, ...]:
        """The ages that are drawn from, s.

        Raises
        ------
        SpecError : one is before the device's first.
        """
        first = hardware.device.ages[0]
        if self.ages is None:
            start = max(first, 1.0)
            return tuple(start * (YEAR / start) ** (k / 4) for k in range(5))
        early = [t for t in self.ages if t < first]
        if early:
            raise SpecError(
                f"training.ages holds {show(early[0], 'second')}; the device is described from "
                f"{show(first, 'second')} on"
            )
        return self.ages


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_ages(ages: object) -> bool:
    return (
        isinstance(ages, tuple | list)
        and len(ages) > 0
        and all(_number(t) and 0 <= t <= _LONGEST for t in ages)
    )
