"""Digits as streams of pulses: the pictures, chips that scatter, MNIST where it is there."""

import os

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from xbarsim.errors import DataError
from xbarsim.reservoirs.trains import Read
from xbarsim.tasks.datasets import load_dataset
from xbarsim.tasks.pulse_digits import (
    MNIST_TRAINS,
    digit_streams,
    digits,
    mnist_streams,
    unseen_accuracy,
    wox_reservoir,
)


def test_digits_are_ten_different_pictures_of_black_and_white():
    images = digits()
    assert images.shape == (10, 5, 4)
    assert set(images.ravel()) == {0.0, 1.0}
    assert len(np.unique(images.reshape(10, -1), axis=0)) == 10


def test_every_row_is_the_stream_of_one_device():
    x, y = digit_streams(1)
    core = wox_reservoir(random_state=0).fit(x, y).core_
    v = core.voltages(x[:, 0])
    np.testing.assert_allclose(v, 1.5 * digits(), atol=1e-15)
    assert (core.devices, core.features) == (5, 5)


def test_chips_know_digits_under_noise_that_they_have_not_seen():
    x, y = digit_streams(20)
    accuracy = unseen_accuracy(wox_reservoir(), x, y, chips=20)
    assert accuracy.mean() >= 0.99


def test_chips_whose_reads_are_noisier_know_less():
    x, y = digit_streams(20)
    noisy = wox_reservoir(read=Read(v=0.6, width=1e-4, noise=0.05))
    assert 0.85 < unseen_accuracy(noisy, x, y, chips=3).mean() < 0.99


def test_chips_are_drawn_anew_and_follow_from_the_seed():
    x, y = digit_streams(5)
    noisy = wox_reservoir(read=Read(v=0.6, width=1e-4, noise=0.1))
    one, again, other = (unseen_accuracy(noisy, x, y, chips=3, seed=s) for s in (0, 0, 3))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_digit_takes_the_energy_of_its_pulses():
    x, y = digit_streams(1)
    model = wox_reservoir(random_state=0).fit(x, y)
    core = model.core_
    energy = np.concatenate(core.energy(list(x)))
    assert model.pulse_energy(x) == pytest.approx(energy.mean(), rel=0.1)
    assert energy.argmin() == 1  # the fewest pulses
    assert (energy > 0).all()


def test_images_that_are_none_of_mnist_are_refused():
    with pytest.raises(DataError, match=r"images have shape \(3, 64\)"):
        mnist_streams(np.zeros((3, 64)))


@pytest.mark.skipif("XBARSIM_DATA" not in os.environ, reason="needs MNIST in XBARSIM_DATA")
def test_mnist_on_88_devices():
    data = load_dataset("mnist")
    readout = LogisticRegression(C=30.0, max_iter=2000, tol=2e-5)
    model = wox_reservoir(nodes=5, trains=MNIST_TRAINS, readout=readout, random_state=0)
    model.fit(mnist_streams(data.x_train[:10000]), data.y_train[:10000])
    assert (model.core_.devices, model.core_.features) == (88, 176)
    assert model.score(mnist_streams(data.x_test), data.y_test) > 0.875
