"""The plan of an adaptation: how many scans and steps fit into the time that there is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import read_json
from projection import InputError

FILE = "plan.json"
SIMULATING, REHEARSING, TRAINING = 0.2, 0.1, 0.45
"""Shares of the time for streets as the sensor sees them, for streets as before, and for the steps; the rest is for the
checks at the end."""
HELD = 16
"""Scans of the sensor's streets that are held back for the checks."""
_FEWEST_SCANS, _MOST_SCANS = 24, 400
_FEWEST_STEPS, _MOST_STEPS = 20, 4000


@dataclass(frozen=True)
class Plan:
    """What is simulated and trained.

    scans: of streets as the sensor sees them, `HELD` of them held back. rehearsed: of streets as before. steps: of the
        training.
    """

    scans: int
    rehearsed: int
    steps: int


def make_plan(seconds: float, scan: float, rehearsed: float, step: float) -> Plan:
    """The plan for so many seconds. scan, rehearsed, step: seconds that each takes."""

    def fitting(share: float, each: float, least: int, most: int) -> int:
        return min(max(round(share * seconds / each), least), most)

    scans = fitting(SIMULATING, scan, _FEWEST_SCANS, _MOST_SCANS)
    old = fitting(REHEARSING, rehearsed, _FEWEST_SCANS // 2, _MOST_SCANS // 2)
    return Plan(scans // 2 * 2, old // 2 * 2, fitting(TRAINING, step, _FEWEST_STEPS, _MOST_STEPS))


def save_plan(folder: Path, plan: Plan) -> None:
    """Write it, for a run that goes on. Raises InputError where it can't be written."""
    with atomic_write(folder / FILE) as file:
        file.write((json.dumps(asdict(plan)) + "\n").encode())


def saved_plan(folder: Path) -> Plan | None:
    """The plan of an earlier run, if there was one. Raises InputError where the file is damaged."""
    try:
        return read_json(folder / FILE, TypeAdapter(Plan))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / FILE}: no plan ({error}); choose another --out") from None
