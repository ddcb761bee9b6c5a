"""ConvDet's loss (SqueezeDet, equation 3, with the official code's weights)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from squeezeseg.detection.decoding import Predictions, boxes

BOX, SURE, UNSURE, CLASS = 5.0, 75.0, 100.0, 1.0
"""Weights of: deltas; confidence where there is an object, and where there is none; class."""
_EPSILON = 1e-16


@dataclass(frozen=True, eq=False)
class Targets:
    """The N objects of a batch of images.

    image, anchor: (N,) int64, of the anchor that answers for each. classes: (N,) int64. deltas: (N, 4) at the anchor.
    boxes: (N, 4), centre x, centre y, width, height in pixels.
    """

    image: Tensor
    anchor: Tensor
    classes: Tensor
    deltas: Tensor
    boxes: Tensor


def detection_loss(predicted: Predictions, targets: Targets, anchors: Tensor, size: tuple[int, int]) -> Tensor:
    """The loss of a batch.

    Class and deltas are summed over the anchors that answer for an object and divided by the objects of the whole
    batch; so is the confidence, squared against the IoU that the box has now, and averaged over images besides. A
    batch without objects counts as if it had one.

    anchors: (A, 4). size: width and height of the images.
    """
    batch, count = predicted.confidences.shape
    objects = max(len(targets.image), 1)
    place = targets.image, targets.anchor
    wanted = torch.zeros_like(predicted.confidences)
    answers = torch.zeros_like(predicted.confidences)
    with torch.no_grad():
        answers[place] = 1.0
        own = boxes(predicted.deltas[place], anchors[targets.anchor], size)
        wanted[place] = _overlap(own, targets.boxes).to(wanted.dtype)
    weight = answers * (SURE / objects) + (1 - answers) * (UNSURE / max(count - objects, 1))
    confidence = (weight * (wanted - predicted.confidences) ** 2).sum() / batch
    probabilities = predicted.logits[place].softmax(1)
    truth = torch.nn.functional.one_hot(targets.classes, probabilities.shape[1]).to(probabilities.dtype)
    certain = truth * torch.log(probabilities + _EPSILON) + (1 - truth) * torch.log(1 - probabilities + _EPSILON)
    distance = ((predicted.deltas[place] - targets.deltas) ** 2).sum()
    return confidence + (BOX * distance - CLASS * certain.sum()) / objects


def _overlap(one: Tensor, other: Tensor) -> Tensor:
    """(N,) IoU of each box (N, 4) with the other's of the same number."""
    start = torch.maximum(one[:, :2] - one[:, 2:] / 2, other[:, :2] - other[:, 2:] / 2)
    end = torch.minimum(one[:, :2] + one[:, 2:] / 2, other[:, :2] + other[:, 2:] / 2)
    common = (end - start).clamp(min=0).prod(1)
    return common / (one[:, 2:].prod(1) + other[:, 2:].prod(1) - common).clamp(min=_EPSILON)
