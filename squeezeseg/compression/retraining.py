"""A compressed network trained on, as what its file will keep of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils import parametrize

from squeezeseg.compression.parametrizations import EqualSteps, HeldZeros, LearnedSteps, SharedValues
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.networks.build import Network
from squeezeseg.training.loop import train_network
from squeezeseg.training.run import Progress
from squeezeseg.training.samples import SampleStore
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights import Model
from squeezeseg.weights.container import Container
from squeezeseg.weights.stored_tensor import Floats, Shared, StoredTensor, Uniform

RETRAINING: Mapping[str, Any] = {
    "steps": 200,
    "rate": 2e-4,
    "warm_up": 20,
    "decay": 0.0,
    "average": 0.99,
    "batch_norm": False,
    "crf_steps": 0,
    "checkpoint_every": 50,
}
"""The settings of training that differ from its defaults. No decay: it would pull on codes and shared values."""
_PREFIX = "network."


def retrain(
    model: Model,
    container: Container,
    settings: TrainSettings,
    store: SampleStore,
    folder: Path,
    *,
    learn_steps: Mapping[str, int] | None = None,
    kept: Mapping[str, NDArray[np.bool_]] | None = None,
    teacher: Model | None = None,
    price: float = 0.0,
    command: str = "",
    on_step: Callable[[Progress], None] | None = None,
) -> Container:
    """Train a container's network on, taught by the model that it was made of, or by another, beside the labels.

    Zeros of shared values stay zeros. A checkpoint in `folder` is gone on from.

    learn_steps: bits of a code by tensor, for learned steps (LSQ); None for steps that stay.
    kept: by tensor that isn't codes, True where it isn't pruned: the others are zero, and stay so.
    teacher: None for `model`.
    price: of equal steps, squared error in steps that a code must save to become another than in the container.

    Raises:
        InputError: the folder holds a checkpoint of another run, or can't be written; the loss is not finite.
    """
    init = parametrized(model, container.tensors, learn_steps, kept, price)
    card = replace(model.card, command=command or model.card.command, scores={}, file="", checksum="")
    network, _ = train_network(settings, store, folder, card, init=init, teachers=[teacher or model], on_step=on_step)
    return Container(card, {**container.tensors, **stored_tensors(network)}, container.codec)


def parametrized(
    model: Model,
    stored: Mapping[str, StoredTensor],
    learn_steps: Mapping[str, int] | None = None,
    kept: Mapping[str, NDArray[np.bool_]] | None = None,
    price: float = 0.0,
) -> Network:
    """A model's network with parametrizations for the layers that are kept as codes, or pruned; see `retrain`."""
    network = load_network(model)
    for name, one in stored.items():
        layer, _, parameter = name.removeprefix(_PREFIX).rpartition(".")
        rule: nn.Module
        match one:
            case Shared():
                rule = SharedValues(one)
            case Uniform():
                rule = EqualSteps(one, price) if learn_steps is None else LearnedSteps(one, learn_steps[name])
            case Floats():
                if kept is None or name not in kept:
                    continue
                rule = HeldZeros(kept[name])
        parametrize.register_parametrization(network.get_submodule(layer), parameter, rule, unsafe=True)
    return network


def stored_tensors(network: nn.Module) -> dict[str, StoredTensor]:
    """What a file keeps of a network: by the names of `Model`, in no particular order."""
    stored: dict[str, StoredTensor] = {}
    for name, layer in network.named_modules():
        if isinstance(layer, parametrize.ParametrizationList):
            owner, _, parameter = name.rpartition(".parametrizations.")
            count = 0 if layer.is_tensor else layer.ntensors
            originals = [getattr(layer, f"original{k}") for k in range(count)] or [layer.original]
            rule = layer[0]
            assert isinstance(rule, SharedValues | EqualSteps | LearnedSteps | HeldZeros)
            stored[f"{_PREFIX}{owner}.{parameter}"] = rule.stored(*originals)
    for name, value in network.state_dict().items():
        if ".parametrizations." not in f".{name}":
            stored[_PREFIX + name] = Floats(value.float().cpu().numpy().astype(np.float32))
    return stored
