"""The result of `squeezeseg profile`, as JSON has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from squeezeseg.engines import processor
from squeezeseg.engines.base import usable_cores
from squeezeseg.profiling import energy_model
from squeezeseg.profiling.container_bytes import ContainerBytes, container_bytes
from squeezeseg.profiling.layer import BYTES, Layers
from squeezeseg.profiling.steps.measure import Measurement
from squeezeseg.profiling.steps.roofline import by_kind, copy_bytes
from squeezeseg.profiling.steps.subject import Subject

FORMAT = "squeezeseg-profile/1"


def as_dict(
    subject: Subject, on_chip: int, link: float, measured: Measurement | None, load: float = 0.0
) -> dict[str, Any]:
    """All of a profile.

    on_chip: bytes of memory. link: bits a second. measured: None where only counts are wanted. load: on the machine,
    before it was measured.
    """
    layers = subject.layers
    container = None if subject.model is None else container_bytes(subject.model)
    return {
        "format": FORMAT,
        "model": subject.name,
        "form": "published" if subject.model is None else "range image",
        "trained": subject.trained,
        "image": list(layers.image),
        "parameters": layers.parameters,
        "macs": layers.macs,
        "activations": {"read_and_written": layers.moved, "most_at_once": layers.live},
        "bytes": {
            precision: {"weights": layers.weight_bytes(precision), "activations_at_once": layers.live_bytes(precision)}
            for precision in BYTES
        },
        "on_chip": {"bytes": on_chip} | {precision: _fit(layers, precision, on_chip) for precision in BYTES},
        "link": {
            "bits_per_second": link,
            "seconds": {precision: round(8 * layers.weight_bytes(precision) / link, 3) for precision in BYTES},
        },
        "container": container and _container(container, on_chip, link),
        "energy_model": _energy(layers, on_chip),
        "layers": [_layer(one) for one in layers.layers],
        "blocks": dict(subject.blocks),
        "measured": None if measured is None else {**_measured(measured), "load_average": round(load, 2)},
    }


def _layer(one: Any) -> dict[str, Any]:
    fields: dict[str, Any] = one._asdict()
    return fields | {"kernel": one.kernel and list(one.kernel), "output": list(one.output), "inputs": list(one.inputs)}


def _fit(layers: Layers, precision: str, memory: int) -> dict[str, bool]:
    found = energy_model.fit(layers, precision, memory)
    return {"weights": found.weights_fit, "activations": found.live_fit, "both": found.both_fit}


def _container(found: ContainerBytes, memory: int, link: float) -> dict[str, Any]:
    return {
        "bytes": found.total,
        "estimated": found.estimated,
        "layers": dict(found.layers),
        "rest": found.rest,
        "fits_on_chip": found.total <= memory,
        "seconds": round(8 * found.total / link, 3),
    }


def _energy(layers: Layers, memory: int) -> dict[str, Any]:
    millijoules = {}
    for precision in BYTES:
        found = energy_model.energy(layers, precision, memory)
        millijoules[precision] = {key: round(value, 4) for key, value in asdict(found).items()} | {
            "total": round(found.total, 4)
        }
    return {
        "what": "a model of a 45 nm chip, not a measurement",
        "picojoules": {
            "multiply_add": dict(energy_model.MULTIPLY_ADD),
            "on_chip_32_bit": energy_model.ON_CHIP,
            "off_chip_32_bit": energy_model.OFF_CHIP,
        },
        "millijoules": millijoules,
    }


def _measured(found: Measurement) -> dict[str, Any]:
    execution, roofs = found.execution, found.roofs
    return {
        "engine": execution.engine,
        "precision": execution.precision,
        "threads": execution.threads,
        "processor": processor.describe().name,
        "cores": usable_cores(),
        "runs": execution.runs,
        "milliseconds": round(execution.milliseconds, 4),
        "milliseconds_without_counters": round(execution.wall, 4),
        "peak": {
            "gmacs_per_s": round(roofs.gmacs, 2),
            "gbytes_per_s": round(roofs.gbytes, 2),
            "macs_per_byte_where_both_hold": round(roofs.ridge, 2),
            "copied_bytes": copy_bytes(),
        },
        "kinds": [
            asdict(one)
            | {
                "gmacs_per_s": round(one.gmacs, 3),
                "gbytes_per_s": round(one.gbytes, 3),
                "share_of_peak": round(one.gmacs / roofs.gmacs, 4),
                "share_of_roofline": round(one.share, 4),
            }
            for one in by_kind(found.steps, roofs)
        ],
        "steps": [_step(one, found) for one in found.steps],
    }


def _step(one: Any, found: Measurement) -> dict[str, Any]:
    roofs = found.roofs
    allowed = roofs.milliseconds(one.macs, one.moved)
    fields: Mapping[str, Any] = asdict(one)
    return {
        **fields,
        "layers": list(one.layers),
        "macs_per_byte": round(one.intensity, 3),
        "gmacs_per_s": round(one.gmacs, 3),
        "share_of_peak": round(one.gmacs / roofs.gmacs, 4),
        "share_of_roofline": round(allowed / one.milliseconds, 4) if one.milliseconds else None,
        "bound": roofs.bound(one.macs, one.moved),
    }
