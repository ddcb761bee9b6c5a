from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.samples import FakeSource
from helpers.scans import SMALL

from data.labels import CLASS_MAPS, CYCLIST, IGNORE, ClassMap
from data.scan import Scan
from projection import InputError, project
from squeezeseg.training.samples import BIN, COLUMNS, build_store, hold_out

DEFAULT = CLASS_MAPS["default"]
CARS_ARE_CYCLISTS = ClassMap("odd", {"Car": CYCLIST})


@pytest.fixture
def source(tmp_path):
    return FakeSource(tmp_path / "drive")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


def same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("channels", "labels", "around", "people")
    )


def stop_after(count):
    def progress(done, total):
        if done == count:
            raise KeyboardInterrupt

    return progress


def test_a_sample_is_the_frames_full_turn(source, folder):
    store = build_store([source], folder, DEFAULT)
    image = project(source.scan(source.frames[1]).points, source.sensor)
    assert np.array_equal(store.channels[1], image.channels[:4].astype(np.float16))


def test_labels_are_those_of_the_pixels_points(source, folder):
    store = build_store([source], folder, DEFAULT)
    scan = source.scan(source.frames[1])
    image = project(scan.points, source.sensor)
    truth = source.truth(source.frames[1], scan, DEFAULT)
    assert np.array_equal(store.labels[1][image.mask], truth[image.index[image.mask]])
    assert (store.labels[1][~image.mask] == IGNORE).all()


@pytest.mark.parametrize("columns", [1800, COLUMNS, 4000])
@pytest.mark.parametrize("view", ["front", "full"])
def test_any_sensor_gives_full_turns_of_one_width(tmp_path, folder, columns, view):
    sensor = replace(SMALL, columns=columns, cut=0.0).with_view(view)
    store = build_store([FakeSource(tmp_path, sensor=sensor)], folder, DEFAULT)
    assert store.labels.shape == (3, SMALL.beams, COLUMNS)


def test_people_are_counted_by_bins(source, folder):
    store = build_store([source], folder, CARS_ARE_CYCLISTS)
    expected = [
        [(labels[:, at : at + BIN] == CYCLIST).sum() for at in range(0, COLUMNS, BIN)] for labels in store.labels
    ]
    assert store.people.tolist() == expected
    assert store.people.sum() > 0


def test_cars_are_not_people(source, folder):
    assert build_store([source], folder, DEFAULT).people.sum() == 0


def test_frames_that_are_broken_or_without_labels_are_left_out(tmp_path, folder, caplog):
    store = build_store([FakeSource(tmp_path, 4, broken=(1,), unlabelled=(2,))], folder, DEFAULT)
    assert len(store) == 2
    assert [record.getMessage()[:10] for record in caplog.records] == ["left out: "]


def test_an_empty_scan_is_an_empty_sample(source, folder, monkeypatch):
    monkeypatch.setattr(source, "scan", lambda frame: Scan(np.empty((0, 4), np.float32)))
    monkeypatch.setattr(source, "truth", lambda *_: np.empty(0, np.uint8))
    assert (build_store([source], folder, DEFAULT).labels == IGNORE).all()


def test_sources_are_stored_one_after_the_other(tmp_path, folder):
    ahead = FakeSource(tmp_path / "a", 2)
    ahead.labels_around = False
    store = build_store([ahead, FakeSource(tmp_path / "b", 1)], folder, DEFAULT)
    assert store.around.tolist() == [False, False, True]


def test_progress_counts_all_frames(tmp_path, folder):
    told = []
    build_store([FakeSource(tmp_path, 3, broken=(1,))], folder, DEFAULT, lambda *at: told.append(at))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_store_of_the_same_frames_is_used_again(source, folder):
    first = build_store([source], folder, DEFAULT)
    reads = source.reads
    assert same(build_store([source], folder, DEFAULT), first)
    assert source.reads == reads


