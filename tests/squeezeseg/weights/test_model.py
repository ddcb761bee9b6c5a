"""Weights on disk."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import asdict, replace

import numpy as np
import pytest
from helpers.models import card
from safetensors.numpy import save

from crf import CRFSettings
from projection import PRESETS, InputError, Sensor
from squeezeseg import Model, load_model, save_model
from squeezeseg.networks import ARCHITECTURES, Architecture, SearchRecord
from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.weights import ModelCard, load_weights, record_score, shipped_models
from squeezeseg.weights.model import SHIPPED

CARD = card(
    "squeezeseg",
    sensor=replace(PRESETS["hdl64"], name="mine", height=1.9, columns=1800),
    normalisation=Normalisation((1.0, 2.0, 3.0, 4.0, 5.0), (1.0, 2.0, 3.0, 4.0, 5.0)),
    crf=CRFSettings(iterations=2),
    command="squeezeseg train",
    scores={"iou": {"car": 0.5}},
)
SEARCH = SearchRecord("openvino int8 on some processor", 3e-3, 61.5, 4, "squeezeseg search", 0.99, 0.03)
TWO = CRFSettings(theta_a=(0.9, 0.6), theta_r=(0.015, 0.01))
"""A CRF for two classes."""


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


def test_a_card_comes_back_whole(path):
    read = load_model(path).card
    assert isinstance(read.architecture, Architecture)
    assert isinstance(read.sensor, Sensor)
    assert (read.model, read.sensor.height, read.file) == ("squeezeseg", 1.9, "w.safetensors")


def test_a_cards_encoding_is_written_where_it_isnt_the_oldest():
    """Cards of before say nothing of it, and graphs name the weights that they were made of by what cards say."""
    parts = ("architecture", "normalisation")
    old, new = card("fast1").as_dict(), card("fast").as_dict()
    assert not any("encoding" in old[part] for part in parts)
    assert [new[part]["encoding"] for part in parts] == ["cylindrical"] * 2
    for name, fields in (("fast1", old), ("fast", new)):
        assert ModelCard.from_dict(json.loads(json.dumps(fields))) == card(name)


def test_a_card_has_the_search_that_found_its_network_where_one_did():
    assert "found" not in CARD.as_dict()
    found = replace(CARD, found=SEARCH)
    assert ModelCard.from_dict(json.loads(json.dumps(found.as_dict()))) == replace(found, file="", checksum="")


def test_a_card_of_two_encodings_is_refused():
    with pytest.raises(InputError, match="cylindrical encoding with a normalisation of the cartesian one"):
        card("fast", normalisation=Normalisation())
    fields = card("fast").as_dict()
    fields["architecture"]["encoding"] = "polar"
    with pytest.raises(ValueError, match="encoding"):
        ModelCard.from_dict(fields)


def test_the_checksum_is_of_the_tensors_and_the_card(path):
    read = load_model(path)
    assert len(read.card.checksum) == 64
    assert read.card.checksum == read.checksum()


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": ARCHITECTURES["fast1"]},
        {"architecture": replace(CARD.architecture, name="another")},
        {"classes": ("background", "car", "person", "cyclist")},
        {"sensor": PRESETS["hdl64"]},
        {"normalisation": Normalisation()},
        {"crf": CRFSettings(iterations=3)},
        {"crf": None},
        {"temperature": 1.25},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_checksum_changes_with_what_labels_depend_on(change):
    assert Model(replace(CARD, **change), tensors()).checksum() != Model(CARD, tensors()).checksum()


@pytest.mark.parametrize(
    "change",
    [
        {"scores": {"another": {"iou": 1.0}}},
        {"command": "by hand"},
        {"found": SEARCH},
        {"file": "b.safetensors"},
        {"checksum": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_checksum_stays_with_what_no_label_depends_on(change):
    assert Model(replace(CARD, **change), tensors()).checksum() == Model(CARD, tensors()).checksum()


def another_value(found):
    found["crf.angular"][1, 2] = 0.5


def another_name(found):
    found["crf.bilateral"] = found.pop("crf.angular")


def another_shape(found):
    found["crf.angular"] = found["crf.angular"].reshape(2, 8)


def one_more(found):
    found["objects.mean"] = np.zeros(3, np.float32)


@pytest.mark.parametrize("change", [another_value, another_name, another_shape, one_more])
def test_the_checksum_changes_with_the_tensors(change):
    changed = tensors()
    change(changed)
    assert Model(CARD, changed).checksum() != Model(CARD, tensors()).checksum()


def test_the_checksum_does_not_go_by_the_order_of_tensors():
    turned = dict(reversed(tensors().items()))
    assert Model(CARD, turned).checksum() == Model(CARD, tensors()).checksum()


def test_a_score_is_recorded_and_nothing_else_changes(path):
    before = load_weights(path)
    record_score(path, "drive 9400", {"car": 0.9})
    after = load_weights(path)
    assert after.card == replace(before.card, scores={**CARD.scores, "drive 9400": {"car": 0.9}})
    assert after.card.checksum == before.card.checksum
    assert after.tensors.keys() == before.tensors.keys()
    assert all(np.array_equal(after.tensors[name], value) for name, value in before.tensors.items())


@pytest.mark.parametrize("half", [True, False])
def test_recording_a_score_keeps_the_files_precision(tmp_path, half):
    path = tmp_path / "w.safetensors"
    save_model(path, Model(CARD, {"network.a": np.ones(5000, np.float32)}), half=half)
    before = path.stat().st_size
    record_score(path, "a", {})
    assert abs(path.stat().st_size - before) < 100


def test_a_score_takes_the_place_of_one_of_its_name(path):
    record_score(path, "real", {"car": 0.8})
    record_score(path, "simulated", {"car": 0.9})
    record_score(path, "real", {"pedestrian": 0.7})
    assert load_weights(path).card.scores == {
        **CARD.scores,
        "real": {"pedestrian": 0.7},
        "simulated": {"car": 0.9},
    }


def test_no_score_without_weights(tmp_path):
    with pytest.raises(InputError, match="no such weights"):
        record_score(tmp_path / "none.safetensors", "real", {})
    assert not list(tmp_path.iterdir())


def test_shipped_weights_have_a_name():
    for name in shipped_models():
        assert load_weights(name).card.file == f"{name}.sqz"


def test_containers_are_all_that_is_shipped_and_small():
    files = list(SHIPPED.iterdir())
    assert sorted(file.name for file in files) == [f"{name}.sqz" for name in shipped_models()]
    sizes = [file.stat().st_size for file in files]
    assert max(sizes) < 500_000
    assert sum(sizes) < 1_000_000


OLD = {
    "model": "fast",
    "classes": list(CARD.classes),
    "sensor": "hdl64",
    "normalisation": {"mean": list(CARD.normalisation.mean), "std": list(CARD.normalisation.std)},
    "crf": None,
    "temperature": 1.5,
    "command": "squeezeseg train",
    "scores": {},
}
"""A card of format 1."""


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


def changed_card(**fields):
    """A card of today's format with other fields."""

    def write(path):
        content = json.dumps({**CARD.as_dict(), **fields})
        path.write_bytes(save({"a": np.zeros(2, np.float32)}, {"format": "squeezeseg-model/2", "card": content}))

    return write


