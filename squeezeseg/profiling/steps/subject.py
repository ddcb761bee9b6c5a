"""What is profiled: a network by name, or one from a file of weights, and the graphs that engines run of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from projection import InputError
from projection.cache_folder import cache_folder
from squeezeseg.engines.blob_cache import BlobCache
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.graphs import load_model
from squeezeseg.graphs.onnx_export import export_onnx, onnx_of
from squeezeseg.graphs.quantize import quantize
from squeezeseg.networks import Architecture, Block, Normalisation, architecture, zoo
from squeezeseg.networks.build import build
from squeezeseg.networks.classifier import Classifier
from squeezeseg.profiling.counting import HEIGHT, count
from squeezeseg.profiling.layer import CONVOLUTIONS, Layers
from squeezeseg.profiling.steps.execution import image_of
from squeezeseg.profiling.steps.graph_nodes import nodes_of_layers
from squeezeseg.weights import Model, ModelCard, shipped_models
from squeezeseg.weights.model import SUFFIXES

_SEED = 0
_CALIBRATION_IMAGES = 2


@dataclass(frozen=True, eq=False)
class Subject:
    """A network to profile.

    name: as it was asked for. layers: counted. blocks: block strings by the path of the module that each became.
    model: None where it is a classification form. trained: whether its weights are, rather than fresh ones, which take
    as long.
    """

    name: str
    layers: Layers
    blocks: Mapping[str, str]
    model: Model | None = None
    trained: bool = False

    def module(self) -> nn.Module:
        """The network with its weights, in evaluation mode, of normalised images to logits."""
        if self.model is not None:
            return load_network(self.model)
        torch.manual_seed(_SEED)
        return Classifier(zoo.backbone(self.name)).eval()

    def graph(self, precision: str, folder: Path) -> tuple[Path, dict[str, int]]:
        """A graph for engines, written into a folder, and the layer of each of its nodes by name.

        Raises:
            InputError: there is no such graph of it.
        """
        path = folder / "network.onnx"
        cache = BlobCache(cache_folder("profile"))
        if self.model is None:
            if precision == "int8":
                raise InputError(f"{self.name}: int8 is for range images; leave out --classification or --precision")
            path.write_bytes(onnx_of(self.module(), {"image": self.layers.image}, ["logits"]).SerializeToString())
            return path, nodes_of_layers(path, self.layers)
        key = self.model.card.checksum
        nodes = dict[str, int]()
        if (blob := cache.load(f"{key}.onnx")) is not None:
            path.write_bytes(blob)
            nodes = nodes_of_layers(path, self.layers)
        # A graph that another version of this program made may have other names.
        if not _all(nodes, self.layers):
            export_onnx(self.model, path)
            cache.store(f"{key}.onnx", path.read_bytes())
            nodes = nodes_of_layers(path, self.layers)
        return (path if precision != "int8" else self._quantized(path, cache)), nodes

    def _quantized(self, path: Path, cache: BlobCache) -> Path:
        """The int8 graph of a float one, calibrated on noise: its ranges are of no use, and no time depends on them."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        quantized = path.with_suffix(".xml")
        files = [quantized.with_suffix(suffix) for suffix in (".bin", ".xml")]
        blobs = [cache.load(f"{digest}{file.suffix}") for file in files]
        if None not in blobs:
            for file, blob in zip(files, blobs, strict=True):
                file.write_bytes(blob or b"")
            return quantized
        quantize(path, [image_of(self.layers.image)] * _CALIBRATION_IMAGES, quantized)
        for file in files:
            cache.store(f"{digest}{file.suffix}", file.read_bytes())
        return quantized


def classification(name: str) -> Subject:
    """A backbone as it was published. Raises InputError if there is none of this name."""
    try:
        backbone = zoo.backbone(name)
        layers = count(backbone)
    except ValueError as error:
        raise InputError(f"--classification: {error}; 'squeezeseg models' lists all") from None
    end = {path.replace("end.0", "end"): text for path, text in _blocks("end", [backbone.classifier]).items()}
    return Subject(name, layers, _blocks("stages", backbone.stages) | end)


def for_range_images(name: str, width: int) -> Subject:
    """A network for range images of so many columns, batch norm folded away.

    name: weights that are shipped, a file of weights, or a network of the registry or the zoo, which gets fresh
    weights.

    Raises:
        InputError: there is none, or it can't be built.
    """
    if Path(name).suffix in SUFFIXES or name in shipped_models():
        model = load_model(name)
        network = model.card.architecture
        return Subject(name, count(network, HEIGHT, width), _of_network(network), model, trained=True)
    if Path(name).suffix in (".onnx", ".xml"):
        raise InputError(f"{name}: a graph; give the .safetensors that it was made of")
    if zoo.for_pictures(name):
        raise InputError(f"{name}: is for pictures alone; add --classification")
    return fresh(architecture(name), width)


def fresh(network: Architecture, width: int, height: int = HEIGHT) -> Subject:
    """An architecture with fresh weights, always the same. Raises InputError if it can't be built."""
    return Subject(network.name, count(network, height, width), _of_network(network), fresh_model(network))


def fresh_model(network: Architecture) -> Model:
    """Fresh weights of an architecture, always the same. Raises InputError if it can't be built."""
    card = ModelCard(network, normalisation=Normalisation.of(network.encoding))
    torch.manual_seed(_SEED)
    built = build(network, len(card.classes), card.normalisation)
    model = Model(card, {f"network.{name}": value.numpy() for name, value in built.state_dict().items()})
    return replace(model, card=replace(card, checksum=model.checksum()))


def _of_network(network: Architecture) -> dict[str, str]:
    return _blocks("backbone.stages", network.stages)


def _blocks(path: str, stages: Sequence[Sequence[str]]) -> dict[str, str]:
    """Block strings, each repeat for itself, by the paths of their modules."""
    found = {}
    for stage, texts in enumerate(stages):
        repeats = [one for text in texts for one in Block.parse(text).repeats]
        found.update({f"{path}.{stage}.{place}": str(one) for place, one in enumerate(repeats)})
    return found


def _all(nodes: dict[str, int], layers: Layers) -> bool:
    """True if all convolutions have a node."""
    wanted = {number for number, layer in enumerate(layers.layers) if layer.kind in CONVOLUTIONS}
    return wanted <= set(nodes.values())
