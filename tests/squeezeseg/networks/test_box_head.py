"""The head for boxes beside the labels' own."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from data.labels import CLASSES
from squeezeseg.networks import ARCHITECTURES, Architecture, Normalisation
from squeezeseg.networks.box_cells import outputs
from squeezeseg.networks.build import build

BOXED = replace(ARCHITECTURES["fast"], boxes=16)


def network(architecture):
    torch.manual_seed(3)
    made = build(architecture, len(CLASSES), Normalisation.of(architecture.encoding)).eval()
    for one in made.parameters():
        torch.nn.init.normal_(one, 0, 0.1)
    return made


@pytest.mark.parametrize("height", [4, 5])
def test_a_cell_is_two_rows_high_and_as_wide_as_what_is_folded_first(height):
    found = network(BOXED)(torch.randn(1, 8, height, 64))
    assert {name: tuple(value.shape) for name, value in found.items()} == {
        "logits": (1, 4, height, 64),
        "boxes": (1, outputs(4), -(-height // 2), 8),
    }


def test_labels_are_the_same_with_and_without_it():
    with_boxes, without = network(BOXED), network(ARCHITECTURES["fast"])
    without.load_state_dict({k: v for k, v in with_boxes.state_dict().items() if not k.startswith("boxes.")})
    x = torch.randn(1, 8, 4, 64)
    assert torch.equal(with_boxes(x)["logits"], without(x)["logits"])


def test_a_turned_scan_has_its_cells_turned():
    made, turn = network(BOXED), 512
    x = torch.randn(1, 8, 4, turn)
    # As many columns of the other end as it sees, and more, at either side.
    around = lambda image: torch.cat([image] * 3, -1)  # noqa: E731
    cells = slice(turn // 8, 2 * turn // 8)
    plain = made(around(x))["boxes"][..., cells]
    turned = made(around(x.roll(32, -1)))["boxes"][..., cells]
    torch.testing.assert_close(turned, plain.roll(4, -1), atol=1e-5, rtol=1e-4)


def test_a_card_has_no_word_of_boxes_where_there_are_none():
    assert "boxes" not in ARCHITECTURES["fast"].as_dict()
    assert Architecture.from_dict(BOXED.as_dict()) == BOXED


@pytest.mark.parametrize(("name", "boxes"), [("fast", -1), ("fast", 1 << 20), ("squeezeseg", 8), ("fast1", 8)])
def test_heads_for_boxes_that_there_cannot_be(name, boxes):
    with pytest.raises(ValueError, match="boxes"):
        replace(ARCHITECTURES[name], boxes=boxes)
