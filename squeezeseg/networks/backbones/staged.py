"""The backbone that an architecture's stages describe."""

from __future__ import annotations

from torch import Tensor, nn

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.blocks import Form, build_blocks


class StagedBackbone(nn.Module):
    """Stages of blocks, one after the other, each a level for the head.

    levels: channels and width stride of the input and of each stage's output.
    """

    def __init__(self, architecture: Architecture, form: Form) -> None:
        super().__init__()
        self.levels = architecture.levels
        self.stages = nn.ModuleList(
            build_blocks(blocks, level, form, self.levels[0].channels)
            for blocks, level in zip(architecture.blocks, self.levels, strict=False)
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """(B, C, H, W) -> features (B, channels, H, W / stride) of each level, the input first."""
        features = [x]
        for stage in self.stages:
            features.append(stage(features[-1], x))
        return features
