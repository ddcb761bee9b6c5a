"""Cards and fresh networks by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from data.labels import CLASSES
from squeezeseg import ModelCard
from squeezeseg.networks import ARCHITECTURES, Normalisation, architecture

if TYPE_CHECKING:
    from squeezeseg.networks.build import Network


def card(name: str = "squeezeseg", **fields) -> ModelCard:
    """A card of one of our architectures, or of SqueezeSeg's by another name."""
    known = ARCHITECTURES.get(name) or replace(ARCHITECTURES["squeezeseg"], name=name)
    return ModelCard(known, **{"normalisation": Normalisation.of(known.encoding), **fields})


def float_graph(name: str) -> bytes:
    """The .onnx file of embedded weights."""
    from squeezeseg import load_model
    from squeezeseg.graphs.run import graph_file

    file = graph_file(load_model(name), "float")
    assert file is not None
    return file.content or file.path.read_bytes()


def fresh_network(name: str, classes: int = len(CLASSES), *, batch_norm: bool = False) -> Network:
    """A network with random weights. Raises InputError for an unknown name."""
    from squeezeseg.networks.build import build  # brings PyTorch, which who wants a card alone may do without

    named = architecture(name)
    return build(named, classes, Normalisation.of(named.encoding), batch_norm=batch_norm)
