"""The settings of a training run: defaults < the network's < file < command line."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from squeezeseg.training.loop import TrainSettings

RECIPES: dict[str, dict[str, Any]] = {"fast": {"steps": 8000, "augmentation": {"blind": 0.25}}}
"""By network, what made its embedded weights where that is not the default."""
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


def read_settings(path: Path | None, given: dict[str, Any], *, tuned: bool) -> TrainSettings:
    """The settings of a run.

    path: a .yaml file. given: of the command line, by name. tuned: whether the run starts from weights of ours.

    Raises:
        InputError: a file that is none, an unknown key (the nearest is named), a value out of its range.
    """
    import yaml
    from pydantic import ValidationError

    from projection import InputError
    from squeezeseg.training.loop import TrainSettings

    content: Any = {}
    if path is not None:
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from None
        except (ValueError, yaml.YAMLError) as error:
            raise InputError(f"{path}: no YAML ({' '.join(str(error).split())}); mend it") from None
        if not isinstance(content, dict):
            raise InputError(f"{path}: expected settings as 'name: value' lines")
    model = given.get("model", content.get("model", TrainSettings.model_fields["model"].default))
    recipe = RECIPES.get(str(model), {}) | (FINE_TUNING if tuned else {})
    try:
        return TrainSettings.model_validate({**recipe, **content, **given})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            nearest = difflib.get_close_matches(key, TrainSettings.model_fields, 1, 0.0)[0]
            raise InputError(f"{path}: unknown setting {key!r}; did you mean {nearest!r}?") from None
        raise InputError(f"{path or 'settings'}: {key}: {first['msg']}") from None
