from __future__ import annotations

import numpy as np
import pytest
import torch
from oracles import losses as slow
from torch.nn import functional

from data.labels import IGNORE
from squeezeseg.training.losses import cross_entropy, lovasz_softmax

WEIGHTS = torch.tensor([0.3, 1.0, 4.0, 2.0])
BOTH = pytest.mark.parametrize(
    "loss", [lambda x, y: cross_entropy(x, y, WEIGHTS, 2.0), lovasz_softmax], ids=["focal", "lovasz"]
)


def batch(seed=0, shape=(2, 3, 7), ignored=0.3):
    """Logits (B, C, H, W) that ask for a gradient, and labels (B, H, W)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, shape)
    labels[rng.random(shape) < ignored] = IGNORE
    logits = rng.normal(0, 2, (shape[0], 4, *shape[1:]))
    return torch.tensor(logits, dtype=torch.float32, requires_grad=True), torch.tensor(labels)


def certain(labels, margin=100.0):
    """Logits that give each label, and 0 where none is known, all of the probability."""
    known = labels.where(labels != IGNORE, 0)
    return (functional.one_hot(known, 4).movedim(-1, 1) * margin).float().requires_grad_()


@pytest.mark.parametrize("seed", range(3))
def test_cross_entropy_is_torchs(seed):
    logits, labels = batch(seed)
    expected = functional.cross_entropy(logits, labels, WEIGHTS, ignore_index=IGNORE)
    torch.testing.assert_close(cross_entropy(logits, labels, WEIGHTS), expected)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_focal_loss_follows_its_formula(gamma):
    logits, labels = batch()
    expected = slow.cross_entropy(logits.detach().numpy(), labels.numpy(), WEIGHTS.numpy(), gamma)
    assert cross_entropy(logits, labels, WEIGHTS, gamma).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_lovasz_follows_its_definition(seed):
    logits, labels = batch(seed)
    expected = slow.lovasz_softmax(logits.detach().numpy(), labels.numpy())
    assert lovasz_softmax(logits, labels).item() == pytest.approx(expected, rel=1e-5)


def test_lovasz_leaves_out_classes_that_do_not_occur():
    logits, labels = batch()
    labels[labels == 3] = IGNORE
    expected = slow.lovasz_softmax(logits.detach().numpy(), labels.numpy())
    assert lovasz_softmax(logits, labels).item() == pytest.approx(expected, rel=1e-5)


def test_lovasz_of_hard_errors_is_one_minus_the_mean_iou():
    truth = torch.tensor([[[0, 0, 0, 1, 1, 1, 1]]])
    said = torch.tensor([[[0, 0, 1, 1, 1, 1, 0]]])
    assert lovasz_softmax(certain(said), truth).item() == pytest.approx(1 - (2 / 4 + 3 / 5) / 2, abs=1e-6)


@BOTH
def test_a_perfect_prediction_costs_nothing(loss):
    _, labels = batch()
    assert loss(certain(labels), labels).item() == pytest.approx(0, abs=1e-6)


@BOTH
def test_ignored_pixels_have_no_gradient(loss):
    logits, labels = batch()
    loss(logits, labels).backward()
    slopes = logits.grad.abs().sum(1)
    assert (slopes[labels == IGNORE] == 0).all()
    assert (slopes[labels != IGNORE] > 0).any()


@BOTH
def test_a_batch_without_known_pixels_costs_nothing(loss):
    logits, labels = batch(ignored=1.1)
    value = loss(logits, labels)
    value.backward()
    assert value.item() == 0
    assert (logits.grad == 0).all()


@pytest.mark.parametrize("gamma", [0.25, 0.5, 1.0, 2.0])
def test_the_slope_at_a_certain_pixel_is_finite(gamma):
    _, labels = batch()
    logits = certain(labels)
    cross_entropy(logits, labels, WEIGHTS, gamma).backward()
    assert logits.grad.isfinite().all()
