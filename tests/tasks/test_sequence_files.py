"""Readers of single files: .ts, WAV and N-MNIST."""

import wave

import numpy as np
import pytest
from made_recordings import packed
from scipy.io import wavfile

from xbarsim.encoders import Binning, bin_events
from xbarsim.errors import DataError, SpecError
from xbarsim.tasks.sequences import decode_nmnist, featured, read_nmnist, read_ts, read_wav

HEAD = "@problemName p\n@timeStamps false\n@classLabel true a b\n@data\n"


@pytest.fixture
def ts(tmp_path):
    def write(text):
        (tmp_path / "p.ts").write_text(text, "utf-8")
        return tmp_path / "p.ts"

    return write


def test_series_of_different_lengths_are_read(ts):
    found = read_ts(ts("# said\n\n" + HEAD + "1,2,3:4,5,6:b\n\n-1e3 , .5:0,7:a\n"))
    assert [x.tolist() for x in found.series] == [[[1, 4], [2, 5], [3, 6]], [[-1000, 0], [0.5, 7]]]
    assert found.labels == ["b", "a"] and found.classes == ("a", "b")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "1,?,3:4,5,6:a\n", r"p.ts:5: channel 1, step 2: the value is missing \('\?'\)"),
        (HEAD + "1,2:4,:a\n", r"channel 2, step 2: the value is missing \(''\)"),
        (HEAD + "1,2:NaN,5:a\n", "channel 2, step 1: the value is missing"),
        (HEAD + "1,2:inf,5:a\n", "channel 2, step 1: 'inf' is no finite number"),
        (HEAD + "1,2:x,5:a\n", "channel 2, step 1: 'x' is no finite number"),
        (HEAD + "1,2:4,5,6:a\n", "p.ts:5: channels of 2 to 3 steps"),
        (HEAD + "1,2:4,5:a\n1,2:a\n", "p.ts:6: 1 channels; those before have 2"),
        (HEAD + "1,2:4,5:c\n", "ends with 'c', which is no class; known: a, b"),
        (HEAD + "1,2:4,5\n", "which is no class"),
        (HEAD + "a\n", "a class without a series"),
        (HEAD, "holds no series"),
        ("", "holds no series, nor @data"),
        ("@\n@data\n", "p.ts:2: no classes are named"),
        ("1,2:a\n", "p.ts:1: expected a line that begins with @"),
        (HEAD.replace("false", "true"), "p.ts:4: series with time stamps are not read"),
        (HEAD.replace("true a b", "false"), "no classes are named"),
        ("@dimensions 3\n" + HEAD + "1,2:4,5:a\n", "p.ts:6: 2 channels; @dimensions says 3"),
    ],
)
def test_lines_that_cannot_be_taken_are_named(ts, text, said):
    with pytest.raises(DataError, match=said):
        read_ts(ts(text))


def test_ts_files_that_are_none_are_refused(tmp_path):
    with pytest.raises(DataError, match="q.ts: cannot be read: No such file"):
        read_ts(tmp_path / "q.ts")
    (tmp_path / "b.ts").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="b.ts: is no text in UTF-8"):
        read_ts(tmp_path / "b.ts")


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.array([0, 128, 255], np.uint8), [-1, 0, 127 / 128]),
        (np.array([-32768, 0, 16384], np.int16), [-1, 0, 0.5]),
        (np.array([-(2**31), 2**30], np.int32), [-1, 0.5]),
        (np.array([-0.25, 0.5], np.float32), [-0.25, 0.5]),
    ],
)
def test_full_scale_of_a_sound_is_1(tmp_path, samples, expected):
    wavfile.write(tmp_path / "s.wav", 8000, samples)
    rate, sound = read_wav(tmp_path / "s.wav")
    assert rate == 8000 and sound.tolist() == expected


def test_sounds_agree_with_another_reader(tmp_path, streams):
    samples = (streams.normal((500,)) * 5000).astype(np.int16)
    wavfile.write(tmp_path / "s.wav", 8000, samples)
    with wave.open(str(tmp_path / "s.wav")) as file:
        raw = file.readframes(file.getnframes())
    assert (read_wav(tmp_path / "s.wav")[1] * 32768 == np.frombuffer(raw, "<i2")).all()


