"""A full turn in one pass: where its ends meet there is no seam, and turned scans have turned labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from helpers.gpu import on_device
from helpers.models import card
from helpers.scans import SMALL, full_scan
from helpers.sectors import image_of, sensor_of, with_holes

from crf import CRFSettings
from projection import InputError, Sectors, project
from squeezeseg import InferenceSettings, Model, Segmenter
from squeezeseg.engines.torch_engine import TorchEngine
from squeezeseg.graphs.parity import torch_labels
from squeezeseg.inference import pixels as module
from squeezeseg.inference.network_input import network_input
from squeezeseg.inference.pixels import HostPixelLabeller
from squeezeseg.networks import Architecture, Normalisation
from squeezeseg.networks.build import build
from squeezeseg.networks.encoding import STEP
from squeezeseg.networks.reach import reach

FULL = replace(SMALL, columns=512)
FRONT = replace(FULL, azimuth_left=45.0, azimuth_right=-45.0)
STRIDE = 32
"""Columns of `fast`'s deepest level."""


@dataclass
class Plain:
    """An engine that knows nothing of full turns."""

    width_multiple: int


BUILT = [
    Architecture("folded", (("fold_n4", "conv_k3_c8", "res"), ("fold_n2", "conv_k3_c8")), ("unfold", "res")),
    Architecture("strided", (("conv_k5_s2_c8", "res"), ("sep_k3_c12_s2", "ir_k3_c12_e2")), ("unfold", "conv_k3_c8")),
    Architecture("pooled", (("conv_k3_s2_c8",), ("pool_k3_s2", "fire_q4_e8")), ("fire_deconv", *("fireup_q4_e8",) * 2)),
    Architecture("gated", (("conv_k3_s2_c8", "conv_k3_s2_c8"), ("conv_k3_s2_c8",)), ("lraspp",)),
    Architecture("shuffled", (("conv_k3_s2_c8", "shuffle_g2_c16_s2", "split_c16"),), ("unfold",)),
]


