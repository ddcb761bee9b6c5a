"""Labelled pictures as batches of samples."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from data.kitti.images import ImageFolder, read_image
from projection import InputError
from squeezeseg.detection.loss import Targets
from squeezeseg.detection.network_image import network_image
from squeezeseg.detection.rectangles import centred
from squeezeseg.detection.squeezedet import CLASSES, SqueezeDet
from squeezeseg.detection.targets import assign, encode
from squeezeseg.training.squeezedet.augmentation import augmented
from squeezeseg.training.squeezedet.settings import DetectorSettings


@dataclass(frozen=True, eq=False)
class PictureSamples:
    """Pictures and their objects of `CLASSES`; others are background, as published.

    boxes: of each picture, (N, 4) centre x, centre y, width, height. classes: of each picture, (N,).
    fingerprint: of names and labels.
    """

    images: ImageFolder
    boxes: tuple[NDArray[np.float64], ...]
    classes: tuple[NDArray[np.int64], ...]
    fingerprint: str

    @classmethod
    def of(cls, images: ImageFolder) -> PictureSamples:
        """The samples of labelled pictures. Raises InputError for broken labels, or if no object is of a class."""
        boxes, classes, checksum = [], [], 0
        for file in images.files:
            labels = [label for label in images.read_labels(file) if label.kind in CLASSES]
            rectangles = np.array([label.rectangle for label in labels], np.float64).reshape(-1, 4)
            if (rectangles[:, 2:] < rectangles[:, :2]).any():
                raise InputError(f"{images.label_file(file)}: a rectangle whose right or lower edge comes first")
            boxes.append(centred(rectangles))
            classes.append(np.array([CLASSES.index(label.kind) for label in labels], np.int64))
            checksum = zlib.crc32(rectangles.tobytes(), zlib.crc32(file.name.encode(), checksum))
        if not any(map(len, boxes)):
            raise InputError(f"{images.path}: no object of {', '.join(CLASSES)} in any label")
        return cls(images, tuple(boxes), tuple(classes), f"{checksum:08x}")

    def __len__(self) -> int:
        return len(self.boxes)

    def batch(self, step: int, network: SqueezeDet, settings: DetectorSettings) -> tuple[Tensor, Targets]:
        """The samples of a step: (B, 3, height, width), and their objects. Each epoch has an order of its own."""
        pictures = []
        place: list[NDArray[np.float64]] = []
        rows: list[tuple[int, int, int]] = []
        deltas: list[NDArray[np.float64]] = []
        anchors = network.anchors
        for k in range(settings.batch):
            epoch, turn = divmod(step * settings.batch + k, len(self))
            index = int(np.random.default_rng((settings.seed, 1, epoch)).permutation(len(self))[turn])
            rng = np.random.default_rng((settings.seed, 2, step, k))
            pixels, boxes = read_image(self.images.files[index]), self.boxes[index]
            pixels, boxes = augmented(pixels, boxes, rng, (settings.drift_x, settings.drift_y))
            scale = network.width / pixels.shape[1], network.height / pixels.shape[0]
            boxes = boxes * (*scale, *scale)
            chosen = assign(boxes, anchors)
            pictures.append(network_image(pixels, network.width, network.height))
            place.append(boxes)
            deltas.append(encode(boxes, anchors[chosen]))
            rows += [(k, int(anchor), int(kind)) for anchor, kind in zip(chosen, self.classes[index], strict=True)]
        image, anchor, kind = torch.tensor(rows, dtype=torch.int64).reshape(-1, 3).unbind(1)
        objects = [torch.from_numpy(np.concatenate(part)).float() for part in (deltas, place)]
        return torch.from_numpy(np.stack(pictures)), Targets(image, anchor, kind, *objects)
