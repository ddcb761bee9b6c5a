"""Counting layers: hand-made networks have the counts that one works out by hand, all others those of the slow twin."""

from __future__ import annotations

import pytest
import torch
from oracles.counts import counts
from torch import nn

from squeezeseg.networks import ARCHITECTURES, Normalisation, architecture, zoo
from squeezeseg.networks.build import build
from squeezeseg.profiling.counting import count, count_module
from squeezeseg.profiling.layer import INPUT, Layer

IMAGE = (1, 8, 4, 16)
PIXELS = 4 * 16


def only(module, image=IMAGE) -> Layer:
    """The layer that a module is; it may see its weights differently."""
    (layer,) = (layer for layer in count_module(module, image).layers if layer.kind != "view")
    return layer


@pytest.mark.parametrize(
    ("module", "kind", "parameters", "macs", "written"),
    [
        (nn.Conv2d(8, 6, 3, padding=1), "dense", 8 * 6 * 9 + 6, PIXELS * 8 * 6 * 9, 6 * PIXELS),
        (nn.Conv2d(8, 6, 3, (1, 2), 1), "dense", 8 * 6 * 9 + 6, PIXELS // 2 * 8 * 6 * 9, 3 * PIXELS),
        (nn.Conv2d(8, 6, 1, bias=False), "1x1", 8 * 6, PIXELS * 8 * 6, 6 * PIXELS),
        (nn.Conv2d(8, 6, 1, groups=2), "grouped", 4 * 6 + 6, PIXELS * 4 * 6, 6 * PIXELS),
        (nn.Conv2d(8, 8, 3, padding=1, groups=8), "depthwise", 8 * 9 + 8, PIXELS * 8 * 9, 8 * PIXELS),
        # Each pixel of the input meets all weights.
        (nn.ConvTranspose2d(8, 6, (1, 4), 2, (0, 1)), "transposed", 8 * 6 * 4 + 6, PIXELS * 8 * 6 * 4, 12 * 7 * 16),
        (nn.Conv2d(8, 6, (4, 16)), "linear", 8 * 6 * PIXELS + 6, 8 * 6 * PIXELS, 6),
        (nn.BatchNorm2d(8), "norm", 16, 0, 8 * PIXELS),
        (nn.MaxPool2d((1, 2)), "pool", 0, 0, 4 * PIXELS),
        (nn.AdaptiveAvgPool2d(1), "pool", 0, 0, 8),
        (nn.Upsample(scale_factor=2, mode="bilinear"), "resize", 0, 0, 32 * PIXELS),
    ],
)  # fmt: skip
def test_layers_cost_what_one_works_out_by_hand(module, kind, parameters, macs, written):
    layer = only(module)
    assert (layer.kind, layer.parameters, layer.macs) == (kind, parameters, macs)
    assert (layer.read, layer.written) == (8 * PIXELS, written)
    assert layer.inputs == (INPUT,)


def test_a_linear_layer_costs_a_multiplication_a_weight():
    layer = only(nn.Linear(8, 6), (1, 8))
    assert (layer.kind, layer.parameters, layer.macs, layer.read, layer.written) == ("linear", 54, 48, 8, 6)


@pytest.mark.parametrize("module", [nn.ReLU(), nn.Hardswish(), nn.SiLU(), nn.PReLU(8), nn.Hardsigmoid(), nn.ReLU6()])
def test_activations_move_nothing(module):
    layer = only(module)
    assert (layer.kind, layer.read, layer.written) == ("activation", 0, 0)


class Functional(nn.Module):
    """Operations that are no modules."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 1)
        self.never = nn.Linear(2, 3)

    def forward(self, x):
        gate = self.conv(x).relu().mean(dim=(2, 3), keepdim=True)
        scaled = x * gate
        left, right = (scaled + x).chunk(2, dim=1)
        return torch.cat([right, left], dim=1)


FUNCTIONAL = [
    ("conv", "1x1", 8 * PIXELS, 8 * PIXELS),
    ("relu", "activation", 0, 0),
    ("mean", "pool", 8 * PIXELS, 8),
    ("mul", "elementwise", 8 * PIXELS + 8, 8 * PIXELS),
    ("add", "elementwise", 16 * PIXELS, 8 * PIXELS),
    ("split", "view", 0, 0),
    ("cat", "concatenation", 8 * PIXELS, 8 * PIXELS),
    ("never.weight", "unused", 0, 0),
    ("never.bias", "unused", 0, 0),
]


def test_operations_that_are_no_modules_are_counted_too():
    found = count_module(Functional(), IMAGE)
    assert [(one.name, one.kind, one.read, one.written) for one in found.layers] == FUNCTIONAL
    assert [one.inputs for one in found.layers[:7]] == [(-1,), (0,), (1,), (-1, 2), (3, -1), (4,), (5, 5)]
    assert found.parameters == 8 * 8 + 8 + 2 * 3 + 3
    assert found.moved == (16 + 8 + 16 + 24 + 16) * PIXELS + 16


def test_live_activations_are_those_still_wanted_and_the_layers_own():
    found = count_module(Functional(), IMAGE)
    image = 8 * PIXELS
    # The input is wanted up to the sum, the gate's convolution until its mean.
    assert found.live_at[:7] == (2 * image, 2 * image, 2 * image + 8, 2 * image + 8, 3 * image, image, 2 * image)
    assert found.live == 3 * image
    assert found.live_bytes("bfloat16") == 6 * image


def test_an_unknown_operation_is_named():
    class Sorts(nn.Module):
        def forward(self, x):
            return x.sort()[0]

    with pytest.raises(ValueError, match="operation sort: of no known kind"):
        count_module(Sorts(), IMAGE)


def test_names_are_unique():
    names = [layer.name for layer in count(architecture("espnetv2+lraspp")).layers]
    assert len(set(names)) == len(names)
    assert "backbone.stages.2.1.branches.3" in names


def test_squeezeseg_has_the_published_counts():
    found = count(ARCHITECTURES["squeezeseg"])
    assert found.parameters == 906_308
    assert found.weight_bytes("float32") == 3_625_232
    assert round(2 * found.macs / 1e9, 2) == 5.81


WITH_HEADS = [*ARCHITECTURES, "espnet-c+espnet", *(
    f"{name}+{head}"
    for name, head in zip(
        (name for name in zoo.BACKBONES if zoo.heads(name) and not name.startswith("efficientnet-b")),
        ("fire", "lraspp", "unfold") * len(zoo.BACKBONES),
        strict=False,
    )
)]  # fmt: skip


@pytest.mark.parametrize("name", WITH_HEADS)
def test_counts_are_those_of_the_slow_twin(name):
    one = architecture(name)
    network = build(one, 4, Normalisation())
    found = count(one, 4, 64)
    assert (found.parameters, found.macs) == counts(network, (1, one.inputs, 4, 64))


def test_a_full_turn_costs_four_times_the_front():
    front, full = (count(architecture("mobilenetv3-small+fire"), 64, width) for width in (512, 2048))
    assert full.macs == pytest.approx(4 * front.macs, rel=1e-3)
    assert full.live == 4 * front.live
    assert full.parameters == front.parameters
