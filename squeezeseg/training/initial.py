"""What training may start from instead of random weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from data.labels import CLASSES
from projection import InputError
from squeezeseg.networks import build
from squeezeseg.networks.squeezeseg import SqueezeSeg
from squeezeseg.training.imagenet import start_from_imagenet
from squeezeseg.weights.model_file import Model, load_model

SHIPPED = "shipped"
"""Stands for the embedded weights of the model that is trained."""


def is_ours(name: str) -> bool:
    """Whether training would start from weights of ours, and not from SqueezeNet's."""
    return Path(name).suffix.lower() not in (".h5", ".hdf5")


def carry_over(trained: Model, name: str) -> Model:
    """Weights after fine-tuning: the network's new ones; CRF, objects and temperature of the weights it started from.

    Few real scans can adapt a network, but say little about how certain it is and how objects look.
    """
    start = load_model(trained.card.model if name == SHIPPED else name)
    tensors = {**start.tensors, **{key: value for key, value in trained.tensors.items() if key.startswith("network.")}}
    card = replace(start.card, command=trained.card.command, scores={}, file="", checksum="")
    return Model(card, tensors)


def initial_network(name: str, model: str, *, batch_norm: bool) -> nn.Module:
    """A network started from SqueezeNet's ImageNet weights (.h5), or from weights of ours (file or name).

    Ours have their batch norm folded in, so training goes on without: lower its rate to a tenth or less.

    Raises:
        InputError: the weights can't be read or don't fit.
    """
    if not is_ours(name):
        network = build(model, len(CLASSES), batch_norm=batch_norm)
        if not isinstance(network, SqueezeSeg):
            raise InputError(f"{name}: SqueezeNet's weights fit the model squeezeseg, not {model}")
        start_from_imagenet(network, Path(name))
        return network
    weights = load_model(model if name == SHIPPED else name)
    if weights.card.model != model:
        raise InputError(f"{name}: weights of the model {weights.card.model}, not {model}; give --model too")
    network = build(model, len(CLASSES))
    try:
        network.load_state_dict({key: torch.from_numpy(value) for key, value in weights.part("network").items()})
    except RuntimeError:
        raise InputError(f"{name}: do not fit the network {model}; train them again") from None
    return network
