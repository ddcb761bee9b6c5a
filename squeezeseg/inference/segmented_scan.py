"""A segmented scan as users have it: labels and objects to look at, draw, save and hand on."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.labels import CLASSES, IGNORE, colours
from data.scan import Scan
from data.segmentation import Segmentation
from projection import InputError
from squeezeseg.objects.boxes import Detection, detect

if TYPE_CHECKING:
    from squeezeseg.plotting.overview import Picture

NAMES: Mapping[int, str] = MappingProxyType({**dict(enumerate(CLASSES)), IGNORE: "no label"})
BOXES = ".jsonl"


@dataclass(frozen=True, eq=False, repr=False)
class SegmentedScan(Segmentation):
    """A scan of N points with a class for each of them, and its objects.

    It is the caller's to keep, unless it was made in `ResultBuffers`: then labels, confidence, instances and image are
    overwritten by the next scan, and `copy` keeps them.

    scan: the points that were segmented, and their frame. The other fields are those of `Segmentation`.

    Example:
        >>> result = Segmenter.load()("scan.bin")
        >>> for found in result.objects:
        ...     print(found.name, found.box.centre, found.points, found.confidence)
        >>> result.save("labelled.ply")
    """

    scan: Scan = field(kw_only=True)

    @classmethod
    def of(cls, segmentation: Segmentation, scan: Scan) -> SegmentedScan:
        """The segmentation of this scan, which shares its arrays."""
        return cls(**{one.name: getattr(segmentation, one.name) for one in fields(Segmentation)}, scan=scan)

    @property
    def points(self) -> NDArray[np.float32]:
        """(N, 4) float32: x forward, y left, z up in metres, intensity 0..1."""
        return self.scan.points

    @property
    def names(self) -> Mapping[int, str]:
        """The name of each label: {0: 'background', 1: 'car', ..., 255: 'no label'}."""
        return NAMES

    @cached_property
    def objects(self) -> tuple[Detection, ...]:
        """The objects that have a box; empty where objects weren't sought.

        The points of one are `result.points[result.instances == one.instance]`.
        """
        return detect(self)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes of `objects`, in the sensor's frame."""
        return tuple(one.box for one in self.objects)

    def plot(self) -> Picture:
        """The scan from above and its range image: a matplotlib Figure, which notebooks show.

        Example:
            >>> result.plot().savefig("scan.png")
        """
        from squeezeseg.plotting.overview import overview

        return overview(self.scan, self, self.objects)

    def save(self, path: str | Path) -> Path:
        """Write the scan in the format that the suffix names, whole or not at all, and return the path.

        .label: the labels, as SemanticKITTI has them. .ply, .pcd, .npz: points and labels. .jsonl: a line of JSON for
        each object. .png: `plot`.

        Raises:
            InputError: another suffix, or the file can't be written.
        """
        from data.sinks import SINKS, write_scan

        path = Path(path)
        suffix = path.suffix.lower()
        if suffix in SINKS:
            write_scan(path, self.scan, self)
        elif suffix == BOXES:
            from squeezeseg.objects.box_file import write_boxes

            write_boxes(path, self.scan.frame, self.objects)
        elif suffix == ".png":
            self.plot().save(path)
        else:
            raise InputError(f"{path}: cannot write {suffix!r} files; use one of {', '.join(SINKS)}, {BOXES}, .png")
        return path

    def to_numpy(self) -> NDArray[np.void]:
        """A table of the points, a structured array (N,): `pandas.DataFrame` takes it as it is.

        Fields: x, y, z, intensity (float32), label (uint8), confidence (float32, NaN where it wasn't kept), instance
        (uint16, 0 for none), and ring (uint8) where the beams are known.
        """
        columns: dict[str, NDArray[Any]] = dict(zip(("x", "y", "z", "intensity"), self.points.T, strict=True))
        columns |= {"label": self.labels, "confidence": self.confidence_or(np.nan), "instance": self.instance_numbers}
        if self.scan.ring is not None:
            columns["ring"] = self.scan.ring
        table = np.empty(len(self), np.dtype([(name, column.dtype) for name, column in columns.items()]))
        for name, column in columns.items():
            table[name] = column
        return table

    def to_open3d(self) -> Any:
        """An `open3d.geometry.PointCloud` of the points, in the colours of their classes.

        Raises:
            InputError: open3d is not installed.
        """
        try:
            import open3d
        except ImportError as error:
            raise InputError(f"to_open3d needs open3d ({error}); pip install 'squeezeseg[desktop]'") from None
        cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(self.points[:, :3].astype(np.float64)))
        cloud.colors = open3d.utility.Vector3dVector(colours(self.labels) / 255)
        return cloud

    def copy(self) -> SegmentedScan:
        """The same with arrays of its own, to keep a result that was made in `ResultBuffers`."""
        return copy.deepcopy(self)

    def _summary(self) -> str:
        if self.instances is None:
            return f"{self.scan.name!r}, {super()._summary()}"
        count = len(self.objects)
        return f"{self.scan.name!r}, {super()._summary()}; {count} {'object' if count == 1 else 'objects'}"
