"""Starts of training other than random weights: weights of ours, or SqueezeNet's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from data.labels import CLASSES
from projection import InputError
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.networks import ARCHITECTURES, Architecture, architecture
from squeezeseg.networks.build import Network, build
from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.training.imagenet import start_from_imagenet
from squeezeseg.weights import Model, load_weights

SHIPPED = "shipped"
"""Stands for the embedded weights of the model that is trained."""


def is_ours(name: str) -> bool:
    """True if training would start from weights of ours, and not from SqueezeNet's."""
    return Path(name).suffix.lower() not in (".h5", ".hdf5")


def carry_over(trained: Model, name: str) -> Model:
    """Weights after fine-tuning: a new network; CRF, object classifier and temperature of the start.

    Few real scans can adapt a network, but say little about how certain it is and how objects look.
    """
    start = load_weights(trained.card.model if name == SHIPPED else name)
    tensors = {**start.tensors, **{key: value for key, value in trained.tensors.items() if key.startswith("network.")}}
    card = replace(start.card, command=trained.card.command, scores={}, file="", checksum="")
    return Model(card, tensors)


def initial_network(name: str, model: str, *, batch_norm: bool) -> Network:
    """A network started from SqueezeNet's ImageNet weights (.h5), or from weights of ours (file or name).

    Ours have their batch norm folded in, so training goes on without: lower its rate to a tenth or less.

    Raises:
        InputError: the weights can't be read or don't fit.
    """
    if not is_ours(name):
        named = architecture(model)
        network = build(named, len(CLASSES), Normalisation.of(named.encoding), batch_norm=batch_norm)
        start_from_imagenet(network, Path(name))
        return network
    weights = load_weights(model if name == SHIPPED else name)
    found, named = weights.card.architecture, architecture(model)
    if replace(found, name=named.name) != named:
        raise InputError(f"{name}: weights of the model {_todays_name(found)}, not {model}; give --model too")
    return load_network(weights)


def _todays_name(found: Architecture) -> str:
    """The name that an architecture has today: weights called 'fast' may be of what is called fast1."""
    known = (one.name for one in ARCHITECTURES.values() if replace(found, name=one.name) == one)
    return next(known, found.name)
