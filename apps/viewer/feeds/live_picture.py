"""What a page is shown of a stream: a scan and its labels, encoded when somebody wants it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from apps.viewer.feeds.boxes import found_objects, track_list
from apps.viewer.feeds.packet import count_classes, encode, pack
from data.labels import CLASSES

if TYPE_CHECKING:
    from data.scan import Scan
    from data.segmentation import Segmentation
    from squeezeseg.objects.boxes import Detection
    from squeezeseg.running.subscription import StreamFrame
    from squeezeseg.tracking.followed import Followed


class LivePicture(ABC):
    """Something new to show.

    number: counts pictures. scans: counts scans: where it jumps, a page has missed some.
    name: of the scan. arrived, done: when its last packet was there, and its labels, by time.monotonic().
    """

    number: int
    scans: int
    name: str
    arrived: float
    done: float

    @abstractmethod
    def labelled(self) -> tuple[Scan, Segmentation, Sequence[Detection]]:
        """The scan, its labels and its objects that have a box."""

    @property
    def followed(self) -> Sequence[Followed] | None:
        """The tracks that it shows; None where objects aren't followed."""
        return None

    def encode(self) -> bytes:
        """The bytes to send, see `packet`."""
        scan, result, objects = self.labelled()
        sensor = result.image.sensor
        return encode(
            pack(scan.points, result),
            {
                "position": self.number,
                "number": scan.frame,
                "name": self.name,
                "stamp": scan.stamp,
                "counts": count_classes(result.labels, len(CLASSES)),
                "iou": [],
                "mean": None,
                "stages": {},
                "first": False,
                "latency": round((self.done - self.arrived) * 1e3, 2),
                "boxes": [],
                "found": found_objects(objects, confident=result.confidence is not None),
                "tracks": None if self.followed is None else track_list(self.followed),
                "azimuths": [sensor.azimuth_left, sensor.azimuth_right],
                "height": sensor.height,
                "confident": result.confidence is not None,
                "notice": "",
                "doubt": result.doubt,
            },
        )


class WholeScan(LivePicture):
    """A labelled scan of a stream."""

    def __init__(self, frame: StreamFrame) -> None:
        self.frame = frame
        self.number = self.scans = frame.number
        self.name = frame.scan.name
        self.arrived, self.done = frame.arrived, frame.done

    def labelled(self) -> tuple[Scan, Segmentation, Sequence[Detection]]:
        """See `LivePicture`."""
        from squeezeseg.objects.boxes import detect

        return self.frame.scan, self.frame.result, detect(self.frame.result)

    @property
    def followed(self) -> Sequence[Followed] | None:
        """See `LivePicture`."""
        return self.frame.followed
