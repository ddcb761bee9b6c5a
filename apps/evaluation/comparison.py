"""Comparison of scores on sets: with an earlier result, or between models."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from apps.evaluation.sets import ScoredSets
from data.text_file import read_text
from projection import InputError
from squeezeseg.evaluation.paired import FrameConfusion, difference

MAX_BYTES = 1 << 28

Frames = Sequence[FrameConfusion]
"""The counts of a model's frames, called SET/FRAME."""


def frame_counts(scored: ScoredSets) -> Frames:
    """The counts of a model's frames."""
    return [FrameConfusion.of(frame) for pool in scored.pools.values() for frame in pool.study.frames]


def read_result(path: Path) -> dict[str, Frames]:
    """The counts by frame in an earlier result, of each of its models. Raises InputError if it is none."""
    try:
        models = json.loads(read_text(path, most=MAX_BYTES))["models"]
        return {str(one["name"]): [FrameConfusion.read(entry) for entry in one["frame_counts"]] for one in models}
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path}: no result of 'squeezeseg eval SETS.yaml --out FILE'; give one") from None


def earlier_of(path: Path, results: Mapping[str, Frames], model: str) -> tuple[str, Frames]:
    """The earlier result to compare a model's with, and its name: of the same model, or of the only one.

    Raises:
        InputError: there are several, and none is the model's.
    """
    if model in results:
        return f"{path}: {model}", results[model]
    if len(results) == 1:
        name, frames = next(iter(results.items()))
        return f"{path}: {name}", frames
    raise InputError(f"{path}: has {', '.join(results)}, but not {model}; compare with a result of one model")


def compare(scored: ScoredSets, name: str, others: Frames) -> dict[str, Any]:
    """The differences from another result, by pool and set, on the frames that both have; for JSON.

    name: of the other.

    Raises:
        InputError: they have no frame in common, or its labels have changed.
    """
    try:
        pools = {
            key: difference(map(FrameConfusion.of, pool.study.frames), others) for key, pool in scored.pools.items()
        }
        sets = {}
        for key, examined in scored.sets.items():
            own = [replace(FrameConfusion.of(frame), name=f"{key}/{frame.name}") for frame in examined.study.frames]
            sets[key] = difference(own, others)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    if not any(pools.values()):
        raise InputError(f"{name}: no frame in common with these sets; compare results of the same sets")
    return {"model": scored.name, "against": name, "pools": pools, "sets": sets}
