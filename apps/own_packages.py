"""Our packages have plain names, such as `data`; a user's PYTHONPATH may have others of these names."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("projection", "crf", "data", "squeezeseg")
ROOT = Path(__file__).resolve().parents[1]


def come_first() -> None:
    """Have Python find ours, here and in the processes that are started, where it would find another."""
    if all(_is_ours(name) for name in PACKAGES):
        return
    sys.path.insert(0, str(ROOT))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))


def _is_ours(name: str) -> bool:
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is not None and Path(spec.origin).resolve().parents[1] == ROOT