def huge(*blocks):
    return {"name": "huge", "stages": [list(blocks)], "head": ["unfold"], "mask": False, "dropout": 0.0}


def not_a_number(path):
    save_model(path, Model(CARD, {"network.a": np.array([1, np.nan], np.float32)}))


def beyond_half_precision(path):
    with np.errstate(over="ignore"):
        save_model(path, Model(CARD, {"network.a": np.array([1e6], np.float32)}))


def other_classes(path):
    save_model(path, Model(replace(CARD, classes=("background", "tram")), tensors()))


def crf_of_other_classes(path):
    save_model(path, Model(replace(CARD, crf=TWO), tensors()))


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
        (with_card(json.dumps({"model": "a", "classes": [], "normalisation": {}, "crf": None})), "unknown model 'a'"),
        (with_card(json.dumps({**OLD, "sensor": "vlp99"})), "vlp99"),
        (with_card(json.dumps({**OLD, "crf": {"window": "wide"}})), "card crf window 'wide'"),
        (with_card(json.dumps({**OLD, "crf": {"windows": 3}})), "damaged"),
        (with_card(json.dumps({**OLD, "new": 1})), "damaged"),
        (changed_card(architecture=3), "damaged"),
        (changed_card(architecture={**CARD.architecture.as_dict(), "head": ["unfold", "dense"]}), "unknown kind"),
        (changed_card(sensor={"name": "a"}), "damaged"),
        (changed_card(normalisation={"mean": [1.0], "std": [1.0]}), "five means"),
        (changed_card(crf={"window": "wide"}), "card crf window 'wide'"),
        (changed_card(crf={"windows": 3}), "damaged"),
        (changed_card(new=1), "unknown entry 'new'"),
        (changed_card(temperature=math.nan), "temperature"),
        (changed_card(temperature=0), "temperature must be"),
        (changed_card(temperature="1"), "temperature '1'"),
        (changed_card(classes=["background"] * 4), "names of their own"),
        (changed_card(classes=["background", 3]), "classes 1 3"),
        (changed_card(command=None), "command None"),
        (changed_card(crf={**asdict(CRFSettings()), "window": [1_000_001, 5]}), "31 rows and columns"),
        (changed_card(crf={**asdict(CRFSettings()), "iterations": 10**9}), "100 iterations"),
        (changed_card(crf={**asdict(CRFSettings()), "iterations": 2.5}), "iterations 2.5"),
        (changed_card(crf={**asdict(CRFSettings()), "theta_a": [0.9, 0.9, -0.6, 0.6]}), "bandwidths must be positive"),
        (changed_card(crf={**asdict(CRFSettings()), "theta_r": [0.9, 0.9, math.nan, 0.6]}), "theta_r"),
        (changed_card(normalisation={"mean": [0, 0, 0, 0, 0], "std": [1, 1, -1, 1, 1]}), "positive deviations"),
        (changed_card(normalisation={"mean": [0, math.inf, 0, 0, 0], "std": [1, 1, 1, 1, 1]}), "mean"),
        (changed_card(normalisation={"mean": [1e30, 0, 0, 0, 0], "std": [1, 1, 1, 1, 1]}), "within a million"),
        (changed_card(architecture=huge("conv_c999999")), "c is 9999 at most"),
        (changed_card(architecture=huge(*["conv_c8"] * 1000)), "over 200 blocks"),
        (changed_card(architecture=huge("conv_k15_c1024_r99")), "weights"),
        (changed_card(architecture=huge(*["fold_n16"] * 20)), "stride"),
        (changed_card(sensor={**asdict(CARD.sensor), "columns": 10**9}), "8 to 16384 columns"),
        (changed_card(sensor={**asdict(CARD.sensor), "height": math.nan}), "height"),
        (changed_card(sensor={**asdict(CARD.sensor), "elevations": [1] * 10**5}), "255 beams"),
        (with_card("[" * 100_000), "no JSON"),
        (with_card('{"a": ' * 100_000), "no JSON"),
        (with_card('{"classes": [], "normalisation": []}'), "damaged"),
        (not_a_number, "NaN"),
        (beyond_half_precision, "infinite"),
        (other_classes, "background, tram"),
        (crf_of_other_classes, "a CRF for 2 classes, not 4"),
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
    card = replace(CARD, classes=("background", "tram"), crf=TWO)
    save_model(tmp_path / "w.safetensors", Model(card, tensors()))
    assert load_model(tmp_path / "w.safetensors", ("background", "tram")).card.classes == ("background", "tram")


def test_saving_below_a_file_is_refused(path):
    with pytest.raises(InputError, match="cannot be written"):
        save_model(path / "w.safetensors", Model(CARD, tensors()))
