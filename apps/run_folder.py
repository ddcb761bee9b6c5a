"""A run's folder: the labels of its frames, and run.json, which says how they came about.

run.json             never half-written; complete when the run has ended. inference: the settings of the inference, all
                     of them, as they were given.
                     settings: what these came to, see `resolved_settings`; a resumed run must share it. Besides,
                     frames with their points per class, and stage times
frames.jsonl         while it is at work: the frames since, a line each
.lock                while it is at work: nobody else writes here
labels/FRAME.label   uint32 per point, in the scan's order: class id, 255 where there is none, in the low 16 bits, and
                     the number of the object, 0 for none, in the high ones
clouds/FRAME.ply     and .pcd, .npz, if asked for
boxes/FRAME.jsonl    a line of JSON per object, if asked for
tracks/FRAME.json    what was seen of the frame's objects, if they are followed, and the same number is the same object
tracks.jsonl         in all labels; a line of JSON per object
tracklet_labels.xml  all boxes, if asked for
static/              scans without what moves, or could, if asked for
pictures/            if asked for
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from apps.frame_files import BOXES, NAMES, OBJECT_NAMES, FrameFiles
from apps.run_log import RunLog, read_log
from apps.run_record import FORMAT, read_boxes, read_record
from data.atomic import atomic_write, is_temporary
from data.kitti import tracklets
from data.lock import FILE as LOCK
from data.lock import Lock
from data.scan import Scan
from data.sinks import sink_for
from data.sources import Frame, Source
from data.sources.remote import url_of
from projection import InputError
from squeezeseg import Segmentation, Segmenter
from squeezeseg.objects.boxes import Detection
from squeezeseg.tracking import Track

FILE = "run.json"


class RunFolder:
    """Writes a run, frame by frame, so that it can stop at any moment and go on later.

    A frame counts as done once all of its files are written. For one thread, though others may write frames' files.
    The folder is locked from the first frame on, or from the beginning of a resumed run, until the block ends.

    path: its folder, made with its first file. settings: all that the labels depend on, see `resolved_settings`.
    formats: suffixes of the files to write for each frame.

    Raises:
        InputError: the folder can't be written, holds something else, or holds a run that is not to be
            resumed, was made with other settings, or is at work.

    Example:
        with RunFolder(Path("run"), settings, [".label"], resume=False) as run:
            run.write(frame, scan, segmentation, detect(segmentation))
            run.save()
    """

    def __init__(self, path: Path, settings: Mapping[str, Any], formats: Sequence[str], *, resume: bool) -> None:
        self.path = path
        self.settings: dict[str, Any] = json.loads(json.dumps({**settings, "formats": list(formats)}))
        self.formats = tuple(formats)
        self.files = FrameFiles(path, self.formats)
        self.about: dict[str, Any] = {}
        self.frames: dict[str, dict[str, Any]] = {}
        self._log = RunLog(path)
        self._lock: Lock | None = None
        self._begun = False
        check_writable(path)
        if path.is_dir() and not _is_bare(path):
            if not resume:
                raise InputError(f"{path}: not empty; give --resume to go on with it, or another --out")
            read_run(path)  # before anything is written: the folder may be anybody's
            self._lock = Lock.of_folder(path)
            try:
                self._take_up(read_run(path))
            except BaseException:
                self.close()
                raise

    @property
    def pictures(self) -> Path:
        """Folder for pictures of the frames."""
        return self.path / "pictures"

    def done(self, frame: Frame) -> bool:
        """True if the frame and all of its files are there."""
        entry = self.frames.get(frame.name, {})
        return entry.get("status") == "done" and self.files.whole(frame, entry)

    def file(self, frame: Frame, suffix: str) -> Path:
        """The path of the frame's file with this suffix."""
        return self.files.file(frame, suffix)

    def write(self, frame: Frame, scan: Scan, result: Segmentation, objects: Sequence[Detection]) -> None:
        """Write the frame's files, see `FrameFiles.write`, and note that it is done."""
        self.begin()
        self.record(frame, self.files.write(frame, scan, result, objects))

    def record(self, frame: Frame, entry: Mapping[str, Any]) -> None:
        """Note what there is of a frame, whose files have been written since the run was begun.

        Raises:
            InputError: they aren't here: another machine has written them, and not to a folder that both share.
        """
        self.begin()
        if not self.files.whole(frame, entry):
            raise InputError(
                f"{self.path}: what a worker wrote of frame {frame.name} isn't there; give an "
                "--out that all machines share"
            )
        self._note(frame, entry)

    def record_failure(self, frame: Frame, reason: str) -> None:
        """Note that a frame can't be labelled."""
        self.begin()
        self._note(frame, {"status": "failed", "reason": reason})

    def begin(self) -> None:
        """Take hold of the folder, and write run.json, so that a run killed at any moment can be resumed."""
        if self._begun:
            return
        if self._lock is None:
            self._lock = Lock.of_folder(self.path)
            if (self.path / FILE).exists():
                raise InputError(f"{self.path}: another run was written here meanwhile; choose another --out")
        self._begun = True
        self.save()

    def _note(self, frame: Frame, entry: Mapping[str, Any]) -> None:
        self.frames[frame.name] = {"number": frame.number, **entry}
        self._log.append(frame.name, self.frames[frame.name])

    def write_tracklets(self, frames: Sequence[Frame], tracks: Sequence[Track] | None = None) -> None:
        """Write tracks as tracklets; where objects weren't followed, the boxes of these frames, each by itself."""
        if tracks is not None:
            followed = (one for track in tracks if track.confirmed for one in track.as_tracklets())
            tracklets.write_tracklets(self.path / tracklets.FILE_NAME, followed)
            return
        boxes = ((frame, box) for frame in frames if self.done(frame) for box in read_boxes(self.file(frame, BOXES)))
        written = (
            tracklets.Tracklet(box.kind, box.size, frame.number, np.array([[*box.bottom, box.yaw]]))
            for frame, box in boxes
        )
        tracklets.write_tracklets(self.path / tracklets.FILE_NAME, written)

    def tidy(self) -> None:
        """Remove what processes left that were killed while they wrote a file; for when nobody writes any more."""
        for suffix in self.formats:
            for file in self.file(Frame(0, "", self.path), suffix).parent.glob(".*.tmp"):
                if is_temporary(file):
                    file.unlink(missing_ok=True)

    def save(self) -> None:
        """Write run.json, whole: for the beginning and the end of a run."""
        with atomic_write(self.path / FILE, durable=True) as file:
            file.write(json.dumps(self.as_dict(), indent=1, allow_nan=False).encode())
        self._log.clear()

    def close(self) -> None:
        """Let others write to the folder; may be called twice."""
        self._log.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def as_dict(self) -> dict[str, Any]:
        """The content of run.json."""
        done = [entry for entry in self.frames.values() if entry["status"] == "done"]
        points = {name: sum(entry["classes"][name] for entry in done) for name in NAMES}
        objects = {name: sum(entry["objects"][name] for entry in done) for name in OBJECT_NAMES}
        return {
            "format": FORMAT,
            "settings": self.settings,
            **self.about,
            "done": len(done),
            "failed": len(self.frames) - len(done),
            "points": points,
            "objects": objects,
            "frames": [{"name": name, **entry} for name, entry in sorted(self.frames.items())],
        }

    def _take_up(self, run: dict[str, Any]) -> None:
        before, now = _flat(run["settings"]), _flat(self.settings)
        for key in before | now:
            if before.get(key) != now.get(key):
                was, is_now = (_short(values.get(key)) for values in (before, now))
                raise InputError(
                    f"{self.path / FILE}: the run has {key} {was}, not {is_now}; resume it with the same settings, "
                    "or give another --out"
                )
        self.frames = {entry.pop("name"): entry for entry in run["frames"]}
        self.about = {key: run[key] for key in ("status", "speed", "warnings") if key in run}


