"""Architectures: their strings, their levels, and what of them can be built."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from helpers.models import fresh_network
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from projection import InputError
from squeezeseg.networks import ARCHITECTURES, Architecture, Block, Level, Normalisation, architecture
from squeezeseg.networks.batch_norm_folding import fold_batch_norm
from squeezeseg.networks.block import ACTIVATIONS, KINDS, MAX_OPTION
from squeezeseg.networks.blocks import BUILDERS
from squeezeseg.networks.build import build

VALUES = {"k": st.integers(0, 5).map(lambda k: 2 * k + 1), "b": st.integers(0, 1), "bn": st.integers(0, 1)}
REQUIRED = {
    "conv": "c", "fire": "qe", "fireup": "qe", "sep": "c", "ir": "c", "shuffle": "gc", "split": "c", "esp": "c",
    "espdown": "c", "eesp": "cd", "fold": "n", "cam": "d",
}  # fmt: skip


@st.composite
def blocks(draw):
    """Any block that can be written."""
    kind = draw(st.sampled_from(list(KINDS)))
    required = list(REQUIRED.get(kind, ""))
    others = st.lists(st.sampled_from(KINDS[kind].options), unique=True) if KINDS[kind].options else st.just([])
    names = draw(others.map(lambda found: [*required, *found]))
    names = draw(st.permutations(list(dict.fromkeys(names))))
    options = tuple((name, draw(VALUES.get(name, st.integers(1, MAX_OPTION.get(name, 999))))) for name in names)
    return Block(kind, options, draw(st.sampled_from(ACTIVATIONS if KINDS[kind].activated else ["re"])))


@given(blocks())
def test_a_block_is_what_its_string_says(block):
    assert Block.parse(str(block)) == block


@pytest.mark.parametrize(
    "text", sorted({text for one in ARCHITECTURES.values() for stage in (*one.stages, one.head[1:]) for text in stage})
)
def test_strings_of_our_architectures_are_written_as_they_are_read(text):
    assert str(Block.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "option", "value"),
    [
        ("conv_k5_s2_c64", "k", 5),
        ("conv_k5_s2_c64", "c", 64),
        ("conv_c64", "k", 3),
        ("conv_c64", "s", 1),
        ("conv_c64", "r", 1),
        ("conv_c64", "b", 1),
        ("conv_c64_b0", "b", 0),
        ("fire_q16_e64_bn0", "bn", 0),
        ("res", "k", 3),
    ],
)
def test_options_and_their_defaults(text, option, value):
    assert Block.parse(text)[option] == value


@pytest.mark.parametrize(
    ("text", "activation"),
    [
        ("conv_c8", "re"),
        ("conv_c8_re", "re"),
        ("conv_id_c8", "id"),
        ("res_r6_re6", "re6"),
        ("fire_q4_e8_pr", "pr"),
    ],
)
def test_activations(text, activation):
    assert Block.parse(text).activation == activation


def test_repeats_are_no_activation():
    assert Block.parse("res_r6")["r"] == 6
    assert Block.parse("res_r6").activation == "re"


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bias", [0, 1])
def test_blocks_choose_activation_bias_and_batch_norm_and_are_folded(activation, bias):
    stage = (f"conv_c8_b{bias}_{activation}", f"res_b{bias}_{activation}", f"fire_q4_e4_b{bias}_{activation}")
    one = Architecture("small", (("fold_n2", *stage), ("fold_n2", "conv_c8_bn0")), ("unfold", "res"))
    torch.manual_seed(0)
    network = build(one, 3, Normalisation(), batch_norm=True)
    images = torch.randn(2, 5, 4, 16)
    network.train()(images)  # the norms see something
    folded = fold_batch_norm(network)
    torch.testing.assert_close(folded(images)["logits"], network.eval()(images)["logits"])
    build(one, 3, Normalisation()).load_state_dict(folded.state_dict())
    assert isinstance(network.backbone.stages[1][1].norm, nn.Identity)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "block '': unknown kind ''; there are conv, res, fire, fireup, sep, ir,"),
        ("dense_c4", "block 'dense_c4': unknown kind 'dense'"),
        ("Conv_c4", "unknown kind 'Conv'"),
        ("conv", "block 'conv': needs c"),
        ("conv_k3", "needs c"),
        ("fire", "block 'fire': needs q and e"),
        ("fire_q16", "needs e"),
        ("fold", "needs n"),
        ("cam", "needs d"),
        ("conv_c4_q8", "block 'conv_c4_q8': 'q8' is no option of conv, which has k c s g b bn p r"),
        ("conv_c4_c8", "'c8' is no option of conv"),
        ("conv_c", "'c' is no option of conv"),
        ("conv_c-4", "'c-4' is no option of conv"),
        ("conv_c4.5", "'c4.5' is no option of conv"),
        ("conv_c4_", "'' is no option of conv"),
        ("conv c4", "unknown kind 'conv c4'"),
        ("conv_c4_gelu", "'gelu' is no option of conv"),
        ("pool_s2_hs", "'hs' is no option of pool"),
        ("conv_c0", "block 'conv_c0': options must be 1 or more"),
        ("conv_c4_s0", "options must be 1 or more"),
        ("res_r0", "options must be 1 or more"),
        ("conv_c4_k2", "block 'conv_c4_k2': k must be odd, for images to keep their size"),
        ("pool_k4_s2", "k must be odd"),
    ],
)
def test_strings_that_are_no_block(text, complaint):
    with pytest.raises(ValueError) as caught:
        Block.parse(text)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "channels", "stride"),
    [
        ("conv_c32", 32, 4),
        ("conv_c32_s2", 32, 8),
        ("res_r3", 6, 4),
        ("fire_q4_e16", 32, 4),
        ("fireup_q4_e16", 32, 2),
        ("pool_k3_s2", 6, 8),
        ("fold_n3", 18, 12),
        ("cam_d2", 6, 4),
    ],
)
def test_features_behind_a_block(text, channels, stride):
    assert Block.parse(text).after(Level(6, 4)) == Level(channels, stride)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_built(kind):
    assert kind in BUILDERS or kind == "eesp"  # which sees the image


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("squeezeseg", [(5, 1), (64, 2), (128, 4), (256, 8), (512, 16)]),
        ("squeezesegv2", [(6, 1), (64, 2), (128, 4), (256, 8), (512, 16)]),
        ("fast", [(8, 1), (32, 8), (32, 16), (64, 32)]),
        ("fast1", [(6, 1), (32, 4), (64, 8), (128, 16)]),
    ],
)
def test_levels(name, levels):
    one = architecture(name)
    assert list(one.levels) == levels
    assert one.width_multiple == levels[-1][1]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_features_are_those_of_the_levels(name):
    network = fresh_network(name).eval()
    width = 2 * network.width_multiple
    channels = network.architecture.levels[0].channels
    with torch.no_grad():
        features = network.backbone(torch.zeros(1, channels, 3, width))
    assert [tuple(feature.shape) for feature in features] == [
        (1, level.channels, 3, width // level.stride) for level in network.architecture.levels
    ]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_comes_back_from_json(name):
    one = replace(architecture(name), dropout=0.25)
    assert Architecture.from_dict(json.loads(json.dumps(one.as_dict()))) == one


def test_batch_norm_comes_back_from_json_and_cards_without_it_stay_as_they_were():
    one = architecture("mobilenetv3-small")
    assert Architecture.from_dict(json.loads(json.dumps(one.as_dict()))) == one
    assert "norm" not in architecture("squeezeseg").as_dict()


def test_an_architecture_can_be_a_key():
    assert len({replace(one) for one in (*ARCHITECTURES.values(), *ARCHITECTURES.values())}) == len(ARCHITECTURES)


FAST = ARCHITECTURES["fast"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"stages": ()}, "architecture 'fast': needs a head, and a block in each stage"),
        ({"stages": (("conv_c8",), ())}, "a block in each stage"),
        ({"head": ()}, "needs a head"),
        ({"dropout": 1.0}, "dropout must be 0 to 1, got 1.0"),
        ({"dropout": -0.1}, "dropout must be 0 to 1"),
        ({"stages": (("conv",),)}, "block 'conv': needs c"),
        ({"head": ("unfold", "merge")}, "block 'merge': unknown kind"),
        ({"stages": (("espdown_c640_n1000",),)}, "over 1,073,741,824 weights"),
    ],
)
def test_what_is_no_architecture(change, complaint):
    with pytest.raises(ValueError) as caught:
        replace(FAST, **change)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("fields", [{}, {"name": "a"}, {**FAST.as_dict(), "tail": 1}])
def test_fields_that_are_no_architecture(fields):
    with pytest.raises(TypeError):
        Architecture.from_dict(fields)


def test_an_unknown_name_says_where_the_known_ones_are():
    with pytest.raises(InputError, match="'xyz': there is none of this name; 'squeezeseg models' lists all"):
        architecture("xyz")


STEPS = ARCHITECTURES["squeezeseg"].head[1:]


@pytest.mark.parametrize(
    ("name", "head", "complaint"),
    [
        ("fast1", ("linear",), "fast1: unknown head 'linear'; use one of fire_deconv, unfold"),
        ("squeezeseg", ("fire_deconv", *STEPS[:-1]), "'squeezeseg': its head ends at stride 2, not 1"),
        ("squeezeseg", ("fire_deconv",), "its head ends at stride 16, not 1"),
        ("squeezeseg", ("fire_deconv", *STEPS, STEPS[-1]), "its head ends at stride 0, not 1"),
        ("squeezeseg", ("fire_deconv", *STEPS, "res"), "its head needs 4 steps"),
        ("squeezeseg", ("fire_deconv", "res", *STEPS[1:]), "res ends at stride 16, not 8"),
        ("squeezeseg", ("espnet",), "ESPNet's head needs three levels, at strides 2, 4 and 8, not 2, 4, 8, 16"),
        ("fast1", ("unfold", "conv_c64"), "'fast1': its head needs 2 merging blocks"),
        ("fast1", ("unfold", "conv_c64", "res", "res"), "its head needs 2 merging blocks"),
        ("fast1", ("unfold", "conv_c32", "res"), "conv_c32 must keep 64 channels"),
    ],
)
def test_heads_that_cannot_be_built(name, head, complaint):
    with pytest.raises(InputError) as caught:
        build(replace(ARCHITECTURES[name], head=head), 4, Normalisation())
    assert complaint in str(caught.value)


def test_a_new_architecture_is_a_description_alone():
    tiny = Architecture("tiny", (("fold_n8", "conv_c32_bn0", "res_r2_b0"),), ("unfold",), mask=True)
    network = build(tiny, 3, Normalisation(), batch_norm=True).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 5, 2, 8))["logits"].shape == (1, 3, 2, 8)
