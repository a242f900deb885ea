"""Numbers and values as the report writes them."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from xbarsim.units import show, symbol

_PREFIXES = [(1e-15, "f"), (1e-12, "p"), (1e-9, "n"), (1e-6, "µ"), (1e-3, "m"), (1.0, ""),
             (1e3, "k"), (1e6, "M"), (1e9, "G")]  # fmt: skip


def quantity_text(value: float, unit: str) -> str:
    """`value` (SI) with prefix and symbol, ``2.5e-05, "siemens"`` → ``25 µS``."""
    text = show(float(value), unit).replace(" ohm", " Ω").replace("kohm", "kΩ")
    return text.replace("Mohm", "MΩ").replace("mohm", "mΩ").replace(" u", " µ")


def unit_symbol(unit: str) -> str:
    """The symbol of a unit that takes a prefix, ``ohm`` → ``Ω``; empty for others."""
    return symbol(unit).replace("ohm", "Ω")


def energy_text(value: float) -> str:
    """An energy in joule, ``1.2e-8`` → ``12 nJ``; a dash where it is not known."""
    return quantity_text(value, "joule") if math.isfinite(value) else "–"


def age_text(value: float) -> str:
    """An age in seconds, ``3600`` → ``1 h``."""
    return quantity_text(value, "second")


def percent_text(fraction: float) -> str:
    """A fraction as percent, ``0.953`` → ``95.3 %``."""
    return f"{100 * fraction:.1f}\u00a0%" if math.isfinite(fraction) else "–"


def accuracy_text(mean: float, half_width: float) -> str:
    """Mean and half width of an interval, fractions, ``95.3 ± 0.4 %``."""
    if not math.isfinite(half_width):
        return percent_text(mean)
    return f"{100 * mean:.1f} ± {100 * half_width:.1f}\u00a0%"


def interval_text(confidence: float, trials: Iterable[float]) -> str:
    """What the error bars are: ``95 % Student-t interval of the mean over 5 trials``."""
    counts = sorted({int(n) for n in trials})
    if counts == [1]:
        return "one trial, no interval"
    shown = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    note = " (none where there is one trial)" if counts[0] == 1 else ""
    return f"{100 * confidence:g} % Student-t interval of the mean over {shown} trials{note}"


def counted(count: int, noun: str) -> str:
    """``3, "trial"`` → ``3 trials``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def is_number(value: Any) -> bool:
    """Whether `value` is a finite number and no truth value."""
    if isinstance(value, bool | str) or value is None or type(value).__name__ == "bool":
        return False
    try:
        return math.isfinite(value)
    except TypeError:
        return False


def is_missing(value: Any) -> bool:
    """Whether `value` is None or NaN: how a table holds what a scenario writes as null."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def value_text(value: Any, unit: str = "dimensionless") -> str:
    """One value of a scenario, sheet or record, nested ones written inline."""
    if is_missing(value):
        return "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_nested_text(item, unit)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_nested_text(item, unit) for item in value)
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return str(value).lower()
    if unit != "dimensionless" and is_number(value):
        return quantity_text(value, unit)
    if unit != "dimensionless" and isinstance(value, str):
        return _listed_text(value, unit)
    if is_number(value) and not isinstance(value, int):
        return f"{value:.6g}"
    return str(value)


def _listed_text(value: str, unit: str) -> str:
    """Numbers as a table holds a list, ``20.0, 3600.0``, with the unit; other texts as they are."""
    try:
        return ", ".join(quantity_text(float(part), unit) for part in value.split(", "))
    except ValueError:
        return value


def _nested_text(value: Any, unit: str) -> str:
    text = value_text(value, unit)
    return f"({text})" if isinstance(value, Mapping | list | tuple) else text


def prefixed(largest: float, symbol: str) -> tuple[float, str]:
    """Factor and unit that bring values up to `largest` into a readable range: ``1e9, "nJ"``."""
    fitting = [step for step in _PREFIXES if step[0] <= largest] or [(1.0, "")]
    scale, prefix = fitting[-1]
    return 1 / scale, f"{prefix}{symbol}"


def names_below(columns: Iterable[Any], head: str) -> list[str]:
    """What stands behind `head` in the names of columns, in their order; no half widths."""
    names = [str(c).removeprefix(head) for c in columns if str(c).startswith(head)]
    return [name for name in names if not name.endswith("half_width")]


def component_text(component: str) -> str:
    """``sample_hold`` → ``sample hold``, ``adc`` → ``ADC``."""
    return component.upper() if component in {"adc", "dac"} else component.replace("_", " ")


def broken(path: str, most: int) -> str:
    """A dotted path over lines of at most `most` characters, broken after dots and slashes."""
    lines = [""]
    for part in re.split(r"(?<=[./])(?=.)", path):
        if lines[-1] and len(lines[-1] + part) > most:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)


def join_words(words: Iterable[str]) -> str:
    """``["a", "b", "c"]`` → ``a, b and c``."""
    items = list(words)
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
