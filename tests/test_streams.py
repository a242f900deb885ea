"""Streams are found by name: order, process and neighbours do not matter."""

import os
import subprocess
import sys
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from xbarsim.errors import SpecError
from xbarsim.streams import Streams

names = st.text(max_size=8) | st.integers(min_value=0, max_value=2**40)


def test_a_stream_starts_anew_each_time_it_is_named():
    stream = Streams(3) / "layer0" / "read"
    assert np.array_equal(stream.normal((5,)), stream.normal((5,)))


def test_what_one_stream_draws_moves_no_other():
    root = Streams(3)
    alone = (root / "read").normal((4,))
    for name in ("program", "age", "read noise"):
        (root / name).normal((1000,))
    assert np.array_equal((root / "read").normal((4,)), alone)


def test_the_order_of_naming_does_not_matter():
    forward = {k: (Streams(1) / "trial" / k).integer() for k in range(20)}
    backward = {k: (Streams(1) / "trial" / k).integer() for k in reversed(range(20))}
    assert forward == backward


def test_a_longer_draw_begins_with_the_shorter_one():
    stream = Streams(0) / "age"
    assert np.array_equal(stream.normal((10,))[:4], stream.normal((4,)))


def test_the_word_1_is_not_the_number_1():
    assert (Streams(0) / "1").integer() != (Streams(0) / 1).integer()


def test_a_path_is_not_the_words_it_joins():
    parts = [("ab", "c"), ("a", "bc"), ("abc",), ("c", "ab"), ("ab", "c", "")]
    seeds = {Streams(0, path).integer() for path in parts}
    assert len(seeds) == len(parts)


@settings(deadline=None)
@given(names, names, st.integers(min_value=0, max_value=2**63 - 1))
def test_different_names_draw_different_numbers(a, b, seed):
    same = (a, type(a)) == (b, type(b))
    assert (
        np.array_equal((Streams(seed) / a).normal((3,)), (Streams(seed) / b).normal((3,))) is same
    )


def test_no_two_of_a_million_trials_share_a_stream():
    # a stream's key holds 32 bits of each name; crc32 keeps numbers of up to six digits apart
    assert len({crc32(repr(k).encode()) for k in range(1_000_000)}) == 1_000_000


def test_different_seeds_draw_different_numbers():
    draws = [tuple((Streams(seed) / "x").normal((3,))) for seed in (0, 1, 2, 2**32, 2**63 - 1)]
    assert len(set(draws)) == len(draws)


def test_another_process_draws_the_same_numbers():
    code = (
        "from xbarsim.streams import Streams;"
        "print([x.hex() for x in (Streams(7) / 'layer0' / 3 / 'read').normal((4,)).tolist()])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    there = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    here = (Streams(7) / "layer0" / 3 / "read").normal((4,)).tolist()
    assert there.stdout.strip() == str([x.hex() for x in here])


def test_normal_draws_are_standard_normal(streams):
    draws = streams.normal((100, 200)).ravel()
    assert stats.kstest(draws, "norm").pvalue > 1e-4
    n = len(draws)
    assert abs(draws.mean()) < 4 / np.sqrt(n)
    assert abs(draws.var() - 1) < 4 * np.sqrt(2 / n)


def test_neighbouring_streams_are_uncorrelated(streams):
    draws = np.stack([(streams / k).normal((2000,)) for k in range(12)])
    correlation = np.corrcoef(draws)[np.triu_indices(12, 1)]
    assert np.abs(correlation).max() < 4.5 / np.sqrt(2000)


def test_the_integer_has_32_bits_spread_evenly(streams):
    seeds = np.array([(streams / k).integer() for k in range(500)])
    assert seeds.min() >= 0
    assert seeds.max() < 2**32
    assert stats.kstest(seeds / 2**32, "uniform").pvalue > 1e-4


def test_a_draw_has_the_shape_asked_for_and_double_precision(xp):
    draw = Streams(0).normal((2, 3), xp)
    assert draw.shape == (2, 3)
    assert draw.dtype == xp.float64


def test_a_negative_seed_is_refused():
    with pytest.raises(SpecError, match="seed is -1; it must be a whole number of at least 0"):
        Streams(-1).integer()
