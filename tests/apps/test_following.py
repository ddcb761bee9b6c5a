"""The tracks of frames that are gone through: a run's, or followed on the way."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.drive import write_drive
from oracles.packet import decode

from apps.following import following
from apps.saved_tracks import SavedTracks
from apps.viewer.recording import saved
from data.labels import class_map
from data.sources import open_source
from projection import InputError
from squeezeseg import Segmenter
from squeezeseg.objects.boxes import detect

pytestmark = pytest.mark.usefixtures("reflectance")


@pytest.fixture
def tracked(tmp_path, cli):
    """A drive of seven frames, and a run of it with tracks."""
    run, drive = tmp_path / "run", write_drive(tmp_path, frames=7)
    assert cli("segment", drive, "--out", run, "--track", "--view", "front").status == 0
    return open_source(drive), run


def followed_through(source, run):
    follow, segmenter = following(source, run), Segmenter.load(sensor=source.sensor)
    shown = []
    for frame in source.frames:
        scan = source.scan(frame)
        result = segmenter(scan)
        shown.append(follow(frame, scan, result, detect(result)))
    return shown


def test_a_run_shows_what_is_followed_on_the_way(tracked):
    source, run = tracked
    saved, on_the_way = (followed_through(source, folder) for folder in (run, None))
    for now, then in zip(saved, on_the_way, strict=True):
        ours = {one.number: one for one in then}
        assert {one.number for one in now} <= set(ours)  # what nobody saw again ends with its last sighting
        for one in now:
            assert one.trail == pytest.approx(ours[one.number].trail, abs=2e-3)
            assert one.box.centre[:2] == pytest.approx(ours[one.number].box.centre[:2], abs=2e-3)


def test_a_run_is_found_by_its_labels_too(tracked):
    source, run = tracked
    whole, inner = (SavedTracks.found(source, folder) for folder in (run, run / "labels"))
    assert [one.number for one in whole.at(source.frames[3])] == [one.number for one in inner.at(source.frames[3])]
    assert SavedTracks.found(source, run.parent) is None


def test_the_viewer_gets_the_tracks_of_each_frame_and_all_their_lives(tracked):
    source, run = tracked
    feed = saved(source, run, class_map("default"), fill=False).feed
    try:
        hello = feed.describe()
        facts = decode(feed.request("me", 3).result(60).data).facts
    finally:
        feed.close()
    assert hello["tracked"]
    life = max(hello["tracks"], key=lambda one: one["sightings"])
    assert (life["name"], life["positions"], life["motion"]) == ("car", list(range(7)), "motion not known")
    assert len(life["speeds"]) == 7
    shown = {one["number"]: one for one in facts["tracks"]}
    assert shown[life["number"]]["box"][0] == 1
    assert len(shown[life["number"]]["trail"]) == 4


def test_labels_without_tracks_have_none_to_show(tracked):
    source, run = tracked
    (run / "tracks.jsonl").unlink()
    feed = saved(source, run, class_map("default"), fill=False).feed
    try:
        assert (feed.describe()["tracked"], feed.describe()["tracks"]) == (False, [])
        assert decode(feed.request("me", 3).result(60).data).facts["tracks"] is None
    finally:
        feed.close()


def test_damaged_tracks_are_told(tracked):
    source, run = tracked
    (run / "tracks.jsonl").write_text("{")
    with pytest.raises(InputError, match=r"tracks\.jsonl: no tracks of a run"):
        following(source, run)


def test_another_recording_begins_other_tracks(tracked, monkeypatch):
    source, _ = tracked
    monkeypatch.setattr(type(source), "recording", lambda _, frame: "first" if frame.number < 4 else "second")
    numbers = [{one.number for one in shown} for shown in followed_through(source, None)]
    assert numbers[2] & numbers[3]
    assert not numbers[3] & numbers[4]
    assert np.all([len(one) for one in numbers])
