import numpy as np
import pytest

from xbarsim.encoders import sigma_delta
from xbarsim.errors import SpecError
from xbarsim.tasks.sequences import SequenceDataset


def dataset(n=12, test=6, classes=3, **changes):
    rng = np.random.default_rng(0)
    x = [rng.normal([5, -2], [2, 0.1], (3 + k % 4, 2)) for k in range(n + test)]
    settings = {
        "x_train": x[:n],
        "y_train": np.arange(n) % classes,
        "x_test": x[n:],
        "y_test": np.arange(test) % classes,
        "channels": ("a", "b"),
        "classes": tuple("xyz"[:classes]),
        "rate": 10.0,
    }
    return SequenceDataset(**{**settings, **changes})


def test_standardised_training_has_mean_0_and_spread_1():
    data = dataset()
    moved = data.standardised()
    joined = np.concatenate(moved.x_train)
    assert joined.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert joined.std(axis=0) == pytest.approx([1, 1])
    scale = np.concatenate(data.x_train).std(axis=0)
    change = (data.x_test[0] - data.x_train[0][0]) / scale
    assert moved.x_test[0] - moved.x_train[0][0] == pytest.approx(change)


def test_a_channel_that_never_changes_becomes_0():
    x = [np.array([[3.0, 1.0], [3.0, 2.0]])]
    data = dataset(x_train=x, y_train=np.array([0])).standardised()
    assert data.x_train[0][:, 0].tolist() == [0, 0]


def test_resplit_keeps_every_series_and_the_shares_of_the_classes():
    data = dataset()
    again = data.resplit(1)

    def members(d):
        pairs = zip([*d.x_train, *d.x_test], np.r_[d.y_train, d.y_test], strict=True)
        return sorted((id(x), int(y)) for x, y in pairs)

    assert members(again) == members(data)
    assert (np.bincount(again.y_test) == np.bincount(data.y_test)).all()
    assert (np.bincount(again.y_train) == np.bincount(data.y_train)).all()


def test_resplit_follows_its_seed():
    data = dataset(60)
    first, same, other = ([id(x) for x in data.resplit(k).x_test] for k in (1, 1, 2))
    assert first == same != other


def test_encoded_keeps_the_rate_where_steps_stay():
    data = dataset()
    events = data.encoded(lambda x: sigma_delta(x, 0.5), ["a+", "b+", "a-", "b-"])
    assert events.channels == ("a+", "b+", "a-", "b-") and events.rate == 10.0
    assert events.lengths == data.lengths and (events.y_test == data.y_test).all()
    finer = data.encoded(lambda x: sigma_delta(x, 0.5, substeps=2))
    assert finer.channels == ("0", "1", "2", "3") and finer.rate is None


def test_first_takes_the_first():
    few = dataset().first(5, 0)
    assert few.lengths == [3, 4, 5, 6, 3] and few.y_train.tolist() == [0, 1, 2, 0, 1]
    assert few.x_test == [] and few.y_test.tolist() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"x_train": [], "y_train": np.zeros(0, int)}, "x_train holds no series"),
        ({"x_test": [np.zeros((2, 3))] * 6}, r"x_test\[0\] has 3 channels; 2 are named"),
        ({"x_test": [np.zeros((0, 2))] * 6}, r"x_test\[0\] has shape \(0, 2\): not one step"),
        ({"x_test": [np.full((1, 2), np.nan)] * 6}, r"x_test\[0\] is nan at step 0, channel 0"),
        ({"x_test": [np.zeros(2)] * 6}, r"expected \(time, channels\)"),
        ({"y_test": np.zeros(5, int)}, r"y_test has shape \(5,\)"),
        ({"y_test": np.zeros(6)}, "of float64; expected a whole number"),
        ({"y_test": np.full(6, 3)}, "y_test holds labels from 3 to 3; there are 3 classes"),
    ],
)
def test_what_is_no_set_is_refused(changes, said):
    with pytest.raises(SpecError, match=said):
        dataset(**changes)


@pytest.mark.parametrize("asked", [(0, 1), (13, 1), (1, 7), (1.5, 1)])
def test_asking_for_more_than_there_is_is_refused(asked):
    with pytest.raises(SpecError, match="it must be a whole number from"):
        dataset().first(*asked)
