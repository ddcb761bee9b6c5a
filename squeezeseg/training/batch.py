"""A batch of training samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.training.augmentation import Augmentation, beams_kept, draw
from squeezeseg.training.samples import SampleStore


class Batch(NamedTuple):
    """B fronts, as a network, its CRF and its teachers see them.

    inputs: (B, C, H, W) of the network, normalised. images: (B, 5, H, W) as `Normalisation.scaled` gives them.
    labels: (B, H, W) int64, IGNORE where none is known. metres: (B, 5, H, W), empty pixels 0.
    """

    inputs: Tensor
    images: Tensor
    labels: Tensor
    metres: Tensor


def draw_batch(
    stores: Sequence[SampleStore],
    width: int,
    augmentation: Augmentation,
    normalisation: Normalisation,
    key: tuple[int, ...],
    device: torch.device,
    wanted: range | None = None,
) -> Batch:
    """A random front of each of the stores, all of as many beams.

    width: columns. key: all randomness is drawn from it. wanted: numbers of the stores whose fronts are drawn, as they
        would be among all.
    """
    every = beams_kept(augmentation, min(store.labels.shape[1] for store in stores), np.random.default_rng(key))
    drawn = [
        draw(stores[number], width, augmentation, np.random.default_rng((*key, number)), every)
        for number in (range(len(stores)) if wanted is None else wanted)
    ]
    metres = np.stack([channels for channels, _ in drawn])
    labels = np.stack([labels for _, labels in drawn]).astype(np.int64)
    inputs = torch.from_numpy(normalisation(metres)).to(device, memory_format=torch.channels_last)
    images = inputs
    if normalisation.encoding != "cartesian":
        images = torch.from_numpy(normalisation.scaled(metres)).to(device)
    return Batch(inputs, images, torch.from_numpy(labels).to(device), torch.from_numpy(metres).to(device))
