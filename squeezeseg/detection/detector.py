"""A trained SqueezeDet, from its file: pictures to labels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from data.atomic import atomic_write
from data.kitti.object_labels import ObjectLabel, flat_label
from projection import InputError
from squeezeseg.detection.decoding import found, predictions
from squeezeseg.detection.network_image import network_image
from squeezeseg.detection.squeezedet import CLASSES, VARIANTS, SqueezeDet

DRAWN = 0.4
"""Score from which a box is shown to people, as published."""
LEAST = 0.005
"""Score below which a box isn't written, as published."""


class DetectorCard(BaseModel):
    """What the file of a detector says of it, in its header. command: made it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["squeezeseg-detector/1"] = "squeezeseg-detector/1"
    model: Literal["squeezedet", "squeezedet+"]
    width: int = Field(ge=64, le=4096)
    height: int = Field(ge=64, le=4096)
    command: str = ""


@dataclass(frozen=True, eq=False)
class Detector:
    """A network with its weights, ready to detect.

    Example:
        >>> detector = Detector.load(Path("runs/detector/model.safetensors"))
        >>> [label.kind for label in detector(read_image(Path("000000.png")))]
        ['Car', 'Car', 'Pedestrian']
    """

    card: DetectorCard
    network: SqueezeDet

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file that `save_detector` wrote. Raises InputError if it is none, or damaged."""
        try:
            with safe_open(path, "pt") as file:
                card = DetectorCard.model_validate_json((file.metadata() or {})["card"])
                tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - no mapping
            network = SqueezeDet(VARIANTS[card.model], card.width, card.height)
            network.load_state_dict(tensors)
        except (SafetensorError, OSError, KeyError, ValueError, ValidationError, RuntimeError):
            raise InputError(f"{path}: no weights of 'squeezeseg detect train'; give its model.safetensors") from None
        if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
            raise InputError(f"{path}: damaged weights (NaN or infinite numbers); train again")
        return cls(card, network.eval())

    def __call__(self, pixels: NDArray[np.uint8], least: float = LEAST) -> list[ObjectLabel]:
        """The objects in a picture (H, W, 3), in its own pixels, best first. least: score that they need."""
        network = self.network
        size = network.width, network.height
        image = torch.from_numpy(network_image(pixels, *size))[None]
        with torch.inference_mode():
            outputs = predictions(network(image), len(CLASSES))
            anchors = torch.from_numpy(network.anchors).float()
            (boxes,) = found(outputs, anchors, size, least)
        height, width = pixels.shape[:2]
        rectangles = boxes.rectangles.copy()
        rectangles[:, 2:] += 1  # the edges, which scale
        rectangles *= np.array([width / size[0], height / size[1]] * 2)
        rectangles[:, 2:] -= 1
        return [
            flat_label(CLASSES[kind], (left, top, right, bottom), score)
            for (left, top, right, bottom), kind, score in zip(
                rectangles.tolist(), boxes.classes.tolist(), boxes.scores.tolist(), strict=True
            )
        ]


def save_detector(path: Path, network: SqueezeDet, command: str) -> None:
    """Write a trained network. Raises InputError if the file can't be written."""
    name: Literal["squeezedet", "squeezedet+"] = "squeezedet" if network.variant.name == "squeezedet" else "squeezedet+"
    card = DetectorCard(model=name, width=network.width, height=network.height, command=command)
    tensors: dict[str, Tensor] = {key: value.cpu().contiguous() for key, value in network.state_dict().items()}
    with atomic_write(path, durable=True) as file:
        file.write(save(tensors, {"card": json.dumps(card.model_dump())}))
