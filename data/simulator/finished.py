"""What a folder says of the simulation that it holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.sources.kitti_raw import SIMULATION
from projection.errors import InputError


def is_finished(folder: Path, settings: Mapping[str, Any]) -> bool:
    """True if the folder holds this drive, finished; False if it is new or holds one that was interrupted.

    Raises:
        InputError: it holds anything else.
    """
    if not folder.exists():
        return False
    other = f"{folder}: holds another drive: choose another output folder or seed, or delete it"
    mark, part = folder / SIMULATION, folder / f"{SIMULATION}.part"
    try:
        if mark.is_file():
            if json.loads(mark.read_text("utf-8")) != settings:
                raise InputError(other)
            return True
        if not part.is_file() and any(folder.iterdir()):
            raise InputError(other)
    except (OSError, ValueError) as error:
        raise error if isinstance(error, InputError) else InputError(other) from None
    return False
