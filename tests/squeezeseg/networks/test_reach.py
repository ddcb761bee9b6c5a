"""How far a network sees: never further than its reach says."""

from __future__ import annotations

import pytest
import torch

from squeezeseg.networks import Architecture, Normalisation, architecture
from squeezeseg.networks.build import build
from squeezeseg.networks.reach import reach

TINY = {
    "convolutions": Architecture("a", (("conv_k5_s2_c8",), ("conv_k3_c8_s2", "res")), ("unfold", "res")),
    "depthwise": Architecture("b", (("sep_k3_c8_s2", "ir_k5_c8_e2"),), ("fire_deconv", "fireup_q4_e8")),
    "shuffled": Architecture("c", (("conv_k3_c8_s2", "shuffle_g2_c8", "split_c8"),), ("fire_deconv", "fireup_q4_e8")),
    "dilated": Architecture("e", (("fold_n2", "conv_k3_c16", "eesp_c16_d1234", "eesp_c32_s2_d2113"),), ("unfold",)),
    "context": Architecture("d", (("fold_n2", "conv_k3_c16", "cam_d4", "norm"),), ("unfold",)),
}


def seen(one, width, at):
    """First and last column of the answer that one column of the input has a say in."""
    torch.manual_seed(0)
    network = build(one, 2, Normalisation()).eval()
    image = torch.zeros(1, one.inputs, 3, width)
    image[..., at] = torch.nan
    with torch.no_grad():
        columns = network(image)["logits"].isnan().any(dim=(0, 1, 2)).nonzero()
    return columns.min().item(), columns.max().item()


@pytest.mark.parametrize(
    "one",
    [*TINY.values(), *map(architecture, ("fast", "fast1", "squeezeseg", "squeezenet1.1+fire", "mobilenetv1+lraspp"))],
)
def test_nothing_is_seen_beyond_the_reach(one):
    far = reach(one)
    width = -(-2 * far // one.width_multiple + 4) * one.width_multiple
    for at in (width // 2, width // 2 + 1, width // 2 + one.width_multiple - 1):
        first, last = seen(one, width, at)
        assert at - far <= first <= last <= at + far
        assert 2 * (last - first) > far  # and not much less than it


@pytest.mark.parametrize("name", ["mobilenetv3-small+fire", "espnet-c+espnet", "espnetv2+lraspp"])
def test_networks_that_see_the_whole_image_or_nobody_knows(name):
    with pytest.raises(ValueError, match="known"):
        reach(architecture(name))
