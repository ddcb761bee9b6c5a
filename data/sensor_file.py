"""Sensor files: a sensor of one's own, described in YAML.

name: ouster_os1
beams: {count: 64, top: 22.5, bottom: -22.5}   # or a list of elevations in degrees
columns: 1024        # of the view; 2048 a turn where it is left out
view: full           # or front, or [left, right] in degrees
height: 1.9          # above the ground, metres
rows: beam           # or elevation
cut: 0               # azimuth where a scan stored beam after beam begins; estimated where left out
simulated:           # of no meaning but to the simulator, see data.sensor_conditions
  range: [0.5, 100]  # metres between which it measures
  noise: 0.02        # of the range, metres
  pitch: 1.5         # degrees, the nose down
  roll: 0            # degrees, the left side up
  intensities: true
  blind: [[-160, 160, -10, -25]]  # left and right azimuth, upper and lower elevation of what the car hides
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.atomic import atomic_write
from data.sensor_conditions import PLAIN, Conditions, Sector
from data.yaml_file import read_yaml
from projection import Sensor, preset
from projection.errors import InputError

SUFFIXES = (".yaml", ".yml")
Made = TypeVar("Made")
COLUMNS_PER_TURN = 2048
# Where a setting may be several things, pydantic says what is wrong with it as each of them.
_EXPECTED = {
    "beams": "expected a list of elevations in degrees, or {count: 1 to 255, top: degrees, bottom: degrees}",
    "view": "expected front, full or [left, right] in degrees",
}


class Beams(BaseModel):
    """Evenly spaced beams: their number, and the elevations of the outermost in degrees."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    count: int = Field(ge=1, le=255)
    top: float
    bottom: float


class Simulated(BaseModel):
    """The conditions in which a sensor is simulated."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    range: tuple[float, float] = (PLAIN.nearest, PLAIN.farthest)
    noise: float | None = None
    pitch: float = 0.0
    roll: float = 0.0
    intensities: bool = True
    blind: tuple[Sector, ...] = ()

    def conditions(self) -> Conditions:
        """As the simulator takes them. Raises InputError for a number out of its range."""
        nearest, farthest = self.range
        return Conditions(self.pitch, self.roll, nearest, farthest, self.noise, self.intensities, self.blind)


class SensorFile(BaseModel):
    """The keys of a sensor file; see the module."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    beams: Beams | list[float]
    name: str = ""
    columns: int | None = None
    view: Literal["front", "full"] | tuple[float, float] = "full"
    height: float = 1.73
    rows: Literal["beam", "elevation"] = "beam"
    cut: float | None = None
    simulated: Simulated = Simulated()

    def sensor(self) -> Sensor:
        """The sensor that the file describes. Raises InputError where its numbers make none."""
        match self.view:
            case "full":
                left, right = 180.0, -180.0
            case "front":
                left, right = 45.0, -45.0
            case (left, right):
                pass
        if isinstance(self.beams, Beams):
            elevations = np.linspace(self.beams.top, self.beams.bottom, self.beams.count).tolist()
        else:
            elevations = sorted(self.beams, reverse=True)
        columns = self.columns
        if columns is None:
            columns = max(round(COLUMNS_PER_TURN * (left - right) / 360), 8)
        return Sensor(
            self.name,
            tuple(elevations),
            columns,
            azimuth_left=left,
            azimuth_right=right,
            rows=self.rows,
            cut=self.cut,
            height=self.height,
        )


def load_sensor(name_or_file: str | Path) -> Sensor:
    """Load a preset by its name, or the sensor that a .yaml file describes.

    Raises:
        InputError: an unknown name, a file that can't be read, an unknown key (the nearest one is named) or a
            value that makes no sensor.
    """
    path = Path(name_or_file)
    if path.suffix.lower() not in SUFFIXES:
        return preset(str(name_or_file))
    return _read(path, SensorFile.sensor)


def load_conditions(name_or_file: str | Path) -> Conditions:
    """Load the conditions in which the sensor of `load_sensor` is simulated. Raises InputError as that does."""
    path = Path(name_or_file)
    if path.suffix.lower() not in SUFFIXES:
        return PLAIN
    return _read(path, lambda file: file.simulated.conditions())


def _read(path: Path, made: Callable[[SensorFile], Made]) -> Made:
    """What a file describes. Raises InputError where it can't be read, or describes nothing."""
    settings = read_yaml(path)
    if not isinstance(settings, dict):
        raise InputError(f"{path}: no settings; a sensor needs at least 'beams: {{count: 64, top: 2, bottom: -24.8}}'")
    try:
        named = {"name": path.stem} | {str(key): value for key, value in settings.items()}
        return made(SensorFile.model_validate(named))
    except ValidationError as error:
        raise InputError(f"{path}: {_explain(error)}") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def write_sensor(path: Path, sensor: Sensor, about: str = "", conditions: Conditions = PLAIN) -> None:
    """Write a sensor as a file that `load_sensor` and `load_conditions` read. about: a comment of one line.

    Raises:
        InputError: it can't be written.
    """
    view: str | list[float] = [sensor.azimuth_left, sensor.azimuth_right]
    if sensor.full_turn:
        view = "full"
    settings: dict[str, Any] = {
        "name": sensor.name,
        "beams": list(sensor.elevations),
        "columns": sensor.columns,
        "view": view,
        "height": sensor.height,
        "rows": sensor.rows,
        **({} if sensor.cut is None else {"cut": sensor.cut}),
    }
    if conditions != PLAIN:
        settings["simulated"] = {
            "range": [conditions.nearest, conditions.farthest],
            **({} if conditions.noise is None else {"noise": conditions.noise}),
            "pitch": conditions.pitch,
            "roll": conditions.roll,
            "intensities": conditions.intensities,
            "blind": [list(sector) for sector in conditions.blind],
        }
    comment = f"# {' '.join(about.split())}\n" if about else ""
    with atomic_write(path) as file:
        file.write((comment + yaml.safe_dump(settings, sort_keys=False, default_flow_style=None)).encode())


_KNOWN: dict[str, type[BaseModel]] = {"beams": Beams, "simulated": Simulated}


def _explain(error: ValidationError) -> str:
    """The first of pydantic's findings, in a line."""
    # An unknown key explains the others, such as the missing one that it was meant to be.
    findings = sorted(error.errors(), key=lambda finding: finding["type"] != "extra_forbidden")
    *parents, key = (str(part) for part in findings[0]["loc"])
    if findings[0]["type"] == "extra_forbidden":
        known = _KNOWN[parents[0]].model_fields if parents else SensorFile.model_fields
        nearest = difflib.get_close_matches(key, known, 1, 0.0)[0]
        return f"unknown key {key!r}; did you mean {nearest!r}?"
    where = [*parents, key]
    setting = ": ".join(where[:2]) if where[0] == "simulated" else where[0]
    return f"{setting}: {_EXPECTED.get(setting, findings[0]['msg'])}"
