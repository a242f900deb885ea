"""What becomes of one metric, in words."""

import math
from typing import Any

from xbarsim.report.compare.significance import EQUAL, EXACT, NONE, NOT_SHOWN, ONE
from xbarsim.report.text import counted, percent_text, quantity_text

_MANY = 9.0  # relative difference from which it is told in times


def amount(value: float, half: float, unit: str) -> str:
    """A difference with sign and half width: points of shares, others in their unit."""
    factor = 100.0 if unit == "dimensionless" else 1.0
    if unit in ("dimensionless", "count"):
        sure = f" ± {factor * half:.3g}" if math.isfinite(half) and half else ""
        return f"{factor * value:+.3g}{sure}{' points' if factor > 1 else ''}"
    sure = f" ± {quantity_text(half, unit)}" if math.isfinite(half) and half else ""
    return f"{'+' if value > 0 else ''}{quantity_text(value, unit)}{sure}"


def p_text(p: float) -> str:
    """``0.0021`` → ``p = 0.0021``."""
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"


def effect(row: dict[str, Any]) -> str:
    """``raises accuracy of digits by 1.2 ± 0.3 points (paired over 10 chips, p = 0.002)``."""
    what, verdict = f"{row['metric']} of {row['task']}", row["verdict"]
    if verdict in EQUAL:
        return f"leaves {what} {verdict}"
    if verdict == NONE:
        return f"cannot be judged by {what}, which no chip of both has"
    by = amount(row["difference"], row["half_width"], row["unit"])
    if verdict == ONE:
        return f"changes {what} by {by} in one chip, which shows nothing of others"
    if verdict == NOT_SHOWN:
        chips = counted(min(row["n_a"], row["n_b"]), "chip")
        return (
            f"makes no difference to {what} that {chips} can show ({by}, {p_text(row['p_holm'])})"
        )
    verb = "raises" if row["difference"] > 0 else "lowers"
    return f"{verb} {what} by {by.lstrip('+-')} ({_shown_by(row)})"


def cost(row: dict[str, Any]) -> str:
    """``costs 14 % more energy``, ``costs the same energy``."""
    if row["verdict"] in EQUAL:
        return "costs the same energy"
    if row["verdict"] == NOT_SHOWN:
        return f"costs no more or less energy that is shown ({p_text(row['p_holm'])})"
    if not math.isfinite(row["relative"]):
        return effect(row)
    more = "more" if row["relative"] > 0 else "less"
    how = "in one chip" if row["verdict"] == ONE else _shown_by(row)
    if row["relative"] > _MANY:
        return f"costs {1 + row['relative']:.3g} times the energy ({how})"
    return f"costs {_share(abs(row['relative']))} {more} energy ({how})"


def _share(fraction: float) -> str:
    """A share that is no zero, however small."""
    return percent_text(fraction) if fraction >= 1e-3 else f"{100 * fraction:.1g}\u00a0%"


def _shown_by(row: dict[str, Any]) -> str:
    """Over how many chips, with what probability."""
    n = f"{row['n_a']}" if row["n_a"] == row["n_b"] else f"{row['n_a']} and {row['n_b']}"
    if row["verdict"] == EXACT:
        return f"the same in each of {n} chips"
    pairs = row["test"] in ("paired t", "sign", "McNemar's")
    return f"{'paired' if pairs else row['test']} over {n} chips, {p_text(row['p_holm'])}"
