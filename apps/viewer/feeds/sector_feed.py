"""A stream of sectors: the page is shown the newest of each, so that the picture turns with the sensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.viewer.feeds.live_feed import LiveFeed
from apps.viewer.feeds.live_picture import LivePicture
from data.segmentation import Segmentation
from projection import Sensor, project

if TYPE_CHECKING:
    from data.live.playback import Playback
    from data.scan import Scan
    from squeezeseg.inference.labelled_sector import LabelledSector
    from squeezeseg.objects.boxes import Detection
    from squeezeseg.running.sector_stream import SectorFrame, SectorStream
    from squeezeseg.running.subscription import Subscription

SECONDS_BETWEEN_PICTURES = 0.03
"""At least, so that encoding all points again for each sector doesn't take the time that labelling needs."""


class SectorFeed(LiveFeed):
    """The sectors of a stream, together with those of the last turn where there is no newer one yet.

    The arguments are those of `LiveFeed`.
    """

    seconds_between = SECONDS_BETWEEN_PICTURES
    stream: SectorStream

    def __init__(
        self, stream: SectorStream, name: str, about: dict[str, str] | None = None, playback: Playback | None = None
    ) -> None:
        self._around: dict[int, LabelledSector] = {}
        super().__init__(stream, name, about, playback)

    def _subscribe(self) -> Subscription[Any]:
        return self.stream.subscribe_sectors(self.stream.sectors, name="viewer")

    def _picture(self, frame: SectorFrame) -> LivePicture:
        labelled = frame.labelled
        self._around.pop(labelled.sector.number, None)  # the newest is the last
        for one in (*labelled.revised, labelled):
            self._around[one.sector.number] = one
        sensor = self.stream.source.sensor
        assert sensor is not None
        return Around(frame, tuple(self._around.values()), sensor)


class Around(LivePicture):
    """The newest sectors all around, each as it was labelled last."""

    def __init__(self, newest: SectorFrame, sectors: Sequence[LabelledSector], sensor: Sensor) -> None:
        self.sectors = sectors
        self.sensor = sensor
        self.number = newest.number
        self.scans = newest.labelled.sector.turn
        self.name = newest.labelled.sector.scan.name
        self.arrived, self.done = newest.arrived, newest.done

    def labelled(self) -> tuple[Scan, Segmentation, Sequence[Detection]]:
        """See `LivePicture`. Of an object that two sectors have seen, the newer box counts."""
        sectors = self.sectors
        scans = [one.sector.scan for one in sectors]
        rings = [scan.ring for scan in scans if scan.ring is not None]
        ring = np.concatenate(rings) if len(rings) == len(scans) else None
        scan = replace(scans[-1], points=np.concatenate([one.points for one in scans]), ring=ring)
        numbers = [one.instances for one in sectors if one.instances is not None]
        result = Segmentation(
            np.concatenate([one.labels for one in sectors]),
            project(scan.points, self.sensor, ring),
            np.concatenate([one.confidence for one in sectors]),
            np.concatenate(numbers) if len(numbers) == len(sectors) else None,
        )
        boxes = {one.instance: one for sector in sectors for one in sector.objects}
        return scan, result, tuple(boxes.values())
