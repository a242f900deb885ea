"""Columns of the table of trials as compact JSON: numbers as in ``results.csv``, each once."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from xbarsim.study.points import plain

Packed = dict[str, Any]


def packed(values: "pd.Series[Any]") -> Packed:
    """A column: its distinct values and which of them each row has, or every number.

    Returns
    -------
    ``number``, whether all values are numbers or missing; ``whole``, whether all are whole ones by
    their type; and either ``levels``, with ``of``, the
    level of each row as unsigned integers of ``width`` bytes, or ``data``, 64-bit floats; both
    little-endian in base64. Missing numbers are null or NaN, missing text is empty.
    """
    cells = [plain(value) for value in values.tolist()]
    number = all(_is_numeric(cell) for cell in cells)
    column = np.array([math.nan if c is None else c for c in cells], "<f8") if number else [
        _text(cell) for cell in cells
    ]  # fmt: skip
    codes, levels = pd.factorize(np.asarray(column), use_na_sentinel=False)
    if number and 2 * len(levels) > len(cells):
        whole = all(isinstance(cell, int) for cell in cells)
        return {"number": True, "whole": whole, "data": _base64(np.asarray(column))}
    width = next(size for size in (1, 2, 4) if len(levels) <= 256**size)
    told = [None if level != level else plain(level) for level in levels]
    return {"number": number, "levels": told, "of": _base64(codes.astype(f"<u{width}")),
            "width": width}  # fmt: skip


def leaves(value: Any) -> Any:
    """Plain data with every scalar as the text that stands for it in YAML (and in JSON)."""
    if isinstance(value, Mapping):
        return {str(key): leaves(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [leaves(item) for item in value]
    return json.dumps(value, ensure_ascii=False)


def _is_numeric(cell: Any) -> bool:
    return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))


def _text(cell: Any) -> str:
    missing = cell is None or (isinstance(cell, float) and math.isnan(cell))
    return "" if missing else str(cell)


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()
