"""ConvDet's numbers to boxes (SqueezeDet, section 3.2, and the official code's order of channels)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from squeezeseg.detection.anchors import SHAPES
from squeezeseg.detection.rectangles import cornered, overlaps
from squeezeseg.detection.suppression import suppress

EXPONENT = 1.0
"""Deltas of size beyond which the exponential goes on as its tangent, so that it can't overflow."""
BEST = 64
"""Boxes of an image that are looked at."""
OVERLAP = 0.4
"""IoU from which the lesser of two boxes of a class is dropped."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """What ConvDet says of A anchors in B images.

    logits: (B, A, C) of the classes. confidences: (B, A), 0..1. deltas: (B, A, 4): dx, dy, dw, dh.
    """

    logits: Tensor
    confidences: Tensor
    deltas: Tensor


@dataclass(frozen=True, eq=False)
class Found:
    """N boxes in one image, best first.

    rectangles: (N, 4) float64: left, top, right, bottom in pixels, both ends included. scores: (N,) float64, 0..1.
    classes: (N,) int64.
    """

    rectangles: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.int64]


def predictions(outputs: Tensor, classes: int) -> Predictions:
    """Sort out the channels of (B, 9 (C + 1 + 4), rows, columns): all logits, then all confidences, then all deltas."""
    batch, each = len(outputs), len(SHAPES)
    cells = outputs.permute(0, 2, 3, 1)
    first, second = each * classes, each * (classes + 1)
    return Predictions(
        logits=cells[..., :first].reshape(batch, -1, classes),
        confidences=cells[..., first:second].reshape(batch, -1).sigmoid(),
        deltas=cells[..., second:].reshape(batch, -1, 4),
    )


def clipped_exponential(x: Tensor) -> Tensor:
    """Exp up to `EXPONENT`, its tangent there beyond."""
    tangent = math.exp(EXPONENT) * (x - EXPONENT + 1)
    return torch.where(x > EXPONENT, tangent, x.clamp(max=EXPONENT).exp())


def boxes(deltas: Tensor, anchors: Tensor, size: tuple[int, int]) -> Tensor:
    """Deltas (..., A, 4) at anchors (A, 4) -> centre x, centre y, width, height in pixels, clipped to the image.

    size: width and height of the image.
    """
    centre = anchors[:, :2] + deltas[..., :2] * anchors[:, 2:]
    half = anchors[:, 2:] * clipped_exponential(deltas[..., 2:]) / 2
    last = torch.tensor(size, dtype=deltas.dtype, device=deltas.device) - 1
    start = (centre - half).clamp(min=0).minimum(last)
    end = (centre + half - 1).clamp(min=0).minimum(last)
    extent = (end - start + 1).clamp(min=0)
    return torch.cat([start + extent / 2, extent], dim=-1)


def found(predicted: Predictions, anchors: Tensor, size: tuple[int, int], least: float = 0.0) -> list[Found]:
    """The boxes of each image: the best `BEST` by confidence times class probability, without those that others cover.

    size: width and height of the images. least: score below which boxes are left out.
    """
    probabilities, classes = predicted.logits.softmax(2).max(2)
    scores = predicted.confidences * probabilities
    scores, index = scores.topk(min(BEST, scores.shape[1]), dim=1)
    placed = boxes(predicted.deltas, anchors, size)
    result = []
    for one in range(len(scores)):
        chosen = index[one]
        rectangles = placed[one, chosen].double().cpu().numpy()
        score, kind = scores[one].double().cpu().numpy(), classes[one, chosen].cpu().numpy()
        kept = suppress(overlaps(rectangles, rectangles), score, kind, OVERLAP)
        kept = kept[score[kept] >= least]
        result.append(Found(cornered(rectangles[kept]), score[kept], kind[kept]))
    return result
