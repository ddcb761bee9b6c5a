"""Sources of recorded scans, a module per data set; `open_source` finds the one that fits a path."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from data.formats import FOLDER_SUFFIXES, READERS
from data.sources.argoverse2 import SUFFIX as FEATHER
from data.sources.argoverse2 import Argoverse2, open_argoverse2
from data.sources.arrays import without_other_arrays
from data.sources.base import Frame, Source
from data.sources.collection import Collection
from data.sources.files import FileSource, scan_files
from data.sources.kitti_object import KittiObject
from data.sources.kitti_raw import SCANS, KittiRaw
from data.sources.nuscenes import FOLDERS, NuScenes, is_nuscenes, open_scenes
from data.sources.pandaset import open_pandaset
from data.sources.remote import RemoteFiles, url_of
from data.sources.selection import select
from data.sources.semantic_kitti import LAYOUTS as SEQUENCES
from data.sources.semantic_kitti import SEMANTIC_KITTI, STAMPS, Layout, SemanticKitti
from data.sources.several import LIST, open_several, read_list
from data.sources.squeezeseg_npy import SqueezeSegNpy, is_range_image
from data.stream_file import stream_kind
from projection import Sensor
from projection.errors import InputError

_log = logging.getLogger(__name__)
T = TypeVar("T", bound=Source)

LAYOUTS = (
    "velodyne_points/data/*.bin (KITTI raw, one drive or several), training/velodyne/*.bin (KITTI object), "
    "sequences/*/velodyne/*.bin (SemanticKITTI, odometry), os1_cloud_node_kitti_bin/*.bin (RELLIS-3D), "
    "samples/LIDAR_TOP/*.pcd.bin (nuScenes), lidar/*.pkl.gz (PandaSet), "
    "sensors/lidar/*.feather (Argoverse 2), "
    f"{', '.join('*' + suffix for suffix in (*FOLDER_SUFFIXES, '.npz'))}, captures and bags"
)

MOST_FOLDERS = 1000
"""Folders that are looked into, where one without scans was given."""


def open_source(anything: str | Path | Sequence[str | Path], *, sensor: Sensor | None = None) -> Source:
    """Open a recording, whatever its layout.

    Args:
        anything: a KITTI raw drive, date folder or root of several; KITTI object (its training where it has
            both, or the folder testing itself); SemanticKITTI or KITTI odometry, whole or one sequence;
            SqueezeSeg's range images; a folder of point files; a single file; or a list of any of these, also in
            a text file (.list), one a line. A URL (s3://, gs://, http://) of a folder of point files, or of one.
        sensor: that recorded it, where it is not the one that the layout implies.

    Raises:
        InputError: nothing there, or nothing that we know.

    Example:
        >>> source = open_source("2011_09_26/2011_09_26_drive_0048_sync")
        >>> for scan in source:
        ...     print(scan.name, len(scan))
    """
    if not isinstance(anything, str | Path):
        if len(anything) != 1:
            paths = [Path(one) for one in anything]
            return open_several(paths, lambda one: open_source(one, sensor=sensor), sensor)
        anything = anything[0]
    if url := url_of(anything):
        return RemoteFiles(url, sensor)
    path = Path(anything)
    try:
        if path.is_file():
            if path.suffix.lower() == LIST:
                source = open_source(read_list(path), sensor=sensor)
                source.path, source.name = path.absolute(), path.stem
                return source
            if path.suffix.lower() == FEATHER:
                return Argoverse2(path, [path], None, sensor)
            if path.suffix.lower() not in READERS:
                _refuse_stream(path)
                raise InputError(f"{path}: unknown suffix {path.suffix!r}; scans are {', '.join(READERS)} files")
            return _open_files(path, [path], sensor)
        if not path.is_dir():
            kind = "no regular file; save it as one" if path.exists() else "no such file or folder; check the path"
            raise InputError(f"{path}: {kind}")
        return _open_folder(path, sensor)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check its rights") from None


def _open_folder(path: Path, sensor: Sensor | None) -> Source:
    """Open a folder as the first layout that fits."""
    path = path.resolve() if path.name == ".." else path.absolute()
    if path.name == "velodyne_points" or path.parts[-2:] == SCANS.parts:
        path = path.parent if path.name == "velodyne_points" else path.parents[1]
    elif path.name in [layout.scans for layout in SEQUENCES]:
        named = next(layout for layout in SEQUENCES if layout.scans == path.name)
        if named is not SEMANTIC_KITTI:
            return SemanticKitti(path.parent, sensor, named)
        path = path.parent
    for look in (open_scenes, open_pandaset, open_argoverse2, _kitti_raw, _sequences, _kitti_object):
        source = look(path, sensor)
        if source is not None:
            return source
    if files := scan_files(path) or scan_files(path, (".npz",)):
        return _open_files(path, without_other_arrays(path, files), sensor)
    for folder in FOLDERS:
        if files := scan_files(path / folder, (".bin",)):
            return _open_files(path / folder, files, sensor)
    _refuse_stream(path)
    if below := next(_folders_with_scans(path), None):
        raise InputError(f"{path}: no scans in the folder itself, but in {below}; give that, or a folder like it")
    raise InputError(f"{path}: no scans; looked for {LAYOUTS}")


def _folders_with_scans(path: Path) -> Iterator[Path]:
    """Folders one and two levels below that have scans of their own."""
    for pattern in ("*", "*/*"):
        for folder in sorted(path.glob(pattern))[:MOST_FOLDERS]:
            if folder.is_dir() and scan_files(folder):
                yield folder


def _refuse_stream(path: Path) -> None:
    """Raise InputError for a capture or a bag, which `data.live` opens."""
    if kind := stream_kind(path):
        raise InputError(f"{path}: a {kind}, no folder of scans; 'squeezeseg live', 'view' and 'segment' read it")


def _kitti_raw(path: Path, sensor: Sensor | None) -> Source | None:
    if (path / SCANS).is_dir():
        return KittiRaw(path, sensor)
    drives = sorted(folder.parents[1] for depth in ("*", "*/*") for folder in path.glob(f"{depth}/{SCANS}"))
    return _collect(path, drives, lambda drive: KittiRaw(drive, sensor), lambda source: source.drive)


def _sequences(path: Path, sensor: Sensor | None) -> Source | None:
    for layout in SEQUENCES:
        if layout is not SEMANTIC_KITTI and (source := _other_sequences(path, sensor, layout)):
            return source
    for root in (path, path / "sequences", path / "dataset" / "sequences"):
        if root.name == "sequences" and root.is_dir():
            folders = sorted(folder.parent for folder in root.glob("*/velodyne"))
            return _collect(
                path, folders, lambda folder: SemanticKitti(folder, sensor), lambda source: source.path.name
            )
    markers = (path / "labels", path / "calib.txt", path / STAMPS)
    if (path / "velodyne").is_dir() and (path.parent.name == "sequences" or any(m.exists() for m in markers)):
        return SemanticKitti(path, sensor)
    return None


def _other_sequences(path: Path, sensor: Sensor | None, layout: Layout) -> Source | None:
    """A sequence, or a root of several, of a data set with other names of folders than SemanticKITTI's."""
    if (path / layout.scans).is_dir():
        return SemanticKitti(path, sensor, layout)
    folders = sorted(folder.parent for folder in path.glob(f"*/{layout.scans}"))
    return _collect(path, folders, lambda folder: SemanticKitti(folder, sensor, layout), lambda one: one.path.name)


def _kitti_object(path: Path, sensor: Sensor | None) -> Source | None:
    for folder in (path, path / "training", path / "testing"):
        if (folder / "velodyne").is_dir():
            return KittiObject(folder, sensor)
    return None


def _open_files(path: Path, files: Sequence[Path], sensor: Sensor | None) -> Source:
    arrays = [file for file in files if file.suffix.lower() == ".npy"]
    for file in arrays:
        try:
            if is_range_image(file):
                return SqueezeSegNpy(path, arrays, sensor)
            break
        except (InputError, OSError):  # reported when the frame is read
            continue
    return (NuScenes if is_nuscenes(files) else FileSource)(path, files, sensor)


def _collect(
    path: Path, folders: Sequence[Path], open_one: Callable[[Path], T], prefix: Callable[[T], str]
) -> Source | None:
    """The only one of the sources in `folders` that can be opened, or all of them together; None without folders."""
    if not folders:
        return None
    sources: list[T] = []
    for folder in folders:
        try:
            sources.append(open_one(folder))
        except InputError as error:
            _log.warning("left out: %s", error)
    if not sources:
        raise InputError(f"{path}: no scans; all of its {len(folders)} recordings are empty")
    if len(sources) == 1:
        return sources[0]
    return Collection(path, _unique_names(path, {source: prefix(source) for source in sources}))


def _unique_names(path: Path, names: Mapping[Source, str]) -> dict[str, Source]:
    """Each source under its name; where two share one (drive_sync, drive_extract), under its folders'."""
    count = Counter(names.values())
    return {
        name if count[name] == 1 else "_".join(source.path.relative_to(path).parts): source
        for source, name in names.items()
    }


__all__ = ["Collection", "Frame", "Source", "open_source", "select"]
