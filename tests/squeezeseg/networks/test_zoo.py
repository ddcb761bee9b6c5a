"""The zoo: published networks have the published counts, and their range-image forms can be built."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from oracles import channels as slow
from torch import nn

from projection import InputError
from squeezeseg.networks import Block, Level, Normalisation, architecture, zoo
from squeezeseg.networks.backbones import efficientnet, espnet, mobilenet, shufflenet, squeezenet
from squeezeseg.networks.blocks import Form, build_block, build_blocks
from squeezeseg.networks.build import build
from squeezeseg.networks.classifier import Classifier
from squeezeseg.profiling.counting import count

NAMES = [name for name in zoo.BACKBONES if name not in zoo.PUBLISHED_FORM_ONLY]
SMALL = [name for name in NAMES if not name.startswith("efficientnet") or name.endswith("b0")]


PUBLISHED = [
    ("alexnet", zoo.BACKBONES["alexnet"](), 60_965_224, 724),
    ("squeezenet1.0", squeezenet.squeezenet1_0(), 1_248_424, 819),
    ("squeezenet1.0 ratio .75", squeezenet.squeezenet1_0(ratio=0.75), 4_841_704, None),
    ("squeezenet1.0 bypass", squeezenet.squeezenet1_0(bypass=True), 1_248_424, 819),
    ("squeezenet1.1", squeezenet.squeezenet1_1(), 1_235_496, 349),
    ("mobilenetv1", mobilenet.mobilenet_v1(), 4_231_976, 568.7),
    ("mobilenetv1 .75", mobilenet.mobilenet_v1(0.75), 2_585_560, 325.4),
    ("mobilenetv1 .25", mobilenet.mobilenet_v1(0.25), 470_072, 41.0),
    ("mobilenetv1 at 128", mobilenet.mobilenet_v1(resolution=128), 4_231_976, 186),
    ("mobilenetv2", mobilenet.mobilenet_v2(), 3_504_872, 300.8),
    ("mobilenetv2 .5", mobilenet.mobilenet_v2(0.5), 1_968_680, None),
    ("mobilenetv2 1.4", mobilenet.mobilenet_v2(1.4), 6_108_776, None),
    ("mobilenetv3-large", mobilenet.mobilenet_v3_large(), 5_483_032, 216.6),
    ("mobilenetv3-small", mobilenet.mobilenet_v3_small(), 2_542_856, 56.5),
    ("shufflenetv1", shufflenet.shufflenet_v1(), 1_864_728, 137.5),
    ("shufflenetv1 .5", shufflenet.shufflenet_v1(3, 0.5), 717_324, 37.6),
    ("shufflenetv1 g8", shufflenet.shufflenet_v1(8), 2_433_768, 138.4),
    ("shufflenetv1 g8 2", shufflenet.shufflenet_v1(8, 2.0), 6_521_232, 521.9),
    ("shufflenetv2", shufflenet.shufflenet_v2(), 2_278_604, 144.9),
    ("shufflenetv2 .5", shufflenet.shufflenet_v2(0.5), 1_366_792, 40.5),
    ("shufflenetv2 2", shufflenet.shufflenet_v2(2.0), 7_393_996, 583.3),
    ("efficientnet-b0", efficientnet.efficientnet(0), 5_288_548, 385.8),
    ("efficientnet-b1", efficientnet.efficientnet(1), 7_794_184, 686.8),
    ("efficientnet-b2", efficientnet.efficientnet(2), 9_109_994, 993.6),
    ("efficientnet-b3", efficientnet.efficientnet(3), 12_233_232, 1827),
    ("efficientnet-b4", efficientnet.efficientnet(4), 19_341_616, 4394),
    ("efficientnet-b5", efficientnet.efficientnet(5), 30_389_784, 10266),
    ("efficientnet-b6", efficientnet.efficientnet(6), 43_040_704, 19068),
    ("efficientnet-b7", efficientnet.efficientnet(7), 66_347_960, 37746),
    ("espnet-c", espnet.espnet_c(), 349_449, 3470),
    ("espnet-c q3", espnet.espnet_c(q=3), 187_529, None),
    ("espnet-c q5", espnet.espnet_c(q=5), 252_297, None),
    ("espnet", espnet.espnet(), 365_109, 4780),
    ("espnet q3", espnet.espnet(q=3), 203_189, None),
    ("espnet q5", espnet.espnet(q=5), 267_957, None),
    ("espnetv2", espnet.espnet_v2(), 1_670_072, 86.7),
    ("espnetv2 .5", espnet.espnet_v2(0.5), 1_241_332, 29.4),
    ("espnetv2 2", espnet.espnet_v2(2.0), 3_498_136, 286.1),
    ("fbnet-a", zoo.BACKBONES["fbnet-a"](), 4_321_464, 249.9),
    ("fbnet-b", zoo.BACKBONES["fbnet-b"](), 4_813_048, 296.6),
    ("fbnet-c", zoo.BACKBONES["fbnet-c"](), 5_572_200, 385.0),
]
"""Published counts; FBNet's parameters are published in tenths of millions only, its multiply-adds as here."""


