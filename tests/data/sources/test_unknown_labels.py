"""Truth that isn't understood: what a class map doesn't know is not scored, and told once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.checks.recording import check_recording
from data.kitti.tracklets import Tracklet
from data.labels import CLASS_MAPS, IGNORE
from data.sources import open_source
from projection.errors import InputError

DEFAULT, SQUEEZESEG = CLASS_MAPS["default"], CLASS_MAPS["squeezeseg"]
POINTS = np.array([[10, 0, 0, 0.5], [20, 0, 0, 0.5]], np.float32)
Maker = Callable[..., Path]


def around(kind: str, frames: int = 1) -> Tracklet:
    """A box around the first point."""
    return Tracklet(kind, (4, 2, 2), 0, np.tile([10.0, 0, -1, 0], (frames, 1)))


def truth_of(source, number: int = 0, class_map=DEFAULT):  # type: ignore[no-untyped-def]
    frame = source.frames[number]
    return source.truth(frame, source.scan(frame), class_map).tolist()


@pytest.mark.parametrize(
    ("kind", "class_id", "in_squeezeseg"),
    [
        ("Car", 1, 1),
        ("car", 1, 1),
        ("VAN", 1, 1),
        ("pedestrian", 2, 2),
        ("person_sitting", 2, 2),
        ("Person (sitting)", 2, 2),
        ("cyclist", 3, 3),
        ("tram", IGNORE, 0),
        ("misc", IGNORE, 0),
        ("dontcare", IGNORE, IGNORE),
        ("truck_trailer", IGNORE, IGNORE),
    ],
)
def test_kinds_are_known_in_any_case(make_drive: Maker, kind: str, class_id: int, in_squeezeseg: int) -> None:
    source = open_source(make_drive([0], tracklets=[around(kind)], points=POINTS))
    assert truth_of(source) == [class_id, 0]
    assert truth_of(source, class_map=SQUEEZESEG) == [in_squeezeseg, 0]


def test_kinds_that_are_not_known_are_told_once_with_their_counts(
    make_drive: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    boxes = [around("vehicle.bus", 3), around("Car", 3), around("tree", 1)]
    source = open_source(make_drive(tracklets=boxes, points=POINTS))
    for part in (source, source, source.with_frames(source.frames[1:])):
        truth_of(part)
    (message,) = caplog.messages
    assert (
        "tracklet_labels.xml: labels that are not known, and not scored: vehicle.bus (3 boxes), tree (1 box)" in message
    )
    scan = source.scan(source.frames[0])
    assert source.unknown_labels(source.frames[0], scan, DEFAULT) == {"vehicle.bus": 1, "tree": 1}


def test_drives_of_a_day_tell_it_once(make_drive: Maker, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for number in (1, 2):
        make_drive([0], f"2011_09_26_drive_000{number}_sync", [around("tree")], POINTS)
    source = open_source(tmp_path)
    assert [truth_of(source, number) for number in (0, 1)] == [[IGNORE, 0]] * 2
    assert len(caplog.messages) == 1


def test_object_labels_that_are_not_known(make_object: Maker, caplog: pytest.LogCaptureFixture) -> None:
    line = "{} 0 0 0 500 150 600 250 2 2 4 0 1 10 0"
    source = open_source(make_object(POINTS, "\n".join(map(line.format, ("car", "Animal")))))
    truth_of(source)
    (message,) = caplog.messages
    assert "label_2/000007.txt: labels that are not known, and not scored: Animal (1 box)" in message


def test_ids_that_are_not_known(make_sequence: Maker, caplog: pytest.LogCaptureFixture) -> None:
    source = open_source(make_sequence(labels=[10, 40, 77, 301] * 16))
    for number in range(3):
        assert truth_of(source, number) == [1, 0, IGNORE, IGNORE] * 16
    (message,) = caplog.messages
    assert "000000.label: labels that are not known, and not scored: 77 (16 points), 301 (16 points)" in message


@pytest.mark.parametrize("ids", [[9, 1, 6, 7], [0, 9, 10, 13], [2, 2, 2, 2], [0, 1, 17, 18]])
def test_learning_ids_are_refused(make_sequence: Maker, ids: list[int]) -> None:
    source = open_source(make_sequence([0], labels=ids * 16))
    with pytest.raises(InputError, match=r"000000\.label: ids that .*learning ids 0 to 19; map them back"):
        truth_of(source)


@pytest.mark.parametrize("ids", [[0, 0, 0, 0], [0, 1, 10, 13], [11, 15, 16, 18], [44, 1, 10, 10]])
def test_few_ids_are_no_learning_ids(make_sequence: Maker, caplog: pytest.LogCaptureFixture, ids: list[int]) -> None:
    truth_of(open_source(make_sequence([0], labels=ids * 16)))
    assert not caplog.messages


def test_the_doctor_reports_them(make_drive: Maker, caplog: pytest.LogCaptureFixture) -> None:
    report = check_recording(open_source(make_drive(tracklets=[around("tree", 2)], points=POINTS)))
    (found,) = [finding for finding in report.findings if "labels that" in finding.what]
    assert found.what == "2 scans: labels that are not known: tree (1)"
    assert report.healthy
    assert not caplog.messages


def test_the_doctor_reports_labels_of_which_no_point_counts(make_sequence: Maker) -> None:
    report = check_recording(open_source(make_sequence(labels=[0] * 64)))
    assert "3 scans: labels of which no point counts" in [finding.what for finding in report.findings]
