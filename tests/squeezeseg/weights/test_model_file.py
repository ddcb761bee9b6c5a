"""Weights on disk."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from helpers.models import card
from safetensors.numpy import save

from crf import CRFSettings
from projection import InputError
from squeezeseg import Model, ModelCard, load_model, save_model
from squeezeseg.networks.normalisation import Normalisation

CARD = ModelCard(
    "squeezeseg",
    sensor="hdl64",
    normalisation=Normalisation((1.0, 2.0, 3.0, 4.0, 5.0), (1.0, 2.0, 3.0, 4.0, 5.0)),
    crf=CRFSettings(iterations=2),
    command="squeezeseg train",
    scores={"iou": {"car": 0.5}},
)


def tensors():
    rng = np.random.default_rng(0)
    return {
        "network.conv.weight": rng.normal(size=(4, 3)).astype(np.float32),
        "crf.angular": np.eye(4, dtype=np.float32),
    }


@pytest.fixture
def path(tmp_path):
    save_model(tmp_path / "w.safetensors", Model(CARD, tensors()))
    return tmp_path / "w.safetensors"


@pytest.mark.parametrize(("half", "tolerance"), [(False, 0), (True, 1e-3)])
def test_what_is_saved_is_loaded(tmp_path, half, tolerance):
    path = tmp_path / "w.safetensors"
    save_model(path, Model(CARD, tensors()), half=half)
    model = load_model(path)
    assert replace(model.card, file="", checksum="") == CARD
    for name, value in tensors().items():
        assert model.tensors[name].dtype == np.float32
        np.testing.assert_allclose(model.tensors[name], value, rtol=tolerance, atol=0)


def test_half_precision_takes_half_the_space(tmp_path):
    big = Model(card("squeezeseg"), {"network.a": np.ones(10_000, np.float32)})
    for half in (False, True):
        save_model(tmp_path / f"{half}.safetensors", big, half=half)
    assert (tmp_path / "True.safetensors").stat().st_size < 0.6 * (tmp_path / "False.safetensors").stat().st_size


def test_parts_go_by_prefix(path):
    model = load_model(path)
    assert set(model.part("network")) == {"conv.weight"}
    assert set(model.part("crf")) == {"angular"}
    assert model.part("net") == {}


def test_the_checksum_is_of_the_file(path):
    first = load_model(path).card
    save_model(path, Model(CARD, {"network.a": np.zeros(1, np.float32)}))
    assert first.file == "w.safetensors"
    assert len(first.checksum) == 64
    assert load_model(path).card.checksum != first.checksum


def truncated(path):
    path.write_bytes(path.read_bytes()[:-7])


def cut_in_the_header(path):
    path.write_bytes(path.read_bytes()[:50])


def empty(path):
    path.write_bytes(b"")


def text(path):
    path.write_text("weights, they said")


def pickled(path):
    path.write_bytes(pickle.dumps({"network.a": [1.0]}))


def a_folder(path):
    path.unlink()
    path.mkdir()


def without_header(path):
    path.write_bytes(save({"a": np.zeros(2, np.float32)}))


def another_format(path):
    path.write_bytes(save({"a": np.zeros(2, np.float32)}, {"format": "pt"}))


def with_card(card):
    def write(path):
        path.write_bytes(save({"a": np.zeros(2, np.float32)}, {"format": "squeezeseg-model/1", "card": card}))

    return write


def not_a_number(path):
    save_model(path, Model(CARD, {"network.a": np.array([1, np.nan], np.float32)}))


def beyond_half_precision(path):
    with np.errstate(over="ignore"):
        save_model(path, Model(CARD, {"network.a": np.array([1e6], np.float32)}))


def other_classes(path):
    save_model(path, Model(replace(CARD, classes=("background", "tram")), tensors()))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (truncated, "damaged"),
        (cut_in_the_header, "damaged"),
        (empty, "damaged"),
        (text, "damaged"),
        (pickled, "damaged"),
        (a_folder, "no such weights"),
        (without_header, "not weights of squeezeseg"),
        (another_format, "not weights of squeezeseg"),
        (with_card("{"), "damaged"),
        (with_card("[]"), "damaged"),
        (with_card("{}"), "damaged"),
        (with_card('{"classes": [], "normalisation": []}'), "damaged"),
        (
            with_card(json.dumps({"model": "a", "classes": [], "normalisation": {}, "crf": {"window": "wide"}})),
            "damaged",
        ),
        (with_card(json.dumps({"model": "a", "classes": [], "normalisation": {}, "crf": None, "new": 1})), "damaged"),
        (not_a_number, "NaN"),
        (beyond_half_precision, "infinite"),
        (other_classes, "background, tram"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_cannot_be_used_is_refused_in_a_line(path, spoil, reason):
    spoil(path)
    with pytest.raises(InputError, match=reason) as caught:
        load_model(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError, match=r"darknet53: no such weights.*squeezeseg"):
        load_model("darknet53")


def test_other_classes_can_be_asked_for(tmp_path):
    card = replace(CARD, classes=("background", "tram"))
    save_model(tmp_path / "w.safetensors", Model(card, tensors()))
    assert load_model(tmp_path / "w.safetensors", ("background", "tram")).card.classes == ("background", "tram")


def test_saving_below_a_file_is_refused(path):
    with pytest.raises(InputError, match="cannot be written"):
        save_model(path / "w.safetensors", Model(CARD, tensors()))
