"""Scores of tracks, against those of others: motmetrics, and a slow HOTA."""

from __future__ import annotations

import motmetrics
import numpy as np
import pytest
from oracles.tracks import hota as slow_hota

from squeezeseg.evaluation.tracks.clear import clear
from squeezeseg.evaluation.tracks.frames import TrackFrame
from squeezeseg.evaluation.tracks.hota import hota
from squeezeseg.evaluation.tracks.identity import idf1
from squeezeseg.evaluation.tracks.scores import track_scores

REACH = 1.5


def frame(true, given, away):
    return TrackFrame(
        np.array(true, np.int64), np.array(given, np.int64), np.array(away, float).reshape(len(true), len(given))
    )


def walk(seed, objects=4, length=20):
    """Objects that wander about, of which tracks are lost, exchanged, doubled and made up."""
    rng = np.random.default_rng(seed)
    place = rng.uniform(0, 6, (objects, 2))
    names = np.arange(100, 100 + objects)
    frames = []
    for _ in range(length):
        place = place + rng.normal(0, 0.4, place.shape)
        if rng.random() < 0.2:
            i, k = rng.choice(objects, 2, replace=False)
            names[[i, k]] = names[[k, i]]
        if rng.random() < 0.2:
            names[rng.integers(objects)] = rng.integers(200, 210)
        there, seen = rng.random(objects) < 0.85, rng.random(objects) < 0.8
        given, first = np.unique(names[seen], return_index=True)
        at = place[seen][first] + rng.normal(0, 0.3, (len(given), 2))
        away = np.hypot(*(place[there][:, None] - at).transpose(2, 0, 1))
        frames.append(TrackFrame(np.arange(objects)[there], given.astype(np.int64), away))
    return frames


@pytest.mark.parametrize("seed", range(12))
def test_hota_is_that_of_the_slow_twin(seed):
    frames = walk(seed)
    listed = [(one.true.tolist(), one.given.tolist(), one.away.tolist()) for one in frames]
    ours = hota(frames, REACH)
    assert (ours.hota, ours.deta, ours.assa) == pytest.approx(slow_hota(listed, REACH), abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_mota_motp_and_idf1_are_those_of_motmetrics(seed):
    frames = walk(seed)
    kept = motmetrics.MOTAccumulator(auto_id=True)
    for one in frames:
        kept.update(one.true, one.given, np.where(one.away <= REACH, one.away, np.nan))
    names = ["mota", "motp", "idf1", "num_switches", "num_fragmentations", "num_misses", "num_false_positives"]
    theirs = motmetrics.metrics.create().compute(kept, metrics=names).iloc[0].tolist()
    ours = clear(frames, REACH)
    mine = [ours.mota, ours.motp, idf1(frames, REACH), ours.switches, ours.fragmentations, ours.missed, ours.false]
    assert mine == pytest.approx(theirs)


HALVES = [frame([1], [7], [[0.0]])] * 4 + [frame([1], [8], [[0.0]])] * 4
GAP = [frame([1], [7], [[0.0]])] * 2 + [frame([1], [], [])] + [frame([1], [7], [[0.0]])] * 2


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([frame([1, 2], [7, 8], [[0, 9], [9, 0]])] * 3, {"hota": 1, "mota": 1, "idf1": 1, "motp": 0, "switches": 0}),
        ([frame([1], [], [])] * 3, {"hota": 0, "mota": 0, "idf1": 0, "motp": None, "missed": 3}),
        ([frame([], [7], [])] * 3, {"hota": 0, "mota": None, "idf1": 0, "false": 3, "predicted_tracks": 1}),
        ([frame([], [], [])], {"hota": None, "deta": None, "assa": None, "mota": None, "idf1": None, "matched": 0}),
        ([], {"hota": None, "mota": None, "true_tracks": 0}),
        (HALVES, {"deta": 1, "assa": 0.5, "hota": 0.5**0.5, "mota": 7 / 8, "idf1": 0.5, "switches": 1}),
        (GAP, {"switches": 0, "fragmentations": 1, "missed": 1, "mota": 0.8, "deta": 0.8, "assa": 0.8}),
    ],
)
def test_scores_of(frames, expected):
    scores = track_scores(frames, REACH)
    assert {key: scores[key] for key in expected} == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("metres", "share"), [(0.0, 1), (0.75, 15 / 19), (1.5, 10 / 19), (2.9, 0)])
def test_similarity_is_a_half_at_the_reach(metres, share):
    assert hota([frame([1], [7], [[metres]])], REACH).deta == pytest.approx(share)


def test_an_object_stays_with_its_track_though_another_is_nearer():
    frames = [frame([1], [7], [[0.1]]), frame([1], [7, 8], [[1.0, 0.1]])]
    assert clear(frames, REACH).switches == 0


def test_distances_have_the_shape_of_the_numbers():
    with pytest.raises(ValueError, match="expected distances"):
        TrackFrame(np.arange(2), np.arange(3), np.zeros((3, 2)))
