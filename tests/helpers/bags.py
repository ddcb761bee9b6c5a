"""Bags of one cloud, in the formats and compressions that ROS has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rosbags.rosbag1 import Writer as Writer1
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
from rosbags.rosbag2 import Writer as Writer2
from rosbags.typesys import Stores, get_typestore

KIND = "sensor_msgs/msg/PointCloud2"
POINTS = 4000


def message(store, count: int = POINTS):
    """A cloud of one point many times, which shrinks well."""
    types = store.types
    points = np.tile(np.array([5, 0, 0, 1], "<f4"), count)
    header = {"stamp": types["builtin_interfaces/msg/Time"](sec=1, nanosec=0), "frame_id": ""}
    header |= {"seq": 0} if "seq" in types["std_msgs/msg/Header"].__dataclass_fields__ else {}
    field = types["sensor_msgs/msg/PointField"]
    return types[KIND](
        header=types["std_msgs/msg/Header"](**header),
        height=2,
        width=count // 2,
        fields=[field(name=name, offset=4 * k, datatype=7, count=1) for k, name in enumerate("xyzi")],
        is_bigendian=False,
        point_step=16,
        row_step=8 * count,
        data=points.view(np.uint8),
        is_dense=True,
    )


def ros1(path: Path, packing: Writer1.CompressionFormat | None = None, count: int = POINTS) -> Path:
    store = get_typestore(Stores.ROS1_NOETIC)
    writer = Writer1(path / "a.bag")
    if packing is not None:
        writer.set_compression(packing)
    with writer:
        connection = writer.add_connection("/points", KIND, typestore=store)
        writer.write(connection, 10**9, store.serialize_ros1(message(store, count), KIND))
    return path / "a.bag"


def ros2(path: Path, plugin: StoragePlugin, mode: CompressionMode | None = None, count: int = POINTS) -> Path:
    store = get_typestore(Stores.ROS2_HUMBLE)
    writer = Writer2(path / "a", version=9, storage_plugin=plugin)
    if mode is not None:
        writer.set_compression(mode, CompressionFormat.ZSTD)
    with writer:
        connection = writer.add_connection("/points", KIND, typestore=store)
        writer.write(connection, 10**9, store.serialize_cdr(message(store, count), KIND))
    return path / "a"


def mcap(path: Path, mode: CompressionMode | None = None, count: int = POINTS) -> Path:
    return next(ros2(path, StoragePlugin.MCAP, mode, count).glob("*.mcap"))
