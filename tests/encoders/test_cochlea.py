"""Filter banks: gammatone filters, what makes a cochleagram of them, and Lyon's ear."""

import numpy as np
import pytest
from scipy.signal import lfilter, sosfilt, sosfreqz

from xbarsim.encoders import Cochlea, Gammatone, LyonEar
from xbarsim.encoders._sections import gain_controlled, in_cascade, sharpened, side_by_side
from xbarsim.errors import SpecError

RATE = 8000.0
BANK = Gammatone(rate=RATE, channels=20, low=80.0, high=3400.0)


def tone(f, seconds=0.5, rate=RATE, size=1.0):
    return size * np.sin(2 * np.pi * f * np.arange(round(seconds * rate)) / rate)


def test_gammatone_gain_is_one_at_the_centre_and_less_elsewhere():
    for sections, centre in zip(BANK.sections, BANK.centres, strict=True):
        assert abs(sosfreqz(sections, [centre], fs=RATE)[1][0]) == pytest.approx(1, rel=1e-9)
        w, h = sosfreqz(sections, 4000, fs=RATE)
        assert abs(w[abs(h).argmax()] - centre) < 0.01 * centre + 3


def test_gammatone_bandwidth_is_the_equivalent_rectangular_one():
    """Patterson: a fourth-order gammatone of b = 1.019 ERB holds the power of its ERB."""
    for sections, centre in zip(BANK.sections[4:-4], BANK.centres[4:-4], strict=True):
        w, h = sosfreqz(sections, 8000, fs=RATE)
        width = np.sum(abs(h) ** 2) * (w[1] - w[0])
        assert width == pytest.approx(24.7 * (1 + 4.37e-3 * centre), rel=0.02)


def test_gammatone_impulse_response_is_the_textbook_one():
    bank, n = Gammatone(rate=48000.0, channels=1, low=500.0, high=501.0), 2400
    found, t = bank(np.eye(1, n)[0])[:, 0], np.arange(n) / bank.rate
    envelope = t**3 * np.exp(-2 * np.pi * 1.019 * 24.7 * (1 + 4.37e-3 * 500) * t)
    expected = envelope * np.cos(2 * np.pi * 500 * t)
    scale = (found @ expected) / (expected @ expected)
    assert np.linalg.norm(found - scale * expected) < 0.02 * np.linalg.norm(found)


def test_gammatone_centres_are_evenly_spaced_in_erb_numbers():
    number = 21.4 * np.log10(1 + 4.37e-3 * BANK.centres)
    assert BANK.centres[[0, -1]] == pytest.approx([80, 3400])
    assert np.diff(number) == pytest.approx(np.diff(number)[0], rel=1e-4)


def test_compiled_filters_equal_those_of_scipy(streams):
    x = streams.normal((700,))
    beside = np.stack([sosfilt(sections, x) for sections in BANK.sections], axis=1)
    assert side_by_side(x, BANK.sections) == pytest.approx(beside, rel=1e-9, abs=1e-12)
    sections = LyonEar(rate=RATE).sections
    row = np.stack([sosfilt(sections[: k + 1], x) for k in range(len(sections))], axis=1)
    assert in_cascade(x, sections) == pytest.approx(row, rel=1e-9, abs=1e-12)


def test_cochleagram_of_a_tone_peaks_at_its_place():
    ear = Cochlea(bank=BANK)
    for k in (3, 10, 17):
        gram = ear(tone(BANK.centres[k]))
        assert gram.shape == (50, 20) and gram[10:].mean(axis=0).argmax() == k


def test_cochleagram_without_compression_is_the_mean_of_a_rectified_tone():
    gram = Cochlea(bank=BANK, exponent=1.0)(tone(BANK.centres[10], size=0.3))
    assert gram[10:, 10].mean() == pytest.approx(0.3 / np.pi, rel=0.01)


def test_compression_acts_on_sizes_as_its_exponent_says():
    ear, x = Cochlea(bank=BANK, exponent=1 / 3), tone(500)
    assert ear(8 * x) == pytest.approx(2 * ear(x), rel=1e-9)


def test_the_last_step_is_filled_with_silence():
    ear, x = Cochlea(bank=BANK), tone(500, 0.105)
    assert len(ear(x)) == 11
    whole = ear(np.r_[x, np.zeros(40)])
    assert ear(x)[:10] == pytest.approx(whole[:10]) and (ear(x)[10] <= whole[10]).all()


