"""Losses over labelled pixels, one pixel at a time, straight from their definitions. 255 is not known."""

from __future__ import annotations

import math

import numpy as np


def probabilities(logits):
    """(C,) -> (C,) float64."""
    e = np.exp(np.asarray(logits, np.float64) - np.max(logits))
    return e / e.sum()


def cross_entropy(logits, labels, weights, gamma=0.0):
    """logits (B, C, H, W), labels (B, H, W), weights (C,): sum of w (1 - p)^gamma (-log p), by the sum of w."""
    total = weight = 0.0
    for b, i, j in np.ndindex(labels.shape):
        label = labels[b, i, j]
        if label != 255:
            p = probabilities(logits[b, :, i, j])[label]
            total += weights[label] * (1 - p) ** gamma * -math.log(p)
            weight += weights[label]
    return total / weight


def lovasz_softmax(logits, labels):
    """Errors of each class that occurs, worst first, each times what its pixel adds to the Jaccard loss."""
    pixels = [
        (probabilities(logits[b, :, i, j]), labels[b, i, j])
        for b, i, j in np.ndindex(labels.shape)
        if labels[b, i, j] != 255
    ]
    losses = []
    for c in sorted({label for _, label in pixels}):
        ranked = sorted(((1 - p[c] if label == c else p[c], label == c) for p, label in pixels), key=lambda e: -e[0])
        loss = before = 0.0
        for k in range(1, len(ranked) + 1):
            # The k worst pixels are taken to be wrong, all others right.
            wrong = [member for _, member in ranked[:k]]
            truth = sum(member for _, member in ranked)
            jaccard_loss = 1 - (truth - sum(wrong)) / (truth + sum(not member for member in wrong))
            loss += ranked[k - 1][0] * (jaccard_loss - before)
            before = jaccard_loss
        losses.append(loss)
    return float(np.mean(losses))
