"""Choice among a bag's PointCloud2 topics: that of a LiDAR's scans, not a depth camera's, nor a map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from data.live.ros.pointcloud2 import RINGS, PointCloud2, read_cloud
from projection import returns
from projection.errors import InputError

PROBED = 5
"""Messages of a topic that are looked at, until one has points."""
_SECTORS = 36
_FULL_TURN = 30
"""Sectors of 10 degrees that hold points of a sensor that turns."""
_FEW = 2
"""Topics with so many times fewer messages than another are no scans: a map, say."""


@dataclass(frozen=True)
class Probe:
    """A look at a topic's clouds.

    ring: True if its points have a beam's number. turn: True if they lie all around. rows: True if the cloud is
    organised in rows that may be beams. points: with a return.
    """

    ring: bool
    turn: bool
    rows: bool
    points: int


def probe(messages: Iterable[PointCloud2]) -> Probe | None:
    """Look at the first message with points; None where there is none that can be read."""
    for message in messages:
        try:
            cloud = read_cloud(message)
        except InputError:
            continue
        xyz = cloud.xyz[returns(cloud.xyz)].astype(np.float64)
        if len(xyz):
            sector = np.floor((np.arctan2(xyz[:, 1], xyz[:, 0]) / (2 * np.pi)) % 1.0 * _SECTORS)
            ring = any(str(field.name) in RINGS for field in message.fields)
            return Probe(ring, len(np.unique(sector)) >= _FULL_TURN, cloud.ring is not None, len(xyz))
    return None


def choose_topic(probes: Mapping[str, Probe | None], counts: Mapping[str, int]) -> str:
    """The topic that looks most like a LiDAR's, and of several such the one with the most points a message.

    counts: messages by topic, which alone decide where no topic can be read.
    """
    known = {topic: seen for topic, seen in probes.items() if seen is not None}
    if not known:
        return max(counts, key=counts.__getitem__)
    best = max((seen.ring, seen.turn, seen.rows) for seen in known.values())
    alike = [topic for topic, seen in known.items() if (seen.ring, seen.turn, seen.rows) == best]
    most = max(counts[topic] for topic in alike)
    regular = [topic for topic in alike if counts[topic] * _FEW > most]
    return max(regular, key=lambda topic: (known[topic].points, counts[topic]))