def test_other_frames_are_projected_anew(source, folder):
    build_store([source], folder, DEFAULT)
    assert len(build_store([source.with_frames(source.frames[:1])], folder, DEFAULT)) == 1


def test_another_class_map_labels_anew(source, folder):
    build_store([source], folder, DEFAULT)
    assert CYCLIST in build_store([source], folder, CARS_ARE_CYCLISTS).labels


def test_an_open_store_outlives_its_folders_next(source, folder):
    store = build_store([source], folder, DEFAULT)
    before = np.array(store.channels)
    build_store([source.with_frames(source.frames[:1])], folder, DEFAULT)
    assert np.array_equal(store.channels, before)


def test_an_interrupted_build_is_not_taken_for_a_finished_one(source, folder):
    with pytest.raises(KeyboardInterrupt):
        build_store([source], folder, DEFAULT, stop_after(2))
    assert len(build_store([source], folder, DEFAULT)) == 3


def test_an_interrupted_build_does_no_harm_to_the_store_before(source, folder):
    first = build_store([source], folder, DEFAULT)
    with pytest.raises(KeyboardInterrupt):
        build_store([FakeSource(source.path, 5)], folder, DEFAULT, stop_after(2))
    assert same(build_store([source], folder, DEFAULT), first)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"frames": 3}', "\x00"])
def test_a_damaged_index_is_made_again(source, folder, content):
    build_store([source], folder, DEFAULT)
    (folder / "index.json").write_text(content)
    assert len(build_store([source], folder, DEFAULT)) == 3


@pytest.mark.parametrize("name", ["channels.bin", "labels.bin"])
@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_bytes(b"short")])
def test_a_store_that_lost_its_arrays_is_made_again(source, folder, name, damage):
    build_store([source], folder, DEFAULT)
    damage(folder / name)
    assert len(build_store([source], folder, DEFAULT)) == 3


@pytest.mark.parametrize("frames", [0, 3])
def test_no_labelled_frame(tmp_path, folder, frames):
    with pytest.raises(InputError, match="no frame of the training data has labels"):
        build_store([FakeSource(tmp_path, frames, unlabelled=range(frames))], folder, DEFAULT)


def test_sensors_of_different_beams(tmp_path, folder):
    half = replace(SMALL, elevations=SMALL.elevations[::2], columns=COLUMNS, cut=0.0)
    with pytest.raises(InputError, match=r"sensors of \[4, 8\] beams"):
        build_store([FakeSource(tmp_path / "a"), FakeSource(tmp_path / "b", sensor=half)], folder, DEFAULT)


def test_a_folder_that_cannot_be_written(source, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        build_store([source], tmp_path / "file" / "store", DEFAULT)


@pytest.mark.parametrize(("frames", "share", "held"), [(10, 0.2, 2), (3, 0.05, 1), (100, 0.05, 5), (2, 0.9, 1)])
def test_the_last_frames_of_each_recording_are_held_back(tmp_path, frames, share, held):
    source = FakeSource(tmp_path / "drive", frames=frames)
    (kept,), (back,) = hold_out([source], share)
    assert kept.frames + back.frames == source.frames
    assert len(back) == held


def test_nothing_is_held_back_where_nothing_is_fitted(source):
    kept, held = hold_out([source], 0.0)
    assert (len(kept[0]), held) == (len(source), [])


def test_a_single_frame_cannot_be_held_back(tmp_path):
    with pytest.raises(InputError, match="two frames"):
        hold_out([FakeSource(tmp_path / "drive", frames=1)], 0.05)


def test_a_store_may_have_other_columns(source, folder):
    store = build_store([source], folder, DEFAULT, columns=1024)
    assert store.shape == (SMALL.beams, 1024)
    assert store.people.shape == (3, 1024 // BIN)
    reads = source.reads
    assert same(build_store([source], folder, DEFAULT, columns=1024), store)
    assert source.reads == reads
    assert build_store([source], folder, DEFAULT).shape == (SMALL.beams, COLUMNS)
