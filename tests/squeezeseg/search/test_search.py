from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.samples import make_store
from helpers.spaces import TOY, FakeTable
from pydantic import ValidationError
from safetensors.torch import load_file

from data.labels import IGNORE
from projection import InputError
from squeezeseg.search.layer_case import LayerCase
from squeezeseg.search.run.data import split
from squeezeseg.search.run.log import read_log
from squeezeseg.search.run.loop import CHECKPOINT, LOG, search
from squeezeseg.search.run.ranking import settle
from squeezeseg.search.run.settings import SearchSettings
from squeezeseg.search.run.state import SearchState
from squeezeseg.search.space import SKIP, Frame, Row, Space
from squeezeseg.search.supernet.latency import LatencyModel
from squeezeseg.training.augmentation import PLAIN
from squeezeseg.training.settings import TrainSettings

LATENCY = LatencyModel(TOY, FakeTable(), 64, 512)
RECIPE = TrainSettings(steps=5, batch=1, width=64, warm_up=0, precision="float32", checkpoint_every=2)
SMALL = SearchSettings(latency=1.0, weights_first=0.4, paths=2, draws=4, settle=1, judge=2, found=2, recipe=RECIPE)


def changed(settings=SMALL, recipe=None, **fields):
    made = settings.recipe.model_copy(update=recipe or {})
    return settings.model_copy(update={"recipe": made, **fields})


def entries(folder):
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


@pytest.fixture(scope="module")
def small():
    return make_store(frames=6)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, small):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("search")
    found = search(SMALL, TOY, LATENCY, small, folder)
    torch.set_num_threads(threads)
    return found, folder


def test_the_best_ranked_are_found(finished):
    found, folder = finished
    ranked = read_log(folder / LOG).ranked
    assert len(found) == SMALL.found
    assert found == sorted(ranked, key=lambda one: one.loss)[: SMALL.found]


def test_what_is_ranked_differs(finished):
    ranked = read_log(finished[1] / LOG).ranked
    assert len({TOY.network(one.choices) for one in ranked}) == len(ranked) == SMALL.draws


def test_latencies_are_those_of_the_table(finished):
    for one in finished[0]:
        assert one.seconds == LATENCY.seconds(np.array([one.choices]))[0]


def test_weights_come_first_then_both_in_turn(finished):
    steps = [(entry["phase"], entry["step"]) for entry in entries(finished[1]) if entry["phase"] != "ranking"]
    assert [step for phase, step in steps if phase == "weights"] == [1, 2, 3, 4, 5]
    assert [step for phase, step in steps if phase == "architecture"] == [3, 4, 5]
    assert [step for phase, step in steps if phase == "distribution"] == [1, 2, 4, 5]


def test_the_distribution_starts_uniform_and_moves(finished):
    (_, first), *_, (_, last) = read_log(finished[1] / LOG).distributions
    assert first == [[round(1 / len(row), 4)] * len(row) for row in first]
    assert first != last
    assert all(sum(row) == pytest.approx(1, abs=1e-3) for row in last)


def test_progress_counts_steps_and_networks_ranked(small, tmp_path):
    seen = []
    search(SMALL, TOY, LATENCY, small, tmp_path, on_step=seen.append)
    assert [at.done for at in seen] == list(range(1, 10))


def same_result(folder, whole):
    one, other = load_file(folder / CHECKPOINT), load_file(whole / CHECKPOINT)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[key], other[key]) for key in one)
    assert entries(folder) == entries(whole)


@pytest.mark.parametrize("stop", [1, 2, 4, 5, 7])
def test_a_killed_search_goes_on_as_if_nothing_had_been(finished, small, tmp_path, stop):
    def on_step(at):
        if at.done == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(SMALL, TOY, LATENCY, small, tmp_path, on_step=on_step)
    torch.rand(3)  # another process finds its generator in another state
    assert search(SMALL, TOY, LATENCY, small, tmp_path) == finished[0]
    same_result(tmp_path, finished[1])


def test_steps_after_the_last_checkpoint_come_again(finished, small, tmp_path):
    """As after a power cut: the log is further than the checkpoint."""

    def on_step(at):
        if at.done == 3:
            (tmp_path / "kept").write_bytes((tmp_path / CHECKPOINT).read_bytes())
        if at.done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(SMALL, TOY, LATENCY, small, tmp_path, on_step=on_step)
    (tmp_path / CHECKPOINT).write_bytes((tmp_path / "kept").read_bytes())
    search(SMALL, TOY, LATENCY, small, tmp_path)
    same_result(tmp_path, finished[1])


def test_another_seed_finds_other_numbers(finished, small, tmp_path):
    search(changed(recipe={"seed": 1}), TOY, LATENCY, small, tmp_path)
    assert entries(tmp_path) != entries(finished[1])


@pytest.mark.parametrize(
    ("change", "wrong"), [({"alpha": 0.3}, "another alpha"), ({"method": "random"}, "another method")], ids=str
)
def test_a_search_is_not_gone_on_with_others_settings(finished, small, change, wrong):
    with pytest.raises(InputError, match=wrong):
        search(changed(**change), TOY, LATENCY, small, finished[1])


def test_a_search_is_not_gone_on_with_another_table(finished, small):
    with pytest.raises(InputError, match="other data"):
        search(SMALL, TOY, LatencyModel(TOY, FakeTable(scale=1.1), 64, 512), small, finished[1])


def test_random_search_learns_no_distribution_and_ranks_more(small, tmp_path):
    settings = changed(method="random")
    search(settings, TOY, LATENCY, small, tmp_path)
    log = read_log(tmp_path / LOG)
    assert log.compared == []
    assert log.distributions[0][1] == log.distributions[-1][1]
    # Three steps of two networks are saved, and ranking one takes three forward passes.
    assert len(log.ranked) == SMALL.draws + 2


