"""tracks.jsonl, written and read back."""

from __future__ import annotations

import json

import pytest

from data.boxes import Box
from data.labels import CYCLIST
from projection import InputError
from squeezeseg.tracking.track_file import read_tracks, write_tracks
from squeezeseg.tracking.tracks import Track, TrackedBox

BOXES = tuple(
    TrackedBox(k, Box("Cyclist", (1.5 * k, 2.0, -0.75), (1.75, 0.625, 1.5), 0.25, 3), k != 1, 4.5) for k in range(3)
)
TRACK = Track(3, CYCLIST, 0.875, BOXES, None, "a drive")


def test_tracks_are_read_as_they_were_written(tmp_path):
    write_tracks(tmp_path / "tracks.jsonl", [TRACK, TRACK])
    assert read_tracks(tmp_path / "tracks.jsonl") == [TRACK, TRACK]


def test_tracks_from_before_recordings_were_told(tmp_path):
    line = TRACK.as_dict()
    del line["recording"]
    (tmp_path / "tracks.jsonl").write_text(json.dumps(line))
    assert [one.recording for one in read_tracks(tmp_path / "tracks.jsonl")] == [""]


@pytest.mark.parametrize(
    "content",
    ["{", "[]", "{}", json.dumps(TRACK.as_dict() | {"class": "horse"}), json.dumps(TRACK.as_dict() | {"boxes": []})],
)
def test_what_is_no_track_is_refused(tmp_path, content):
    (tmp_path / "tracks.jsonl").write_text(content)
    with pytest.raises(InputError, match="no tracks of a run"):
        read_tracks(tmp_path / "tracks.jsonl")
    with pytest.raises(InputError, match="no tracks of a run"):
        read_tracks(tmp_path / "missing.jsonl")
