"""Time to first spike: the larger a value, the earlier its only spike."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from xbarsim.backend import Array, array_namespace, real_array
from xbarsim.checks import check_above_zero, check_count, check_one_of
from xbarsim.errors import SpecError

Law = Literal["linear", "log"]


@dataclass(frozen=True, kw_only=True)
class Latency:
    r"""When a value spikes.

    With the law ``log`` a leaky integrator driven by x from 0 reaches the threshold
    :math:`\theta` at

    .. math:: t = \tau \ln \frac{x}{x - \theta},

    with ``linear`` it is :math:`t = (1 - x)(n - 1)` for n steps. Times are rounded to steps; what
    is not above the threshold, or would spike after the last step, never does.

    Parameters
    ----------
    steps : n, from 1.
    law : ``linear`` or ``log``.
    threshold : :math:`\theta`, from 0 below 1; of ``log`` above 0.
    tau : :math:`\tau` of ``log``, in steps.

    Raises
    ------
    SpecError : a setting is out of range.

    References
    ----------
    Log: W. Gerstner, W. Kistler, R. Naud, L. Paninski, Neuronal Dynamics (Cambridge University
    Press, 2014), section 1.3, solved for the time of the threshold. Linear: B. Rueckauer and
    S.-C. Liu, "Conversion of analog to spiking neural networks using sparse temporal coding",
    ISCAS 2018, with the range of times a whole window (ours).
    """

    steps: int
    law: Law = "linear"
    threshold: float = 0.01
    tau: float = 5.0

    def __post_init__(self) -> None:
        check_count("latency.steps", self.steps, 1, 1_000_000)
        check_one_of("latency.law", self.law, get_args(Law))
        if not 0 <= self.threshold < 1 or (self.law == "log" and self.threshold == 0):
            low = "above 0" if self.law == "log" else "at least 0"
            raise SpecError(
                f"latency.threshold is {self.threshold:g}; with latency.law '{self.law}' it must "
                f"be {low} and below 1"
            )
        check_above_zero("latency.tau", self.tau, "steps")


def first_spike_times(x: Any, spec: Latency) -> Array:
    """When each value spikes, in steps, before rounding; infinite where it never does.

    Parameters
    ----------
    x : values in [0, 1], any shape.

    Raises
    ------
    SpecError : a value outside [0, 1].
    """
    xp = array_namespace(x)
    x = real_array("x", x, xp).astype(float)
    if not ((x >= 0) & (x <= 1)).all():
        raise SpecError("x holds values outside [0, 1], which latency takes no time for")
    above = x > spec.threshold
    if spec.law == "linear":
        times = (1 - x) * (spec.steps - 1)
    else:
        safe = xp.where(above, x, 1.0)
        times = -spec.tau * xp.log1p(-spec.threshold / safe)
    return xp.where(above & (xp.rint(times) < spec.steps), times, xp.inf)


def latency(x: Any, spec: Latency) -> Array:
    """Spike trains of values, at most one spike each.

    Parameters
    ----------
    x : values in [0, 1], (channels,).

    Returns
    -------
    (steps, channels) of 0 and 1, uint8.

    Raises
    ------
    SpecError : another shape, or a value outside [0, 1].
    """
    xp = array_namespace(x)
    x = real_array("x", x, xp)
    if x.ndim != 1 or not x.size:
        raise SpecError(f"x has shape {x.shape}; expected (channels,)")
    times = xp.rint(first_spike_times(x, spec))
    return (xp.arange(spec.steps)[:, None] == times).astype(xp.uint8)
