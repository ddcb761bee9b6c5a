"""SqueezeSeg's head: fire-deconv modules that double the width, each with the level of its width added."""

from __future__ import annotations

from torch import Tensor, nn

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.blocks import Form, build_block
from squeezeseg.networks.blocks.conv import ConvUnit
from squeezeseg.networks.initialise import initialise, initialise_classifier


class FireDeconv(nn.Module):
    """A step of the architecture's head for each level, then a 3x3 convolution to the classes (Wu et al., fig. 3).

    The input, which is the last level added, gets its channels by a 1x1 convolution, and so does a level that has
    others than the step gives.
    """

    def __init__(self, architecture: Architecture, classes: int, form: Form) -> None:
        super().__init__()
        _, *finer, level = architecture.levels
        name, blocks, steps, laterals = architecture.name, architecture.head_blocks, [], []
        for block in blocks:
            steps.append(build_block(block, level.channels, form))
            level = block.after(level)
            if finer:
                fine = finer.pop()
                if level.stride != fine.stride:
                    raise ValueError(f"architecture {name!r}: {block} ends at stride {level.stride}, not {fine.stride}")
                same = level.channels == fine.channels
                laterals.append(
                    nn.Identity() if same else ConvUnit(nn.Conv2d(fine.channels, level.channels, 1), form.batch_norm)
                )
        if level.stride != 1:
            raise ValueError(f"architecture {name!r}: its head ends at stride {level.stride}, not 1")
        if len(blocks) != len(architecture.stages):
            raise ValueError(f"architecture {name!r}: its head needs {len(architecture.stages)} steps")
        self.steps, self.laterals = nn.ModuleList(steps), nn.ModuleList(laterals)
        self.skip = ConvUnit(nn.Conv2d(architecture.levels[0].channels, level.channels, 1), form.batch_norm)
        self.dropout = nn.Dropout2d(architecture.dropout)
        self.classifier = nn.Conv2d(level.channels, classes, 3, padding=1)
        initialise(self)
        initialise_classifier(self.classifier)

    def forward(self, features: list[Tensor]) -> Tensor:
        """Features of each level, the input first -> logits (B, classes, H, W)."""
        image, *finer, x = features
        beside = [lateral(feature) for lateral, feature in zip(self.laterals, reversed(finer), strict=True)]
        for step, feature in zip(self.steps, [*beside, self.skip(image)], strict=True):
            x = step(x) + feature
        return self.classifier(self.dropout(x))  # type: ignore[no-any-return]
