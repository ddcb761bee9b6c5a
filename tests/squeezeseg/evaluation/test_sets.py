"""Files of sets: what is read of them, what is refused, and which recording a frame is from."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.samples import FakeSource

from data.sources import Frame
from projection import InputError
from squeezeseg.evaluation.sets import read_sets

ONE = "name: a, source: scans, kind: real"


def sets(folder, *entries):
    file = folder / "sets.yaml"
    file.write_text("sets:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))
    return file


def test_paths_are_relative_to_the_file_and_the_rest_has_defaults(tmp_path):
    (one,) = read_sets(sets(tmp_path, f"{ONE}, sensor: my.yaml"))
    assert (one.source, one.sensor) == (tmp_path / "scans", str(tmp_path / "my.yaml"))
    assert (one.view, one.height, one.class_map, one.every, one.held_out) == (None, None, "default", 1, False)


@pytest.mark.parametrize(
    ("extra", "pool"),
    [("", "real"), (", held_out: true", "real, held out")],
)
def test_sets_are_pooled_by_kind_and_what_is_held_out_apart(tmp_path, extra, pool):
    (one,) = read_sets(sets(tmp_path, ONE + extra))
    assert one.pool == pool


@pytest.mark.parametrize(
    ("extra", "recording"),
    [("", "a/scans"), (", recording: drive_7", "drive_7"), (", recordings: drives.txt", "drive_9")],
)
def test_the_recording_of_a_frame(tmp_path, extra, recording):
    (tmp_path / "drives.txt").write_text("000001 drive_9\n")
    (one,) = read_sets(sets(tmp_path, ONE + extra))
    source = FakeSource(tmp_path / "scans")
    assert one.recording_of(source, Frame(1, "000001", Path())) == recording


def test_a_frame_that_is_not_listed_is_a_recording_of_its_own(tmp_path):
    (tmp_path / "drives.txt").write_text("000001 drive_9\n")
    (one,) = read_sets(sets(tmp_path, f"{ONE}, recordings: drives.txt"))
    assert one.recording_of(FakeSource(tmp_path), Frame(2, "000002", Path())) == "a/000002"


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ((), "expected 'sets:'"),
        (("name: a, kind: real",), "set 'a': lacks 'source'; each set needs name, source, kind"),
        ((f"{ONE}, veiw: front",), "set 'a': unknown setting 'veiw'; did you mean 'view'?"),
        ((f"{ONE}, drives: x",), "did you mean 'recordings'?"),
        (("name: a, source: s, kind: dreamt",), "set 'a': kind dreamt: must be real or simulated"),
        (("name: 7, source: s, kind: real",), "name 7: must be a valid string"),
        ((f"{ONE}, every: 0",), "every 0: must be 1 or more"),
        ((f"{ONE}, class_map: mine",), "set 'a': unknown class map 'mine'"),
        ((ONE, ONE), "two sets are called 'a'"),
        ((f"{ONE}, recording: d, recordings: f",), "both recording and recordings"),
        ((f"{ONE}, recordings: missing.txt",), "missing.txt: cannot be read"),
        ((f"{ONE}, recordings: sets.yaml",), "expected lines 'FRAME DRIVE'"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(tmp_path, entries, says):
    with pytest.raises(InputError) as told:
        read_sets(sets(tmp_path, *entries))
    assert str(tmp_path) in str(told.value)
    assert says in str(told.value)
    assert "\n" not in str(told.value)
