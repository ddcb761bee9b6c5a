"""Runs that are stopped at any moment or fill the disk: no file is torn, and they go on to the same bytes."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from helpers.drive import files, write_drive
from helpers.results import segmentation
from helpers.unlucky import FAILED, Disk, lines_of, stopped_at

from apps.run_folder import FILE, RunFolder, read_run
from apps.run_log import FILE as LOG
from data.lock import FILE as LOCK
from data.sources import open_source
from projection import InputError

STOPS = 75
SETTINGS = {"weights": "a"}
FORMATS = [".label", ".npz", ".ply", ".pcd", ".jsonl"]


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    source = open_source(write_drive(tmp_path_factory.mktemp("drive")))
    scans = [(frame, source.scan(frame)) for frame in source.frames]
    return [(frame, scan, segmentation((np.arange(len(scan)) % 4).astype(np.uint8))) for frame, scan in scans]


def write(folder, labelled):
    """Begin a run, or go on with it."""
    with RunFolder(folder, SETTINGS, FORMATS, resume=True) as run:
        for frame, scan, result in labelled:
            if not run.done(frame):
                run.write(frame, scan, result, ())
        run.about["status"] = "complete"
        run.save()


@pytest.fixture(scope="module")
def whole(labelled, tmp_path_factory):
    """The files of a run that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    write(folder, labelled)
    return files(folder)


def check_stopped(folder, whole):
    """Each file that is there is whole, or is one that says that it may not be."""
    found = {name: content for name, content in files(folder).items() if not name.startswith(LOCK)}
    for name, content in found.items():
        if not name.endswith(".tmp") and name not in (FILE, LOG):
            assert content == whole[name], name
    if FILE in found:
        json.loads(found[FILE])
        read_run(folder)
    return found


def check_resumed(folder, whole):
    found = {name: content for name, content in files(folder).items() if not name.endswith(".tmp")}
    assert json.loads(found.pop(FILE)) == json.loads(whole[FILE])
    assert found == {name: content for name, content in whole.items() if name != FILE}


@pytest.mark.slow
def test_a_run_that_is_stopped_at_any_moment(tmp_path, labelled, whole):
    draw, steps = random.Random(75), lines_of(lambda: write(tmp_path / "counted", labelled))
    outcomes = []
    for number in range(STOPS):
        folder, step = tmp_path / str(number), draw.randrange(steps) + 1
        outcomes.append(stopped_at(step, lambda folder=folder: write(folder, labelled), kill=number % 2 == 0))
        check_stopped(folder, whole)
        write(folder, labelled)
        check_resumed(folder, whole)
    assert FAILED not in outcomes


@pytest.mark.slow
def test_a_disk_that_is_full_at_any_call(tmp_path, labelled, whole):
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch)
        write(tmp_path / "counted", labelled)
    for room in range(disk.calls):
        folder = tmp_path / str(room)
        with pytest.MonkeyPatch.context() as patch:
            Disk(patch, room)
            with pytest.raises(InputError, match=r"cannot be written \(No space left on device\)") as caught:
                write(folder, labelled)
        assert "\n" not in str(caught.value)
        assert not [name for name in check_stopped(folder, whole) if name.endswith(".tmp")]
        write(folder, labelled)
        check_resumed(folder, whole)
