from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from helpers.models import fresh_network
from torch import nn

from squeezeseg.networks import ARCHITECTURES, Block
from squeezeseg.networks.batch_norm_folding import fold_batch_norm
from squeezeseg.networks.blocks import Form
from squeezeseg.networks.blocks.columns import fold_columns, unfold_columns
from squeezeseg.networks.blocks.context import ContextAggregation
from squeezeseg.networks.blocks.conv import ConvUnit
from squeezeseg.networks.blocks.fire import Fire
from squeezeseg.networks.build import build, with_mask
from squeezeseg.networks.normalisation import Normalisation

# The official layout: output channels, and by how much narrower than the input.
LAYERS = {
    "conv1": (64, 2),
    "skip": (64, 1),
    "fire2": (128, 4),
    "fire3": (128, 4),
    "fire4": (256, 8),
    "fire5": (256, 8),
    "fire6": (384, 16),
    "fire7": (384, 16),
    "fire8": (512, 16),
    "fire9": (512, 16),
    "fire10": (256, 8),
    "fire11": (128, 4),
    "fire12": (64, 2),
    "fire13": (64, 1),
    "conv14": (4, 1),
}
PLACES = {
    "conv1": "backbone.stages.0",
    "skip": "head.skip",
    "fire2": "backbone.stages.1.1",
    "fire3": "backbone.stages.1.2",
    "fire4": "backbone.stages.2.1",
    "fire5": "backbone.stages.2.2",
    "fire6": "backbone.stages.3.1",
    "fire7": "backbone.stages.3.2",
    "fire8": "backbone.stages.3.3",
    "fire9": "backbone.stages.3.4",
    "fire10": "head.steps.0",
    "fire11": "head.steps.1",
    "fire12": "head.steps.2",
    "fire13": "head.steps.3",
    "conv14": "head.classifier",
}
SQUEEZES = dict(zip((f"fire{k}" for k in range(2, 14)), (16, 16, 32, 32, 48, 48, 64, 64, 64, 32, 16, 16), strict=True))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return fresh_network("squeezeseg").eval()


@pytest.fixture(scope="module")
def shapes(network):
    """Each layer's output on a (1, 5, 3, 64) image."""
    seen = {}
    hooks = [
        network.get_submodule(PLACES[name]).register_forward_hook(
            lambda _m, _i, out, name=name: seen.update({name: out.shape})
        )
        for name in LAYERS
    ]
    with torch.no_grad():
        network(torch.zeros(1, 5, 3, 64))
    for hook in hooks:
        hook.remove()
    return seen


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_parameters(network):
    assert count(network) == 906_308


@pytest.mark.parametrize("classes", [2, 4, 20])
def test_parameters_grow_with_the_classes_in_the_last_layer_only(classes):
    assert count(fresh_network("squeezeseg", classes)) == 906_308 + (classes - 4) * (64 * 9 + 1)


@pytest.mark.parametrize(("height", "width"), [(1, 16), (16, 64), (3, 16), (64, 48), (2, 144)])
def test_output_is_as_large_as_the_input(network, height, width):
    with torch.no_grad():
        assert network(torch.zeros(2, 5, height, width))["logits"].shape == (2, 4, height, width)


