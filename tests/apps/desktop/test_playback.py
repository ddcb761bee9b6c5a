"""What the desktop viewer shows, without a window."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from helpers.engine import segmenter

from apps.desktop import window as desktop
from apps.desktop.lookahead import FRAMES_AHEAD, FRAMES_BEHIND, Lookahead
from apps.desktop.playback import KEYS, Playback
from apps.drawing.colouring import MODES, colour_points
from data.labels import BACKGROUND, CAR, CLASS_MAPS, CLASS_TABLE, IGNORE
from data.sources import open_source
from projection import InputError


def playing(**settings):
    return Playback(5, fps=10, **settings)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["right"], {"position": 1, "playing": False}),
        (["left"], {"position": 4, "playing": False}),
        (["right"] * 5, {"position": 0}),
        (["end"], {"position": 4}),
        (["end", "home"], {"position": 0}),
        (["space"], {"playing": False}),
        (["space", "space"], {"playing": True}),
        (["c"], {"hidden": {CAR}}),
        (["c", "c"], {"hidden": set()}),
        (["g", "c"], {"hidden": {BACKGROUND, IGNORE, CAR}}),
        (["+", "+"], {"point_size": 5}),
        (["-"] * 9, {"point_size": 1}),
        (["+"] * 99, {"point_size": 12}),
        (["b"], {"boxes": True}),
        (["h"], {"asked_for_help": True}),
        (["q"], {"quitting": True}),
        (["3"], {"mode": "height"}),
    ],
)
def test_what_a_key_does(keys, expected):
    playback = playing()
    assert all(playback.press(key) for key in keys)
    assert {name: getattr(playback, name) for name in expected} == expected


@pytest.mark.parametrize("key", ["0", "7", "x", "", "12", "٣"])
def test_other_keys_do_nothing(key):
    playback = playing()
    before = playback.look
    assert not playback.press(key)
    assert playback.look == before


def test_the_digits_are_the_modes():
    playback = playing(truth=True)
    for number, mode in enumerate(MODES, start=1):
        playback.press(str(number))
        assert playback.mode == mode


def test_every_class_has_a_key_of_its_own():
    keys = [one.key for one in CLASS_TABLE]
    assert not set(keys) & {"b", "h", "q"}
    for number, key in enumerate(keys):
        playback = playing()
        assert playback.press(key)
        assert number in playback.hidden
        assert len(playback.hidden - {IGNORE}) == 1


def test_the_keys_of_classes_are_told_with_their_names():
    assert KEYS["c, p, y, g"] == "show or hide cars, pedestrians, cyclists, background"


def test_without_truth_there_are_no_errors_to_colour():
    playback = playing()
    assert not playback.press("6")
    assert playback.mode == "class"


def test_a_frame_stays_until_it_has_been_seen():
    playback = playing()
    assert not playback.advance(100.0)
    playback.shown(100.0)
    assert not playback.advance(100.05)
    assert playback.advance(100.11)
    assert playback.position == 1
    assert not playback.advance(200.0)


def test_the_first_follows_the_last():
    playback = playing(position=4)
    playback.shown(0.0)
    playback.advance(1.0)
    assert playback.position == 0


def test_nothing_moves_while_it_is_paused():
    playback = playing(playing=False)
    playback.shown(0.0)
    assert not playback.advance(99.0)


@pytest.mark.parametrize("key", ["c", "1", "b", "+", "space", "right"])
def test_what_shows_is_drawn_again(key):
    playback = playing(mode="range")
    before = playback.look
    playback.press(key)
    assert playback.look != before


@pytest.fixture
def source(drive):
    return open_source(drive)


def test_frames_are_labelled_and_those_after_them(source):
    with Lookahead(source, segmenter(), CLASS_MAPS["default"]) as frames:
        first = frames.wait(0, 60)
        for position in (1, 2):
            assert frames.wait(position, 60).frame.number == position
    assert first.frame.number == 0
    assert np.count_nonzero(first.result.labels == CAR) > 100
    assert first.truth is not None
    assert next(group.name for group in first.outlines if group.boxes) == "true box"


def test_what_is_not_there_yet_is_not_waited_for(source):
    let_go, label = threading.Event(), segmenter()

    def slow(scan):
        let_go.wait(60)
        return label(scan)

    with Lookahead(source, slow, CLASS_MAPS["default"]) as frames:
        assert frames.get(0) is None
        let_go.set()
        assert frames.wait(0, 60) is not None


def test_a_frame_that_cannot_be_read_says_so_and_the_others_come(source, drive):
    (drive / "velodyne_points" / "data" / "0000000001.bin").write_bytes(bytes(10))
    with Lookahead(source, segmenter(), CLASS_MAPS["default"]) as frames:
        assert frames.wait(0, 60) is not None
        with pytest.raises(InputError, match=r"0000000001\.bin"):
            frames.wait(1, 60)
        assert frames.wait(2, 60) is not None


def test_only_frames_within_reach_are_kept(drive):
    recording = open_source(drive)
    many = recording.with_frames(recording.frames * 10)
    with Lookahead(many, segmenter(), CLASS_MAPS["default"]) as frames:
        for position in range(len(many)):
            assert frames.wait(position, 60) is not None
            assert len(frames._shelf.kept) <= FRAMES_AHEAD + FRAMES_BEHIND + 1
        last = len(many) - 1
        assert frames.get(last) is frames.get(last)


def test_the_thread_ends_with_the_block(source):
    before = threading.active_count()
    with Lookahead(source, segmenter(), CLASS_MAPS["default"]):
        pass
    assert threading.active_count() == before


@pytest.fixture
def item(source):
    with Lookahead(source, segmenter(), CLASS_MAPS["default"]) as frames:
        return frames.wait(0, 60)


@pytest.mark.parametrize(("key", "label"), [("c", CAR), ("g", BACKGROUND)])
def test_hidden_classes_are_not_shown(item, key, label):
    playback = playing()
    assert desktop.visible(item, playback).all()
    playback.press(key)
    assert np.array_equal(desktop.visible(item, playback), ~np.isin(item.result.labels, list(playback.hidden)))
    assert not desktop.visible(item, playback)[item.result.labels == label].any()


@pytest.mark.parametrize(("mode", "said"), [("class", "pedestrian"), ("range", "80 m"), ("error", "missed")])
def test_words_say_what_colours_mean(item, mode, said):
    coloured = colour_points(mode, item.scan, item.result, 1.73, item.truth)
    lines = desktop.words(item, coloured, 7)
    assert len(lines) == 7
    assert lines[0][0] == "frame 0"
    assert said in [text for text, _ in lines]


@pytest.mark.parametrize("display", [None, ":4711"])
def test_without_a_display_the_way_out_is_named(source, monkeypatch, display):
    if display is None:
        monkeypatch.delenv("DISPLAY", raising=False)
    else:
        monkeypatch.setenv("DISPLAY", display)
    with pytest.raises(InputError, match=r"no display .* render"):
        desktop.show(source, segmenter())


def test_errors_cannot_be_shown_without_truth(drive):
    (drive / "tracklet_labels.xml").unlink()
    with pytest.raises(InputError, match="no ground truth"):
        desktop.show(open_source(drive), segmenter(), colour="error")