@pytest.mark.parametrize(
    ("backbone", "parameters", "macs"), [row[1:] for row in PUBLISHED], ids=[r[0] for r in PUBLISHED]
)
def test_published_networks_have_the_published_counts(backbone, parameters, macs):
    found = count(backbone)
    assert found.parameters == parameters
    assert macs is None or found.macs / 1e6 == pytest.approx(macs, rel=0.01)


def test_squeezenet_has_almost_49_times_fewer_parameters_than_alexnet():
    ratio = count(zoo.BACKBONES["alexnet"]()).parameters / count(squeezenet.squeezenet1_0()).parameters
    assert round(ratio, 1) == 48.8


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: squeezenet.squeezenet1_0(ratio=0.3), "fire2: 128 channels aren't whole at ratio 0.3"),
        (lambda: shufflenet.shufflenet_v1(5), "groups must be one of 1, 2, 3, 4, 8, got 5"),
        (lambda: shufflenet.shufflenet_v2(0.7), "width must be one of 0.5, 1.0, 1.5, 2.0, got 0.7"),
        (lambda: efficientnet.efficientnet(8), "there are b0 to b7, not b8"),
        (lambda: zoo.BACKBONES["fbnet-a"].func("d"), "there are a, b, c, not 'd'"),
    ],
)
def test_metaparameters_that_are_none(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


@pytest.mark.parametrize("name", SMALL)
def test_range_image_forms_keep_the_rows_and_halve_the_columns(name):
    one = architecture(f"{name}+lraspp")
    strides = [level.stride for level in one.levels]
    assert strides == [2**i for i in range(len(strides))]
    network = build(one, 4, Normalisation(), batch_norm=True).eval()
    images = torch.zeros(1, 5, 4, 64)
    features = network.backbone(torch.zeros(1, 6, 4, 64))
    assert [tuple(feature.shape[1:]) for feature in features] == [(c, 4, 64 // stride) for c, stride in one.levels]
    assert network(images)["logits"].shape == (1, 4, 4, 64)


@pytest.mark.parametrize(
    "name",
    [
        "mobilenetv2+fire",
        "shufflenetv1+unfold",
        "espnet-c+espnet",
        "espnet-c+fire",
        "fbnet-a+unfold",
        "squeezenet1.1+fire",
    ],
)
def test_heads_fit_all_backbones(name):
    network = build(architecture(name), 4, Normalisation()).eval()
    assert network(torch.zeros(2, 5, 4, 64))["logits"].shape == (2, 4, 4, 64)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("alexnet", "alexnet takes no head; 'squeezeseg models' lists all"),
        ("espnet+fire", "espnet takes no head; use espnet-c"),
        ("mobilnetv2+fire", "there is no backbone 'mobilnetv2', did you mean mobilenetv2?"),
        ("mobilnetv2", "there is none of this name, did you mean mobilenetv2?"),
        ("SqueezeSeg", "did you mean squeezeseg?"),
        ("mobilenetv2+deeplab", "mobilenetv2 has no head 'deeplab', but lraspp, fire, unfold"),
        ("mobilenetv2+espnet", "no head 'espnet'"),
        ("mobilenetv2+", "no head ''"),
        ("mobilenetv2@depth=1+fire", "'depth=1' is no metaparameter of mobilenetv2, which has width=1"),
        ("mobilenetv2@width=half", "'width=half' is no metaparameter"),
        ("mobilenetv2@width=1e9", "'width=1e9' is no metaparameter"),
        ("mobilenetv2@width=-1", "'width=-1' is no metaparameter"),
        ("mobilenetv2@", "'' is no metaparameter"),
        ("mobilenetv2@width=0", "width must be more than 0"),
        ("mobilenetv2@width=999", "c is 9999 at most"),
        ("mobilenetv1@resolution=128", "resolution=128 is for pictures, a range image has its own size"),
        ("squeezenet1.0@bypass=2", "bypass is 0 or 1, not 2"),
        ("squeezenet1.0@freq=1.5", "freq is a whole number, not 1.5"),
        ("squeezenet1.0@freq=0", "freq must be 1 or more"),
        ("squeezenet1.0@ratio=0.3", "fire2: 128 channels aren't whole at ratio 0.3"),
        ("efficientnet-b0@width=2", "efficientnet-b0 has no metaparameters"),
    ],
)
def test_names_that_are_none(name, complaint):
    with pytest.raises(InputError, match=re.escape(complaint)):
        architecture(name)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("mobilenetv3-small", "mobilenetv3-small+lraspp"),
        ("squeezenet1.1", "squeezenet1.1+fire"),
        ("espnet", "espnet-c+espnet"),
        ("espnet@q=3", "espnet-c@q=3+espnet"),
        ("mobilenetv2@width=.50+fire", "mobilenetv2@width=0.5+fire"),
        ("mobilenetv2@width=1.0", "mobilenetv2+lraspp"),
        ("squeezenet1.0@bypass=1,ratio=0.75", "squeezenet1.0@ratio=0.75,bypass=1+fire"),
        ("shufflenetv1@width=2,groups=8+unfold", "shufflenetv1@groups=8,width=2+unfold"),
    ],
)
def test_a_network_has_one_name_however_it_is_written(written, name):
    one = architecture(written)
    assert one.name == name
    assert architecture(name) == one


