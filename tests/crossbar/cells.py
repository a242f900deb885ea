"""One cell of every law, for the tests of circuits; their own are in `test_laws`."""

import numpy as np

from xbarsim.crossbar.laws import (
    DiodeCell,
    PolynomialCell,
    SinhCell,
    TabulatedCell,
    ThresholdSelector,
    TransistorCell,
)

V = (-1.5, -1.0, -0.4, 0.0, 0.3, 0.8, 1.2)
LAWS = [
    SinhCell(beta=10.0),
    PolynomialCell(coefficients=(0.2, 1.5, 0.0, 0.7)),
    ThresholdSelector(threshold=0.4, width=0.03, leakage=1e-3),
    DiodeCell(saturation_current=1e-9, ideality=1.5),
    TabulatedCell(v=V, i=tuple(2e-5 * np.sinh(2.0 * np.array(V)))),
    TransistorCell(threshold=0.4, transconductance=1e-4),
]
names = [type(law).__name__ for law in LAWS]


def gate_of(law):
    """Gate voltages of five rows, where the law has a gate."""
    return np.array([0.2, 0.5, 0.8, 1.2, 2.0]) if law.needs_gate else None