def test_ear_of_the_report_has_its_channels():
    """Slaney's defaults at 16 kHz: 86 channels; at 8 kHz the 64 of the spoken-digit systems."""
    assert LyonEar(rate=16000.0).channels == 86
    assert LyonEar(rate=8000.0).channels == 64


def test_ear_stages_have_the_gain_of_the_report():
    ear = LyonEar(rate=RATE)
    front, stages = ear.sections[:2], ear.sections[2:]
    quarter = [abs(sosfreqz(section, [RATE / 4], fs=RATE)[1][0]) for section in front]
    assert quarter == pytest.approx([1, 1])
    still = stages[:, :3].sum(axis=1) / stages[:, 3:].sum(axis=1)
    assert still[1:] == pytest.approx(ear.centres[:-1] / ear.centres[1:])
    assert still[0] == pytest.approx(still[1])


def test_gain_control_equals_its_equation_written_out(streams):
    x = abs(streams.normal((60, 7)))
    epsilons, targets = np.array([0.02, 0.1]), np.array([0.5, 0.2])
    found = np.empty_like(x)
    gain_controlled(x, epsilons, targets, found)
    state = np.zeros((2, 7))
    for t, y in enumerate(x):
        for s, (e, target) in enumerate(zip(epsilons, targets, strict=True)):
            y = y * (1 - state[s])
            wide = np.r_[state[s][0], state[s], state[s][-1]]
            near = wide[:-2] + wide[1:-1] + wide[2:]
            state[s] = np.minimum(e / target * y + (1 - e) / 3 * near, 1)
        assert found[t] == pytest.approx(y, rel=1e-12)
    assert (state.max(axis=1) > 0.3).all()


def test_neighbours_are_taken_away_and_the_rest_smoothed(streams):
    x = abs(streams.normal((47, 5)))
    sharp = np.hstack([x[:, :1], np.maximum(x[:, :-1] - x[:, 1:], 0)])
    for _ in range(2):
        sharp = lfilter([0.1], [1, -0.9], sharp, axis=0)
    found = sharpened(x, 0.9, 10)
    assert found.shape == (4, 5) and found == pytest.approx(sharp[9::10], rel=1e-12)


def test_gain_control_settles_where_output_and_target_balance():
    x = np.full((20000, 3), 0.01)
    found = np.empty_like(x)
    gain_controlled(x, np.array([0.01]), np.array([0.0032]), found)
    assert found[-1] == pytest.approx(0.01 * 0.0032 / (0.0032 + 0.01), rel=1e-6)


def report_poles(f, q):
    """Denominators of second order for frequencies `f` (Hz), Slaney's SecondOrderFilter."""
    f, q = np.broadcast_arrays(np.asarray(f, float), np.asarray(q, float))
    rho, theta = np.exp(-np.pi * f / RATE / q), 2 * np.pi * f / RATE * np.sqrt(1 - 0.25 / q**2)
    return np.stack([np.ones_like(rho), -2 * rho * np.cos(theta), rho**2], axis=-1)


def report_line():
    """The cascade of the report with its own constants, at 8 kHz: (b, a) of each filter."""
    q, step, corner = 8.0, 0.25, 1000.0
    top = RATE / 2 - np.hypot(RATE / 2, corner) / q * step * (1.5 - 1)
    ratio = np.exp(np.arange(1, 65) * step / q)
    root = top + np.hypot(top, corner)
    f = (root / ratio - ratio * corner**2 / root) / 2
    width = np.hypot(f, corner) / q
    notch = f + width * step * 1.5
    line = [([0, 1, -np.exp(-2 * np.pi * 300.0 / RATE)], [1.0, 0, 0])]
    line.append(([1.0, 0, -1.0], report_poles(top, f[0] / width[0])))
    for b, a in zip(
        report_poles(notch, 5.0 * notch / width), report_poles(f, f / width), strict=True
    ):
        line.append((b, a))
    gains = [1.0, 1.0, f[0] / f[1], *(f[:-1] / f[1:])]
    for k, (b, a) in enumerate(line):
        z = np.exp(-0.5j * np.pi * np.arange(3)) if k < 2 else np.ones(3)
        line[k] = gains[k] * np.asarray(b) / abs((b @ z) / (a @ z)), a
    return line