@pytest.mark.parametrize(
    ("name", "backbone"),
    [
        ("mobilenetv1@width=0.25,resolution=128", mobilenet.mobilenet_v1(0.25, 128)),
        ("shufflenetv1@groups=8", shufflenet.shufflenet_v1(8)),
        ("squeezenet1.0@bypass=1", squeezenet.squeezenet1_0(bypass=True)),
        ("espnetv2@scale=2", espnet.espnet_v2(2.0)),
    ],
)
def test_metaparameters_by_name(name, backbone):
    assert zoo.backbone(name) == replace(backbone, name=name)


@pytest.mark.parametrize(
    ("name", "eps", "momentum"),
    [
        ("efficientnet-b0", 1e-3, 0.01),
        ("mobilenetv3-small", 1e-3, 0.01),
        ("espnet-c", 1e-3, 0.1),
        ("espnetv2", 1e-5, 0.1),
        ("squeezeseg", 1e-5, 0.1),
    ],
)
def test_batch_norm_is_the_published_one(name, eps, momentum):
    forms = [build(architecture(name), 4, Normalisation(), batch_norm=True)]
    forms += [Classifier(zoo.backbone(name))] if name in zoo.BACKBONES else []
    norms = [module for form in forms for module in form.modules() if isinstance(module, nn.BatchNorm2d)]
    assert {(norm.eps, norm.momentum) for norm in norms} == {(eps, momentum)}


def test_parameters_of_lr_aspp_behind_mobilenetv3_large():
    head = build(architecture("mobilenetv3-large+lraspp"), 4, Normalisation(), batch_norm=True).head
    assert sum(parameter.numel() for parameter in head.parameters()) == 246_696


# What ports get wrong.


def test_first_1x1_of_a_shufflenets_stage_2_has_no_groups():
    blocks = [Block.parse(text) for text in shufflenet.shufflenet_v1(3).stages[2]]
    first, *rest = build_blocks(blocks, Level(24, 4), Form(batch_norm=True), 5)
    assert first.layers[0].conv.groups == 1
    assert {unit.layers[0].conv.groups for unit in rest} == {3}


def test_no_activation_behind_a_shufflenets_depthwise_convolution():
    unit = build_block(Block.parse("shuffle_g3_c240"), 240, Form(batch_norm=True))
    assert isinstance(unit.layers[2].activation, nn.Identity)


def test_a_strided_shuffle_unit_does_not_rectify_the_pooled_input():
    unit = build_block(Block.parse("shuffle_g3_c240_s2"), 24, Form()).eval()
    x = torch.full((1, 24, 4, 8), -1.0)
    assert (unit(x)[:, :24] < 0).all()


def test_espnet_has_five_branches_and_espnetv2_four():
    esp = build_block(Block.parse("esp_c64"), 64, Form())
    assert [branch.dilation for branch in esp.branches] == [(d, d) for d in (1, 2, 4, 8, 16)]
    eesp = build_block(Block.parse("eesp_c64_d1123"), 64, Form(), 5)
    assert [branch.dilation for branch in eesp.branches] == [(d, d) for d in (1, 1, 2, 3)]


