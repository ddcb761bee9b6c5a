"""What training may start from instead of random weights."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from data.labels import CLASSES
from projection import InputError
from squeezeseg.imagenet import start_from_imagenet
from squeezeseg.model_file import load_model
from squeezeseg.networks import build
from squeezeseg.networks.squeezeseg import SqueezeSeg


def initial_network(name: str, model: str, *, batch_norm: bool) -> nn.Module:
    """A network started from SqueezeNet's ImageNet weights (.h5), or from weights of ours (file or name).

    Ours have their batch norm folded in, so training goes on without: lower its rate to a tenth or less.

    Raises:
        InputError: the weights can't be read or don't fit.
    """
    if Path(name).suffix.lower() in (".h5", ".hdf5"):
        network = build(model, len(CLASSES), batch_norm=batch_norm)
        if not isinstance(network, SqueezeSeg):
            raise InputError(f"{name}: SqueezeNet's weights fit the model squeezeseg, not {model}")
        start_from_imagenet(network, Path(name))
        return network
    weights = load_model(name)
    if weights.card.model != model:
        raise InputError(f"{name}: weights of the model {weights.card.model}, not {model}; give --model too")
    network = build(model, len(CLASSES))
    try:
        network.load_state_dict({key: torch.from_numpy(value) for key, value in weights.part("network").items()})
    except RuntimeError:
        raise InputError(f"{name}: do not fit the network {model}; train them again") from None
    return network
