"""Tables that are none are refused before cells follow them."""

import numpy as np
import pytest

from xbarsim.errors import SpecError
from xbarsim.programming import PulsedCells


def tables(**changes):
    """Three cells of one member, with steps of a tenth of the range."""
    low = np.zeros(1)
    step = np.array([[[0.1, 0.1], [-0.1, -0.1]]])
    good = {"low": low, "high": low + 1.0, "step": step, "noise": abs(step),
            "g": np.array([[0.0, 1.0]]), "energy": abs(step), "member": np.zeros(3, int),
            "scale": np.ones((2, 3))}  # fmt: skip
    return good | changes


def spoilt(name, value):
    """A table of `tables` whose first number is another."""
    table = tables()[name].astype(float)
    table.reshape(-1)[0] = value
    return table


def test_good_tables_are_taken():
    assert PulsedCells(**tables()).shape == (3,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noise": np.zeros((1, 2, 3))}, r"noise has shape \(1, 2, 3\), which does not fit 1 mem"),
        ({"step": np.zeros((1, 2, 1))}, r"step has shape \(1, 2, 1\)"),
        ({"g": np.zeros((1, 1))}, r"g has shape \(1, 1\).* of 2 nodes or more"),
        ({"low": np.zeros((1, 1))}, r"low has shape \(1, 1\)"),
        ({"scale": np.ones(3)}, r"scale has shape \(3,\)"),
        ({"high": np.zeros(1)}, "range of a cell's states is empty"),
        ({"g": np.ones((1, 2))}, "g is the same at all states"),
        ({"member": np.full(3, 7)}, "member holds 7; there are tables 0 to 0"),
        ({"member": np.full(3, -1)}, "member holds -1; there are tables 0 to 0"),
        ({"member": np.zeros(3)}, "member holds float64; it takes whole numbers"),
        *[({name: spoilt(name, np.nan)}, f"{name} holds nan; it must be finite")
          for name in ("low", "high", "step", "noise", "g", "energy", "scale")],
        ({"step": spoilt("step", np.inf)}, "step holds inf; it must be finite"),
        *[({name: spoilt(name, -0.5)}, f"{name} holds -0.5; it must be at least 0")
          for name in ("noise", "g", "energy", "scale")],
    ],
)  # fmt: skip
def test_tables_that_are_none_are_refused(changes, message):
    with pytest.raises(SpecError, match=message):
        PulsedCells(**tables(**changes))
