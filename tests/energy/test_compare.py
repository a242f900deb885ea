"""Two ledgers side by side, and the digital baseline."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.energy.baseline import digital_baseline
from xbarsim.energy.compare import QUANTITIES, compare
from xbarsim.energy.parts import logic, memory
from xbarsim.errors import SpecError
from xbarsim.technology import NODES


def close(joules, rel=1e-9):
    return pytest.approx(joules, rel=rel, abs=0)


def ledger(*rows):
    made = [dict(zip(("layer", "component", *QUANTITIES), row, strict=True)) for row in rows]
    return pd.DataFrame(made, columns=["layer", "component", *QUANTITIES])


A = ledger(
    ("conv", "adc", 4e-12, 1e-9, 1e-6, 100), ("conv", "cells", 1e-12, 2e-9, 0.0, 10),
    ("fc", "adc", 3e-12, 1e-9, 1e-6, 50), ("fc", "dac", 1e-12, 1e-9, 0.0, 5),
)  # fmt: skip
B = ledger(
    ("conv", "adc", 8e-12, 1e-9, 1e-6, 200), ("conv", "cells", 1e-12, 2e-9, 0.0, 10),
    ("fc", "adc", 3.5e-12, 1e-9, 1e-6, 50), ("fc", "mux", 2e-12, 1e-9, 1e-7, 7),
)  # fmt: skip


def test_parts_differ_by_what_they_differ_and_the_largest_comes_first():
    parts = compare(A, B).parts["energy"]
    assert list(parts.index) == [
        ("conv", "adc"), ("fc", "mux"), ("fc", "dac"), ("fc", "adc"), ("conv", "cells"),
    ]  # fmt: skip
    assert parts.loc[("conv", "adc"), "difference"] == close(4e-12)
    assert parts.loc[("conv", "adc"), "ratio"] == 2.0
    assert parts.loc[("fc", "mux"), "ratio"] == np.inf and parts.loc[("fc", "dac"), "ratio"] == 0
    assert parts.loc[("conv", "cells"), "ratio"] == 1.0


def test_parts_that_one_lacks_are_named():
    missing = compare(A, B).missing
    assert missing.values.tolist() == [["fc", "mux", "a"], ["fc", "dac", "b"]]


def test_a_report_beside_itself_differs_nowhere():
    found = compare(A, A, ({"energy": 1.0, "name": "x"}, {"energy": 1.0, "name": "x"}))
    for table in (found.parts, found.layers, found.components):
        assert (table.xs("difference", axis=1, level=1) == 0).all(axis=None)
        assert (table.xs("ratio", axis=1, level=1) == 1).all(axis=None)
    assert (found.totals["difference"] == 0).all()
    assert found.summary.empty and found.missing.empty


NAMES = st.sampled_from(["a", "b", "c"])
ROWS = st.lists(
    st.tuples(NAMES, NAMES, *[st.floats(0, 1e-9, allow_subnormal=False)] * 3, st.integers(0, 99)),
    max_size=12,
)


@given(ROWS, ROWS)
@settings(max_examples=60, deadline=None)
def test_difference_of_totals_is_the_sum_of_differences(one, other):
    a, b = ledger(*one), ledger(*other)
    found = compare(a, b)
    for quantity in QUANTITIES:
        whole = float(b[quantity].astype(float).sum() - a[quantity].astype(float).sum())
        scale = 1e-14 * float(b[quantity].sum() + a[quantity].sum())
        assert found.totals.loc[quantity, "difference"] == pytest.approx(whole, abs=scale, rel=1e-9)
        for table in (found.parts, found.layers, found.components):
            sums = float(table[quantity, "difference"].sum())
            assert sums == pytest.approx(whole, abs=scale, rel=1e-9)


def test_summaries_show_what_differs():
    said = {"energy": 2.0, "node": "22 nm", "bits": 8, "same": 1}
    other = {"energy": 3.0, "node": "45 nm", "adc": 6, "same": 1}
    found = compare(A, B, (said, other)).summary
    assert list(found.index) == ["energy", "node", "bits", "adc"]
    assert found.loc["energy"].tolist() == [2.0, 3.0, 1.0, 1.5]
    assert found.loc["node"].tolist() == ["22 nm", "45 nm", None, None]
    assert found.loc["bits", "b"] is None and found.loc["adc", "a"] is None


def test_summaries_may_hold_arrays():
    x, y = np.arange(3), np.arange(3, 6)
    assert compare(B, B, ({"x": x}, {"x": x.copy()})).summary.empty
    assert list(compare(B, B, ({"x": x}, {"x": y})).summary.index) == ["x"]


def test_a_ledger_that_is_none_is_refused():
    with pytest.raises(SpecError, match="ledger b has no column area, count"):
        compare(A, B.drop(columns=["area", "count"]))
    with pytest.raises(SpecError, match="ledger a: energy of adc of fc is -1; it must be finite"):
        compare(ledger(("fc", "adc", -1, 0, 0, 0)), B)
    with pytest.raises(SpecError, match="leakage of adc of fc is nan"):
        compare(ledger(("fc", "adc", 1, 0, float("nan"), 0)), B)
    with pytest.raises(SpecError, match="ledger a is a dict; expected a table of pandas"):
        compare({"layer": []}, B)
    with pytest.raises(SpecError, match="ledger a: 1 rows have no layer"):
        compare(ledger((None, "adc", 1, 0, 0, 0), ("fc", "adc", 1, 0, 0, 0)), B)
    with pytest.raises(SpecError, match="ledger a: energy holds what is no number"):
        compare(ledger(("fc", "adc", "much", 0, 0, 0)), B)


def test_a_digital_mac_at_45_nm_is_0_3_pj_and_two_bytes_of_sram_over_the_reuse():
    found = digital_baseline({"fc": 1000}, NODES[45], reuse=10)
    assert found.table.loc["fc", "arithmetic"] == close(0.3e-9)
    assert found.table.loc["fc", "traffic"] == close(1000 * 2 * 1.25e-12 / 10)
    assert found.per_mac == close(0.55e-12)


def test_the_baseline_scales_with_the_node_as_its_arithmetic():
    here, there = (digital_baseline({"fc": 7.0}, NODES[n], reuse=4) for n in (45, 22))
    ratio = NODES[22].switching_factor / NODES[45].switching_factor
    assert there.energy == close(here.energy * ratio)
    assert memory.small_read(NODES[22]) == close(1.25e-12 * ratio)


def test_layers_add_up_and_twice_the_batch_takes_twice_as_much():
    macs = {"conv": 5e6, "fc": 2e5}
    one = digital_baseline(macs, NODES[22], reuse=32)
    two = digital_baseline({k: 2 * n for k, n in macs.items()}, NODES[22], reuse=32)
    assert one.energy == close(one.table[["arithmetic", "traffic"]].sum().sum())
    assert two.energy == close(2 * one.energy) and two.per_mac == close(one.per_mac)


def test_given_components_replace_the_baselines_own():
    found = digital_baseline({"fc": 10}, NODES[22], reuse=1, mac=1e-12, read=2e-12)
    assert found.energy == close(10 * (1e-12 + 4e-12))
    more = digital_baseline({"fc": 10}, NODES[22], reuse=1e12)
    assert more.energy == close(10 * logic.mac(NODES[22]).energy)
    assert digital_baseline({"fc": 0}, NODES[22], reuse=1).per_mac is None


def test_a_baseline_of_nothing_is_refused():
    for macs, given_, told in (
        ({}, {"reuse": 1}, "macs is empty"),
        ({"fc": -1}, {"reuse": 1}, "macs.fc is -1"),
        ({"fc": 1}, {"reuse": 0.5}, "reuse is 0.5; it must be at least 1"),
        ({"fc": 1}, {"reuse": 1, "read": -1e-12}, "read is -1 pJ"),
    ):
        with pytest.raises(SpecError, match=told):
            digital_baseline(macs, NODES[22], **given_)
