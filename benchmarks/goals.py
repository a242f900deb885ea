"""What is aimed at, beside what was measured."""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from ours import FLOP

_COMPARED: dict[str, Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge}


@dataclass
class Results:
    """Figures of each size, and those of no size."""

    by_side: dict[int, dict[str, float]] = field(default_factory=dict)
    single: dict[str, float] = field(default_factory=dict)

    def at(self, side: int, name: str) -> float:
        """One figure; NaN where it was not measured."""
        return self.by_side.get(side, {}).get(name, np.nan)

    def exponent(self, name: str, least: int = 128) -> float:
        """Power of the side that a time grows with, fitted from `least` on; NaN below two sizes."""
        sides = [k for k in self.by_side if k >= least and np.isfinite(self.at(k, name))]
        if len(sides) < 2:
            return np.nan
        times = [self.at(k, name) for k in sides]
        return float(np.polyfit(np.log(sides), np.log(times), 1)[0])


@dataclass(frozen=True)
class Goal:
    """One figure that is aimed at; `measured` is NaN where nothing was."""

    what: str
    measured: float
    sign: str
    limit: float
    unit: str = ""

    @property
    def verdict(self) -> str:
        """``yes``, ``no``, or ``not measured``."""
        if not np.isfinite(self.measured):
            return "not measured"
        return "yes" if _COMPARED[self.sign](self.measured, self.limit) else "no"


def goals(results: Results) -> list[Goal]:
    """Every goal."""
    return [*_errors(results), *_ratios(results), *_costs(results)]


def _errors(r: Results) -> Iterable[Goal]:
    for what, name, limit in (
        ("error of the transfer matrix, float64", "transfer_error", 1e-11),
        ("error of the transfer matrix, float32", "transfer32_error", 5e-6),
        ("error of a single solve", "solve_error", 1e-9),
        ("error of its node voltages", "nodes_error", 1e-9),
        ("difference of transfer matrix and solve", "routes_differ", 1e-9),
    ):
        yield Goal(f"{what}, all sizes", _worst(r, name), "<=", limit)


def _ratios(r: Results) -> Iterable[Goal]:
    for what, peer, ours, limit in (
        ("one vector: badcrossbar over solve", "badcrossbar_vector", "solve_nodes", 300),
        ("one badcrossbar vector over the transfer matrix", "badcrossbar_vector", "transfer", 20),
        ("a further vector: badcrossbar over read", "badcrossbar_further", "further", 5000),
        ("the same, outputs alone", "badcrossbar_further_least", "further", 5000),
    ):
        for side in (64, 128, 256, 512):
            yield Goal(f"{what}, {side}", r.at(side, peer) / r.at(side, ours), ">=", limit, "x")
    crosssim = r.at(256, "crosssim_vector") / r.at(256, "solve_nodes")
    yield Goal("one vector: CrossSim over solve, 256", crosssim, ">=", 80, "x")


def _costs(r: Results) -> Iterable[Goal]:
    single = {name: r.single.get(name, np.nan) for name in _SINGLE}
    rate = FLOP * 1024**3 / r.at(1024, "transfer") / single["gemm_rate"]
    read = single["read"] / single["product"]
    backward = r.at(256, "gradient") / r.at(256, "gradient_forward")
    yield Goal("exponent of the transfer matrix, 128 on", r.exponent("transfer"), "<=", 2.9)
    yield Goal(f"transfer matrix, 1024: {FLOP} k^3 over gemm", 100 * rate, ">=", 40, "%")
    for what, limit in (("transfer 1024", 0.5), ("transfer 2048", 2.4), ("solve 4096", 1.7)):
        yield Goal(f"peak memory: {what}", single[f"memory {what}"] / 1e9, "<=", limit, "GB")
    yield Goal("200 arrays of 128 x 128", single["stack"], "<=", 2, "s")
    yield Goal("read with IR drop over plain product, 512, batch 256", read, "<=", 1.1, "x")
    yield Goal("Newton steps, 256", r.at(256, "nonlinear_iterations"), "<=", 13)
    yield Goal("residual of the nonlinear solve, 256", r.at(256, "nonlinear_residual"), "<=", 1e-10)
    yield Goal("nonlinear vector, 256", 1e3 * r.at(256, "nonlinear"), "<=", 60, "ms")
    yield Goal("gradient of 256 samples over forward, 256", backward, "<=", 3, "x")


_SINGLE = ("gemm_rate", "read", "product", "stack") + tuple(
    f"memory {what}" for what in ("transfer 1024", "transfer 2048", "solve 4096")
)


def _worst(r: Results, name: str) -> float:
    values = [r.at(side, name) for side in r.by_side if np.isfinite(r.at(side, name))]
    return max(values, default=np.nan)
