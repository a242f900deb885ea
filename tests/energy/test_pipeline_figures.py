"""Gantt chart and roofline, from tables made by hand and from a network's."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from timed_networks import IMAGE, conv, digital, hardware, linear, small

from xbarsim import Adc, SpecError
from xbarsim.energy.gantt import gantt, gantt_plot
from xbarsim.energy.read_time import PARTS, Times
from xbarsim.energy.roofline import CEILINGS, roofline, roofline_plot
from xbarsim.energy.timing import Run, stages
from xbarsim.mapping import Graph, Strategy, map_network

TIMES = Times(convert=1e-8, buffer_read=1e-9, buffer_write=1e-9, hop=1e-9, accumulate=2e-9)


def of(graph, example, **settings):
    placed = hardware(rows=32, cols=32, adc=Adc(columns_per_adc=8), **settings)
    return stages(map_network(graph, placed), TIMES, example)


def by_hand(**given):
    row = {"layer": "a", "block": "", "series": 1, "operations": 1000, "values": 100,
           "outside": 100, **dict.fromkeys(PARTS, 0.0), "read": 1e-9, "time": 1e-9}  # fmt: skip
    table = pd.DataFrame([{**row, **given}])
    table.attrs["interval"] = float(table["time"].max())
    return table


def test_a_pipeline_of_two_stages_by_hand():
    table = pd.DataFrame()
    table.attrs["runs"] = [Run("a", "", 2.0, ()), Run("b", "", 3.0, (0,))]
    bars = gantt(table, 3)
    assert bars["layer"].tolist() == ["a", "b"] * 3
    assert bars["inference"].tolist() == [0, 0, 1, 1, 2, 2]
    assert bars["begin"].tolist() == [0, 2, 2, 5, 4, 8]
    assert bars["end"].tolist() == [2, 5, 4, 8, 6, 11]


def test_a_chain_ends_an_interval_later_with_each_inference():
    table = of(small(), IMAGE)
    bars = gantt(table, 5)
    ends = bars.groupby("inference")["end"].max()
    expected = table.attrs["latency"] + np.arange(5) * table.attrs["interval"]
    np.testing.assert_allclose(ends, expected, rtol=1e-12)


def test_no_matrix_works_on_two_inferences_at_once_nor_before_what_it_needs():
    graph = Graph(nodes=(conv("a", "x", 4, 2, 3, pad=1), conv("b", "x", 4, 2, 1),
                         digital("s", "add", "a", "b"), conv("c", "s", 4, 4, 3)))  # fmt: skip
    table = of(graph, IMAGE)
    bars = gantt(table, 4)
    for _, of_one in bars.groupby("layer"):
        assert (of_one["begin"].to_numpy()[1:] >= of_one["end"].to_numpy()[:-1]).all()
    for _, of_one in bars.groupby("inference"):
        at = of_one.set_index("layer")
        assert at.loc["c", "begin"] >= max(at.loc["a", "end"], at.loc["b", "end"])
    first = bars[bars["inference"] == 0]
    assert first["end"].max() == pytest.approx(table.attrs["latency"], rel=1e-12, abs=0)


def test_the_chart_has_a_bar_for_each_row_and_a_line_for_each_matrix():
    bars = gantt(of(small(), IMAGE), 3)
    axes = gantt_plot(bars)
    assert sorted(p.get_x() + p.get_width() for p in axes.patches) == pytest.approx(
        sorted(bars["end"] * 1e6)
    )
    assert axes.get_xlabel() == "time (us)"
    assert [t.get_text() for t in axes.get_yticklabels()] == ["conv1", "conv2", "fc1", "fc2"]
    assert len(axes.get_legend().get_texts()) == 3


def test_many_matrices_and_inferences_are_drawn(tmp_path):
    table = pd.DataFrame()
    table.attrs["runs"] = [Run(f"l{k}", "", 1e-9, (k - 1,) if k else ()) for k in range(60)]
    axes = gantt_plot(gantt(table, 8))
    assert axes.get_legend() is None
    assert [t.get_text() for t in axes.get_yticklabels()][9] == "10"
    axes.figure.savefig(tmp_path / "chart.png", dpi=40)


def test_no_inference_is_no_pipeline():
    with pytest.raises(SpecError, match="inferences is 0; it must be a whole number from 1"):
        gantt(pd.DataFrame(), 0)


def test_hand_worked_roofline():
    # two products in series, each of 1 ns reading, 2.5 ns converting and 0.5 ns at the buffer
    table = by_hand(series=2, read=1e-9, convert=2.5e-9, buffer=0.5e-9, time=8e-9)
    first, network = roofline(table, value_bits=4, memory_bandwidth=5e9).to_dict("records")
    assert first["bytes"] == 50 and first["intensity"] == 20
    assert first["attained"] == pytest.approx(1000 / 8e-9)
    assert first["bound_by"] == "converters"
    assert first["ceiling"] == pytest.approx(1000 / 5e-9)
    assert first["buffer"] == pytest.approx(20 * 50 / 1e-9)
    assert first["network"] == np.inf
    assert network["bound_by"] == "memory"  # 50 bytes in 10 ns, stages in 8
    assert network["attained"] == pytest.approx(1000 / 10e-9)


@pytest.mark.parametrize(("name", "parts"), CEILINGS.items())
def test_what_takes_longest_is_what_bounds(name, parts):
    table = by_hand(**{parts[0]: 7e-9, "time": 9e-9})
    assert roofline(table)["bound_by"].tolist() == [name, "pipeline"]


@pytest.mark.parametrize("overlapped", [False, True])
def test_nothing_attains_more_than_its_ceilings(overlapped):
    placed = hardware(rows=32, cols=32, adc=Adc(columns_per_adc=8))
    placement = map_network(small(), placed, strategy=Strategy(copies={"conv1": 3}))
    times = Times(convert=1e-8, buffer_read=1e-9, hop=1e-9, overlapped=overlapped)
    table = roofline(stages(placement, times, IMAGE), memory_bandwidth=1e9)
    assert (table["attained"] <= table["ceiling"] * (1 + 1e-12)).all()
    roofs = table[[*CEILINGS, "pipeline", "memory"]]
    assert table["ceiling"].tolist() == roofs.min(axis=1).tolist()
    assert not table.isna().any(axis=None)


def test_the_networks_throughput_is_the_pipelines():
    table = of(small(), IMAGE)
    last = roofline(table).iloc[-1]
    assert last["attained"] == pytest.approx(
        table["operations"].sum() * table.attrs["throughput"], rel=1e-12
    )


def test_the_figure_has_a_mark_for_each_matrix_and_the_network(tmp_path):
    table = roofline(of(small(), IMAGE), memory_bandwidth=1e9)
    axes = roofline_plot(table)
    marks = [line for line in axes.lines if line.get_marker() != "None"]
    assert sum(len(line.get_xdata()) for line in marks) == len(table)
    named = {t.get_text() for t in axes.get_legend().get_texts()}
    assert {"arrays", "converters", "buffer", "network", "memory"} < named
    assert named & {"bound by pipeline", "bound by memory"}
    axes.figure.savefig(tmp_path / "roofline.png", dpi=40)


def test_figures_are_drawn_on_axes_of_ones_own():
    axes, table = (
        Figure().add_subplot(),
        of(Graph(nodes=(linear("a", "x", 4, 9),)), np.ones((1, 9))),
    )
    assert gantt_plot(gantt(table), axes) is axes
    axes = Figure().add_subplot()
    assert roofline_plot(roofline(table), axes) is axes


@pytest.mark.parametrize("wrong", [{"value_bits": 0}, {"memory_bandwidth": -1.0}])
def test_widths_and_bandwidths_are_above_zero(wrong):
    with pytest.raises(SpecError, match=f"{next(iter(wrong))} is .* it must be above 0"):
        roofline(by_hand(), **wrong)
