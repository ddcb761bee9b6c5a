"""Losses over labelled pixels. Logits (B, C, H, W), labels (B, H, W) int64 with IGNORE where none is known."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from data.labels import IGNORE


def segmentation_loss(logits: Tensor, labels: Tensor, weights: Tensor, focal: float, lovasz: float) -> Tensor:
    """A recipe's loss: cross entropy, focal where `focal` is above 0, and `lovasz` times the Lovasz loss.

    weights: (C,), by class.
    """
    loss = cross_entropy(logits, labels, weights, focal)
    return loss + lovasz * lovasz_softmax(logits, labels) if lovasz > 0 else loss


def cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor, gamma: float = 0.0) -> Tensor:
    """Mean weighted cross entropy; `gamma` above 0 makes it the focal loss.

    -w_c (1 - p_c)^gamma log p_c, averaged over pixels by their weights (Lin et al., Focal Loss, ICCV 2017, eq. 5).

    weights: (C,), by class.
    """
    nll = functional.cross_entropy(logits, labels, reduction="none", ignore_index=IGNORE)
    weight = pixel_weights(labels, weights)
    # Not quite 0 for a certain pixel: there the power's slope is infinite for gamma below 1.
    focus = (-torch.expm1(-nll)).clamp(min=1e-6).pow(gamma) if gamma > 0 else 1.0
    return (weight * focus * nll).sum() / weight.sum().clamp(min=1e-6)


def pixel_weights(labels: Tensor, weights: Tensor) -> Tensor:
    """The weight of each pixel's class (B, H, W), 0 where none is known. weights: (C,), by class."""
    known = labels != IGNORE
    return weights[labels.where(known, 0)] * known


def lovasz_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    """The Lovasz extension of 1 - IoU, averaged over the classes that occur in the batch.

    Berman et al., The Lovasz-Softmax Loss, CVPR 2018, section 2.2, one set of pixels per batch.
    """
    classes = logits.shape[1]
    known = labels != IGNORE
    probabilities = logits.softmax(1).movedim(1, -1)[known]  # (P, C)
    truth = labels[known]
    losses = []
    for class_id in range(classes):
        member = (truth == class_id).to(probabilities.dtype)
        if member.sum() == 0:
            continue
        errors, order = (member - probabilities[:, class_id]).abs().sort(descending=True)
        losses.append(errors @ _iou_steps(member[order]))
    return torch.stack(losses).mean() if losses else logits.sum() * 0


def _iou_steps(member: Tensor) -> Tensor:
    """The IoU that each further pixel costs, worst first. member: (P,) 1 where the class is true."""
    hits = member.sum()
    iou_loss = 1 - (hits - member.cumsum(0)) / (hits + (1 - member).cumsum(0))
    return torch.diff(iou_loss, prepend=iou_loss.new_zeros(1))
