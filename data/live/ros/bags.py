"""ROS 1 and 2 bags and MCAP files as live sources: their PointCloud2 topic played."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from data.live.mounting import mounted
from data.live.pace import Pace
from data.live.played import PlayedSource
from data.live.ros.pointcloud2 import Beams, beams_of, points_of, read_cloud
from data.live.ros.reader import METADATA, POINT_CLOUD, BagReader, reason
from data.live.ros.topics import PROBED, Probe, choose_topic, probe
from data.plausibility import UNIT, IntensityMemory
from data.scan import Scan
from data.stream_file import BAG_SUFFIXES, bag_parts
from projection import Sensor
from projection.errors import InputError

_log = logging.getLogger(__name__)

_NAMED = 4
"""Topics that an error names."""


class BagSource(PlayedSource):
    """Scans of a bag's PointCloud2 messages.

    topic: of the messages; the one that looks most like a LiDAR's where it is not given, see `choose_topic`.
    sensor: that recorded them; else it is made of what its rings measured.
    counters: messages 'received', and those of them that were 'unreadable' or 'empty'.

    Raises:
        InputError: the bag can't be read, or has no such topic; rosbags is missing.
    """

    def __init__(
        self,
        path: Path,
        pace: Pace,
        *,
        topic: str | None = None,
        sensor: Sensor | None = None,
        height: float | None = None,
    ) -> None:
        super().__init__(str(path), pace)
        self.sensor = sensor
        self._path = path
        self._height = height
        self._reading = False
        self._reader = _open(path)
        try:
            self._connections = self._choose(topic)
        except BaseException:
            self._reader.close()
            raise

    def close(self) -> None:
        """Yield no further scan."""
        super().close()
        if not self._reading:  # a reader closes the bag itself
            self._reader.close()

    def scans(self) -> Iterator[Scan]:
        """A scan of each message with points."""
        beams: Beams | None = None
        memory = IntensityMemory()
        begun = False
        self._reading = True
        try:
            for stamp, data in self._messages():
                if not self._pace.wait(stamp):
                    return
                number = self._counters["received"]
                self._counters["received"] += 1
                try:
                    cloud = read_cloud(self._deserialize(data))
                    if not len(cloud.xyz):
                        self._counters["empty"] += 1
                        continue
                    if beams is None:
                        beams = beams_of(cloud, self.sensor)
                except InputError as error:
                    if self._counters["unreadable"] == 0:
                        _log.warning(
                            "%s: message %d: %s (skipped, as all further ones like it)", self.name, number, error
                        )
                    self._counters["unreadable"] += 1
                    continue
                scale = UNIT if cloud.intensity is None else memory.learn(cloud.intensity)
                scan = Scan(points_of(cloud, scale), number, f"{number:010d}", stamp, beams.of(cloud.ring))
                if not begun:
                    self.sensor = mounted(self.name, beams.sensor, self.sensor, self._height, scan)
                    begun = True
                yield scan
        finally:
            self._reader.close()
        self._ended = True

    def sectors(self, count: int) -> NoReturn:
        """Raises InputError: messages come whole."""
        raise InputError(f"{self.name}: a bag's scans come whole, not in {count} sectors; leave out --sectors")

    def _choose(self, topic: str | None) -> list[Any]:
        """The connections of the topic."""
        clouds = [one for one in self._reader.connections if one.msgtype == POINT_CLOUD]
        count = Counter({one.topic: 0 for one in clouds})
        for one in clouds:
            count[one.topic] += one.msgcount
        names = ", ".join(count) or "none"
        if topic is not None and topic not in count:
            raise InputError(f"{self.name}: no PointCloud2 topic {topic!r}; it has {names}")
        if not count:
            kinds = sorted({f"{one.topic} ({one.msgtype})" for one in self._reader.connections})
            there = f"; it has {', '.join(kinds[:_NAMED])}{', ...' * (len(kinds) > _NAMED)}" if kinds else ""
            raise InputError(f"{self.name}: no topic of PointCloud2 messages{there}; record the driver's point clouds")
        chosen = topic or next(iter(count))
        if topic is None and len(count) > 1:
            chosen = choose_topic({name: self._probe(name) for name in count}, count)
            _log.warning(
                "%s: PointCloud2 topics %s; %s is played, choose another with --topic", self.name, names, chosen
            )
        return [one for one in clouds if one.topic == chosen]

    def _probe(self, topic: str) -> Probe | None:
        """A look at a topic's first messages."""
        connections = [one for one in self._reader.connections if (one.topic, one.msgtype) == (topic, POINT_CLOUD)]
        try:
            with closing(self._reader.messages(connections)) as messages:
                few = islice(messages, PROBED)
                return probe(self._deserialize(data) for _, _, data in few)
        except Exception:  # damaged, which is told when it is played
            return None

    def _messages(self) -> Iterator[tuple[float, bytes]]:
        messages = self._reader.messages(self._connections)
        while True:
            try:
                _, nanoseconds, data = next(messages)
            except StopIteration:
                return
            except Exception as error:  # whatever its readers stumble over in a damaged file
                raise InputError(f"{self.name}: damaged ({reason(error)}); what came before was read") from None
            yield nanoseconds * 1e-9, data

    def _deserialize(self, data: bytes) -> Any:
        try:
            return self._reader.deserialize(data)
        except Exception as error:  # the same
            raise InputError(f"no PointCloud2 message ({reason(error)})") from None


def _open(path: Path) -> BagReader:
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the path")
    files = _files(path)
    try:
        return BagReader(files)
    except ImportError:
        raise InputError(f"{path}: rosbags is needed to read bags; pip install 'squeezeseg[live]'") from None
    except Exception as error:  # whatever its readers stumble over in a damaged file
        raise InputError(f"{path}: cannot be read as a bag ({reason(error)}); give a recording of ROS, whole") from None


def _files(path: Path) -> list[Path]:
    """What rosbags is to open: a bag's folder by its metadata, or the files in it where that was lost."""
    if path.is_dir() and not (path / METADATA).is_file():
        return bag_parts(path)
    if path.suffix.lower() == ".db3" and (path.parent / METADATA).is_file():
        return [path.parent]
    if path.is_file() and path.suffix.lower() not in BAG_SUFFIXES:
        raise InputError(
            f"{path}: a bag by its first bytes; let its name end in {', '.join(BAG_SUFFIXES)} as it is made"
        )
    return [path]
