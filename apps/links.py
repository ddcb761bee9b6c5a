"""Links into the viewer, and the command that starts it, for pages and messages that name frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings

PORT = 8501
"""Of the viewer's page, unless it is taken or another is given."""


def frame_link(name: str) -> str:
    """The address of a frame in a viewer that runs on this machine, and was opened in the same browser."""
    return f"http://127.0.0.1:{PORT}/?{urlencode({'frame': name})}"


def view_words(
    source: Path, settings: InferenceSettings, class_map: str = "default", predictions: Path | None = None
) -> list[str]:
    """The command line that shows the labels of `source` which were made with these settings, or saved in a run."""
    words = ["squeezeseg", "view", str(source)]
    if predictions is not None:
        words += ["--predictions", str(predictions)]
    if class_map != "default":
        words += ["--class-map", class_map]
    given = settings.model_fields_set if predictions is None else set()
    for name in (name for name in type(settings).model_fields if name in given):
        option, value = name.replace("_", "-"), getattr(settings, name)
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        elif value is not None:
            words += [f"--{option}", str(value)]
    return words
