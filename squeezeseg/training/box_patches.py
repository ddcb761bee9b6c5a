"""Patches to learn boxes from: what a finished network makes of cells, and the boxes that they should tell.

The network stays as it is, so its features are computed once per scan, and only those of the cells that are learned
from are kept: a head of one 3x3 convolution and 1x1 ones sees of each no more than a patch.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from data.atomic import atomic_write
from data.boxes import Box, number_points
from data.labels import BACKGROUND, IGNORE, ClassMap
from data.sources import Source
from projection import RangeImage, project
from squeezeseg.detection.box_code import encode
from squeezeseg.detection.cells import MIXED, NOBODY, CellGrid, cell_owners, cell_places
from squeezeseg.networks.box_cells import NUMBERS, ROWS
from squeezeseg.networks.build import Network
from squeezeseg.networks.heads.unfold import Unfold
from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.objects.overlap import volumes

OF_AN_OBJECT, OF_NOTHING, NEAR_OBJECTS = 48, 300, 200
"""Cells of a scan that are kept at most: of each object, of all that is none, and of that the ones beside objects."""
_BESIDE = 3
"""Cells from an object's."""
_AROUND = 256
"""Columns of a turn's other end that the network is shown at either side."""


@dataclass(frozen=True, eq=False)
class Patches:
    """Cells of scans.

    seen: (N, 9 C) float16, the network's features around each as a 3x3 convolution takes them. classes: (N,) int64, 0
    for nothing. codes: (N, 8) float32, see `encode`; 0 for nothing. cells: (N,) float32, how many its object has.
    """

    seen: NDArray[np.float16]
    classes: NDArray[np.int64]
    codes: NDArray[np.float32]
    cells: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.classes)


def gather(
    source: Source,
    network: Network,
    normalisation: Normalisation,
    class_map: ClassMap,
    folder: Path,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> list[Patches]:
    """Patches of each of a source's frames that has boxes; each is a file of `folder`, and isn't made again.

    network: of the features, in evaluation mode. progress: told how many frames are done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for done, frame in enumerate(source.frames, start=1):
        file = folder / f"{source.recording(frame).replace('/', '_')}-{frame.number}.npz"
        if not file.is_file():
            boxes = source.boxes(frame)
            if boxes is None:
                continue
            scan = source.scan(frame)
            image = project(scan.points, source.sensor.with_view("full"), scan.ring)
            random = np.random.default_rng((seed, frame.number))
            made = patches_of(image, boxes, network, normalisation, class_map, random)
            buffer = io.BytesIO()
            np.savez(buffer, seen=made.seen, classes=made.classes, codes=made.codes, cells=made.cells)
            with atomic_write(file) as out:
                out.write(buffer.getvalue())
        with np.load(file, allow_pickle=False) as kept:
            parts.append(Patches(**{name: kept[name] for name in ("seen", "classes", "codes", "cells")}))
        if progress is not None:
            progress(done)
    return parts


def together(parts: Sequence[Patches]) -> Patches:
    """Patches of all."""
    return Patches(
        *(np.concatenate([getattr(one, name) for one in parts]) for name in ("seen", "classes", "codes", "cells"))
    )


def patches_of(
    image: RangeImage,
    boxes: Sequence[Box],
    network: Network,
    normalisation: Normalisation,
    class_map: ClassMap,
    random: np.random.Generator,
) -> Patches:
    """Patches of a scan whose width is a full turn. boxes: all that its points lie in."""
    grid = CellGrid.plain(*image.sensor.shape, network.architecture.levels[1].stride)
    places, filled = cell_places(image.channels, grid)
    owners = cell_owners(image.channels, numbers_of_pixels(image, boxes, class_map), grid)
    kinds = np.array([BACKGROUND, *(class_map.class_of(box.kind) for box in boxes)])
    chosen = _chosen(owners, kinds, filled, random)
    owner = np.maximum(owners.ravel()[chosen], NOBODY)
    classes = kinds[owner]
    codes = np.zeros((len(chosen), NUMBERS), np.float32)
    true = classes != BACKGROUND
    codes[true] = encode(volumes(boxes)[owner[true] - 1], classes[true], places.reshape(-1, 3)[chosen][true])
    cells = np.where(true, np.bincount(owners[owners > NOBODY], minlength=len(kinds))[owner], 1)
    seen = patches(features(network, normalisation(image.channels)), torch.from_numpy(chosen))
    return Patches(seen.to(torch.float16).numpy(), classes.astype(np.int64), codes, cells.astype(np.float32))


def numbers_of_pixels(image: RangeImage, boxes: Sequence[Box], class_map: ClassMap) -> NDArray[np.int32]:
    """(H, W) int32: 1 + the index of the box that each pixel's return lies in, 0 for none."""
    points = np.ascontiguousarray(image.channels[:4].reshape(4, -1).T)
    numbers = number_points(points, boxes, class_map).reshape(image.sensor.shape)
    return np.where(image.mask, numbers, 0).astype(np.int32)


@torch.no_grad()
def features(network: Network, channels: NDArray[np.float32]) -> Tensor:
    """What a head for boxes is given of a full turn: (C, H, Q) float32. channels: normalised (C', H, W)."""
    around = np.concatenate([channels[..., -_AROUND:], channels, channels[..., :_AROUND]], axis=-1)
    kind = next(network.parameters()).dtype
    assert isinstance(network.head, Unfold)
    merged: Tensor = network.head.merged(network.backbone(torch.from_numpy(around[None]).to(kind)))
    margin = _AROUND // network.architecture.levels[1].stride
    return merged[0, :, :, margin:-margin].float()


def patches(seen: Tensor, cells: Tensor) -> Tensor:
    """(N, 9 C): the features (C, H, Q) of a turn that the 3x3 convolution of `BoxHead` sees for some of its cells."""
    around = functional.pad(functional.pad(seen[None], (1, 1, 0, 0), "circular"), (0, 0, 1, 1))
    return functional.unfold(around, 3, stride=(ROWS, 1))[0][:, cells].T


def _chosen(
    owners: NDArray[np.int32], kinds: NDArray[np.int64], filled: NDArray[np.bool_], random: np.random.Generator
) -> NDArray[np.intp]:
    """Cells to learn from, as indices: of objects, and of what is none. Cells of two kinds of things teach nothing."""
    objects = [k for k in np.unique(owners[owners > NOBODY]) if kinds[k] not in (BACKGROUND, IGNORE)]
    found = [random.permutation(np.flatnonzero(owners == k))[:OF_AN_OBJECT] for k in objects]
    nothing = (owners == NOBODY) & filled
    near = owners > NOBODY
    for step in range(1, _BESIDE + 1):
        near = near | np.roll(owners > NOBODY, step, 1) | np.roll(owners > NOBODY, -step, 1)
    found.append(random.permutation(np.flatnonzero(nothing))[:OF_NOTHING])
    found.append(random.permutation(np.flatnonzero(nothing & near))[:NEAR_OBJECTS])
    assert MIXED < NOBODY
    return np.concatenate(found)
