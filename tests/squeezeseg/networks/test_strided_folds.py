"""Strided convolutions in the place of folded columns: the same function."""

from __future__ import annotations

import pytest
import torch
from helpers.models import fresh_network

from squeezeseg.networks import Architecture, Normalisation
from squeezeseg.networks.blocks.columns import FoldColumns
from squeezeseg.networks.build import build
from squeezeseg.networks.strided_folds import stride_folds


def folds(network):
    return sum(isinstance(module, FoldColumns) for module in network.modules())


@pytest.mark.parametrize(("name", "left"), [("fast", 1), ("fast1", 1)])
def test_the_function_stays(name, left):
    torch.manual_seed(0)
    network = fresh_network(name).double().eval()
    strided = stride_folds(network)
    image = torch.randn(2, network.architecture.inputs, 3, 4 * network.width_multiple, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(strided(image)["logits"], network(image)["logits"], rtol=1e-10, atol=1e-12)
    assert (folds(network), folds(strided)) == (3, left)


@pytest.mark.parametrize("blocks", [("fold_n4", "res"), ("fold_n2", "sep_k3_c8"), ("fold_n4", "conv_k3_c8")])
def test_other_blocks_behind_a_fold_stay(blocks):
    network = build(Architecture("a", (blocks,), ("unfold",), encoding="cylindrical"), 4, Normalisation())
    assert folds(stride_folds(network)) == 1


@pytest.mark.parametrize("size", [1, 5])
def test_kernels_of_any_size(size):
    blocks = ("conv_k1_c16", "fold_n4", f"conv_k{size}_c8_b0")
    network = build(Architecture("a", (blocks,), ("unfold",), encoding="cylindrical"), 4, Normalisation()).eval()
    image = torch.randn(1, 8, 3, 32)
    assert folds(stride_folds(network)) == 0
    with torch.no_grad():
        torch.testing.assert_close(stride_folds(network)(image)["logits"], network(image)["logits"])