@pytest.mark.parametrize("layer", LAYERS)
def test_channels_and_strides(shapes, layer):
    channels, stride = LAYERS[layer]
    assert shapes[layer] == (1, channels, 3, 64 // stride)


@pytest.mark.parametrize("layer", SQUEEZES)
def test_squeeze(network, layer):
    fire = network.get_submodule(PLACES[layer])
    assert isinstance(fire, Fire)
    assert fire.squeeze.conv.out_channels == SQUEEZES[layer]


@pytest.mark.parametrize("layer", ["fire10", "fire11", "fire12", "fire13"])
def test_deconvolutions_start_as_linear_interpolation(layer):
    fire = fresh_network("squeezeseg").get_submodule(PLACES[layer])
    deconv = fire.upsample.conv
    channels = deconv.in_channels
    x = torch.rand(1, channels, 2, 8)
    with torch.no_grad():
        out = deconv(x)
    expected = nn.functional.interpolate(x, scale_factor=(1, 2), mode="bilinear", align_corners=False)
    # The two outermost columns lean on what lies beyond the image, which is zero here.
    torch.testing.assert_close(out[..., 1:-1], expected[..., 1:-1])


def normed(name="squeezeseg", seed=0):
    """A network with batch norms that have seen something."""
    torch.manual_seed(seed)
    network = fresh_network(name, 4, batch_norm=True)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -1, 1)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return network.eval()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_folding_batch_norm_keeps_the_function(name):
    network = normed(name).double()
    folded = fold_batch_norm(network)
    x = torch.randn(1, network.architecture.inputs, 4, 32, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(folded(x)["logits"], network(x)["logits"], rtol=1e-10, atol=1e-10)


def test_folding_leaves_no_batch_norm():
    folded = fold_batch_norm(normed())
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert count(folded) == 906_308


def test_folding_works_on_a_copy_in_evaluation_mode():
    network = normed().train()
    before = copy.deepcopy(network.state_dict())
    folded = fold_batch_norm(network)
    assert not folded.training
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize("name", ["squeezeseg", "fast"])
def test_every_convolution_but_the_last_is_normed(name):
    network = fresh_network(name, 4, batch_norm=True)
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    units = [m for m in network.modules() if isinstance(m, ConvUnit)]
    assert all(isinstance(unit.norm, nn.BatchNorm2d) for unit in units)
    assert len(convolutions) == len(units) + 1


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_networks_by_name_keep_their_word_on_widths(name):
    network = fresh_network(name, 3).eval()
    width = network.width_multiple
    with torch.no_grad():
        image = torch.zeros(1, network.architecture.inputs, 2, width)
        assert network(image)["logits"].shape == (1, 3, 2, width)


@pytest.mark.parametrize(
    ("name", "parameters"), [("squeezeseg", 906_308), ("squeezesegv2", 911_896), ("fast", 320_320), ("fast1", 752_048)]
)
def test_parameters_of_networks_by_name(name, parameters):
    assert count(fresh_network(name, 4)) == parameters


def test_folding_columns_puts_neighbours_into_channels():
    x = torch.arange(8.0).reshape(1, 2, 1, 4)  # channel 0: 0 1 2 3, channel 1: 4 5 6 7
    folded = fold_columns(x, 2)
    assert folded.shape == (1, 4, 1, 2)
    assert folded[0, :, 0, 0].tolist() == [0, 4, 1, 5]
    assert folded[0, :, 0, 1].tolist() == [2, 6, 3, 7]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_unfolding_columns_undoes_folding(count):
    x = torch.rand(2, 3, 5, 16)
    assert torch.equal(unfold_columns(fold_columns(x, count), count), x)


def test_folding_columns_moves_nothing_where_channels_are_last():
    x = torch.rand(2, 3, 5, 16).to(memory_format=torch.channels_last)
    assert fold_columns(x, 4).data_ptr() == x.data_ptr()


NORMALISATIONS = pytest.mark.parametrize(
    "normalisation",
    [Normalisation(), Normalisation((0.0,) * 5, (1.0,) * 5), Normalisation((9.0, 0.0, -1.0, 0.3, 30.0), (2.0,) * 5)],
    ids=["SqueezeSeg's", "none", "another"],
)


@NORMALISATIONS
def test_mask_tells_returns_from_empty_pixels(normalisation):
    image = np.zeros((1, 5, 1, 3), np.float32)
    image[0, :, 0, 1] = 0.9, 0, 0, 0.5, 0.9  # the nearest return that a sensor gives
    image[0, :, 0, 2] = 60, 0, 0, 0, 60
    masked = with_mask(torch.from_numpy(normalisation(image)), normalisation.empty_range)
    assert masked.shape == (1, 6, 1, 3)
    assert masked[0, 5, 0].tolist() == [0, 1, 1]


@NORMALISATIONS
@pytest.mark.parametrize("name", ["squeezesegv2", "fast1"])
def test_a_network_tells_returns_from_empty_pixels_by_its_own_normalisation(normalisation, name):
    network = build(ARCHITECTURES[name], 4, normalisation).eval()
    image = np.zeros((1, 5, 2, 32), np.float32)
    image[0, :, 0, :7] = np.array([0.9, 0, 0, 0.5, 0.9]).reshape(5, 1)  # the nearest return that a sensor gives
    seen = []
    network.backbone.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        network(torch.from_numpy(normalisation(image)))
    assert torch.equal(seen[0][0, 5], torch.from_numpy((image[0, 4] > 0).astype(np.float32)))


def test_context_scales_by_what_lies_around():
    context = ContextAggregation(Block.parse("cam_d16"), 32, Form())
    x = torch.rand(1, 32, 4, 20)
    other = x.clone()
    other[..., 19] = 9
    with torch.no_grad():
        changed = (context(x) != context(other)).any(dim=(0, 1, 2))
    assert not changed[:16].any()
    assert changed[16:].all()
