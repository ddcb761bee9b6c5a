"""MCAP files and the Foxglove server, read back by other libraries."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from helpers.tools import needs

needs("foxglove")
needs("google.protobuf")

from helpers.foxglove import decode, table
from helpers.results import segmentation

from data.boxes import Box
from data.labels import COLOURS, IGNORE_COLOUR
from data.scan import Scan
from data.sinks.foxglove import OBJECTS, POINTS, Marker, stamp_of
from data.sinks.foxglove_server import BACKLOG, ORIGINS, FoxgloveServer
from data.sinks.mcap import McapFile
from data.sinks.origin_guard import WAITING, may_connect
from projection.errors import InputError

ROOT = Path(__file__).resolve().parents[3]
SCAN = Scan(np.array([[1, 2, 3, 0.5], [np.nan, 0, 0, 0], [-7, 8, -9, 1]], np.float32), 4, "0000000004", 12.5)
LABELLED = segmentation(
    np.array([1, 255, 3], np.uint8), np.array([0.75, 0, 0.5], np.float32), np.array([7, 0, 500], np.uint16)
)
CAR = Box.standing("Car", (10.0, 2.0, -1.5), (4.0, 1.8, 1.6), np.pi / 2)
NOTHING = Scan(np.empty((0, 4), np.float32)), segmentation(np.empty(0, np.uint8), np.empty(0, np.float32))


def messages(path: Path, topic: str) -> list:
    """(log time, message) of a topic, as the package mcap reads them."""
    make_reader = needs("mcap.reader").make_reader
    with path.open("rb") as file:
        return [
            (message.log_time, decode(schema.data, schema.name, message.data))
            for schema, _, message in make_reader(file, validate_crcs=True).iter_messages(topics=[topic])
        ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.mcap"


def test_every_point_comes_back(path):
    with McapFile(path) as file:
        file.write(SCAN, LABELLED)
    [(_, cloud)] = messages(path, POINTS)
    points = table(cloud)
    for axis, name in enumerate(("x", "y", "z", "intensity")):
        np.testing.assert_array_equal(points[name], SCAN.points[:, axis])
    np.testing.assert_array_equal(points["label"], LABELLED.labels)
    np.testing.assert_array_equal(points["confidence"], LABELLED.confidence)
    np.testing.assert_array_equal(points["instance"], LABELLED.instances)


def test_colours_are_the_classes(path):
    with McapFile(path) as file:
        file.write(SCAN, LABELLED)
    [(_, cloud)] = messages(path, POINTS)
    points = table(cloud)
    rgb = np.stack([points[name] for name in ("red", "green", "blue")], axis=1)
    np.testing.assert_array_equal(rgb, [COLOURS[1], IGNORE_COLOUR, COLOURS[3]])
    assert points["alpha"].tolist() == [255] * 3


def test_stamps_are_the_scans_own_or_the_given(path):
    with McapFile(path) as file:
        file.write(SCAN, LABELLED)
        file.write(SCAN, LABELLED, stamp=1317042272.125)
    (first, cloud), (second, _) = messages(path, POINTS)
    assert (first, second) == (12_500_000_000, 1317042272_125_000_000)
    assert (cloud.timestamp.seconds, cloud.timestamp.nanos) == (12, 500_000_000)


@pytest.mark.parametrize(
    ("scan", "stamp", "expected"),
    [
        (Scan(SCAN.points, 7), None, 700_000_000),
        (Scan(SCAN.points, 7, stamp=2.0), None, 2_000_000_000),
        (Scan(SCAN.points, 7, stamp=2.0), 3.0, 3_000_000_000),
        (Scan(SCAN.points, 7, stamp=2.0), 0.0, 0),
    ],
)
def test_which_clock_counts(scan, stamp, expected):
    assert stamp_of(scan, stamp) == expected


@pytest.mark.parametrize("stamp", [-1.0, float("nan"), float("inf"), 2.0**32])
def test_a_time_that_cannot_be_told_is_one_line(stamp):
    with pytest.raises(InputError, match="between 1970 and 2106"):
        stamp_of(SCAN, stamp)


def test_boxes_stand_where_they_belong(path):
    with McapFile(path) as file:
        file.write(SCAN, LABELLED, boxes=[CAR])
    [(_, update)] = messages(path, OBJECTS)
    [cube] = update.entities[0].cubes
    assert (cube.pose.position.x, cube.pose.position.y, cube.pose.position.z) == pytest.approx((10, 2, -0.7))
    assert (cube.size.x, cube.size.y, cube.size.z) == (4.0, 1.8, 1.6)
    assert 2 * np.arctan2(cube.pose.orientation.z, cube.pose.orientation.w) == pytest.approx(np.pi / 2)
    assert (cube.color.r, cube.color.g, cube.color.b) == pytest.approx(tuple(COLOURS[1] / 255))


def test_boxes_do_not_outlive_their_scan(path):
    with McapFile(path) as file:
        for stamp, boxes in enumerate([[], [CAR], [], []]):
            file.write(SCAN, LABELLED, float(stamp), boxes)
    counts = [(time // 10**9, len(update.entities[0].cubes)) for time, update in messages(path, OBJECTS)]
    assert counts == [(1, 1), (2, 0)]


def test_an_object_that_is_followed_is_an_entity_of_its_own_until_it_is_gone(path):
    trail = np.array([(6.0, 2, -1.5), (8, 2, -1.5), (10, 2, -1.5)])
    one, other = (Marker(k, CAR, f"car {k}", (240, 110, 20), trail[: 4 - k]) for k in (1, 3))
    with McapFile(path) as file:
        for stamp, markers in enumerate([[one, other], [one], [], []]):
            file.write(SCAN, LABELLED, float(stamp), markers=markers)
    found = [update for _, update in messages(path, OBJECTS)]
    assert [[entity.id for entity in update.entities] for update in found] == [["track 1", "track 3"], ["track 1"], []]
    assert [[gone.id for gone in update.deletions] for update in found] == [[], ["track 3"], ["track 1"]]
    entity, alone = found[0].entities
    assert [text.text for text in entity.texts] == ["car 1"]
    assert (entity.cubes[0].color.r, entity.texts[0].pose.position.z) == (pytest.approx(240 / 255), pytest.approx(0.6))
    assert [(point.x, point.y) for point in entity.lines[0].points] == [(6, 2), (8, 2), (10, 2)]
    assert len(alone.lines) == 0


def test_an_empty_scan_is_written(path):
    with McapFile(path) as file:
        file.write(*NOTHING)
    [(_, cloud)] = messages(path, POINTS)
    assert len(table(cloud)) == 0


def test_the_name_is_given_when_all_is_written(path):
    path.write_bytes(b"old")
    with McapFile(path) as file:
        file.write(SCAN, LABELLED)
        assert path.read_bytes() == b"old"
    assert len(messages(path, POINTS)) == 1
    assert list(path.parent.iterdir()) == [path]


def test_a_recording_without_a_scan_replaces_none(path):
    path.write_bytes(b"old")
    McapFile(path).close()
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_an_interrupted_recording_is_whole(path):
    def interrupted():
        with McapFile(path) as file:
            file.write(SCAN, LABELLED)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(messages(path, POINTS)) == 1


def test_a_killed_process_leaves_every_scan_which_the_next_sets_aside(path, caplog):
    code = f"""if True:
        import os, numpy as np
        from pathlib import Path
        import sys; sys.path.insert(0, 'tests')
        from helpers.results import segmentation; from data.scan import Scan; from data.sinks.mcap import McapFile
        file = McapFile(Path({str(path)!r}))
        for k in range(3):
            result = segmentation(np.zeros(5, np.uint8), np.ones(5, np.float32))
            file.write(Scan(np.ones((5, 4), np.float32), k), result)
        os.kill(os.getpid(), 9)"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    from mcap.exceptions import EndOfFile
    from mcap.records import Message
    from mcap.stream_reader import StreamReader

    part = path.with_name("run.mcap.part")
    times = []
    with part.open("rb") as file, suppress(EndOfFile):
        times.extend(record.log_time for record in StreamReader(file).records if isinstance(record, Message))
    assert times == [0, 100_000_000, 200_000_000]
    left = part.read_bytes()
    for number in (1, 2):
        if number == 2:
            part.write_bytes(left)  # another one
        with McapFile(path) as file:
            file.write(SCAN, LABELLED)
            with pytest.raises(InputError, match="another squeezeseg"):
                McapFile(path)
        assert path.with_name(f"run.{number}.mcap.part").read_bytes() == left
    assert [record.message.endswith("('mcap recover' saves it)") for record in caplog.records] == [True, True]
    assert len(messages(path, POINTS)) == 1
    assert len(list(path.parent.iterdir())) == 3


