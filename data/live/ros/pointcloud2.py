"""ROS's PointCloud2 messages (sensor_msgs), as the drivers of Velodyne, Ouster and Hesai fill them.

x, y, z are float32 in metres, x forward, y left, z up. The rest differs: Velodyne has float intensity 0..255 and ring 0
the lowest beam, Ouster reflectivity and ring 0 the highest, Hesai intensity 0..255 and ring 0 the highest. So rings
are sorted by what they measured, not by what their maker is thought to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from data.plausibility import NONE, IntensityScale
from projection import Sensor, returns
from projection.errors import InputError
from projection.presets import VERIFIED
from projection.sensors import falling_elevations

_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 8: "f8"}
_INTENSITIES = ("reflectivity", "intensity", "intensities", "i")
RINGS = ("ring", "laser_id", "channel")
_MAX_POINTS = 1 << 24
_MAX_BEAMS = 255
_COLUMNS = 2048
_NEAR_PRESET = 0.6  # degrees between a preset's beams and the measured ones, on median


class PointField(Protocol):
    """sensor_msgs/PointField."""

    name: str
    offset: int
    datatype: int
    count: int


class PointCloud2(Protocol):
    """sensor_msgs/PointCloud2, as far as it is read here."""

    height: int
    width: int
    fields: Sequence[PointField]
    is_bigendian: bool
    point_step: int
    row_step: int
    data: Any


@dataclass(frozen=True, eq=False)
class Cloud:
    """A message's points.

    xyz: (N, 3) float32.
    intensity: (N,) float32 as it was sent, or None.
    ring: (N,) uint8 as it was sent, 0 without a return; an organised cloud's rows where it has no such field; or None.
    """

    xyz: NDArray[np.float32]
    intensity: NDArray[np.float32] | None
    ring: NDArray[np.uint8] | None


def read_cloud(message: PointCloud2) -> Cloud:
    """A message's points.

    Raises:
        InputError: the message has no x, y and z, or its sizes contradict one another.
    """
    points = _structured(message)
    names = points.dtype.names or ()
    if missing := [name for name in "xyz" if name not in names]:
        raise InputError(f"PointCloud2 without the field {missing[0]!r}; its fields are {', '.join(names) or 'none'}")
    with np.errstate(all="ignore"):
        flat = points.reshape(-1)
        xyz = np.stack([flat[name] for name in "xyz"], axis=1).astype(np.float32)
        field = next((name for name in _INTENSITIES if name in names), None)
        intensity = None if field is None else flat[field].astype(np.float32)
    return Cloud(xyz, intensity, _ring(points, names, xyz))


def _structured(message: PointCloud2) -> NDArray[np.void]:
    """The message's data as (height, width) records, without a copy."""
    height, width, step, row = (
        int(number) for number in (message.height, message.width, message.point_step, message.row_step)
    )
    data = np.frombuffer(message.data, np.uint8)
    if height < 0 or width < 0 or height * width > _MAX_POINTS:
        raise InputError(f"PointCloud2 of {height} x {width} points; at most {_MAX_POINTS:,} are read")
    if height * width * step > len(data):
        raise InputError(
            f"PointCloud2 of {height} x {width} points of {step} bytes in rows of {row}, but of {len(data)} bytes"
        )
    if row < width * step or (height - 1) * row + width * step > len(data):
        row = width * step  # drivers fill row_step with anything, such as the size of the whole
    fields: dict[str, tuple[str, int]] = {}
    beyond: dict[str, int] = {}
    for field in message.fields:
        kind = _TYPES.get(int(field.datatype))
        name, offset = str(field.name), int(field.offset)
        if kind is None or name in fields or not name or int(field.count) > 1:
            continue
        kind = (">" if message.is_bigendian else "<") + kind
        if 0 <= offset <= step - np.dtype(kind).itemsize:
            fields[name] = kind, offset
        else:
            beyond[name] = offset
    for names in (("x",), ("y",), ("z",), _INTENSITIES, RINGS):  # what else lies beyond is read by nobody
        outside = next((name for name in names if name in beyond), None)
        if outside is not None and not any(name in fields for name in names):
            raise InputError(f"PointCloud2: field {outside!r} lies at byte {beyond[outside]} of points of {step} bytes")
    if not fields or height * width == 0:
        kinds = np.dtype([(name, kind) for name, (kind, _) in fields.items()])
        return np.zeros((0, 0), kinds)
    dtype = np.dtype(
        {
            "names": list(fields),
            "formats": [kind for kind, _ in fields.values()],
            "offsets": [offset for _, offset in fields.values()],
            "itemsize": step,
        }
    )
    return np.ndarray((height, width), dtype, buffer=data, strides=(row, step))


