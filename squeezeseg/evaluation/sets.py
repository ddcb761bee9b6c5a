"""A file of sets: labelled recordings that are scored together, in YAML.

sets:
  - name: object
    source: kitti/object/training   # paths are relative to this file
    kind: real                      # or simulated: each kind is pooled on its own
    view: front                     # view, sensor, height, class_map, labels, frames and every as the options of 'eval'
    recordings: drives.txt          # lines 'FRAME DRIVE'; or 'recording: NAME' where all frames are of one drive
  - name: street
    source: street
    kind: simulated
    held_out: true                  # scored only when that is asked for
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.labels import class_map
from data.sensor_file import SUFFIXES as YAML
from data.settings_file import explain, read_settings
from data.sources import Frame, Source
from data.text_file import read_lines
from projection import InputError, View

SUFFIXES = YAML
REQUIRED = ("name", "source", "kind")


class LabelledSet(BaseModel):
    """A set of labelled frames; see the module.

    source: the path of a recording. drives: the recording of each frame that is listed, by the frame's name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field(min_length=1)
    source: Path
    kind: Literal["real", "simulated"]
    view: View | None = None
    sensor: str | None = None
    height: float | None = Field(default=None, gt=0, lt=100)
    class_map: str = "default"
    labels: str | None = None
    frames: str | None = None
    every: int = Field(default=1, ge=1)
    recording: str | None = None
    recordings: Path | None = None
    held_out: bool = False

    drives: Mapping[str, str] = Field(default={}, exclude=True)

    @property
    def pool(self) -> str:
        """The name of the sets that it is pooled with: 'real', or 'simulated, held out'."""
        return f"{self.kind}, held out" if self.held_out else self.kind

    def recording_of(self, source: Source, frame: Frame) -> str:
        """The recording that a frame is from: frames of one are no independent samples.

        A name that the file gives means the same recording in all sets. A frame that isn't listed where others are is a
        recording of its own.
        """
        if self.recording is not None:
            return self.recording
        if self.recordings is not None:
            return self.drives.get(frame.name, f"{self.name}/{frame.name}")
        return f"{self.name}/{source.recording(frame)}"


def read_sets(path: Path) -> tuple[LabelledSet, ...]:
    """The sets of a file. Raises InputError if it can't be read, or something in it is wrong."""
    content = read_settings(path)
    entries = content.pop("sets", None)
    if content or not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: expected 'sets:', and below it a list of sets with {', '.join(REQUIRED)} of each")
    sets = tuple(_read(path, number, entry) for number, entry in enumerate(entries, start=1))
    names = [one.name for one in sets]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"{path}: two sets are called {double!r}; give each a name of its own")
    return sets


def _read(path: Path, number: int, entry: Any) -> LabelledSet:
    if not isinstance(entry, dict):
        raise InputError(f"{path}: set {number}: expected 'name: value' lines")
    entry = {str(key): value for key, value in entry.items()}
    where = f"{path}: set {entry.get('name', number)!r}"
    if "drives" in entry:
        raise InputError(f"{where}: unknown setting 'drives'; did you mean 'recordings'?")
    try:
        one = LabelledSet.model_validate(entry)
    except ValidationError as error:
        lacking = [name for name in REQUIRED if name not in entry]
        unknown = any(fault["type"] == "extra_forbidden" for fault in error.errors())
        if lacking and not unknown:
            raise InputError(f"{where}: lacks {lacking[0]!r}; each set needs {', '.join(REQUIRED)}") from None
        raise InputError(f"{where}: {explain(error, LabelledSet)}") from None
    try:
        class_map(one.class_map)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    if one.recording is not None and one.recordings is not None:
        raise InputError(f"{where}: both recording and recordings; give one of them")
    changes: dict[str, Any] = {"source": path.parent / one.source}
    if one.sensor is not None and Path(one.sensor).suffix.lower() in YAML:
        changes["sensor"] = str(path.parent / one.sensor)
    if one.labels is not None and Path(one.labels).suffix.lower() in YAML:
        changes["labels"] = str(path.parent / one.labels)
    if one.recordings is not None:
        file = path.parent / one.recordings
        changes |= {"recordings": file, "drives": _read_drives(file)}
    return one.model_copy(update=changes)


def _read_drives(path: Path) -> dict[str, str]:
    """A file's lines 'FRAME DRIVE'. Raises InputError if it is none."""
    try:
        lines = [line.split() for line in read_lines(path)]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    except ValueError as error:
        raise InputError(f"{path}: {error}; expected lines 'FRAME DRIVE'") from None
    if wrong := next((words for words in lines if len(words) != 2), None):
        raise InputError(f"{path}: {' '.join(wrong)[:60]!r}: expected lines 'FRAME DRIVE'")
    return {words[0]: words[1] for words in lines}
