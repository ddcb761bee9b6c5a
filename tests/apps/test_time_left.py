from __future__ import annotations

import pytest

from apps.time_left import ENOUGH, RECENT, TimeLeft


def reported(total, *reports):
    left = TimeLeft(total)
    for now, done in reports:
        left.report(done, now)
    return left


@pytest.mark.parametrize("done", [1, 901], ids=["from the start", "resumed"])
def test_only_the_steps_after_the_first_count(done):
    # A minute of compiling, or 900 frames of an earlier run: then a second each.
    left = reported(done + 99, *((60.0 + k, done + k) for k in range(10)))
    assert left.seconds == pytest.approx(90)


@pytest.mark.parametrize(
    "reports",
    [
        [],
        [(60.0 + 10 * k, 1 + k) for k in range(ENOUGH)],
        [(60.0 + 0.01 * k, 1 + k) for k in range(16)],
        [(60.0 + k, 1) for k in range(16)],
    ],
    ids=["nothing", "few", "the first of each lane", "nothing new"],
)
def test_too_early_to_say(reports):
    left = reported(100, *reports)
    assert left.seconds is None
    assert str(left) == ""


def test_lanes_that_end_together_are_averaged():
    left = reported(100, *((k // 2 + 0.01 * (k % 2), k + 1) for k in range(20)))
    assert left.seconds == pytest.approx(80 * 0.5, rel=0.1)


def test_the_pace_is_that_of_late():
    slow = [(10.0 * k, k) for k in range(50)]
    fast = [(500.0 + k, 50 + k) for k in range(RECENT)]
    assert reported(200, *slow, *fast).seconds == pytest.approx(51)


@pytest.mark.parametrize(
    ("pace", "words"),
    [
        (0.0, "less than a minute left"),
        (0.5, "about a minute left"),
        (3.0, "about 5 minutes left"),
        (60.0, "about 94 minutes left"),
        (200.0, "about 5 hours left"),
    ],
)
def test_words(pace, words):
    steps = 100 if pace else ENOUGH + 1
    assert str(reported(steps, *(((pace or 1) * k, 1 + k) for k in range(ENOUGH + 1)))) == words
