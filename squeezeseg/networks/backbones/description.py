"""What a file of this folder says of a backbone: its stages, and the classifier that it was published with."""

from __future__ import annotations

from dataclasses import dataclass

from squeezeseg.networks.batch_norm import USUAL, BatchNorm


@dataclass(frozen=True)
class Backbone:
    """A published network, as block strings.

    name: for people. stages: block strings of each; their ends are the levels that heads of range images use.
    classifier: blocks behind the last stage, of the classification form alone.
    height, width: pixels of the RGB images that it was published for. classes: that it was published with.
    decoder: whether it was published to label pixels, with ESPNet's decoder and no classifier.
    norm: batch norm's numbers.
    """

    name: str
    stages: tuple[tuple[str, ...], ...]
    classifier: tuple[str, ...]
    height: int = 224
    width: int = 224
    classes: int = 1000
    decoder: bool = False
    norm: BatchNorm = USUAL


def logits(classes: int) -> tuple[str, ...]:
    """The usual end: mean of each channel, and a layer that sees all channels."""
    return "mean", f"conv_k1_c{classes}_bn0_id"
