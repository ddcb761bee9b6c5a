"""Rays at triangles: held to a slow oracle, and to open3d on a whole street."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest
from helpers import open3d
from oracles.rays import first_hit

from data.simulator.mesh import Floats
from data.simulator.sensor import embree
from data.simulator.sensor.ray_scene import PART, RayScene
from data.simulator.street.layout import lay_out
from projection.errors import InputError

# 2 x 2 metres in the plane x = 10, and the same in the plane x = 20.
VERTICES = np.array([[x, y, z] for x in (10, 20) for y in (-1, 1) for z in (-1, 1)], np.float32)
TRIANGLES = np.array([[0, 1, 2], [1, 3, 2], [4, 5, 6], [5, 7, 6]], np.uint32)


def random_rays(count: int, seed: int = 0) -> Floats:
    """(count, 6) float32 from near the origin, all around."""
    rng = np.random.default_rng(seed)
    rays = rng.normal(0, 1, (count, 6))
    rays[:, 3:] /= np.linalg.norm(rays[:, 3:], axis=1, keepdims=True)
    return rays.astype(np.float32)


@pytest.mark.parametrize(
    ("origin", "direction", "distance", "normal", "triangles"),
    [
        ((0, -0.5, -0.5), (1, 0, 0), 10, (1, 0, 0), {0}),
        ((0, 0.5, 0.5), (1, 0, 0), 10, (1, 0, 0), {1}),
        ((15, -0.5, -0.5), (1, 0, 0), 5, (1, 0, 0), {2}),  # between the two
        ((15, 0.5, 0.5), (-1, 0, 0), 5, (1, 0, 0), {1}),  # from behind
        ((0, 0, 0), (1, 0, 0), 10, (1, 0, 0), {0, 1}),  # their common edge is tight
        ((0, 0.5, 0.5), (-1, 0, 0), np.inf, (0, 0, 0), {-1}),
        ((0, 1.5, 0), (1, 0, 0), np.inf, (0, 0, 0), {-1}),
    ],
)
def test_the_first_triangle_is_met(
    origin: tuple[float, ...],
    direction: tuple[float, ...],
    distance: float,
    normal: tuple[float, ...],
    triangles: set[int],
) -> None:
    ray = np.array([[*origin, *direction]], np.float32)
    away, across, triangle = RayScene(VERTICES, TRIANGLES, threads=1).cast(ray)
    assert away[0] == pytest.approx(distance, rel=1e-6)
    np.testing.assert_array_equal(np.abs(across[0]), normal)
    assert triangle[0] in triangles


def test_random_triangles_are_met_where_the_oracle_meets_them() -> None:
    rng = np.random.default_rng(1)
    corners = (rng.uniform(-20, 20, (150, 1, 3)) + rng.normal(0, 4, (150, 3, 3))).astype(np.float32)
    vertices, triangles = corners.reshape(-1, 3), np.arange(450, dtype=np.uint32).reshape(-1, 3)
    rays = random_rays(800)
    distance, normal, triangle = RayScene(vertices, triangles, threads=1).cast(rays)
    away, across, index = first_hit(corners, rays)
    assert 0.2 < np.mean(index >= 0) < 1
    np.testing.assert_array_equal(triangle, index)
    np.testing.assert_allclose(distance, away, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(normal, across, atol=1e-4)


@pytest.mark.parametrize("count", [0, 1, PART, PART + 1, 3 * PART])
def test_any_number_of_rays_and_threads_gives_the_same(count: int) -> None:
    rays = random_rays(count)
    one, several = (RayScene(VERTICES, TRIANGLES, threads).cast(rays) for threads in (1, 3))
    for alone, together in zip(one, several, strict=True):
        assert len(alone) == count
        np.testing.assert_array_equal(alone, together)


def test_a_street_is_met_as_by_open3d() -> None:
    library = open3d.load()
    street = lay_out(np.random.default_rng(5), 1.0).fixed
    rays = random_rays(20_000)
    rays[:, 2] += 3
    tensor = library.core.Tensor.from_numpy
    scene = library.t.geometry.RaycastingScene(1)
    scene.add_triangles(tensor(street.vertices), tensor(street.triangles))
    expected = scene.cast_rays(tensor(rays), 1)
    distance, normal, triangle = RayScene(street.vertices, street.triangles, threads=1).cast(rays)
    assert np.mean(np.isfinite(distance)) > 0.5
    # The same algorithm in two builds: on the processors that we tried no bit differs.
    np.testing.assert_allclose(distance, expected["t_hit"].numpy(), rtol=1e-5)
    assert np.mean(triangle == expected["primitive_ids"].numpy().view(np.int32)) > 0.9999
    same = triangle == expected["primitive_ids"].numpy().view(np.int32)
    np.testing.assert_allclose(normal[same], expected["primitive_normals"].numpy()[same], atol=1e-5)


@pytest.mark.parametrize(
    ("failure", "remedy"),
    [
        (ImportError("libodd.so.1: cannot open shared object file: No such file or directory"), "libodd is missing"),
        (ModuleNotFoundError("No module named 'embreex'", name="embreex"), "pip install embreex"),
    ],
)
def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, failure: Exception, remedy: str) -> None:
    original = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("embreex"):
            raise failure
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(InputError, match=remedy) as error:
        RayScene(VERTICES, TRIANGLES)
    assert "\n" not in str(error.value)


def test_a_library_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(embree._PROTOTYPES, "rtcOfAnotherVersion", (None, ()))
    embree._functions.cache_clear()
    with pytest.raises(InputError, match=r"embreex 4\.4 or newer: .*rtcOfAnotherVersion"):
        RayScene(VERTICES, TRIANGLES)
    monkeypatch.undo()
    embree._functions.cache_clear()


def test_a_scene_without_triangles_meets_nothing() -> None:
    distance, _, triangle = RayScene(np.empty((0, 3), np.float32), np.empty((0, 3), np.uint32), 1).cast(random_rays(3))
    assert np.isinf(distance).all()
    assert (triangle == -1).all()


@pytest.mark.parametrize(("limit", "triangle"), [(9.9, -1), (10.1, 0), (np.inf, 0)])
def test_a_ray_goes_no_farther_than_its_limit(limit: float, triangle: int) -> None:
    ray = np.array([[0, -0.5, -0.5, 1, 0, 0]], np.float32)
    given = np.float32([limit])
    distance, _, found = RayScene(VERTICES, TRIANGLES, threads=1).cast(ray, given)
    assert found[0] == triangle
    assert distance[0] == pytest.approx(min(limit, 10), rel=1e-6)
    assert given[0] == np.float32(limit)