def test_ear_is_that_of_the_report_written_out(streams):
    """Every constant: Slaney 1988, and his programs DesignLyonFilters and LyonPassiveEar."""
    sound = 0.1 * streams.normal((800,))
    x, heard = sound, []
    for b, a in report_line():
        x = lfilter(b, a, x)
        heard.append(x)
    y = np.maximum(np.array(heard[2:]).T, 0)
    for target, tau in ((0.0032, 0.64), (0.0016, 0.16), (0.0008, 0.04), (0.0004, 0.01)):
        e, state = 1 - np.exp(-1 / (tau * RATE)), np.zeros(64)
        for t, row in enumerate(y):
            y[t] = row * (1 - state)
            wide = np.r_[state[0], state, state[-1]]
            near = wide[:-2] + wide[1:-1] + wide[2:]
            state = np.minimum(e / target * y[t] + (1 - e) / 3 * near, 1)
    keep = np.exp(-1 / (3 * 80))
    sharp = np.hstack([y[:, :1], np.maximum(y[:, :-1] - y[:, 1:], 0)])
    for _ in range(2):
        sharp = lfilter([1 - keep], [1, -keep], sharp, axis=0)
    found = LyonEar(rate=RATE, step=0.01)(sound)
    np.testing.assert_allclose(found, sharp[79::80], rtol=1e-9, atol=1e-15)


def test_ear_hears_a_tone_near_its_place_and_compresses_it():
    ear = LyonEar(rate=RATE)
    for f in (300.0, 800.0, 2000.0):
        gram = ear(tone(f, size=0.1))
        heard = ear.centres[gram[20:].mean(axis=0).argmax()]
        assert gram.shape == (50, 64) and heard == pytest.approx(f, rel=0.25)
    loud, quiet = (ear(tone(800.0, size=s))[20:].max() for s in (0.5, 0.05))
    assert 1 < loud / quiet < 3


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Gammatone(rate=0.0), "gammatone.rate is 0 Hz"),
        (lambda: Gammatone(rate=8000.0, channels=0), "gammatone.channels is 0"),
        (lambda: Gammatone(rate=8000.0, high=5000.0), "high below half the rate, 4 kHz"),
        (lambda: Gammatone(rate=8000.0, low=0.0), "low must be above 0 Hz"),
        (lambda: Cochlea(bank=BANK, step=1e-5), "cochlea.step is 10 us; it must hold a sample"),
        (lambda: Cochlea(bank=BANK, exponent=0.0), "cochlea.exponent is 0"),
        (lambda: Cochlea(bank=None), "cochlea.bank is None; expected a Gammatone"),
        (lambda: Gammatone(rate="8 kHz"), "gammatone.rate is '8 kHz'; it must be a number above 0"),
        (lambda: LyonEar(rate=100.0), "no channel of lyon.quality 8"),
        (lambda: LyonEar(rate=8000.0, quality=0.5), "lyon.quality is 0.5"),
        (lambda: LyonEar(rate=8000.0, step=1e-5), "lyon.step is 10 us; it must hold a sample"),
        (lambda: LyonEar(rate=8000.0, spacing=1e-9), "16257047805 channels; at most 10000"),
        (lambda: LyonEar(rate=8000.0, spacing=-1.0), "lyon.spacing is -1 bandwidths"),
    ],
)
def test_settings_out_of_range_are_named(call, said):
    with pytest.raises(SpecError, match=said):
        call()


@pytest.mark.parametrize("hear", [Cochlea(bank=BANK), LyonEar(rate=RATE)], ids=["bank", "lyon"])
@pytest.mark.parametrize(
    ("x", "said"),
    [
        ([], "not one sample"),
        ([0.0, float("nan")], "x is nan at sample 1"),
        ([[0.0]], "one channel"),
    ],
)
def test_sounds_that_are_none_are_refused(hear, x, said):
    with pytest.raises(SpecError, match=said):
        hear(x)


def test_an_ear_says_when_a_sound_is_shorter_than_a_step():
    with pytest.raises(SpecError, match="x has 79 samples; a step of the ear has 80"):
        LyonEar(rate=RATE)(np.zeros(79))
