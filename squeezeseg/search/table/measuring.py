"""Measuring a latency table: case by case, written as it grows, and held against whole networks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from projection import InputError
from squeezeseg.networks import Architecture
from squeezeseg.search.layer_case import LayerCase, cases_of
from squeezeseg.search.table.case_times import time_cases
from squeezeseg.search.table.latency_table import LatencyTable, read_table, write_table
from squeezeseg.search.table.networks import time_networks
from squeezeseg.search.table.target import Target
from squeezeseg.search.table.validation import fit, validate

AT_ONCE = 32
"""Cases of one graph. Making it is most of the work, and what a killed run loses."""
FEWEST_NETWORKS = 3


def begin(path: Path, target: Target, height: int, width: int) -> LatencyTable:
    """The table that a file holds so far, an empty one where there is no file.

    Raises:
        InputError: the file is none, or of another target or size of image.
    """
    if not path.exists():
        return LatencyTable(target, height, width, _now(), path=path)
    table = read_table(path)
    differs = target.differs(table.target)
    if (height, width) != (table.height, table.width):
        differs = f"images of {table.height} x {table.width}, not {height} x {width}"
    if differs:
        raise InputError(f"{path}: is another target's table ({differs}); choose another --out")
    return table


def measure(
    table: LatencyTable,
    cases: Sequence[LayerCase],
    *,
    seconds: float = float("inf"),
    progress: Callable[[int], None] = lambda _: None,
) -> LatencyTable:
    """The table with the times of all these cases; those that it has are not timed again.

    It is written after each few cases. What cases take tells nothing of networks any more once there are others, so a
    table that grows loses its validation.

    seconds: after so many no more are begun. progress: told how many of the cases there are.

    Raises:
        InputError: a case can't be built or run, or the file can't be written.
    """
    begun = time.monotonic()
    # Neighbours in this order have the same sizes around them, so few bare frames are timed with them.
    missing = sorted(
        (case for case in dict.fromkeys(cases) if case not in table.times),
        key=lambda case: (case.classes > 0, -case.width, case.channels, case.levels),
    )
    done = len(set(cases)) - len(missing)
    progress(done)
    for first in range(0, len(missing), AT_ONCE):
        if time.monotonic() - begun > seconds:
            break
        some = missing[first : first + AT_ONCE]
        times = {**table.times, **time_cases(some, table.target)}
        table = replace(table, times=times, date=_now(), correction=None, validation=None)
        write_table(table.path, table)
        progress(done + first + len(some))
    return table


def validated(
    table: LatencyTable,
    networks: Sequence[Architecture],
    progress: Callable[[int], None] = lambda _: None,
) -> LatencyTable:
    """The table with correction and validation by the measured latencies of networks, three or more; it is written.

    progress: see `time_networks`.

    Raises:
        InputError: there are too few networks, the table lacks a case of one, or one can't be run.
    """
    check_networks(len(networks))
    sums = [sum(map(table.seconds, cases_of(one, table.height, table.width))) for one in networks]
    measured = time_networks(networks, table.target, table.height, table.width, progress)
    table = replace(table, date=_now(), correction=fit(sums, measured), validation=validate(sums, measured))
    write_table(table.path, table)
    return table


def check_networks(count: int) -> None:
    """Raise InputError if so many networks are too few to hold a table against; none at all will do."""
    if 0 < count < FEWEST_NETWORKS:
        raise InputError(f"--networks {count}: a table is held against {FEWEST_NETWORKS} networks at the least")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
