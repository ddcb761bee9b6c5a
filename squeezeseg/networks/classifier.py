"""The classification form of a backbone: as published, which proves that the definition is the published one."""

from __future__ import annotations

from functools import reduce

from torch import Tensor, nn

from squeezeseg.networks.backbones.description import Backbone
from squeezeseg.networks.block import Block, Level
from squeezeseg.networks.blocks import Form, Stage, build_blocks
from squeezeseg.networks.blocks.norm import set_batch_norm
from squeezeseg.networks.heads.espnet import EspDecoder
from squeezeseg.networks.initialise import initialise

RGB = 3


class Classifier(nn.Module):
    """A backbone and what it was published with, a classifier or a decoder of pixels; strides along both axes."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        form = Form(batch_norm=True, square=True)
        levels, stages = [Level(RGB, 1)], list[Stage]()
        for texts in (*backbone.stages, backbone.classifier):
            blocks = [Block.parse(text) for text in texts]
            stages.append(build_blocks(blocks, levels[-1], form, RGB))
            levels.append(reduce(lambda level, block: block.after(level, RGB), blocks, levels[-1]))
        self.stages, self.end = nn.ModuleList(stages[:-1]), stages[-1]
        initialise(self)
        self.decoder = EspDecoder(levels[:-1], backbone.classes, form) if backbone.decoder else None
        set_batch_norm(self, backbone.norm)

    def forward(self, x: Tensor) -> Tensor:
        """RGB images (B, 3, H, W) -> logits (B, classes, H', W'), which are one by one behind a mean."""
        features = [x]
        for stage in self.stages:
            features.append(stage(features[-1], x))
        return self.end(features[-1], x) if self.decoder is None else self.decoder(features)  # type: ignore[no-any-return]
