"""squeezeseg render."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.engine import STALLED
from helpers.tools import needs
from PIL import Image

from apps.drawing.options import parse_size
from apps.drawing.perspective import video
from apps.drawing.track_marks import track_marks
from projection import InputError

pytestmark = pytest.mark.usefixtures("reflectance")

ROOT = Path(__file__).resolve().parents[3]
SMALL = ("--size", "160x90")

needs_ffmpeg = pytest.mark.usefixtures("ffmpeg")


@pytest.fixture
def ffmpeg():
    needs("ffmpeg")


def frames_of(path):
    """How many frames ffmpeg decodes, and of which size."""
    command = ["ffprobe", "-v", "error", "-count_frames", "-of", "json"]
    command += ["-show_entries", "stream=nb_read_frames,width,height,r_frame_rate", path]
    stream = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)["streams"][0]
    return int(stream["nb_read_frames"]), (stream["width"], stream["height"]), stream["r_frame_rate"]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".PNG"])
def test_a_picture_is_written(drive, tmp_path, cli, suffix):
    outcome = cli("render", drive, "--frame", 1, "--out", tmp_path / f"a{suffix}", *SMALL)
    assert (outcome.status, outcome.err) == (0, "")
    assert str(tmp_path / f"a{suffix}") in outcome.out
    assert Image.open(tmp_path / f"a{suffix}").size == (160, 90)


@needs_ffmpeg
def test_the_suffix_of_out_decides_between_picture_and_video(drive, tmp_path, cli):
    assert cli("render", drive, "--out", tmp_path / "a.mp4", "--frames", "0:2", *SMALL).status == 0
    assert frames_of(tmp_path / "a.mp4")[:2] == (2, (160, 90))


def test_saved_labels_are_drawn_without_a_network(drive, tmp_path, cli, monkeypatch):
    assert cli("segment", drive, "--out", tmp_path / "run", "--frames", "1").status == 0
    made = [tmp_path / name for name in ("network.png", "saved.png")]
    assert cli("render", drive, "--frame", 1, "--boxes", "--out", made[0], *SMALL).status == 0
    monkeypatch.setattr("apps.commands.render.load_segmenter", None)
    saved = ["--predictions", tmp_path / "run", *SMALL]
    assert cli("render", drive, "--frame", 1, "--boxes", "--out", made[1], *saved).status == 0
    assert np.array_equal(*(np.asarray(Image.open(path)) for path in made))
    outcome = cli("render", drive, "--frame", 2, "--out", made[1], *saved)
    assert (outcome.status, "no prediction for this frame" in outcome.err) == (2, True)


def test_a_file_that_was_written_is_drawn_with_its_labels(drive, tmp_path, cli, monkeypatch):
    cli("segment", drive, "--out", tmp_path / "run", "--format", ".ply")
    made = [tmp_path / name for name in ("network.png", "file.png")]
    assert cli("render", drive, "--frame", 1, "--out", made[0], "--colour", "confidence", *SMALL).status == 0
    monkeypatch.setattr("apps.commands.render.load_segmenter", None)
    file = tmp_path / "run" / "clouds" / "0000000001.ply"
    assert cli("render", file, "--out", made[1], "--colour", "confidence", *SMALL).status == 0
    drawn = [np.asarray(Image.open(path))[45:] for path in made]  # below the titles
    assert np.array_equal(*drawn)
    outcome = cli("render", file, "--out", made[1], "--model", "fast", *SMALL)
    assert "NoneType" in outcome.err  # the network that was asked for


def test_saved_labels_without_confidence_have_none_to_show(drive, tmp_path, cli):
    cli("segment", drive, "--out", tmp_path / "run")
    saved = ["--predictions", tmp_path / "run", "--colour", "confidence"]
    outcome = cli("render", drive, *saved, "--out", tmp_path / "a.png")
    assert (outcome.status, "have none" in outcome.err) == (2, True)


def test_a_picture_without_a_name_is_called_after_its_frame(drive, tmp_path, cli, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli("render", drive, *SMALL, "--frames", "2").status == 0
    assert [file.name for file in tmp_path.glob("*.png")] == ["2011_09_26_drive_0009-0000000002.png"]


@pytest.mark.parametrize(
    "options",
    [
        ["--colour", "error"],
        ["--colour", "confidence", "--camera", "top"],
        ["--boxes"],
        ["--track"],
        ["--camera", "20,30,15"],
        ["--view", "front", "--camera", "driver"],
        ["--no-objects", "--boxes"],
    ],
)
def test_options_change_the_picture(drive, tmp_path, cli, options):
    for name, given in (("plain", []), ("other", options)):
        assert cli("render", drive, "--out", tmp_path / f"{name}.png", *SMALL, *given).status == 0
    plain, other = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("plain", "other"))
    assert not np.array_equal(plain, other)


def test_tracks_of_a_run_are_drawn_as_those_followed_on_the_way(drive, tmp_path, cli):
    cli("segment", drive, "--out", tmp_path / "run", "--track")
    made = [tmp_path / "run.png", tmp_path / "way.png"]
    for path, given in zip(made, (["--predictions", tmp_path / "run"], []), strict=True):
        outcome = cli("render", drive, "--frame", 2, "--track", "--out", path, *SMALL, *given)
        assert (outcome.status, "nothing tells how the sensor moves" in outcome.err) == (0, True)
    assert np.array_equal(*(np.asarray(Image.open(path)) for path in made))


def test_tracks_are_of_objects(drive, tmp_path, cli):
    outcome = cli("render", drive, "--track", "--no-objects", "--out", tmp_path / "a.png", *SMALL)
    assert (outcome.status, "leave out --no-objects" in outcome.err) == (2, True)


@needs_ffmpeg
@pytest.mark.parametrize("lanes", [1, 2])
def test_a_video_follows_objects_in_the_order_of_the_frames(drive, tmp_path, cli, monkeypatch, lanes):
    numbers = []
    monkeypatch.setattr(
        "apps.drawing.perspective.artist.track_marks",
        lambda followed: numbers.append([one.number for one in followed]) or track_marks(followed),
    )
    monkeypatch.setattr("squeezeseg.engines.base.usable_cores", lambda: lanes)
    assert cli("render", drive, "--video", tmp_path / "a.mp4", "--track", *SMALL).status == 0
    assert (len(numbers), numbers[0]) == (3, [1])
    assert all(1 in one for one in numbers)


@needs_ffmpeg
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_a_video_has_all_frames(drive, tmp_path, cli, suffix):
    path = tmp_path / f"a{suffix}"
    outcome = cli("render", drive, "--video", path, "--fps", "5", *SMALL)
    assert outcome.status == 0
    assert "3 frames" in outcome.out
    assert frames_of(path) == (3, (160, 90), "5/1")
    assert [file for file in tmp_path.iterdir() if file.is_file()] == [path]


@needs_ffmpeg
@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_a_moving_picture_has_all_frames_and_begins_again(drive, tmp_path, cli, suffix):
    path = tmp_path / f"a{suffix}"
    assert cli("render", drive, "--video", path, *SMALL).status == 0
    with Image.open(path) as picture:
        assert (picture.n_frames, picture.size, picture.info["loop"]) == (3, (160, 90), 0)


@needs_ffmpeg
def test_a_video_and_a_picture_at_once(drive, tmp_path, cli):
    cli("render", drive, "--video", tmp_path / "a.mp4", "--out", tmp_path / "a.png", "--frames", "1:3", *SMALL)
    assert frames_of(tmp_path / "a.mp4")[0] == 2
    assert (tmp_path / "a.png").is_file()


@needs_ffmpeg
def test_a_frame_that_cannot_be_read_is_passed_over(drive, tmp_path, cli):
    (drive / "velodyne_points" / "data" / "0000000001.bin").write_bytes(bytes(10))
    outcome = cli("render", drive, "--video", tmp_path / "a.mp4", *SMALL)
    assert outcome.status == 0
    assert "0000000001.bin" in outcome.err
    assert frames_of(tmp_path / "a.mp4")[0] == 2
    outcome = cli("render", drive, "--video", tmp_path / "b.mp4", "--strict", *SMALL)
    assert outcome.status == 2
    assert not (tmp_path / "b.mp4").exists()


@needs_ffmpeg
def test_a_video_of_nothing_is_none(drive, tmp_path, cli):
    for file in (drive / "velodyne_points" / "data").glob("*.bin"):
        file.write_bytes(bytes(10))
    outcome = cli("render", drive, "--video", tmp_path / "a.mp4", *SMALL)
    assert (outcome.status, list(tmp_path.glob("*a.mp4*"))) == (2, [])


INTERRUPTED = """if True:
    import signal
    import sys
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
    from helpers.engine import segmenter
    from apps.cli import main
    from squeezeseg import Segmenter
    Segmenter.load = lambda *given, **settings: segmenter(*given, **settings, stall_after={stall})
    sys.exit(main(["render", {drive!r}, "--video", {path!r}, "--size", "160x90"]))
