"""int8 graphs: NNCF's post-training quantization (Jacob et al., CVPR 2018), calibrated on simulated scans."""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.graphs.metadata import KEY
from squeezeseg.graphs.store import read_graph
from squeezeseg.weights import ModelCard
from squeezeseg.weights.operations import INPUT

if TYPE_CHECKING:
    import openvino


def quantize(graph: Path, inputs: Sequence[NDArray[np.float32]], out: Path) -> None:
    """Write the int8 graph of a float graph: an .xml, and its .bin beside it.

    Weights are symmetric by output channel, activations by tensor. What comes behind the last convolution, a CRF, stays
    as it is. So do the convolutions that see coordinates, for which bytes are too coarse; the cylindrical encoding is
    made for bytes, and with it the network is int8 from its input to its logits.

    Args:
        graph: the network's .onnx.
        inputs: normalised range images (B, C, H, W), for the ranges of the activations.
        out: ends in .xml.

    Raises:
        InputError: NNCF is not installed, or the file can't be written.
    """
    import openvino

    facts = read_graph(graph)
    model = openvino.Core().read_model(graph)
    model.reshape(list(inputs[0].shape))
    coordinates = [model.input(0).get_any_name()] if facts.complete else coordinate_inputs(facts.model.card)
    quantized = quantize_model(model, inputs, coordinates)
    quantized.reshape([-1, inputs[0].shape[1], -1, -1])
    quantized.set_rt_info("", ["framework", KEY])  # the float graph's, which came along
    quantized.set_rt_info(replace(facts, kind="int8").to_text(), [KEY])
    save_ir(quantized, out)


def coordinate_inputs(card: ModelCard) -> list[str]:
    """The inputs of a network's graph for which bytes are too coarse."""
    return [INPUT] if card.architecture.encoding == "cartesian" else []


def quantize_model(model: openvino.Model, inputs: Sequence[Any], coordinates: Sequence[str]) -> openvino.Model:
    """The int8 model of a float one.

    inputs: for the ranges of the activations; each an array, or several by the name of the model's input.
    coordinates: names of the model's inputs for which bytes are too coarse.

    Raises:
        InputError: NNCF is not installed.
    """
    nncf = _nncf()
    with contextlib.redirect_stdout(io.StringIO()):  # where NNCF draws bars, between a program's JSON
        return nncf.quantize(
            model,
            nncf.Dataset(inputs),
            preset=nncf.QuantizationPreset.PERFORMANCE,
            subset_size=len(inputs),
            ignored_scope=nncf.IgnoredScope(names=_kept(model, coordinates), validate=False),
        )


def _nncf() -> ModuleType:
    """NNCF, where it is installed; it is an extra."""
    try:
        import nncf
    except ImportError:
        raise InputError("int8 needs NNCF: pip install 'squeezeseg[export]'") from None
    nncf.set_log_level(logging.ERROR)
    return nncf  # type: ignore[no-any-return]


def save_ir(model: openvino.Model, path: Path) -> None:
    """Write a graph in OpenVINO's format, .xml and .bin; the .xml, which is what is looked for, last."""
    import openvino

    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.xml")
    try:
        openvino.save_model(model, temporary, compress_to_fp16=True)
        temporary.with_suffix(".bin").replace(path.with_suffix(".bin"))
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise InputError(f"{path}: cannot be written ({reason}); choose another folder or make room") from None
    finally:
        temporary.unlink(missing_ok=True)
        temporary.with_suffix(".bin").unlink(missing_ok=True)


def _kept(model: openvino.Model, coordinates: Sequence[str]) -> list[str]:
    """Names of all behind the last convolutions, and of all from these inputs up to the first ones."""
    kept, before = set[str](), set[str]()
    ways = [one.get_node() for one in model.inputs if one.get_any_name() in coordinates]
    while ways:
        node = ways.pop()
        if node.get_friendly_name() not in kept:
            kept.add(node.get_friendly_name())
            # Layers anywhere ask for the input's size, and see nothing of it for that.
            if "Convolution" not in node.get_type_name() and node.get_type_name() != "ShapeOf":
                ways += [target.get_node() for output in node.outputs() for target in output.get_target_inputs()]
    ways = [node for node in model.get_ordered_ops() if "Convolution" in node.get_type_name()]
    while ways:
        node = ways.pop()
        if node.get_friendly_name() not in before:
            before.add(node.get_friendly_name())
            ways += [source.get_source_output().get_node() for source in node.inputs()]
    skipped = ("Constant", "Parameter", "Result")
    names = (node.get_friendly_name() for node in model.get_ordered_ops() if node.get_type_name() not in skipped)
    return [name for name in names if name in kept or name not in before] + _grouped(model)


def _grouped(model: openvino.Model) -> list[str]:
    """Names of the convolutions in several groups of several channels: OpenVINO 2026.4 gets some of them wrong in int8.

    Of ShuffleNet's 240 channels in 3 groups to 60 it makes numbers that have little to do with the right ones.
    """
    grouped = (node for node in model.get_ordered_ops() if node.get_type_name() == "GroupConvolution")
    return [node.get_friendly_name() for node in grouped if node.input(1).get_shape()[2] > 1]