@pytest.mark.parametrize("name", ["run.bag", "file/run.mcap"])
def test_what_cannot_be_written_is_one_line(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=name):
        McapFile(tmp_path / name)


def test_a_full_disk_is_one_line(tmp_path):
    code = f"""if True:
        import resource, signal, numpy as np
        from pathlib import Path
        import sys; sys.path.insert(0, 'tests')
        from helpers.results import segmentation; from data.scan import Scan; from data.sinks.mcap import McapFile
        from projection.errors import InputError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        scan = Scan(np.random.default_rng(0).random((3000, 4), np.float32))
        try:
            with McapFile(Path({str(tmp_path / "run.mcap")!r})) as file:
                for _ in range(9):
                    file.write(scan, segmentation(np.zeros(3000, np.uint8), np.ones(3000, np.float32)))
        except InputError as error:
            print("refused:", error)"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert "refused:" in done.stdout
    assert "cannot be written" in done.stdout
    assert not (tmp_path / "run.mcap").exists()


def test_labels_of_another_scan_are_refused(path):
    with McapFile(path) as file, pytest.raises(ValueError, match="3 points"):
        file.write(SCAN, NOTHING[1])


def test_nothing_is_written_after_the_end(path):
    file = McapFile(path)
    file.close()
    file.close()
    with pytest.raises(ValueError, match="closed"):
        file.write(SCAN, LABELLED)


class Listener:
    """A client of Foxglove's protocol: subscribes to the points of a server."""

    def __init__(self, address: str, **options) -> None:
        connect = needs("websockets.sync.client").connect
        self.connection = connect(address, subprotocols=["foxglove.sdk.v1"], max_size=None, max_queue=1, **options)
        self.channels = {}

    def __enter__(self):
        self.socket = self.connection.__enter__()
        self.server = json.loads(self.socket.recv(timeout=10))
        while len(self.channels) < 2:
            for channel in json.loads(self.socket.recv(timeout=10))["channels"]:
                self.channels[channel["topic"]] = channel
        return self

    def __exit__(self, *error):
        self.connection.__exit__(*error)

    def subscribe(self, topic: str) -> None:
        subscription = {"id": 1, "channelId": self.channels[topic]["id"]}
        self.socket.send(json.dumps({"op": "subscribe", "subscriptions": [subscription]}))

    def receive(self, topic: str, timeout: float = 10):
        """(nanoseconds, message)."""
        data = self.socket.recv(timeout=timeout)
        assert data[0] == 1
        channel = self.channels[topic]
        schema = base64.b64decode(channel["schema"])
        return int.from_bytes(data[5:13], "little"), decode(schema, channel["schemaName"], data[13:])


