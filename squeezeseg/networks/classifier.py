"""The classification form of a backbone: as published, which proves that the definition is the published one."""

from __future__ import annotations

from torch import Tensor, nn

from squeezeseg.networks.backbones.description import Backbone
from squeezeseg.networks.block import Block, Level
from squeezeseg.networks.blocks import Form, build_blocks
from squeezeseg.networks.initialise import initialise

RGB = 3


class Classifier(nn.Module):
    """A backbone and its published classifier, strides along both axes."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        blocks = [Block.parse(text) for stage in (*backbone.stages, backbone.classifier) for text in stage]
        self.layers = build_blocks(blocks, Level(RGB, 1), Form(batch_norm=True, square=True), RGB)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """RGB images (B, 3, H, W) -> logits (B, classes, H', W'), which are one by one behind a mean."""
        return self.layers(x, x)  # type: ignore[no-any-return]
