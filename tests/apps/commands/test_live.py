"""live and replay: what they print, what they write, how they end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
from helpers.drive import files, write_drive
from helpers.engine import segmenter
from helpers.tools import needs
from helpers.velodyne import packets
from helpers.viewer_client import connected

from apps.live.outputs import foxglove_writer, taking
from apps.live.report import describe
from data.boxes import Box
from data.labels import CAR
from data.live.capture_writer import CaptureWriter
from data.live.captures import read_capture
from data.live.pace import Pace
from data.live.recorded import RecordedSource
from data.live.replay import replay
from data.sources import open_source
from projection import InputError
from squeezeseg.plotting.palette import MOTIONS
from squeezeseg.running.stream import Stream, StreamFacts, StreamFrame
from squeezeseg.tracking.followed import Followed

ROOT = Path(__file__).resolve().parents[3]
TURNS = packets("vlp16", turns=3)


@pytest.fixture
def capture(tmp_path):
    with CaptureWriter(tmp_path / "turns.pcap") as writer:
        for packet in TURNS:
            writer.write(packet)
    return tmp_path / "turns.pcap"


@pytest.fixture
def port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def last_line(outcome):
    assert outcome.status == 0, outcome.err
    return json.loads(outcome.out.splitlines()[-1])


@pytest.mark.usefixtures("reflectance")
def test_a_drive_is_labelled_as_if_it_were_live(cli, drive):
    told = last_line(cli("live", drive, "--rate", "max", "--json"))
    scans = len(open_source(drive))
    assert told["source"] == "2011_09_26_drive_0009"
    assert (told["state"], told["scans"], told["frames"], told["drops"]) == ("ended", scans, scans, {})
    assert told["sensor"] == "hdl64"


@pytest.mark.usefixtures("reflectance")
def test_a_capture_is_labelled_and_its_packets_are_counted(cli, capture):
    told = last_line(cli("live", capture, "--rate", "max", "--json", "--view", "front"))
    assert (told["sensor"], told["frames"]) == ("vlp16", 3)
    assert told["packets"] == {"received": len(TURNS), "accepted": len(TURNS)}


@pytest.mark.usefixtures("reflectance")
@pytest.mark.parametrize(("options", "warned"), [((), True), (("--format", ".ply"), False)])
def test_a_capture_is_segmented_as_a_recording(cli, capture, tmp_path, options, warned):
    outcome = cli("segment", capture, "--out", tmp_path / "run", *options)
    assert outcome.status == 0, outcome.err
    assert ("labels alone" in outcome.err) == warned
    assert len(list((tmp_path / "run").glob("*/*"))) == 3


@pytest.mark.usefixtures("reflectance")
def test_the_summary_is_for_people(cli, capture):
    outcome = cli("live", capture, "--rate", "max")
    assert outcome.status == 0
    assert outcome.out.startswith("3 scans labelled of 3\n")
    assert "latency, p99 (ms)" in outcome.out
    assert f"accepted  {len(TURNS)}" in outcome.out


@pytest.mark.usefixtures("reflectance")
def test_labelled_scans_are_written(cli, capture, tmp_path):
    out = tmp_path / "out"
    last_line(cli("live", capture, "--rate", "max", "--json", "--out", out, "--format", "npz", "--format", ".ply"))
    assert sorted(files(out)) == [f"{k:010d}{suffix}" for k in range(3) for suffix in (".npz", ".ply")]
    with np.load(out / "0000000002.npz") as kept:
        assert kept["points"].shape == (len(kept["labels"]), 4)
        assert kept["ring"].max() == 15
        assert kept["stamp"] == pytest.approx(TURNS[-1].stamp, abs=0.01)


@pytest.mark.usefixtures("reflectance")
@pytest.mark.parametrize(("options", "warned"), [((), True), (("--still",), False)])
def test_objects_are_followed(cli, tmp_path, options, warned):
    drive, out = write_drive(tmp_path, frames=7), tmp_path / "out"
    outcome = cli("live", drive, "--rate", "max", "--json", "--track", "--out", out, "--format", ".label", *options)
    car = max(last_line(outcome)["tracks"], key=lambda one: one["size"][1])
    assert (car["class"], car["seen"], car["moving"]) == ("car", True, None if warned else False)
    assert ("nothing tells how the sensor moves" in outcome.err) == warned
    for frame in range(7):
        words = np.fromfile(out / f"{frame:010d}.label", "<u4")
        points = np.fromfile(drive / "velodyne_points" / "data" / f"{frame:010d}.bin", "<f4").reshape(-1, 4)
        assert np.abs(points[words >> 16 == car["id"], :2].mean(0) - (12, 0)).max() < 0.5


@pytest.mark.usefixtures("reflectance")
@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--track", "--sectors", 8), "--track follows objects from whole turn to whole turn"),
        (("--track", "--no-objects"), "--track follows objects, which aren't told apart here"),
        (("--still",), "--still is for --track"),
    ],
)
def test_where_nothing_is_followed(cli, drive, options, error):
    outcome = cli("live", drive, *options)
    assert outcome.status == 2
    assert outcome.err.startswith(f"error: {error}")


@pytest.mark.usefixtures("reflectance")
def test_foxglove_gets_what_is_followed():
    sink = Mock()
    box = Box.standing("Car", (8.0, 0.0, -1.7), (4.2, 1.8, 1.5), 0.0)
    one = Followed(3, CAR, box, True, True, 10.0, True)
    foxglove_writer(sink)(StreamFrame(0, "scan", "result", 0.0, 0.0, (one,)))
    (given,) = sink.write.call_args.kwargs["markers"]
    assert (given.number, given.text, given.colour, given.box) == (3, "car 3 36 km/h", MOTIONS["moving"].dark, box)


@pytest.mark.usefixtures("reflectance")
def test_one_sector_is_the_whole_turn(cli, capture, tmp_path):
    for out, options in (("as ever", ()), ("one", ("--sectors", 1))):
        last_line(cli("live", capture, "--rate", "max", "--json", "--out", tmp_path / out, *options))
    assert files(tmp_path / "as ever") == files(tmp_path / "one") != {}


@pytest.mark.usefixtures("reflectance")
@pytest.mark.parametrize("kind", ["capture", "drive"])
def test_turns_in_sectors_are_written_whole(cli, request, tmp_path, kind):
    source = request.getfixturevalue(kind)
    for out, options in (("whole", ()), ("sectors", ("--sectors", 8, "--mcap", tmp_path / "it.mcap"))):
        told = last_line(cli("live", source, "--rate", "max", "--json", "--out", tmp_path / out, *options))
        assert (told["scans"], told["frames"], told["drops"].get("segmenter", 0)) == (3, 3, 0)
    whole, sectors = ({path.name: path for path in (tmp_path / out).iterdir()} for out in ("whole", "sectors"))
    assert whole.keys() == sectors.keys()
    for name in whole:
        with np.load(whole[name]) as one, np.load(sectors[name]) as other:
            np.testing.assert_array_equal(one["points"], other["points"])
            assert (one["labels"] == other["labels"]).mean() > 0.99
    assert (tmp_path / "it.mcap").stat().st_size > 100_000


@pytest.mark.usefixtures("reflectance")
@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--sectors", 7), "--sectors 7: must be 1, 8 or 16"),
        (("--sectors", 8, "--view", "front"), "--sectors is for the full turn; leave it out, or --view front"),
        (("--sectors", 8, "--lanes", 2), "--sectors are labelled one after the other; leave them out, or --lanes"),
    ],
)
def test_sectors_that_cannot_be(cli, drive, options, error):
    outcome = cli("live", drive, *options)
    assert (outcome.status, outcome.err) == (2, f"error: {error}\n")


@pytest.mark.usefixtures("reflectance")
def test_frames_end_it(cli, drive):
    assert last_line(cli("live", drive, "--rate", "max", "--frames", 1, "--json"))["frames"] == 1


@pytest.mark.usefixtures("reflectance")
def test_packets_from_the_network_are_labelled_and_kept(cli, capture, port, tmp_path):
    ended = threading.Event()

    def send():
        for _ in replay(capture, ("127.0.0.1", port), 4.0, loop=True):
            if ended.is_set():
                return

    sender = threading.Thread(target=send)
    sender.start()
    try:
        kept = tmp_path / "kept.pcap"
        told = last_line(cli("live", f"udp://127.0.0.1:{port}", "--frames", 3, "--json", "--record", kept))
    finally:
        ended.set()
        sender.join()
    assert (told["frames"], told["sensor"], told["state"]) == (3, "vlp16", "ended")
    recorded = list(read_capture(kept))
    assert len(recorded) == told["packets"]["received"] > 150
    assert {packet.payload for packet in recorded} <= {packet.payload for packet in TURNS}


@pytest.mark.usefixtures("reflectance")
def test_a_capture_without_a_scan_is_no_success(cli, tmp_path):
    with CaptureWriter(tmp_path / "other.pcap") as writer:
        for packet in TURNS[:40]:
            writer.write(packet._replace(payload=packet.payload[:-1]))
    outcome = cli("live", tmp_path / "other.pcap", "--rate", "max")
    assert outcome.status == 2
    assert "other.pcap: no scan came of 40 received, 40 malformed; is the source" in outcome.err


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_well(port, capture, tmp_path, by):
    kept = tmp_path / "kept.pcap"
    command = [sys.executable, "-m", "apps", "live", f"udp://127.0.0.1:{port}", "--model", "squeezeseg"]
    command += ["--json", "--record", str(kept)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert first["state"] == "waiting for packets"
        process.send_signal(by)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out.splitlines()[-1])["state"] == "ended"
    assert list(read_capture(kept)) == []


@pytest.mark.usefixtures("reflectance")
def test_an_interrupt_between_the_end_and_the_last_word_is_as_good(cli, drive, monkeypatch):
    def impatient(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("apps.commands.live.report", impatient)
    assert cli("live", drive, "--rate", "max", "--json").status == 0


def test_replay_sends_a_capture(cli, capture, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", port))
        outcome = cli("replay", capture, "--to", f"udp://127.0.0.1:{port}", "--rate", "max")
        assert (outcome.status, outcome.out) == (0, f"{len(TURNS)} packets sent to udp://127.0.0.1:{port}\n")
        assert receiver.recv(2000) == TURNS[0].payload


@pytest.mark.usefixtures("reflectance")
@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("live", "SOURCE"),
        ("live nowhere", "nowhere"),
        ("live nowhere.pcap", "nowhere.pcap"),
        ("live nowhere.mcap", "nowhere.mcap"),
        ("live text.pcap", "text.pcap"),
        ("live text.bag", "text.bag"),
        ("live udp://127.0.0.1:99999", "udp://127.0.0.1:99999"),
        ("live udp://192.0.2.1:2368", "udp://192.0.2.1:2368: cannot listen"),
        ("live drive --device vlp16", "--device"),
        ("live drive --record kept.pcap", "--record"),
        ("live drive --frames 0", "frames"),
        ("live drive --rate fast", "rate fast"),
        ("live drive --loop --out out", "leave out --loop or --out"),
        ("live turns.pcap --loop --record kept.pcap", "leave out --loop or --record"),
        ("live udp://127.0.0.1:0 --loop", "--loop is for recordings"),
        ("live drive --show --no-token --token x", "--no-token"),
        ("live drive --show --no-token --host 0.0.0.0", "--no-token: 0.0.0.0"),
        ("live drive --sensor hdl65", "hdl65"),
        ("live drive --model nothing.safetensors", "nothing.safetensors"),
        ("live drive --neighbours -1", "neighbours -1"),
        ("live drive --unknown-below 2", "unknown-below 2"),
        ("live drive --out drive", "drive: not empty"),
        ("live drive --out out --format las", "las"),
        ("live turns.pcap --device os1", "os1"),
        ("live turns.pcap --calibration text.pcap", "text.pcap"),
        ("live turns.pcap --calibration nowhere.yml", "nowhere.yml"),
        ("live turns.pcap --record turns.pcap", "turns.pcap: exists already"),
        ("live turns.pcap --rate max --sensor hdl64", "sensor hdl64 has 64 beams"),
        ("replay nowhere.pcap", "nowhere.pcap"),
        ("replay text.pcap", "text.pcap"),
        ("replay drive", "drive: a folder, no capture; 'squeezeseg live drive' plays"),
        ("segment text.pcap", "text.pcap: no pcap or pcapng capture"),
        ("segment drive --topic /points", "--topic is for bags"),
        ("replay turns.pcap --to 127.0.0.1:9", "127.0.0.1:9"),
        ("replay turns.pcap --rate 0", "rate 0"),
    ],
)
def test_bad_input(tmp_path, monkeypatch, cli, capture, command, named):
    monkeypatch.chdir(tmp_path)
    write_drive(tmp_path).parent.rename(tmp_path / "drive")
    for name in ("text.pcap", "text.bag"):
        (tmp_path / name).write_text("nothing of the kind, though long enough for a header")
    before = files(tmp_path)
    outcome = cli(*command.split())
    assert outcome.status == 2, outcome
    errors = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert named in errors[0]
    assert outcome.out == ""
    assert files(tmp_path) == before


@pytest.fixture
def page(monkeypatch):
    """No server: what the page would do. Its list fills with what happens."""
    happened = []

    @contextmanager
    def showing(stream, about, options, playback):
        assert (options.token, options.no_token) == (None, False)
        happened.append("served")
        threading.Timer(0.3, playback.begin).start()
        yield
        happened.append(stream.facts().state)

    monkeypatch.setattr("apps.viewer.page.showing", showing)
    monkeypatch.setattr("apps.commands.live.hold", lambda: happened.append("held"))
    return happened


@pytest.mark.usefixtures("reflectance")
def test_a_recording_that_is_shown_waits_for_the_page_and_stays_after_its_end(cli, drive, page):
    told = cli("live", drive, "--rate", "max", "--json", "--show")
    assert last_line(told)["state"] == "ended"
    assert page == ["served", "held", "ended"]


@pytest.mark.usefixtures("reflectance")
@pytest.mark.parametrize("options", [["--no-wait"], ["--loop"]])
def test_so_many_frames_end_also_what_is_shown(cli, drive, page, options):
    frames = len(open_source(drive)) + 2 * ("--loop" in options) - 1
    told = last_line(cli("live", drive, "--rate", "max", "--json", "--show", "--frames", frames, *options))
    assert told["frames"] == frames
    assert page == ["served", "ended"]


@pytest.mark.slow
def test_the_page_of_a_recording_is_served_until_it_is_stopped(drive):
    needs("streamlit")
    words = ["live", str(drive), "--model", "fast", "--rate", "max", "--show", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "apps", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        url = process.stderr.readline().split()[-1]
        port, token = re.search(r":(\d+)/\?token=(.+)", url).groups()
        with connected(SimpleNamespace(port=int(port)), Cookie=f"squeezeseg-{port}={token}") as client:
            state, shown = "", -1
            while state != "ended" or shown < len(open_source(drive)) - 1:
                message = client.receive()
                if isinstance(message, tuple):
                    client.seen(message[0])
                    shown = message[1].facts["position"]
                elif message["type"] == "news":
                    state = message["stream"]["state"]
            assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            assert not client.until("bye")["failed"]
        assert process.wait(60) == 0


def test_an_output_that_fails_ends_the_stream(drive):
    def fail(frame):
        raise InputError("the disk is full")

    source = RecordedSource(open_source(drive), Pace(None))
    stream = Stream(source, segmenter(), keep_all=True)
    with pytest.raises(InputError, match="the disk is full"), taking(stream, "out", fail, keep_all=True), stream:
        assert stream.wait(30)


def test_a_stream_is_described_in_a_line():
    facts = StreamFacts(
        "silent for 3 s", 9.96, 31.2, 9.9, 41.4, 55.1, 1200, 1190, {"segmenter": 7, "out": 3},
        {"received": 90600, "accepted": 90000, "lost": 5, "overflow": 2, "foreign": 500, "malformed": 99},
    )  # fmt: skip
    assert describe("udp://:2368", facts) == (
        "udp://:2368: silent for 3 s | 10.0 scans/s | labelled 9.9/s of 31.2/s that could be | latency 41 ms, p99 55 | "
        "1,190 of 1,200 scans labelled, 10 dropped | 90,600 packets, 7 lost, 599 refused"
    )


def test_a_stream_that_has_not_begun_is_described():
    facts = StreamFacts("waiting for packets", None, None, None, None, None, 0, 0, {}, {})
    assert describe("udp://:2368", facts) == "udp://:2368: waiting for packets | 0 of 0 scans labelled, 0 dropped"


def test_the_kill_of_a_recorder_leaves_what_came(tmp_path, port):
    kept = tmp_path / "kept.pcap"
    command = [sys.executable, "-m", "apps", "live", f"udp://127.0.0.1:{port}", "--model", "squeezeseg"]
    command += ["--json", "--record", str(kept)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        assert process.stdout is not None
        process.stdout.readline()
        for packet in TURNS[:15]:
            sender.sendto(packet.payload, ("127.0.0.1", port))
        end = time.monotonic() + 30
        while len(list(read_capture(kept))) < 15:
            assert time.monotonic() < end
            time.sleep(0.01)
        process.kill()
    assert [packet.payload for packet in read_capture(kept)] == [packet.payload for packet in TURNS[:15]]
