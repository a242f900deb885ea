"""Rows of a table, one by one."""

from typing import Any

import pandas as pd


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A mapping from columns to values for each row."""
    columns = [str(name) for name in table.columns]
    lists = (table[name].tolist() for name in columns)
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
