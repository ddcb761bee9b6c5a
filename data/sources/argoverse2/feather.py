"""Feather files, by pyarrow: their columns as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.regular_file import open_regular
from projection.errors import InputError

INSTALL = "pip install 'squeezeseg[argoverse]'"


def read_feather(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """The columns of these names, (N,) each. Raises InputError if the file can't be read, or one isn't there."""
    try:
        from pyarrow import ArrowException, feather
    except ImportError:
        raise InputError(f"{path}: pyarrow is needed to read Feather files; {INSTALL}") from None
    try:
        with open_regular(path) as file:
            table = feather.read_table(file, memory_map=False)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or 'no whole Feather file'}); copy it again"
        ) from None
    except (ArrowException, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{path}: no Feather file ({reason}); copy it again") from None
    if lacking := [name for name in names if name not in table.column_names]:
        raise InputError(f"{path}: no column {', '.join(lacking)}; copy it again")
    columns = {name: table[name].to_numpy() for name in names}
    if text := [name for name in names if columns[name].dtype == object and name not in TEXT]:
        raise InputError(f"{path}: column {text[0]} is no number; copy it again")
    return {name: np.asarray(column) for name, column in columns.items()}


TEXT = ("category", "track_uuid", "sensor_name")
"""Columns that are text."""