"""


@needs_ffmpeg
@pytest.mark.slow
@pytest.mark.parametrize("calls", [2, 1, 0])
def test_an_interrupted_video_plays_or_is_not_there(drive, tmp_path, calls):
    path = tmp_path / "a.mp4"
    code = INTERRUPTED.format(stall=calls, drive=str(drive), path=str(path))
    # One lane: of two, the second frame's may be the call that is let through.
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": "/usr/bin:/bin", "SQUEEZESEG_LANES": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    hidden = ".*.tmp"
    assert process.stdout.readline().strip() == STALLED
    time.sleep(5)  # until the frames before are drawn
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert not list(tmp_path.glob(hidden))
    if calls:
        assert frames_of(path)[0] == calls
        assert f"stopped after {calls} of 3 frames" in error
    else:
        assert not path.exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--out", "a.avi"], "pictures are .png, .jpg, .webp files, videos .mp4, .mkv, .mov, .gif"),
        (["--out", "a.mp4", "--video", "b.mp4"], "two videos"),
        (["--out", "a.mp4", "--frame", "1"], "choose some with --frames"),
        (["--predictions", "no-run"], "no-run"),
        (["--video", "a.avi"], "a.avi"),
        (["--video", "a.mp4", "--size", "161x90"], "even"),
        (["--video", "a.mp4", "--fps", "0"], "fps 0"),
        (["--size", "big"], "size 'big'"),
        (["--size", "9x90"], "64 to 7680"),
        (["--camera", "behind"], "chase"),
        (["--class-map", "mine"], "class map"),
        (["--frame", "7"], "no frame 7"),
        (["--out", "file/a.png"], "file"),
    ],
)
def test_bad_options_are_one_line_and_leave_nothing(drive, tmp_path, cli, monkeypatch, options, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    before = sorted(tmp_path.iterdir())
    outcome = cli("render", drive, *options)
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert says in outcome.err
    assert sorted(tmp_path.iterdir()) == before


def test_errors_need_ground_truth(drive, tmp_path, cli):
    (drive / "tracklet_labels.xml").unlink()
    outcome = cli("render", drive, "--colour", "error", "--out", tmp_path / "a.png")
    assert outcome.status == 2
    assert "no ground truth" in outcome.err


def test_a_missing_encoder_is_named_with_its_commands(drive, tmp_path, cli, monkeypatch):
    monkeypatch.setattr(video.shutil, "which", lambda _: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    outcome = cli("render", drive, "--video", tmp_path / "a.mp4")
    assert outcome.status == 2
    assert "apt install ffmpeg" in outcome.err
    assert "pip install imageio-ffmpeg" in outcome.err


def test_what_the_encoder_says_is_passed_on(tmp_path, monkeypatch):
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\necho 'Unknown encoder libx264' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(video, "find_ffmpeg", lambda: str(broken))

    def write():
        with video.open_video(tmp_path / "a.mp4", (64, 64), 10) as file:
            for _ in range(20):
                file.write(np.zeros((64, 64, 3), np.uint8))

    with pytest.raises(InputError, match="Unknown encoder libx264"):
        write()
    assert list(tmp_path.glob("*a.mp4*")) == []


@needs_ffmpeg
def test_a_picture_of_another_size_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected a picture"), video.open_video(tmp_path / "a.mp4", (64, 64), 5) as it:
        it.write(np.zeros((64, 32, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("text", "size"), [("1280x720", (1280, 720)), (" 64X7680 ", (64, 7680))])
def test_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "1280", "1280x", "1280x720x3", "-64x64", "6٤x64", "99999x99999"])
def test_other_sizes_are_one_line(text):
    with pytest.raises(InputError, match="WIDTHxHEIGHT"):
        parse_size(text)


def test_labels_of_a_run_are_drawn_with_its_sensor(drive, tmp_path, cli):
    assert cli("segment", drive, "--out", tmp_path / "run", "--sensor", "hdl32", "--frames", "0").status == 0
    given = ("--predictions", tmp_path / "run", "--frame", 0, *SMALL)
    for name, sensor in (("with", ("--sensor", "hdl32")), ("without", ())):
        assert cli("render", drive, *given, *sensor, "--out", tmp_path / f"{name}.png").status == 0
    assert (tmp_path / "with.png").read_bytes() == (tmp_path / "without.png").read_bytes()
