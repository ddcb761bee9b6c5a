"""A run's files, damaged: one line says so; a log's damaged lines count for nothing."""

from __future__ import annotations

import json
import os

import pytest

from apps.run_folder import FILE, read_run
from apps.run_log import FILE as LOG
from apps.run_record import FORMAT, read_boxes
from data.boxes import Box
from projection import InputError

DONE = {"name": "a", "number": 3, "status": "done", "points": 5, "classes": {"car": 5}, "objects": {"car": 1}}
FAILED = {"name": "b", "number": 4, "status": "failed", "reason": "cut short"}
RUN = {"format": FORMAT, "settings": {"engine": "torch"}, "frames": [DONE, FAILED], "later": [1]}
BOX = {"kind": "Car", "centre": [1.0, 2, 3], "size": [4, 2, 1.5], "yaw": 0.5, "score": 0.9}


def test_what_is_not_known_is_kept(tmp_path):
    (tmp_path / FILE).write_text(json.dumps(RUN))
    assert read_run(tmp_path) == RUN


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no JSON"),
        ("[" * 99_999, "no JSON"),
        ("[]", "should be an object"),
        ({**RUN, "format": "other/1"}, "format 'other/1'"),
        ({**RUN, "settings": []}, "settings"),
        ({**RUN, "frames": {}}, "frames"),
        ({**RUN, "frames": [3]}, "frames 0 3"),
        ({**RUN, "frames": [{"name": "a"}]}, "no entry frames 0 status"),
        ({**RUN, "frames": [{**DONE, "status": "half"}]}, "status 'half'"),
        ({**RUN, "frames": [{**DONE, "points": -1}]}, "points -1"),
        ({**RUN, "frames": [{**DONE, "classes": {"car": "5"}}]}, "classes car '5'"),
        ({**RUN, "frames": [{"name": "\x1b[31m", "status": "done"}]}, "without counts"),
        ({key: value for key, value in RUN.items() if key != "settings"}, "no entry settings"),
    ],
)
def test_run_json_that_is_damaged(tmp_path, content, reason):
    (tmp_path / FILE).write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(InputError, match=reason) as caught:
        read_run(tmp_path)
    assert str(tmp_path / FILE) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_run_json_that_is_no_file(tmp_path):
    os.mkfifo(tmp_path / FILE)
    with pytest.raises(InputError, match="no regular file"):
        read_run(tmp_path)


def test_a_logs_damaged_lines_count_for_nothing(tmp_path):
    (tmp_path / FILE).write_text(json.dumps({**RUN, "frames": []}))
    lines = [json.dumps(DONE), "[" * 9999, json.dumps({**DONE, "points": "x"}), "null", json.dumps(FAILED)[:-4]]
    (tmp_path / LOG).write_text("\n".join(lines))
    assert read_run(tmp_path)["frames"] == [DONE]


def test_boxes(tmp_path):
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(BOX)}\n")
    assert read_boxes(tmp_path / "a.jsonl") == [Box("Car", (1, 2, 3), (4, 2, 1.5), 0.5)]


@pytest.mark.parametrize("change", [{"size": [1, 2]}, {"size": [1, 2, -3]}, {"yaw": "x"}, {"centre": [1e300, 0, 0]}])
def test_boxes_that_are_damaged(tmp_path, change):
    (tmp_path / "a.jsonl").write_text(json.dumps({**BOX, **change}))
    with pytest.raises(InputError, match=rf"a\.jsonl: no boxes of a run \((no entry )?{next(iter(change))}"):
        read_boxes(tmp_path / "a.jsonl")