@pytest.mark.parametrize(
    ("text", "squeezed", "gate"),
    [("ir_e6_c24_se4_hs", 40, nn.Hardsigmoid), ("ir_e6_c24_si4_sw", 6, nn.Sigmoid)],
)
def test_squeeze_and_excitation_of_mobilenetv3_and_efficientnet_differ(text, squeezed, gate):
    (block,) = [m for m in build_block(Block.parse(text), 24, Form()).layers if hasattr(m, "squeeze")]
    assert (block.squeeze.out_channels, type(block.gate)) == (squeezed, gate)


def test_repeats_have_the_stride_once():
    assert Block.parse("ir_k3_s2_e6_c24_r3").after(Level(16, 2)) == Level(24, 4)
    assert [str(one) for one in Block.parse("ir_k3_s2_c24_r2").repeats] == ["ir_k3_s2_c24", "ir_k3_c24"]


# Slow twins.


@pytest.mark.parametrize("groups", [2, 3, 4])
def test_channels_are_shuffled_as_the_slow_twin_does(groups):
    x = torch.randn(1, 12, 3, 4)
    from squeezeseg.networks.blocks.shuffle import ChannelShuffle

    np.testing.assert_array_equal(ChannelShuffle(groups)(x)[0], slow.shuffled(x[0].numpy(), groups))


@pytest.mark.parametrize(("text", "first_outside"), [("esp_c20_s2", True), ("eesp_c32_d1234", False)])
def test_pyramids_are_fused_as_the_slow_twin_does(text, first_outside):
    torch.manual_seed(0)
    block = build_block(Block.parse(text), 32, Form(), 5).eval()
    seen = {}
    block.merge.register_forward_pre_hook(lambda _, inputs: seen.update(x=inputs[0]))
    x = torch.randn(1, 32, 4, 16)
    with torch.no_grad():
        block(x) if first_outside else block(x, x)
        branches = [branch(block.reduce(x))[0].numpy() for branch in block.branches]
    np.testing.assert_allclose(seen["x"][0], slow.fused(branches, first_outside=first_outside), atol=1e-5)


@pytest.mark.parametrize(
    ("activation", "gate", "slow_activation", "slow_gate"),
    [
        ("re", "hard", lambda x: np.maximum(x, 0), lambda x: np.clip(x + 3, 0, 6) / 6),
        ("sw", "sigmoid", lambda x: x / (1 + np.exp(-x)), lambda x: 1 / (1 + np.exp(-x))),
    ],
)
def test_squeeze_and_excitation_as_the_slow_twin_does(activation, gate, slow_activation, slow_gate):
    from squeezeseg.networks.blocks.squeeze_excite import SqueezeExcite

    torch.manual_seed(0)
    block = SqueezeExcite(8, 4, activation, gate)
    layers = [
        (conv.weight.detach().numpy()[:, :, 0, 0], conv.bias.detach().numpy()) for conv in (block.squeeze, block.excite)
    ]
    x = torch.randn(1, 8, 3, 5)
    expected = slow.squeezed_and_excited(x[0].numpy(), *layers, slow_activation, slow_gate)
    np.testing.assert_allclose(block(x)[0].detach(), expected, atol=1e-5)


def test_gate_of_lr_aspp_sees_what_the_slow_twin_does():
    torch.manual_seed(0)
    head = build(architecture("mobilenetv3-small+lraspp"), 4, Normalisation()).eval().head
    seen = {}
    head.gate.register_forward_pre_hook(lambda _, inputs: seen.update(x=inputs[0]))
    levels = architecture("mobilenetv3-small+lraspp").levels
    features = [torch.randn(1, level.channels, 4, 1024 // level.stride) for level in levels]
    with torch.no_grad():
        assert head(features).shape == (1, 4, 4, 1024)
    means = slow.local_means(features[-1][0].numpy(), head.window)
    np.testing.assert_allclose(seen["x"][0, :, 0], means, atol=1e-5)


def test_depthwise_convolutions_train_in_float32_under_autocast():
    block = build_block(Block.parse("sep_k3_c8"), 4, Form())
    with torch.autocast("cpu", torch.bfloat16):
        depthwise = block[0](torch.ones(1, 4, 3, 8))
        pointwise = block[1](depthwise)
    assert (depthwise.dtype, pointwise.dtype) == (torch.float32, torch.bfloat16)


def test_depthwise_convolutions_infer_in_the_precision_asked_for():
    block = build_block(Block.parse("sep_k3_c8"), 4, Form()).eval()
    with torch.autocast("cpu", torch.bfloat16):
        assert block[0](torch.ones(1, 4, 3, 8)).dtype == torch.bfloat16
