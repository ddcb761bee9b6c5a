"""A small network as a container lists it, and the same function in PyTorch."""

from __future__ import annotations

import numpy as np

from helpers.models import card
from squeezeseg.weights import Model
from squeezeseg.weights.container import Container
from squeezeseg.weights.operations import Bytes, Constant, Operation, Operations
from squeezeseg.weights.stored_tensor import SCALE_UNIT, Floats, Uniform

FIRST, FOLDED, LAST = "network.first.weight", "network.folded.weight", "network.last.weight"
FOLD = 2


def operations(**fields) -> Operations:
    """A convolution that stays float, one of folded columns that is int8, and a transposed one that is int8 too."""
    conv = {"pads": [1, 1, 1, 1], "strides": [1, 1]}
    listed = [
        Operation(kind="Conv", takes=["scan", FIRST, "network.first.bias"], gives=["a"], given=conv),
        Operation(kind="Relu", takes=["a"], gives=["b"]),
        Operation(
            kind="Conv",
            takes=["b", FOLDED],
            gives=["c"],
            given={"pads": [1, 2, 1, 2], "strides": [1, FOLD], "group": 1},
        ),
        Operation(kind="Clip", takes=["c", "least", ""], gives=["d"]),
        Operation(kind="ConvTranspose", takes=["d", LAST], gives=["logits"], given={"strides": [1, FOLD]}),
    ]
    made = {
        "opset": 20,
        "width_multiple": FOLD,
        "operations": listed,
        "constants": {"least": Constant(kind="float32", shape=[], numbers=[0.0])},
        "gives": ["logits"],
        "folds": {FOLDED: FOLD},
        "int8": Bytes(values={"b": [0.0, 4.0], "d": [0.0, 4.0]}, weights=[FOLDED, LAST]),
    }
    return Operations(**made | fields)


def container(**fields) -> Container:
    rng = np.random.default_rng(0)
    step = np.array([0.05 / SCALE_UNIT], np.float16)
    tensors = {
        FIRST: Floats(rng.normal(0, 0.2, (16, 5, 3, 3)).astype(np.float32), half=False),
        "network.first.bias": Floats(rng.normal(0, 0.2, 16).astype(np.float32), half=False),
        FOLDED: Uniform(rng.integers(-4, 5, (16, 16 * FOLD, 3, 3)).astype(np.int16), step),
        LAST: Uniform(rng.integers(-4, 5, (16, 4, 1, FOLD)).astype(np.int16), step),
    }
    return Container(card("squeezeseg"), tensors, operations=operations(**fields))


def model(**fields) -> Model:
    made = container(**fields)
    return Model(made.card, made.decoded(), container=made)


def answers(images: np.ndarray) -> np.ndarray:
    """What PyTorch says for images (B, 5, H, W)."""
    import torch

    tensors = {name: torch.from_numpy(value) for name, value in container().decoded().items()}
    convolution, transposed = torch.nn.functional.conv2d, torch.nn.functional.conv_transpose2d
    first = convolution(torch.from_numpy(images), tensors[FIRST], tensors["network.first.bias"], padding=1).relu()
    batch, channels, height, width = first.shape
    folded = first.view(batch, channels, height, width // FOLD, FOLD).permute(0, 4, 1, 2, 3)
    folded = folded.reshape(batch, channels * FOLD, height, width // FOLD)
    return transposed(convolution(folded, tensors[FOLDED], padding=1).relu(), tensors[LAST], stride=(1, FOLD)).numpy()
