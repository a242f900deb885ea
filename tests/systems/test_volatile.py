"""Volatile memristors that tell digits."""

import numpy as np
import pytest

from xbarsim import Adc, Hardware
from xbarsim.device import load_device
from xbarsim.errors import DataError, SpecError
from xbarsim.streams import Streams
from xbarsim.systems.volatile import METRICS, Settings, run

ARRAYS = Hardware(device=load_device("wan_2022"), adc=Adc(bits=8))
FEW = {"task": "digits", "repeats": 5}


def test_five_devices_tell_ten_digits(streams):
    (row,) = run(Settings(task="digits"), None, streams)
    assert row["accuracy"] >= 0.99 and row["accuracy.software"] == 1
    assert row["devices"] == row["features"] == 5
    assert row["spikes"] == 12.5  # black pixels of a digit, the mean of ten
    assert row["energy.pulses"] > 1e-6 and set(row) <= {"age", *METRICS}


def test_scatter_of_reads_costs_digits(streams):
    right = [
        np.mean([run(Settings(**FEW, read_noise=n), None, streams / k)[0]["accuracy"]
                 for k in range(3)])
        for n in (0.0, 0.3)
    ]  # fmt: skip
    assert right[1] < 0.9 < right[0]


def test_a_readout_on_arrays_ages_and_costs_energy(streams):
    rows = run(Settings(**FEW, readout="arrays", penalty=30.0), ARRAYS, streams, [1.0, 86400.0])
    assert [row["age"] for row in rows] == [1.0, 86400.0]
    assert all(row["energy.read"] > 0 and row["writes"] == 1 for row in rows)
    again = run(Settings(**FEW, readout="arrays", penalty=30.0), ARRAYS, streams, [1.0, 86400.0])
    assert rows == again
    ideal = Hardware(device=load_device("ideal"))
    (row,) = run(Settings(**FEW, readout="arrays", read_noise=0.0), ideal, streams)
    assert row["accuracy"] >= 0.98


def test_a_readout_in_software_takes_no_notice_of_arrays(streams):
    assert run(Settings(**FEW), ARRAYS, streams, [1.0])[0]["accuracy"] == 1
    assert "writes" not in run(Settings(**FEW), ARRAYS, streams, [1.0])[0]


def test_handwritten_digits_stand_on_88_devices(idx_data, monkeypatch):
    monkeypatch.setenv("XBARSIM_DATA", str(idx_data))
    (row,) = run(Settings(train=100, test=50), None, Streams(0))
    assert row["devices"] == 88 and row["features"] == 176
    assert row["accuracy"] > 0.5
    with pytest.raises(DataError, match=r"settings.train is 10000; .* mnist .* there are 1200"):
        run(Settings(), None, Streams(0))


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"task": "digit"}, "task is 'digit'; did you mean 'digits'"),
        ({"readout": "tile"}, "readout is 'tile'"),
        ({"repeats": 0}, "repeats is 0"),
        ({"repeats": 10**12}, "repeats is 1000000000000; .* from 1 to 10000"),
        ({"train": 60_001}, "train is 60001; .* from 1 to 60000"),
        ({"cycle": -0.1}, "cycle is -0.1"),
        ({"penalty": 0.0}, "penalty is 0"),
    ],
)
def test_settings_that_cannot_be_are_named(given, match):
    with pytest.raises(SpecError, match=match):
        Settings(**given)


def test_a_device_that_is_no_hardware_is_refused(streams):
    with pytest.raises(SpecError, match="readout stands on Hardware"):
        run(Settings(**FEW), load_device("wan_2022"), streams)
    with pytest.raises(SpecError, match="age is -1 s"):
        run(Settings(**FEW), ARRAYS, streams, [-1.0])
