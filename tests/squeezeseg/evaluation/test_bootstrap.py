"""Intervals by resampling."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.scores import interval

from squeezeseg.evaluation.bootstrap import BLOCK, LEVEL, SEVERAL, Resampling
from squeezeseg.evaluation.metrics import iou


def matrices(frames, seed=0, classes=3):
    return np.random.default_rng(seed).integers(0, 50, (frames, classes, classes))


@pytest.mark.parametrize("frames", [2, 7, 40])
def test_equals_putting_resamples_together_frame_by_frame(frames):
    counts = matrices(frames)
    plan = Resampling.plan(["a"] * frames, range(frames), resamples=60)
    slow = interval(counts, plan.member, plan.drawn, iou, LEVEL)
    np.testing.assert_allclose(plan.interval(counts, iou), slow)


@pytest.mark.parametrize(
    ("recordings", "numbers", "unit", "units"),
    [
        ([f"d{k}" for k in range(SEVERAL) for _ in range(3)], [0, 1, 2] * SEVERAL, "drives", SEVERAL),
        (["a"] * 1000, range(1000), f"blocks of up to {BLOCK} consecutive frames", 20),
        (["a"] * 100 + ["b"] * 100, [*range(100), *range(100)], "blocks of up to 20 consecutive frames", 10),
        (["a"] * 100, range(0, 1000, 10), f"blocks of up to {BLOCK} consecutive frames", 20),
        (["a"] * 5, range(5), "frames", 5),
        (["a"] * 4, [3, 700, 2000, 7000], "frames", 4),
        ([], [], "frames", 0),
    ],
    ids=["drives", "a long drive", "two drives", "every tenth", "short", "far apart", "nothing"],
)
def test_what_is_drawn(recordings, numbers, unit, units):
    plan = Resampling.plan(recordings, list(numbers), resamples=3)
    assert (plan.unit, plan.units) == (unit, units)
    assert set(plan.member.tolist()) == set(range(units))
    assert (plan.drawn.sum(1) == units).all()


def test_a_block_never_spans_two_drives():
    names = ["a"] * 100 + ["b"] * 100
    plan = Resampling.plan(names, [*range(100), *range(100)], resamples=1)
    assert not set(plan.member[:100]) & set(plan.member[100:])


def test_the_same_seed_gives_the_same():
    counts = matrices(9)
    ends = [Resampling.plan(["a"] * 9, range(9), seed=seed).interval(counts, iou) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(ends[0], ends[1])
    assert (ends[0] != ends[2]).any()


def test_the_score_lies_within_and_more_frames_narrow_it():
    def ends(frames):
        counts = matrices(frames, 3)
        low, high = Resampling.plan([f"d{k}" for k in range(frames)], [0] * frames).interval(counts, iou)
        assert (low <= iou(counts.sum(0))).all()
        assert (iou(counts.sum(0)) <= high).all()
        return high - low

    assert (ends(400) < 0.5 * ends(10)).all()


@pytest.mark.parametrize("frames", [0, 1])
def test_one_sample_has_no_interval(frames):
    assert np.isnan(Resampling.plan(["a"] * frames, range(frames)).interval(matrices(frames), iou)).all()


def test_what_never_occurs_has_none_and_what_rarely_does_has():
    counts = np.zeros((8, 3, 3), int)
    counts[:, 0, 0] = 5
    counts[0, 1, 1] = 5
    low, high = Resampling.plan(["a"] * 8, range(8)).interval(counts, iou)
    assert np.isnan(low[2])
    assert np.isnan(high[2])
    assert (low[1], high[1]) == (1, 1)