def resolved_settings(source: Source, segmenter: Segmenter) -> dict[str, Any]:
    """All that the labels of a source depend on, as it turned out here: sensor, weights, engine, CRF, objects.

    Without the cut where it was estimated, which wavers with the scan that it is read off.
    """
    card = segmenter.card
    return {
        "source": url_of(source.path) or str(source.path.resolve()),
        "sensor": asdict(replace(segmenter.sensor, cut=source.base_sensor.cut)),
        "weights": {"file": card.file, "model": card.model, "checksum": card.checksum},
        "engine": segmenter.engine.name,
        "crf": None if segmenter.crf is None else asdict(segmenter.crf),
        "neighbours": segmenter.settings.neighbours,
        "objects": segmenter.classifier is not None,
        "unknown_below": segmenter.settings.unknown_below,
    }


def check_formats(suffixes: Sequence[str]) -> list[str]:
    """Suffixes with their dots, each once. Raises InputError for an unknown one."""
    for suffix in suffixes:
        sink_for(suffix)
    return list(dict.fromkeys(f".{suffix.lstrip('.').lower()}" for suffix in suffixes))


def read_run(path: Path) -> dict[str, Any]:
    """Read the run in the folder `path`: run.json and, of a run that was killed, its log.

    Raises:
        InputError: there is none, or it is not ours.
    """
    file = path / FILE
    try:
        run = read_record(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{file}: no run of 'squeezeseg segment' ({reason}); give the folder of one, or another --out"
        ) from None
    if logged := read_log(path):
        frames = {entry["name"]: entry for entry in (*run["frames"], *logged)}
        run |= {"status": "unfinished", "frames": [frames[name] for name in sorted(frames)]}
    return dict(run)


def check_writable(path: Path, *, file: bool = False) -> None:
    """Raise InputError if the folder, or `file`, can't be made or written. For before the work: it leaves no trace."""
    if file and path.is_dir():
        raise InputError(f"{path}: cannot be written (it is a folder); choose another --out")
    folders = path.absolute().parents if file else (path, *path.absolute().parents)
    existing = next(folder for folder in folders if folder.exists())
    if not existing.is_dir():
        raise InputError(f"{path}: cannot be written ({existing} is no folder); choose another --out")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise InputError(f"{path}: cannot be written (no right to write in {existing}); choose another --out")


def _is_bare(path: Path) -> bool:
    """True if nothing is in the folder, or only what a run leaves that was killed before it wrote run.json."""
    return all(is_temporary(file) or file.name == LOCK for file in path.iterdir())


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """{'sensor': {'height': 1}} -> {'sensor height': 1}."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        flat |= _flat(value, f"{prefix}{key} ") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