def write_until_heard(server: FoxgloveServer, *what) -> None:
    """A subscription takes a moment to arrive, and there is no answer to it."""
    for _ in range(500):
        server.write(*what)
        if server._topics._points.has_sinks():
            server.write(*what)
            return
        time.sleep(0.02)
    pytest.fail("nobody listens")


def test_a_client_is_told_the_topics():
    with FoxgloveServer(port=0) as server, Listener(server.address) as client:
        assert client.server["name"] == "squeezeseg"
        schemas = {topic: channel["schemaName"] for topic, channel in client.channels.items()}
        assert schemas == {POINTS: "foxglove.PointCloud", OBJECTS: "foxglove.SceneUpdate"}


def test_a_client_gets_the_points():
    with FoxgloveServer(port=0) as server, Listener(server.address) as client:
        client.subscribe(POINTS)
        write_until_heard(server, SCAN, LABELLED)
        nanoseconds, cloud = client.receive(POINTS)
        assert nanoseconds == 12_500_000_000
        assert table(cloud)["label"].tolist() == [1, 255, 3]


def test_a_slow_client_gets_the_latest():
    big = Scan(np.zeros((200_000, 4), np.float32))
    labelled = segmentation(np.zeros(200_000, np.uint8), np.ones(200_000, np.float32))
    with FoxgloveServer(port=0) as server, Listener(server.address) as client:
        client.subscribe(POINTS)
        write_until_heard(server, big, labelled, 0.0)
        for stamp in range(1, 40):
            server.write(big, labelled, float(stamp))
        stamps = [client.receive(POINTS)[0] // 10**9]
        while stamps[-1] != 39:
            stamps.append(client.receive(POINTS)[0] // 10**9)
        # Besides the backlog, a few lie in the buffers of the system and of the client.
        assert len(stamps) < 4 * BACKLOG + 10
        assert stamps == sorted(stamps)


def test_the_server_is_for_this_machine_alone():
    with FoxgloveServer(port=0) as server:
        assert server.address == f"ws://127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:3000", True),
        ("https://app.foxglove.dev", True),
        ("https://mine.example", True),
        ("file://", True),
        ("https://evil.example", False),
        ("https://app.foxglove.dev.evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://mine.example", False),
        ("file://evil.example", False),
        ("null", False),
        ("", False),
        ("http://[bad", False),
    ],
)
def test_pages_of_others_may_not_connect(origin, expected):
    assert may_connect(origin, (*ORIGINS, "https://mine.example/")) == expected


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_page_of_others_is_refused(origin):
    with FoxgloveServer(port=0) as server:
        with pytest.raises(needs("websockets").InvalidStatus, match="403"), Listener(server.address, origin=origin):
            pass
        with Listener(server.address, origin="http://localhost:1") as client:
            assert client.server["name"] == "squeezeseg"


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nOrigin: a\r\nOrigin: b\r\n\r\n",
        b"\0\0\0\r\n\r\n",
    ],
)
def test_only_one_websockets_request_passes_the_guard(request_head):
    with FoxgloveServer(port=0) as server, socket.create_connection(("127.0.0.1", server.port), 20) as client:
        client.sendall(request_head)
        assert client.recv(100).startswith(b"HTTP/1.1 403")


def test_silent_connections_keep_nobody_from_foxgloves_server():
    with FoxgloveServer(port=0) as server:
        crowd = [socket.create_connection(("127.0.0.1", server.port), 20) for _ in range(WAITING + 8)]
        with Listener(server.address) as client:
            assert client.server["name"] == "squeezeseg"
        for one in crowd:
            one.close()


def test_a_taken_port_is_one_line():
    with FoxgloveServer(port=0) as server, pytest.raises(InputError, match="cannot be listened at"):
        FoxgloveServer(port=server.port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be_is_one_line(port):
    with pytest.raises(InputError, match="0 to 65535"):
        FoxgloveServer(port=port)


@pytest.mark.parametrize("make", [lambda folder: McapFile(folder / "a.mcap"), lambda _: FoxgloveServer(port=0)])
def test_a_missing_library_is_named_with_its_command(tmp_path, monkeypatch, make):
    monkeypatch.setitem(sys.modules, "foxglove", None)
    with pytest.raises(InputError, match=r"pip install 'squeezeseg\[live\]'"):
        make(tmp_path)
