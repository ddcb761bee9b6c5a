"""Temperature and object classifier, fitted on a simulated street."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from helpers.models import card, fresh_network

from crf import CRFSettings
from data.labels import CLASS_MAPS
from data.simulator import simulate
from data.sources import open_source
from projection import InputError
from squeezeseg import Model, Segmenter, load_model, save_model
from squeezeseg.engines.torch_engine import TorchEngine
from squeezeseg.training.calibrate import calibrate

DEFAULT = CLASS_MAPS["default"]


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    return open_source(simulate(tmp_path_factory.mktemp("street"), 2, seed=3, scene_per=1, interval=1.0, threads=1))


@pytest.fixture(scope="module")
def untrained():
    torch.manual_seed(3)
    settings = CRFSettings()
    tensors = {f"network.{name}": value.numpy() for name, value in fresh_network("fast", 4).state_dict().items()}
    tensors |= {"crf.angular": settings.angular_start(), "crf.bilateral": settings.bilateral_start()}
    return Model(card("fast", crf=settings), tensors)


@pytest.fixture(scope="module")
def calibrated(street, untrained):
    return calibrate(untrained, [street], DEFAULT)


def test_a_calibrated_model_has_a_temperature_and_an_object_classifier(calibrated):
    assert 0.1 <= calibrated.card.temperature <= 10
    assert calibrated.part("objects")


def test_calibration_leaves_the_network_alone(calibrated, untrained):
    assert all((calibrated.tensors[name] == value).all() for name, value in untrained.tensors.items())


def test_a_calibrated_model_finds_objects_after_it_was_saved(calibrated, street, tmp_path):
    save_model(tmp_path / "fast.safetensors", calibrated)
    segmenter = Segmenter.load(tmp_path / "fast.safetensors", sensor=street.sensor, precision="float32")
    assert segmenter.classifier is not None
    assert load_model(tmp_path / "fast.safetensors").card.temperature == calibrated.card.temperature
    segmenter(street.scan(street.frames[0]))


@pytest.mark.slow
def test_what_was_fitted_before_makes_no_difference(calibrated, street):
    again = calibrate(calibrated, [street], DEFAULT)
    assert again.card.temperature == calibrated.card.temperature
    assert all((again.tensors[name] == value).all() for name, value in calibrated.tensors.items())


@pytest.mark.slow
def test_scans_are_gone_through_twice(untrained, street):
    told = []
    calibrate(untrained, [street], DEFAULT, told.append)
    assert told == [1, 2, 3, 4]


def test_a_higher_temperature_is_a_lower_confidence(untrained, street):
    engine = TorchEngine(untrained)

    def confidence(temperature):
        model = Model(replace(untrained.card, temperature=temperature), untrained.tensors)
        return Segmenter(engine, model, street.sensor)(street.scan(street.frames[0])).confidence.mean()

    assert confidence(3.0) < confidence(1.0)


def test_scans_without_labels_are_refused(untrained, street, monkeypatch):
    monkeypatch.setattr(type(street), "truth", lambda *_: None)
    with pytest.raises(InputError, match="calibration: none of the scans"):
        calibrate(untrained, [street], DEFAULT)