@pytest.mark.parametrize("keep", [0, 10, 30, 44, 60, 101])
def test_sounds_that_are_cut_are_named(tmp_path, keep):
    wavfile.write(tmp_path / "s.wav", 8000, np.zeros(50, np.int16))
    whole = (tmp_path / "s.wav").read_bytes()
    (tmp_path / "s.wav").write_bytes(whole[:keep])
    with pytest.raises(DataError, match="s.wav: (cannot be read as WAV|holds samples of shape)"):
        read_wav(tmp_path / "s.wav")


def test_sounds_that_are_not_finite_are_named(tmp_path):
    wavfile.write(tmp_path / "s.wav", 8000, np.array([0.0, 0.5, np.nan], np.float32))
    with pytest.raises(DataError, match="s.wav: sample 2 is nan; every one must be finite"):
        read_wav(tmp_path / "s.wav")


def test_sounds_of_two_channels_are_refused(tmp_path):
    wavfile.write(tmp_path / "s.wav", 8000, np.zeros((50, 2), np.int16))
    with pytest.raises(DataError, match=r"s.wav: holds samples of shape \(50, 2\)"):
        read_wav(tmp_path / "s.wav")
    with pytest.raises(DataError, match="t.wav: there is no such file"):
        read_wav(tmp_path / "t.wav")


@pytest.mark.parametrize("features", ["mfcc", "cochlea", "lyon", "waveform"])
def test_features_are_series_with_named_channels_at_their_rate(features, streams):
    sounds = [0.1 * streams.normal((n,)) for n in (900, 1700)]
    series, channels, rate = featured(sounds, 8000.0, features)
    assert [x.shape[1] for x in series] == [len(channels)] * 2
    for sound, x in zip(sounds, series, strict=True):
        assert abs(len(x) / rate - len(sound) / 8000) <= 0.025


def test_features_may_be_a_function_of_sound_and_rate():
    series, channels, rate = featured([np.ones(4)], 8.0, lambda x, r: np.stack([x, x * r], 1))
    assert series[0].tolist() == [[1, 8]] * 4 and channels == ("0", "1") and rate is None


def test_unknown_features_are_refused():
    with pytest.raises(SpecError, match="features is 'mfc'; did you mean 'mfcc'"):
        featured([np.ones(4)], 8.0, "mfc")
    with pytest.raises(SpecError, match="sounds holds none"):
        featured([], 8.0, "mfcc")


def test_events_come_back_as_they_were_packed(tmp_path, streams):
    rng = streams.rng()
    x, y, p = rng.integers(34, size=300), rng.integers(34, size=300), rng.integers(2, size=300)
    ticks = np.sort(rng.integers(2**23, size=300))
    (tmp_path / "e.bin").write_bytes(packed(x, y, p, ticks))
    events = read_nmnist(tmp_path / "e.bin")
    assert (events.x == x).all() and (events.y == y).all() and (events.p == p).all()
    assert events.t == pytest.approx(ticks * 1e-6, rel=1e-12)
    assert bin_events(events, Binning(bins=9, clip=False)).sum() == 300


def test_time_that_runs_over_goes_on():
    events = decode_nmnist(packed([1, 0, 2], [1, 240, 2], [1, 0, 0], [100, 0, 50]), "e")
    assert events.x.tolist() == [1, 2]
    assert events.t == pytest.approx([100e-6, (50 + 8192) * 1e-6])


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (packed([1, 2], [1, 2], [0, 1], [5, 6])[:-2], "e: 8 bytes are 1 events and 3 bytes"),
        (b"", "e: 0 bytes are 0 events"),
        (packed([34], [0], [0], [5]), "e: events.x is 34; it must lie from 0 to 33"),
        (packed([3], [99], [0], [5]), "e: events.y is 99"),
    ],
)
def test_event_files_that_are_cut_or_other_are_named(raw, said):
    with pytest.raises(DataError, match=said):
        decode_nmnist(raw, "e")


def test_a_missing_event_file_is_named(tmp_path):
    with pytest.raises(DataError, match="e.bin: cannot be read: No such file"):
        read_nmnist(tmp_path / "e.bin")