@pytest.mark.parametrize("one", BUILT, ids=lambda one: one.name)
@pytest.mark.parametrize("width", [64, 512])
def test_repeated_ends_are_as_good_as_a_turn_that_goes_on_and_on(one, width):
    torch.manual_seed(0)
    network = build(replace(one, encoding="cylindrical"), 4, Normalisation.of("cylindrical")).double().eval()
    sectors = Sectors.around(sensor_of(width), one.width_multiple, reach(one))
    whole = torch.randn(1, 8, 2, width, dtype=torch.float64)
    with torch.no_grad():
        turns = 2 * (1024 // width) + 1
        middle = slice(turns // 2 * width, (turns // 2 + 1) * width)
        expected = network(whole.tile(turns))["logits"][..., middle]
        got = network(whole[..., sectors.sources[0]])["logits"][..., sectors.places]
        alone = network(whole)["logits"]
    torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-9)
    assert not torch.allclose(alone, expected, atol=1e-3)


@pytest.mark.parametrize(("width", "multiple", "overlap"), [(2048, 32, 271), (2048, 16, 0), (500, 32, 40), (64, 8, 90)])
def test_a_turn_in_one_piece(width, multiple, overlap):
    sectors = Sectors.around(sensor_of(width), multiple, overlap)
    shown = sectors.sources[0]
    assert (np.diff(shown) % width == 1).all()
    assert len(shown) % multiple == 0
    assert np.array_equal(shown[sectors.places], np.arange(width))
    assert sectors.places[0] % multiple == 0
    assert min(sectors.places[0], len(shown) - sectors.places[-1] - 1) >= overlap


def test_a_front_has_edges():
    sensor = sensor_of(500, front=True)
    around, usual = Sectors.around(sensor, 32, 271), Sectors.of(sensor, 32)
    assert around.shape == usual.shape
    assert np.array_equal(around.sources, usual.sources)


@pytest.mark.parametrize("front", [False, True])
@pytest.mark.parametrize("height", [1.0, 1.73])
@pytest.mark.parametrize("width", [512, 500])
@pytest.mark.parametrize("dtype", [np.float32, np.int8])
def test_inputs_are_those_of_the_slow_twin(width, height, front, dtype):
    sensor = sensor_of(width, front=front, height=height)
    channels = with_holes(width) * np.float32(9)
    made = card("fast")
    given = network_input(sensor, made, Plain(STRIDE), CRFSettings())
    inputs = np.full(given.shape, 99, dtype)
    masks = np.ones(inputs[:, 0].shape, np.bool_)
    image = image_of(channels, sensor)
    given.fill(image, inputs, masks)
    xyz = given.coordinates(image).image(0, given.shape[3])
    shown = given.sectors.cut(image)
    raised = height - made.sensor.height
    assert np.array_equal(masks, shown[:, 4] > 0)
    if dtype == np.int8:
        inputs = inputs * np.float32(STEP)
    assert np.array_equal(inputs, made.normalisation(shown, raised))
    scaled = made.normalisation.scaled(shown)[0, :3]
    assert np.array_equal(xyz[:, masks[0]], scaled[:, masks[0]])


@dataclass
class ByBytes(Plain):
    """An engine that takes bytes, and remembers the type of what it was given."""

    takes_bytes: bool = True
    name: str = "bytes"
    reason: str = ""
    loads: tuple[str, str] = ("bytes", "int8")
    device: str = "cpu"
    threads: int = 1
    given: object = None

    def __call__(self, inputs):
        self.given = inputs.dtype
        return {"logits": np.zeros((len(inputs), 4, *inputs.shape[2:]), np.float32)}

    def clone(self):
        return self


@pytest.mark.parametrize(
    ("name", "takes_bytes", "dtype"),
    [("fast", True, np.int8), ("fast", False, np.float32), ("squeezeseg", True, np.float32)],
)
def test_a_network_that_sees_no_azimuth_gets_bytes_where_the_engine_takes_them(name, takes_bytes, dtype):
    engine = ByBytes(STRIDE, takes_bytes)
    HostPixelLabeller(engine, Model(card(name), {}), FRONT, None)(full_scan(FRONT)[0], None, None)
    assert engine.given == dtype


def labeller(model, sensor=FULL):
    return HostPixelLabeller(TorchEngine(model, "float32", device="cpu"), model, sensor, model.card.crf)


def rolled(image, columns):
    """The range image of a sensor that was turned by so many columns to the right: things move to the left."""
    angle = 2 * np.pi * columns / image.sensor.columns
    channels = np.roll(image.channels, -columns, axis=2)
    x, y = channels[:2].astype(np.float64)
    channels[0], channels[1] = np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y
    return replace(
        image, channels=channels, mask=np.roll(image.mask, -columns, 1), index=np.roll(image.index, -columns, 1)
    )


def with_images(monkeypatch, turn):
    """Let projection give images that `turn` made of the real ones."""
    monkeypatch.setattr(module, "project", lambda points, sensor, *_: turn(project(points, sensor)))


@pytest.mark.parametrize("columns", [STRIDE, 5 * STRIDE, 256, 512 - STRIDE])
def test_turning_by_columns_of_the_network_turns_the_labels_exactly(turning, monkeypatch, columns):
    points, _, _ = full_scan(FULL, step=0.7)
    _, probabilities, labels = labeller(turning)(points, None, None)
    with_images(monkeypatch, lambda image: rolled(image, columns))
    _, turned_probabilities, turned_labels = labeller(turning)(points, None, None)
    assert len(np.unique(labels)) > 2
    assert np.array_equal(turned_labels, np.roll(labels, -columns, axis=1))
    np.testing.assert_allclose(turned_probabilities, np.roll(probabilities, -columns, axis=2), atol=1e-5)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_scans_points_have_the_same_labels(turning, quarters):
    points, ring, _ = full_scan(FULL, step=0.7)
    moved = points.copy()
    for _ in range(quarters):  # exactly, as no sine is
        moved[:, 0], moved[:, 1] = -moved[:, 1].copy(), moved[:, 0].copy()
    segment = Segmenter(TorchEngine(turning, "float32", device="cpu"), turning, FULL)
    expected = segment(points, ring).labels.copy()
    assert (segment(moved, ring).labels == expected).all()


@pytest.mark.parametrize("sensor", [FULL, FULL.with_view("front"), replace(FULL, columns=500)])
@pytest.mark.parametrize("crf", [False, True])
def test_a_device_gives_the_same_labels(turning, sensor, crf):
    points, _, _ = full_scan(replace(sensor, azimuth_left=180.0, azimuth_right=-180.0), step=1.0)
    engine, settings = TorchEngine(turning, "float32", device="cpu"), InferenceSettings(crf=crf)
    expected = Segmenter(engine, turning, sensor, settings)(points)
    got = on_device(engine, turning, sensor, settings)(points)
    assert len(np.unique(expected.labels)) > 2
    assert (got.labels == expected.labels).mean() > 0.999


def test_one_set_of_weights_serves_a_front_and_a_full_turn(turning):
    """Far from its edges, a front is labelled as the same columns of the full turn are."""
    sensor = replace(SMALL, columns=4096)
    front = sensor.with_view("front")
    points, _, _ = full_scan(sensor, step=0.2)
    _, _, around = labeller(turning, sensor)(points, None, None)
    _, _, ahead = labeller(turning, front)(points, None, None)
    first = (sensor.columns - front.columns) // 2
    inner = slice(overlap := 352, front.columns - overlap)
    assert np.array_equal(ahead[:, inner], around[:, first : first + front.columns][:, inner])


def test_metres_to_labels_in_one_module_encodes_by_itself(turning):
    sensor = FULL.with_view("front")
    points, _, _ = full_scan(FULL, step=0.7)
    image, _, labels = labeller(turning, sensor)(points, None, None)
    assert (torch_labels(turning, complete=True)(image.channels[None])[0] == labels).mean() > 0.999


@pytest.mark.parametrize("name", ["squeezeseg", "fast1"])
def test_networks_that_see_azimuth_keep_their_sectors(name):
    before = replace(card(name), architecture=replace(card(name).architecture, name="fast"))  # as fast1 was called
    for one in (card(name), before):
        assert network_input(FULL, one, Plain(16), None).shape[0] == 4


def test_a_network_whose_reach_isnt_known_is_refused():
    blocks = ("conv_k3_s2_c8", "conv_k3_s2_c8", "ir_k3_c8_e2_se4")
    one = Architecture("gated", (blocks,), ("unfold",), encoding="cylindrical")
    made = replace(card("fast"), architecture=one)
    with pytest.raises(InputError, match=r"no full turn in one pass .*whole image"):
        network_input(FULL, made, Plain(4), None)
