"""On which series converters and rails are ranged."""

import numpy as np
import pytest

from xbarsim.reservoirs.dynamic_reservoir import DynamicReservoir
from xbarsim.reservoirs.estimator import _some


def marked(*lengths):
    """Series of so many steps that say which they are."""
    return [np.full((length, 1), float(k)) for k, length in enumerate(lengths)]


def test_all_steps_are_taken_where_they_are_few():
    series = marked(5, 4000, 91)
    assert _some(series) is series


def test_of_one_long_series_the_first_steps_are_taken():
    (found,) = _some([np.arange(9000.0)[:, None]])
    assert np.array_equal(found[:, 0], np.arange(4096))


@pytest.mark.parametrize("lengths", [[60] * 300, [7, 120, 43] * 100, [300] * 1000])
def test_many_series_are_taken_from_everywhere(lengths):
    series = marked(*lengths)
    found = _some(series)
    places = [int(part[0, 0]) for part in found]
    steps = sum(len(part) for part in found)
    assert 0.8 * 4096 < steps <= 4096
    assert places[0] == 0 and places[-1] == len(series) - 1
    assert np.diff(places).max() <= 1.5 * len(series) / len(places) + 1


def test_of_few_long_series_each_has_its_share():
    found = _some(marked(100, 9000, 9000, 9000))
    assert [len(part) for part in found] == [100, 1332, 1332, 1332]


def test_rails_do_not_depend_on_the_order_of_series(streams):
    """From quiet to loud: the first series alone would leave the loud ones at the rails."""
    loudness = np.linspace(0.05, 3.0, 300)
    series = [size * np.sin(0.3 * np.arange(60))[:, None] for size in loudness]
    shuffled = [series[k] for k in streams.rng().permutation(300)]
    for given in (series, shuffled, series[::-1]):
        chip = DynamicReservoir(devices=3, random_state=0).fit(given)
        low, high = chip.core_._rails.u
        assert high - low == pytest.approx(6.0, rel=0.03)
