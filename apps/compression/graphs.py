"""What a container holds beside its weights, so that engines need no PyTorch: the operations, and what int8 rounds."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from apps import console
from projection import InputError
from squeezeseg.engines import installed
from squeezeseg.graphs.check_scans import CALIBRATION_SEED, check_scans
from squeezeseg.graphs.store import find_graph
from squeezeseg.weights import Model
from squeezeseg.weights.container import Container
from squeezeseg.weights.operations import Operations
from squeezeseg.weights.stored_tensor import Floats

if TYPE_CHECKING:
    from squeezeseg.graphs.parity import Parity

_RANGE_BYTES = 24
"""Of an operation, at most, deflated."""
_HINT = "engines other than torch will need 'squeezeseg[export]' to run these weights"


def calibrated(container: Container) -> Container:
    """A container, whose operations are listed, with what int8 rounds of them where NNCF is installed."""
    if container.operations is None:
        return container
    if not installed("nncf"):
        console.warn("NNCF isn't installed: int8 won't run these weights; pip install 'squeezeseg[export]'")
        return container
    from squeezeseg.graphs.export import CALIBRATION_SCANS
    from squeezeseg.graphs.listing import with_int8

    with console.progress("finding ranges for int8", CALIBRATION_SCANS) as progress:
        multiple, normalisation = container.operations.width_multiple, container.card.normalisation
        scans = check_scans(CALIBRATION_SCANS, CALIBRATION_SEED, multiple, lambda done, _: progress(done))
        inputs = [normalisation(sector[None]) for scan in scans for sector in scan.channels]
    try:
        return with_int8(container, inputs)
    except InputError as error:
        console.warn(error)
        return container


def with_graphs_of(model: Model, container: Container) -> Container:
    """A container of a model's weights with their operations, and with what the int8 graph beside them rounds."""
    container = listed(container)
    path = find_graph(model, "int8")
    if container.operations is None or path is None or path.suffix != ".xml":
        return container
    import openvino

    from squeezeseg.graphs.listing import with_int8_of

    try:
        return with_int8_of(container, openvino.Core().read_model(path))
    except InputError as error:
        console.warn(error)
        return container


def checked(container: Container, int8: Parity | None) -> Container:
    """A container without what int8 rounds, and a warning, where int8 changes too many labels."""
    if int8 is None or not int8.failure or container.operations is None:
        return container
    console.warn(f"int8 is left out: {int8.failure}")
    return replace(container, operations=container.operations.model_copy(update={"int8": None}))


def whole(model: Model) -> Container:
    """A container of a model's weights in float32."""
    return Container(model.card, {name: Floats(value, half=False) for name, value in model.tensors.items()})


def room(operations: Operations | None) -> int:
    """Bytes to keep in a container for operations, and for what int8 rounds of them."""
    if operations is None:
        return 0
    return len(zlib.compress(json.dumps(operations.as_dict()).encode())) + _RANGE_BYTES * len(operations.operations)


def listed(container: Container) -> Container:
    """A container with its operations, or as it was, with a warning, where they can't be listed."""
    if not all(map(installed, ("torch", "onnxscript"))):
        console.warn(f"the operations can't be listed without PyTorch: {_HINT}")
        return container
    from squeezeseg.graphs.listing import with_operations

    try:
        return with_operations(container)
    except InputError as error:
        console.warn(f"{error}; {_HINT}")
        return container
