"""Tables on the screen: how they take the room that there is."""

import pytest

from xbarsim.cli.tables import grid

COLUMNS = ("metric", "A", "B", "difference", "p", "verdict")
ROW = ("energy.imbalance", "1.857 nJ", "1.848 nJ", "-9.233 pJ ± 60.49 fJ", "2.2e-15", "not shown")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_every_column_is_there_and_no_name_is_broken_where_there_is_room(
    width, monkeypatch, capsys
):
    monkeypatch.setenv("COLUMNS", str(width))
    grid("means", COLUMNS, [ROW, ROW], left=[0, 5], wrap=[3, 5])
    lines = capsys.readouterr().out.splitlines()
    cells = [line.split("│")[1:-1] for line in lines if line.startswith("│")]
    told = ["".join(column).replace(" ", "") for column in zip(*cells, strict=True)]
    assert all(len(line) <= width for line in lines)
    assert told == [2 * text.replace(" ", "") for text in ROW]
    assert width < 80 or ROW[0] in lines[4]


def test_a_table_may_be_empty(capsys):
    grid("means", COLUMNS, [])
    assert "difference" in capsys.readouterr().out
