"""Differences of two results on the same frames."""

from __future__ import annotations

import json

import numpy as np
import pytest

from projection import InputError
from squeezeseg.evaluation.bootstrap import Resampling
from squeezeseg.evaluation.metrics import iou, mean_iou
from squeezeseg.evaluation.paired import SHAPE, FrameConfusion, difference


def frames(count=8, right=0.7, seed=0):
    """Frames of a drive each, whose share of right points varies from one to the next, alike for each `right`."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(count):
        true, ease = rng.integers(50, 500, SHAPE[:2]), rng.uniform(0.6, 1)
        counts = np.zeros(SHAPE, np.int64)
        hits = (true * right * ease).astype(int)
        for c in range(SHAPE[1]):
            counts[:, c, c], counts[:, c, (c + 1) % SHAPE[1]] = hits[:, c], true[:, c] - hits[:, c]
        found.append(FrameConfusion(f"{k:03d}", k, f"drive{k}", counts))
    return found


def test_scores_and_their_difference():
    new, old = frames(right=0.9), frames(right=0.7)
    result = difference(new, old)
    a, b = (sum(frame.by_distance for frame in one).sum(0) for one in (new, old))
    assert (result["frames"], result["unit"], result["units"]) == (8, "drives", 8)
    assert result["iou"]["car"]["new"] == pytest.approx(iou(a)[1], abs=1e-6)
    assert result["iou"]["car"]["old"] == pytest.approx(iou(b)[1], abs=1e-6)
    assert result["mean_iou"]["difference"] == pytest.approx(mean_iou(a) - mean_iou(b), abs=1e-6)
    zone = sum(frame.by_distance for frame in new)[2]
    assert result["by_distance"]["30+"]["cyclist"]["new"] == pytest.approx(iou(zone)[3], abs=1e-6)


def test_what_frames_have_in_common_drops_out_of_the_interval():
    new, old = frames(right=0.75), frames(right=0.7)
    low, high = difference(new, old)["mean_iou"]["interval"]
    assert 0 < low < high
    plan = Resampling.plan([frame.recording for frame in new], [frame.number for frame in new])
    counts = np.array([frame.by_distance.sum(0) for frame in new])
    alone = plan.interval(counts, lambda m: mean_iou(m)[..., None])
    assert high - low < 0.5 * (alone[1, 0] - alone[0, 0])


def test_the_same_differs_by_nothing():
    result = difference(frames(), frames())
    assert all(one["difference"] == 0 and one["interval"] == [0, 0] for one in result["iou"].values())


def test_frames_are_found_by_name_and_others_left_out():
    assert difference(frames(8), frames(8)[::-1])["mean_iou"]["difference"] == 0
    assert difference(frames(8), frames(3))["frames"] == 3
    assert difference(frames(2), []) is None


def test_a_class_that_does_not_occur_has_no_difference():
    one = [FrameConfusion("0", 0, "a", np.where(np.arange(4)[:, None] == 1, 5, np.zeros(SHAPE, np.int64)))]
    assert difference(one, one)["iou"]["cyclist"] == dict.fromkeys(("new", "old", "difference", "interval"))


def test_other_labels_are_refused():
    with pytest.raises(InputError, match="000: other true points than in the earlier result \\(8 of 8 frames\\)"):
        difference(frames(), frames(seed=1))


def test_counts_are_read_back_as_they_were_kept():
    (one,) = frames(1)
    again = FrameConfusion.read(json.loads(json.dumps(one.as_dict())))
    np.testing.assert_array_equal(again.by_distance, one.by_distance)
    assert (again.name, again.number, again.recording) == (one.name, one.number, one.recording)
