"""PointCloud2 messages: the layouts of three makers, and whatever else comes under that name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.live.ros.pointcloud2 import beams_of, points_of, read_cloud
from data.plausibility import IntensityMemory, IntensityScale
from projection import PRESETS, InputError

CODES = {"i1": 1, "u1": 2, "i2": 3, "u2": 4, "i4": 5, "u4": 6, "f4": 7, "f8": 8}


@dataclass
class Field:
    name: str
    offset: int
    datatype: int
    count: int = 1


@dataclass
class Message:
    fields: list[Field]
    point_step: int
    data: bytes | np.ndarray
    width: int
    height: int = 1
    row_step: int = 0
    is_bigendian: bool = False
    extra: dict = field(default_factory=dict)


VELODYNE = {
    "x": (0, "f4"),
    "y": (4, "f4"),
    "z": (8, "f4"),
    "intensity": (12, "f4"),
    "ring": (16, "u2"),
    "time": (18, "f4"),
}
OUSTER = {
    "x": (0, "f4"), "y": (4, "f4"), "z": (8, "f4"), "intensity": (16, "f4"), "t": (20, "u4"),
    "reflectivity": (24, "u2"), "ring": (26, "u1"), "ambient": (28, "u2"), "range": (32, "u4"),
}  # fmt: skip
HESAI = {
    "x": (0, "f4"),
    "y": (4, "f4"),
    "z": (8, "f4"),
    "intensity": (16, "f4"),
    "timestamp": (24, "f8"),
    "ring": (32, "u2"),
}
STEPS = {"velodyne": (VELODYNE, 22), "ouster": (OUSTER, 48), "hesai": (HESAI, 48)}


def rays(elevations, columns=50):
    """Points (H * W, 3) at 10 m, row after row, and the row of each."""
    azimuth = np.linspace(-np.pi, np.pi, columns, endpoint=False)
    up = np.radians(elevations)[:, None]
    xyz = 10 * np.stack(np.broadcast_arrays(np.cos(up) * np.cos(azimuth), np.cos(up) * np.sin(azimuth), np.sin(up)), -1)
    return xyz.reshape(-1, 3), np.repeat(np.arange(len(elevations)), columns)


def message(maker, xyz, ring, bright, *, height=1, big=False, padding=0):
    layout, step = STEPS[maker]
    order = ">" if big else "<"
    dtype = np.dtype(
        {
            "names": list(layout),
            "formats": [order + kind for _, kind in layout.values()],
            "offsets": [offset for offset, _ in layout.values()],
            "itemsize": step,
        }
    )
    records = np.zeros(len(xyz), dtype)
    for k, axis in enumerate("xyz"):
        records[axis] = xyz[:, k]
    records["ring"] = ring
    records["reflectivity" if maker == "ouster" else "intensity"] = bright
    width = len(xyz) // height
    rows = records.reshape(height, width).view(np.uint8).reshape(height, width * step)
    data = np.pad(rows, ((0, 0), (0, padding)))
    fields = [Field(name, offset, CODES[kind]) for name, (offset, kind) in layout.items()]
    return Message(fields, step, data.reshape(-1), width, height, width * step + padding, big)


@pytest.mark.parametrize("maker", STEPS)
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(("height", "padding"), [(1, 0), (16, 0), (16, 8)])
def test_a_makers_points_are_read(maker, big, height, padding):
    elevations = np.array(PRESETS["vlp16"].elevations)
    xyz, row = rays(elevations)
    ring = 15 - row if maker == "velodyne" else row
    bright = np.linspace(0, 255, len(xyz)).astype(np.uint8)
    cloud = read_cloud(message(maker, xyz, ring, bright, height=height, big=big, padding=padding))
    points = points_of(cloud, IntensityMemory().learn(cloud.intensity))
    np.testing.assert_allclose(points[:, :3], xyz, atol=1e-5)
    np.testing.assert_allclose(points[:, 3], bright / 255, atol=1e-6)
    beams = beams_of(cloud)
    assert np.array_equal(beams.of(cloud.ring), row)
    assert beams.sensor == PRESETS["vlp16"]


@pytest.mark.parametrize("name", ["vlp16", "hdl32", "vlp32c", "vls128"])
def test_a_sensor_is_known_by_its_beams(name):
    xyz, row = rays(np.array(PRESETS[name].elevations))
    beams = beams_of(read_cloud(message("velodyne", xyz, PRESETS[name].beams - 1 - row, 1)))
    assert beams.sensor.name == name


def test_beams_that_see_nothing_are_counted_nevertheless():
    xyz, row = rays(np.array(PRESETS["hdl32"].elevations))
    seen = row != 10
    cloud = read_cloud(message("velodyne", xyz[seen], (31 - row)[seen], 1))
    beams = beams_of(cloud)
    assert beams.sensor.name == "hdl32"
    assert np.array_equal(beams.of(cloud.ring), row[seen])


def test_an_unknown_sensors_beams_are_measured():
    elevations = np.linspace(22.5, -22.5, 64)
    xyz, row = rays(elevations)
    seen = (row < 5) | (row > 8)
    beams = beams_of(read_cloud(message("ouster", xyz[seen], row[seen], 1)))
    np.testing.assert_allclose(beams.sensor.elevations, elevations, atol=1e-3)
    assert np.array_equal(beams.of(row[seen].astype(np.uint8)), row[seen])


def test_rows_are_beams_where_there_is_no_ring():
    xyz, row = rays(np.array(PRESETS["vlp16"].elevations))
    sent = message("velodyne", xyz, row, 1, height=16)
    sent.fields = [one for one in sent.fields if one.name != "ring"]
    cloud = read_cloud(sent)
    assert np.array_equal(beams_of(cloud).of(cloud.ring), row)


def test_without_rings_the_sensor_must_be_named():
    xyz, row = rays(np.array(PRESETS["vlp16"].elevations))
    sent = message("velodyne", xyz, row, 1)
    sent.fields = [one for one in sent.fields if one.name != "ring"]
    cloud = read_cloud(sent)
    with pytest.raises(InputError, match="--sensor"):
        beams_of(cloud)
    beams = beams_of(cloud, PRESETS["vlp16"])
    assert (beams.sensor, beams.of(cloud.ring)) == (PRESETS["vlp16"], None)


def test_a_sensor_with_fewer_beams_is_refused():
    xyz, row = rays(np.array(PRESETS["hdl32"].elevations))
    with pytest.raises(InputError, match="sensor vlp16 has 16 beams"):
        beams_of(read_cloud(message("velodyne", xyz, row, 1)), PRESETS["vlp16"])


@pytest.mark.parametrize(
    ("bright", "expected"),
    [([0, 0.5, 1], [0, 0.5, 1]), ([0, 51, 255], [0, 0.2, 1]), ([0, 255, 65535], [0, 255 / 65535, 1])],
)
def test_intensities_of_any_unit_are_0_to_1(bright, expected):
    cloud = read_cloud(message("hesai", np.ones((3, 3)), 0, bright))
    np.testing.assert_allclose(points_of(cloud, IntensityMemory().learn(cloud.intensity))[:, 3], expected, atol=1e-6)


def test_a_returnless_point_stays_one():
    cloud = read_cloud(message("velodyne", np.full((3, 3), np.nan), 0, [1, np.nan, np.inf]))
    points = points_of(cloud, IntensityScale(span=255.0))
    assert np.isnan(points[:, :3]).all()
    assert np.isfinite(points[:, 3]).all()
    with pytest.raises(InputError, match="without returns"):
        beams_of(cloud)


def test_no_points_are_no_points():
    assert len(read_cloud(message("velodyne", np.zeros((0, 3)), np.zeros(0), np.zeros(0))).xyz) == 0


def good():
    return message("velodyne", np.ones((4, 3)), 0, 1)


def field_at(offset, datatype=7, name="x"):
    return [Field(name, offset, datatype), *[one for one in good().fields if one.name != "x"]]


XYZ = good().fields[:3]


@pytest.mark.parametrize(
    "change",
    [
        {"row_step": 0},
        {"row_step": 10},
        {"row_step": -5},
        {"row_step": 88 * 4},
        {"row_step": 88, "height": 2, "width": 2},  # that of the whole message
        {"row_step": 45, "height": 2, "width": 2},
        {"fields": [*good().fields, Field("rgb", 40, 7)]},  # that nobody reads
        {"fields": [*good().fields, Field("ring", 40, 4)]},
        {"fields": [Field("ring", 40, 4), *good().fields]},
        {"fields": [Field("reflectivity", 40, 4), *good().fields]},  # there is an intensity
        {"fields": [*good().fields, Field("x", 4, 7)]},
    ],
)
def test_what_doesnt_matter_may_be_wrong(change):
    cloud = read_cloud(replace(good(), **change))
    assert cloud.xyz.tolist() == [[1, 1, 1]] * 4
    assert cloud.intensity.tolist() == [1] * 4
    assert cloud.ring.tolist() == [0] * 4


def test_the_last_row_needs_no_padding():
    elevations = np.array(PRESETS["vlp16"].elevations)
    xyz, row = rays(elevations)
    sent = message("velodyne", xyz, row, 1, height=16, padding=8)
    cloud = read_cloud(replace(sent, data=sent.data[:-8]))
    np.testing.assert_allclose(cloud.xyz, xyz, atol=1e-5)


@pytest.mark.parametrize("nothing", [np.nan, np.inf, 0.0])
@pytest.mark.parametrize("number", [65535, 255, 300])
def test_the_ring_of_a_missing_return_may_be_anything(nothing, number):
    elevations = np.array(PRESETS["vlp16"].elevations)
    xyz, row = rays(elevations)
    ring = row.copy()
    xyz[:7], ring[:7] = nothing, number
    cloud = read_cloud(message("velodyne", xyz, ring, 1))
    assert np.array_equal(beams_of(cloud).of(cloud.ring)[7:], row[7:])
    xyz[0] = 1
    with pytest.raises(InputError, match="beams other than"):
        read_cloud(message("velodyne", xyz, ring, 1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"width": 5}, "5 points of 22 bytes in rows of 88"),
        ({"height": 2}, "but of 88 bytes"),
        ({"width": 2**31, "height": 2**31}, "at most"),
        ({"width": -1}, "at most"),
        ({"fields": field_at(19)}, "field 'x' lies at byte 19"),
        ({"fields": field_at(-4)}, "lies at byte -4"),
        ({"fields": field_at(0, name="a")}, "without the field 'x'"),
        ({"fields": field_at(0, datatype=99)}, "without the field 'x'"),
        ({"fields": field_at(40, name="ring")[:1] + XYZ}, "field 'ring' lies at byte 40"),
        ({"fields": field_at(40, name="intensity")[:1] + XYZ}, "field 'intensity' lies at byte 40"),
        ({"fields": []}, "its fields are none"),
        ({"point_step": 0, "row_step": 0}, "of 0 bytes"),
    ],
)
def test_a_message_that_contradicts_itself_is_refused(change, said):
    with pytest.raises(InputError) as caught:
        read_cloud(replace(good(), **change))
    assert said in str(caught.value)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_message_is_read_or_refused(data):
    small = st.integers(-2, 40)
    fields = st.builds(
        Field,
        st.sampled_from(["x", "y", "z", "intensity", "ring", "reflectivity", "", "t"]),
        small,
        st.integers(0, 9),
        st.integers(0, 3),
    )
    given_fields = data.draw(st.one_of(st.just(good().fields), st.lists(fields, max_size=7)))
    raw = data.draw(st.one_of(st.just(bytes(good().data)), st.binary(max_size=120)))
    sent = Message(
        given_fields,
        data.draw(small),
        raw,
        data.draw(small),
        data.draw(small),
        data.draw(small),
        data.draw(st.booleans()),
    )
    if data.draw(st.booleans()):
        sent = replace(good(), data=data.draw(st.binary(min_size=88, max_size=88)))
    try:
        cloud = read_cloud(sent)
        points = points_of(cloud, IntensityScale(span=255.0))
        assert points.shape == (len(cloud.xyz), 4)
        beams = beams_of(cloud)
        assert np.all(beams.of(cloud.ring) < beams.sensor.beams)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right
