"""The settings of a training run: defaults < the network's < file < command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from squeezeseg.training.settings import TrainSettings

RECIPES: dict[str, dict[str, Any]] = {
    "squeezeseg": {"augmentation": {"blind": 0.5}},
    "fast": {"steps": 12_000},
    "fast1": {"steps": 8000},
}
"""By network, what made our weights of it where that is not the default."""
FINE_TUNING = {
    "steps": 200,
    "rate": 5e-5,
    "warm_up": 20,
    "batch_norm": False,
    "crf_steps": 0,
    "checkpoint_every": 50,
    "rehearse": 0.5,
}
"""Other defaults where training starts from weights of ours: few small steps, half of the samples simulated as
before, and the CRF stays as it is."""
GOING_ON = {"rate": 3e-4, "batch_norm": False}
"""Other defaults where weights of ours go on learning from simulated streets: as from the start, but for a rate that
they bear without batch norm, which is folded in."""


def read_settings(
    path: Path | None, given: dict[str, Any], *, others: Mapping[str, Any] = MappingProxyType({})
) -> TrainSettings:
    """The settings of a run.

    path: a .yaml file. given: of the command line, by name. others: FINE_TUNING or GOING_ON, where training starts
    from weights of ours.

    Raises:
        InputError: a file that is none, an unknown key (the nearest is named), a value out of its range.
    """
    from pydantic import ValidationError

    from data.settings_file import explain, read_settings
    from projection import InputError
    from squeezeseg.training.settings import TrainSettings

    content = {} if path is None else read_settings(path)
    model = given.get("model", content.get("model", TrainSettings.model_fields["model"].default))
    recipe = RECIPES.get(str(model), {}) | dict(others)
    try:
        return TrainSettings.model_validate({**recipe, **content, **given})
    except ValidationError as error:
        raise InputError(f"{path or 'settings'}: {explain(error, TrainSettings)}") from None
