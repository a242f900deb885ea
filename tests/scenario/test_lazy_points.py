import pytest

from xbarsim.errors import SpecError
from xbarsim.scenario.lazy_points import Points


@pytest.fixture
def made():
    return []


@pytest.fixture
def points(made):
    def make(point):
        made.append(point)
        if point["a"] < 0:
            raise SpecError(["a: below zero", f"a: {point['a']}"])
        return point["a"]

    return lambda *values: Points([{"a": value} for value in values], make)


def test_a_point_is_made_when_it_is_asked_for_and_once(points, made):
    found = points(1, 2, 3)
    assert len(found) == 3 and made == []
    assert (found[-1], found[2], found[1:]) == (3, 3, [2, 3])
    assert made == [{"a": 3}, {"a": 2}]


def test_points_are_equal_to_what_they_hold(points):
    assert points(1, 2) == points(1, 2) == [1, 2]
    assert points(1, 2) != [1, 3]
    assert points(1) != 1


def test_a_place_beyond_the_last_is_refused(points):
    with pytest.raises(IndexError):
        points(1)[1]


def test_all_faults_are_told_at_the_end_each_once(points):
    done, checked = [], points(-1, 5, -2).checked()
    with pytest.raises(SpecError) as caught:
        for count in checked:
            done.append(count)
    assert done == [1, 2, 3]
    assert caught.value.faults == ["a: below zero", "a: -1", "a: -2"]
