"""Layers at several widths at once."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.tools import needs

needs("torch")

import torch
from torch.nn import functional
from torch.nn.utils import parametrize

from squeezeseg.compression.quantization import quantize_channels
from squeezeseg.search.precision.mixture import MixedActivations, MixedWeights

WIDTHS = (2, 4, 8)


def layer():
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(6, 5, 3, padding=1)
    weights = conv.weight.detach().numpy().copy()
    rule = MixedWeights(weights, WIDTHS, 0)
    parametrize.register_parametrization(conv, "weight", rule, unsafe=True)
    return conv, rule, weights


def one_hot(k, count=3):
    return torch.eye(count)[k]


@pytest.mark.parametrize("quantizer", ["lsq", "pact"])
def test_a_convolution_of_mixtures_is_the_mixture_of_all_edges(quantizer):
    conv, rule, _ = layer()
    x = torch.randn(2, 6, 8, 9).relu()
    mixed = MixedActivations((4, 8), x, quantizer)
    p, q = torch.tensor([0.2, 0.5, 0.3]), torch.tensor([0.7, 0.3])
    total = 0
    for i in range(3):
        for j in range(2):
            rule.shares, mixed.shares = one_hot(i), one_hot(j, 2)
            total = total + p[i] * q[j] * conv(mixed(x))
    rule.shares, mixed.shares = p, q
    torch.testing.assert_close(conv(mixed(x)), total, rtol=1e-4, atol=1e-5)


def test_it_starts_as_compression_rounds():
    conv, rule, weights = layer()
    for k, bits in enumerate(WIDTHS):
        rule.shares = one_hot(k)
        error = (conv.weight.detach().numpy() - quantize_channels(weights, bits).decoded()).ravel()
        # LSQ has a code more below zero.
        assert np.mean(error != 0) <= (0.35 if bits == 2 else 0.05)


def test_a_share_has_the_gradient_of_its_edge():
    conv, rule, _ = layer()
    x, pull = torch.randn(1, 6, 8, 9), torch.randn(1, 5, 8, 9)
    shares = torch.tensor([0.2, 0.5, 0.3], requires_grad=True)
    rule.shares = shares
    (conv(x) * pull).sum().backward()
    for k in range(3):
        rule.shares = one_hot(k)
        expected = (functional.conv2d(x, conv.weight, padding=1) * pull).sum()
        assert shares.grad[k].item() == pytest.approx(expected.item(), rel=1e-3, abs=1e-3)


def test_widths_that_do_not_count_are_not_computed_and_not_trained():
    conv, rule, _ = layer()
    rule.shares = one_hot(1)
    conv(torch.randn(1, 6, 8, 9)).sum().backward()
    change = conv.parametrizations.weight.original1
    assert change.grad[1].any()
    assert not change.grad[0].any()
    assert not change.grad[2].any()
