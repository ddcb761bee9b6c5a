"""Networks that fail: the reason is kept in their folder, and the others go on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from data.atomic import atomic_write
from projection import InputError
from squeezeseg.frontier.contestants import Contestant

PARTS = ("", "int8")
"""What can fail: the network, or int8 alone."""


def record_error(one: Contestant, run: Path, error: Exception, part: str = "") -> str:
    """Keep the reason why a network failed, or a part of it; give it back, in a line."""
    said = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
    said = " ".join(said.split())
    with atomic_write(one.error_file(run, part)) as file:
        file.write(said.encode())
    return said


def forget_errors(contestants: Iterable[Contestant], run: Path) -> None:
    """Let all that failed be tried again."""
    for one in contestants:
        for part in PARTS:
            one.error_file(run, part).unlink(missing_ok=True)
