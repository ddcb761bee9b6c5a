"""The topic of a LiDAR's scans is chosen among others' clouds."""

from __future__ import annotations

import pytest

from data.live.ros.topics import Probe, choose_topic

LIDAR = Probe(ring=True, turn=True, rows=True, points=30_000)
CAMERA = Probe(ring=False, turn=False, rows=False, points=300_000)
SMALL_CAMERA = Probe(ring=False, turn=False, rows=True, points=30_000)
SOLID = Probe(ring=True, turn=False, rows=True, points=20_000)
MAP = Probe(ring=False, turn=True, rows=False, points=2_000_000)


@pytest.mark.parametrize(
    ("topics", "chosen"),
    [
        ({"lidar": (LIDAR, 10), "camera": (CAMERA, 30)}, "lidar"),
        ({"camera": (SMALL_CAMERA, 30), "lidar": (LIDAR, 10)}, "lidar"),
        ({"lidar": (LIDAR, 10), "map": (MAP, 10)}, "lidar"),
        ({"front": (SOLID, 50), "top": (LIDAR, 10)}, "top"),
        ({"front": (SOLID, 10), "camera": (CAMERA, 10)}, "front"),
        ({"ground": (Probe(True, True, True, 9_000), 11), "raw": (LIDAR, 10)}, "raw"),
        ({"keyframes": (Probe(True, True, True, 900_000), 2), "raw": (LIDAR, 10)}, "raw"),
        ({"broken": (None, 99), "raw": (LIDAR, 10)}, "raw"),
        ({"broken": (None, 9), "longer": (None, 10)}, "longer"),
        ({"camera": (CAMERA, 9), "map": (MAP, 1)}, "map"),
    ],
)
def test_a_lidars_topic_is_chosen(topics, chosen):
    probes = {name: seen for name, (seen, _) in topics.items()}
    assert choose_topic(probes, {name: count for name, (_, count) in topics.items()}) == chosen