def test_weights_of_the_other_half_do_not_move_with_the_distribution(small):
    state = SearchState(SMALL, TOY, LATENCY, small)
    state.train_weights()
    before = {key: value.detach().clone() for key, value in state.shared.parameters.items()}
    theta = state.distribution.theta.detach().clone()
    state.train_architecture()
    assert all(torch.equal(state.shared.parameters[key], value) for key, value in before.items())
    assert not torch.equal(state.distribution.theta, theta)


def test_a_step_of_the_weights_leaves_the_distribution(small):
    state = SearchState(SMALL, TOY, LATENCY, small)
    state.train_weights()
    assert not state.distribution.theta.any()


def test_parts_are_apart_and_whole():
    store = make_store(frames=11)
    store.channels[:, 0, 0, 0] = np.arange(11)
    parts = [[int(one) for one in part.channels[:, 0, 0, 0]] for part in split(store)]
    assert parts == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10]]


def test_too_few_frames():
    with pytest.raises(InputError, match="three labelled frames or more, for each of its parts; there are 2"):
        split(make_store(frames=2))


def test_samples_of_a_width_that_networks_do_not_take(small, tmp_path):
    space = replace(TOY, rows=(TOY.rows[0], Row((16,), ("conv_k3_s8_c{c}",))), frames=(Frame("fold_n16 conv_k3_c{c}", ("unfold", "conv_k1_c{c1}")),))  # fmt: skip  # noqa: E501
    model = LatencyModel(space, FakeTable(), 64, 512)
    with pytest.raises(InputError, match="width 64: networks of space toy need a multiple of 128"):
        search(SMALL, space, model, small, tmp_path)


def test_batch_norm_is_settled_for_each_network(small):
    """Its statistics are those of the batches, whatever they were before."""
    state = SearchState(SMALL, TOY, LATENCY, small)
    network = state.shared.network((0, 0, 0, 0, 2))
    norm = network.backbone.stages[0][1].norm
    norm.running_mean.fill_(1e3)
    batches = [state.batch(state.parts.weights, 0, k) for k in range(2)]
    settle(state, network, batches)
    with torch.no_grad():
        first, second = (network.backbone.stages[0][1].conv(network.backbone.stages[0][0](one.inputs)) for one in batches)  # fmt: skip  # noqa: E501
    torch.testing.assert_close(norm.running_mean, (first.mean((0, 2, 3)) + second.mean((0, 2, 3))) / 2)
    assert not network.training


def test_the_temperature_falls_to_the_coldest():
    settings = changed(recipe={"steps": 101}, weights_first=0.0)
    temperatures = [settings.temperature(step) for step in range(101)]
    assert temperatures[0] == pytest.approx(5.0)
    assert temperatures[-1] == pytest.approx(0.1)
    ratios = np.divide(temperatures[1:], temperatures[:-1])
    np.testing.assert_allclose(ratios, ratios[0])


@pytest.mark.parametrize("wrong", [{"latency": 0}, {"paths": 1}, {"method": "evolution"}, {"latencies": 1}], ids=str)
def test_settings_that_are_refused(wrong):
    with pytest.raises(ValidationError):
        SearchSettings.model_validate({"latency": 1.0, **wrong})


# A class is told by the intensity three folded columns to the left: of these blocks only the widest kernel sees it.
FAR = Space(
    "far",
    frames=(Frame("fold_n2 conv_k1_c{c}", ("unfold",)),),
    rows=(Row((16,), layers=1, blocks=("conv_k1_c{c}", "ir_k3_e1_c{c}", "conv_k7_c{c}", SKIP)),),
    encoding="cylindrical",
)
KERNELS = {"conv_k1_c16": 2e-5, "ir_k3_e1_c16": 1e-5, "conv_k7_c16": 9e-5}


class PlantedTable:
    def seconds(self, case: LayerCase) -> float:
        return KERNELS.get(case.block, 5e-5)

    def corrected(self, seconds: float) -> float:
        return seconds


def far_store():
    """Blocks of eight columns have one intensity at random; labels are those of eight columns to the right of it."""
    store = make_store(frames=12, height=8, seed=3)
    store.channels[:, :3] = np.where(store.channels[:, :3] == 0, 1, store.channels[:, :3])
    bright = np.random.default_rng(5).integers(0, 2, (12, 8, 256)).repeat(8, axis=2)
    store.channels[:, 3] = bright
    labels = np.roll(bright, 6, axis=2).astype(np.uint8)
    labels[:, :, :8] = IGNORE
    return replace(store, labels=labels)


@pytest.mark.slow
@pytest.mark.parametrize(("bound", "block"), [(1.0, "conv_k7_c{c}"), (1.5e-4, None)])
def test_the_block_that_sees_far_enough_is_found_where_the_bound_allows(tmp_path, bound, block):
    recipe = TrainSettings(
        steps=150, batch=2, width=128, warm_up=5, rate=0.01, precision="float32", class_weights=(1, 1, 1, 1),
        lovasz=0, augmentation=PLAIN,
    )  # fmt: skip
    settings = SearchSettings(latency=bound, rate=0.1, draws=4, settle=2, judge=2, paths=3, recipe=recipe)
    found = search(settings, FAR, LatencyModel(FAR, PlantedTable(), 8, 128), far_store(), tmp_path)
    layer = len(FAR.decisions) - 1
    best = FAR.decisions[layer].options[found[0].choices[layer]]
    if block is not None:
        assert best == block
        probabilities = read_log(tmp_path / LOG).distributions[-1][1][layer]
        assert max(probabilities) == probabilities[found[0].choices[layer]] > 0.5
    else:
        assert best != "conv_k7_c{c}"
        assert found[0].seconds <= bound
