"""Presets: sensors known by name, and where their beams are known from.

Beams are a model's as its maker means them, or one copy's as it was calibrated: others differ by some hundredths of a
degree. Columns are those of ten turns a second; heights are what is usual, where KITTI's is not.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

import numpy as np

from projection.errors import InputError
from projection.sensors import Sensor

Origin = Literal["manual", "driver", "copy", "scan", "even"]
ORIGINS: dict[Origin, str] = {
    "manual": "the maker's manual or data sheet",
    "driver": "tables in the maker's driver for ROS, or in Nebula's",
    "copy": "the calibration of one copy, in Nebula's drivers",
    "scan": "scans",
    "even": "evenly spaced over its field of view, not verified; the beams of yours are in its metadata",
}


@dataclass(frozen=True)
class Preset:
    """A sensor known by its name. model: as its maker calls it. origin: of its elevations, a key of ORIGINS."""

    sensor: Sensor
    model: str
    origin: Origin


def _even(top: float, bottom: float, beams: int) -> tuple[float, ...]:
    return tuple(float(e) for e in np.round(np.linspace(top, bottom, beams), 3))


def _hdl64() -> tuple[float, ...]:
    # KITTI's HDL-64E: 33 beams a third of a degree apart, 31 more half a degree apart. Read off the
    # range images that SqueezeSeg published (+2.3 to -8.4 at row 32, to -23.6).
    return _even(2.3, -8.4, 33) + _even(-8.4, -23.6, 32)[1:]


# fmt: off
# Dense about the horizon, wide at both ends.
_VLP32C = (
    15.0, 10.333, 7.0, 4.667, 3.333, 2.333, 1.667, 1.333, 1.0, 0.667, 0.333, 0.0, -0.333, -0.667, -1.0, -1.333,
    -1.667, -2.0, -2.333, -2.667, -3.0, -3.333, -3.667, -4.0, -4.667, -5.333, -6.148, -7.254, -8.843, -11.31, -15.639,
    -25.0,
)
_VLS128 = (
    15.0, 11.75, 9.7, 8.43, 7.58, 6.98, 6.48, 6.08, 5.73, 5.43, 5.18, 4.98, 4.83, *_even(4.72, -6.5, 103),
    -6.65, -6.85, -7.15, -7.65, -8.352, -9.244, -10.346, -11.742, -13.565, -16.042, -19.582, -25.0,
)
_PANDAR40P = (15.0, 11.0, 8.0, 5.0, 3.0, *_even(2.0, -6.0, 25), *_even(-7.0, -14.0, 8), -19.0, -25.0)
_PANDAR64 = (
    14.882, 11.032, 8.059, 5.057, 3.04, 2.028, 1.86, 1.688, 1.522, 1.351, 1.184, 1.013, 0.846, 0.675, 0.508, 0.337,
    0.169, 0.0, -0.169, -0.337, -0.508, -0.675, -0.845, -1.013, -1.184, -1.351, -1.522, -1.688, -1.86, -2.028, -2.198,
    -2.365, -2.536, -2.7, -2.873, -3.04, -3.21, -3.375, -3.548, -3.712, -3.884, -4.05, -4.221, -4.385, -4.558, -4.72,
    -4.892, -5.057, -5.229, -5.391, -5.565, -5.726, -5.898, -6.061, -7.063, -8.059, -9.06, -9.885, -11.032, -12.006,
    -12.974, -13.93, -18.889, -24.897,
)
_QT64 = (
    52.133, 49.795, 47.587, 45.487, 43.475, 41.537, 39.662, 37.84, 36.064, 34.328, 32.627, 30.957, 29.315, 27.697,
    26.101, 24.524, 22.959, 21.415, 19.885, 18.368, 16.861, 15.365, 13.877, 12.397, 10.923, 9.456, 7.993, 6.534, 5.079,
    3.626, 2.175, 0.725, -0.725, -2.175, -3.626, -5.079, -6.535, -7.994, -9.457, -10.925, -12.399, -13.88, -15.368,
    -16.865, -18.372, -19.889, -21.42, -22.964, -24.517, -26.094, -27.69, -29.308, -30.95, -32.619, -34.32, -36.055,
    -37.831, -39.653, -41.528, -43.465, -45.477, -47.577, -49.785, -52.121,
)
_HELIOS16P = (14.94, 13.03, 10.92, 8.9, 6.96, 5.46, 3.98, 2.67, 1.33, 0.0, -1.33, -2.67, -3.96, -5.23, -6.63, -8.01)
_HELIOS5515 = (
    15.0, 13.0, 11.0, 9.0, 7.0, 5.5, 4.0, 2.67, 1.33, 0.0, -1.33, -2.67, -4.0, -5.33, -6.67, -8.0, -10.0,
    *_even(-13.0, -55.0, 15),
)
_RUBY_PLUS = (
    15.03, 11.52, 9.01, 7.41, 6.56, 5.96, 5.46, 5.06, 4.71, 4.41, 4.16, 3.96, *_even(3.81, -6.5, 104)[:-1],
    -6.5, -6.65, -6.86, -7.16, -7.66, -8.35, -9.25, -10.36, -11.75, -13.58, -16.06, -19.65, -25.05,
)
# fmt: on


def _ousters() -> tuple[Preset, ...]:
    # An OS1-128 of 2021 measured from +20.95 to -21.82 degrees, where the first data sheets have 45 in all.
    reach = {"os0": 45.0, "os1": 21.4, "os2": 11.25}
    return tuple(
        Preset(Sensor(f"{name}_{beams}", _even(top, -top, beams), 1024), f"Ouster {name.upper()}-{beams}", "even")
        for name, top in reach.items()
        for beams in (32, 64, 128)
    )


CATALOGUE: tuple[Preset, ...] = (
    Preset(Sensor("hdl64", _hdl64(), 2048), "Velodyne HDL-64E, KITTI's", "scan"),
    Preset(Sensor("hdl64_front", _hdl64(), 512, azimuth_left=45.0, azimuth_right=-45.0), "the same, ahead", "scan"),
    Preset(Sensor("hdl32", _even(10.67, -30.67, 32), 2048, height=1.8), "Velodyne HDL-32E", "manual"),
    Preset(Sensor("vlp16", _even(15.0, -15.0, 16), 2048, height=1.0), "Velodyne VLP-16 (Puck)", "manual"),
    Preset(Sensor("puck_hires", _even(10.0, -10.0, 16), 2048, height=1.0), "Velodyne Puck Hi-Res", "manual"),
    Preset(Sensor("vlp32c", _VLP32C, 2048, height=1.8), "Velodyne VLP-32C (Ultra Puck)", "manual"),
    Preset(Sensor("vls128", _VLS128, 2048, height=1.8), "Velodyne VLS-128 (Alpha Prime)", "manual"),
    Preset(Sensor("pandar40p", _PANDAR40P, 2048, height=1.8), "Hesai Pandar40P", "driver"),
    Preset(Sensor("pandar64", _PANDAR64, 2048, height=1.8), "Hesai Pandar64", "driver"),
    Preset(Sensor("xt16", _even(15.0, -15.0, 16), 2048), "Hesai PandarXT-16", "driver"),
    Preset(Sensor("xt32", _even(15.0, -16.0, 32), 2048), "Hesai PandarXT-32", "driver"),
    Preset(Sensor("qt64", _QT64, 608), "Hesai PandarQT", "driver"),
    Preset(Sensor("helios16p", _HELIOS16P, 2048), "RoboSense Helios-16P", "copy"),
    Preset(Sensor("helios5515", _HELIOS5515, 2048), "RoboSense Helios 5515, 32 beams", "driver"),
    Preset(Sensor("ruby_plus", _RUBY_PLUS, 2048, height=1.8), "RoboSense Ruby Plus", "copy"),
    *_ousters(),
)
PRESETS: dict[str, Sensor] = {one.sensor.name: one.sensor for one in CATALOGUE}
VERIFIED: dict[str, Sensor] = {one.sensor.name: one.sensor for one in CATALOGUE if one.origin != "even"}
"""Those that measured beams may be compared with."""


def preset(name: str) -> Sensor:
    """The sensor called `name`. Raises InputError that names the nearest."""
    try:
        return PRESETS[name]
    except KeyError:
        nearest = difflib.get_close_matches(name.lower().replace("-", "_"), PRESETS, 1, 0.0)[0]
        raise InputError(
            f"unknown sensor {name!r}; did you mean {nearest!r}? 'squeezeseg sensors' lists them; or give a .yaml file"
        ) from None
