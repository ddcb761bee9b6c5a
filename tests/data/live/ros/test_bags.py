"""ROS bags and MCAP files, written by rosbags and read again as live sources."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.walled import yard
from rosbags.rosbag1 import Writer as Writer1
from rosbags.rosbag2 import StoragePlugin
from rosbags.rosbag2 import Writer as Writer2
from rosbags.typesys import Stores, get_typestore

from data.live import open_live
from projection import PRESETS, InputError

KIND = "sensor_msgs/msg/PointCloud2"
TOPIC = "/velodyne_points"
DTYPE = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("intensity", "<f4"), ("ring", "<u2")])
CODES = {"f": 7, "u": 4}


def turn(seed, intensity=51.0):
    """A turn of a VLP-16: (N,) records, lowest beam first."""
    records = np.zeros(16 * 90, DTYPE)
    ring = np.tile(np.arange(16), 90)
    azimuth = np.repeat(np.linspace(-np.pi, np.pi, 90, endpoint=False), 16)
    elevation = np.radians(PRESETS["vlp16"].elevations)[::-1][ring]
    away = np.random.default_rng(seed).uniform(5, 20, len(records))
    records["x"], records["y"] = away * np.cos(elevation) * np.cos(azimuth), away * np.cos(elevation) * np.sin(azimuth)
    records["z"], records["ring"], records["intensity"] = away * np.sin(elevation), ring, intensity
    return records


def cloud(store, records, stamp):
    types = store.types
    time = types["builtin_interfaces/msg/Time"](sec=stamp // 10**9, nanosec=stamp % 10**9)
    header = {"stamp": time, "frame_id": "velodyne"}
    if "seq" in types["std_msgs/msg/Header"].__dataclass_fields__:
        header["seq"] = 0
    fields = [
        types["sensor_msgs/msg/PointField"](
            name=name, offset=DTYPE.fields[name][1], datatype=CODES[DTYPE[name].kind], count=1
        )
        for name in DTYPE.names
    ]
    return types[KIND](
        header=types["std_msgs/msg/Header"](**header),
        height=1,
        width=len(records),
        fields=fields,
        is_bigendian=False,
        point_step=DTYPE.itemsize,
        row_step=records.nbytes,
        data=records.view(np.uint8).reshape(-1).copy(),
        is_dense=True,
    )


def write_ros1(path: Path, topics):
    store = get_typestore(Stores.ROS1_NOETIC)
    with Writer1(path) as writer:
        for topic, turns in topics.items():
            connection = writer.add_connection(topic, KIND, typestore=store)
            for k, records in enumerate(turns):
                stamp = 10**18 + k * 10**8
                writer.write(connection, stamp, store.serialize_ros1(cloud(store, records, stamp), KIND))
    return path


def write_ros2(path: Path, topics, plugin=StoragePlugin.SQLITE3):
    store = get_typestore(Stores.ROS2_HUMBLE)
    with Writer2(path, version=9, storage_plugin=plugin) as writer:
        for topic, turns in topics.items():
            connection = writer.add_connection(topic, KIND, typestore=store)
            for k, records in enumerate(turns):
                stamp = 10**18 + k * 10**8
                writer.write(connection, stamp, store.serialize_cdr(cloud(store, records, stamp), KIND))
    return path


def write_mcap(path: Path, topics):
    folder = write_ros2(path.with_suffix(""), topics, StoragePlugin.MCAP)
    return next(folder.glob("*.mcap"))


def write_db3(path: Path, topics):
    return next(write_ros2(path.with_suffix(""), topics).glob("*.db3"))


FORMATS = {
    "ROS 1": ("drive.bag", write_ros1),
    "ROS 2": ("drive", write_ros2),
    "ROS 2's db3": ("drive.db3", write_db3),
    "MCAP": ("drive.mcap", write_mcap),
}
TURNS = [turn(seed) for seed in range(3)]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_bags_clouds_are_scans(tmp_path, kind):
    name, write = FORMATS[kind]
    source = open_live(str(write(tmp_path / name, {TOPIC: TURNS})), rate="max")
    scans = list(source.scans())
    assert [scan.frame for scan in scans] == [0, 1, 2]
    assert [scan.stamp for scan in scans] == pytest.approx([1e9, 1e9 + 0.1, 1e9 + 0.2])
    for scan, records in zip(scans, TURNS, strict=True):
        np.testing.assert_array_equal(scan.points[:, 0], records["x"])
        assert scan.points[:, 3] == pytest.approx(0.2)
        assert np.array_equal(scan.ring, 15 - records["ring"])
    assert (source.sensor, source.status, source.counters) == (PRESETS["vlp16"], "ended", {"received": 3})


def test_a_ros_2_folder_without_its_metadata_is_read_by_its_parts(tmp_path):
    folder = write_ros2(tmp_path / "bag", {TOPIC: TURNS[:2]})
    (folder / "metadata.yaml").unlink()
    other = write_ros2(tmp_path / "other", {TOPIC: TURNS[2:]})
    next(other.glob("*.db3")).rename(folder / "second.db3")
    assert len(list(open_live(str(folder), rate="max").scans())) == 3


def test_the_unit_of_intensities_is_kept_through_a_dark_scan(tmp_path):
    path = write_ros1(tmp_path / "a.bag", {TOPIC: [turn(0, 255.0), turn(1, 1.0)]})
    bright, dark = open_live(str(path), rate="max").scans()
    assert (bright.points[0, 3], dark.points[0, 3]) == (1.0, pytest.approx(1 / 255))


OWN = replace(PRESETS["vlp16"], name="own")


def high_turn(height):
    """A turn of a VLP-16 that stands so high above a yard, of half its columns."""
    points = yard(PRESETS["vlp16"], columns=900, height=height, wall=12)
    azimuth = np.arctan2(points[:, 1], points[:, 0]) % (2 * np.pi)
    records = np.zeros(len(points), DTYPE)
    for axis, name in enumerate(("x", "y", "z", "intensity")):
        records[name] = points[:, axis]
    records["ring"] = np.cumsum(np.diff(azimuth, prepend=0) < 0)
    return records


@pytest.mark.parametrize(
    ("given", "height", "columns"),
    [
        ({}, 2.4, 896),
        ({"height": 1.2}, 1.2, 896),
        ({"sensor": PRESETS["vlp16"]}, 2.4, 896),
        ({"sensor": OWN}, 1.0, 2048),
    ],
)
def test_height_and_columns_are_those_of_the_first_scan_where_nobody_says_otherwise(tmp_path, given, height, columns):
    source = open_live(str(write_ros1(tmp_path / "a.bag", {TOPIC: [high_turn(2.4)]})), rate="max", **given)
    next(iter(source.scans()))
    assert (source.sensor.height, source.sensor.columns) == (pytest.approx(height, abs=0.03), columns)


def test_a_topic_is_chosen(tmp_path, caplog):
    path = write_ros1(tmp_path / "a.bag", {"/few": TURNS[:1], "/many": TURNS})
    with caplog.at_level(logging.WARNING):
        assert len(list(open_live(str(path), rate="max").scans())) == 3
    assert "/few, /many; /many is played" in caplog.text
    assert len(list(open_live(str(path), rate="max", topic="/few").scans())) == 1
    with pytest.raises(InputError, match="no PointCloud2 topic '/none'; it has /few, /many"):
        open_live(str(path), topic="/none")


def test_a_bag_without_clouds_is_refused(tmp_path):
    with pytest.raises(InputError, match="no topic of PointCloud2"):
        open_live(str(write_ros1(tmp_path / "a.bag", {})))


def test_a_bag_has_no_sectors(tmp_path):
    with pytest.raises(InputError, match="come whole, not in 8 sectors; leave out --sectors"):
        open_live(str(write_ros1(tmp_path / "a.bag", {TOPIC: TURNS}))).sectors(8)


def test_a_cloud_that_cannot_be_read_is_passed_over(tmp_path, caplog):
    wrong = turn(0)
    wrong["ring"] = 999
    source = open_live(
        str(write_ros1(tmp_path / "a.bag", {TOPIC: [TURNS[0], wrong, TURNS[0][:0], TURNS[1]]})), rate="max"
    )
    with caplog.at_level(logging.WARNING):
        assert [scan.frame for scan in source.scans()] == [0, 3]
    assert source.counters == {"received": 4, "unreadable": 1, "empty": 1}
    assert "message 1" in caplog.text


def test_the_sensor_can_be_named(tmp_path):
    path = write_ros1(tmp_path / "a.bag", {TOPIC: TURNS})
    source = open_live(str(path), rate="max", sensor=PRESETS["hdl32"], height=2.0)
    next(source.scans())
    assert (source.sensor.name, source.sensor.height) == ("hdl32", 2.0)


@pytest.mark.parametrize("name", ["a.bag", "a.mcap", "a.db3"])
@pytest.mark.parametrize("content", [b"", b"#ROSBAG V2.0\n", b"\x89MCAP0\r\n", b"SQLite format 3\0", bytes(500)])
def test_what_is_no_bag_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name) as caught:
        list(open_live(str(tmp_path / name)).scans())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["ROS 1", "MCAP"])
def test_a_damaged_bag_ends_in_one_line(tmp_path, kind):
    name, write = FORMATS[kind]
    path = write(tmp_path / name, {TOPIC: TURNS})
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 60):
        for content in (whole[:place], whole[:place] + b"\xff\x00\xff" + whole[place + 3 :]):
            path.write_bytes(content)
            try:
                list(open_live(str(path), rate="max").scans())
            except InputError as error:
                assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("topic", [None, "/camera"])
def test_the_choice_of_a_topic_is_told_once_with_the_way_to_another(tmp_path, caplog, kind, topic):
    name, write = FORMATS[kind]
    ahead = [records[(np.abs(records["y"]) < 1) & (records["x"] > 0)] for records in TURNS for _ in range(3)]
    path = write(tmp_path / name, {"/camera": ahead, "/lidar": TURNS})
    with caplog.at_level(logging.WARNING):
        source = open_live(str(path), rate="max", topic=topic)
        count = sum(1 for _ in source.scans())
    assert count == (9 if topic else 3)
    said = [text for text in caplog.messages if "--topic" in text]
    assert ["/lidar is played, choose another with --topic" in text for text in said] == [True] * (topic is None)
