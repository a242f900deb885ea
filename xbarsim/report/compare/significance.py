"""Differences between two samples of chips: how large, how sure, and what is shown by them.

References
----------
Welch, "The generalization of Student's problem when several different population variances are
involved", Biometrika 34 (1947), 28.
Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics
6 (1979), 65.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

Values = npt.NDArray[np.float64]

#: verdicts; what differs exactly has no spread in either study, and needs no test
SAME = "the same to the bit"
ROUNDING = "the same but for rounding"
EXACT = "differs exactly"
DIFFERS = "differs"
NOT_SHOWN = "not shown"
ONE = "one chip"
NONE = "not in both"
#: verdicts on what is alike
EQUAL = (SAME, ROUNDING)
_FIGURES = ("n_a", "n_b", "mean_a", "mean_b", "difference", "half_width", "test", "p", "verdict",
            "error", "freedom")  # fmt: skip
#: relative difference that rounding may make
_ROUNDED = 1e-12


def difference(a: Values, b: Values, *, paired: bool, drawn: bool) -> dict[str, Any]:
    """How `b` differs from `a`, one metric of several chips, before `judged`.

    Parameters
    ----------
    a, b : (trials,), nan where a trial is missing; trial k of both is the same chip if `paired`.
    drawn : whether chips may have the same value by chance, as shares of counted things have; if
        not, a value without any spread is no matter of chance.

    Returns
    -------
    ``n_a``, ``n_b``, ``mean_a``, ``mean_b``, ``difference`` of means, ``half_width`` of its
    interval (nan where there is none), ``test``, ``p`` (nan where nothing is tested), ``verdict``
    (empty where the test decides), ``error`` and ``freedom`` of a t test.
    """
    together = np.isfinite(a) & np.isfinite(b)
    x, y = (a[together], b[together]) if paired else (a[np.isfinite(a)], b[np.isfinite(b)])
    out: dict[str, Any] = dict.fromkeys(_FIGURES, np.nan)
    out |= {"n_a": len(x), "n_b": len(y), "test": "", "verdict": ""}
    if not (len(x) and len(y)):
        return out | {"verdict": NONE}
    shift = y - x if paired else np.array([y.mean() - x.mean()])
    out |= {"mean_a": x.mean(), "mean_b": y.mean(), "difference": shift.mean()}
    rounding = _ROUNDED * max(np.abs(x).max(), np.abs(y).max())
    flat = np.ptp(x) <= rounding and np.ptp(y) <= rounding
    if together.sum() == len(x) == len(y):  # what is alike trial by trial is so however it is drawn
        if (a[together] == b[together]).all():
            return out | _the_same(drawn)
        shift = b[together] - a[together]
    elif flat and x[0] == y[0]:
        return out | _the_same(drawn)
    if np.abs(shift).max() <= rounding:
        return out | {"verdict": ROUNDING}
    if min(len(x), len(y)) < 2:
        return out | {"verdict": ONE}
    if flat and not drawn:
        return out | {"half_width": 0.0, "verdict": EXACT}
    if np.isin(np.concatenate([x, y]), (0.0, 1.0)).all():
        return out | _of_shares(x, y, paired)
    return out | (_of_pairs(y - x, rounding) if paired else _of_samples(x, y, flat))


def _the_same(drawn: bool) -> dict[str, Any]:
    """Of chips that may be alike by chance it counts as a test."""
    found = {"difference": 0.0, "half_width": 0.0, "verdict": SAME}
    return found | ({"p": 1.0} if drawn else {})


def _of_pairs(shift: Values, rounding: float) -> dict[str, Any]:
    """Student's t of differences; where all are equal it would be too sure, and signs tell."""
    if np.ptp(shift) <= rounding:
        return {"test": "sign", "p": 0.5 ** (len(shift) - 1)}
    error = shift.std(ddof=1) / np.sqrt(len(shift))
    return {"test": "paired t", "error": error, "freedom": len(shift) - 1}


def _of_samples(x: Values, y: Values, flat: bool) -> dict[str, Any]:
    """Welch's t; where no sample has any spread, how seldom they fall apart by chance."""
    if flat:
        return {"test": "permutation", "p": 2 / special.comb(len(x) + len(y), len(x))}
    parts = np.array([x.var(ddof=1) / len(x), y.var(ddof=1) / len(y)])
    freedom = parts.sum() ** 2 / (parts**2 / [len(x) - 1, len(y) - 1]).sum()
    return {"test": "Welch's t", "error": np.sqrt(parts.sum()), "freedom": freedom}


def _of_shares(x: Values, y: Values, paired: bool) -> dict[str, Any]:
    """Exact tests of what a chip has or has not: McNemar's, or Fisher's."""
    if paired:
        gained, lost = int((y > x).sum()), int((y < x).sum())
        return {"test": "McNemar's", "p": float(stats.binomtest(gained, gained + lost).pvalue)}
    counts = [[int(v.sum()), len(v) - int(v.sum())] for v in (x, y)]
    return {"test": "Fisher's", "p": float(stats.fisher_exact(counts).pvalue)}


def judged(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """`table` of `difference` with intervals, ``p_holm`` (corrected for all it tests), verdicts."""
    error, freedom = (table[name].to_numpy(dtype=float) for name in ("error", "freedom"))
    t_test = np.isfinite(error)
    p, half = (table[name].to_numpy(dtype=float).copy() for name in ("p", "half_width"))
    shift = table["difference"].to_numpy(dtype=float)
    p[t_test] = 2 * stats.t.sf(np.abs(shift[t_test]) / error[t_test], freedom[t_test])
    half[t_test] = error[t_test] * stats.t.ppf(0.5 + level / 2, freedom[t_test])
    corrected = holm(p)
    shown = np.where(corrected <= 1 - level, DIFFERS, NOT_SHOWN)
    verdict = np.where(table["verdict"] == "", shown, table["verdict"])
    found = table.assign(half_width=half, p=p, p_holm=corrected, verdict=verdict)
    return found.drop(columns=["error", "freedom"])


def holm(p: Values) -> Values:
    """Holm's adjusted probabilities; nan stays nan and does not count."""
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    steps = np.arange(len(order), 0, -1)
    found = np.full(len(p), np.nan)
    found[order] = np.minimum(np.maximum.accumulate(steps * p[order]), 1.0)
    return found
