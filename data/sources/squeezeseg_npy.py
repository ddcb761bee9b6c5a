"""The range images that SqueezeSeg published: .npy of 64 x 512 pixels with x, y, z, intensity, range, label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.formats.npy import load_npy, read_header
from data.labels import CLASSES, IGNORE, ClassMap
from data.scan import Scan
from data.sources.base import Frame, Source
from data.sources.files import number_frames
from projection import PRESETS, Sensor, returns
from projection.errors import InputError

SHAPE = (64, 512, 6)


def is_range_image(path: Path) -> bool:
    """True if a .npy file has the shape of SqueezeSeg's range images. Raises InputError if it is broken."""
    return path.suffix.lower() == ".npy" and read_header(path).shape == SHAPE


class SqueezeSegNpy(Source):
    """Range images as scans: the pixels with a return, row by row, each row a beam.

    The labels cover what the sensor's front view shows, so the whole scan is scored.
    """

    base_sensor = PRESETS["hdl64_front"]
    labels_around = True

    def __init__(self, path: Path, files: Sequence[Path], sensor: Sensor | None = None) -> None:
        super().__init__(path, path.stem if path.is_file() else path.name, number_frames(files), sensor)

    def scan(self, frame: Frame) -> Scan:
        """Read one frame. Raises InputError if it is no such range image."""
        image, mask = self._image(frame)
        rows, _ = np.nonzero(mask)
        return Scan(np.ascontiguousarray(image[mask][:, :4]), frame.number, frame.name, ring=rows.astype(np.uint8))

    def truth(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.uint8] | None:
        """The published label of each pixel, which are our classes whatever the map."""
        image, mask = self._image(frame)
        values = image[mask][:, 5]
        if not np.all(np.isin(values, range(len(CLASSES)))):
            raise InputError(f"{frame.path}: labels other than 0 to {len(CLASSES) - 1}; download it again")
        labels = values.astype(np.uint8)
        labels[~returns(scan.points)] = IGNORE
        return labels

    @property
    def labelled(self) -> bool:
        """True: each range image has its labels."""
        return True

    def _image(self, frame: Frame) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        array = load_npy(frame.path)
        if array.shape != SHAPE:
            raise InputError(f"{frame.path}: expected a range image {SHAPE} like its neighbours, got {array.shape}")
        with np.errstate(over="ignore", invalid="ignore"):
            image = np.asarray(array, dtype=np.float32)
            return image, image[..., 4] > 0
