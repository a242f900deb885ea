"""What is said while a study runs."""

import pytest

from xbarsim.cli.progress import FAILED, TRIALS, Lines, Pace, progress
from xbarsim.study.pace import span, told


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_the_rate_counts_only_what_was_done_since_the_beginning():
    pace = Pace(9000, now=100.0)
    assert pace.rate(9000, 100.0) == 0
    assert pace.rate(9001, 109.0) == 0  # workers took 9 s to start
    assert pace.rate(9051, 119.0) == 5.0


def test_the_rate_follows_a_change_within_a_minute():
    pace = Pace(0, now=0.0)
    for second in range(1, 101):
        pace.rate(second, float(second))
    for second in range(101, 181):
        rate = pace.rate(100 + 10 * (second - 100), float(second))
    assert rate == pytest.approx(10)


def test_what_is_told_is_left_rate_time_to_go_and_failures():
    assert told(400, 1000, 2.0, 3, "trials") == "600 left, 2 trials/s, 5 min 0 s to go, 3 failed"
    assert told(1, 3, 0.01, 0, "trials") == "2 left, 0.6 trials/min, 3 min 20 s to go"
    assert told(0, 3, 0.0, 0, "trials") == "3 left"
    assert told(3, 3, 4.0, 0, "trials") == "none left, 4 trials/s"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.7, "1 min 0 s"), (200, "3 min 20 s"), (18_720, "5 h 12 min")],
)
def test_times_are_told_in_words(seconds, words):
    assert span(seconds) == words


def test_lines_are_few_and_the_last_is_always_there(clock, capsys):
    lines = Lines(clock)
    for done in range(1000, 11_001):  # 1,000 were there before; 100 s, 10 ms each
        clock.now = 0.01 * (done - 1000)
        lines(TRIALS, done, 11_000)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "running trials: 1000 of 11000, 10000 left"
    assert said[1] == "running trials: 2000 of 11000, 9000 left, 100 trials/s, 1 min 30 s to go"
    assert said[-1] == "running trials: 11000 of 11000, none left, 100 trials/s"
    assert len(said) <= 9


def test_lines_tell_failures_of_trials(clock, capsys):
    lines = Lines(clock)
    for done in range(1, 3):
        lines(FAILED, done, 10)
        lines(TRIALS, done, 2)
    assert capsys.readouterr().err.splitlines()[-1] == "running trials: 2 of 2, none left, 2 failed"


def test_nothing_is_said_where_it_shall_be_quiet(capsys):
    with progress(quiet=True) as called:
        called(TRIALS, 1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_a_bar_with_what_is_left(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    with progress() as called:
        called(TRIALS, 4, 10)
        called(FAILED, 1, 10)
        called(TRIALS, 5, 10)
    err = capsys.readouterr().err
    assert "5/10" in err
    assert "5 left" in err
    assert "1 failed" in err
