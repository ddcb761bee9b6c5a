"""A head for boxes, from patches of a finished network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.models import fresh_network
from helpers.samples import FakeSource

from data.boxes import Box
from data.labels import CAR, CLASSES, IGNORE, class_map
from projection import PRESETS, project
from squeezeseg.networks import Normalisation
from squeezeseg.networks.heads.boxes import BoxHead
from squeezeseg.training.box_fit import BoxFit, box_loss, fit_head, of_patches, ranges
from squeezeseg.training.box_patches import OF_AN_OBJECT, Patches, features, gather, patches, patches_of, together

NORMALISATION = Normalisation.of("cylindrical")
KINDS = class_map("default")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(1)
    return fresh_network("fast").eval()


def wall(car=(8.0, 3.0)):
    """Points of a VLP-16's turn: a wall all around, and a car's near side in front of it."""
    azimuth, elevation = np.meshgrid(np.linspace(-np.pi, np.pi, 1024, False), np.radians(np.linspace(-15, 15, 16)))
    away = np.full(azimuth.shape, 20.0)
    middle = np.arctan2(car[1], car[0])
    away[(np.abs(azimuth - middle) < 0.2) & (np.abs(elevation) < 0.1)] = np.hypot(*car)
    x, y = away * np.cos(azimuth) * np.cos(elevation), away * np.sin(azimuth) * np.cos(elevation)
    points = np.stack([x, y, away * np.sin(elevation), np.full(x.shape, 0.3)], -1)
    return points.reshape(-1, 4).astype(np.float32)


BOX = Box("Car", (8.5, 3.2, 0.0), (5.0, 4.0, 3.0), 0.4)


def made(network, boxes, kind="default"):
    image = project(wall(), PRESETS["vlp16"])
    return patches_of(image, boxes, network, NORMALISATION, class_map(kind), np.random.default_rng(0))


def test_patches_are_of_the_object_and_of_what_is_none(network):
    found = made(network, [BOX])
    assert found.seen.shape == (len(found), 9 * 32)
    car = found.classes == CAR
    assert 5 <= car.sum() <= OF_AN_OBJECT
    assert (~car).sum() > 100
    assert not found.codes[~car].any()
    # From the cells, all of which lie at the near side, the centre is further away.
    assert (found.codes[car, 0] > 0).all()
    assert (found.cells[car] >= car.sum()).all()


def test_nothing_is_learned_of_a_kind_that_is_not_scored(network):
    assert KINDS.class_of("Tram") == IGNORE
    found = made(network, [replace(BOX, kind="Tram")])
    assert not found.classes.any()


def test_of_patches_is_what_the_convolutions_say(network):
    torch.manual_seed(0)
    head = BoxHead(32, 8, len(CLASSES))
    for one in head.parameters():
        torch.nn.init.normal_(one, 0, 0.1)
    image = project(wall(), PRESETS["vlp16"])
    seen = features(network, NORMALISATION(image.channels))
    inner = torch.arange(10, 20) + 256  # away from the edges, which meet for patches alone
    whole = head(seen[None])[0].flatten(1)[:, inner].T
    torch.testing.assert_close(of_patches(head, patches(seen, inner)), whole, atol=1e-4, rtol=1e-4)


def test_patches_around_the_cut_are_of_the_turn(network):
    image = project(wall(), PRESETS["vlp16"])
    seen = features(network, NORMALISATION(image.channels))
    first = patches(seen, torch.arange(8 * 256))
    turned = patches(seen.roll(1, -1), torch.arange(8 * 256))
    assert torch.equal(first.view(8, 256, -1).roll(1, 1), turned.view(8, 256, -1))


def test_a_head_learns_its_patches():
    random = np.random.default_rng(0)
    seen = random.normal(0, 1, (400, 18)).astype(np.float16)
    classes = np.where(seen[:, 0] > 0, CAR, 0)
    codes = np.where(classes[:, None] == CAR, seen[:, 1:9], 0).astype(np.float32)
    given = Patches(seen, classes, codes, np.ones(400, np.float32))
    head = fit_head(given, BoxFit(hidden=32, steps=300, batch=128, rate=1e-2))
    with torch.no_grad():
        told = of_patches(head, torch.from_numpy(seen).float()).numpy()
    assert ((told[:, 0] > 0) == (classes == CAR)).mean() > 0.95
    assert np.abs(told[:, 3:] - codes)[classes == CAR].mean() < 0.2
    again = fit_head(given, BoxFit(hidden=32, steps=3, batch=128))
    same = fit_head(given, BoxFit(hidden=32, steps=3, batch=128))
    assert torch.equal(again.tell.weight, same.tell.weight)


def test_ranges_are_the_largest_values_behind_each_layer():
    torch.manual_seed(0)
    head = BoxHead(2, 4, len(CLASSES))
    seen = np.random.default_rng(0).normal(0, 1, (50, 18)).astype(np.float16)
    given = Patches(seen, np.zeros(50, int), np.zeros((50, 8), np.float32), np.ones(50, np.float32))
    found = ranges(head, given)
    with torch.no_grad():
        first = torch.relu(torch.from_numpy(seen).float() @ head.look.weight.flatten(1).T + head.look.bias)
        second = torch.relu(first @ head.merge.weight.flatten(1).T + head.merge.bias)
    assert found == pytest.approx({"look": first.max().item(), "merge": second.max().item()})


def test_a_batch_without_objects_has_a_loss():
    none = torch.zeros(4, 11), torch.zeros(4, dtype=torch.long), torch.zeros(4, 8), torch.ones(4)
    assert torch.isfinite(box_loss(*none, BoxFit()))


class Boxed(FakeSource):
    """Scans of a wall and a car."""

    def scan(self, frame):
        self.reads += 1
        return replace(super().scan(frame), points=wall())

    def boxes(self, frame):
        return None if frame.number in self.unlabelled else (BOX,)


def test_what_was_gathered_is_not_gathered_again(network, tmp_path):
    source = Boxed(tmp_path, unlabelled=(1,), sensor=PRESETS["vlp16"])
    given = network, NORMALISATION, KINDS, tmp_path / "patches"
    first = together(gather(source, *given))
    reads = source.reads
    again = together(gather(source, *given))
    assert len(list((tmp_path / "patches").iterdir())) == 2
    assert source.reads == reads
    for name in ("seen", "classes", "codes", "cells"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
