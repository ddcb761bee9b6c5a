"""The search for bits."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from helpers.models import card
from helpers.samples import make_store
from helpers.tools import needs
from pydantic import ValidationError

needs("torch")

import torch
from safetensors.torch import load_file

from projection import InputError
from squeezeseg import Model
from squeezeseg.compression.bit_widths import read_bits, rounded
from squeezeseg.compression.network import coded_names
from squeezeseg.networks import Architecture, Normalisation
from squeezeseg.networks.build import build
from squeezeseg.search.precision.loop import CHECKPOINT, LOG, search_precision, total_steps
from squeezeseg.search.precision.result import write_result
from squeezeseg.search.precision.settings import RECIPE, PrecisionSettings
from squeezeseg.search.precision.state import PrecisionState
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights.container import encode_container

TINY = Architecture(
    "tiny", stages=(("fold_n8", "conv_k3_c16", "res"),), head=("unfold",), encoding="cylindrical"
)  # fmt: skip
SENSITIVE = "network.backbone.stages.0.2.first.conv.weight"


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def settings(size, steps=4, **fields):
    recipe = {**RECIPE, "steps": steps, "batch": 1, "width": 64, "warm_up": 0, "checkpoint_every": 2}
    made = TrainSettings(**recipe, precision="float32", model="fast")
    return PrecisionSettings(**{"size": size, "draws": 3, "judge": 1, "recipe": made, **fields})


@pytest.fixture(scope="module")
def model():
    """All weights but those of one layer are -1, 0 or 1 times a step: two bits keep them whole."""
    torch.manual_seed(0)
    normalisation = Normalisation.of("cylindrical")
    network = build(TINY, 4, normalisation)
    rng = np.random.default_rng(0)
    tensors = {f"network.{name}": value.numpy().copy() for name, value in network.state_dict().items()}
    model = Model(replace(card("fast"), architecture=TINY, normalisation=normalisation), tensors)
    for name in coded_names(model):
        if name != SENSITIVE:
            scale = tensors[name].std() * 1.2
            tensors[name] = (scale * rng.integers(-1, 2, tensors[name].shape)).astype(np.float32)
    return model


@pytest.fixture(scope="module")
def store():
    return make_store(frames=6)


def size_of(model, bits):
    return len(encode_container(rounded(model, bits)))


@pytest.fixture(scope="module")
def finished(model, store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("precision")
    made = settings(size_of(model, dict.fromkeys(coded_names(model), 4)), activation_bits=6.5)
    return search_precision(made, model, store, folder), made, folder


def entries(folder):
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


def test_what_is_found_keeps_to_the_bytes_and_the_bits_of_activations(finished, model):
    found, made, _ = finished
    assert found.best.bytes <= made.size
    assert abs(found.best.bytes - size_of(model, {name: one.weights for name, one in found.best.layers.items()})) < 64
    assert 4 <= found.best.activation_bits <= 6.5
    assert set(found.best.layers) == set(coded_names(model))
    assert found.uniform[4].bytes == pytest.approx(made.size, abs=64)


def test_the_image_is_not_rounded(finished):
    activations = [one.activations for one in finished[0].best.layers.values()]
    assert activations[0] is None
    assert all(one in (4, 8) for one in activations[1:])


def test_weights_come_first_then_both_in_turn(finished):
    steps = [(entry["phase"], entry["step"]) for entry in entries(finished[2]) if "step" in entry]
    assert [step for phase, step in steps if phase == "weights"] == [1, 2, 3, 4]
    assert [step for phase, step in steps if phase == "widths"] == [2, 3, 4]


def test_the_result_is_what_compression_reads(finished, model, tmp_path):
    found, made, _ = finished
    file = write_result(tmp_path, made, model, found, 60.0)
    assert read_bits(file, model) == found.best.layers


def test_progress_counts_steps_and_ways_ranked(model, store, tmp_path):
    seen, made = [], settings(10**6, steps=1)
    search_precision(made, model, store, tmp_path, on_step=seen.append)
    assert seen == list(range(1, seen[-1] + 1))
    assert seen[-1] <= total_steps(made)


def test_what_was_ranked_is_not_ranked_again(finished, model, store, monkeypatch):
    found, made, folder = finished
    before = entries(folder)
    monkeypatch.setattr(PrecisionState, "judged", None)
    assert search_precision(made, model, store, folder) == found
    assert entries(folder) == before


@pytest.mark.parametrize("stop", [1, 2, 3, 6])
def test_a_killed_search_goes_on_as_if_nothing_had_been(finished, model, store, tmp_path, stop):
    found, made, whole = finished

    def on_step(done):
        if done == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search_precision(made, model, store, tmp_path, on_step=on_step)
    torch.rand(3)  # another process finds its generator in another state
    assert search_precision(made, model, store, tmp_path) == found
    one, other = load_file(tmp_path / CHECKPOINT), load_file(whole / CHECKPOINT)
    assert all(torch.equal(one[key], other[key]) for key in one.keys() | other.keys())
    assert entries(tmp_path) == entries(whole)


def test_a_search_is_not_gone_on_with_other_settings(finished, model, store):
    _, made, folder = finished
    with pytest.raises(InputError, match="another rate"):
        search_precision(made.model_copy(update={"rate": 0.5}), model, store, folder)


def test_too_few_bytes(model, store, tmp_path):
    with pytest.raises(InputError, match=r"bytes are too few, .* the least; allow more"):
        search_precision(settings(2000), model, store, tmp_path)


@pytest.mark.parametrize("wrong", [{"activation_bits": 4}, {"quantizer": "dorefa"}, {"bytes": 1}, {"rate": 0}], ids=str)
def test_settings_that_are_refused(wrong):
    with pytest.raises(ValidationError):
        PrecisionSettings.model_validate({"size": 1000, **wrong})


def test_without_training_eight_bits_everywhere_do_nearly_nothing(finished):
    found = finished[0]
    assert found.uniform[8].divergence < 0.1 * found.uniform[2].divergence
    assert found.untrained.layers == found.best.layers


def test_scores_begin_at_what_each_width_damages_alone(model, store):
    state = PrecisionState(settings(10**6), model, store)
    state.begin()
    scores = dict(zip(coded_names(model), state.distributions[0].scores, strict=True))
    spread = {name: row.max() - row.min() for name, row in scores.items()}
    assert max(spread, key=spread.get) == SENSITIVE
    assert scores[SENSITIVE].argmin() == 0


def test_the_layer_that_needs_bits_gets_them(model, store, tmp_path):
    """The others are whole in two bits, and there are bytes for six in only one layer.

    Codes are packed, for three values in wide codes take an entropy coder as little as in narrow ones.
    """
    planted = {**dict.fromkeys(coded_names(model), 2), SENSITIVE: 6}
    size = len(encode_container(rounded(model, planted, "bits"))) + 40
    made = settings(size, steps=25, rate=0.3, weights_first=0.0, codec="bits")
    found = search_precision(made, model, store, tmp_path).best
    assert {name: one.weights for name, one in found.layers.items()} == planted
