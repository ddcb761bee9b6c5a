"""Labels that aren't known, for people; and SemanticKITTI's learning ids, which look like its labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from projection.errors import InputError

_LEARNING_IDS = 20
_LOOKS = "these look like SemanticKITTI's learning ids 0 to 19"
_LISTED = 6


def list_labels(unknown: Mapping[str, int], noun: str, said: str = "labels that are not known, and not scored") -> str:
    """'labels that are not known, and not scored: truck_trailer (12 boxes), tree (1 box)', the most frequent first."""
    ranked = sorted(unknown.items(), key=lambda item: -item[1])
    texts = [f"{name} ({count:,} {noun if count == 1 else _plural(noun)})" for name, count in ranked[:_LISTED]]
    more = f" and {len(ranked) - _LISTED} more" if len(ranked) > _LISTED else ""
    return f"{said}: {', '.join(texts)}{more}"


def _plural(noun: str) -> str:
    return f"{noun}es" if noun.endswith("x") else f"{noun}s"


def refuse_learning_ids(path: Path, ids: NDArray[np.uint16], unknown: Mapping[str, int]) -> None:
    """Refuse a file of learning ids, the 0 to 19 that networks are trained with: 1 is a car there, 10 a parking lot.

    unknown: those of `ids` (N,) that are none of SemanticKITTI's labels.
    """
    if unknown and int(ids.max()) < _LEARNING_IDS:
        listed = list_labels(unknown, "point", "ids that are no labels")
        raise InputError(
            f"{path}: {listed}; {_LOOKS}; map them back to labels with learning_map_inv of semantic-kitti-api, or say "
            "what another data set's numbers mean with --labels"
        ) from InputError(_LOOKS)
