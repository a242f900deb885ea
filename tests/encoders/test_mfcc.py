import numpy as np
import pytest

from xbarsim.encoders import Mfcc
from xbarsim.errors import SpecError

SPEC = Mfcc(rate=8000.0)


def direct(x, spec):
    """Coefficients by sums written out, a transform of a frame at a time."""
    emphasised = [x[0], *(x[t] - spec.pre_emphasis * x[t - 1] for t in range(1, len(x)))]
    length, hop = round(spec.window * spec.rate), round(spec.step * spec.rate)
    points = 2 ** int(np.ceil(np.log2(length)))
    corners = np.linspace(0, 2595 * np.log10(1 + spec.rate / 1400), spec.filters + 2)
    out, begin = [], 0
    while True:
        frame = np.zeros(points)
        part = np.array(emphasised[begin : begin + length])
        window = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(length) / (length - 1))
        frame[: len(part)] = part * window[: len(part)]
        k = np.arange(points // 2 + 1)[:, None]
        dft = (frame * np.exp(-2j * np.pi * k * np.arange(points) / points)).sum(axis=1)
        power = abs(dft) ** 2 / points
        pitch = 2595 * np.log10(1 + np.arange(points // 2 + 1) * spec.rate / points / 700)
        bands = []
        for left, middle, right in zip(corners, corners[1:], corners[2:], strict=False):
            bands.append(np.log(power @ np.interp(pitch, [left, middle, right], [0, 1, 0])))
        row = [np.log(power.sum())]
        for i in range(1, spec.coefficients):
            c = sum(b * np.cos(np.pi * i / spec.filters * (j + 0.5)) for j, b in enumerate(bands))
            row.append(c * np.sqrt(2 / spec.filters) * (1 + 11 * np.sin(np.pi * i / 22)))
        out.append(row)
        if begin + length >= len(x):
            return np.array(out)
        begin += hop


@pytest.mark.parametrize("samples", [50, 200, 201, 777])
def test_coefficients_equal_sums_written_out(samples, streams):
    x = 0.1 * streams.normal((samples,))
    assert SPEC(x) == pytest.approx(direct(x, SPEC), rel=1e-9, abs=1e-9)


def test_frames_begin_every_step():
    assert [len(SPEC(np.ones(n))) for n in (1, 200, 201, 280, 281, 8000)] == [1, 1, 2, 2, 3, 99]


def test_size_moves_the_energy_alone(streams):
    x = streams.normal((4000,))
    moved = SPEC(0.01 * x) - SPEC(x)
    assert moved[:, 0] == pytest.approx(2 * np.log(0.01))
    assert abs(moved[:, 1:]).max() < 1e-9


def test_without_energy_the_first_coefficient_is_the_sum_of_the_bands(streams):
    x = streams.normal((800,))
    spec = Mfcc(rate=8000.0, energy=False)
    assert SPEC(x)[:, 1:] == pytest.approx(spec(x)[:, 1:])
    moved = spec(0.1 * x)[:, 0] - spec(x)[:, 0]
    assert moved == pytest.approx(np.sqrt(2 * 26) * np.log(0.01))


def test_silence_has_coefficients():
    found = SPEC(np.zeros(1000))
    assert found[:, 0] == pytest.approx(np.log(1e-10)) and abs(found[:, 1:]).max() < 1e-9


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rate": 0.0}, "mfcc.rate is 0 Hz"),
        ({"coefficients": 27}, "mfcc.coefficients is 27; 26 filters give no more"),
        ({"filters": 128}, "no frequency of a transform of 256 points falls under filter"),
        ({"window": 1e-4}, "mfcc.window is 100 us"),
        ({"window": 1e9}, "mfcc.window is 31.69 year: 8000000000000 samples; at most 1048576"),
        ({"high": 4001.0}, "high at most half the rate, 4 kHz"),
        ({"pre_emphasis": 1.0}, "mfcc.pre_emphasis is 1"),
        ({"lifter": -1.0}, "mfcc.lifter is -1"),
        ({"coefficients": 0}, "mfcc.coefficients is 0"),
        ({"floor": 0.0}, "mfcc.floor is 0"),
    ],
)
def test_settings_out_of_range_are_named(settings, said):
    with pytest.raises(SpecError, match=said):
        Mfcc(**{"rate": 8000.0, **settings})


def test_sounds_that_are_none_are_refused():
    with pytest.raises(SpecError, match="x is nan at sample 2"):
        SPEC([0.0, 1.0, float("nan")])
    with pytest.raises(SpecError, match=r"x reaches 1e[+]200; full scale is 1"):
        SPEC([0.0, 1e200])