def _ring(points: NDArray[np.void], names: Sequence[str], xyz: NDArray[np.float32]) -> NDArray[np.uint8] | None:
    name = next((name for name in RINGS if name in names), None)
    if name is not None:
        with np.errstate(all="ignore"):
            # Where there is no return, drivers write whatever they like, such as 65535.
            ring = np.where(returns(xyz), points[name].reshape(-1).astype(np.float64), 0)
        if not np.all((ring >= 0) & (ring < _MAX_BEAMS)):
            raise InputError(f"PointCloud2: field {name!r} names beams other than 0 to {_MAX_BEAMS - 1}")
        return ring.astype(np.uint8)
    rows, width = points.shape
    if 1 < rows <= _MAX_BEAMS and width > rows:
        return np.repeat(np.arange(rows, dtype=np.uint8), width)
    return None


def points_of(cloud: Cloud, scale: IntensityScale) -> NDArray[np.float32]:
    """(N, 4) float32 x, y, z, intensity 0..1, 0 where there is none; what is no reflectance is left as it was sent."""
    points = np.zeros((len(cloud.xyz), 4), np.float32)
    points[:, :3] = cloud.xyz
    if cloud.intensity is not None:
        points[:, 3] = cloud.intensity
        if scale != NONE:
            scale.apply(points[:, 3])
    return points


@dataclass(frozen=True, eq=False)
class Beams:
    """A sender's sensor and its numbering of the beams.

    sensor: whose beams they are.
    index: (256,) uint8, the beam of each ring, 0 the highest.
    """

    sensor: Sensor
    index: NDArray[np.uint8]

    def of(self, ring: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
        """The beams of rings (N,). A ring that the sensor doesn't have is refused when it is projected."""
        return None if ring is None else self.index[ring]


def beams_of(cloud: Cloud, sensor: Sensor | None = None, presets: Mapping[str, Sensor] = VERIFIED) -> Beams:
    """Find the sensor that sent a cloud and its numbering of the beams.

    sensor: that it is; else the preset whose beams are nearest to what the rings measured, or one made of that.

    Raises:
        InputError: the cloud has no rings, and there is no sensor; or the sensor has fewer beams.
    """
    if cloud.ring is None:
        if sensor is None:
            raise InputError("PointCloud2 without a ring field: name the sensor with --sensor")
        return Beams(sensor, np.arange(256, dtype=np.uint8))
    seen = returns(cloud.xyz)
    xyz, ring = cloud.xyz[seen].astype(np.float64), cloud.ring[seen]
    if len(ring) == 0:
        raise InputError("PointCloud2 without returns: no beam can be measured")
    elevation = np.degrees(np.arctan2(xyz[:, 2], np.hypot(xyz[:, 0], xyz[:, 1])))
    rings = np.unique(ring)
    middle = np.array([np.median(elevation[ring == number]) for number in rings])
    from_below = len(rings) > 1 and np.polyfit(rings, middle, 1)[0] > 0
    found = sensor or _nearest(rings, middle, from_below, presets)
    count = found.beams if found is not None else int(rings.max()) + 1
    if int(rings.max()) >= count:
        raise InputError(f"PointCloud2 names beam {rings.max()}, but sensor {found and found.name} has {count} beams")
    index = np.arange(256)
    index[:count] = np.arange(count)[::-1] if from_below else np.arange(count)
    if found is None:
        elevations = np.interp(np.arange(count), rings, middle)
        found = Sensor(f"{count} beams", falling_elevations(elevations), _COLUMNS)
    return Beams(found, index.astype(np.uint8))


def _nearest(
    rings: NDArray[np.uint8], middle: NDArray[np.float64], from_below: bool, presets: Mapping[str, Sensor]
) -> Sensor | None:
    """The preset with the measured beams; None where none has."""
    best: tuple[float, Sensor] | None = None
    for sensor in presets.values():
        if not sensor.full_turn or sensor.beams <= int(rings.max()) or sensor.beams > 2 * (int(rings.max()) + 1):
            continue
        beams = np.asarray(sensor.elevations)
        index = sensor.beams - 1 - rings.astype(int) if from_below else rings.astype(int)
        off = float(np.median(np.abs(beams[index] - middle)))
        if best is None or off < best[0]:
            best = off, sensor
    return best[1] if best is not None and best[0] < _NEAR_PRESET else None
