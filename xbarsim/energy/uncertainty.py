"""How far an energy may be off, as the energies of its components are known so well and no better.

Every design of a component is a draw: all converters of a chip are the same design, so that one
draw of a kind holds in every layer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import erf, exp, log, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_all, check_count, check_number
from xbarsim.constants import NORMAL_90
from xbarsim.errors import SpecError
from xbarsim.streams import Streams
from xbarsim.units import show

if TYPE_CHECKING:
    import pandas as pd

_WIDEST = 10.0  # nats; ours: beyond a factor of e^10 nothing is known


@dataclass(frozen=True, kw_only=True)
class Part:
    r"""Energy of all components of one kind, of which designs differ.

    .. math:: E = m\,e^{s z}, \quad s = s_-\ \text{for}\ z < 0,\ s_+\ \text{from there on}

    with z standard normal, so that m is the median.

    Parameters
    ----------
    energy : as stated, J.
    scatter : standard deviation of ln energy; s on both sides where there are no quantiles.
    low, high : 10 % and 90 % quantile of designs, J; both or neither.

    Raises
    ------
    SpecError : a number that is negative or not finite, one quantile alone, quantiles that fall, or
        designs that differ by more than ten nats.

    Notes
    -----
    Quantiles that are given go before `scatter`. Between them the stated energy is the median. It
    need not lie there: a regression of good converters lies below 90 % of those published. It is
    then no median of designs with such quantiles: the median is the geometric mean of the two, one
    s holds on both sides, and `inside` is False. That choice, and the two halves, are ours.
    """

    energy: float
    scatter: float = 0.0
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        check_all(
            [
                (check_number, "energy", self.energy, 0.0, np.inf, "joule"),
                (check_number, "scatter", self.scatter, 0.0, _WIDEST),
            ]
        )
        if self.low is None and self.high is None:
            return
        if self.low is None or self.high is None:
            missing = "low" if self.low is None else "high"
            raise SpecError(f"{missing} is missing; quantiles are given both or not at all")
        check_number("low", self.low, 0.0, np.inf, "joule")
        check_number("high", self.high, self.low, np.inf, "joule")
        if self.low == 0 and (self.high > 0 or self.energy > 0):
            raise SpecError(
                f"low is 0 J, high {show(self.high, 'joule')} and energy "
                f"{show(self.energy, 'joule')}; a tenth of all designs cannot take nothing"
            )
        if self.low and max(self.scatters) > _WIDEST:
            raise SpecError(
                f"low is {show(self.low, 'joule')} and high {show(self.high, 'joule')}; designs "
                f"may differ by {_WIDEST:g} nats a standard deviation at the most"
            )

    @property
    def inside(self) -> bool:
        """Whether the stated energy lies between the quantiles."""
        return self.low is None or self.high is None or self.low <= self.energy <= self.high

    @property
    def median(self) -> float:
        """m, J."""
        if self.low is None or self.high is None or self.inside:
            return self.energy
        return sqrt(self.low) * sqrt(self.high)

    @property
    def scatters(self) -> tuple[float, float]:
        """Values of s below the median and above it."""
        if self.low is None or self.high is None:
            return self.scatter, self.scatter
        if self.low == 0:
            return 0.0, 0.0
        m = self.median
        return log(m / self.low) / NORMAL_90, log(self.high / m) / NORMAL_90

    def at(self, z: Array) -> Array:
        """Energies (J) of designs, shape of `z`, standard normals."""
        below, above = self.scatters
        drawn: Array = self.median * np.exp(np.where(z < 0, below, above) * z)
        return drawn

    @property
    def mean(self) -> float:
        """Of all designs, J: m times the sum over halves of exp(s^2/2) Phi(-s) and Phi(s)."""
        return self.median * self._moment(1)

    @property
    def variance(self) -> float:
        """Of all designs, J^2."""
        return max(self.median**2 * (self._moment(2) - self._moment(1) ** 2), 0.0)

    def _moment(self, k: int) -> float:
        """Mean of (E / m)^k."""
        below, above = (k * s for s in self.scatters)
        halves = exp(below**2 / 2) * _below(-below), exp(above**2 / 2) * _below(above)
        return sum(halves)


def _below(x: float) -> float:
    """Probability that a standard normal is less than `x`."""
    return (1 + erf(x / sqrt(2))) / 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Uncertainty:
    """A total of components that are known so well.

    Parameters
    ----------
    stated : the total of the stated energies, J.
    quantiles : ``P10``, ``P50`` and ``P90`` of the totals that were drawn, J.
    shares : of the variance of the total, by component, exact; they add up to 1, and are 0 where
        nothing varies. Of long tails much of the variance lies in designs that are drawn rarely.
    tornado : the total with each component at its P10 (``low``) and P90 (``high``), all others as
        stated, J, widest first; ``inside`` as in `Part`.
    totals : drawn, (samples,) J.
    """

    stated: float
    quantiles: "pd.Series[float]"
    shares: "pd.Series[float]"
    tornado: "pd.DataFrame"
    totals: Array


def uncertainty(parts: Mapping[str, Part], streams: Streams, samples: int = 10_000) -> Uncertainty:
    """Draw every component's designs, and add them up.

    Parameters
    ----------
    parts : by name, each the energy of all components of its kind together.
    streams : a stream of each component's name is used, so that one more moves no other.
    samples : how many totals are drawn.

    Raises
    ------
    SpecError : no parts, something that is no `Part`, or fewer than 100 samples.
    """
    import pandas as pd

    check_count("samples", samples, 100)
    if not parts:
        raise SpecError("parts is empty; there is nothing that could be uncertain")
    for name, part in parts.items():
        if not isinstance(part, Part):
            raise SpecError(f"{name} is {part!r}; expected an xbarsim.energy.uncertainty.Part")
    totals = np.zeros(samples)
    for name, part in parts.items():
        totals += part.at((streams / name).normal((samples,)))
    p10, p50, p90 = (float(q) for q in np.quantile(totals, (0.1, 0.5, 0.9)))
    variance = pd.Series({name: part.variance for name, part in parts.items()}, dtype=float)
    whole = float(variance.sum())
    return Uncertainty(
        stated=sum(part.energy for part in parts.values()),
        quantiles=pd.Series({"P10": p10, "P50": p50, "P90": p90}),
        shares=variance / whole if whole > 0 else variance,
        tornado=_tornado(parts),
        totals=totals,
    )


def _tornado(parts: Mapping[str, Part]) -> "pd.DataFrame":
    import pandas as pd

    stated, ends = sum(part.energy for part in parts.values()), np.array([-1, 1]) * NORMAL_90
    rows = {}
    for name, part in parts.items():
        rest = stated - part.energy
        low, high = (rest + float(e) for e in part.at(ends))
        rows[name] = {"low": low, "high": high, "inside": part.inside}
    table = pd.DataFrame.from_dict(rows, orient="index")
    width = (table["high"] - table["low"]).sort_values(ascending=False, kind="stable")
    return table.loc[width.index]


def tornado(found: Uncertainty, ax: Any = None) -> Any:
    """Bars from each component's P10 to its P90, the widest on top; a line at the stated total.

    The part of a bar below the stated total is light, that above it dark; a star marks components
    whose stated energy lies outside their quantiles. A band behind shows P10 to P90 of the total.

    Parameters
    ----------
    ax : axes to draw on; a figure of their own by default.

    Returns
    -------
    The matplotlib axes; ``.figure.savefig(path)`` writes them.
    """
    from matplotlib.ticker import EngFormatter

    table = found.tornado
    if ax is None:
        ax = _axes(len(table))
    places = range(len(table))
    ax.axvspan(found.quantiles["P10"], found.quantiles["P90"], color="#eef0f3", zorder=0)
    for side, colour in (("low", "#9ecae8"), ("high", "#0072b2")):
        clip = np.minimum if side == "low" else np.maximum
        first, last = (clip(table[end], found.stated) for end in ("low", "high"))
        ax.barh(places, last - first, left=first, height=0.62, color=colour, edgecolor="#2b2f36",
                linewidth=0.5)  # fmt: skip
    ax.axvline(found.stated, color="#2b2f36", linewidth=1)
    names = [n if ok else f"{n} *" for n, ok in zip(table.index, table["inside"], strict=True)]
    ax.set_yticks(places, names, fontsize=8)
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(EngFormatter(unit="J"))
    ax.tick_params(axis="x", labelsize=8)
    ax.set_xlabel("total with one component at its P10 and P90; band: P10 to P90", fontsize=8)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


def _axes(bars: int) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 0.9 + 0.28 * bars), facecolor="white", layout="constrained")
    return figure.add_subplot()
