"""The result of a search for bits, in a file that compression takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from squeezeseg.compression.bit_widths import write_bits
from squeezeseg.search.precision.loop import Found, Ranked
from squeezeseg.search.precision.settings import PrecisionSettings
from squeezeseg.weights import Model

RESULT = "precision.json"


def write_result(folder: Path, settings: PrecisionSettings, model: Model, found: Found, core_seconds: float) -> Path:
    """Write the bits of each layer, and how they were found. Raises InputError if the file can't be written."""
    file = folder / RESULT
    write_bits(file, found.best.layers, about(settings, model, found, core_seconds))
    return file


def about(settings: PrecisionSettings, model: Model, found: Found, core_seconds: float) -> dict[str, Any]:
    """How bits were found, and what with, for JSON. Bytes are told before training."""
    return {
        "model": model.card.model,
        "checksum": model.checksum(),
        "settings": settings.model_dump(mode="json"),
        "core_minutes": round(core_seconds / 60, 2),
        "best": _figures(found.best),
        "untrained": _figures(found.untrained),
        "uniform": {str(bits): _figures(one) for bits, one in found.uniform.items()},
    }


def _figures(ranked: Ranked) -> dict[str, float | None]:
    return {
        "bytes": ranked.bytes,
        "activation_bits": ranked.activation_bits,
        "divergence": ranked.divergence,
        "loss": ranked.loss,
    }
